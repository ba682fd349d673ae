"""What was really played, kept so that neither a power cut nor a full disk loses or doubles it.

A row is written when a sound begins, brought up to date while it sounds, and closed when its time is over; only what is
closed is sent. Its id follows from the plan: whoever plays the same sound of the same slot gives it the same, also with
a new log, so that the server never takes it twice.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from schedules.air_now import Due
from schedules.instants import to_ms
from server.station.clock import Measured, Moment

_FIELDS = {
    "id": "TEXT PRIMARY KEY", "kind": "TEXT", "title": "TEXT", "segment": "TEXT", "slot": "TEXT", "emergency": "INTEGER",
    "relayed_from": "TEXT", "sha256": "TEXT", "due_ms": "INTEGER", "ends_ms": "INTEGER", "duration_ms": "INTEGER",
    "begun_ms": "INTEGER", "raw_ms": "INTEGER", "boot": "TEXT", "running_ms": "INTEGER", "heard_ms": "INTEGER",
    "state": "TEXT", "why": "TEXT", "answer": "TEXT", "told": "TEXT",
}  # fmt: skip
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS airing ({", ".join(f"{name} {kind}" for name, kind in _FIELDS.items())});
CREATE INDEX IF NOT EXISTS airing_of_answer ON airing (answer, state, due_ms);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT);
"""
_NAMES = ", ".join(_FIELDS)
_WRITE = f"INSERT OR REPLACE INTO airing ({_NAMES}) VALUES ({', '.join(f':{name}' for name in _FIELDS)})"  # noqa: S608
_READ = f"SELECT {_NAMES} FROM airing"  # noqa: S608 (names of ours alone)
_WAIT_S = 10


class Airing(Struct, kw_only=True):
    """One sound, really played or missed. `state` is sounding, over or missed; `why` what cut it, or "" (see `reasons`).

    `due_ms` and `ends_ms` bound its time by the plan, `begun_ms` is when it began by the true time as it was known, `raw_ms`
    by the station's clock (`boot` and `running_ms` as in `clock.Moment`); `heard_ms` how much of `duration_ms` sounded.
    `answer` is of the server: "", taken or refused, then `told` is its sentence.
    """

    id: str
    kind: str
    title: str
    due_ms: int
    ends_ms: int
    duration_ms: int
    segment: str | None = None
    slot: str | None = None
    emergency: int | None = None
    relayed_from: str | None = None
    sha256: str | None = None
    begun_ms: int = 0
    raw_ms: int = 0
    boot: str = ""
    running_ms: int = 0
    heard_ms: int = 0
    state: str = "sounding"
    why: str = ""
    answer: str = ""
    told: str = ""

    @classmethod
    def of(cls, due: Due, begun: Moment) -> "Airing":
        return cls(
            id=due.id,
            kind=due.kind,
            title=due.title,
            due_ms=to_ms(due.starts_at),
            ends_ms=to_ms(due.ends_at),
            duration_ms=due.duration_ms,
            segment=due.segment,
            slot=due.slot,
            emergency=due.emergency,
            relayed_from=due.relayed_from,
            sha256=due.sha256,
            begun_ms=begun.true_ms,
            raw_ms=begun.raw_ms,
            boot=begun.boot,
            running_ms=begun.running_ms,
        )

    @property
    def begun(self) -> Moment:
        return Moment(true_ms=self.begun_ms, raw_ms=self.raw_ms, boot=self.boot, running_ms=self.running_ms)

    @property
    def whole(self) -> bool:
        """Players end a moment before or after a sound is over."""
        return self.heard_ms > 0 and self.heard_ms >= self.duration_ms - max(1_500, self.duration_ms // 50)


class Log:
    """Of one thread. What cannot be written is kept in memory and written as soon as it can be; `trouble` tells."""

    def __init__(self, path: Path, *, tell: Callable[[str, str], None]) -> None:
        """`tell` is called with damaged and where the old one lies, or with unwritable and the reason."""
        self._path, self._tell = path, tell
        self._database: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._unsaved: dict[str, Airing] = {}
        self.trouble = ""
        self._flush()

    def close(self) -> None:
        self._flush()
        if self._database is not None:
            self._database.close()
            self._database = None

    def keep(self, airing: Airing) -> None:
        self._unsaved[airing.id] = airing
        self._flush()

    def since(self, moment_ms: int) -> list[Airing]:
        """What was due from then on, was not over then, or sounds still."""
        found = {each.id: each for each in self._read("WHERE ends_ms >= ? OR state = 'sounding'", moment_ms)}
        return list((found | self._unsaved).values())

    def to_send(self, most: int) -> list[Airing]:
        """The oldest first, of what the server has not answered: openings, closings and what no slot asked for aside."""
        return self._read(
            "WHERE answer = '' AND state <> 'sounding' AND (segment IS NOT NULL OR (kind = 'relay' AND slot IS NOT NULL))"
            " ORDER BY due_ms, id LIMIT ?",
            most,
        )

    def emergencies(self) -> list[Airing]:
        return self._read("WHERE emergency IS NOT NULL")

    def refused(self) -> list[Airing]:
        return self._read("WHERE answer = 'refused' ORDER BY due_ms")

    def answered(self, answers: dict[str, tuple[str, str]]) -> None:
        """By id: taken or refused, and the server's sentence. Raises sqlite3.OperationalError: then it is sent again."""
        database = self._open()
        with database:
            database.executemany(
                "UPDATE airing SET answer = ?, told = ? WHERE id = ?",
                [(outcome, told, key) for key, (outcome, told) in answers.items()],
            )

    def fact(self, name: str) -> str | None:
        row = self._asked("SELECT value FROM fact WHERE name = ?", name)
        return str(row[0][0]) if row else None

    def keep_fact(self, name: str, value: str) -> None:
        """Not kept where nothing can be written: the next time it is."""
        with suppress(sqlite3.OperationalError):
            database = self._open()
            with database:
                database.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def measured(self) -> Measured | None:
        kept = self.fact("clock")
        with suppress(msgspec.DecodeError):
            return msgspec.json.decode(kept, type=Measured) if kept else None
        return None

    def keep_measured(self, measured: Measured) -> None:
        self.keep_fact("clock", msgspec.json.encode(measured).decode())

    def _flush(self) -> None:
        try:
            try:
                self._write()
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                self._set_aside()
                self._write()
        except sqlite3.DatabaseError as error:
            if not self.trouble:
                self._tell("unwritable", str(error))
            self.trouble = str(error)
        else:
            self._unsaved.clear()
            self.trouble = ""

    def _write(self) -> None:
        database = self._open()
        with database:
            database.executemany(_WRITE, [asdict(airing) for airing in self._unsaved.values()])

    def _read(self, where: str, *values: object) -> list[Airing]:
        return [_airing(row) for row in self._asked(f"{_READ} {where}", *values)]

    def _asked(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """Nothing where nothing can be read."""
        try:
            return self._open().execute(question, values).fetchall()
        except sqlite3.OperationalError:
            return []
        except sqlite3.DatabaseError:
            with suppress(sqlite3.OperationalError):
                self._set_aside()
            return []

    def _open(self) -> sqlite3.Connection:
        if self._database is not None and self._opened != self._there():
            # Its folder was removed and made again, or another set it aside: SQLite would go on writing into nothing.
            self._database.close()
            self._database = None
        if self._database is None:
            database = sqlite3.connect(self._path, timeout=_WAIT_S)
            try:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = FULL")
                _require_sound(database)
                database.executescript(_SCHEMA)
            except sqlite3.DatabaseError as error:
                database.close()
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._set_aside()
                return self._open()
            self._database, self._opened = database, self._there()
        return self._database

    def _there(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _set_aside(self) -> None:
        """What can be read of a damaged log goes into the new one: with the ids that it had, nothing is told twice.

        Raises sqlite3.OperationalError where it cannot be moved.
        """
        if self._database is not None:
            self._database.close()
            self._database = None
        number = 1
        while (aside := self._path.with_name(f"{self._path.name}.damaged-{number}")).exists():
            number += 1
        try:
            for ending in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    Path(f"{self._path}{ending}").rename(f"{aside}{ending}")
            self._path.rename(aside)
        except OSError as error:
            raise sqlite3.OperationalError(error.strerror or str(error)) from error
        self._tell("damaged", str(aside))
        for airing in _readable(aside):
            self._unsaved.setdefault(airing.id, airing)


def _require_sound(database: sqlite3.Connection) -> None:
    if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError


def _readable(damaged: Path) -> Iterator[Airing]:
    with closing(sqlite3.connect(damaged)) as database, suppress(sqlite3.DatabaseError, msgspec.ValidationError):
        for row in database.execute(_READ):
            yield _airing(row)


def _airing(row: tuple[object, ...]) -> Airing:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Airing)


def day_before(now: datetime) -> int:
    """From when on what was played can matter to what is due: nothing of a plan is longer than a day."""
    return to_ms(now) - 2 * 86_400_000
