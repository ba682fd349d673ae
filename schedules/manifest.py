"""`loa-manifest/1`: all that a station needs to play the days ahead without the server.

One value for both ends: the server writes it, the station's program keeps it, verifies it and plays by it. What changed
since a version that the station has travels alone as `loa-manifest-changes/1`; laid over what the station has, it gives
the whole again, and the digest tells whether it did.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

FORMAT: Literal["loa-manifest/1"] = "loa-manifest/1"
CHANGES: Literal["loa-manifest-changes/1"] = "loa-manifest-changes/1"


class Copy(Struct, frozen=True, kw_only=True):
    """A file to fetch: `kind` broadcast, light_opus or light_mp3; `size` in bytes; `path` on the server that wrote it."""

    kind: str
    sha256: str
    size: int
    media_type: str
    path: str


class File(Struct, frozen=True, kw_only=True):
    """A sound, named by the SHA-256 of what is aired, with all copies of it that a station may fetch: that one first."""

    sha256: str
    copies: tuple[Copy, ...]


class SoundToPlay(Struct, frozen=True, kw_only=True):
    """`start_ms` from the slot's start; `sha256` names a `File`. `segment` is its code, none for a column's own sound."""

    kind: Literal["opening", "segment", "closing"]
    title: str
    start_ms: int
    duration_ms: int
    sha256: str
    segment: str | None = None
    language: str | None = None


class SlotToPlay(Struct, frozen=True, kw_only=True):
    """`starts_at` with the station's offset. `relayed_from` is the code of the station whose air is passed on; should
    that be silent, the sounds are played from the station's own files.
    """

    key: str
    column: str
    starts_at: datetime
    length_ms: int
    sounds: tuple[SoundToPlay, ...]
    relayed_from: str | None = None


class MonthInForce(Struct, frozen=True, kw_only=True):
    """The published revision of the month that this station's slots are of."""

    month: str
    revision: int


class MovedSession(Struct, frozen=True, kw_only=True):
    """On that date the session is at these local times, or not at all (without them)."""

    on: date
    starts: str | None = None
    ends: str | None = None


class SessionOnAir(Struct, frozen=True, kw_only=True):
    """A recurring broadcast period: ISO weekdays (1 is Monday), local HH:MM, inclusive dates; `relays` a station's code."""

    code: str
    name: str
    weekdays: tuple[int, ...]
    starts: str
    ends: str
    valid_from: date | None = None
    valid_to: date | None = None
    relays: str | None = None
    relays_name: str | None = None
    moved: tuple[MovedSession, ...] = ()


class RecalledSegment(Struct, frozen=True, kw_only=True):
    """What may not be aired any more: `files` (SHA-256 of every copy) are to be removed, and that is to be answered.

    `number` grows with each recall of the province. `kind` is withdrawn, or replaced by a newer recording.
    """

    number: int
    kind: Literal["withdrawn", "replaced"]
    segment: str
    title: str
    reason: str
    recalled_at: datetime
    files: tuple[str, ...]


class Emergency(Struct, frozen=True, kw_only=True):
    """To be played at once, over anything, and answered; not begun any more from `until` on."""

    number: int
    segment: str
    title: str
    approved_at: datetime
    until: datetime
    duration_ms: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True, tag_field="format", tag=FORMAT):
    """What a station has to play, in order of time. `version` names it among all that the station was ever given.

    `timezone` is the station's, an IANA name.
    """

    station: str
    station_name: str
    timezone: str
    version: str
    months: tuple[MonthInForce, ...]
    sessions: tuple[SessionOnAir, ...]
    slots: tuple[SlotToPlay, ...]
    files: tuple[File, ...]
    recalls: tuple[RecalledSegment, ...] = ()
    emergencies: tuple[Emergency, ...] = ()

    def file(self, sha256: str) -> File | None:
        return next((each for each in self.files if each.sha256 == sha256), None)


class Seal(Struct, frozen=True, kw_only=True):
    """`digest` is that of the whole manifest; `signature` (Ed25519, base64) of `signed_text` by the key named `key`."""

    digest: str
    key: str
    signature: str


class SealedManifest(Struct, frozen=True, kw_only=True):
    """As it travels and as a station keeps it."""

    manifest: Manifest
    seal: Seal


class ManifestChanges(Struct, frozen=True, kw_only=True, tag_field="format", tag=CHANGES):
    """What differs from the manifest with version `since`: `slots` new or changed, `gone` keys of those that are not
    there any more, `files` that it did not have; all else whole. `seal` is that of the manifest that results.
    """

    since: str
    station: str
    station_name: str
    timezone: str
    version: str
    months: tuple[MonthInForce, ...]
    sessions: tuple[SessionOnAir, ...]
    slots: tuple[SlotToPlay, ...]
    gone: tuple[str, ...]
    files: tuple[File, ...]
    recalls: tuple[RecalledSegment, ...]
    emergencies: tuple[Emergency, ...]


class SealedChanges(Struct, frozen=True, kw_only=True):
    manifest: ManifestChanges
    seal: Seal


_encoder = msgspec.json.Encoder(order="deterministic")


def digest_of(manifest: Manifest) -> str:
    """SHA-256 in hex of the manifest as JSON with sorted keys and no white space."""
    return hashlib.sha256(_encoder.encode(manifest)).hexdigest()


def signed_text(station: str, digest: str) -> bytes:
    """What a seal's signature is made over."""
    return f"{FORMAT}\n{station}\n{digest}".encode()


def key_name(public_key: bytes) -> str:
    """How seals call the key: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def changes_between(before: Manifest, after: Manifest) -> ManifestChanges:
    """Laid over `before` by `with_changes`, they give `after`."""
    old = {slot.key: slot for slot in before.slots}
    new = {slot.key for slot in after.slots}
    had = {file.sha256: file for file in before.files}
    return ManifestChanges(
        since=before.version,
        station=after.station,
        station_name=after.station_name,
        timezone=after.timezone,
        version=after.version,
        months=after.months,
        sessions=after.sessions,
        slots=tuple(slot for slot in after.slots if old.get(slot.key) != slot),
        gone=tuple(key for key in old if key not in new),
        files=tuple(file for file in after.files if had.get(file.sha256) != file),
        recalls=after.recalls,
        emergencies=after.emergencies,
    )


def with_changes(before: Manifest, changes: ManifestChanges) -> Manifest:
    """The manifest that `changes` lead to; files that nothing names any more are left out."""
    slots = {slot.key: slot for slot in before.slots if slot.key not in set(changes.gone)}
    slots |= {slot.key: slot for slot in changes.slots}
    files = {file.sha256: file for file in (*before.files, *changes.files)}
    whole = Manifest(
        station=changes.station,
        station_name=changes.station_name,
        timezone=changes.timezone,
        version=changes.version,
        months=changes.months,
        sessions=changes.sessions,
        slots=in_order(slots.values()),
        files=(),
        recalls=changes.recalls,
        emergencies=changes.emergencies,
    )
    wanted = files_of(whole)
    return replace(whole, files=tuple(files[sha256] for sha256 in sorted(wanted) if sha256 in files))


def in_order(slots: Iterable[SlotToPlay]) -> tuple[SlotToPlay, ...]:
    return tuple(sorted(slots, key=lambda slot: (slot.starts_at, slot.key)))


def files_of(manifest: Manifest) -> set[str]:
    """The SHA-256 of everything that it plays."""
    return {sound.sha256 for slot in manifest.slots for sound in slot.sounds} | {
        each.sha256 for each in manifest.emergencies
    }
