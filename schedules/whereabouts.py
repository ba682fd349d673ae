"""Where a segment is aired in a month's plan, or why nowhere, from the problem and the plan's slots."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, to_builtins

from schedules.breaks import slots_by_station
from schedules.laid_slots import lay
from schedules.occurrences import Occurrence
from schedules.owed import owed_airings
from schedules.planner.own_slots import OwnSlot
from schedules.planner.probe import Probe
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Instance, Segment, Slot
from schedules.problem_index import ProblemIndex, StationView
from schedules.room import Room

Progress = Callable[[int, int], None]


class NotValidThisMonth(Struct, frozen=True, kw_only=True, tag_field="code", tag="not_valid_this_month"):
    """Valid on no date of the month."""


class ColumnNotPlanned(Struct, frozen=True, kw_only=True, tag_field="code", tag="column_not_planned"):
    """No rule asks any station for airtime of the segment's column (None: of any)."""

    column: str | None


class NoSuchLanguage(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_such_language"):
    """None of the stations that could air it broadcasts in its language."""

    language: str


class MeantForNone(Struct, frozen=True, kw_only=True, tag_field="code", tag="meant_for_none"):
    """Stations and tiers that it is meant for leave none of those that could air it."""

    stations: tuple[str, ...] | None
    tiers: tuple[str, ...] | None


class NotBroadcasting(Struct, frozen=True, kw_only=True, tag_field="code", tag="not_broadcasting"):
    """None of the `stations` it is meant for broadcasts on a date on which it is valid and can be added."""

    stations: int


class LongerThanSlots(Struct, frozen=True, kw_only=True, tag_field="code", tag="longer_than_slots"):
    duration_ms: int
    most_ms: int


class LongerThanSessions(Struct, frozen=True, kw_only=True, tag_field="code", tag="longer_than_sessions"):
    """With opening and closing (`needed_ms`) it is longer than any time of broadcast."""

    longest_ms: int
    needed_ms: int


class NoRoomBesideKept(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_room_beside_kept"):
    """Beside what stays there is no place: nothing to fill its slot with, distance, maxima, or other slots."""

    stations: int


class OthersBetter(Struct, frozen=True, kw_only=True, tag_field="code", tag="others_better"):
    """It fits, but others are better: in the cheapest exchange tried, in place of `instead` at `station` in `slot`, the
    cost of the station's wishes rises by `rise` from `cost`. `tried`: stations tried."""

    station: str
    slot: str
    instead: str
    cost: float
    rise: float
    tried: int


class NoExchange(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_exchange"):
    """It fits, but in none of the plan's slots in place of another without breaking something or missing more."""

    tried: int


NowhereReason = (
    NotValidThisMonth
    | ColumnNotPlanned
    | NoSuchLanguage
    | MeantForNone
    | NotBroadcasting
    | LongerThanSlots
    | LongerThanSessions
    | NoRoomBesideKept
    | OthersBetter
    | NoExchange
)


def nowhere_facts(reason: NowhereReason) -> dict[str, Any]:
    """{"code": …} with JSON values."""
    facts: dict[str, Any] = to_builtins(reason)
    return facts


def why_nowhere(
    instance: Instance, slots: Iterable[Slot], segment: str, *, progress: Progress | None = None
) -> NowhereReason:
    """Why no station airs the segment, which is one of the problem's; `slots` are those of the plan.

    What the problem itself rules out is found first; else it is exchanged in for each item of each slot that the plan
    made. `progress` is told (stations tried, all).
    """
    index = ProblemIndex(instance)
    wanted = index.segments[segment]
    views = [index.view(station.code) for station in instance.stations]
    ruled_out = _ruled_out(index, views, wanted)
    if isinstance(ruled_out, list):
        return _exchanged(index, ruled_out, slots_by_station(slots), wanted, progress)
    return ruled_out


def _ruled_out(  # noqa: PLR0911 - what keeps it out, one after the other
    index: ProblemIndex, views: Sequence[StationView], wanted: Segment
) -> NowhereReason | list[StationView]:
    """What keeps it out everywhere, else the stations where it could stand beside what stays."""
    if not any(_valid(wanted, day) for day in index.month.dates()):
        return NotValidThisMonth()
    asking = [view for view in views if any(wanted.column in {None, column} for column in view.targets)]
    if not asking:
        return ColumnNotPlanned(column=wanted.column)
    speaking = [view for view in asking if wanted.language in view.station.languages]
    if not speaking:
        return NoSuchLanguage(language=wanted.language)
    meant = [view for view in speaking if wanted.id in view.meant]
    if not meant:
        return MeantForNone(stations=wanted.stations, tiers=wanted.tiers)
    not_before = index.now_ms if wanted.priority == "urgent" else index.freeze_ms
    there: list[tuple[StationView, list[Occurrence]]] = []
    for view in meant:
        ahead = [each for each in view.occurrences if each.end_ms > not_before and _valid(wanted, each.date)]
        if ahead:
            there.append((view, ahead))
    if not there:
        return NotBroadcasting(stations=len(meant))
    columns = [column for code, column in index.columns.items() if wanted.column in {None, code}]
    most = max(column.slot_max_ms - column.frame_ms for column in columns)
    if wanted.duration_ms > most:
        return LongerThanSlots(duration_ms=wanted.duration_ms, most_ms=max(0, most))
    longest = max(end - start for _, ahead in there for each in ahead for start, end in each.pieces)
    needed = min(max(column.slot_min_ms, column.frame_ms + wanted.duration_ms) for column in columns)
    if longest < needed:
        return LongerThanSessions(longest_ms=longest, needed_ms=needed)
    fitting = []
    for view, ahead in there:
        room = Room(index, view, lay(index, view, view.kept))
        if any(room.has(wanted, each, not_before) for each in ahead):
            fitting.append(view)
    return fitting or NoRoomBesideKept(stations=len(there))


def _exchanged(
    index: ProblemIndex,
    views: list[StationView],
    by_station: dict[str, list[Slot]],
    wanted: Segment,
    progress: Progress | None,
) -> NowhereReason:
    tables = Tables(index)
    number = tables.segment_number[wanted.id]
    best: OthersBetter | None = None
    tried: set[tuple[object, ...]] = set()
    for done, view in enumerate(views, 1):
        own = [slot for slot in by_station.get(view.station.code, ()) if slot.relayed_from is None]
        # neighbours with the same plan give the same answer
        alike = (view.meant, view.occurrences, *((slot.start, slot.items) for slot in own))
        if alike not in tried:
            tried.add(alike)
            found = _cheapest(tables, view, by_station.get(view.station.code, []), number)
            if found is not None and (best is None or found.rise < best.rise):
                best = found
        if progress is not None:
            progress(done, len(views))
    if best is None:
        return NoExchange(tried=len(views))
    return OthersBetter(
        station=best.station,
        slot=best.slot,
        instead=best.instead,
        cost=best.cost,
        rise=best.rise,
        tried=len(views),
    )


def _cheapest(tables: Tables, view: StationView, slots: list[Slot], number: int) -> OthersBetter | None:
    """The exchange at one station that costs its wishes least, made and taken back."""
    index = tables.index
    fixed = [each for each in lay(index, view, slots) if each.fixed]
    code = view.station.code
    draft = StationDraft(
        tables, view, fixed, list(owed_airings(index, view, fixed)), index.published_after_freeze(code)
    )
    stays = {each.slot.id for each in fixed}
    names: dict[OwnSlot, str] = {}
    for planned in slots:
        made = None if planned.id in stays else draft.tables_slot(planned)
        if made is not None and draft.put(made):
            names[made] = planned.id
    before = draft.score()
    offers = []
    for at_slot, slot in enumerate(draft.slots):
        if number not in draft.pools[slot.column] or not draft.wishes[slot.column].active:
            continue
        for at, item in enumerate(slot.items):
            probe = Probe(draft.wishes[slot.column], slot.day, [(item, slot.day, slot.reached)], reached=slot.reached)
            offers.append((draft.others_cost(slot.column) + probe.costs((number,))[0], at_slot, at))
    made_slots = list(draft.slots)
    for _, at_slot, at in sorted(offers):
        slot = made_slots[at_slot]
        other = draft.make(slot.column, slot.day, slot.start, (*slot.items[:at], number, *slot.items[at + 1 :]))
        if not draft.exchange((slot,), (other,)):
            continue
        after = draft.score()
        draft.undo((slot,), (other,))
        if after[:2] <= before[:2]:
            return OthersBetter(
                station=code,
                slot=names[slot],
                instead=tables.segments[slot.items[at]].id,
                cost=before[2],
                rise=after[2] - before[2],
                tried=1,
            )
    return None


def _valid(segment: Segment, day: date) -> bool:
    return segment.valid_from <= day and (segment.valid_to is None or day <= segment.valid_to)
