"""`make bench-planner`: how good and how fast plans are, beside the targets; results are kept as JSON.

Quality: stations of generated instances, from easy to hard, against one CP-SAT model of the station's month that is
given a minute (`reference`), and then what that model still gains when it is handed the planner's plan. Speed and
memory: each in a process of its own, from an instance's bytes to a plan's. Takes about half an hour.
"""

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.instances import generate, perturb, province
from tests.benchmarks.report import write_report
from tests.checker import check
from tests.checker.facts import World, slot_of

KINDS = (
    "easy",
    "few_segments",
    "narrow",
    "languages",
    "separations",
    "must_airs",
    "half_past",
    "relays",
    "fillers",
    "tight",
    "capped",
    "mixed",
)
SEED, SEGMENTS, STATIONS = 7, 40, 2
AFTERWARDS_S = 10
COUNTRY = 11_366
Json = dict[str, Any]
Row = dict[str, object]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.planner")
    parser.add_argument("--seconds", type=float, default=60, help="given to the reference for each station")
    parser.add_argument("--kinds", nargs="*", default=KINDS, help="of instances that quality is measured on")
    parser.add_argument("--only", choices=["quality", "speed"], help="measure only this")
    parser.add_argument("--solve", metavar="FILE", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.solve:
        sys.stdout.write(json.dumps(_solve(Path(given.solve))))
        return 0
    rows: list[Row] = []
    stations: list[Row] = []
    if given.only != "speed":
        for station in _stations(given.kinds, given.seconds):
            stations.append(station)
            sys.stderr.write(f"{json.dumps(station)}\n")
        rows += _quality(stations)
    if given.only != "quality":
        rows += _speed()
    _print(rows)
    write_report("planner", {"rows": rows, "stations": stations, "reference_s": given.seconds})
    return 0 if all(row["ok"] for row in rows) else 1


# quality


def _stations(kinds: list[str], seconds: float) -> Iterator[Row]:
    from tests.benchmarks import reference

    for kind in kinds:
        instance = generate(SEED, stations=STATIONS, segments=SEGMENTS, kind=kind)
        plan = _plan(instance)["plan"]
        report = check(instance, plan)
        world = World(instance)
        slots = [slot_of(raw) for raw in plan["slots"]]
        for station in world.stations:
            theirs = [slot for slot in slots if slot.station == station]
            ours = reference.worth(world, station, theirs)
            found: Row = {
                "kind": kind,
                "station": station,
                "breaks": sum(each.station == station for each in report.breaks),
                "planner": [ours.short_ms, ours.missed, ours.sound_changed, ours.cost],
            }
            for name, seed, given in (("reference", False, seconds), ("bettered", True, AFTERWARDS_S)):
                try:
                    answer = reference.solve(world, station, theirs, seconds=given, seed=seed)
                except reference.NoAnswer:
                    continue
                worth = answer.worth
                found[name] = [worth.short_ms, worth.missed, worth.sound_changed, worth.cost]
                found[f"{name}_bound"] = [answer.short_bound_ms, answer.missed_bound]
            yield found


def _quality(stations: list[Row]) -> Iterator[Row]:
    yield _row("hard constraints broken", sum(_number(each["breaks"]) for each in stations), 0)
    yield _row("shortfall beyond what is found or proved, ms", sum(_beyond(each, 0) for each in stations), 0)
    yield _row("owed airings missed beyond what is found or proved", sum(_beyond(each, 1) for each in stations), 0)
    for name, what in (("reference", "wishes ÷ reference"), ("bettered", "wishes ÷ the plan bettered by the model")):
        pairs = [
            (each["planner"][3], each[name][3])  # type: ignore[index]
            for each in stations
            if name in each and each["planner"][:3] == each[name][:3]  # type: ignore[index]
        ]
        ratios = [ours / theirs if theirs else 1.0 + ours for ours, theirs in pairs]
        count = f"{len(pairs)} of {len(stations)} stations"
        together = sum(ours for ours, _ in pairs) / sum(theirs for _, theirs in pairs)
        yield _row(f"{what}, mean over stations ({count})", together, 1.02)
        yield _row(f"{what}, 95th percentile", quantiles(ratios, n=20, method="inclusive")[-1], None)
        yield _row(f"{what}, worst station", max(ratios), 1.10)


def _beyond(station: Row, part: int) -> int:
    """What the planner lacks more than the least that the model found; shortfall comes before airings missed."""
    ours = station["planner"]
    others = [station[name] for name in ("reference", "bettered") if name in station]
    least = min((tuple(each[:2]) for each in others), default=(0, 0))  # type: ignore[index]
    if part == 1 and ours[0] != least[0]:  # type: ignore[index]
        return 0
    return max(0, ours[part] - least[part])  # type: ignore[index,no-any-return]


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value


# speed


def _speed() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        file = Path(folder, "instance.json")
        _alone(file, generate(1, stations=1, segments=10, kind="easy"))  # compiles, where nobody has yet
        instance = province(SEED)
        runs = [_alone(file, instance) for _ in range(3)]
        seconds = median(run["seconds"] for run in runs)
        yield _row("province of 199 stations and 300 segments, s", seconds, 15)
        yield _row("its peak memory, MB", max(run["peak_mb"] for run in runs), 400)
        report = check(instance, runs[0]["plan"])
        yield _row("its hard constraints broken", len(report.breaks), 0)
        yield _row("its mean of the wishes", report.mean_cost, None)
        yield _row("its segments aired nowhere, share", report.uncovered, None)
        yield from _after_a_withdrawal(file, instance, runs[0]["plan"])
        country = _alone(file, province(SEED, stations=COUNTRY))
        yield _row(f"country of {COUNTRY} stations, s", country["seconds"], None)
        yield _row("its peak memory, MB", country["peak_mb"], None)
        ratio = country["seconds"] / COUNTRY / (seconds / 199)
        yield _row("seconds a station, country ÷ province", ratio, 1.2)


def _after_a_withdrawal(file: Path, instance: Json, plan: Json) -> Iterator[Row]:
    after = perturb(instance, plan, seed=SEED, change="withdraw")
    run = _alone(file, after)
    report = check(after, run["plan"])
    yield _row("re-plan after one withdrawal, s", run["seconds"], 2)
    yield _row("its slots changed that broke nothing", len(report.sound_changed), 0)
    yield _row("its hard constraints broken", len(report.breaks), 0)


def _alone(file: Path, instance: Json) -> Json:
    """Solved in a process of its own: the plan, the seconds from bytes to bytes, peak memory."""
    file.write_text(json.dumps(instance))
    command = [sys.executable, "-m", "tests.benchmarks.planner", "--solve", str(file)]
    answer: Json = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return answer


def _solve(file: Path) -> Json:
    return _plan(json.loads(file.read_bytes()))


def _plan(instance: Json) -> Json:
    from schedules.exchange import read_instance, write_plan
    from schedules.planner import make_plan

    content = json.dumps(instance).encode()
    begun = perf_counter()
    plan = write_plan(make_plan(read_instance(content)))
    seconds = perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"plan": json.loads(plan), "seconds": seconds, "peak_mb": peak_mb}


def _row(what: str, value: float, target: float | None) -> Row:
    return {"what": what, "value": value, "target": target, "ok": target is None or value <= target}


def _print(rows: list[Row]) -> None:
    table = Table("what", "measured", "at most", "")
    for row in rows:
        target = "" if row["target"] is None else f"{row['target']:g}"
        table.add_row(str(row["what"]), f"{row['value']:.4g}", target, "ok" if row["ok"] else "BEYOND")
    Console(width=110).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
