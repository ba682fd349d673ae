"""What is refused of letters."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class AddressBad(ServiceRefusal):
    """Not an address that any mail server takes."""

    code = "mail.address_bad"
    address: str


@dataclass(kw_only=True, eq=False)
class AddressMissing(ServiceRefusal):
    """The account has no e-mail address that could be written to."""

    code = "mail.address_missing"
    login: str


@dataclass(kw_only=True, eq=False)
class LetterBroken(ServiceRefusal):
    """A line break, or nothing at all, where a letter has one line."""

    code = "mail.letter_broken"
    field: str


@dataclass(kw_only=True, eq=False)
class MailServerMissing(ServiceRefusal):
    """No mail server is set, so nothing can be sent."""

    code = "mail.server_missing"


@dataclass(kw_only=True, eq=False)
class MailServerRefused(ServiceRefusal):
    """It can't be reached, its certificate is not trusted, it does not know us, or it did not take the letter."""

    code = "mail.server_refused"
    host: str
    port: int
    reason: str
