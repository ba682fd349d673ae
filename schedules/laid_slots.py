"""A station's slots as the formulas read them: whole milliseconds, local dates, what counts and what does not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schedules.instants import from_ms, to_ms
from schedules.problem import Column, Rule, Segment, Slot
from schedules.problem_index import ProblemIndex, StationView


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidSlot:
    """`own`: not relayed. `counted`: the segments of the items that count as airtime, in order,
    `durations` what each item gives (a kept slot's item may differ from what its segment is now).

    Unknown segments count nowhere; a relayed item whose language or targeting does not fit neither.
    """

    slot: Slot
    column: Column
    start_ms: int
    end_ms: int
    date: date
    own: bool
    kept: bool
    counted: tuple[Segment, ...]
    durations: tuple[int, ...]

    @property
    def fixed(self) -> bool:
        """Kept or relayed: not of the plan's own making, so what it breaks is a conflict."""
        return self.kept or not self.own

    @property
    def airtime_ms(self) -> int:
        return sum(self.durations)


def lay(index: ProblemIndex, view: StationView, slots: Iterable[Slot]) -> list[LaidSlot]:
    """The station's slots by start (own before relayed at the same time)."""
    kept = {slot.id: slot for slot in view.kept}
    laid = [lay_slot(index, view, slot, kept=slot.id in kept and same_slot(kept[slot.id], slot)) for slot in slots]
    laid.sort(key=lambda each: (each.start_ms, not each.own, each.slot.id))
    return laid


def same_slot(one: Slot, other: Slot) -> bool:
    """Whether all that must stay of a kept slot is the same: column, start, length, items, relay."""
    return (
        one.start == other.start
        and one.items == other.items
        and one.length_ms == other.length_ms
        and one.column == other.column
        and one.relayed_from == other.relayed_from
    )


def lay_slot(index: ProblemIndex, view: StationView, slot: Slot, *, kept: bool) -> LaidSlot:
    own = slot.relayed_from is None
    known = [(index.segments[item.segment], item) for item in slot.items if item.segment in index.segments]
    counted = [(segment, item) for segment, item in known if own or segment.id in view.meant]
    start_ms = to_ms(slot.start)
    return LaidSlot(
        slot=slot,
        column=index.columns[slot.column],
        start_ms=start_ms,
        end_ms=start_ms + slot.length_ms,
        date=from_ms(start_ms, index.zone).date(),
        own=own,
        kept=kept,
        counted=tuple(segment for segment, _ in counted),
        durations=tuple(item.duration_ms for _, item in counted),
    )


def counted_by_slot(rule: Rule, laid: Iterable[LaidSlot]) -> list[tuple[LaidSlot, int]]:
    """For each slot of the rule's column, in order of start, the airtime that the rule counts there.

    With `repeats` False a segment counts where the rule first meets it in the month.
    """
    seen: set[str] = set()
    counted = []
    for each in laid:
        if each.slot.column != rule.column or (each.slot.relayed_from is not None and not rule.relayed):
            continue
        total = 0
        for segment, duration in zip(each.counted, each.durations, strict=True):
            if rule.languages is not None and segment.language not in rule.languages:
                continue
            if not rule.repeats:
                if segment.id in seen:
                    continue
                seen.add(segment.id)
            total += duration
        if total and rule.count_frame:
            total += each.column.frame_ms
        counted.append((each, total))
    return counted


def periods_of(rule: Rule, view: StationView, each: LaidSlot) -> list[tuple[str, str]]:
    """The periods of a maximum that the slot counts in: one for a date or month, any number of sessions."""
    if rule.period == "month":
        return [("month", "")]
    if rule.period == "day":
        return [("day", each.date.isoformat())]
    return [
        (occurrence.session, occurrence.date.isoformat())
        for occurrence in view.occurrences
        if occurrence.start_ms <= each.start_ms < occurrence.end_ms and occurrence.holds(each.start_ms, each.end_ms)
    ]


def counted_by_period(
    rule: Rule, view: StationView, laid: Iterable[LaidSlot]
) -> dict[tuple[str, str], list[tuple[LaidSlot, int]]]:
    """The slots with counted airtime of each period that has any."""
    periods: dict[tuple[str, str], list[tuple[LaidSlot, int]]] = {}
    for each, total in counted_by_slot(rule, laid):
        if total:
            for period in periods_of(rule, view, each):
                periods.setdefault(period, []).append((each, total))
    return periods
