"""What is refused because of who asks. The classes for signing in and accounts stand here too."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class SignInNeeded(ServiceRefusal):
    """Nobody knows who asks: no session, token or key came with the request, or its session has ended."""

    code = "access.sign_in_needed"


@dataclass(kw_only=True, eq=False)
class MetricsTokenNeeded(ServiceRefusal):
    """Whoever reads the figures shows the setting's token; `configured`: this process has one."""

    code = "access.metrics_token_needed"
    configured: bool


@dataclass(kw_only=True, eq=False)
class RightMissing(ServiceRefusal):
    """`right` is what is needed, `roles` are those that have it."""

    code = "access.right_missing"
    right: str
    roles: list[str]


@dataclass(kw_only=True, eq=False)
class OutOfReach(ServiceRefusal):
    """The right is there, but not for this station, segment or the whole province; whether it exists is not told."""

    code = "access.out_of_reach"
    right: str
    named: str


@dataclass(kw_only=True, eq=False)
class UnknownCredential(ServiceRefusal):
    """No token or key with this secret was ever made, or it came damaged."""

    code = "credential.unknown"


@dataclass(kw_only=True, eq=False)
class CredentialExpired(ServiceRefusal):
    code = "credential.expired"
    name: str
    at: str


@dataclass(kw_only=True, eq=False)
class CredentialRevoked(ServiceRefusal):
    code = "credential.revoked"
    name: str


@dataclass(kw_only=True, eq=False)
class FormForeign(ServiceRefusal):
    """A change without the token that our own pages put into their forms."""

    code = "access.form_foreign"
