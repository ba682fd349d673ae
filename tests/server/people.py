"""People for tests: accounts with roles, signed in without a password, and what their browsers send."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import pyotp
from sqlmodel import select

from server.api.cookies import SESSION_COOKIE
from server.api.forms import CSRF_HEADER
from server.db.accounts import Account, Credential, RoleGrant
from server.db.registry import Organisation
from server.services import sessions
from server.services.context import Context
from server.services.hidden import hash_of, new_secret, signed
from server.services.rights import KEY_RIGHTS, Right, Role
from server.services.rows import identity
from server.services.second_factor import confirm, enrol
from server.services.who import Who
from tests.server.databases import open_context
from tests.server.homes import open_home

OFFICE = "van-phong"


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account by its key; `secret` is the one of a session that is already open."""

    key: int
    login: str
    secret: str

    @property
    def cookie(self) -> str:
        return f"{SESSION_COOKIE}={self.secret}"


def add_person(
    context: Context,
    login: str,
    roles: Iterable[Role | str] = (),
    *,
    organisation: str | None = None,
    unit_id: int | None = None,
    topic_id: int | None = None,
) -> Person:
    """In the organisation with that code (made where it is not there), with an open session."""
    with context.database.write() as session:
        code = organisation or OFFICE
        office = session.exec(select(Organisation).where(Organisation.code == code)).first()
        if office is None:
            office = Organisation(code=code, name=f"Cơ quan {code}")
            session.add(office)
            session.flush()
        account = session.exec(select(Account).where(Account.login == login)).first()
        if account is None:
            account = Account(
                login=login,
                name=f"Người {login}",
                organisation_id=identity(office),
                created_at=context.clock(),
                created_by="local",
            )
            session.add(account)
            session.flush()
            for role in roles:
                sessions.grant_role(
                    context,
                    session,
                    account,
                    Role(role),
                    unit_id=unit_id,
                    topic_id=topic_id,
                )
        secret = sessions.begin(context, session, account, address="127.0.0.1", agent="tests")
        return Person(key=identity(account), login=login, secret=secret)


def everybody(context: Context) -> Person:
    """Somebody who holds every role, and leads for each organisation that there is."""
    person = add_person(context, "moi-viec", Role)
    with context.database.write() as session:
        account = session.get_one(Account, person.key)
        led = set(session.exec(select(RoleGrant.organisation_id).where(RoleGrant.account_id == person.key)))
        for key in session.exec(select(Organisation.id)).all():
            if key is not None and key not in led:
                sessions.grant_role(context, session, account, Role.LEAD, organisation_id=key)
    return person


def add_key(context: Context, *rights: Right) -> str:
    """The secret of a script's key with these rights, or with all that a key can have."""
    secret = new_secret()
    with context.database.write() as session:
        session.add(
            Credential(
                kind="key",
                secret_hash=hash_of(secret),
                hint=secret[-4:],
                name="tests",
                organisation_id=session.exec(select(Organisation.id)).first(),
                rights=sorted(rights or KEY_RIGHTS),
                created_at=context.clock(),
                created_by="local",
            )
        )
    return secret


def add_station_token(context: Context, station_id: int) -> str:
    """The secret of a token of that station."""
    secret = new_secret()
    with context.database.write() as session:
        session.add(
            Credential(
                kind="station",
                secret_hash=hash_of(secret),
                hint=secret[-4:],
                name="tests",
                station_id=station_id,
                created_at=context.clock(),
                created_by="local",
            )
        )
    return secret


def new_session(context: Context, person: Person) -> Person:
    """The same person in another browser."""
    with context.database.write() as session:
        account = session.get_one(Account, person.key)
        return replace(person, secret=sessions.begin(context, session, account, address="127.0.0.1", agent="tests"))


def key_of_home(home: Path) -> dict[str, str]:
    """What a script sends to a service over a home that nobody has open yet: a key with all rights that a key can have."""
    context = open_home(home)
    try:
        return {"Authorization": f"Bearer {add_key(context)}"}
    finally:
        context.close()


def signed_in_at_home(home: Path) -> Person:
    """Somebody who holds every role, signed in by the machine's clock in a home that nobody has open yet."""
    context = open_context(home=home)
    try:
        return everybody(context)
    finally:
        context.close()


def form_token_of(context: Context, person: Person) -> str:
    return "test." + signed(context.secret, "form", "test", hash_of(person.secret))


def headers_of(context: Context, person: Person) -> dict[str, str]:
    """What a browser of theirs sends: the session, and the token of our forms."""
    return {"Cookie": person.cookie, CSRF_HEADER.decode(): form_token_of(context, person)}


def sign_in(client: httpx.Client, context: Context, person: Person) -> None:
    """From here on the client is that person's browser."""
    client.cookies.set(SESSION_COOKIE, person.secret)
    client.cookies.set(f"__Host-{SESSION_COOKIE}", person.secret)  # the one that counts on secure lines
    client.headers[CSRF_HEADER.decode()] = form_token_of(context, person)


def acting(context: Context, person: Person) -> Context:
    """The same home, used by that person."""
    return replace(context, who=who_is(context, person))


def who_is(context: Context, person: Person) -> Who:
    with context.database.read() as session:
        return sessions.person(session, session.get_one(Account, person.key))


def in_english(client: httpx.Client) -> dict[str, str]:
    """Headers of a request by whoever the client is signed in as, who reads English."""
    return {"Cookie": f"lang=en; {SESSION_COOKIE}={client.cookies[SESSION_COOKIE]}"}


def give_second_factor(context: Context, person: Person) -> pyotp.TOTP:
    """Their phone's app, set up a minute ago, so that the code of this moment is still good."""
    then = context.clock() - timedelta(minutes=1)
    earlier = replace(context, clock=lambda: then)
    shown = enrol(earlier, person.key)
    totp = pyotp.TOTP(shown.key.replace(" ", ""))
    confirm(earlier, person.key, shown.pending, totp.at(then))
    return totp
