"""Accounts, roles and sessions as they are shown; nothing secret is in them."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlmodel import Session, col, select

from server.db.accounts import Account, LoginSession, RoleGrant
from server.db.library import Topic
from server.db.registry import Organisation, UnitVersion
from server.services import sessions
from server.services.context import Context
from server.services.rights import TABLE, Reach, Role
from server.services.rows import identity
from server.services.scopes import units_and_what_came_of_them
from server.services.stations import holds


class GrantView(Struct, frozen=True, kw_only=True):
    """`unit` and `topic` are codes, null: not narrowed. Of a unit that is no more `unit_now` names what came of it.

    Dates are local and half-open, null: without an end. `holds` tells of today.
    """

    id: int
    role: str
    organisation: str
    organisation_name: str
    unit: str | None
    unit_name: str | None
    unit_now: list[str]
    topic: str | None
    topic_name: str | None
    valid_from: date | None
    valid_to: date | None
    granted_at: datetime
    granted_by: str
    holds: bool


class AccountView(Struct, frozen=True, kw_only=True):
    """`roles` are those that were not ended, also where their dates are over or to come."""

    login: str
    name: str
    organisation: str
    organisation_name: str
    email: str | None
    state: str
    has_password: bool
    second_factor: bool
    sample: bool
    created_at: datetime
    created_by: str
    roles: list[GrantView]


class LoginSessionView(Struct, frozen=True, kw_only=True):
    """`own`: the one that asks. `ends_at`: if nothing more is heard of it."""

    id: int
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str
    own: bool


class RightOfRole(Struct, frozen=True, kw_only=True):
    right: str
    reach: str


class RoleView(Struct, frozen=True, kw_only=True):
    role: str
    takes_unit: bool
    takes_topic: bool
    rights: list[RightOfRole]


def takes_unit(role: Role) -> bool:
    return Reach.UNITS in TABLE[role].values()


def takes_topic(role: Role) -> bool:
    return Reach.TOPICS in TABLE[role].values()


def list_roles() -> list[RoleView]:
    """The table of who may do what."""
    return [
        RoleView(
            role=role,
            takes_unit=takes_unit(role),
            takes_topic=takes_topic(role),
            rights=[RightOfRole(right=right, reach=reach) for right, reach in rights.items()],
        )
        for role, rights in TABLE.items()
    ]


def account_views(session: Session, accounts: Sequence[Account], on: date) -> list[AccountView]:
    offices = {row.id: row for row in session.exec(select(Organisation))}
    grants: dict[int, list[RoleGrant]] = {}
    for grant in session.exec(select(RoleGrant).where(col(RoleGrant.ended_at).is_(None)).order_by(col(RoleGrant.id))):
        grants.setdefault(grant.account_id, []).append(grant)
    topics = {row.id: row for row in session.exec(select(Topic))}
    units: dict[int, tuple[str, str, list[str]]] = {}
    views = []
    for account in accounts:
        office = offices[account.organisation_id]
        roles = []
        for grant in grants.get(identity(account), []):
            if grant.unit_id is not None and grant.unit_id not in units:
                units[grant.unit_id] = _unit(session, grant.unit_id, on)
            roles.append(_grant_view(grant, offices[grant.organisation_id], units, topics, on))
        views.append(
            AccountView(
                login=account.login,
                name=account.name,
                organisation=office.code,
                organisation_name=office.name,
                email=account.email,
                state=account.state,
                has_password=account.password_hash is not None,
                second_factor=account.totp_secret is not None,
                sample=account.sample,
                created_at=account.created_at,
                created_by=account.created_by,
                roles=roles,
            )
        )
    return views


def session_views(context: Context, session: Session, account_id: int, *, own: int | None) -> list[LoginSessionView]:
    """Those that live, the one that asks first, then the latest heard of."""
    rows = session.exec(
        select(LoginSession)
        .where(LoginSession.account_id == account_id, col(LoginSession.ended_at).is_(None))
        .order_by(col(LoginSession.seen_at).desc(), col(LoginSession.id).desc())
    ).all()
    at = context.clock()
    views = [
        LoginSessionView(
            id=identity(row),
            begun_at=row.created_at,
            seen_at=row.seen_at,
            ends_at=sessions.end_of(context, row),
            address=row.address,
            agent=row.agent,
            own=row.id == own,
        )
        for row in rows
    ]
    return sorted((view for view in views if view.own or at < view.ends_at), key=lambda view: not view.own)


def _grant_view(
    grant: RoleGrant,
    office: Organisation,
    units: dict[int, tuple[str, str, list[str]]],
    topics: dict[int | None, Topic],
    on: date,
) -> GrantView:
    code, name, now = units[grant.unit_id] if grant.unit_id is not None else (None, None, [])
    topic = topics[grant.topic_id] if grant.topic_id is not None else None
    return GrantView(
        id=identity(grant),
        role=grant.role,
        organisation=office.code,
        organisation_name=office.name,
        unit=code,
        unit_name=name,
        unit_now=now,
        topic=topic.code if topic else None,
        topic_name=topic.name if topic else None,
        valid_from=grant.valid_from,
        valid_to=grant.valid_to,
        granted_at=grant.granted_at,
        granted_by=grant.granted_by,
        holds=holds(grant.valid_from, grant.valid_to, on),
    )


def _unit(session: Session, unit_id: int, on: date) -> tuple[str, str, list[str]]:
    """Its code and name on that day or last; where it is no more, the names of what came of it."""
    versions = session.exec(select(UnitVersion).where(UnitVersion.unit_id == unit_id)).all()
    today = [row for row in versions if holds(row.valid_from, row.valid_to, on)]
    last = today[0] if today else max(versions, key=lambda row: row.valid_from or date.min)
    if today or last.valid_to is None or on < last.valid_to:
        return last.code, last.name, []
    after = units_and_what_came_of_them(session, [unit_id]) - {unit_id}
    now = session.exec(
        select(UnitVersion).where(col(UnitVersion.unit_id).in_(after)).order_by(col(UnitVersion.sort_key))
    )
    return last.code, last.name, [row.name for row in now if holds(row.valid_from, row.valid_to, on)]
