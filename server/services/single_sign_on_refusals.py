"""What is refused of signing in by an OpenID provider."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class SignOnUnset(ServiceRefusal):
    """No provider is set."""

    code = "signon.unset"


@dataclass(kw_only=True, eq=False)
class ProviderUnreachable(ServiceRefusal):
    code = "signon.unreachable"
    issuer: str
    reason: str


@dataclass(kw_only=True, eq=False)
class ProviderRefused(ServiceRefusal):
    """It answered, but not as a provider does that knows us; `reason` is its own word."""

    code = "signon.refused"
    issuer: str
    reason: str


@dataclass(kw_only=True, eq=False)
class SignOnForged(ServiceRefusal):
    """What came from the provider proves nothing: wrong key, audience, nonce, time or issuer."""

    code = "signon.forged"
    reason: str


@dataclass(kw_only=True, eq=False)
class SignOnForgotten(ServiceRefusal):
    """Whoever comes back did not set out from this browser in the last minutes, or came back already."""

    code = "signon.forgotten"


@dataclass(kw_only=True, eq=False)
class SignOnUnlinked(ServiceRefusal):
    """No account belongs to that person of the provider, and none can be found for certain by a verified address."""

    code = "signon.unlinked"
    email: str | None


@dataclass(kw_only=True, eq=False)
class SignOnDisabled(ServiceRefusal):
    code = "signon.disabled"
    login: str
