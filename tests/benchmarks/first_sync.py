"""A month's first sync of a whole province at once, and how long somebody meanwhile waits for a page.

One server process. 199 stations ask for their manifests in the same moment and then fetch all that these name, each on
a line of 2 Mbit/s; pages are asked for one after the other, before and in the midst of it.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import httpx
import msgspec

from schedules.manifest import SealedManifest
from server.api.gate import SESSION_COOKIE
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
            return asyncio.run(_measure(f"http://127.0.0.1:{port}", person.secret))
        finally:
            server.terminate()
            server.wait(20)
            context.close()


async def _measure(site: str, secret: str) -> list[dict[str, object]]:
    limits = httpx.Limits(max_connections=STATIONS + 1)
    async with (
        httpx.AsyncClient(base_url=site, cookies={SESSION_COOKIE: secret}, timeout=60) as browser,
        httpx.AsyncClient(base_url=site, limits=limits, timeout=120) as lines,
    ):
        await _pages(browser, 5.0)  # each page once before: what is kept is kept
        before = await _pages(browser, MEASURED_S / 2)
        carried = [0] * STATIONS
        start, known = perf_counter(), [0.0] * STATIONS
        stations = [asyncio.create_task(_station(lines, number, carried, known)) for number in range(STATIONS)]
        during = await _pages(browser, MEASURED_S)
        under_way = sum(carried)
        for each in stations:
            each.cancel()
        ended = await asyncio.gather(*stations, return_exceptions=True)
        assert [each for each in ended if isinstance(each, Exception)] == []
    medians = [quantiles(found, n=2)[0] for found in (before, during)]
    slow = [quantiles(found, n=20)[18] for found in (before, during)]
    told = (
        f"{STATIONS} stations on 2 Mbit/s each, {under_way / MEASURED_S / 1e6:.0f} MB/s together, the last manifest after"
        f" {max(known) - start:.1f} s"
    )
    return [
        {
            "name": f"{name} of pages during first syncs ({told}): {after * 1000:.0f} ms against {alone * 1000:.0f} ms",
            "value": round(after / alone, 2),
            "unit": "times",
            "limit": 2,
            "sense": "at most",
        }
        for name, (alone, after) in (("median", medians), ("95th percentile", slow))
    ]


async def _pages(browser: httpx.AsyncClient, seconds: float) -> list[float]:
    """What each answer took, in seconds: by somebody who looks at one page after the other, three a second."""
    took: list[float] = []
    ends = perf_counter() + seconds
    while perf_counter() < ends:
        for page in PAGES:
            start = perf_counter()
            answer = await browser.get(page)
            took.append(perf_counter() - start)
            assert answer.status_code == 200, (page, answer.status_code)
            await asyncio.sleep(max(0.0, 0.33 - took[-1]))
    return took


async def _station(lines: httpx.AsyncClient, number: int, carried: list[int], known: list[float]) -> None:
    """`known` hears when it has its manifest."""
    own = {"Authorization": f"Bearer {secret_of(number)}"}
    answer = await lines.get(f"/api/v1/stations/h{number}/manifest", headers=own)
    assert answer.status_code == 200
    known[number] = perf_counter()
    for file in msgspec.json.decode(answer.content, type=SealedManifest).manifest.files:
        async for size in _copy(lines, file.copies[0].path, own):
            carried[number] += size


async def _copy(lines: httpx.AsyncClient, path: str, own: dict[str, str]) -> AsyncIterator[int]:
    """Its pieces, as fast as the line of a station is."""
    async with lines.stream("GET", path, headers=own) as answer:
        assert answer.status_code == 200
        start, had = perf_counter(), 0
        async for piece in answer.aiter_raw(PIECE):
            had += len(piece)
            yield len(piece)
            await asyncio.sleep(max(0.0, start + had / LINE_BYTES_S - perf_counter()))
