"""What is refused around tokens of stations, keys of scripts, private addresses of calendars and of audio."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class CredentialStationGone(ServiceRefusal):
    """The token or the address belongs to a station that is there no more."""

    code = "credential.station_gone"
    name: str
    station: str


@dataclass(kw_only=True, eq=False)
class CredentialNotFound(ServiceRefusal):
    """By its number; what lies out of reach is told like what is not there."""

    code = "credential.not_found"
    number: int


@dataclass(kw_only=True, eq=False)
class CredentialNameTaken(ServiceRefusal):
    """A living one of the same owner has this name: `owner` is a station's or organisation's code, or a login."""

    code = "credential.name_taken"
    name: str
    owner: str


@dataclass(kw_only=True, eq=False)
class CredentialReplaced(ServiceRefusal):
    """A newer secret of the same name is there already."""

    code = "credential.replaced"
    name: str


@dataclass(kw_only=True, eq=False)
class KeyRightRefused(ServiceRefusal):
    """No key can have it: it does not exist, or is left to people."""

    code = "credential.right_refused"
    right: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class KeyWithoutRights(ServiceRefusal):
    code = "credential.without_rights"


@dataclass(kw_only=True, eq=False)
class ExpiryRefused(ServiceRefusal):
    """Dates are ISO 8601, local, the last day on which it works; `latest` None: any day from `earliest` on."""

    code = "credential.expiry_refused"
    given: str | None
    earliest: str
    latest: str | None


@dataclass(kw_only=True, eq=False)
class UnknownFeed(ServiceRefusal):
    """Whatever the reason: who asks without the right address is not told more."""

    code = "feed.unknown"


@dataclass(kw_only=True, eq=False)
class AudioAddressExpired(ServiceRefusal):
    """`until` is the last local day on which the address worked, ISO 8601."""

    code = "audio.address_expired"
    until: str
