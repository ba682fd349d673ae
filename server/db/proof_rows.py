"""What the figures of a month rest on, row by row as the driver gives it: at a million rows SQLAlchemy costs more than SQLite.

Each comes in the order of stations, so that one station after the other can be read; with `station` of that one alone.
Numbers and texts are as SQLite keeps them: instants are texts in UTC (`instant_ms`). In the statements ? is a value,
{col} an instant's column as such a text, and {join} a join that is to be done from left to right.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

from sqlalchemy import Connection
from sqlmodel import Session

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (what lies there names no zone)
_MILLISECOND = timedelta(milliseconds=1)
_INSTANTS = ("starts_at", "made_at", "at")
# Of cursors, and rows that one is asked for at a time.
_NUMBERS = count()
_AT_ONCE = 5_000
# Only what one device logged in one go (grade 3) shares its clock.
_SAID = (
    "slot, segment, grade, aired, duration_ms, corrects, CASE WHEN grade = 3 AND NOT judged THEN batch_id ELSE 0 END"
)


def instant_ms(text: str) -> int:
    """Milliseconds since the epoch, rounded down."""
    return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND


def instants_ms(texts: Iterable[str | None]) -> list[int | None]:
    """The same of many, without a call for each."""
    parse, epoch, unit = datetime.fromisoformat, _EPOCH, _MILLISECOND
    return [None if text is None else (parse(text) - epoch) // unit for text in texts]


def entry_rows(session: Session, month: str, at: datetime, station: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Station id, slot, segment, grade, aired, duration_ms, corrects, the batch of what a device logged (else 0); start.

    What was received by then.
    """
    return _rows(
        session,
        f"SELECT station_id, {_SAID}, {{starts_at}}"  # noqa: S608 (the columns below)
        " FROM as_run_entry WHERE month = ? AND received_at <= ?{one} ORDER BY station_id",
        (month, instant_text(at)),
        one=(" AND station_id = ?", station),
    )


def said_rows(session: Session, month: str, at: datetime, station: int) -> Iterator[tuple[Any, ...]]:
    """Of one station: uid, when it was made, whether it is a judgement, and as in `entry_rows` from the slot on."""
    return _rows(
        session,
        f"SELECT uid, {{made_at}}, judged, {_SAID}, {{starts_at}}"  # noqa: S608 (the columns below)
        " FROM as_run_entry WHERE month = ? AND received_at <= ? AND station_id = ?",
        (month, instant_text(at), station),
    )


def delivery_rows(session: Session, at: datetime, station: int | None = None) -> Iterator[tuple[int, str, str]]:
    """Station id, the file's SHA-256, since when it was there; what was there by then."""
    return _rows(
        session,
        "SELECT station_id, sha256, {at} FROM delivery WHERE at <= ?{one} ORDER BY station_id",
        (instant_text(at),),
        one=(" AND station_id = ?", station),
    )


def slot_rows(
    session: Session, revision: int, station: int | None = None
) -> Iterator[tuple[int, int, str, int, str, int, str | None]]:
    """Of a revision: station id, the slot's id and key, column id, start, length in milliseconds, whom it relays."""
    return _rows(
        session,
        "SELECT plan_entry.station_id, slot.id, slot.key, column_id, {starts_at}, length_ms, relayed_from"
        " FROM plan_entry JOIN slot ON slot.month_plan_id = plan_entry.month_plan_id"
        " WHERE revision_id = ?{one} ORDER BY plan_entry.station_id",
        (revision,),
        one=(" AND plan_entry.station_id = ?", station),
    )


def item_rows(
    session: Session, revision: int, station: int | None = None
) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Of a revision: station id, slot id, position, segment id, start in the slot and duration in milliseconds."""
    return _rows(
        session,
        "SELECT plan_entry.station_id, slot_id, position, segment_id, start_ms, duration_ms"
        " FROM plan_entry JOIN slot ON slot.month_plan_id = plan_entry.month_plan_id"
        " JOIN slot_item ON slot_id = slot.id"
        " WHERE revision_id = ?{one} ORDER BY plan_entry.station_id",
        (revision,),
        one=(" AND plan_entry.station_id = ?", station),
    )


def entry_states(session: Session, month: str) -> dict[int, tuple[int, int]]:
    """By station how many entries of the month there are, and the last one's id: the same while none was added.

    Entries never change and are never deleted.
    """
    return _states(
        session,
        "SELECT station_id, count(*), max(id) FROM as_run_entry WHERE month = ? GROUP BY station_id",
        (month,),
    )


def delivery_states(session: Session) -> dict[int, tuple[int, int]]:
    """By station how many files it has, and the last one's id: nobody takes a file back, or says another time of it."""
    return _states(session, "SELECT station_id, count(*), max(id) FROM delivery GROUP BY station_id", ())


def _states(session: Session, statement: str, values: Sequence[object]) -> dict[int, tuple[int, int]]:
    return {station: (many, last) for station, many, last in _rows(session, statement, values)}


def planned_segments(session: Session, revision: int, among: Collection[str] | None = None) -> set[str]:
    """The codes of the segments that a revision plans for somebody; with `among` of those alone."""
    if among is not None:
        rows = _rows(
            session,
            f"SELECT code FROM segment WHERE code IN ({', '.join('?' * len(among))}) AND EXISTS (SELECT 1 FROM slot_item"  # noqa: S608 (only placeholders)
            " JOIN slot ON slot.id = slot_id JOIN plan_entry ON plan_entry.month_plan_id = slot.month_plan_id"
            " WHERE segment_id = segment.id AND revision_id = ?)",
            (*among, revision),
        )
    else:
        # From the revision on: else PostgreSQL goes, for each segment, through its items of all months.
        rows = _rows(
            session,
            "WITH planned AS MATERIALIZED (SELECT DISTINCT segment_id FROM plan_entry"
            " {join} slot ON slot.month_plan_id = plan_entry.month_plan_id"
            " {join} slot_item ON slot_id = slot.id WHERE revision_id = ?)"
            " SELECT code FROM planned JOIN segment ON segment.id = segment_id",
            (revision,),
        )
    return {code for (code,) in rows}


def _rows(
    session: Session, statement: str, values: Sequence[object], *, one: tuple[str, int | None] = ("", None)
) -> Iterator[tuple[Any, ...]]:
    """`one`: the condition that takes the place of {one} where there is a value for it."""
    condition, value = one
    given = value is not None
    connection = session.connection()
    statement = statement.replace("{one}", condition if given else "")
    values = (*values, value) if given else values
    if connection.dialect.name == "sqlite":
        for name in _INSTANTS:
            statement = statement.replace(f"{{{name}}}", name)
        cursor = connection.connection.cursor()
        cursor.execute(statement.replace("{join}", "CROSS JOIN"), values)
        return cast("Iterator[tuple[Any, ...]]", cursor)  # SQLite's is one, and closes itself
    for name in _INSTANTS:
        statement = statement.replace(f"{{{name}}}", f"to_char({name}, 'YYYY-MM-DD HH24:MI:SS.US')")
    return _streamed(connection, statement.replace("{join}", "JOIN").replace("?", "%s"), values)


def _streamed(connection: Connection, statement: str, values: Sequence[object]) -> Iterator[tuple[Any, ...]]:
    """From a cursor of the server's: a month of the country does not fit beside itself."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor(name=f"loa_{next(_NUMBERS)}") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(statement, values)
        yield from cursor


def instant_text(moment: datetime) -> str:
    """As it lies there; texts are in the order of their moments."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
