"""Signing in by password, perhaps with a second factor, and out again."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, select

from server.db.accounts import Account, LoginSession
from server.services import passwords, second_factor, sessions
from server.services.account_refusals import AccountDisabled, SignInStale, WrongCode, WrongLogin
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import is_signed, signed
from server.services.login_tries import LoginTries
from server.services.plain_text import shown
from server.services.rows import identity

PENDING_FOR = timedelta(minutes=5)
_PENDING = "second-factor"
_LOGIN = re.compile(r"[a-z0-9.-]{3,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The secret of the new session; or `pending`, to be shown with the code of the second factor."""

    secret: str | None = None
    pending: str | None = None


def sign_in(context: Context, tries: LoginTries, login: str, password: str, *, address: str, agent: str) -> SignedIn:
    """Ends the session that the same browser had. Raises TooManyTries and TooManyAtOnce before any hash is made,
    WrongLogin, AccountDisabled (only to who knows the password)."""
    name = login_of(login)
    counted = name or "?"  # all that is no login counts together
    tries.require_room(context, counted, address)
    account = _find(context, name)
    with passwords.TURNS.one():
        # Others may have failed while this one waited for its turn.
        tries.count(context, counted, address)
        good = passwords.fits(account.password_hash if account else None, password)
        outdated = good and account is not None and passwords.is_outdated(account.password_hash or "")
        newer = passwords.rehashed(password) if outdated else None
    if account is None or not good:
        _refuse(context, login, why="wrong")
        raise WrongLogin
    tries.right(context, counted, address)
    if account.state != "active":
        _refuse(context, login, why="disabled")
        raise AccountDisabled(login=account.login)
    with disk_refusals(context.home), context.database.write() as session:
        row = _still(session, identity(account), account.password_set_at)
        if newer is not None:
            row.password_hash = newer
            session.add(row)
        return enter(context, session, row, address=address, agent=agent, by="password")


def finish_sign_in(
    context: Context, tries: LoginTries, pending: str, code: str, *, address: str, agent: str
) -> SignedIn:
    """With the second factor. Raises SignInStale, TooManyTries, WrongCode."""
    account_id, set_at, by = _read_pending(context, pending)
    counted = f"code:{account_id}"
    tries.count(context, counted, address)
    second_factor.count_try(context, account_id)
    secret = None
    with disk_refusals(context.home), context.database.write() as session:
        row = _still(session, account_id, set_at)
        login = row.login
        if second_factor.verify(session, context, row, code):
            secret = begin(context, session, row, address=address, agent=agent, by=f"{by} and second factor")
    if secret is None:
        _refuse(context, login, why="code")
        raise WrongCode
    tries.right(context, counted, address)
    second_factor.forgive_tries(context, account_id)
    return SignedIn(secret=secret)


def enter(context: Context, session: Session, account: Account, *, address: str, agent: str, by: str) -> SignedIn:
    """A session of somebody who proved who they are by one thing; where the account wants two, the code is asked for."""
    if account.totp_secret is not None:
        return SignedIn(pending=_pending(context, account, by))
    return SignedIn(secret=begin(context, session, account, address=address, agent=agent, by=by))


def begin(context: Context, session: Session, account: Account, *, address: str, agent: str, by: str) -> str:
    """A session of somebody who proved who they are, in the place of the one that this browser had; its secret."""
    if context.who.session_id is not None:
        end_in(context, session, context.who.session_id)
    secret = sessions.begin(context, session, account, address=address, agent=agent)
    acting = replace(context, who=replace(sessions.person(session, account), address=address))
    record(session, acting, at=context.clock(), action="session.begun", subject=account.login, by=by)
    return secret


def sign_out(context: Context) -> None:
    """Ends the session of who asks, if there is one."""
    if context.who.session_id is None:
        return
    with disk_refusals(context.home), context.database.write() as session:
        end_in(context, session, context.who.session_id)


def end_in(context: Context, session: Session, session_id: int) -> None:
    """In the caller's transaction; one that has ended stays as it is."""
    row = session.get_one(LoginSession, session_id)
    if row.ended_at is not None:
        return
    row.ended_at = context.clock()
    session.add(row)
    login = session.get_one(Account, row.account_id).login
    record(session, context, at=context.clock(), action="session.ended", subject=login, session_id=session_id)


def login_of(given: str) -> str | None:
    """As accounts have it; None for what can't be one."""
    text = given.strip().lower() if len(given) < 200 else ""
    return text if _LOGIN.fullmatch(text) else None


def _find(context: Context, login: str | None) -> Account | None:
    if login is None:
        return None
    with context.database.read() as session:
        return session.exec(select(Account).where(Account.login == login)).first()


def _still(session: Session, account_id: int, set_at: datetime | None) -> Account:
    """The account, if it is active and its password the one that was looked at. Raises SignInStale."""
    row = session.get(Account, account_id)
    if row is None or row.state != "active" or row.password_set_at != set_at:
        raise SignInStale
    return row


def _refuse(context: Context, login: str, *, why: str) -> None:
    with disk_refusals(context.home), context.database.write() as session:
        record(session, context, at=context.clock(), action="session.refused", subject=shown(login, most=40), why=why)


def _pending(context: Context, account: Account, by: str) -> str:
    until = int((context.clock() + PENDING_FOR).timestamp())
    said = (str(identity(account)), str(until), _moment(account.password_set_at), by)
    return ".".join((*said, signed(context.secret, _PENDING, *said)))


def _read_pending(context: Context, pending: str) -> tuple[int, datetime | None, str]:
    """The account, when its password was set, and what was shown first. Raises SignInStale."""
    *said, signature = pending.split(".")
    if len(said) != 4 or not is_signed(context.secret, signature, _PENDING, *said):
        raise SignInStale
    account_id, until, set_at, by = said
    if context.clock().timestamp() >= int(until):
        raise SignInStale
    return int(account_id), _from_moment(set_at), by


def _moment(at: datetime | None) -> str:
    """Microseconds, for no second may be taken for another."""
    return "" if at is None else str(round(at.timestamp() * 1_000_000))


def _from_moment(text: str) -> datetime | None:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(text)) if text else None
