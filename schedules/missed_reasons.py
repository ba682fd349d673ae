"""Why an owed airing has no place: a value for each kind of reason, from what kept and relayed slots leave."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec import Struct, to_builtins

from schedules.instants import from_ms, whole_minute
from schedules.laid_slots import LaidSlot
from schedules.occurrences import Occurrence
from schedules.owed import Owed, owed_airings
from schedules.problem import Segment
from schedules.problem_index import ProblemIndex, StationView
from schedules.room import Room


class NoBroadcast(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_broadcast"):
    """The station does not broadcast on the dates on which the airing is owed (both inclusive)."""

    first: date
    last: date


class WindowPast(Struct, frozen=True, kw_only=True, tag_field="code", tag="window_past"):
    """What was still to come when the plan was made began only after `last`, the last date owed on."""

    last: date


class NotValid(Struct, frozen=True, kw_only=True, tag_field="code", tag="not_valid"):
    """The segment is valid on no broadcast date on which it is owed."""

    first: date
    last: date


class TooLong(Struct, frozen=True, kw_only=True, tag_field="code", tag="too_long"):
    """Longer than any slot's content."""

    duration_ms: int
    most_ms: int


class NoFreeTime(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_free_time"):
    """The longest piece of a session on those dates is shorter than a slot with the segment."""

    longest_ms: int
    needed_ms: int


class NoPlace(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_place"):
    """Beside what stays (kept and relayed slots) there is no place on any of those dates."""

    first: date
    last: date


class TooMany(Struct, frozen=True, kw_only=True, tag_field="code", tag="too_many"):
    """Distance (`separation_days`) and monthly limit allow `most` of the `times` owed."""

    times: int
    most: int
    separation_days: int
    max_per_month: int


class Crowded(Struct, frozen=True, kw_only=True, tag_field="code", tag="crowded"):
    """There are places, but they are needed for minima and for other owed airings."""

    first: date
    last: date


MissedReason = NoBroadcast | WindowPast | NotValid | TooLong | NoFreeTime | NoPlace | TooMany | Crowded


def missed_facts(reason: MissedReason) -> dict[str, Any]:
    """{"code": …} with JSON values."""
    facts: dict[str, Any] = to_builtins(reason)
    return facts


def missed_reasons(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> dict[str, list[MissedReason]]:
    """By segment, one for each debt that is not answered whole."""
    found: dict[str, list[MissedReason]] = {}
    for owed in owed_airings(index, view, laid):
        answered = owed.answered(laid, view.aired.get(owed.segment.id, ()), index.month.first_date)
        if answered < owed.times:
            reason = _why(index, view, laid, owed)
            listed = found.setdefault(owed.segment.id, [])
            if reason not in listed:
                listed.append(reason)
    return found


def _why(  # noqa: PLR0911 - what keeps it out, one after the other
    index: ProblemIndex, view: StationView, laid: list[LaidSlot], owed: Owed
) -> MissedReason:
    segment = owed.segment
    first = from_ms(max(owed.from_ms, index.first_ms), index.zone).date()
    last = from_ms(owed.until_ms - 1, index.zone).date()
    not_before = index.now_ms if segment.priority == "urgent" else index.freeze_ms
    there = [each for each in view.occurrences if each.end_ms > owed.from_ms and each.start_ms < owed.until_ms]
    if not there:
        return NoBroadcast(first=first, last=last)
    ahead = [each for each in there if each.end_ms > not_before]
    if not ahead:
        return WindowPast(last=last)
    valid = [each for each in ahead if _valid(segment, each.date)]
    if not valid:
        return NotValid(first=first, last=last)
    columns = [index.columns[code] for code in index.columns if segment.column in {None, code}]
    most_ms = max(column.slot_max_ms - column.frame_ms for column in columns)
    if segment.duration_ms > most_ms:
        return TooLong(duration_ms=segment.duration_ms, most_ms=max(0, most_ms))
    longest = max(_pieces(valid, not_before), default=0)
    needed = min(max(column.slot_min_ms, column.frame_ms + segment.duration_ms) for column in columns)
    if longest < needed:
        return NoFreeTime(longest_ms=longest, needed_ms=needed)
    room = Room(index, view, [each for each in laid if each.fixed])
    dates = sorted({each.date for each in valid if room.has(segment, each, not_before)})
    if not dates:
        return NoPlace(first=first, last=last)
    apart = segment.separation_days or min(column.separation_days for column in columns)
    limit = segment.max_per_month or max(column.max_per_month for column in columns)
    most = min(limit, _spread(dates, apart))
    if most < owed.times:
        return TooMany(times=owed.times, most=most, separation_days=apart, max_per_month=limit)
    return Crowded(first=first, last=last)


def _valid(segment: Segment, day: date) -> bool:
    return segment.valid_from <= day and (segment.valid_to is None or day <= segment.valid_to)


def _pieces(occurrences: list[Occurrence], not_before: int) -> Iterator[int]:
    for each in occurrences:
        for start, end in each.pieces:
            yield max(0, end - whole_minute(max(start, not_before)))


def _spread(dates: list[date], apart: int) -> int:
    """The most dates that lie so far apart."""
    times = 0
    last: date | None = None
    for day in dates:
        if last is None or (day - last).days >= apart:
            times, last = times + 1, day
    return times
