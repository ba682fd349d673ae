"""What signing in and looking after accounts refuses. No refusal carries a password, a code or a link."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class PasswordRefused(ServiceRefusal):
    """`reason` is short, long, common or login (the password holds the login); lengths are in characters."""

    code = "password.refused"
    reason: str
    least: int
    most: int


@dataclass(kw_only=True, eq=False)
class WrongPassword(ServiceRefusal):
    """The present password, asked for before a new one is set, is another."""

    code = "password.wrong"


@dataclass(kw_only=True, eq=False)
class WrongLogin(ServiceRefusal):
    """No account has that login, or its password is another: which of the two is not told."""

    code = "login.wrong"


@dataclass(kw_only=True, eq=False)
class TooManyTries(ServiceRefusal):
    """Too many failures, of the login or from the address; `seconds` until another try is looked at."""

    code = "login.too_many_tries"
    seconds: int


@dataclass(kw_only=True, eq=False)
class TooManyAtOnce(ServiceRefusal):
    """More passwords are being checked than this machine can; `seconds` until it is worth trying again."""

    code = "login.too_many_at_once"
    seconds: int


@dataclass(kw_only=True, eq=False)
class SignInStale(ServiceRefusal):
    """Too long between the password and the second factor, or the account changed in between."""

    code = "login.stale"


@dataclass(kw_only=True, eq=False)
class WrongCode(ServiceRefusal):
    """The second factor's code is another, or was used before."""

    code = "login.wrong_code"


@dataclass(kw_only=True, eq=False)
class AccountDisabled(ServiceRefusal):
    """Told only to who knew the password or the link."""

    code = "account.disabled"
    login: str


@dataclass(kw_only=True, eq=False)
class UnknownAccount(ServiceRefusal):
    code = "account.unknown"
    login: str


@dataclass(kw_only=True, eq=False)
class AccountExists(ServiceRefusal):
    code = "account.exists"
    login: str


@dataclass(kw_only=True, eq=False)
class LastAdministrator(ServiceRefusal):
    """After this nobody who can sign in would be an administrator."""

    code = "account.last_administrator"
    login: str


@dataclass(kw_only=True, eq=False)
class AdministratorExists(ServiceRefusal):
    """The link makes the first administrator, and there is one by now."""

    code = "account.administrator_exists"


@dataclass(kw_only=True, eq=False)
class RoleHeld(ServiceRefusal):
    """The same role in the same organisation over the same unit and topic, on a day that both have."""

    code = "role.held"
    login: str
    role: str


@dataclass(kw_only=True, eq=False)
class RoleTakesNoScope(ServiceRefusal):
    """`scope` (unit or topic) narrows nothing that the role may do."""

    code = "role.takes_no_scope"
    role: str
    scope: str


@dataclass(kw_only=True, eq=False)
class UnknownGrant(ServiceRefusal):
    """The account never had a role under that number."""

    code = "role.unknown"
    login: str
    grant: str


@dataclass(kw_only=True, eq=False)
class UnknownSession(ServiceRefusal):
    """Not one of one's own."""

    code = "session.unknown"


@dataclass(kw_only=True, eq=False)
class LinkUnknown(ServiceRefusal):
    """No link with this secret was ever made, or it came damaged."""

    code = "link.unknown"


@dataclass(kw_only=True, eq=False)
class LinkExpired(ServiceRefusal):
    """Its time is over, or a newer one took its place."""

    code = "link.expired"
    at: str


@dataclass(kw_only=True, eq=False)
class LinkUsed(ServiceRefusal):
    code = "link.used"
    at: str
