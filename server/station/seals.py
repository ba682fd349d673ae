"""The key that a station trusts, and what it signed."""

import base64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schedules.manifest import SealedManifest, digest_of, key_name, signed_text
from server.station.refusals import ManifestOfAnother, SealBroken, SignedByAnother

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """Of the server whose manifests are taken: 32 raw bytes, an Ed25519 public key. Raises ValueError for others."""

    raw: bytes

    def __post_init__(self) -> None:
        Ed25519PublicKey.from_public_bytes(self.raw)

    @classmethod
    def of_text(cls, text: str) -> "PinnedKey":
        """From base64. Raises ValueError."""
        return cls(base64.b64decode(text.strip(), validate=True))

    @property
    def name(self) -> str:
        """As seals name it."""
        return key_name(self.raw)

    @property
    def text(self) -> str:
        return base64.b64encode(self.raw).decode()

    @property
    def fingerprint(self) -> str:
        """For people to compare: its name in fours."""
        return " ".join(self.name[at : at + 4] for at in range(0, 16, 4))


def require_sealed(sealed: SealedManifest, *, key: PinnedKey, station: str, where: str) -> None:
    """Raises SignedByAnother, SealBroken, ManifestOfAnother. `where` it was found is told."""
    manifest, seal = sealed.manifest, sealed.seal
    if seal.key != key.name:
        raise SignedByAnother(server=where, found=seal.key, pinned=key.name)
    if digest_of(manifest) != seal.digest:
        raise SealBroken(where=where)
    try:
        signature = base64.b64decode(seal.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, signed_text(manifest.station, seal.digest))
    except (ValueError, InvalidSignature) as error:
        raise SealBroken(where=where) from error
    if manifest.station != station:
        raise ManifestOfAnother(found=manifest.station, wanted=station)
