"""Until when a certificate holds."""

from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates


def expires_at(path: Path) -> datetime | None:
    """Of the first in the file, which is the server's own; None where none can be read."""
    try:
        found = load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found[0].not_valid_after_utc
