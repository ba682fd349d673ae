"""A country's stations ask for their manifests each minute, while somebody reports something every second.

One server process; 11,303 stations, each with a token of its own, spread evenly over the minute, of which a quarter is
polled in a quarter of it: as many a second, and before that a quarter of the first whole manifests. Measured are the
share of one core that the server uses and how long an answer takes from when it was due, not from when it was sent.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from threading import Event, Thread
from time import perf_counter

from sqlalchemy import insert

from server.db.accounts import Credential
from server.services.context import Context, open_context
from server.services.hidden import hash_of
from tests.benchmarks.aired_month import MONTH, fill, say_one_more
from tests.benchmarks.http import free_port, wait_for

STATIONS = 11_303
POLLED = STATIONS // 4
SECONDS = 15
CONNECTIONS = 32
# Two days into the month, local.
NOW = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
MOST_SHARE = 0.5
MOST_P99_S = 0.25


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        context = open_context(home=home, clock=lambda: NOW)
        fill(context, stations=STATIONS, entries=20_000, unusual=10)
        issue_tokens(context, STATIONS)
        server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.manifest_polling", folder, str(port)])
        try:
            wait_for(port, server)
            return asyncio.run(_measure(context, server.pid, port))
        finally:
            server.terminate()
            server.wait(20)
            context.close()


async def _measure(context: Context, server: int, port: int) -> list[dict[str, object]]:
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    tags: dict[int, str] = {}
    start = perf_counter()
    await asyncio.gather(*(_first(line, port, range(at, POLLED, CONNECTIONS), tags) for at, line in enumerate(lines)))
    first_s = perf_counter() - start
    ends = Event()
    reports = Thread(target=_report, args=(context, ends))
    reports.start()
    cpu, start = _cpu_seconds(server), perf_counter()
    waited: list[float] = []
    await asyncio.gather(
        *(_poll(line, port, range(at, POLLED, CONNECTIONS), tags, start, waited) for at, line in enumerate(lines))
    )
    share = (_cpu_seconds(server) - cpu) / (perf_counter() - start)
    ends.set()
    reports.join()
    for _, writer in lines:
        writer.close()
    p99, median = quantiles(waited, n=100)[98], quantiles(waited, n=2)[0]
    told = f"{POLLED} of {STATIONS} stations in {SECONDS} s, a report each second; each one's first whole manifest before: {first_s:.0f} s"
    return [
        {
            "name": f"polling manifests: share of one core ({told})",
            "value": round(share, 3),
            "unit": "of a core",
            "limit": MOST_SHARE,
            "sense": "at most",
        },
        {
            "name": f"polling manifests: 99th percentile of the wait (median {median * 1000:.1f} ms)",
            "value": round(p99, 4),
            "unit": "s",
            "limit": MOST_P99_S,
            "sense": "at most",
        },
    ]


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _first(line: Line, port: int, stations: range, tags: dict[int, str]) -> None:
    for number in stations:
        status, tags[number] = await _ask(line, port, number, None)
        assert status == 200


async def _poll(  # noqa: PLR0917
    line: Line, port: int, stations: range, tags: dict[int, str], start: float, waited: list[float]
) -> None:
    for number in stations:
        due = start + number / POLLED * SECONDS
        await asyncio.sleep(max(0.0, due - perf_counter()))
        status, _ = await _ask(line, port, number, tags[number])
        assert status == 304
        waited.append(perf_counter() - due)


async def _ask(line: Line, port: int, number: int, tag: str | None) -> tuple[int, str]:
    reader, writer = line
    held = f"If-None-Match: {tag}\r\n" if tag else ""
    writer.write(
        f"GET /api/v1/stations/h{number}/manifest HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n"
        f"Authorization: Bearer {secret_of(number)}\r\n{held}\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
    status = int(head[9:12])
    if status == 200:
        await reader.readexactly(int(headers["content-length"]))
    return status, headers.get("etag", "")


def _report(context: Context, ends: Event) -> None:
    number = 0
    while not ends.wait(1):
        say_one_more(context, number)
        number += 1


def secret_of(number: int) -> str:
    return f"benchmark-station-{number:06d}-of-the-country"


def issue_tokens(context: Context, stations: int) -> None:
    """To each of the stations that `fill` made, one that `secret_of` tells."""
    rows = [
        {
            "kind": "station",
            "secret_hash": hash_of(secret_of(number)),
            "hint": f"{number:04d}"[-4:],
            "name": "máy phát",
            "station_id": number + 1,
            "created_at": NOW,
            "created_by": "benchmark",
        }
        for number in range(stations)
    ]
    with context.database.write() as session:
        session.connection().execute(insert(Credential), rows)


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _serve(home: Path, port: int) -> None:
    import uvicorn

    from server.app import create_app

    context = open_context(home=home, clock=lambda: NOW)
    uvicorn.run(
        create_app(context), host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False
    )


if __name__ == "__main__":
    assert str(MONTH) == "2026-12"
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
