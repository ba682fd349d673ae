"""The month of the province as a page: a province and a country, against its own SQL and a bare table of its rows.

Its own SQL is every statement that making the page from nothing runs, run again by the bare driver; the bare table has
the cells of the same rows, rendered by the same templates' engine. All is timed by the processor's time. "After a word"
is with what was kept, when one station has said something more; "again" is another view while nobody says anything.
"""

import asyncio
import gzip
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time

from litestar import Litestar
from sqlalchemy import event

from server.api.gate import SESSION_COOKIE
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
    province, country = _measured(*PROVINCE, first=_TURNS), _measured(*COUNTRY, first=1)
    base = "its own SQL and a bare table of its rows"
    return [
        _row(f"province page, {PROVINCE[0]} stations: after a word", province["word"], 1.5, "times", base),
        _row(f"province page, {PROVINCE[0]} stations: again", province["again"], 1.5, "times", base),
        _row(f"province page, {PROVINCE[0]} stations at once, compressed", province["kb"], 100, "kB"),
        _row(f"province page, {COUNTRY[0]} stations: again", country["again"], 2, "times", base),
        _row(f"province page, {COUNTRY[0]} stations: again", country["again_s"] / province["again_s"], 2, "times", "199"),
    ]


def _row(name: str, value: float, limit: float, unit: str, ratio_of: str | None = None) -> dict[str, object]:
    told = name if ratio_of is None else f"{name} ÷ {ratio_of}"
    return {"name": told, "value": value, "unit": unit, "sense": "at most", "limit": limit, "ratio_of": ratio_of}


def _measured(stations: int, entries: int, *, first: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        context = open_context(home=Path(folder, "home"), clock=lambda: NOW)
        fill(context, stations=stations, entries=entries, unusual=20)
        found = measure(context, words=first)
        context.close()
    return found


def measure(context: Context, *, words: int) -> dict[str, float]:
    """`words`: so often a station says something more and the page is made anew."""
    app, cookie = create_app(context), everybody(context).secret
    context.proofs, context.boards = KeptProofs(), KeptBoards()
    own_sql = _traced(context, lambda: _asked(app, cookie, ""))
    cells = [line(row, board) for board in (month_board(context, MONTH),) for row in board.rows[:PAGE]]
    after_a_word, again, spent = [], [], []
    for turn in range(max(words, _TURNS)):
        bare_s = _sql_s(context, own_sql) + _seconds(lambda: _BARE.render(rows=cells))
        if turn < words:
            say_one_more(context, turn)
            after_a_word.append(_seconds(lambda: _asked(app, cookie, "")) / bare_s)
        spent.append(_seconds(lambda: _asked(app, cookie, "sort=-counted")))
        again.append(spent[-1] / bare_s)
    whole = _asked(app, cookie, "all=1")
    return {
        "word": median(after_a_word),
        "again": median(again),
        "again_s": median(spent),
        "kb": len(gzip.compress(whole)) / 1000,
    }


def _asked(app: Litestar, cookie: str, query: str) -> bytes:
    """The body of the page, without a network."""
    body = bytearray()
    scope = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"},
        **{"path": f"/thang/{MONTH}", "raw_path": f"/thang/{MONTH}".encode(), "root_path": "", "query_string": query.encode()},
        **{"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "extensions": {}, "state": {}},
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


def _traced(context: Context, work: object) -> list[str]:
    """The statements that reading it runs, with their values in their places."""
    found: list[str] = []
    engine = context.database.engine

    def listen(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_trace_callback(found.append)

    event.listen(engine, "checkout", listen)
    work()  # type: ignore[operator]
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


def _seconds(work: object) -> float:
    begun = process_time()
    work()  # type: ignore[operator]
    return process_time() - begun


if __name__ == "__main__":
    home = Path(sys.argv[1])
    given = open_context(home=home, clock=lambda: NOW)
    sys.stdout.write(f"{measure(given, words=int(sys.argv[2]))}\n")
    given.close()
