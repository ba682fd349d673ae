"""Where a station's new slots may stand on a date, and what is owed to it: the ground of the reference model."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tests.checker.facts import MINUTE_MS, Slot, World, without
from tests.checker.hard import airings
from tests.checker.owed import window_end


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Airings owed that start on `since` or later and before `until` (epoch milliseconds)."""

    segment: str
    times: int
    since: dt.date
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch in which a slot may stand wholly; `start` is a whole minute, both are epoch milliseconds.

    `urgent`: only slots with an urgent segment. `reach`: a slot in it is relayed by somebody. `groups` are the
    occurrences that a slot in it may count in. `answers` are the debts, by number, that an airing in it answers.
    Gaps of a date may overlap: each of a straddling session's parts is one, and the whole is one too.
    """

    start: int
    end: int
    urgent: bool
    reach: bool
    groups: frozenset[str]
    answers: frozenset[int]

    def serves_as_well_as(self, other: "Gap") -> bool:
        return (
            self.urgent <= other.urgent
            and self.reach >= other.reach
            and self.groups <= other.groups
            and self.answers >= other.answers
        )


def debts(world: World, station: str, fixed: Sequence[Slot]) -> list[Debt]:
    """What the station owes and its fixed slots do not answer."""
    heard = airings(world, fixed)
    found = []
    for segment in world.segments.values():
        if (segment.must_air is None and segment.priority == "normal") or not world.meant_for(segment, station):
            continue
        starts = [slot.start for slot, _ in heard.get(segment.id, ())]
        if segment.must_air is not None:
            times, first, last = segment.must_air
            left = times - sum(first <= world.date_of(start) <= last for start in starts)
            if left > 0 and first <= last and first <= world.last and world.first <= last:
                until = world.at(last + dt.timedelta(days=1))
                found.append(Debt(segment=segment.id, times=left, since=first, until=until))
        if segment.priority == "normal":
            continue
        end = window_end(world, segment, station, fixed)
        if end is None or any(world.at(segment.valid_from) <= start < end for start in starts):
            continue
        before = world.aired.get((station, segment.id), ())
        if not any(segment.valid_from <= date <= world.date_of(end - 1) for date in before):
            found.append(Debt(segment=segment.id, times=1, since=segment.valid_from, until=end))
    return found


def gaps(world: World, station: str, date: dt.date, fixed: Sequence[Slot], owed: Sequence[Debt]) -> list[Gap]:
    """All that differ in what a slot in them is worth, the longest first."""
    taken = sorted((s.start, s.end) for s in fixed)
    relaying = [
        piece
        for occurrences in world.relayers.get(station, {}).values()
        for o in occurrences
        for piece in o.pieces
        if o.date == date
    ]
    today = [o for o in world.occurrences[station] if o.date == date]
    found: set[Gap] = set()
    for occurrence in today:
        for piece in occurrence.pieces:
            for stretch in without(*piece, taken):
                for start, end, urgent in _parts(world, stretch, relaying, owed):
                    groups = frozenset(
                        f"{o.session} {o.date}" for o in today if any(a < end and start < b for a, b in o.pieces)
                    )
                    answers = {n for n, d in enumerate(owed) if d.since <= date and end <= d.until}
                    found.add(
                        Gap(
                            start=start,
                            end=end,
                            urgent=urgent,
                            reach=any(a <= start and end <= b for a, b in relaying),
                            groups=groups,
                            answers=frozenset(answers),
                        )
                    )
    return sorted(found, key=lambda g: (g.start - g.end, g.start, g.urgent))


def without_needless(found: Sequence[Gap], all_at_once_ms: int) -> list[Gap]:
    """Leaves out those beside which another serves as well and holds whatever the date may hold."""
    left: list[Gap] = []
    for gap in found:
        if not any(_replaces(other, gap, all_at_once_ms) for other in left):
            left = [other for other in left if not _replaces(gap, other, all_at_once_ms)]
            left.append(gap)
    return left


def _replaces(one: Gap, other: Gap, all_at_once_ms: int) -> bool:
    holds = one.end - one.start >= all_at_once_ms or (one.start <= other.start and other.end <= one.end)
    return holds and one.serves_as_well_as(other)


def _parts(
    world: World, stretch: tuple[int, int], relaying: Iterable[tuple[int, int]], owed: Sequence[Debt]
) -> Iterator[tuple[int, int, bool]]:
    begin, finish = stretch
    for earliest, urgent in ((world.freeze, False), (world.now, True)):
        if urgent and begin >= world.freeze:
            continue
        start = whole_minute(max(begin, earliest))
        ends = {finish} | {d.until for d in owed if start < d.until < finish}
        cuts = {(start, end) for end in ends}
        for a, b in relaying:
            cuts |= {(whole_minute(max(start, a)), min(end, b)) for end in ends}
        yield from ((s, e, urgent) for s, e in cuts if s < e)


def whole_minute(moment: int) -> int:
    return -(-moment // MINUTE_MS) * MINUTE_MS
