"""Station tokens, scripts' keys and stations' feed addresses, issued, changed for new ones and revoked by administrators.

An administrator of a unit sees to the stations in it, and to keys that reach nothing beyond it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.accounts import Credential
from server.db.registry import Organisation, Station, UnitVersion
from server.services import scopes
from server.services.access_refusals import OutOfReach
from server.services.audit import record
from server.services.context import Context
from server.services.credential_refusals import (
    CredentialNameTaken,
    CredentialNotFound,
    CredentialReplaced,
    CredentialStationGone,
    ExpiryRefused,
    KeyRightRefused,
    KeyWithoutRights,
)
from server.services.credential_views import (
    ALIVE,
    STATES,
    CredentialView,
    IssuedCredential,
    newest_alive,
    owner_key,
    views,
)
from server.services.credentials import owner_of, require_living
from server.services.disk import disk_refusals
from server.services.hidden import hash_of, new_secret
from server.services.listing import one_of
from server.services.local_time import ZONE, local_today, midnight
from server.services.plain_text import one_line, shown
from server.services.refusals import UnknownOrganisation, UnknownStation, UnknownUnit
from server.services.rights import KEY_RIGHTS, Reach, Right
from server.services.rows import identity
from server.services.stations import find_station, holds
from server.services.views import Page

PREFIXES = {"station": "loa_st_", "key": "loa_key_", "feed": "loa_feed_"}
LONGEST_NAME = 80
LONGEST_KEY_DAYS = 365
OLD_ONE_LIVES = timedelta(hours=24)
_HINT = 4
# In the trail and in refusals people read of tokens, keys and feeds.
_SUBJECTS = {"station": "token", "key": "key", "feed": "feed"}
_MOST_KEYS = 2**63


def issue_token(context: Context, station: str, name: str, *, expires_on: date | None = None) -> IssuedCredential:
    """For the station that has the code this month; it works to the end of the local day `expires_on`.

    Raises UnknownStation, CredentialStationGone, OutOfReach, BadField, CredentialNameTaken, ExpiryRefused.
    """
    return _issue_for_station(context, "station", station, name, expires_on=expires_on, what=None)


def issue_station_feed(context: Context, station: str, name: str) -> IssuedCredential:
    """A private address of the station's calendar. Raises what `issue_token` does."""
    return _issue_for_station(context, "feed", station, name, expires_on=None, what={"station": station})


def issue_key(
    context: Context,
    organisation: str,
    name: str,
    *,
    rights: Sequence[str],
    unit: str | None = None,
    expires_on: date | None,
) -> IssuedCredential:
    """`unit` is a code of today that narrows the rights about stations; `expires_on` is at most a year away.

    Raises UnknownOrganisation, UnknownUnit, KeyRightRefused, KeyWithoutRights, OutOfReach, BadField,
    CredentialNameTaken, ExpiryRefused.
    """
    today = local_today(context)
    with disk_refusals(context.home), context.database.write() as session:
        owner = session.exec(select(Organisation).where(Organisation.code == organisation)).first()
        if owner is None:
            known = session.exec(select(Organisation.code).order_by(col(Organisation.code))).all()
            raise UnknownOrganisation(organisation=shown(organisation), known=list(known))
        unit_id = _unit(session, unit, today) if unit is not None else None
        row = Credential(
            kind="key",
            secret_hash="",
            hint="",
            name=one_line("name", name, longest=LONGEST_NAME),
            organisation_id=identity(owner),
            unit_id=unit_id,
            rights=_rights(rights),
            created_at=context.clock(),
            created_by=context.who.name,
            expires_at=_end_of(_key_expiry(expires_on, today)),
        )
        _require_reached(context, session, row)
        return store_new(context, session, row)


def list_credentials(
    context: Context, kind: str, *, station: str | None = None, state: str | None = None, offset: int = 0, limit: int
) -> Page[CredentialView]:
    """Of one kind (station, key, feed), newest first, those that the administrator sees to. Raises BadField."""
    one_of("state", state, (*STATES, "alive"))
    statement = select(Credential).where(Credential.kind == kind).order_by(col(Credential.id).desc())
    if kind == "feed":
        statement = statement.where(col(Credential.station_id).is_not(None))
    with context.database.read() as session:
        if station is not None:
            statement = statement.where(
                col(Credential.station_id).in_(select(Station.id).where(Station.code == station))
            )
        rows = [row for row in session.exec(statement) if _is_reached(context, session, row)]
        wanted = ALIVE if state == "alive" else STATES if state is None else (state,)
        found = [view for view in views(context, session, rows) if view.state in wanted]
        return Page(items=found[offset : offset + limit], total=len(found), offset=offset, limit=limit)


def revoke(context: Context, kind: str, number: int) -> CredentialView:
    """It works no more from here on; once more is the same. Raises CredentialNotFound."""
    with disk_refusals(context.home), context.database.write() as session:
        row = _find(context, session, kind, number)
        revoke_row(context, session, row)
        return views(context, session, [row])[0]


def rotate(context: Context, kind: str, number: int) -> IssuedCredential:
    """A new secret in the place of the old one, which works for another 24 hours or until it is revoked.

    Raises CredentialNotFound, CredentialRevoked, CredentialExpired, CredentialStationGone, CredentialReplaced.
    """
    at = context.clock()
    with disk_refusals(context.home), context.database.write() as session:
        old = _find(context, session, kind, number)
        require_living(context, session, old)
        if newest_alive(session, at, [old])[*owner_key(old), old.name] != old.id:
            raise CredentialReplaced(name=old.name)
        row = Credential(
            **old.model_dump(
                include={"kind", "name", "station_id", "account_id", "organisation_id", "unit_id", "rights", "what"}
            ),
            secret_hash="",
            hint="",
            created_at=at,
            created_by=context.who.name,
            expires_at=old.expires_at,
        )
        _require_reached(context, session, row)
        old.expires_at = min(old.expires_at or at + OLD_ONE_LIVES, at + OLD_ONE_LIVES)
        session.add(old)
        return store_new(context, session, row, replaces=old)


def store_new(
    context: Context, session: Session, row: Credential, *, replaces: Credential | None = None
) -> IssuedCredential:
    """Gives the row its secret, in the caller's transaction. Raises CredentialNameTaken."""
    at = context.clock()
    if replaces is None and (*owner_key(row), row.name) in newest_alive(session, at, [row]):
        raise CredentialNameTaken(name=row.name, owner=_owner(context, session, row))
    secret = PREFIXES[row.kind] + new_secret()
    row.secret_hash, row.hint = hash_of(secret), secret[-_HINT:]
    session.add(row)
    session.flush()
    record(
        session,
        context,
        at=at,
        action=f"{_SUBJECTS[row.kind]}.{'issued' if replaces is None else 'rotated'}",
        subject=_subject(context, session, row),
        after={"number": identity(row), **_told(row)},
        before=None if replaces is None else {"number": identity(replaces), "expires_at": _written(replaces)},
    )
    return IssuedCredential(credential=views(context, session, [row])[0], secret=secret)


def revoke_row(context: Context, session: Session, row: Credential) -> None:
    """In the caller's transaction; one that is revoked stays as it is."""
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = context.clock(), context.who.name
    session.add(row)
    record(
        session,
        context,
        at=row.revoked_at,
        action=f"{_SUBJECTS[row.kind]}.revoked",
        subject=_subject(context, session, row),
        before={"revoked": False},
        after={"revoked": True},
        number=identity(row),
    )


def _issue_for_station(
    context: Context, kind: str, station: str, name: str, *, expires_on: date | None, what: dict[str, str] | None
) -> IssuedCredential:
    today = local_today(context)
    with disk_refusals(context.home), context.database.write() as session:
        try:
            found = find_station(session, station, Month.of(today))
        except UnknownStation:
            if scopes.has_everywhere(context.who, Right.MACHINES_MANAGE, today):
                raise
            raise OutOfReach(right=Right.MACHINES_MANAGE, named=shown(station)) from None
        row = Credential(
            kind=kind,
            secret_hash="",
            hint="",
            name=one_line("name", name, longest=LONGEST_NAME),
            station_id=identity(found),
            what=what,
            created_at=context.clock(),
            created_by=context.who.name,
            expires_at=None if expires_on is None else _end_of(_not_past(expires_on, today)),
        )
        _require_reached(context, session, row)
        if not holds(None, found.valid_to, today):
            raise CredentialStationGone(name=row.name, station=found.code)
        return store_new(context, session, row)


def _find(context: Context, session: Session, kind: str, number: int) -> Credential:
    row = session.get(Credential, number) if 0 < number < _MOST_KEYS else None
    if row is None or row.kind != kind or row.account_id is not None or not _is_reached(context, session, row):
        raise CredentialNotFound(number=number)
    return row


def _require_reached(context: Context, session: Session, row: Credential) -> None:
    if not _is_reached(context, session, row):
        raise OutOfReach(
            right=Right.MACHINES_MANAGE, named=owner_of(session, row) if row.station_id is not None else ""
        )


def _is_reached(context: Context, session: Session, row: Credential) -> bool:
    """A station's: where the administrator sees to it. A key: where they see to all that it reaches."""
    reached = scopes.station_ids(session, context.who, Right.MACHINES_MANAGE, local_today(context))
    if reached is None:
        return True
    if row.station_id is not None:
        return row.station_id in reached
    wide = {each for each, reach in KEY_RIGHTS.items() if reach is not Reach.UNITS} - {Right.REGISTRY_READ}
    if row.unit_id is None or not wide.isdisjoint(row.rights or ()):
        return False
    below = scopes.units_and_what_came_of_them(session, [row.unit_id])
    stations = set(session.exec(select(Station.id).where(col(Station.unit_id).in_(below))))
    return bool(stations) and stations <= reached


def _rights(given: Sequence[str]) -> list[str]:
    known = [str(right) for right in KEY_RIGHTS]
    for each in given:
        if each not in known:
            raise KeyRightRefused(right=shown(each), known=known)
    if not given:
        raise KeyWithoutRights
    return [right for right in known if right in given]


def _unit(session: Session, code: str, today: date) -> int:
    for version in session.exec(select(UnitVersion).where(UnitVersion.code == code)):
        if holds(version.valid_from, version.valid_to, today):
            return version.unit_id
    raise UnknownUnit(unit=shown(code))


def latest_key_day(today: date) -> date:
    """The last day on which a key that is issued today can work."""
    return today + timedelta(days=LONGEST_KEY_DAYS)


def _key_expiry(given: date | None, today: date) -> date:
    latest = latest_key_day(today)
    if given is None or not today <= given <= latest:
        raise ExpiryRefused(
            given=given.isoformat() if given else None, earliest=today.isoformat(), latest=latest.isoformat()
        )
    return given


def _not_past(given: date, today: date) -> date:
    if given < today or given.year > 9000:  # later days have no end that could be told
        raise ExpiryRefused(given=given.isoformat(), earliest=today.isoformat(), latest=None)
    return given


def _end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


def _owner(context: Context, session: Session, row: Credential) -> str:
    return context.who.name if row.account_id is not None else owner_of(session, row)


def _subject(context: Context, session: Session, row: Credential) -> str:
    return f"{_owner(context, session, row)}/{row.name}"


def _written(row: Credential) -> str | None:
    return row.expires_at.astimezone(ZONE).isoformat() if row.expires_at is not None else None


def _told(row: Credential) -> dict[str, object]:
    told: dict[str, object] = {"name": row.name, "expires_at": _written(row)}
    if row.kind == "key":
        told["rights"] = list(row.rights or ())
        told["unit_id"] = row.unit_id
    if row.what is not None:
        told["what"] = dict(row.what)
    return told
