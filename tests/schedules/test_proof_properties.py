"""What holds of every proof: order and repetition change nothing, evidence adds up, a recount agrees."""

from typing import Any

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from schedules.airing_reasons import Disagreeing
from schedules.as_run import Grade, Tolerances
from schedules.instants import to_ms
from schedules.laid_slots import LaidSlot, counted_by_slot
from schedules.problem import Rule
from schedules.proof import summed
from schedules.quick_proof import quick_proof
from schedules.station_plans import PlannedSlot, make_ready
from tests.checker.airing import FIGURES, OUTLOOK, Recount
from tests.schedules.airings import (
    COLUMNS,
    MEANT,
    MONTH_EDGE,
    NOVEMBER,
    NOW,
    RULES,
    SEGMENTS,
    minimum,
    proved,
    reconciled,
    slot_lists,
    statement_lists,
)
from tests.schedules.builders import ZONE

POLICIES = st.sampled_from(list(Grade))
NOWS = st.sampled_from(
    [
        NOW,
        NOW - 17 * 86_400_000,
        NOW - 45 * 86_400_000,
        *(to_ms(start) + ms for start in MONTH_EDGE[1:5] for ms in (-1, 0)),
    ]
)
DELIVERED = st.sampled_from([{}, {"a": 0}, {"a": 0, "b": NOW - 40 * 86_400_000}])


@settings(deadline=None)
@given(st.data(), NOWS)
def test_order_and_repetition_of_statements_change_nothing(data: st.DataObject, now_ms: int) -> None:
    slots = data.draw(slot_lists())
    statements = data.draw(statement_lists(slots))
    again = data.draw(st.permutations(statements + statements[:3]))
    first = reconciled(slots, statements, now_ms=now_ms)
    assert reconciled(data.draw(st.permutations(slots)), again, now_ms=now_ms) == first


@settings(max_examples=300, deadline=None)
@given(st.data(), RULES, POLICIES, NOWS, DELIVERED)
def test_a_recount_from_raw_statements_comes_to_the_same(
    data: st.DataObject, rule: Rule, policy: Grade, now_ms: int, delivered: dict[str, int]
) -> None:
    slots = data.draw(slot_lists())
    statements = data.draw(statement_lists(slots))
    result = reconciled(slots, statements, now_ms=now_ms, delivered=delivered)
    verdict = proved(rule, result, policy, now_ms=now_ms)
    raw: Any = msgspec.to_builtins(
        {
            "slots": slots,
            "statements": [{"aired": True, **msgspec.to_builtins(each)} for each in statements],
            "segments": SEGMENTS,
            "meant": list(MEANT),
            "delivered": delivered,
            "now_ms": now_ms,
        }
    )
    raw["tolerances"] = {
        name: getattr(Tolerances(), name) for name in ("late_ms", "match_ms", "report_within_ms", "clock_agree_ms")
    }
    told = msgspec.to_builtins(rule) | {"frame_ms": COLUMNS["c"].frame_ms}
    recount = Recount(raw)
    recounted = recount.verdict(told, str(NOVEMBER), int(policy))
    names = FIGURES + (OUTLOOK if rule.repeats and not rule.count_frame else ())
    assert {name: getattr(verdict, name) for name in names} == {name: recounted[name] for name in names}
    told_apart = {
        each.slot.id for each in result.slots for why in each.doubtful if isinstance(why, Disagreeing) and why.with_slot
    }
    assert told_apart == recount.at_odds()


@settings(deadline=None)
@given(st.data(), RULES, POLICIES, st.sampled_from(["min", "max"]), st.sampled_from(["day", "month"]))
def test_the_lines_of_evidence_add_up_to_what_counts(
    data: st.DataObject, rule: Rule, policy: Grade, kind: str, period: str
) -> None:
    slots = data.draw(slot_lists())
    result = reconciled(slots, data.draw(statement_lists(slots)))
    verdict = proved(msgspec.structs.replace(rule, kind=kind, period=period), result, policy)
    assert sum(line.ms for line in verdict.entries) == verdict.counted_ms
    both = summed([verdict, verdict])
    assert sum(line.ms for line in both.entries) == both.counted_ms


@settings(max_examples=200, deadline=None)
@given(st.data(), RULES, POLICIES, NOWS, DELIVERED)
def test_the_quick_way_comes_to_what_the_explaining_one_does(
    data: st.DataObject, rule: Rule, policy: Grade, now_ms: int, delivered: dict[str, int]
) -> None:
    slots = data.draw(slot_lists())
    statements = data.draw(statement_lists(slots, plain=data.draw(st.booleans())))
    if data.draw(st.booleans()):
        statements = [msgspec.structs.replace(each, corrects=None, judged=False) for each in statements]
    rules = [rule, minimum(), msgspec.structs.replace(rule, kind="max", period="day")]
    ready = make_ready(
        "D",
        map(PlannedSlot.of, slots),
        rules=rules,
        month=NOVEMBER,
        zone=ZONE,
        segments=SEGMENTS,
        columns=COLUMNS,
        meant=MEANT,
    )
    rows = [
        (1, each.slot, each.segment, int(each.grade), each.aired, each.duration_ms, each.corrects, each.source, None)
        for each in statements
    ]
    starts = [each.start_ms for each in statements]
    quick = quick_proof(ready, rows, starts, delivered=delivered, policy=policy, now_ms=now_ms, tolerances=Tolerances())
    result = reconciled(slots, statements, now_ms=now_ms, delivered=delivered)
    event(f"quick: {quick is not None}, doubtful: {bool(result.doubtful)}")
    if quick is not None:
        full = [proved(each, result, policy, now_ms=now_ms) for each in rules]
        assert list(quick.verdicts) == [msgspec.structs.replace(each, entries=()) for each in full]
        assert quick.doubtful == len(result.doubtful)
        assert quick.beside or not (result.extras or any(slot.substitutes for slot in result.slots))


@settings(deadline=None)
@given(st.data(), POLICIES)
def test_a_stronger_grade_never_shows_more(data: st.DataObject, policy: Grade) -> None:
    slots = data.draw(slot_lists())
    result = reconciled(slots, data.draw(statement_lists(slots)))
    for repeats in (True, False):
        rule = minimum(repeats=repeats)
        each = proved(rule, result, policy)
        assert each.delivered_ms >= each.reported_ms >= each.logged_ms >= each.heard_ms
        counts = [proved(rule, result, grade).counted_ms for grade in Grade]
        assert counts == sorted(counts, reverse=True)


@settings(deadline=None)
@given(st.data(), slot_lists(), RULES)
def test_what_is_planned_is_what_planning_counts_whatever_is_said(
    data: st.DataObject, slots: list[Any], rule: Rule
) -> None:
    first, end = (to_ms(bound) for bound in NOVEMBER.bounds(ZONE))
    laid = []
    for slot in sorted(slots, key=lambda each: (to_ms(each.start), each.relayed_from is not None, each.id)):
        start_ms = to_ms(slot.start)
        known = [
            item
            for item in slot.items
            if item.segment in SEGMENTS and (slot.relayed_from is None or item.segment in MEANT)
        ]
        if first <= start_ms < end:
            laid.append(
                LaidSlot(
                    slot=slot,
                    column=COLUMNS[slot.column],
                    start_ms=start_ms,
                    end_ms=start_ms + slot.length_ms,
                    date=slot.start.date(),
                    own=slot.relayed_from is None,
                    kept=False,
                    counted=tuple(SEGMENTS[item.segment] for item in known),
                    durations=tuple(item.duration_ms for item in known),
                )
            )
    planned = sum(ms for _, ms in counted_by_slot(rule, laid))
    assert proved(rule, reconciled(slots, data.draw(statement_lists(slots)))).planned_ms == planned
    if rule.repeats:
        assert proved(rule, reconciled(slots, []), Grade.PLANNED).counted_ms == planned
