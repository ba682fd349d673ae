"""What 100,000 stations would need, on paper: `python -m tests.benchmarks.paper` after `country_serving` and `two_webs` ran.

Costs are those that the last benchmark measured, on its machine; paces are those of the station's program; what nobody
measured is named as assumed. Prints a table in Markdown, each line with its arithmetic.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.report import RESULTS

STATIONS = 100_000
# Seconds between two of one station: a manifest is waited for (`server/station/playing.py`), then asked for again.
MANIFEST_S, CHECK_IN_S = 50.0, 300.0
# Assumed: a slot each other day as in the measured month, each reported once; as many playlists pulled as days.
STATEMENTS_A_DAY, PLAYLISTS_A_DAY = 0.5, 1.0
# Assumed: a recording a week that is new to every station, of two minutes at 128 kbit/s, fetched within eight hours.
NEW_A_MONTH, RECORDING_BYTES, NIGHT_S = 4, 120_000 * 16, 8 * 3600
MONTH_S, DAY_S = 30 * 86_400, 86_400
# Of a processor, that a server should not be beyond, so that what comes at once is still answered quickly.
FULL = 0.5

_COSTS = {
    "manifest poll, 304": 1 / MANIFEST_S,
    "check-in": 1 / CHECK_IN_S,
    "as-run statement": STATEMENTS_A_DAY / DAY_S,
    "playlist pull, each time another station's": PLAYLISTS_A_DAY / DAY_S,
}


@dataclass(frozen=True, kw_only=True)
class Line:
    what: str
    arithmetic: str
    comes_to: str


def paper(rows: Mapping[str, Mapping[str, Any]]) -> list[Line]:
    """`rows` by what each was of. Raises KeyError where something was not measured."""
    lines, busy = [], 0.0
    for what, pace in _COSTS.items():
        rate, cost = STATIONS * pace, float(rows[what]["cpu_s"])
        busy += rate * cost
        lines.append(
            Line(
                what=what,
                arithmetic=f"{STATIONS:,} × {pace:.3g}/s = {rate:,.0f}/s; × {cost * 1000:.2f} ms of processors",
                comes_to=f"{rate * cost:.2f} processors",
            )
        )
    lines.append(
        Line(
            what="all of these",
            arithmetic=f"{busy:.2f} processors ÷ {FULL} full",
            comes_to=f"{busy / FULL:.0f} processors",
        )
    )
    size, stations = rows["database"]["bytes_of_a_station_year"], STATIONS
    lines.append(
        Line(
            what="database, a year",
            arithmetic=f"{size / 1e6:.3f} MB a station × {stations:,}",
            comes_to=f"{size * stations / 1e9:,.0f} GB",
        )
    )
    monthly = NEW_A_MONTH * RECORDING_BYTES
    lines.append(
        Line(
            what="sound sent, a month",
            arithmetic=f"{NEW_A_MONTH} × {RECORDING_BYTES / 1e6:.2f} MB × {STATIONS:,}",
            comes_to=f"{monthly * STATIONS / 1e12:.2f} TB, {monthly * STATIONS * 8 / MONTH_S / 1e6:,.0f} Mbit/s on average",
        )
    )
    at_night = RECORDING_BYTES * STATIONS * 8 / NIGHT_S
    lines.append(
        Line(
            what="one new recording to all, in a night",
            arithmetic=f"{RECORDING_BYTES / 1e6:.2f} MB × {STATIONS:,} ÷ 8 h",
            comes_to=f"{at_night / 1e6:,.0f} Mbit/s",
        )
    )
    for what in ("verdicts of all", "the month's page, from nothing"):
        each = float(rows[what]["cpu_s"]) / rows["database"]["stations"]
        lines.append(
            Line(
                what=what,
                arithmetic=f"{each * 1e6:.0f} µs a station × {STATIONS:,}",
                comes_to=f"{each * STATIONS:.0f} s of one processor",
            )
        )
    return lines


def last_rows() -> dict[str, dict[str, Any]]:
    """Of all results, the newest row of each thing that was measured."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(RESULTS.glob("bench-*.json")):
        for row in json.loads(path.read_text())["rows"]:
            if "what" in row:
                found[row["what"]] = row
    return found


def main() -> int:
    try:
        lines = paper(last_rows())
    except KeyError as missing:
        sys.stderr.write(f"not measured yet: {missing}; python -m tests.benchmarks country_serving\n")
        return 1
    told = ["| what | arithmetic | comes to |", "| --- | --- | --- |"]
    told += [f"| {line.what} | {line.arithmetic} | {line.comes_to} |" for line in lines]
    sys.stdout.write("\n".join(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
