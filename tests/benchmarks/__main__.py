"""`make bench`: runs the measurements, prints a table, writes JSON; exits 1 when a row is beyond its limit.

`python -m tests.benchmarks feeds http` runs only those named.
"""

import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

from tests.benchmarks.report import write_report

SUBJECTS = (
    "feeds",
    "bundle",
    "pipeline",
    "uploads",
    "duplicates",
    "hearing",
    "planning",
    "country_planning",
    "http",
    "logins",
    "proof",
    "verdicts",
    "province_page",
    "reports",
    "slow_line",
    "manifest_polling",
    "changed_month",
    "first_sync",
    "page_speed",
    "start",
    "country_serving",
    "two_webs",
    "two_databases",
)


def main(names: list[str]) -> int:
    unknown = set(names) - set(SUBJECTS)
    if unknown:
        sys.stderr.write(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}\n")
        return 2
    rows = []
    for subject in names or SUBJECTS:
        sys.stderr.write(f"measuring {subject} …\n")
        rows += [{"subject": subject, **row} for row in import_module(f"tests.benchmarks.{subject}").run()]
    _print(rows)
    write_report("bench", {"rows": rows})
    return 0 if all(_within(row) for row in rows) else 1


def _within(row: dict[str, object]) -> bool:
    value, limit = float(str(row["value"])), float(str(row["limit"]))
    return value >= limit if row["sense"] == "at least" else value <= limit


def _print(rows: list[dict[str, object]]) -> None:
    table = Table("subject", "what", "measured", "limit", "")
    for row in rows:
        unit = str(row["unit"])
        table.add_row(
            str(row["subject"]),
            str(row["name"]),
            f"{float(str(row['value'])):.3g} {unit}",
            f"{row['sense']} {row['limit']} {unit}",
            "ok" if _within(row) else "BEYOND",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
