"""What machines show: station tokens, scripts' keys, private addresses of feeds. Only their hashes are kept."""

from datetime import UTC, datetime

from sqlmodel import Session, select

from server.db.accounts import Credential
from server.db.registry import Organisation, Station
from server.formats import moment
from server.services.access_refusals import CredentialExpired, CredentialRevoked, UnknownCredential
from server.services.context import Context
from server.services.credential_refusals import CredentialStationGone
from server.services.local_time import ZONE, local_today, midnight
from server.services.rights import Right
from server.services.rows import identity
from server.services.sessions import Known
from server.services.who import Who

_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


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


def used(context: Context, credential_ids: dict[int, tuple[datetime, str | None]]) -> None:
    """They were used at these times from these addresses."""
    with context.database.write() as session:
        for key, (at, address) in credential_ids.items():
            row = session.get(Credential, key)
            if row is not None and (row.last_used_at is None or row.last_used_at < at):
                row.last_used_at, row.last_address = at, address
                session.add(row)
