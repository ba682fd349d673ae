"""The same instance and seed give the same bytes, in whatever process and on however many cores."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.instances import generate
from tests.planning.cases import Json, solve_bytes

# Relays, variants among parents that are alike, coverage, two columns' worth of rules: all that may go side by side.
STATIONS, SEGMENTS = 7, 25
SURROUNDINGS: list[dict[str, str]] = [
    {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "2", "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8", "LOA_LANG": "en", "NUMBA_NUM_THREADS": "2"},
]


def some_stations() -> Json:
    instance = generate(3, stations=STATIONS, segments=SEGMENTS, kind="relays")
    for place, station in enumerate(instance["stations"]):
        if place % 2:
            station["languages"] = ["vi", "rad"]
            station["language_shares"] = {"rad": 0.2}
    for segment in instance["segments"][::4]:
        segment["language"] = "rad"
    return instance


def test_processes_with_other_surroundings_and_cores_write_the_same_bytes(tmp_path: Path) -> None:
    instance = some_stations()
    source = tmp_path / "instance.json"
    source.write_text(json.dumps(instance))
    here = solve_bytes(instance)
    cores = sorted(os.sched_getaffinity(0))
    for number, (surroundings, allowed) in enumerate(zip(SURROUNDINGS, (cores[:1], cores), strict=True)):
        target = tmp_path / f"plan-{number}.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "LC_", "LANG"))}
        only = f"import os; os.sched_setaffinity(0, {allowed}); from server.cli.main import main; main()"
        command = [sys.executable, "-c", only, "plan", "solve", str(source), "--output", str(target)]
        subprocess.run(command, env=kept | surroundings, check=True, capture_output=True)
        assert target.read_bytes() == here


def test_planning_twice_in_one_process_gives_the_same_bytes() -> None:
    instance = some_stations()
    assert solve_bytes(instance) == solve_bytes(instance)


def test_another_seed_may_give_another_plan_and_each_seed_its_own() -> None:
    instance = generate(1, stations=2, segments=18, kind="easy")
    plans = {seed: solve_bytes(instance | {"seed": seed}) for seed in range(4)}
    assert len(set(plans.values())) > 1
    assert solve_bytes(instance | {"seed": 2}) == plans[2]
