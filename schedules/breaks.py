"""What a plan breaks of the hard constraints H1 to H7, slot by slot.

A break that needs a slot of the plan's own making (neither kept nor relayed) is a violation; what kept and
relayed slots break among themselves is a conflict, listed with the plan.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from schedules.instants import MINUTE_MS, to_ms
from schedules.laid_slots import LaidSlot, counted_by_period, lay, same_slot
from schedules.plan import Conflict
from schedules.problem import Instance, Segment, Slot
from schedules.problem_index import ProblemIndex, StationView, started_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One hard break: `code` H1 to H7, `what` a stable word, `facts` what it is about (ids, dates, milliseconds).

    `slots` are all that take part, `slot` the one to name; `conflict`: none of them is of the plan's making.
    """

    code: str
    station: str
    slot: str
    what: str
    facts: tuple[str | int, ...]
    slots: tuple[str, ...]
    conflict: bool

    def as_conflicts(self) -> list[Conflict]:
        """One for each slot that takes part."""
        words = " ".join([self.what, *(str(fact) for fact in self.facts if fact != "")])
        slots = dict.fromkeys(self.slots)
        return [Conflict(slot=slot, station=self.station, code=self.code, what=words) for slot in slots]


def violations(instance: Instance, slots: Iterable[Slot], *, index: ProblemIndex | None = None) -> tuple[Break, ...]:
    """All breaks that make these slots no plan, by station in the instance's order; empty: it is a plan."""
    index = index or ProblemIndex(instance)
    by_station = slots_by_station(slots)
    found = []
    for station in instance.stations:
        view = index.view(station.code)
        laid = lay(index, view, by_station.get(station.code, ()))
        found += [each for each in breaks(index, view, laid, by_station) if not each.conflict]
    return tuple(found)


def slots_by_station(slots: Iterable[Slot]) -> dict[str, list[Slot]]:
    sorted_out: dict[str, list[Slot]] = defaultdict(list)
    for slot in slots:
        sorted_out[slot.station].append(slot)
    return sorted_out


def breaks(
    index: ProblemIndex, view: StationView, laid: list[LaidSlot], by_station: dict[str, list[Slot]]
) -> Iterator[Break]:
    """All breaks of a station; `by_station` is the whole plan, for the parents' slots."""
    for each in laid:
        yield from _place(index, view, each)
        yield from _shape(each)
        yield from _fit(index, view, each)
    yield from shared_breaks(index, view, laid)
    yield from _kept(view, by_station.get(view.station.code, []))
    yield from _relays(view, laid, by_station)


def single_breaks(index: ProblemIndex, view: StationView, each: LaidSlot) -> Iterator[Break]:
    """What a slot breaks by itself of H1 to H3."""
    yield from _place(index, view, each)
    yield from _shape(each)
    yield from _fit(index, view, each)


def shared_breaks(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> Iterator[Break]:
    """What slots break together of H1, H2, H4 and H6; `laid` by start."""
    yield from _overlaps(view, laid)
    yield from _per_day(view, laid)
    yield from _airings(index, view, laid)
    yield from _maxima(view, laid)


def _break(
    code: str, view: StationView, takers: Iterable[LaidSlot], what: str, *facts: str | int, conflict: bool | None = None
) -> Break:
    takers = list(takers)
    named = next((each for each in reversed(takers) if not each.fixed), takers[-1])
    return Break(
        code=code,
        station=view.station.code,
        slot=named.slot.id,
        what=what,
        facts=facts,
        slots=tuple(each.slot.id for each in takers),
        conflict=all(each.fixed for each in takers) if conflict is None else conflict,
    )


def _place(index: ProblemIndex, view: StationView, each: LaidSlot) -> Iterator[Break]:
    if each.start_ms % MINUTE_MS:
        yield _break("H1", view, [each], "not_on_a_minute")
    if not any(
        occurrence.holds(each.start_ms, each.end_ms)
        for occurrence in started_by(view, each.start_ms)
        if each.start_ms < occurrence.end_ms
    ):
        yield _break("H1", view, [each], "outside_sessions")
    if each.fixed:
        return
    if each.start_ms < index.now_ms:
        yield _break("H5", view, [each], "before_now")
    elif each.start_ms < index.freeze_ms and all(segment.priority != "urgent" for segment in each.counted):
        yield _break("H5", view, [each], "before_freeze")


def _shape(each: LaidSlot) -> Iterator[Break]:
    if not each.own:
        return
    column, slot = each.column, each.slot
    made = _ShapeBreaks(each)
    at = column.opening_ms
    for item in slot.items:
        if item.start_ms != at:
            yield made.of("not_in_a_row", item.segment)
        at += item.duration_ms
    if slot.length_ms != at + column.closing_ms:
        yield made.of("length", slot.length_ms, at + column.closing_ms)
    if slot.length_ms < column.slot_min_ms:
        yield made.of("too_short", slot.length_ms, column.slot_min_ms)
    if slot.length_ms > column.slot_max_ms:
        yield made.of("too_long", slot.length_ms, column.slot_max_ms)
    if not slot.items:
        yield made.of("empty")


@dataclass(frozen=True, slots=True)
class _ShapeBreaks:
    each: LaidSlot

    def of(self, what: str, *facts: str | int) -> Break:
        slot = self.each.slot
        return Break(
            code="H2",
            station=slot.station,
            slot=slot.id,
            what=what,
            facts=facts,
            slots=(slot.id,),
            conflict=self.each.fixed,
        )


def _fit(index: ProblemIndex, view: StationView, each: LaidSlot) -> Iterator[Break]:
    for item in each.slot.items:
        segment = index.segments.get(item.segment)
        if segment is None:
            yield _break("H3", view, [each], "unknown_segment", item.segment)
            continue
        if segment.column is not None and segment.column != each.slot.column:
            yield _break("H3", view, [each], "other_column", segment.id)
        if each.date < segment.valid_from or (segment.valid_to is not None and each.date > segment.valid_to):
            yield _break("H3", view, [each], "not_valid", segment.id)
        if each.own and segment.id not in view.meant:
            yield _break("H3", view, [each], "not_meant", segment.id)
        if each.own and item.duration_ms != segment.duration_ms:
            yield _break("H2", view, [each], "not_whole", segment.id)


def _overlaps(view: StationView, laid: list[LaidSlot]) -> Iterator[Break]:
    last: LaidSlot | None = None
    for each in laid:
        if last is not None and each.start_ms < last.end_ms:
            yield _break("H1", view, [last, each], "overlap", last.slot.id, each.slot.id)
        if last is None or each.end_ms > last.end_ms:
            last = each


def _per_day(view: StationView, laid: list[LaidSlot]) -> Iterator[Break]:
    days: dict[tuple[str, date], list[LaidSlot]] = defaultdict(list)
    for each in laid:
        days[each.slot.column, each.date].append(each)
    for (column, day), slots in days.items():
        most = slots[0].column.max_slots_per_day
        # relayed slots alone never break the number a day
        if len(slots) > most and any(each.own for each in slots):
            yield _break("H2", view, slots, "too_many_a_day", column, day.isoformat(), len(slots), most)


def _airings(index: ProblemIndex, view: StationView, laid: list[LaidSlot]) -> Iterator[Break]:
    airings: dict[str, list[LaidSlot]] = defaultdict(list)
    for each in laid:
        for segment in each.counted:
            airings[segment.id].append(each)
    for code, slots in airings.items():
        segment = index.segments[code]
        apart = separation(segment, slots)
        most = monthly_limit(segment, slots)
        for first, second in pairwise(slots):
            if (second.date - first.date).days < apart:
                yield _break("H4", view, [first, second], "too_near", code, second.date.isoformat(), apart)
        if len(slots) > most:
            yield _break("H4", view, slots, "too_often", code, len(slots), most)
        for day in view.aired.get(code, ()):
            for each in slots:
                own_apart = segment.separation_days or each.column.separation_days
                if abs((each.date - day).days) < own_apart:
                    yield _break("H4", view, [each], "too_near", code, day.isoformat(), own_apart)


def separation(segment: Segment, slots: list[LaidSlot]) -> int:
    """Local dates between two airings: the segment's own, else the largest of the columns it airs in."""
    return segment.separation_days or max(each.column.separation_days for each in slots)


def monthly_limit(segment: Segment, slots: list[LaidSlot]) -> int:
    return segment.max_per_month or min(each.column.max_per_month for each in slots)


def _maxima(view: StationView, laid: list[LaidSlot]) -> Iterator[Break]:
    for rule in view.max_rules:
        for period, slots in counted_by_period(rule, view, laid).items():
            total = sum(counted for _, counted in slots)
            if total > rule.ms:
                takers = [each for each, _ in slots]
                yield _break("H6", view, takers, "above_maximum", rule.id, *period, total, rule.ms)


def _kept(view: StationView, slots: list[Slot]) -> Iterator[Break]:
    there = {slot.id: slot for slot in slots}
    for slot in view.kept:
        found = there.get(slot.id)
        if found is None or not same_slot(found, slot):
            yield Break(
                code="H5",
                station=view.station.code,
                slot=slot.id,
                what="missing" if found is None else "changed",
                facts=(),
                slots=(slot.id,),
                conflict=False,
            )


def _relays(view: StationView, laid: list[LaidSlot], by_station: dict[str, list[Slot]]) -> Iterator[Break]:
    due = relayed_slots(view, by_station)
    there = defaultdict(list)
    for each in laid:
        if not each.own:
            there[_content(each.slot, each.slot.relayed_from)].append(each)
    for slot, parent in due:
        if not there.get(_content(slot, parent)):
            yield Break(
                code="H7",
                station=view.station.code,
                slot=slot.id,
                what="not_relayed",
                facts=(parent,),
                slots=(slot.id,),
                conflict=False,
            )
    wanted = {_content(slot, parent) for slot, parent in due}
    for content, slots in there.items():
        for extra in slots if content not in wanted else slots[1:]:
            yield _break("H7", view, [extra], "parent_has_no_such_slot", str(content[0]), conflict=extra.kept)


def _content(slot: Slot, parent: str | None) -> tuple[object, ...]:
    return (parent, slot.column, slot.start, slot.length_ms, slot.items)


def relayed_slots(view: StationView, by_station: Mapping[str, list[Slot]]) -> list[tuple[Slot, str]]:
    """The parents' slots (each with its parent) that lie within an occurrence of a session relaying them."""
    due = []
    for parent in view.parents:
        spans = [piece for occurrence in view.occurrences if occurrence.relays == parent for piece in occurrence.pieces]
        for slot in sorted(by_station.get(parent, ()), key=_order):
            start = to_ms(slot.start)
            if any(first <= start and start + slot.length_ms <= last for first, last in spans):
                due.append((slot, parent))
    return due


def _order(slot: Slot) -> tuple[datetime, bool, str]:
    return (slot.start, slot.relayed_from is not None, slot.id)
