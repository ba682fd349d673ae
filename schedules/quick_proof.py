"""The verdicts of very many stations in little time: the figures of `schedules.proof` without their explanations.

Nearly all statements name a slot of the station and, if any, a segment in it, and correct nothing: then no statement
has to be looked at beside another. `quick_proof` does exactly that much, and says None where there is more to it:
then `schedules.reconciling` and `schedules.proof` have to do it, which come to the same figures.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schedules.as_run import Grade, Tolerances
from schedules.instants import from_ms, to_ms
from schedules.months import Month
from schedules.occurrences import Occurrence
from schedules.problem import Column, Rule, Segment, Slot
from schedules.proof import ProofVerdict, verdict_of
from schedules.rule_counting import Figures, RuleSlot, Sums, count

Row = tuple[str | None, str | None, int, bool | int, int | None, str | None]
"""A statement: slot, segment, grade, aired, duration_ms, corrects."""

_REPORTED, _LOGGED, _HEARD = int(Grade.REPORTED), int(Grade.LOGGED), int(Grade.HEARD)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlaces:
    """What a rule counts: `plain` the numbers of the items whose figures only have to be added up, where that is all
    (None: all items), else `slots` for the rule's own way of counting."""

    rule: Rule
    plain: tuple[int, ...] | None
    all_items: bool
    slots: tuple[RuleSlot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlan:
    """A station's month made ready for statements; it changes only when the plan or the rules do, so keep it.

    Lists are by the number of an item; `items_of` by slot id, then by segment (None: the segment comes twice in it).
    """

    station: str
    month: Month
    month_ends_ms: int
    planned: list[int]
    starts: list[int]
    offsets: list[int]
    segments: list[str]
    items_of: dict[str, dict[str, int | None]]
    slot_items: dict[str, range]
    rules: tuple[RulePlaces, ...]
    occurrences: Sequence[Occurrence]


def make_ready(
    station: str,
    slots: Iterable[Slot],
    *,
    rules: Iterable[Rule],
    month: Month,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
    columns: Mapping[str, Column],
    meant: Container[str],
    occurrences: Sequence[Occurrence] = (),
) -> StationPlan:
    """`slots`: as for `schedules.reconciling.reconcile`; the rest as for `schedules.proof.prove`."""
    first_ms, end_ms = _bounds(month, zone)
    timed = sorted(
        ((to_ms(slot.start), slot.relayed_from is not None, slot.id, slot) for slot in slots),
        key=lambda each: each[:3],
    )
    planned: list[int] = []
    starts: list[int] = []
    offsets: list[int] = []
    codes: list[str] = []
    items_of: dict[str, dict[str, int | None]] = {}
    slot_items: dict[str, range] = {}
    in_month: list[tuple[int, Slot]] = []
    for start_ms, _, slot_id, slot in timed:
        first = len(planned)
        here: dict[str, int | None] = {}
        for item in slot.items:
            here[item.segment] = None if item.segment in here else len(planned)
            planned.append(item.duration_ms)
            starts.append(start_ms + item.start_ms)
            offsets.append(item.start_ms)
            codes.append(item.segment)
        items_of[slot_id] = here
        slot_items[slot_id] = range(first, len(planned))
        if first_ms <= start_ms < end_ms:
            in_month.append((start_ms, slot))
    ready = []
    for rule in rules:
        looked_at = _rule_slots(
            rule,
            in_month,
            slot_items=slot_items,
            zone=zone,
            segments=segments,
            columns=columns,
            meant=meant,
        )
        numbers = [number for each in looked_at for number, _ in each.things]
        plain = rule.kind != "max" and rule.repeats and not rule.count_frame
        ready.append(
            RulePlaces(
                rule=rule,
                plain=tuple(numbers) if plain else None,
                all_items=len(numbers) == len(planned),
                slots=tuple(looked_at),
            )
        )
    return StationPlan(
        station=station,
        month=month,
        month_ends_ms=end_ms,
        planned=planned,
        starts=starts,
        offsets=offsets,
        segments=codes,
        items_of=items_of,
        slot_items=slot_items,
        rules=tuple(ready),
        occurrences=occurrences,
    )


def _bounds(month: Month, zone: ZoneInfo) -> tuple[int, int]:
    first, end = month.bounds(zone)
    return to_ms(first), to_ms(end)


def _rule_slots(
    rule: Rule,
    in_month: Iterable[tuple[int, Slot]],
    *,
    slot_items: Mapping[str, range],
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
    columns: Mapping[str, Column],
    meant: Container[str],
) -> list[RuleSlot]:
    column = columns.get(rule.column)
    frame_ms = 0 if column is None else column.frame_ms
    languages = rule.languages
    looked_at: list[RuleSlot] = []
    for start_ms, slot in in_month:
        relayed = slot.relayed_from is not None
        if slot.column != rule.column or (relayed and not rule.relayed):
            continue
        things = []
        for number, item in zip(slot_items[slot.id], slot.items, strict=True):
            segment = segments.get(item.segment)
            if segment is None or (relayed and item.segment not in meant):
                continue
            if languages is None or segment.language in languages:
                things.append((number, item.segment))
        looked_at.append(
            RuleSlot(
                number=len(looked_at),
                start_ms=start_ms,
                end_ms=start_ms + slot.length_ms,
                date=from_ms(start_ms, zone).date(),
                frame_ms=frame_ms,
                things=things,
            )
        )
    return looked_at


def quick_proof(
    ready: StationPlan,
    rows: Iterable[Row],
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> tuple[ProofVerdict, ...] | None:
    """The station's verdicts, one a rule in the rules' order, without `entries`; None: not a plain case.

    `rows` in any order, none twice under two uids by mistake of the caller: the same row again changes nothing.
    """
    claims = _claims(ready, rows)
    if claims is None:
        return None
    figures = _figures(ready, claims, delivered=delivered, policy=policy, now_ms=now_ms, tolerances=tolerances)
    said = {number for claim in claims for number, ms in enumerate(claim) if ms >= 0}
    over = ready.month_ends_ms <= now_ms
    return tuple(
        verdict_of(
            each.rule,
            _sums(ready, each, figures),
            station=ready.station,
            month=ready.month,
            policy=policy,
            said=_any_said(each, said),
            over=over,
        )
        for each in ready.rules
    )


def _claims(ready: StationPlan, rows: Iterable[Row]) -> tuple[list[int], list[int], list[int]] | None:
    """What REPORTED, LOGGED and HEARD statements show of each item, -1 for nothing said; empty: nothing at all."""
    planned, items_of = ready.planned, ready.items_of
    by_grade: list[list[int]] = [[], [], []]
    of_slots: list[tuple[int, str, bool | int, int | None]] = []
    for slot, segment, grade, aired, duration_ms, corrects in rows:
        if corrects is not None or slot is None:
            return None
        if segment is None:
            if slot not in items_of or (grade == _HEARD and not aired):
                return None
            of_slots.append((grade, slot, aired, duration_ms))
            continue
        here = items_of.get(slot)
        number = None if here is None else here.get(segment)
        # where a recording missed it depends on what it covers
        if number is None or (grade == _HEARD and not aired):
            return None
        if grade < _REPORTED:
            continue
        shown = by_grade[grade - _REPORTED]
        if not shown:
            shown += [-1] * len(planned)
        ms = planned[number]
        if not aired:
            ms = 0
        elif duration_ms is not None and duration_ms < ms:
            ms = duration_ms
        shown[number] = max(shown[number], ms)
    if of_slots:
        _spread(ready, by_grade, of_slots)
    return by_grade[0], by_grade[1], by_grade[2]


def _spread(
    ready: StationPlan, by_grade: list[list[int]], of_slots: Iterable[tuple[int, str, bool | int, int | None]]
) -> None:
    """Statements on whole slots, where their grade says nothing of the item itself."""
    planned, offsets = ready.planned, ready.offsets
    whole: dict[tuple[int, int], int] = {}
    for grade, slot, aired, duration_ms in of_slots:
        if grade < _REPORTED:
            continue
        for number in ready.slot_items[slot]:
            ms = planned[number]
            if not aired:
                ms = 0
            elif duration_ms is not None:
                ms = max(0, min(ms, duration_ms - offsets[number]))
            key = grade - _REPORTED, number
            if ms > whole.get(key, -1):
                whole[key] = ms
    for (place, number), ms in whole.items():
        shown = by_grade[place]
        if not shown:
            shown += [-1] * len(planned)
        if shown[number] < 0:
            shown[number] = ms


def _figures(
    ready: StationPlan,
    claims: tuple[list[int], list[int], list[int]],
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> Figures:
    figures = Figures(planned=ready.planned)
    nothing = [-1] * len(ready.planned)
    within_ms = tolerances.report_within_ms
    plan_counts, files_count = policy == Grade.PLANNED, policy == Grade.DELIVERED
    needs_log, needs_hearing = policy > _REPORTED, policy > _LOGGED
    for planned_ms, start_ms, segment, reported, logged, heard in zip(
        ready.planned, ready.starts, ready.segments, *(claim or nothing for claim in claims), strict=True
    ):
        at = delivered.get(segment)
        in_time = planned_ms if at is not None and at <= start_ms else 0
        if heard >= 0:
            decided, counts = True, heard
        elif logged >= 0:
            decided, counts = not needs_hearing, logged
        elif reported >= 0:
            decided, counts = not needs_log, reported
        elif plan_counts:
            decided, counts = True, planned_ms
        else:
            decided, counts = files_count and in_time > 0, in_time
        heard_ms = max(0, heard)
        logged_ms = max(heard_ms, logged)
        reported_ms = max(logged_ms, reported)
        figures.heard.append(heard_ms)
        figures.logged.append(logged_ms)
        figures.reported.append(reported_ms)
        figures.delivered.append(max(reported_ms, in_time))
        figures.counted.append(counts if decided else 0)
        ended_ms = start_ms + planned_ms
        settled = decided or ended_ms + within_ms <= now_ms
        figures.settled.append(planned_ms if settled else 0)
        figures.to_come.append(0 if settled or ended_ms <= now_ms else planned_ms)
        figures.awaited.append(planned_ms if ended_ms <= now_ms and not settled else 0)
    return figures


def _sums(ready: StationPlan, each: RulePlaces, figures: Figures) -> Sums:
    if each.plain is None:
        return count(each.rule, each.slots, figures, ready.occurrences)[0]
    lists = (
        figures.planned,
        figures.delivered,
        figures.reported,
        figures.logged,
        figures.heard,
        figures.counted,
        figures.to_come,
        figures.awaited,
        figures.settled,
    )
    if each.all_items:
        return Sums(*map(sum, lists))
    return Sums(*[sum(map(values.__getitem__, each.plain)) for values in lists])


def _any_said(each: RulePlaces, said: set[int]) -> bool:
    return bool(said) and any(number in said for slot in each.slots for number, _ in slot.things)
