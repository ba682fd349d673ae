"""The way into an installation that nobody can administer yet: a link on the console of who started it."""

from datetime import timedelta

from msgspec import Struct

from server.db.accounts import Account
from server.services import passwords
from server.services.account_refusals import AdministratorExists, LinkUnknown
from server.services.accounts import NewAccount, has_administrator, new_account
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.local_time import local_today
from server.services.one_time_links import living_link, make_link
from server.services.rights import Role
from server.services.sessions import grant_role
from server.services.signing_in import begin

PATH = "/bat-dau/"
_LASTS = timedelta(hours=24)


class FirstAccount(Struct, frozen=True, kw_only=True):
    """As `NewAccount`, and the password."""

    login: str
    name: str
    organisation: str
    password: str
    organisation_name: str | None = None


def first_link(context: Context) -> str | None:
    """The path of a new link, holding for 24 hours, older ones end; None where an administrator can sign in."""
    with context.database.read() as session:
        if has_administrator(session, local_today(context)):
            return None
    with disk_refusals(context.home), context.database.write() as session:
        secret, _until = make_link(context, session, "first", account=None, lasts=_LASTS)
        record(session, context, at=context.clock(), action="link.issued", subject="first", purpose="first")
    return f"{PATH}{secret}"


def look_at_first_link(context: Context, secret: str) -> None:
    """Raises LinkUnknown, LinkExpired, LinkUsed, AdministratorExists."""
    with context.database.read() as session:
        if living_link(context, session, secret).purpose != "first":
            raise LinkUnknown
        if has_administrator(session, local_today(context)):
            raise AdministratorExists


def make_first_account(context: Context, secret: str, given: FirstAccount, *, address: str, agent: str) -> str:
    """An administrator, signed in: the session's secret. Of two who come with the same link one is first.

    Raises what `look_at_first_link` does, PasswordRefused, TooManyAtOnce, BadField, AccountExists, UnknownOrganisation.
    """
    look_at_first_link(context, secret)
    passwords.require_good(given.password, login=given.login.strip().lower())
    kept = passwords.hashed(given.password)
    wanted = NewAccount(
        login=given.login,
        name=given.name,
        organisation=given.organisation,
        organisation_name=given.organisation_name,
    )
    with disk_refusals(context.home), context.database.write() as session:
        at = context.clock()
        link = living_link(context, session, secret)
        if has_administrator(session, local_today(context)):
            raise AdministratorExists
        link.used_at = at
        session.add(link)
        account: Account = new_account(context, session, wanted)
        account.password_hash, account.password_set_at = kept, at
        session.add(account)
        grant_role(context, session, account, Role.ADMINISTRATOR)
        record(
            session,
            context,
            at=at,
            action="role.granted",
            subject=account.login,
            after={"role": Role.ADMINISTRATOR},
            by="first link",
        )
        return begin(context, session, account, address=address, agent=agent, by="first link")
