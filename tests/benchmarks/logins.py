"""Wrong logins, 50 a second, against a playlist pull: from one address, and from as many addresses as there are tries.

Rounds without and with the flood take turns; the median of their ratios counts. Everything stays on the loopback, and
each flood ends with its round. Addresses are told by a proxy that the server trusts, as in front of a real one.
"""

import asyncio
import http.cookies
import itertools
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.http import MONTH, PLAYLIST, STATION, TOKEN_FILE, free_port, wait_for

LOGINS_A_SECOND = 50
ROUND_S = 2.0
ROUNDS = 6
_SIGN_IN = "/dang-nhap"


def run() -> list[dict[str, object]]:
    return [
        _measured("one address", many_addresses=False),
        _measured("an address for each try", many_addresses=True),
        _measured("an address and a login for each try", many_addresses=True, many_logins=True),
    ]


def _measured(words: str, *, many_addresses: bool, many_logins: bool = False) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.logins", folder, str(port)])
        try:
            wait_for(port, server)
            token = Path(folder, TOKEN_FILE).read_text()
            calm, flooded, answers = asyncio.run(
                _measure(port, token, many_addresses=many_addresses, many_logins=many_logins)
            )
        finally:
            server.terminate()
            server.wait(20)
    ratios = [under / without for without, under in zip(calm, flooded, strict=True)]
    told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    return {
        "name": f"a pull under {LOGINS_A_SECOND} wrong logins a second from {words} ({told})",
        "value": round(median(ratios), 3),
        "unit": "times the requests",
        "limit": 0.8,
        "sense": "at least",
        "ratio_of": f"the same pull without them ({round(median(calm))} a second)",
    }


@dataclass(frozen=True, kw_only=True)
class Form:
    """Of signing in, as one browser has it."""

    port: int
    cookie: str
    token: str


async def _measure(
    port: int, token: str, *, many_addresses: bool, many_logins: bool
) -> tuple[list[float], list[float], dict[int, int]]:
    request = f"GET {PLAYLIST} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    form = await _form(port)
    addresses = (f"198.51.{number // 250 % 250}.{number % 250}" for number in itertools.count())
    calm: list[float] = []
    flooded: list[float] = []
    answers: dict[int, int] = {}
    for round_ in range(ROUNDS + 1):
        without = await _pulls(port, request)
        stop = asyncio.Event()
        flood = asyncio.create_task(
            _flood(
                form,
                addresses if many_addresses else itertools.repeat("198.51.100.7"),
                (f"nguoi-{number}" for number in itertools.count()) if many_logins else itertools.repeat("lap-lich"),
                stop,
                answers,
            )
        )
        under = await _pulls(port, request)
        stop.set()
        await flood
        if round_:  # the first warms up
            calm.append(without)
            flooded.append(under)
    return calm, flooded, answers


async def _pulls(port: int, request: bytes) -> float:
    """Pulls a second by one player, one after the other for the length of a round: what each of them takes, turned over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = perf_counter()
    done = 0
    while perf_counter() < begun + ROUND_S:
        writer.write(request)
        status, _ = await _answer(reader)
        assert status == 200, status
        done += 1
    writer.close()
    return done / (perf_counter() - begun)


async def _flood(
    form: Form,
    addresses: Iterator[str],
    logins: Iterator[str],
    stop: asyncio.Event,
    answers: dict[int, int],
) -> None:
    """Tries at an even pace, whatever becomes of those before."""
    running: set[asyncio.Task[None]] = set()
    due = perf_counter()
    while not stop.is_set():
        due += 1 / LOGINS_A_SECOND
        task = asyncio.create_task(_try(form, next(addresses), next(logins), answers))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(max(0.0, due - perf_counter()))
    if running:
        await asyncio.wait(running, timeout=30)


async def _try(form: Form, address: str, login: str, answers: dict[int, int]) -> None:
    body = f"csrf={form.token}&login={login}&password=khong-phai-mat-khau".encode()
    head = (
        f"POST {_SIGN_IN} HTTP/1.1\r\nHost: 127.0.0.1:{form.port}\r\nCookie: {form.cookie}\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", form.port)
    writer.write(head.encode() + body)
    status, _ = await _answer(reader)
    writer.close()
    answers[status] = answers.get(status, 0) + 1


async def _form(port: int) -> Form:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {_SIGN_IN} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    jar = http.cookies.SimpleCookie()
    for line in head.decode().split("\r\n"):
        if line.lower().startswith("set-cookie:"):
            jar.load(line.partition(":")[2].strip())
    found = re.search(rb'name="csrf" value="([^"]+)"', body)
    assert found is not None
    cookie = "; ".join(f"{name}={value.value}" for name, value in jar.items())
    return Form(port=port, cookie=cookie, token=found[1].decode())


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    body = await reader.readexactly(int(length[1])) if length else b""
    return int(head[9:12]), body


def _serve(home: Path, port: int) -> None:
    import ipaddress

    import uvicorn
    from sqlmodel import select

    from server.api.doorway import Doorway
    from server.api.pace import Pace
    from server.app import create_app
    from server.db.accounts import Account
    from server.services import passwords
    from server.services.credential_issuing import issue_token
    from server.services.plans import make_plan, publish_plan
    from tests.server.people import add_person
    from tests.server.worlds import build_world

    world = build_world(home)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    (home / TOKEN_FILE).write_text(issue_token(world.context, STATION, "benchmark").secret)
    add_person(world.context, "lap-lich", ["planner"])
    with world.change() as session:
        account = session.exec(select(Account).where(Account.login == "lap-lich")).one()
        account.password_hash = passwords.hashed("dung la mat khau nay")
        session.add(account)
    app = create_app(world.context, doorway=Doorway(trusted=[ipaddress.ip_network("127.0.0.1/32")], pace=Pace()))
    app.gate.pace.most = 10**9  # what no player does is what is measured here
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
