"""Which stations have which files: what was sent to them whole, and what they verified themselves."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.airing import Delivery
from server.db.inserting import insert_into
from server.db.library import Rendition
from server.db.plans import Slot
from server.services.audit import record
from server.services.context import Context
from server.services.local_time import local_today
from server.services.refusals import BadField, UnknownStation
from server.services.rows import identity
from server.services.stations import find_station

MOST_FILES = 5_000


class FilesKnown(Struct, frozen=True, kw_only=True):
    """How many of the files that a station says it has are ours, and how many of them were not known to be there."""

    known: int
    new: int
    unknown: list[str]


class Had(Struct, frozen=True, kw_only=True):
    """`how`: sent (its last byte went out to the station) or verified (the station compared the hash); since when."""

    how: str
    at: datetime


def note_sent(context: Context, sent: Sequence[tuple[int | str, str]]) -> None:
    """The last byte of each file went to the station (its key, or the code that it has today)."""
    with context.database.read() as session:
        keyed = {(_key(context, session, station), sha256) for station, sha256 in sent}
        new = sorted((key, sha256) for key, sha256 in keyed if key is not None and not _has(session, key, [sha256]))
    if not new:
        return
    at = context.clock()
    with context.database.write() as session:
        session.connection().execute(
            insert_into(session, Delivery)
            .values([{"station_id": key, "sha256": sha256, "at": at, "how": "sent"} for key, sha256 in new])
            .on_conflict_do_nothing()
        )


def note_verified(context: Context, code: str, sha256s: Sequence[str]) -> FilesKnown:
    """The station has these files and has compared their hashes; what it said before stays. Raises UnknownStation."""
    if len(sha256s) > MOST_FILES:
        raise BadField(field="files", value=str(len(sha256s)), expected=f"number:0:{MOST_FILES}")
    at = context.clock()
    with context.database.write() as session:
        station = find_station(session, code, Month.of(local_today(context)))
        key = identity(station)
        ours = _ours(session, set(sha256s))
        verified = _has(session, key, ours, how="verified")
        new = sorted(ours - verified)
        if new:
            session.connection().execute(
                insert_into(session, Delivery)
                .values([{"station_id": key, "sha256": each, "at": at, "how": "verified"} for each in new])
                .on_conflict_do_update(index_elements=["station_id", "sha256"], set_={"how": "verified"})
            )
            record(session, context, at=at, action="airing.files_verified", subject=code, files=len(new))
        return FilesKnown(known=len(ours), new=len(new), unknown=sorted(set(sha256s) - ours)[:100])


def had_by(session: Session, station_id: int, sha256s: Iterable[str]) -> dict[str, Had]:
    """Of these files those that the station has, by SHA-256."""
    rows = session.connection().execute(
        select(col(Delivery.sha256), col(Delivery.how), col(Delivery.at)).where(
            col(Delivery.station_id) == station_id, col(Delivery.sha256).in_(list(sha256s))
        )
    )
    return {sha256: Had(how=how, at=at) for sha256, how, at in rows}


def _key(context: Context, session: Session, station: int | str) -> int | None:
    if isinstance(station, int):
        return station
    try:
        return identity(find_station(session, station, Month.of(local_today(context))))
    except UnknownStation:
        return None


def _has(session: Session, station: int, sha256s: Iterable[str], *, how: str | None = None) -> set[str]:
    query = select(col(Delivery.sha256)).where(
        col(Delivery.station_id) == station, col(Delivery.sha256).in_(list(sha256s))
    )
    if how is not None:
        query = query.where(col(Delivery.how) == how)
    return {sha256 for (sha256,) in session.connection().execute(query)}


def _ours(session: Session, sha256s: set[str]) -> set[str]:
    database = session.connection()
    found: set[str] = set()
    for column in (col(Rendition.sha256), col(Slot.opening_sha256), col(Slot.closing_sha256)):
        found |= {each for (each,) in database.execute(select(column).where(column.in_(sha256s)).distinct()) if each}
    return found
