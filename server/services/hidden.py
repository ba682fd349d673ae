"""Secrets: making them, and what is kept in their place. What is long and random needs no slow hash."""

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

KEY_FILE = "secret"
_BYTES = 32


def new_secret() -> str:
    """256 bits from the system, in letters that addresses and headers take as they are."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of a secret that `new_secret` made."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def signed(key: bytes, purpose: str, *parts: str) -> str:
    """HMAC-SHA-256 in hex; what is signed for one purpose is nothing for another."""
    return hmac.new(key, "\n".join((purpose, *parts)).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_signed(key: bytes, signature: str, purpose: str, *parts: str) -> bool:
    """In a time that tells nothing."""
    expected = signed(key, purpose, *parts)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))


def installation_secret(home: Path) -> bytes:
    """This installation's own, made with its home and readable by its user alone. Raises OSError."""
    path = home / KEY_FILE
    if not path.exists():
        descriptor, made = tempfile.mkstemp(dir=home, prefix=f".{KEY_FILE}-")  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)  # two that start at once agree on the first one's
        except FileExistsError:
            pass
        finally:
            Path(made).unlink()
    return path.read_bytes()
