"""The key that a station trusts, and what it signed."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schedules.manifest import Manifest, SealedManifest, digest_of, key_name, signed_text
from server.station.refusals import AnswerNotUnderstood, ManifestOfAnother, SealBroken, SignedByAnother

KEY_BYTES = 32
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"/[!-~]{0,500}")
_HOUR = re.compile(r"([01]\d|2[0-4]):[0-5]\d")
_LONGEST_MS = 2 * 86_400_000
_LARGEST = 1 << 40  # bytes
_YEARS = range(2000, 3000)


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
    """Raises SignedByAnother, SealBroken, ManifestOfAnother, AnswerNotUnderstood. `where` it was found is told."""
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
    # A seal tells who wrote it, and not that it can be gone by: names become paths, addresses are asked for with the
    # token, and the air reckons with its times and must not end by them.
    wrong = next(_unfit(manifest), None)
    if wrong is not None:
        address = f"/api/v1/stations/{station}/manifest"
        raise AnswerNotUnderstood(server=where, address=address, reason=wrong[:200])


def _unfit(manifest: Manifest) -> Iterator[str]:
    """Names of what no station can go by."""
    try:
        ZoneInfo(manifest.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "timezone"
    for name, sha256 in _hashes(manifest):
        if not _SHA256.fullmatch(sha256):
            yield name
    for name, at in _times(manifest):
        if at.tzinfo is None or at.year not in _YEARS:
            yield name
    for name, length_ms in _lengths(manifest):
        if not 0 <= length_ms <= _LONGEST_MS:
            yield name
    for file in manifest.files:
        if not all(_PATH.fullmatch(copy.path) for copy in file.copies):
            yield "path"
        if not all(0 <= copy.size <= _LARGEST for copy in file.copies):
            yield "size"
    if not all(_HOUR.fullmatch(hour) for hour in _hours(manifest)):
        yield "sessions"


def _hours(manifest: Manifest) -> Iterator[str]:
    for session in manifest.sessions:
        yield from (session.starts, session.ends)
        yield from (hour for each in session.moved for hour in (each.starts, each.ends) if hour is not None)


def _hashes(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for file in manifest.files:
        yield "sha256", file.sha256
        yield from (("sha256", copy.sha256) for copy in file.copies)
    for slot in manifest.slots:
        yield from (("sha256", sound.sha256) for sound in slot.sounds)
    for recall in manifest.recalls:
        yield from (("recalls", sha256) for sha256 in recall.files)
    yield from (("emergencies", call.sha256) for call in manifest.emergencies)


def _times(manifest: Manifest) -> Iterator[tuple[str, datetime]]:
    yield from (("starts_at", slot.starts_at) for slot in manifest.slots)
    yield from (("recalled_at", recall.recalled_at) for recall in manifest.recalls)
    for call in manifest.emergencies:
        yield from (("approved_at", call.approved_at), ("until", call.until))


def _lengths(manifest: Manifest) -> Iterator[tuple[str, int]]:
    for slot in manifest.slots:
        yield "length_ms", slot.length_ms
        yield from (("duration_ms", sound.duration_ms) for sound in slot.sounds)
        yield from (("start_ms", abs(sound.start_ms)) for sound in slot.sounds)
    yield from (("duration_ms", call.duration_ms) for call in manifest.emergencies)
