"""People's accounts: added, disabled and enabled by administrators; one's own password and sessions.

An account is never deleted, since the trail names it. Passwords are never chosen by anybody but their owner: see
`server.services.one_time_links`.
"""

import re
from dataclasses import replace
from datetime import date

from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.folding import fold
from server.db.accounts import Account, LoginSession, RoleGrant
from server.db.registry import Organisation
from server.services import passwords, second_factor, sessions, signing_in
from server.services.account_refusals import (
    AccountExists,
    LastAdministrator,
    UnknownAccount,
    UnknownSession,
    WrongPassword,
)
from server.services.account_views import AccountView, LoginSessionView, account_views, session_views
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.listing import MOST_WORDS, one_of
from server.services.local_time import local_today
from server.services.login_tries import LoginTries
from server.services.plain_text import one_line, shown
from server.services.reach import may
from server.services.refusals import BadField, UnknownOrganisation
from server.services.rights import Right, Role
from server.services.rows import identity
from server.services.stations import holds
from server.services.views import Page
from server.services.who import LOA, LOCAL
from server.vietnamese import sort_key

LONGEST_NAME, LONGEST_EMAIL = 100, 200
STATES = ("active", "disabled")
# What the trail calls who is no account: makers and approvers are told apart by these names.
_TAKEN = {LOCAL.name, LOA.name}
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,38})[a-z0-9]")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+")


class NewAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`organisation` is a code; where nobody has it yet, `organisation_name` makes the organisation."""

    login: str
    name: str
    organisation: str
    organisation_name: str | None = None
    email: str | None = None


class Me(Struct, frozen=True, kw_only=True):
    """Who asks: a person, a station's machine, a script's key, or the person at the machine itself (local).

    `roles` hold today; `rights` are there for something at least.
    """

    kind: str
    name: str
    title: str
    organisation: str | None
    roles: list[str]
    rights: list[str]


def list_accounts(
    context: Context, *, query: str = "", role: str | None = None, state: str | None = None, offset: int = 0, limit: int
) -> Page[AccountView]:
    """In Vietnamese order of names; `role` is one that holds today. Raises BadField."""
    one_of("state", state, STATES)
    one_of("role", role, tuple(Role))
    words = fold(query).split()
    if len(words) > MOST_WORDS:
        raise BadField(field="q", value=shown(query), expected=f"≤ {MOST_WORDS}")
    today = local_today(context)
    with context.database.read() as session:
        found = [
            row
            for row in session.exec(select(Account))
            if (state is None or row.state == state)
            and all(word in fold(f"{row.login} {row.name} {row.email or ''}") for word in words)
        ]
        if role is not None:
            held = session.exec(select(RoleGrant).where(RoleGrant.role == role, col(RoleGrant.ended_at).is_(None)))
            those = {row.account_id for row in held if holds(row.valid_from, row.valid_to, today)}
            found = [row for row in found if row.id in those]
        found.sort(key=lambda row: (sort_key(row.name), row.login))
        views = account_views(session, found[offset : offset + limit], today)
    return Page(items=views, total=len(found), offset=offset, limit=limit)


def get_account(context: Context, login: str) -> AccountView:
    """Raises UnknownAccount."""
    with context.database.read() as session:
        return view_of(context, session, find_account(session, login))


def me(context: Context) -> Me:
    who, today = context.who, local_today(context)
    code: str | None = None
    if who.organisation_id is not None:
        with context.database.read() as session:
            code = session.get_one(Organisation, who.organisation_id).code
    return Me(
        kind=who.kind,
        name=who.name,
        title=who.title,
        organisation=code,
        roles=sorted(who.roles(today)),
        rights=[right for right in Right if right is not Right.PUBLIC and may(who, right, today)],
    )


def add_account(context: Context, given: NewAccount) -> AccountView:
    """Without a password and roles yet. Raises BadField, AccountExists, UnknownOrganisation."""
    with disk_refusals(context.home), context.database.write() as session:
        row = new_account(context, session, given)
        return view_of(context, session, row)


def new_account(context: Context, session: Session, given: NewAccount) -> Account:
    """The row, in the caller's transaction, with its entry in the trail. Raises as `add_account`."""
    login = given.login.strip().lower()
    if not _LOGIN.fullmatch(login) or login in _TAKEN:
        raise BadField(field="login", value=shown(given.login), expected="login")
    name = one_line("name", given.name, longest=LONGEST_NAME)
    email = _email(given.email)
    if session.exec(select(Account).where(Account.login == login)).first() is not None:
        raise AccountExists(login=login)
    office = organisation_of(context, session, given.organisation, name=given.organisation_name)
    row = Account(
        login=login,
        name=name,
        organisation_id=identity(office),
        email=email,
        created_at=context.clock(),
        created_by=context.who.name or login,
    )
    session.add(row)
    session.flush()
    after = {"name": name, "organisation": office.code, "email": email}
    record(session, context, at=context.clock(), action="account.added", subject=login, after=after)
    return row


def organisation_of(context: Context, session: Session, code: str, *, name: str | None = None) -> Organisation:
    """Where nobody has the code, made with that name. Raises UnknownOrganisation, BadField."""
    row = session.exec(select(Organisation).where(Organisation.code == code)).first()
    if row is not None:
        return row
    if not name or not name.strip():
        known = session.exec(select(Organisation.code).order_by(col(Organisation.code))).all()
        raise UnknownOrganisation(organisation=shown(code), known=list(known))
    if not _CODE.fullmatch(code):
        raise BadField(field="organisation", value=shown(code), expected="code")
    row = Organisation(code=code, name=one_line("name", name, longest=200))
    session.add(row)
    session.flush()
    record(session, context, at=context.clock(), action="organisation.added", subject=code, after={"name": row.name})
    return row


def disable_account(context: Context, login: str) -> AccountView:
    """Ends its sessions; nothing of what it did is lost. Raises UnknownAccount, LastAdministrator."""
    with disk_refusals(context.home), context.database.write() as session:
        row = find_account(session, login)
        if row.state == "active":
            row.state = "disabled"
            session.add(row)
            require_administrator(context, session, login)
            ended = sessions.end_all(session, identity(row), at=context.clock())
            _record_state(context, session, row, "account.disabled", "active", sessions_ended=ended)
        return view_of(context, session, row)


def enable_account(context: Context, login: str) -> AccountView:
    """Raises UnknownAccount."""
    with disk_refusals(context.home), context.database.write() as session:
        row = find_account(session, login)
        if row.state != "active":
            row.state = "active"
            session.add(row)
            _record_state(context, session, row, "account.enabled", "disabled")
        return view_of(context, session, row)


def remove_second_factor(context: Context, login: str) -> AccountView:
    """Of somebody whose phone is lost; ends all their sessions. Raises UnknownAccount, SecondFactorAbsent."""
    with disk_refusals(context.home), context.database.write() as session:
        row = find_account(session, login)
        second_factor.remove_from(session, context, row)
        return view_of(context, session, row)


def change_own_password(context: Context, tries: LoginTries, *, present: str, new: str) -> None:
    """Ends all other sessions. Raises WrongPassword, PasswordRefused, TooManyTries, TooManyAtOnce."""
    address = context.who.address or ""
    account = _own(context)
    counted = f"own:{account.login}"
    tries.require_room(context, counted, address)
    passwords.require_good(new, login=account.login)
    with passwords.TURNS.one():
        tries.count(context, counted, address)
        if not passwords.fits(account.password_hash, present):
            raise WrongPassword
        kept = passwords.rehashed(new)
    tries.right(context, counted, address)
    with disk_refusals(context.home), context.database.write() as session:
        row = session.get_one(Account, identity(account))
        if row.password_hash != account.password_hash:
            raise WrongPassword  # somebody changed it meanwhile
        set_password(context, session, row, kept, keep_session=context.who.session_id, by="owner")


def set_password(
    context: Context, session: Session, row: Account, kept: str, *, keep_session: int | None, by: str
) -> None:
    """In the caller's transaction; ends the account's sessions but `keep_session`."""
    row.password_hash = kept
    row.password_set_at = context.clock()
    session.add(row)
    ended = sessions.end_all(session, identity(row), at=context.clock(), but=keep_session)
    acting = context
    if context.who.kind == "nobody":
        acting = replace(context, who=replace(sessions.person(session, row), address=context.who.address))
    record(session, acting, at=context.clock(), action="password.set", subject=row.login, by=by, sessions_ended=ended)


def own_account(context: Context) -> AccountView:
    with context.database.read() as session:
        return view_of(context, session, session.get_one(Account, context.who.account_id))


def own_sessions(context: Context) -> list[LoginSessionView]:
    with context.database.read() as session:
        return session_views(context, session, context.who.account_id or 0, own=context.who.session_id)


def sessions_of(context: Context, login: str) -> list[LoginSessionView]:
    """Raises UnknownAccount."""
    with context.database.read() as session:
        key = identity(find_account(session, login))
        return session_views(context, session, key, own=context.who.session_id)


def end_own_session(context: Context, session_id: int) -> None:
    """Raises UnknownSession."""
    with disk_refusals(context.home), context.database.write() as session:
        row = session.get(LoginSession, session_id) if session_id < 2**63 else None
        if row is None or row.account_id != context.who.account_id:
            raise UnknownSession
        signing_in.end_in(context, session, session_id)


def end_own_other_sessions(context: Context) -> int:
    """How many there were."""
    with disk_refusals(context.home), context.database.write() as session:
        account = session.get_one(Account, context.who.account_id)
        return _end_all(context, session, account, but=context.who.session_id)


def end_sessions(context: Context, login: str) -> int:
    """All of an account's; how many there were. Raises UnknownAccount."""
    with disk_refusals(context.home), context.database.write() as session:
        return _end_all(context, session, find_account(session, login), but=None)


def find_account(session: Session, login: str) -> Account:
    """Raises UnknownAccount."""
    row = session.exec(select(Account).where(Account.login == login)).first()
    if row is None:
        raise UnknownAccount(login=shown(login))
    return row


def view_of(context: Context, session: Session, row: Account) -> AccountView:
    session.flush()
    [view] = account_views(session, [row], local_today(context))
    return view


def has_administrator(session: Session, on: date, *, lasting: bool = False) -> bool:
    """Whether somebody who can sign in is an administrator on that day; `lasting`: and stays one without an end."""
    rows = session.exec(
        select(RoleGrant)
        .join(Account, col(Account.id) == col(RoleGrant.account_id))
        .where(RoleGrant.role == Role.ADMINISTRATOR, col(RoleGrant.ended_at).is_(None))
        .where(Account.state == "active", col(RoleGrant.unit_id).is_(None))
        .where(col(Account.password_hash).is_not(None) | col(Account.oidc_subject).is_not(None))
    )
    return any(holds(row.valid_from, row.valid_to, on) and not (lasting and row.valid_to) for row in rows)


def require_administrator(context: Context, session: Session, login: str) -> None:
    """After a change of that account, before it is kept. Raises LastAdministrator.

    There must stay one today, and one whose role has no end. Where there was none before either (the person at the
    machine repairs something), nothing is asked.
    """
    session.flush()
    today = local_today(context)
    with context.database.read() as before:
        for lasting in (False, True):
            there_was = has_administrator(before, today, lasting=lasting)
            if there_was and not has_administrator(session, today, lasting=lasting):
                raise LastAdministrator(login=login)


def _own(context: Context) -> Account:
    with context.database.read() as session:
        return session.get_one(Account, context.who.account_id)


def _end_all(context: Context, session: Session, account: Account, *, but: int | None) -> int:
    ended = sessions.end_all(session, identity(account), at=context.clock(), but=but)
    if ended:
        record(session, context, at=context.clock(), action="sessions.ended", subject=account.login, number=ended)
    return ended


def _record_state(context: Context, session: Session, row: Account, action: str, before: str, **facts: object) -> None:
    record(
        session,
        context,
        at=context.clock(),
        action=action,
        subject=row.login,
        before={"state": before},
        after={"state": row.state},
        **facts,
    )


def _email(given: str | None) -> str | None:
    if given is None or not given.strip():
        return None
    text = one_line("email", given, longest=LONGEST_EMAIL)
    if not _EMAIL.fullmatch(text):
        raise BadField(field="email", value=shown(text), expected="email")
    return text
