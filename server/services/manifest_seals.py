"""The seal of manifests: by it a station knows that what it was given came from this installation, whole.

The key follows from the installation's secret, so that a restored home keeps it.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from schedules.manifest import Manifest, Seal, digest_of, key_name, signed_text
from server.services.context import Context

_PURPOSE = b"manifest seal"


class ManifestKey(Struct, frozen=True, kw_only=True):
    """`public_key`: the 32 bytes of an Ed25519 key in base64; `key` is its short name, as seals have it."""

    key: str
    public_key: str


def manifest_key(context: Context) -> ManifestKey:
    raw = _public(_private(context.secret))
    return ManifestKey(key=key_name(raw), public_key=base64.b64encode(raw).decode())


def sealed(context: Context, manifest: Manifest) -> Seal:
    private = _private(context.secret)
    digest = digest_of(manifest)
    signature = private.sign(signed_text(manifest.station, digest))
    return Seal(digest=digest, key=key_name(_public(private)), signature=base64.b64encode(signature).decode())


@lru_cache(4)
def _private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.new(secret, _PURPOSE, hashlib.sha256).digest())


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()
