"""The month of the province as a page: a province and a country, against the SQL of its figures and a bare table.

That SQL is every statement that making the page from nothing runs, run again by the bare driver; the bare table has the
cells of the same rows, rendered by the same templates' engine. "From nothing" is the first page after a start; "after a
word" is with what was kept of that, when one station has said something more; "again" is another view of the same
figures. All is timed by the processor's time, since nothing waits.
"""

import asyncio
import gzip
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

from litestar import Litestar
from sqlalchemy import event

from server.api.cookies import SESSION_COOKIE
from server.app import create_app
from server.services.boards import month_board
from server.services.context import Context, open_context
from server.services.kept_boards import KeptBoards
from server.services.kept_proofs import KeptProofs
from server.web.board_words import line
from server.web.rendering import ENVIRONMENT
from tests.benchmarks.aired_month import MONTH, fill, say_one_more
from tests.server.people import everybody

NOW = datetime(2027, 1, 3, 1, 0, tzinfo=UTC)
PROVINCE, COUNTRY = (199, 20_000), (11_303, 1_000_000)
PAGE = 50
_TURNS = 9
_BARE = ENVIRONMENT.from_string(
    "<table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"
)


def run() -> list[dict[str, object]]:
    province, country = _measured(*PROVINCE, turns=_TURNS), _measured(*COUNTRY, turns=1)
    of_province, of_country = (f"{stations} stations" for stations, _ in (PROVINCE, COUNTRY))
    base = "the SQL of its figures and a bare table of its rows"
    return [
        _row(f"{of_province}: from nothing", province["nothing"], 5, "times", base),
        _row(f"{of_province}: after a word", province["word"], 1.5, "times", base),
        _row(f"{of_province}: again", province["again"], 1.5, "times", base),
        _row(f"{of_province} on one page, compressed", province["kb"], 100, "kB"),
        _row(f"{of_country}: from nothing", country["nothing"], 5, "times", base),
        _row(f"{of_country}: again", country["again"], 2, "times", base),
        _row(f"{of_country}: again", country["again_s"] / province["again_s"], 2, "times", f"{of_province}: again"),
    ]


def _row(name: str, value: float, limit: float, unit: str, ratio_of: str | None = None) -> dict[str, object]:
    told = name if ratio_of is None else f"{name} ÷ {ratio_of}"
    return {"name": told, "value": value, "unit": unit, "sense": "at most", "limit": limit, "ratio_of": ratio_of}


def _measured(stations: int, entries: int, *, turns: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        context = open_context(home=Path(folder, "home"), clock=lambda: NOW)
        fill(context, stations=stations, entries=entries, unusual=20)
        found = measure(context, turns=turns)
        context.close()
    return found


def measure(context: Context, *, turns: int) -> dict[str, float]:
    """Medians of so many turns; seconds, shares of the bare time, kilobytes."""
    cookie = everybody(context).secret
    found: dict[str, list[float]] = {"nothing": [], "word": [], "again": [], "again_s": []}
    statements = _traced(context, partial(asked, create_app(_forgetful(context)), cookie))
    for turn in range(turns):
        started = _forgetful(context)
        app = create_app(started)
        nothing_s = _seconds(partial(asked, app, cookie))
        cells = [line(row, board) for board in [month_board(started, MONTH)] for row in board.rows[:PAGE]]
        bare_s = _sql_s(context, statements) + _seconds(partial(_BARE.render, rows=cells))
        found["again_s"].append(_seconds(partial(asked, app, cookie, "sort=-counted")))
        found["nothing"].append(nothing_s / bare_s)
        found["again"].append(found["again_s"][-1] / bare_s)
        say_one_more(context, turn)
        found["word"].append(_seconds(partial(asked, app, cookie)) / bare_s)
    whole = asked(app, cookie, "all=1")
    return {name: median(values) for name, values in found.items()} | {"kb": len(gzip.compress(whole)) / 1000}


def _forgetful(context: Context) -> Context:
    """The same data with nothing kept of it."""
    return replace(context, proofs=KeptProofs(), boards=KeptBoards())


def asked(app: Litestar, cookie: str, query: str = "") -> bytes:
    """The body of the page, without a network."""
    body = bytearray()
    path = f"/thang/{MONTH}"
    scope: dict[str, object] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "headers": [(b"host", b"127.0.0.1:8000"), (b"cookie", f"{SESSION_COOKIE}={cookie}".encode())],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message
        else:
            body.extend(bytes(message.get("body", b"")))  # type: ignore[arg-type]  # as ASGI has it

    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # plain dicts, as servers pass them
    return bytes(body)


def _traced(context: Context, work: Callable[[], object]) -> list[str]:
    """The statements that reading it runs, with their values in their places."""
    found: list[str] = []
    engine = context.database.engine

    def listen(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(found.append)

    event.listen(engine, "checkout", listen)
    work()
    event.remove(engine, "checkout", listen)
    engine.dispose()
    return [each for each in found if each.lstrip().upper().startswith("SELECT")]


def _sql_s(context: Context, statements: list[str]) -> float:
    database = sqlite3.connect(context.database.path)
    begun = process_time()
    for statement in statements:
        database.execute(statement).fetchall()
    spent = process_time() - begun
    database.close()
    return spent


def _seconds(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun
