"""What came of a station's planned air, as values; `schedules.reconciling` makes them.

Times are milliseconds since the epoch, durations milliseconds of airtime.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schedules.airing_reasons import AiringReason
from schedules.as_run import AsRun, Grade
from schedules.matching import Said
from schedules.problem import Item, Slot


class Outcome(StrEnum):
    """How an item, a slot or a statement that matches nothing came out."""

    AIRED = "aired"
    LATE = "late"
    """Aired, but its start was off by more than is tolerated, either way; it counts."""
    SHORT = "short"
    """Aired in part, or some items of the slot were."""
    SUBSTITUTED = "substituted"
    """Something else sounded in its time."""
    EXTRA = "extra"
    """Aired without a plan; counts for nothing."""
    MISSED = "missed"
    """Said not to have been aired, or nothing was said in time."""
    UNKNOWN = "unknown"
    """Nothing said, and there is still time to say it."""
    UPCOMING = "upcoming"
    """Not over yet, and nothing said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Airtime at each grade; what a stronger grade shows is shown at the weaker ones too, so they never grow.

    The strongest statement decides: `decided_by` its grade (None: nothing was said), `decided_ms` what it shows,
    `uids` who says so.
    """

    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    decided_by: Grade | None
    decided_ms: int
    uids: tuple[str, ...]

    def decides(self, policy: Grade) -> bool:
        """Whether it is known how much counts under `policy`, the grade that is asked for at least."""
        if self.decided_by is not None:
            return self.decided_by >= policy
        return policy == Grade.PLANNED or (policy == Grade.DELIVERED and self.delivered_ms > 0)

    def counted_ms(self, policy: Grade) -> int:
        """What counts under `policy`: what the strongest statement shows when it is of that grade or a stronger one;
        where nothing was said, the plan counts under PLANNED, files that were there in time under DELIVERED."""
        if self.decided_by is not None:
            return self.decided_ms if self.decided_by >= policy else 0
        if policy == Grade.PLANNED:
            return self.planned_ms
        return self.delivered_ms if policy == Grade.DELIVERED else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """An item of a slot. `due`: it is over; `overdue`: the time in which it could be reported is over too.

    `saids`: all that was said of it, by uid.
    """

    position: int
    item: Item
    start_ms: int
    end_ms: int
    outcome: Outcome
    shown: Shown
    due: bool
    overdue: bool
    why: tuple[AiringReason, ...]
    saids: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """What sounded in a slot's time without being planned there: a segment, or what is known by its title alone.

    It may count (`counts`) when its segment is known, of the slot's column and, in a relayed slot, meant for the
    station. `shown` is cut to the segment's length and to what the slot's own items left of the slot's airtime.
    `saids`: all that was said of it, by uid.
    """

    segment: str | None
    title: str
    counts: bool
    shown: Shown
    why: tuple[AiringReason, ...]
    saids: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotResult:
    """A slot; `date` is that of its start in the zone, the figures are sums over its items without substitutes.

    `why` has the reasons of items and substitutes, each once; `doubtful` those for the review queue.
    """

    slot: Slot
    start_ms: int
    date: date
    outcome: Outcome
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    items: tuple[ItemResult, ...]
    substitutes: tuple[Substitute, ...]
    why: tuple[AiringReason, ...]
    doubtful: tuple[AiringReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A statement that matches nothing planned (outcome `extra`); `start_ms` with its clock set right."""

    said: Said
    why: tuple[AiringReason, ...]
    doubtful: tuple[AiringReason, ...]

    @property
    def statement(self) -> AsRun:
        return self.said.statement

    @property
    def start_ms(self) -> int | None:
        return self.said.start_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """`slots` by start (own before relayed at the same time, then id); `extras` by start, then uid."""

    slots: tuple[SlotResult, ...]
    extras: tuple[Extra, ...]

    @property
    def doubtful(self) -> tuple[SlotResult, ...]:
        """The review queue."""
        return tuple(each for each in self.slots if each.doubtful)
