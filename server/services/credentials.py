"""What machines show: station tokens, scripts' keys, private addresses of feeds. Only their hashes are kept."""

from datetime import UTC, datetime

from sqlmodel import select

from server.db.accounts import Credential
from server.formats import moment
from server.services.access_refusals import CredentialExpired, CredentialRevoked, UnknownCredential
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.rights import Right
from server.services.rows import identity
from server.services.sessions import Known
from server.services.who import Who

_FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


def who_of(context: Context, secret_hash: str) -> Known:
    """The machine whose token or key it is. Raises UnknownCredential, CredentialExpired, CredentialRevoked."""
    with context.database.read() as session:
        row = session.exec(select(Credential).where(Credential.secret_hash == secret_hash)).first()
        if row is None or row.kind == "feed":
            raise UnknownCredential
        require_living(context, row)
        return Known(
            who=Who(
                kind="station" if row.kind == "station" else "key",
                name=f"{row.kind}:{row.name}",
                title=row.name,
                organisation_id=row.organisation_id,
                rights=frozenset(Right(each) for each in row.rights or ()),
                unit_id=row.unit_id,
                station_id=row.station_id,
                credential_id=identity(row),
            ),
            until=row.expires_at or _FOR_EVER,
        )


def require_living(context: Context, row: Credential) -> None:
    """Raises CredentialExpired, CredentialRevoked."""
    if row.revoked_at is not None:
        raise CredentialRevoked(name=row.name)
    if row.expires_at is not None and row.expires_at <= context.clock():
        raise CredentialExpired(name=row.name, at=moment(row.expires_at, ZONE))


def used(context: Context, credential_ids: dict[int, tuple[datetime, str | None]]) -> None:
    """They were used at these times from these addresses."""
    with context.database.write() as session:
        for key, (at, address) in credential_ids.items():
            row = session.get(Credential, key)
            if row is not None and (row.last_used_at is None or row.last_used_at < at):
                row.last_used_at, row.last_address = at, address
                session.add(row)
