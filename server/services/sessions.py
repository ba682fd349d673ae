"""Sessions of people who signed in: each has an id that only this server makes, ends idle or at a set age, and is listed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from server.db.accounts import Account, LoginSession, RoleGrant
from server.db.registry import Organisation
from server.services.context import Context
from server.services.hidden import hash_of, new_secret
from server.services.rights import Role
from server.services.rows import identity
from server.services.who import Grant, Who

_LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who it is, and until when that is sure without looking again."""

    who: Who
    until: datetime


def begin(context: Context, session: Session, account: Account, *, address: str, agent: str) -> str:
    """A new session; its secret is for the cookie and is kept nowhere."""
    secret = new_secret()
    at = context.clock()
    session.add(
        LoginSession(
            secret_hash=hash_of(secret),
            account_id=identity(account),
            created_at=at,
            seen_at=at,
            address=address,
            agent=agent[:_LONGEST_AGENT],
        )
    )
    return secret


def who_of(context: Context, secret_hash: str) -> Known | None:
    """The person whose living session it is; None: there is none, whatever the reason."""
    at = context.clock()
    with context.database.read() as session:
        row = session.exec(select(LoginSession).where(LoginSession.secret_hash == secret_hash)).first()
        if row is None or row.ended_at is not None:
            return None
        until = end_of(context, row)
        account = session.get_one(Account, row.account_id)
        if at >= until or account.state != "active":
            return None
        return Known(who=person(session, account, session_id=identity(row)), until=until)


def end_of(context: Context, row: LoginSession) -> datetime:
    """When the session ends if nothing is heard of it any more."""
    return min(row.seen_at + context.sessions.idle, row.created_at + context.sessions.longest)


def seen(context: Context, session_ids: dict[int, datetime]) -> None:
    """They were heard of at these times."""
    with context.database.write() as session:
        for key, at in session_ids.items():
            row = session.get(LoginSession, key)
            if row is not None and row.ended_at is None and row.seen_at < at:
                row.seen_at = at
                session.add(row)


def end(context: Context, session_id: int) -> None:
    with context.database.write() as session:
        row = session.get_one(LoginSession, session_id)
        if row.ended_at is None:
            row.ended_at = context.clock()
            session.add(row)


def end_all(session: Session, account_id: int, *, at: datetime, but: int | None = None) -> int:
    """All living ones of an account, in the caller's transaction; how many there were."""
    rows = session.exec(
        select(LoginSession).where(LoginSession.account_id == account_id, col(LoginSession.ended_at).is_(None))
    ).all()
    ended = [row for row in rows if row.id != but]
    for row in ended:
        row.ended_at = at
        session.add(row)
    return len(ended)


def person(session: Session, account: Account, *, session_id: int | None = None) -> Who:
    """With all roles that were not ended; which of them hold on a day is asked when a right is."""
    grants = session.exec(
        select(RoleGrant, Organisation.code)
        .join(Organisation, col(Organisation.id) == col(RoleGrant.organisation_id))
        .where(RoleGrant.account_id == identity(account), col(RoleGrant.ended_at).is_(None))
        .order_by(col(RoleGrant.id))
    ).all()
    return Who(
        kind="person",
        name=account.login,
        title=account.name,
        account_id=identity(account),
        organisation_id=account.organisation_id,
        session_id=session_id,
        grants=tuple(as_grant(grant, code) for grant, code in grants),
    )


def as_grant(row: RoleGrant, organisation: str) -> Grant:
    """The row as what is computed with; `organisation` is its code."""
    return Grant(
        role=Role(row.role),
        organisation_id=row.organisation_id,
        organisation=organisation,
        unit_id=row.unit_id,
        topic_id=row.topic_id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def grant_role(
    context: Context,
    session: Session,
    account: Account,
    role: Role,
    *,
    organisation_id: int | None = None,
    unit_id: int | None = None,
    topic_id: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> RoleGrant:
    """The row of a new grant, in the caller's transaction and unchecked: see `server.services.accounts`."""
    row = RoleGrant(
        account_id=identity(account),
        role=role,
        organisation_id=organisation_id if organisation_id is not None else account.organisation_id,
        unit_id=unit_id,
        topic_id=topic_id,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_at=context.clock(),
        granted_by=context.who.name,
    )
    session.add(row)
    session.flush()
    return row
