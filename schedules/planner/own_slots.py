"""A slot of the planner's own making, in numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class OwnSlot:
    """Compared by identity. `items` are segment numbers in order, `start` and `end` milliseconds since the epoch.

    `held`: a published slot that re-planning leaves alone.
    """

    column: int
    day: int
    start: int
    end: int
    items: tuple[int, ...]
    reached: bool
    held: bool = False

    @property
    def content(self) -> tuple[int, int, tuple[int, ...]]:
        return (self.column, self.start, self.items)
