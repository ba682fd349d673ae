"""Changes by hand of generated plans, judged by a checker that shares no code with what refuses and accepts them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from schedules.change_effects import effects
from schedules.editing import (
    AddSlot,
    AlterSlot,
    Attempt,
    Change,
    ChangesNothing,
    LockSlot,
    PlanInHand,
    RemoveSlot,
)
from schedules.evaluation import as_plan, evaluate
from schedules.exchange import read_instance, read_plan, write_instance, write_plan
from schedules.instants import DAY_MS, from_ms
from schedules.nearest_places import PLACES, nearest_places
from schedules.problem import Instance, Slot
from tests.benchmarks.instances import perturb
from tests.checker import Report, check
from tests.planning.cases import Case, instance_of, solve

CASES: list[Case] = [
    ("relays", 1),
    ("relayed_past", 1),
    ("two_columns", 1),
    ("no_column", 1),
    ("maxima", 1),
    ("capped", 1),
    ("no_repeats", 1),
    ("midnight", 1),
    ("closed", 1),
    ("aired", 1),
    ("targeting", 1),
    ("urgent_now", 1),
    ("mixed", 4),
    ("mixed", 8),
    ("mixed", 14),
]
CHANGES = 40


def in_hand(case: Case) -> PlanInHand:
    """Some days after it was published, with a slot locked by hand, one segment withdrawn, and some time dark."""
    instance = instance_of(case)
    plan = solve(instance)
    for turn, change in enumerate(("withdraw", "blackout")):
        instance = perturb(instance, plan, seed=case[1] + turn, change=change)
    problem, slots = read_instance(json.dumps(instance).encode()), read_plan(json.dumps(plan).encode()).slots
    draft = PlanInHand(problem, slots)
    own = [slot for slot in slots if slot.relayed_from is None]
    for slot in own[-1:]:
        locked = draft.attempt(LockSlot(station=slot.station, slot=slot.id, locked=True))
        draft = PlanInHand(locked.instance, locked.slots)
    return draft


def some_changes(draft: PlanInHand, rng: Random) -> Iterator[Change]:
    """Of all kinds; many of them near what they would break."""
    index = draft.index
    segments = sorted(index.segments)
    month_ms = index.first_ms, index.first_ms + index.month.last_date.day * DAY_MS

    def some_start(station: str) -> datetime:
        held = index.view(station).occurrences
        if held and rng.random() < 0.8:
            occurrence = rng.choice(held)
            return from_ms(rng.randrange(occurrence.start_ms, occurrence.end_ms, 60_000), index.zone)
        return from_ms(rng.randrange(*month_ms, 60_000), index.zone)

    for _ in range(CHANGES):
        station = rng.choice(draft.instance.stations).code
        fill = tuple(rng.choices(segments, k=rng.randrange(1, 4)))
        if rng.random() < 0.25 or not draft.by_station.get(station):
            column = rng.choice(draft.instance.columns).code
            yield AddSlot(station=station, column=column, start=some_start(station), segments=fill)
            continue
        slot = rng.choice(draft.by_station[station])
        near = slot.start + timedelta(minutes=rng.randrange(-40, 41))
        yield rng.choice(
            (
                AlterSlot(station=station, slot=slot.id, start=rng.choice((near, some_start(station)))),
                AlterSlot(station=station, slot=slot.id, more=fill[:1]),
                AlterSlot(station=station, slot=slot.id, segments=fill),
                LockSlot(station=station, slot=slot.id, locked=not slot.locked),
                RemoveSlot(station=station, slot=slot.id),
            )
        )


def attempts(draft: PlanInHand, rng: Random) -> Iterator[Attempt]:
    for change in some_changes(draft, rng):
        try:
            yield draft.attempt(change)
        except ChangesNothing:
            continue


def judged(instance: Instance, slots: Iterable[Slot]) -> Report:
    plan = as_plan(instance, slots, evaluate(instance, tuple(slots)))
    return check(json.loads(write_instance(instance)), json.loads(write_plan(plan)))


def faults(report: Report) -> Counter[tuple[str, str]]:
    """(code, slot) of what is broken, by slots of the plan's making or by such as stay."""
    found = [("H5" if each.code == "now" else each.code, each.slot) for each in report.breaks if each.code != "aim"]
    return Counter([*found, *((code, slot) for slot, code in report.conflicts)])


def told(report: Report, slots: Iterable[Slot]) -> set[tuple[object, ...]]:
    """The same with the checker's words and where the slots stand."""
    starts = {slot.id: slot.start for slot in slots}
    found = {(each.code, each.slot, each.why, starts.get(each.slot)) for each in report.breaks}
    return found | {(code, slot, "", starts.get(slot)) for slot, code in report.conflicts}


def forced(draft: PlanInHand, attempt: Attempt) -> list[Slot]:
    """The plan as the change would leave it, whatever it breaks."""
    gone = {(each.station, each.before.id) for each in attempt.changed if each.before is not None}
    left = [slot for slot in draft.slots if (slot.station, slot.id) not in gone]
    return left + [each.after for each in attempt.changed if each.after is not None]


@pytest.fixture(scope="module", params=CASES, ids=str)
def draft(request: pytest.FixtureRequest) -> PlanInHand:
    return in_hand(request.param)


@pytest.fixture(scope="module")
def tried(draft: PlanInHand) -> list[Attempt]:
    return list(attempts(draft, Random(7)))  # noqa: S311 - a generator of test data, no secret


def test_both_accepted_and_refused_changes_are_looked_at(tried: list[Attempt]) -> None:
    assert {bool(attempt.broken) for attempt in tried} == {True, False}


def test_an_accepted_change_never_adds_a_break(draft: PlanInHand, tried: list[Attempt]) -> None:
    before = faults(judged(draft.instance, draft.slots))
    for attempt in tried:
        if not attempt.broken:
            after = judged(attempt.instance, attempt.slots)
            assert after.differences == []
            relayed = {slot.id for slot in attempt.slots if slot.relayed_from is not None}
            new = {fault for fault in faults(after) - before if fault[1] not in relayed}
            # what was a conflict while the slot was locked may be a break now; it is no new one
            assert new == set(), attempt.change


def test_a_refused_change_names_constraints_that_a_second_reading_finds_broken(
    draft: PlanInHand, tried: list[Attempt]
) -> None:
    before = told(judged(draft.instance, draft.slots), draft.slots)
    for attempt in tried:
        if attempt.broken and not isinstance(attempt.change, LockSlot):
            slots = forced(draft, attempt)
            new = {"H5" if code == "now" else code for code, *_ in told(judged(draft.instance, slots), slots) - before}
            assert {each.code for each in attempt.broken} <= new, (attempt.change, attempt.broken)


def test_the_effect_is_what_a_recount_finds(draft: PlanInHand, tried: list[Attempt]) -> None:
    counted = judged(draft.instance, draft.slots)
    for attempt in tried:
        if attempt.broken:
            continue
        recounted = judged(attempt.instance, attempt.slots)
        found = effects(draft, attempt)
        for effect in found:
            for report, worth in ((counted, effect.before), (recounted, effect.after)):
                verdicts = [each for each in report.verdicts.values() if each.station == effect.station]
                assert worth.short_ms == sum(each.short_ms for each in verdicts)
                missed = {key: times for key, times in report.missed.items() if key[1] == effect.station}
                assert {(each.segment, each.station): each.missed for each in worth.missed} == missed
                for scores in worth.terms:
                    assert scores.terms == pytest.approx(report.terms[effect.station, scores.column])
        named = {effect.station for effect in found}
        for station, column in recounted.terms:
            if station not in named:
                assert recounted.terms[station, column] == counted.terms[station, column]


def test_every_place_that_is_offered_is_accepted_when_it_is_tried(draft: PlanInHand, tried: list[Attempt]) -> None:
    offered = 0
    for attempt in tried:
        if not attempt.broken:
            continue
        places = nearest_places(draft, attempt)
        assert len(places) <= PLACES
        wanted = getattr(attempt.change, "start", None) or next(
            (each.before.start for each in attempt.changed if each.before is not None), None
        )
        distances = [abs(place - wanted) for place in places if wanted is not None]
        assert distances == sorted(distances)
        for place in places:
            offered += 1
            assert isinstance(attempt.change, AddSlot | AlterSlot)
            assert draft.attempt(replace(attempt.change, start=place)).broken == ()
    assert offered > 0


def minutes_between(draft: PlanInHand, station: str, wanted: datetime, place: datetime) -> Iterator[datetime]:
    """Whole minutes of the station's sessions that are nearer to the wanted start than the place is."""
    apart = abs(place - wanted)
    for occurrence in draft.index.view(station).occurrences:
        for start_ms in range(occurrence.start_ms, occurrence.end_ms, 60_000):
            start = from_ms(start_ms, draft.index.zone)
            if abs(start - wanted) < apart:
                yield start


def test_no_place_is_nearer_than_the_first_that_is_offered(draft: PlanInHand, tried: list[Attempt]) -> None:
    looked_at = 0
    for attempt in tried:
        change, slot = attempt.change, attempt.changed[0].after
        if not attempt.broken or slot is None or not isinstance(change, AddSlot | AlterSlot) or looked_at > 600:
            continue
        for place in nearest_places(draft, attempt)[:1]:
            for start in minutes_between(draft, change.station, slot.start, place):
                before = attempt.changed[0].before
                if before is None or start != before.start:
                    looked_at += 1
                    assert draft.attempt(replace(change, start=start)).broken, (change, place)
    assert looked_at > 0
