"""When a recording really began, told by what is heard in it and when that was to be aired."""

from collections.abc import Iterable, Sequence

import msgspec


class ClockPlace(msgspec.Struct, frozen=True, kw_only=True):
    """`start_ms` (epoch) is the recording's beginning; None where nothing decides.

    `agreeing` of `asked` items have a planned time within the tolerance of it, and lie `spread_ms` apart from each
    other at most. `rivals` are other beginnings that as many items agree on: with any of them it is ambiguous.
    """

    start_ms: int | None
    agreeing: int
    asked: int
    spread_ms: int
    rivals: tuple[int, ...] = ()


def place_clock(heard: Iterable[tuple[int, Sequence[int]]], *, tolerance_ms: int = 90_000) -> ClockPlace:
    """`heard`: for each item its time in the recording (ms) and the times (epoch, ms) that it may have been aired at.

    Each possible time votes for a beginning; an item has one vote for each. The beginning with the most items within
    `tolerance_ms` wins, told as their median, whatever the recorder's own clock says. It is undecided where another
    beginning, more than the tolerance away, has as many: the same programme every day, or a single item of two times.
    """
    items = [(at, tuple(times)) for at, times in heard]
    votes = sorted({(time - at, number) for number, (at, times) in enumerate(items) for time in times})
    groups = sorted(_groups(votes, tolerance_ms), key=lambda group: (-len(group), _spread(group)))
    if not groups:
        return ClockPlace(start_ms=None, agreeing=0, asked=len(items), spread_ms=0)
    best = groups[0]
    start = _middle(best)
    rivals: list[int] = []
    for group in groups[1:]:
        other = _middle(group)
        if len(group) == len(best) and all(abs(other - taken) > tolerance_ms for taken in [start, *rivals]):
            rivals.append(other)
    return ClockPlace(
        start_ms=None if rivals else start,
        agreeing=len(best),
        asked=len(items),
        spread_ms=_spread(best),
        rivals=tuple(sorted([start, *rivals])) if rivals else (),
    )


def _groups(votes: list[tuple[int, int]], tolerance_ms: int) -> Iterable[list[int]]:
    """For each vote, the beginnings of it and those after it within the tolerance, one an item."""
    for first, (earliest, _) in enumerate(votes):
        group: dict[int, int] = {}
        for start, item in votes[first:]:
            if start - earliest > tolerance_ms:
                break
            group.setdefault(item, start)
        yield sorted(group.values())


def _middle(group: list[int]) -> int:
    return group[len(group) // 2]


def _spread(group: list[int]) -> int:
    return group[-1] - group[0]
