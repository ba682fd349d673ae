"""A month's first sync of a whole province at once, and how long somebody meanwhile waits for a page.

One server process. 199 stations, a process of their own, ask for their manifests in the same moment and then fetch all
that these name, each on a line of 2 Mbit/s; pages are asked for one after the other, before and in the midst of it.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

import httpx
import msgspec

from schedules.manifest import SealedManifest
from server.api.cookies import SESSION_COOKIE
from server.services.context import open_context
from tests.benchmarks.aired_month import fill
from tests.benchmarks.http import free_port, wait_for
from tests.benchmarks.manifest_polling import NOW, issue_tokens, secret_of
from tests.benchmarks.real_bytes import give_bytes
from tests.server.people import everybody

STATIONS = 199
LINE_BYTES_S = 250_000
PIECE = 65_536
MEASURED_S = 30.0
PAGES = ("/thang/2026-12", "/thang/2026-12/dai/h5", "/thang/2026-12/phat-song", "/bai")


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        context = open_context(home=home, clock=lambda: NOW)
        fill(context, stations=STATIONS, entries=5_000, unusual=20)
        issue_tokens(context, STATIONS)
        give_bytes(context)
        person = everybody(context)
        server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.manifest_polling", folder, str(port)])
        try:
            wait_for(port, server)
            return _measure(port, person.secret)
        finally:
            server.terminate()
            server.wait(20)
            context.close()


def _measure(port: int, secret: str) -> list[dict[str, object]]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies={SESSION_COOKIE: secret}, timeout=60) as browser:
        _pages(browser, 5.0)  # each page once before: what is kept is kept
        before = _pages(browser, MEASURED_S / 2)
        stations = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.first_sync", str(port)], stdout=subprocess.PIPE, text=True
        )
        during = _pages(browser, MEASURED_S)
        told, _ = stations.communicate(timeout=60)
    assert stations.returncode == 0, told
    found = json.loads(told)
    medians = [quantiles(each, n=2)[0] for each in (before, during)]
    slow = [quantiles(each, n=20)[18] for each in (before, during)]
    words = (
        f"{STATIONS} stations on 2 Mbit/s each, {found['bytes_s'] / 1e6:.0f} MB/s together, the last manifest after"
        f" {found['manifests_s']:.1f} s"
    )
    return [
        {
            "name": f"{name} of pages during first syncs ({words}): {after * 1000:.0f} ms against {alone * 1000:.0f} ms",
            "value": round(after / alone, 2),
            "unit": "times",
            "limit": 2,
            "sense": "at most",
        }
        for name, (alone, after) in (("median", medians), ("95th percentile", slow))
    ]


def _pages(browser: httpx.Client, seconds: float) -> list[float]:
    """What each answer took, in seconds: by somebody who looks at one page after the other, three a second."""
    took: list[float] = []
    ends = perf_counter() + seconds
    while perf_counter() < ends:
        for page in PAGES:
            start = perf_counter()
            answer = browser.get(page)
            took.append(perf_counter() - start)
            assert answer.status_code == 200, (page, answer.status_code)
            sleep(max(0.0, 0.33 - took[-1]))
    return took


async def _stations(port: int) -> dict[str, float]:
    """What they fetched in the time in which pages are measured, and when the last of them had its manifest."""
    carried, known = [0] * STATIONS, [0.0] * STATIONS
    start = perf_counter()
    lines = [asyncio.create_task(_station(port, number, carried, known)) for number in range(STATIONS)]
    done, _ = await asyncio.wait(lines, timeout=MEASURED_S, return_when=asyncio.FIRST_EXCEPTION)
    took = perf_counter() - start
    for line in done:
        line.result()  # raises what went wrong
    assert all(known), "somebody waits for a manifest still"
    return {"bytes_s": sum(carried) / took, "manifests_s": max(known) - start}


async def _station(port: int, number: int, carried: list[int], known: list[float]) -> None:
    content = b"".join([piece async for piece in _get(port, f"/api/v1/stations/h{number}/manifest", number)])
    known[number] = perf_counter()
    for file in msgspec.json.decode(content, type=SealedManifest).manifest.files:
        start, had = perf_counter(), 0
        async for piece in _get(port, file.copies[0].path, number):
            had += len(piece)
            carried[number] += len(piece)
            await asyncio.sleep(max(0.0, start + had / LINE_BYTES_S - perf_counter()))


async def _get(port: int, path: str, number: int) -> AsyncIterator[bytes]:
    """The body, in pieces as they are asked for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"Authorization: Bearer {secret_of(number)}\r\n\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert " 200 " in head.partition("\r\n")[0], head
    left = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    while left:
        piece = await reader.readexactly(min(PIECE, left))
        left -= len(piece)
        yield piece
    writer.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_stations(int(sys.argv[1])))))  # noqa: T201 (read by the measuring process)
