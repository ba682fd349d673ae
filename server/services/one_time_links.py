"""Links that set a password once: for who is new, for who forgot. Told once; only their hash is kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from sqlmodel import Session, col, select

from server.db.accounts import Account, OneTimeLink
from server.formats import moment
from server.services import passwords
from server.services.account_refusals import AccountDisabled, LinkExpired, LinkUnknown, LinkUsed
from server.services.accounts import find_account, set_password
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import hash_of, new_secret
from server.services.local_time import ZONE
from server.services.refusals import BadField
from server.services.rows import identity

Purpose = Literal["first", "invite", "reset"]

LEAST_HOURS, MOST_HOURS, USUAL_HOURS = 1, 168, 72
PATH = "/mat-khau/"


class IssuedLink(Struct, frozen=True, kw_only=True):
    """`path` holds the secret, which nobody can read again: to be put behind the service's address."""

    login: str
    purpose: str
    path: str
    expires_at: datetime


class LinkFor(Struct, frozen=True, kw_only=True):
    login: str
    name: str
    purpose: str
    expires_at: datetime


def issue_link(context: Context, login: str, *, hours: int = USUAL_HOURS) -> IssuedLink:
    """An invitation for who has no password yet, else a reset; an older link of the account ends.

    Raises UnknownAccount, AccountDisabled, BadField.
    """
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise BadField(field="hours", value=str(hours), expected=f"number:{LEAST_HOURS}:{MOST_HOURS}")
    with disk_refusals(context.home), context.database.write() as session:
        account = find_account(session, login)
        if account.state != "active":
            raise AccountDisabled(login=login)
        purpose: Purpose = "invite" if account.password_hash is None else "reset"
        secret, until = make_link(context, session, purpose, account=account, lasts=timedelta(hours=hours))
        record(session, context, at=context.clock(), action="link.issued", subject=login, purpose=purpose, hours=hours)
    return IssuedLink(login=login, purpose=purpose, path=f"{PATH}{secret}", expires_at=until)


def make_link(
    context: Context, session: Session, purpose: Purpose, *, account: Account | None, lasts: timedelta
) -> tuple[str, datetime]:
    """In the caller's transaction: the secret of a new link, and until when it holds; older ones end."""
    at = context.clock()
    key = identity(account) if account is not None else None
    older = session.exec(
        select(OneTimeLink).where(OneTimeLink.account_id == key, col(OneTimeLink.used_at).is_(None))
    ).all()
    for row in older:
        if row.expires_at > at:
            row.expires_at = at
            session.add(row)
    secret = new_secret()
    session.add(
        OneTimeLink(
            secret_hash=hash_of(secret),
            purpose=purpose,
            account_id=key,
            created_at=at,
            created_by=context.who.name,
            expires_at=at + lasts,
        )
    )
    return secret, at + lasts


def look_at_link(context: Context, secret: str) -> LinkFor:
    """Whom it is for; looking uses nothing up. Raises LinkUnknown, LinkExpired, LinkUsed, AccountDisabled."""
    with context.database.read() as session:
        row, account = _with_account(context, session, secret)
        return LinkFor(login=account.login, name=account.name, purpose=row.purpose, expires_at=row.expires_at)


def use_link(context: Context, secret: str, password: str) -> str:
    """Sets the password and ends all sessions; the login. Raises what `look_at_link` does, PasswordRefused, TooManyAtOnce."""
    login = look_at_link(context, secret).login
    passwords.require_good(password, login=login)
    kept = passwords.hashed(password)
    with disk_refusals(context.home), context.database.write() as session:
        row, account = _with_account(context, session, secret)
        row.used_at = context.clock()
        session.add(row)
        # Whoever has the link acts as its account, whatever else their browser is signed in as.
        asker = replace(context, who=replace(context.who, kind="nobody"))
        set_password(asker, session, account, kept, keep_session=None, by=f"link ({row.purpose})")
    return login


def living_link(context: Context, session: Session, secret: str) -> OneTimeLink:
    """Raises LinkUnknown, LinkUsed, LinkExpired."""
    row = session.exec(select(OneTimeLink).where(OneTimeLink.secret_hash == hash_of(secret))).first()
    if row is None:
        raise LinkUnknown
    if row.used_at is not None:
        raise LinkUsed(at=moment(row.used_at, ZONE))
    if row.expires_at <= context.clock():
        raise LinkExpired(at=moment(row.expires_at, ZONE))
    return row


def _with_account(context: Context, session: Session, secret: str) -> tuple[OneTimeLink, Account]:
    row = living_link(context, session, secret)
    if row.account_id is None:
        raise LinkUnknown
    account = session.get_one(Account, row.account_id)
    if account.state != "active":
        raise AccountDisabled(login=account.login)
    return row, account
