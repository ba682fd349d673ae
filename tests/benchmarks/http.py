"""Requests a second on loopback: a published month and a calendar feed against a handler that returns a constant.

They are pulled with a station's token, as players do; what asking who may costs is the same pull against the same
handler under an address that is open to all.

All are handlers of one application in one server process; rounds take turns, and the median of their ratios counts,
so that the machine's mood cancels out.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from litestar import get

from schedules.months import Month

MONTH = Month(2026, 12)
STATION = "h654"
PLAYLIST = f"/api/v1/stations/{STATION}/months/{MONTH}/playlist.m3u8"
FEED = f"/api/v1/calendars/stations/{STATION}.ics"
CONSTANT = "/constant"
OPEN_PLAYLIST = PLAYLIST.replace("/api/", "/open/")
TOKEN_FILE = "benchmark-token"  # noqa: S105 (the name of a file)
CONNECTIONS = 8
REQUESTS = 480  # a round: on each connection one after the other
ROUNDS = 15


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.http", folder, str(port)])
        try:
            wait_for(port, server)
            return asyncio.run(_measure(port, Path(folder, TOKEN_FILE).read_text()))
        finally:
            server.terminate()
            server.wait(10)


async def _measure(port: int, token: str) -> list[dict[str, object]]:
    shown = f"Authorization: Bearer {token}\r\n"
    etag = (await _head(port, PLAYLIST, shown))["etag"]
    asked = {
        "constant": _request(port, CONSTANT),
        "open": _request(port, OPEN_PLAYLIST),
        "playlist": _request(port, PLAYLIST, shown),
        "unchanged": _request(port, PLAYLIST, f"{shown}If-None-Match: {etag}\r\n"),
        "feed": _request(port, FEED, shown),
    }
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for round_ in range(ROUNDS + 1):
        for name, request in asked.items():
            start = perf_counter()
            await asyncio.gather(*(_ask(reader, writer, request, REQUESTS // CONNECTIONS) for reader, writer in lines))
            if round_:  # the first warms up
                seconds[name].append(perf_counter() - start)
    for _, writer in lines:
        writer.close()
        await writer.wait_closed()
    rates = {name: round(REQUESTS / median(found)) for name, found in seconds.items()}
    return [
        _row(f"a month as M3U8 ({rates['playlist']} a second)", seconds, "constant", "playlist", 0.6),
        _row(f"304 of the same ({rates['unchanged']} a second)", seconds, "constant", "unchanged", 0.8),
        _row(f"a calendar feed, not the first time ({rates['feed']} a second)", seconds, "playlist", "feed", 0.8),
        _row("that month with a token, asked for each time whether it may", seconds, "open", "playlist", 0.95),
    ]


def _row(name: str, seconds: dict[str, list[float]], base: str, measured: str, limit: float) -> dict[str, object]:
    words = {
        "constant": f"a handler that returns the same bytes from a constant ({round(REQUESTS / median(seconds[base]))} a second)",
        "playlist": "that month as M3U8",
        "open": f"the same handler, open to all ({round(REQUESTS / median(seconds[base]))} a second)",
    }
    ratios = [of / other for of, other in zip(seconds[base], seconds[measured], strict=True)]
    return {
        "name": name,
        "value": round(median(ratios), 3),
        "unit": "times the requests",
        "limit": limit,
        "sense": "at least",
        "ratio_of": words[base],
    }


def _request(port: int, path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, times: int) -> None:
    for _ in range(times):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        assert status in {200, 304}, head
        at = head.find(b"content-length: ")
        if status == 200:
            await reader.readexactly(int(head[at + 16 : head.index(b"\r", at)]))


async def _head(port: int, path: str, headers: str) -> dict[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}Connection: close\r\n\r\n".encode())
    lines = (await reader.read()).decode().split("\r\n")
    writer.close()
    await writer.wait_closed()
    assert " 200 " in lines[0], lines[0]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    raise RuntimeError("the server of the benchmark ended before it listened")


def _serve(home: Path, port: int) -> None:
    import uvicorn
    from litestar import Router
    from litestar.params import FromPath
    from litestar.types import ASGIApp, Scope

    from server.api.exports import month_file
    from server.api.gate import OPEN
    from server.app import create_app
    from server.services.credential_issuing import issue_token
    from server.services.exports import playlist
    from server.services.plans import make_plan, publish_plan
    from tests.server.worlds import build_world

    world = build_world(home)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    (home / TOKEN_FILE).write_text(issue_token(world.context, STATION, "benchmark").secret)
    content = playlist(
        world.context,
        STATION,
        MONTH,
        format="m3u8",
        audio_url=lambda sha256: f"http://127.0.0.1:{port}/api/v1/audio/{sha256}.mp3",
    ).content

    # As deep in addresses and routers as the one that asks.
    @get("/stations/{code:str}/months/{month:str}/{file:str}", opt=OPEN)
    async def opened(scope: Scope, code: FromPath[str], month: FromPath[str], file: FromPath[str]) -> ASGIApp:
        answer: ASGIApp = await month_file.fn(scope, code, month, file)
        return answer

    @get(CONSTANT, media_type="audio/x-mpegurl", opt=OPEN)
    async def constant() -> bytes:
        return content

    app = create_app(world.context)
    app.gate.pace.most = 10**9  # what no player does is what is measured here
    app.state.routing.register(Router("/open/v1", route_handlers=[Router("/", route_handlers=[opened])]))
    app.state.routing.register(constant)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
