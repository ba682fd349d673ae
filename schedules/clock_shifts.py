"""Device clocks that were wrong: a source whose starts are all off by the same amount."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_low

from schedules.as_run import AsRun, Tolerances
from schedules.instants import DAY_MS
from schedules.places import Places

FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockShift:
    """The clock of `source` was `by_ms` ahead of the true one; `items` items of the plan agree on it."""

    source: str
    by_ms: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Offset:
    ms: int
    uid: str
    slot: int
    position: int


def clock_shifts(laid: Places, statements: Iterable[AsRun], tolerances: Tolerances) -> dict[str, ClockShift]:
    """The sources whose clock was wrong, with by how much.

    A statement that names a slot is off from that slot (its segment in it), one that does not from each planned start
    of its segment up to a day away. A shift is believed when it is more than a late start, at least three items agree
    on it within `clock_agree_ms`, at least two thirds of the source's statements do, and at least three more than are
    right without it. A programme that began late is no shift: up to `match_ms`, items of two slots have to agree.
    """
    by_source: dict[str, list[list[_Offset]]] = {}
    for statement in sorted(statements, key=lambda each: each.uid):
        if statement.source and statement.start_ms is not None:
            offsets = _offsets(laid, statement, statement.start_ms, tolerances)
            if offsets:
                by_source.setdefault(statement.source, []).append(offsets)
    shifts = {}
    for source, offsets_of in by_source.items():
        shift = _shift(source, offsets_of, tolerances)
        if shift is not None:
            shifts[source] = shift
    return shifts


def _offsets(laid: Places, statement: AsRun, start_ms: int, tolerances: Tolerances) -> list[_Offset]:
    number = laid.numbers.get(statement.slot) if statement.slot is not None else None
    if number is not None:
        if statement.segment is None:
            return [_Offset(ms=start_ms - laid.starts[number], uid=statement.uid, slot=number, position=-1)]
        places = [place for place in laid.of_slot[number] if place.item.segment == statement.segment]
        farthest = None
    else:
        places = laid.of_segment.get(statement.segment or "", [])
        farthest = DAY_MS + tolerances.late_ms
    return [
        _Offset(ms=start_ms - place.start_ms, uid=statement.uid, slot=place.slot_number, position=place.position)
        for place in places
        if farthest is None or abs(start_ms - place.start_ms) <= farthest
    ]


def _shift(source: str, offsets_of: list[list[_Offset]], tolerances: Tolerances) -> ClockShift | None:
    right = sum(any(abs(each.ms) <= tolerances.late_ms for each in offsets) for offsets in offsets_of)
    least = max(FEWEST + right, -(-2 * len(offsets_of) // 3))
    if len(offsets_of) < least:
        return None
    best: tuple[int, int, int] | None = None
    for window in _windows(sorted(each for offsets in offsets_of for each in offsets), tolerances.clock_agree_ms):
        by_ms = median_low([each.ms for each in window])
        if abs(by_ms) <= tolerances.late_ms:
            continue
        if abs(by_ms) <= tolerances.match_ms and len({each.slot for each in window}) < 2:
            continue
        votes = min(len({each.uid for each in window}), len({(each.slot, each.position) for each in window}))
        if votes >= least and (best is None or (-votes, abs(by_ms), by_ms) < best):
            best = (-votes, abs(by_ms), by_ms)
    return None if best is None else ClockShift(source=source, by_ms=best[2], items=-best[0])


def _windows(offsets: list[_Offset], width_ms: int) -> Iterable[list[_Offset]]:
    """The widest groups of offsets that lie within `width_ms`; `offsets` sorted."""
    end = 0
    for first, each in enumerate(offsets):
        before = end
        while end < len(offsets) and offsets[end].ms - each.ms <= width_ms:
            end += 1
        if end > before:
            yield offsets[first:end]
