"""Short secrets that this installation alone can read again, kept in rows, forms and cookies that others can see."""

import base64
import binascii
import os
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


def seal(key: bytes, purpose: str, text: str, *, bound: str = "", until: datetime | None = None) -> str:
    """AES-256-GCM under a key of its own for each purpose (HKDF-SHA-256 of `key`), in base64url.

    What is sealed for one purpose or bound to one thing opens for no other; from `until` on it opens no more.
    """
    nonce = os.urandom(_NONCE)
    # To the microsecond: a limit in whole seconds would end early.
    plain = f"{until.timestamp() if until is not None else ''}\n{text}".encode()
    return _text(nonce + _cipher(key, purpose).encrypt(nonce, plain, bound.encode()))


def unseal(key: bytes, purpose: str, sealed: str, *, bound: str = "", at: datetime) -> str | None:
    """None: damaged, too old, sealed for something else, or by an installation with another secret."""
    from cryptography.exceptions import InvalidTag

    try:
        raw = base64.b64decode(sealed.encode("ascii") + b"=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        if _text(raw) != sealed:
            return None
        plain = _cipher(key, purpose).decrypt(raw[:_NONCE], raw[_NONCE:], bound.encode())
    except (binascii.Error, UnicodeEncodeError, ValueError, InvalidTag):
        return None
    until, _, text = plain.decode().partition("\n")
    return None if until and at.timestamp() >= float(until) else text


def _text(raw: bytes) -> str:
    """Without padding: cookies take it as it is."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _cipher(key: bytes, purpose: str) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=None, info=f"loa {purpose}".encode()).derive(key))
