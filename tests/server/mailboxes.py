"""A mail server for tests, on the loopback: it keeps what it takes, and can refuse, fall silent, or want TLS and a name."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.services.mail_server import MailServer
from tests.ports import own_port

USER, PASSWORD = "loa", "mat khau thu: 100%"
SENDER = "Loa Đắk Lắk <loa@tinh.example>"


@dataclass
class Mailbox:
    """`refusals` are said in order, one for each letter, before letters are taken."""

    port: int = 0
    refusals: list[str] = field(default_factory=list)
    nobodies: set[str] = field(default_factory=set)
    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)
    tried: int = 0

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it so)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.nobodies:
            return "550 5.1.1 nobody here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (the same)
        self.tried += 1
        if self.refusals:
            return self.refusals.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.raw.append(content)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    @property
    def server(self) -> MailServer:
        return MailServer(host="127.0.0.1", port=self.port, tls="none", sender=SENDER)


@contextmanager
def open_mailbox(
    *,
    port: int = 0,
    tls: Literal["none", "start", "implicit"] = "none",
    certificate: Path | None = None,
    asks_name: bool = False,
) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    options: dict[str, Any] = {}
    trust = None
    if certificate is not None:
        trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trust.load_cert_chain(certificate)
    if tls == "start":
        options |= {"tls_context": trust, "require_starttls": True}
    if asks_name:
        options |= {"authenticator": _known, "auth_required": tls == "start", "auth_require_tls": tls == "start"}
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port or own_port(),
        ssl_context=trust if tls == "implicit" else None,
        **options,
    )
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


def _known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, shown: LoginPassword) -> AuthResult:
    good = isinstance(shown, LoginPassword) and (shown.login.decode(), shown.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=good, handled=False)


def write_certificate(path: Path, *, host: str = "127.0.0.1") -> Path:
    """A key and a certificate for that address, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "thu.tinh.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return path
