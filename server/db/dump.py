"""All rows of a database as lines of JSON that mean the same in SQLite and in PostgreSQL, and back.

A table is its columns, each with its kind, and one line a row: an array of the values. Instants are ISO 8601 in UTC
with microseconds, bytes base64, and JSON the very text that was written, since hashes rest on it.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    cast,
    column,
    func,
    insert,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.types import TypeEngine, UserDefinedType

from server.db.columns import UtcDateTime, WholeNumber
from server.db.tables import METADATA
from server.db.watching import TAKE_TURN

Kind = Literal["whole", "number", "yes_no", "text", "instant", "day", "bytes", "json"]
Values = list[Any]
_AT_ONCE = 1_000
_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (Boolean, "yes_no"),
    (Integer, "whole"),
    (Float, "number"),
    (DateTime, "instant"),
    (Date, "day"),
    (LargeBinary, "bytes"),
    (JSON, "json"),
    (String, "text"),
)


class DumpedColumn(Struct, frozen=True):
    name: str
    kind: Kind


class _JsonText(UserDefinedType[str]):
    """A text that is JSON already."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


_TYPES: dict[Kind, TypeEngine[Any]] = {
    "yes_no": Boolean(),
    "whole": WholeNumber,
    "number": Float(),
    "instant": UtcDateTime(),
    "day": Date(),
    "bytes": LargeBinary(),
    "json": _JsonText(),
    "text": String(),
}


def tables_there(connection: Connection) -> list[str]:
    """Ours, those that others refer to first."""
    there = set(inspect(connection).get_table_names())
    return [str(each.name) for each in METADATA.sorted_tables if each.name in there]


def columns_of(connection: Connection, name: str) -> list[DumpedColumn]:
    """As they are in the database, whichever release made it."""
    return [DumpedColumn(str(each["name"]), _kind(each["type"])) for each in inspect(connection).get_columns(name)]


def lines_of(connection: Connection, name: str, columns: Sequence[DumpedColumn]) -> Iterator[bytes]:
    """Each row as a line, in the order of the table's key."""
    reflected = Table(name, MetaData(), *(Column(each.name, _read_type(each.kind)) for each in columns))
    keys = inspect(connection).get_pk_constraint(name)["constrained_columns"]
    asked = [
        cast(reflected.c[each.name], String) if each.kind == "json" else reflected.c[each.name] for each in columns
    ]
    statement = select(*asked).order_by(*(reflected.c[key] for key in keys))
    writers = [_WRITERS.get(each.kind) for each in columns]
    encoder = msgspec.json.Encoder()
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(statement)
    for row in rows:
        values = [
            value if value is None or write is None else write(value) for write, value in zip(writers, row, strict=True)
        ]
        yield encoder.encode(values) + b"\n"


def load_lines(connection: Connection, name: str, columns: Sequence[DumpedColumn], lines: Iterable[bytes]) -> int:
    """How many rows were put into the table. Raises msgspec.DecodeError, ValueError for what is none."""
    there = table(name, *(column(each.name, _TYPES[each.kind]) for each in columns))
    readers = [_READERS.get(each.kind) for each in columns]
    decoder = msgspec.json.Decoder(Values)
    count, some = 0, []
    for line in lines:
        values = [
            value if value is None or read is None else read(value)
            for read, value in zip(readers, decoder.decode(line), strict=True)
        ]
        some.append({each.name: value for each, value in zip(columns, values, strict=True)})
        count += 1
        if len(some) == _AT_ONCE:
            connection.execute(insert(there), some)
            some = []
    if some:
        connection.execute(insert(there), some)
    return count


class Unguarded:
    """While it lasts nothing refuses rows for their order, or for what is published; at its end all that does is back.

    Foreign keys are looked at then. Raises sqlalchemy.exc.IntegrityError where one leads nowhere.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._back: list[str] = []

    def __enter__(self) -> None:
        if self._connection.dialect.name == "sqlite":
            self._connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # to the end of the transaction
            triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            for name, sql in self._connection.exec_driver_sql(triggers).all():
                self._back.append(sql)
                self._connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            return
        for name in tables_there(self._connection):
            self._connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
            self._back.append(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
        keys = (
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
        for owner, name, definition in self._connection.exec_driver_sql(keys).all():
            self._connection.exec_driver_sql(f'ALTER TABLE {owner} DROP CONSTRAINT "{name}"')
            self._back.append(f'ALTER TABLE {owner} ADD CONSTRAINT "{name}" {definition}')

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            for statement in self._back:
                self._connection.exec_driver_sql(statement)


def set_counters(connection: Connection) -> None:
    """After rows were put in with their numbers: PostgreSQL's counters go on behind the last, and all are told."""
    if connection.dialect.name != "postgresql":
        return
    for name in tables_there(connection):
        key = "id"
        if not any(each["name"] == key for each in inspect(connection).get_columns(name)):
            continue
        counter = connection.execute(select(func.pg_get_serial_sequence(name, key))).scalar()
        if counter is not None:
            last = connection.execute(select(func.max(table(name, column(key)).c[key]))).scalar()
            connection.execute(select(func.setval(counter, last or 1, last is not None)))
    connection.execute(text(TAKE_TURN))


def digest_of(lines: Iterable[bytes], tell: Callable[[bytes], object] | None = None) -> tuple[int, str]:
    """How many lines, and the SHA-256 over all of them; `tell` is given each."""
    digest = hashlib.sha256()
    count = 0
    for line in lines:
        digest.update(line)
        count += 1
        if tell is not None:
            tell(line)
    return count, digest.hexdigest()


def _kind(found: TypeEngine[Any]) -> Kind:
    for wanted, kind in _KINDS:
        if isinstance(found, wanted):
            return kind
    raise TypeError(found)


def _read_type(kind: Kind) -> TypeEngine[Any]:
    return JSON() if kind == "json" else _TYPES[kind]


_WRITERS: dict[Kind, Callable[[Any], Any]] = {
    "instant": lambda value: value.astimezone(UTC).isoformat(timespec="microseconds"),
    "day": lambda value: value.isoformat(),
    "bytes": lambda value: base64.b64encode(value).decode(),
}
_READERS: dict[Kind, Callable[[Any], Any]] = {
    "instant": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": lambda value: base64.b64decode(value, validate=True),
}
