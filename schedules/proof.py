"""Verdicts with proof: what of a rule's airtime a station planned, got, said, logged and was heard to air, and counts.

All figures are milliseconds of airtime as the rule counts it: only slots of its column, without relayed ones where it
says so (`relayed` False), only items whose segment is known and, in relayed slots, meant for the station, only in its
`languages`, a segment once where `repeats` is False, and with the frame of each slot with a counted item where
`count_frame`. `planned_ms` is exactly what `schedules.laid_slots` counts. In the other figures a segment that counts
once counts with its longest airing, the first of equals, so that a repetition makes good what was missed.
"""

from collections.abc import Container, Mapping, Sequence
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from schedules.airing_results import ItemResult, Reconciled, Shown, SlotResult
from schedules.as_run import Grade
from schedules.instants import to_ms
from schedules.months import Month
from schedules.occurrences import Occurrence
from schedules.problem import Column, Rule, Segment
from schedules.rule_counting import FRAME, Figures, Part, RuleSlot, Sums, count


class Status(StrEnum):
    """How a station stands with a rule; the worst last.

    For a minimum, the first of these that holds: `no_data` when nothing was planned nor said, or nothing was said at
    all although the time to say it is over for something planned (under a policy that asks for statements);
    `met` when what counts is enough; `on_track` when it is with what is still to come and what may still be said;
    `not_met` when the month is over; else `at_risk`. A required 0 is met whatever is said. For a maximum: `no_data` as
    above unless something counts, `met` when the fullest period holds no more than is allowed, else `not_met`.
    """

    MET = "met"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    NO_DATA = "no_data"
    NOT_MET = "not_met"


class Evidence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One contribution to what counts: `ms` of an item (`position` in its slot), of a substitute (no position), or of
    a slot's frame (`segment` ""). `grade` is what it rests on, `uids` who says so."""

    slot: str
    segment: str
    position: int | None = None
    ms: int
    grade: Grade
    uids: tuple[str, ...] = ()


class ProofVerdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule says of a station's air in one month, or in several (`summed`).

    `planned_ms`, `delivered_ms`, `reported_ms`, `logged_ms`, `heard_ms`: shown at that grade or a stronger one;
    `counted_ms`: what counts under `policy` (`schedules.airing_results.Shown.counted_ms`), the sum of `entries`.
    `to_come_ms`: what is not over yet and can still count; `awaited_ms`: what is over, not known at the policy's grade,
    and within the time for reporting; `settled_ms`: the planned airtime of all that is known or too late to be.
    `short_ms` = max(0, required − counted) of a minimum or target, 0 of a maximum. `said`: somebody said something of
    the rule's slots. For a maximum `required_ms` is the most allowed, and all figures are those of its fullest period:
    the one with most counted, then most planned, then the first.
    """

    rule: str
    station: str
    months: tuple[str, ...]
    kind: str
    policy: Grade
    required_ms: int
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    counted_ms: int
    short_ms: int
    to_come_ms: int
    awaited_ms: int
    settled_ms: int
    said: bool
    status: Status
    entries: tuple[Evidence, ...] = ()


def prove(
    rule: Rule,
    reconciled: Reconciled,
    *,
    station: str,
    month: Month,
    zone: ZoneInfo,
    segments: Mapping[str, Segment],
    columns: Mapping[str, Column],
    meant: Container[str],
    occurrences: Sequence[Occurrence] = (),
    policy: Grade,
    now_ms: int,
) -> ProofVerdict:
    """The verdict of one rule of any kind on one station and month, with its evidence.

    Counts the slots of `reconciled` that start in `month` in `zone`; others are passed over. `segments`, `columns`,
    `meant` as in `reconcile`; `occurrences` are the station's in the month, for a maximum of kind `session`.
    """
    first_ms, end_ms = (to_ms(bound) for bound in month.bounds(zone))
    laid = _Laid(policy=policy)
    said = False
    for result in reconciled.slots:
        if not first_ms <= result.start_ms < end_ms or not _looks_at(rule, result):
            continue
        said = laid.add(rule, result, segments, meant, columns) or said
    sums, parts = count(rule, laid.slots, laid.figures, occurrences)
    return verdict_of(
        rule,
        sums,
        station=station,
        month=month,
        policy=policy,
        said=said,
        over=end_ms <= now_ms,
        entries=tuple(laid.evidence(part) for part in parts),
    )


def summed(verdicts: Sequence[ProofVerdict]) -> ProofVerdict:
    """The verdict of a quarter, a year or any months, from those of one rule and station month by month, in order.

    Of a minimum all figures are sums. A month's surplus does not make good another month's shortfall, so `short_ms` is
    the sum of what each month is short by and the status is the worst of the months'. Of a maximum the figures are
    those of the fullest month (by what counts, then the first) and the status the worst.
    """
    first = verdicts[0]
    worst = max((each.status for each in verdicts), key=_WORST.index)
    months = tuple(month for each in verdicts for month in each.months)
    said = any(each.said for each in verdicts)
    if first.kind == "max":
        fullest = max(verdicts, key=lambda each: each.counted_ms)
        return replace(fullest, months=months, said=said, status=worst)
    totals = {name: sum(getattr(each, name) for each in verdicts) for name in _SUMMED}
    entries = tuple(entry for each in verdicts for entry in each.entries)
    return replace(first, months=months, said=said, status=worst, entries=entries, **totals)


def verdict_of(
    rule: Rule,
    sums: Sums,
    *,
    station: str,
    month: Month,
    policy: Grade,
    said: bool,
    over: bool,
    entries: tuple[Evidence, ...] = (),
) -> ProofVerdict:
    """`over`: the month is; `said`: somebody said something of the rule's slots."""
    return ProofVerdict(
        rule=rule.id,
        station=station,
        months=(str(month),),
        kind=rule.kind,
        policy=policy,
        required_ms=rule.ms,
        planned_ms=sums.planned_ms,
        delivered_ms=sums.delivered_ms,
        reported_ms=sums.reported_ms,
        logged_ms=sums.logged_ms,
        heard_ms=sums.heard_ms,
        counted_ms=sums.counted_ms,
        short_ms=0 if rule.kind == "max" else max(0, rule.ms - sums.counted_ms),
        to_come_ms=sums.to_come_ms,
        awaited_ms=sums.awaited_ms,
        settled_ms=sums.settled_ms,
        said=said,
        status=_status(rule, sums, policy, said=said, over=over),
        entries=entries,
    )


def _status(rule: Rule, sums: Sums, policy: Grade, *, said: bool, over: bool) -> Status:
    unsaid = not said and (sums.planned_ms == 0 or (policy > Grade.DELIVERED and sums.settled_ms > 0))
    if rule.kind == "max":
        if unsaid and sums.counted_ms == 0:
            return Status.NO_DATA
        return Status.MET if sums.counted_ms <= rule.ms else Status.NOT_MET
    if unsaid and rule.ms:
        return Status.NO_DATA
    if sums.counted_ms >= rule.ms:
        return Status.MET
    within_reach = sums.counted_ms + sums.to_come_ms + sums.awaited_ms >= rule.ms
    return Status.ON_TRACK if within_reach else Status.NOT_MET if over else Status.AT_RISK


def _looks_at(rule: Rule, result: SlotResult) -> bool:
    slot = result.slot
    return slot.column == rule.column and (slot.relayed_from is None or rule.relayed)


class _Laid:
    """Numbers the things of a rule's slots and keeps what each is."""

    def __init__(self, *, policy: Grade) -> None:
        self.policy = policy
        self.figures = Figures()
        self.slots: list[RuleSlot] = []
        self._things: list[tuple[str, int | None, Shown]] = []
        self._slot_results: list[SlotResult] = []

    def add(
        self,
        rule: Rule,
        result: SlotResult,
        segments: Mapping[str, Segment],
        meant: Container[str],
        columns: Mapping[str, Column],
    ) -> bool:
        """Takes a slot's things in; returns whether anything was said of them."""
        slot = result.slot
        said = any(each.shown.decided_by is not None for each in result.substitutes)
        things = []
        for item in result.items:
            code = item.item.segment
            segment = segments.get(code)
            if segment is None or (slot.relayed_from is not None and code not in meant) or not _speaks(rule, segment):
                continue
            said = said or item.shown.decided_by is not None
            things.append((self._thing(code, item.position, item.shown), code))
            self._outlook(item)
        for each in result.substitutes:
            if each.counts and each.segment is not None and _speaks(rule, segments[each.segment]):
                things.append((self._thing(each.segment, None, each.shown), each.segment))
                for waiting in (self.figures.to_come, self.figures.awaited, self.figures.settled):
                    waiting.append(0)
        column = columns.get(slot.column)
        self.slots.append(
            RuleSlot(
                number=len(self.slots),
                start_ms=result.start_ms,
                end_ms=result.start_ms + slot.length_ms,
                date=result.date,
                frame_ms=0 if column is None else column.frame_ms,
                things=things,
            )
        )
        self._slot_results.append(result)
        return said

    def _thing(self, segment: str, position: int | None, shown: Shown) -> int:
        figures = self.figures
        figures.planned.append(shown.planned_ms)
        figures.delivered.append(shown.delivered_ms)
        figures.reported.append(shown.reported_ms)
        figures.logged.append(shown.logged_ms)
        figures.heard.append(shown.heard_ms)
        figures.counted.append(shown.counted_ms(self.policy))
        self._things.append((segment, position, shown))
        return len(self._things) - 1

    def _outlook(self, item: ItemResult) -> None:
        planned_ms = item.shown.planned_ms
        settled = item.shown.decides(self.policy) or item.overdue
        self.figures.settled.append(planned_ms if settled else 0)
        self.figures.to_come.append(0 if settled or item.due else planned_ms)
        self.figures.awaited.append(planned_ms if item.due and not settled else 0)

    def evidence(self, part: Part) -> Evidence:
        slot = self._slot_results[part.slot].slot.id
        if part.thing == FRAME:
            return Evidence(slot=slot, segment="", ms=part.ms, grade=self._weakest(part.slot), uids=())
        segment, position, shown = self._things[part.thing]
        return Evidence(
            slot=slot,
            segment=segment,
            position=position,
            ms=part.ms,
            grade=self._grade(shown),
            uids=shown.uids,
        )

    def _grade(self, shown: Shown) -> Grade:
        return shown.decided_by if shown.decided_by is not None else self.policy

    def _weakest(self, slot: int) -> Grade:
        """A frame rests on the items that it goes around."""
        grades = [
            self._grade(self._things[thing][2]) for thing, _ in self.slots[slot].things if self.figures.counted[thing]
        ]
        return min(grades)


def _speaks(rule: Rule, segment: Segment) -> bool:
    return rule.languages is None or segment.language in rule.languages


_WORST = tuple(Status)
_SUMMED = (
    "required_ms",
    "planned_ms",
    "delivered_ms",
    "reported_ms",
    "logged_ms",
    "heard_ms",
    "counted_ms",
    "short_ms",
    "to_come_ms",
    "awaited_ms",
    "settled_ms",
)
