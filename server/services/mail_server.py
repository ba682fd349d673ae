"""The one door to e-mail: letters are handed to a server that speaks SMTP, over a line whose certificate was checked."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from server.services.mail_refusals import AddressBad, LetterBroken, MailServerRefused

if TYPE_CHECKING:
    from smtplib import SMTP

# Seconds for one step of the talk.
TIMEOUT_S = 20.0
LONGEST_ADDRESS = 254
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_REASON = 300
# Controls, halves of letters, and what some readers take for the end of a line.
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """start: TLS is begun on a plain line (STARTTLS) or nothing is sent; implicit: from the first byte; none: never.

    `sender` is an address, or a name and an address in angle brackets. `authorities` is a file of certificates (PEM)
    that are trusted in the place of the system's.
    """

    host: str
    port: int
    tls: Literal["start", "implicit", "none"]
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`id` is the same however often it is sent, so that who gets it twice can be shown it once."""

    id: str
    address: str
    subject: str
    body: str


def is_address(text: str) -> bool:
    """Plain letters only: what servers without SMTPUTF8 take."""
    mailbox, at, domain = text.rpartition("@")
    return bool(
        at
        and len(text) <= LONGEST_ADDRESS
        and len(mailbox) <= 64
        and _MAILBOX.fullmatch(mailbox)
        and _DOMAIN.fullmatch(domain)
    )


def require_letter(address: str, subject: str) -> None:
    """Raises AddressBad, LetterBroken: neither may bring a header of its own."""
    if not is_address(address):
        raise AddressBad(address=address[:LONGEST_ADDRESS])
    if not subject.strip() or any(unicodedata.category(letter) in _NOT_IN_A_LINE for letter in subject):
        raise LetterBroken(field="subject")


@contextmanager
def connected(server: MailServer) -> Iterator["SMTP"]:
    """Raises MailServerRefused where it can't be reached, can't be trusted, or does not know us."""
    import smtplib

    try:
        smtp = _greeted(server)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MailServerRefused(host=server.host, port=server.port, reason=reason_of(error)) from error
    try:
        yield smtp
    finally:
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()  # it has left already


def deliver(smtp: "SMTP", server: MailServer, letter: Letter) -> None:
    """Raises AddressBad, LetterBroken, and what smtplib does where the server does not take it."""
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime, localtime, parseaddr

    require_letter(letter.address, letter.subject)
    name, sender = parseaddr(server.sender)
    mailbox, _, domain = sender.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=name, username=mailbox, domain=domain)
    message["To"] = letter.address
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, charset="utf-8", cte="quoted-printable")
    smtp.send_message(message, from_addr=sender, to_addrs=[letter.address])


def is_final(error: Exception) -> bool:
    """Whether the server will never take the letter: it says that nobody has the address."""
    import smtplib

    return isinstance(error, smtplib.SMTPRecipientsRefused) and all(
        status >= 500 for status, _said in error.recipients.values()
    )


def reason_of(error: Exception) -> str:
    """What went wrong, in one line."""
    import smtplib

    if isinstance(error, smtplib.SMTPRecipientsRefused):
        said = "; ".join(f"{status} {_text(text)}" for status, text in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        said = f"{error.smtp_code} {_text(error.smtp_error)}"
    else:
        said = str(error) or type(error).__name__
    return " ".join(said.split())[:_LONGEST_REASON]


def _greeted(server: MailServer) -> "SMTP":
    import smtplib
    import ssl

    trusted = ssl.create_default_context(cafile=str(server.authorities) if server.authorities else None)
    if server.tls == "implicit":
        smtp: SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trusted)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "start":
            smtp.starttls(context=trusted)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
