"""The planner as everybody meets it: an instance's bytes in, a plan's bytes out."""

import json
from typing import Any

from schedules.exchange import read_instance, write_plan
from schedules.planner import make_plan
from tests.benchmarks.instances import KINDS, generate

Json = dict[str, Any]
Case = tuple[str, int]

RELAYING = {"relays", "relayed_past", "capped"}
CASES: list[Case] = [(kind, 2 if kind == "fillers" else 1) for kind in KINDS] + [
    ("mixed", seed) for seed in (0, 3, 4, 8, 10, 12, 14, 15)
]


def instance_of(case: Case) -> Json:
    """Two to six stations, three to twenty segments."""
    kind, seed = case
    stations = 2 + seed % 5 if kind == "mixed" else 3 if kind in RELAYING else 2
    return generate(seed, stations=stations, segments=3 + seed * 7 % 18, kind=kind)


def solve_bytes(instance: Json) -> bytes:
    return write_plan(make_plan(read_instance(json.dumps(instance).encode())))


def solve(instance: Json) -> Json:
    plan: Json = json.loads(solve_bytes(instance))
    return plan
