"""What the compiled search keeps while it changes slots is what the evaluation counts of the slots that it ends with."""

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from schedules.breaks import relayed_slots
from schedules.evaluation import verdicts_of
from schedules.evaluation_terms import wishes
from schedules.exchange import read_instance
from schedules.instants import from_ms
from schedules.laid_slots import lay
from schedules.owed import missed_airings, owed_airings
from schedules.planner.annealing import layout
from schedules.planner.arrays import STRICT, StationArrays
from schedules.planner.own_slots import OwnSlot
from schedules.planner.province import relay_order
from schedules.planner.station_draft import StationDraft
from schedules.planner.tables import Tables
from schedules.problem import Instance, Item, Slot
from schedules.problem_index import ProblemIndex, StationView
from tests.benchmarks.instances import CHANGES, perturb
from tests.planning.cases import CASES, Case, instance_of, solve

TRIES = 3000
Scores = tuple[int, int, int, float]
"""Milliseconds short, airings missed, published slots gone, cost of the wishes."""


def searched(instance: Instance) -> Iterator[tuple[Scores, Scores]]:
    """By station, parents first: the scores that the search ends with and those of the evaluation."""
    index = ProblemIndex(instance)
    tables = Tables(index)
    by_station: dict[str, list[Slot]] = {}
    for code in relay_order(index):
        view = index.view(code)
        relayed = [
            replace(slot, id=f"{code}-{slot.id}", station=code, relayed_from=parent)
            for slot, parent in relayed_slots(view, by_station)
        ]
        fixed = view.kept + [slot for slot in relayed if all(slot.start != kept.start for kept in view.kept)]
        laid = lay(index, view, fixed)
        draft = StationDraft(
            tables, view, laid, list(owed_airings(index, view, laid)), index.published_after_freeze(code)
        )
        arrays = StationArrays(draft)
        arrays.search(seed=1, tries=TRIES, penalties=STRICT._replace(gone=1.0))
        by_station[code] = fixed + [as_slot(tables, code, slot) for slot in draft.slots]
        yield kept(arrays), counted(index, view, by_station[code])


def as_slot(tables: Tables, station: str, own: OwnSlot) -> Slot:
    column = tables.columns[own.column]
    at = column.opening_ms
    items = []
    for segment in own.items:
        items.append(Item(segment=tables.segments[segment].id, start_ms=at, duration_ms=tables.duration[segment]))
        at += tables.duration[segment]
    return Slot(
        id=f"{station}-{own.start}",
        station=station,
        column=column.code,
        start=from_ms(own.start, tables.index.zone),
        length_ms=own.end - own.start,
        items=tuple(items),
    )


def kept(arrays: StationArrays) -> Scores:
    first = arrays.numbers[layout.LAST]
    _, short, missed, gone, cost = arrays.floats[first : first + layout.SCORE_WIDTH].tolist()
    return int(short), int(missed), int(gone), cost


def counted(index: ProblemIndex, view: StationView, slots: list[Slot]) -> Scores:
    laid = lay(index, view, slots)
    there = {(slot.column, slot.start, slot.length_ms, slot.items) for slot in slots}
    return (
        sum(verdict.short_ms for verdict in verdicts_of(view, laid)),
        sum(each.missed for each in missed_airings(index, view, laid)),
        sum(
            (slot.column, slot.start, slot.length_ms, slot.items) not in there
            for slot in index.published_after_freeze(view.station.code)
        ),
        sum(each.cost for each in wishes(index, view, laid)),
    )


def assert_agreed(instance: object) -> None:
    for of_search, of_evaluation in searched(read_instance(json.dumps(instance).encode())):
        assert of_search[:3] == of_evaluation[:3]
        assert of_search[3] == pytest.approx(of_evaluation[3])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_scores_kept_while_slots_come_and_go_are_those_of_the_evaluation(case: Case) -> None:
    assert_agreed(instance_of(case))


@pytest.mark.parametrize("case", [("easy", 1), ("relays", 1), ("no_column", 1), ("no_repeats", 1)], ids=str)
def test_the_same_beside_published_slots(case: Case) -> None:
    instance = instance_of(case)
    plan = solve(instance)
    for change in CHANGES:
        assert_agreed(perturb(instance, plan, seed=case[1], change=change))
