"""What the service stands on, as far as its safety goes."""

from dataclasses import dataclass
from pathlib import Path

from server.services.public_url import PublicUrl
from server.services.session_limits import SessionLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What is set that others could make use of. `plain_mail_host` is a mail server that is called without TLS."""

    home: Path
    public_url: PublicUrl | None = None
    tls: tuple[Path, Path] | None = None
    behind_proxy: bool = False
    sessions: SessionLimits
    store_endpoint: str | None = None
    plain_mail_host: str | None = None
    secret_files: tuple[Path, ...] = ()
