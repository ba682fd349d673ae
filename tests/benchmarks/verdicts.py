"""The verdicts of a month over rows: a province against the raw SQL that reads its entries, and a country.

Each is a process of its own, so that its peak memory is that of one month and nothing else. All is timed by the
processor's time, since nothing waits. "From nothing" reads the registry, the rules, the plan, the files that stations
have and the entries; "again" is with what was kept of that, after one station has said something more.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time

from server.services.context import Context, open_context
from server.services.kept_proofs import KeptProofs
from server.services.proof_views import ProvinceProof
from server.services.proofs import province_proof, station_proof
from tests.benchmarks.aired_month import MONTH, fill, say_one_more

NOW = datetime(2027, 1, 3, 1, 0, tzinfo=UTC)
UNTIL = "2027-01-03 01:00:00.000000"
PROVINCE, COUNTRY = (199, 20_000), (11_303, 1_000_000)
UNUSUAL = 20
_TURNS = 9
_ENTRIES = (
    "SELECT station_id, slot, segment, grade, aired, duration_ms, corrects, batch_id, starts_at"
    " FROM as_run_entry WHERE month = ? AND received_at <= ? ORDER BY station_id"
)
_ALL_ELSE = (
    "SELECT station_id, sha256, at FROM delivery",
    "SELECT month_plan_id, id, key, column_id, starts_at, length_ms, relayed_from FROM slot",
    "SELECT slot_id, position, segment_id, start_ms, duration_ms FROM slot_item",
)


def run() -> list[dict[str, object]]:
    province, country = _measured("province"), _measured("country")
    stations, entries = PROVINCE
    of_province = f"province, {stations} stations, {entries} entries"
    of_country = f"country, {COUNTRY[0]} stations, {COUNTRY[1]} entries"
    return [
        _row(f"{of_province}: again", province["again"], 2, "times", "raw SQL of its entries"),
        _row(f"{of_province}: from nothing", province["first_of_all"], 5, "times", "raw SQL of all that it reads"),
        _row(f"{of_province}: from nothing", province["first_s"], 1, "s"),
        _row(f"{of_country}: from nothing", country["first_s"], 10, "s"),
        _row(f"{of_country}: one changed station", country["changed_s"], 0.2, "s"),
        _row(f"{of_country}: peak memory", country["peak_mb"], 400, "MB"),
    ]


def _row(name: str, value: float, limit: float, unit: str, ratio_of: str | None = None) -> dict[str, object]:
    told = name if ratio_of is None else f"{name} ÷ {ratio_of}"
    return {"name": told, "value": value, "unit": unit, "sense": "at most", "limit": limit, "ratio_of": ratio_of}


def _measured(which: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.verdicts", which]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def _province(context: Context) -> dict[str, float]:
    """In turns, so that both are measured in the same minute."""
    firsts, firsts_of_all, agains = [], [], []
    for turn in range(_TURNS):
        context.proofs = KeptProofs()
        first_s = _proof_s(context)
        say_one_more(context, turn)
        again_s = _proof_s(context)
        entries_s = _raw_s(context, (_ENTRIES, (str(MONTH), UNTIL)))
        rest_s = sum(_raw_s(context, (statement, ())) for statement in _ALL_ELSE)
        firsts.append(first_s)
        firsts_of_all.append(first_s / (entries_s + rest_s))
        agains.append(again_s / entries_s)
    return {"first_s": median(firsts), "first_of_all": median(firsts_of_all), "again": median(agains)}


def _country(context: Context) -> dict[str, float]:
    first_s = _proof_s(context)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    changed = []
    for turn in range(_TURNS):
        code = say_one_more(context, turn * 1_000)
        begun = process_time()
        proof = station_proof(context, code, MONTH)
        changed.append(process_time() - begun)
        assert proof.entries[-1].uid.startswith("more")
    return {"first_s": first_s, "changed_s": median(changed), "peak_mb": peak_mb}


def _proof_s(context: Context) -> float:
    begun = process_time()
    proof = province_proof(context, MONTH)
    spent = process_time() - begun
    assert _all_met(proof)
    return spent


def _all_met(proof: ProvinceProof) -> bool:
    return all(verdict.status == "met" for station in proof.stations for verdict in station.verdicts)


def _raw_s(context: Context, query: tuple[str, tuple[str, ...]]) -> float:
    database = sqlite3.connect(context.database.path)
    begun = process_time()
    rows = database.execute(*query).fetchall()
    spent = process_time() - begun
    database.close()
    assert rows
    return spent


def _main(which: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        # a process of its own: the rows that are put in are no memory of the proof
        subprocess.run([sys.executable, "-m", "tests.benchmarks.verdicts", "fill", which, str(home)], check=True)
        context = open_context(home=home, clock=lambda: NOW)
        found = _province(context) if which == "province" else _country(context)
        context.close()
    sys.stdout.write(json.dumps(found))


def _fill(which: str, home: Path) -> None:
    stations, entries = PROVINCE if which == "province" else COUNTRY
    context = open_context(home=home, clock=lambda: NOW)
    fill(context, stations=stations, entries=entries, unusual=UNUSUAL)
    context.close()


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        _fill(sys.argv[2], Path(sys.argv[3]))
    else:
        _main(sys.argv[1])
