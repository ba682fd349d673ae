"""The province of 199 stations on PostgreSQL against SQLite, operation by operation.

A ratio is of processor seconds, this process's and the database server's together, since what waits for a disk depends
on the disk; both commit so that a power cut loses nothing. What each took is told beside it.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from server.app import create_app
from server.services.as_run import Said, say
from server.services.backup_making import make_backup
from server.services.backup_sealing import Sealing
from server.services.context import Context, open_context
from server.services.exports import ExportCache, PlaylistOrder
from server.services.kept_boards import KeptBoards
from server.services.kept_proofs import KeptProofs
from server.services.plans import make_plan, publish_plan
from server.services.proofs import province_proof
from server.services.report_figures import report_figures
from tests.benchmarks import planning
from tests.benchmarks.aired_month import MONTH, fill
from tests.benchmarks.lines import cpu_seconds, with_children
from tests.benchmarks.province_page import asked
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.server.people import everybody

NOW = datetime(2027, 1, 3, 1, 0, tzinfo=UTC)
STATIONS, ENTRIES, LINES = 199, 20_000, 200
_PULLS = 50
# PostgreSQL is another process, and each row travels: it may cost more, but not another order.
_LIMITS = {"playlist pulls, each made": 3.0, "as-run intake": 4.0}
_LIMIT = 2.5
_TURNS = 3


@dataclass(kw_only=True)
class Taken:
    """Processor seconds and seconds, in turns."""

    cpu: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


class Side:
    """One database: its server's process, where it has one, and what each operation took on it."""

    def __init__(self, name: str, folder: Path, server: PostgresqlServer | None) -> None:
        self.name, self._folder, self._server = name, folder, server
        self.taken: dict[str, Taken] = {}

    def open(self, name: str, now: datetime) -> Context:
        if self._server is None:
            return open_context(home=self._folder / self.name / name, clock=lambda: now)
        self._server.create(name)
        return open_context(home=self._folder / self.name / name, server=self._server.place(name), clock=lambda: now)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        cpu, begun = self._cpu(), perf_counter()
        yield
        taken = self.taken.setdefault(name, Taken())
        taken.waited.append(perf_counter() - begun)
        taken.cpu.append(self._cpu() - cpu)

    def _cpu(self) -> float:
        beside = cpu_seconds(*with_children(self._server.process_id)) if self._server is not None else 0.0
        return process_time() + beside


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder, running_postgresql(durable=True) as server:
        sides = [Side("sqlite", Path(folder), None), Side("postgresql", Path(folder), server)]
        for side in sides:
            _plan(side)
        contexts = [side.open("aired", NOW) for side in sides]
        for context in contexts:
            fill(context, stations=STATIONS, entries=ENTRIES, unusual=20, segments=300)
        for turn in range(_TURNS):
            for side, context in zip(sides, contexts, strict=True):
                _look(side, context, turn, Path(folder))
        for context in contexts:
            context.close()
        sqlite, postgresql = (side.taken for side in sides)
        return [_row(name, sqlite[name], postgresql[name]) for name in sqlite]


def _plan(side: Side) -> None:
    context = side.open("planned", planning.NOW)
    planning.fill(context)
    with side.measured("plan made and stored"):
        make_plan(context, MONTH)
    with side.measured("plan published"):
        publish_plan(context, MONTH)
    context.close()


def _look(side: Side, context: Context, turn: int, folder: Path) -> None:
    cache = ExportCache(context)
    with side.measured("playlist pulls, each made"):
        for number in range(_PULLS):
            cache.make(number, PlaylistOrder(code=f"h{number}", month=MONTH, format="m3u8", audio_url=str))
    lines = [
        Said(
            line=line,
            slot=f"{line % STATIONS + 1:06d}-03-sang",
            station=f"h{line % STATIONS}",
            external_id=f"{turn}-{line}",
        )
        for line in range(LINES)
    ]
    with side.measured("as-run intake"):
        assert say(context, lines, source="csv").count("new") == LINES
    started = replace(context, proofs=KeptProofs(), boards=KeptBoards())
    with side.measured("verdicts of a month, from nothing"):
        province_proof(started, MONTH)
    cookie = everybody(context).secret
    app = create_app(replace(context, proofs=KeptProofs(), boards=KeptBoards()))
    with side.measured("the month's page, from nothing"):
        asked(app, cookie)
    with side.measured("figures of the month's report"):
        report_figures(context, str(MONTH))
    with side.measured("backup"):
        make_backup(context, folder / f"backup-{side.name}-{turn}", Sealing(None))


def _row(name: str, sqlite: Taken, postgresql: Taken) -> dict[str, object]:
    seen = [f"{median(each.waited) * 1000:.3g} ms" for each in (postgresql, sqlite)]
    return {
        "name": f"{name}: PostgreSQL {seen[0]}, SQLite {seen[1]}",
        "value": round(median(postgresql.cpu) / max(median(sqlite.cpu), 0.0005), 2),
        "unit": "times",
        "limit": _LIMITS.get(name, _LIMIT),
        "sense": "at most",
        "ratio_of": "SQLite",
        "what": name,
    }
