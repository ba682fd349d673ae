"""What machines show: station tokens, scripts' keys, private addresses of feeds. Only their hashes are kept."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from server.db.accounts import Credential
from server.db.registry import Organisation, Station
from server.formats import moment
from server.services.access_refusals import CredentialExpired, CredentialRevoked, UnknownCredential
from server.services.audit import last_of
from server.services.context import Context
from server.services.credential_refusals import CredentialStationGone
from server.services.local_time import ZONE, local_today, midnight
from server.services.rights import Right
from server.services.rows import identity
from server.services.sessions import Known
from server.services.who import Who

_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
_OF_TOKENS = ("token.issued", "token.rotated", "token.revoked", "sample.loaded")


def who_of(context: Context, secret_hash: str) -> Known:
    """The machine whose token or key it is.

    Raises UnknownCredential, CredentialExpired, CredentialRevoked, CredentialStationGone.
    """
    with context.database.read() as session:
        row = session.exec(select(Credential).where(Credential.secret_hash == secret_hash)).first()
        if row is None or row.kind == "feed":
            raise UnknownCredential
        until = require_living(context, session, row)
        return Known(
            who=Who(
                kind="station" if row.kind == "station" else "key",
                name=f"{row.kind}:{owner_of(session, row)}/{row.name}",
                title=row.name,
                organisation_id=row.organisation_id,
                rights=frozenset(Right(each) for each in row.rights or ()),
                unit_id=row.unit_id,
                station_id=row.station_id,
                credential_id=identity(row),
            ),
            until=until,
        )


def owner_of(session: Session, row: Credential) -> str:
    """The code of the station or organisation: names are unique below it only."""
    if row.station_id is not None:
        return session.get_one(Station, row.station_id).code
    return session.get_one(Organisation, row.organisation_id).code


def require_living(context: Context, session: Session, row: Credential) -> datetime:
    """Until when it works as things are. Raises CredentialExpired, CredentialRevoked, CredentialStationGone."""
    if row.revoked_at is not None:
        raise CredentialRevoked(name=row.name)
    until = row.expires_at or _FOR_EVER
    if until <= context.clock():
        raise CredentialExpired(name=row.name, at=moment(until, ZONE))
    if row.station_id is not None:
        station = session.get_one(Station, row.station_id)
        if station.valid_to is not None:
            if station.valid_to <= local_today(context):
                raise CredentialStationGone(name=row.name, station=station.code)
            until = min(until, midnight(station.valid_to))
    return until


def ground_of_stations(context: Context) -> tuple[object, ...]:
    """What stations' tokens, and which station is whose, follow from: while it is the same, so are they.

    A token is made, revoked or followed by another; a station is made and ends. Asked after every commit, so as much of
    a country as of a district is looked at: the ends of indexes.
    """
    figures: list[Any] = [
        select(func.max(col(Credential.id))).scalar_subquery(),
        select(func.max(col(Station.id))).scalar_subquery(),
        *map(last_of, _OF_TOKENS),
    ]
    with context.database.read() as session:
        return tuple(session.execute(select(*figures)).one())


def used(context: Context, credential_ids: dict[int, tuple[datetime, str | None]]) -> None:
    """They were used at these times from these addresses."""
    seen = [{"key": key, "at": at, "address": address} for key, (at, address) in credential_ids.items()]
    if not seen:
        return
    # A country's stations are seen within one minute: one statement for all, without their rows in memory.
    statement = (
        update(Credential)
        .where(col(Credential.id) == bindparam("key"))
        .where(col(Credential.last_used_at).is_(None) | (col(Credential.last_used_at) < bindparam("at")))
        .values(last_used_at=bindparam("at"), last_address=bindparam("address"))
    )
    with context.database.write() as session:
        session.connection().execute(statement, seen)
