"""Tokens, keys and private addresses as people see them in lists; never what they are proved by."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal, TypeVar

from msgspec import Struct
from sqlalchemy import or_
from sqlmodel import Session, col, select

from server.db.accounts import Account, Credential
from server.db.registry import Organisation, Station
from server.services.context import Context
from server.services.local_time import local_today
from server.services.rows import Keyed, among, identity
from server.services.stations import unit_code

State = Literal["living", "replaced", "expired", "revoked", "station_gone"]
STATES: tuple[State, ...] = ("living", "replaced", "expired", "revoked", "station_gone")
ALIVE = ("living", "replaced")

T = TypeVar("T", bound=Keyed)


class CredentialView(Struct, frozen=True, kw_only=True):
    """`hint` is the end of the secret. `what` says of a feed's address what it is a calendar of.

    state: living; replaced (it works until `expires_at`, beside a newer one of the same name); expired; revoked;
    station_gone.
    """

    id: int
    kind: str
    name: str
    hint: str
    station: str | None
    station_name: str | None
    organisation: str | None
    organisation_name: str | None
    unit: str | None
    account: str | None
    rights: list[str]
    what: dict[str, str] | None
    state: State
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    last_used_at: datetime | None
    last_address: str | None


class IssuedCredential(Struct, frozen=True, kw_only=True):
    """`secret` is told this once: only its hash is kept."""

    credential: CredentialView
    secret: str


def owner_key(row: Credential) -> tuple[str, int | None, int | None, int | None]:
    """Below this a name is given once."""
    return row.kind, row.station_id, row.account_id, row.organisation_id


def is_alive(row: Credential, at: datetime) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > at)


def newest_alive(session: Session, at: datetime, like: Sequence[Credential]) -> dict[tuple[object, ...], int]:
    """Of all that have an owner in common with one of these: the number of the newest living one, by its owner and name."""
    owners = or_(
        *(
            among(column, {key for key in keys if key is not None})
            for column, keys in (
                (col(Credential.station_id), [row.station_id for row in like]),
                (col(Credential.account_id), [row.account_id for row in like]),
                (col(Credential.organisation_id), [row.organisation_id for row in like]),
            )
        )
    )
    rows = session.exec(
        select(Credential).where(col(Credential.revoked_at).is_(None), owners).order_by(col(Credential.id))
    )
    return {(*owner_key(row), row.name): identity(row) for row in rows if is_alive(row, at)}


def views(context: Context, session: Session, rows: Sequence[Credential]) -> list[CredentialView]:
    """In the order of the rows."""
    at, today = context.clock(), local_today(context)
    newest = newest_alive(session, at, rows)
    stations = _by_key(session.exec(select(Station).where(col(Station.id).in_({row.station_id for row in rows}))))
    organisations = _by_key(
        session.exec(select(Organisation).where(col(Organisation.id).in_({row.organisation_id for row in rows})))
    )
    accounts = _by_key(session.exec(select(Account).where(col(Account.id).in_({row.account_id for row in rows}))))
    found = []
    for row in rows:
        station = stations.get(row.station_id)
        organisation = organisations.get(row.organisation_id)
        account = accounts.get(row.account_id)
        found.append(
            CredentialView(
                id=identity(row),
                kind=row.kind,
                name=row.name,
                hint=row.hint,
                station=station.code if station else None,
                station_name=station.name if station else None,
                organisation=organisation.code if organisation else None,
                organisation_name=organisation.name if organisation else None,
                unit=unit_code(session, row.unit_id, today) if row.unit_id is not None else None,
                account=account.login if account else None,
                rights=list(row.rights or ()),
                what=row.what,
                state=_state(row, station, newest, at=at, today=today),
                created_at=row.created_at,
                created_by=row.created_by,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
                revoked_by=row.revoked_by,
                last_used_at=row.last_used_at,
                last_address=row.last_address,
            )
        )
    return found


def _by_key(rows: Iterable[T]) -> dict[int | None, T]:
    return {row.id: row for row in rows}


def _state(
    row: Credential, station: Station | None, newest: dict[tuple[object, ...], int], *, at: datetime, today: date
) -> State:
    if row.revoked_at is not None:
        return "revoked"
    if not is_alive(row, at):
        return "expired"
    if station is not None and station.valid_to is not None and station.valid_to <= today:
        return "station_gone"
    return "replaced" if newest[*owner_key(row), row.name] > identity(row) else "living"
