"""The generated instances are what the planner promises to take."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.benchmarks.instances import CHANGES, KINDS, generate, perturb, province
from tests.checker.facts import Json
from tests.checker.instance_rules import instance_faults

SCHEMAS = Path(__file__).parents[2] / "schedules"
SCHEMA = Draft202012Validator(json.loads((SCHEMAS / "instance.schema.json").read_bytes()))


def assert_valid(instance: Json) -> None:
    assert [error.message for error in SCHEMA.iter_errors(instance)] == []
    assert instance_faults(instance) == []


@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
def test_every_kind_is_valid_and_the_same_again(kind: str) -> None:
    for seed in range(4):
        instance = generate(seed, stations=1 + seed * 2, segments=3 + seed * 5, kind=kind)
        assert_valid(instance)
        assert instance == generate(seed, stations=1 + seed * 2, segments=3 + seed * 5, kind=kind)


def test_the_province_has_its_real_shape() -> None:
    instance = province(1)
    assert_valid(instance)
    tiers = [s["tier"] for s in instance["stations"]]
    assert (tiers.count("district"), tiers.count("commune")) == (15, 184)
    assert len(instance["segments"]) == 300


@pytest.mark.parametrize("change", CHANGES)
def test_a_perturbed_instance_is_valid(change: str) -> None:
    instance = generate(3, stations=4, segments=10, kind="half_past")
    slots = instance["published"]["slots"]
    assert_valid(perturb(instance, {"slots": slots}, 1, change))
