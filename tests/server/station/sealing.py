"""Manifests sealed by keys of the tests, for what needs no server."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from schedules.manifest import Copy, File, Manifest, Seal, SealedManifest, digest_of, signed_text
from server.station.seals import PinnedKey

OURS = Ed25519PrivateKey.from_private_bytes(bytes(32))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))


def pinned(key: Ed25519PrivateKey) -> PinnedKey:
    return PinnedKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


KEY = pinned(OURS)


def sealed(
    version: str, *, station: str = "h654", key: Ed25519PrivateKey = OURS, sounds: tuple[bytes, ...] = ()
) -> SealedManifest:
    manifest = Manifest(
        station=station,
        station_name="Đài",
        timezone="Asia/Ho_Chi_Minh",
        version=version,
        months=(),
        sessions=(),
        slots=(),
        files=tuple(_file(content) for content in sounds),
    )
    return sealed_by(key, manifest)


def sealed_by(key: Ed25519PrivateKey, manifest: Manifest) -> SealedManifest:
    digest = digest_of(manifest)
    signature = base64.b64encode(key.sign(signed_text(manifest.station, digest))).decode()
    return SealedManifest(manifest=manifest, seal=Seal(digest=digest, key=pinned(key).name, signature=signature))


def _file(content: bytes) -> File:
    sha256 = hashlib.sha256(content).hexdigest()
    copy = Copy(kind="broadcast", sha256=sha256, size=len(content), media_type="audio/mpeg", path=f"/{sha256}.mp3")
    return File(sha256=sha256, copies=(copy,))
