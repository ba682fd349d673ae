"""From a file somebody sent to audio fit for air: one call, and nothing left behind where it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from media.bounds import FRAME_LIMITS, SEGMENT_LIMITS, IngestLimits, require_file
from media.examine import Examination, examine
from media.ffmpeg import Ffmpeg
from media.profile import Profile
from media.refusals import AudioChanged
from media.renditions import MadeRendition, make_renditions
from media.scratch import work_folder
from media.stores import AudioStore, StoredFile

__all__ = ["FRAME_LIMITS", "SEGMENT_LIMITS", "IngestLimits", "PreparedAudio", "StoredRendition", "prepare"]

_DEFAULTS = Profile()
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRendition:
    """A copy in the store with its own measured figures (mono, see `media.measure`)."""

    kind: str
    media_type: str
    sha256: str
    size: int
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    was_limited: bool

    @classmethod
    def of(cls, made: MadeRendition, file: StoredFile) -> "StoredRendition":
        return cls(
            kind=made.kind,
            media_type=made.media_type,
            sha256=file.sha256,
            size=file.size,
            duration_ms=made.duration_ms,
            loudness_lufs=made.loudness_lufs,
            true_peak_dbtp=made.true_peak_dbtp,
            gain_db=made.gain_db,
            was_limited=made.was_limited,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedAudio:
    """An original in the store untouched, what is known of it, and its copies."""

    original: StoredFile
    examination: Examination
    broadcast: StoredRendition
    light_opus: StoredRendition
    light_mp3: StoredRendition

    @property
    def renditions(self) -> tuple[StoredRendition, ...]:
        return self.broadcast, self.light_opus, self.light_mp3


def prepare(
    source: Path,
    *,
    ffmpeg: Ffmpeg,
    store: AudioStore,
    scratch: Path,
    limits: IngestLimits = SEGMENT_LIMITS,
    profile: Profile = _DEFAULTS,
    tags: Mapping[str, str] = _NO_TAGS,
    progress: Callable[[float], None] | None = None,
) -> PreparedAudio:
    """Examine `source`, make its copies with `tags` in them, and keep all of it in the store.

    `progress` gets shares from 0 to 1. Raises a MediaRefusal, after which store and scratch are as they were.
    What the checks would say keeps nothing out: see `media.checks`.
    """
    tell = progress or _nobody_listens
    before = require_file(source)
    examination = examine(ffmpeg, source, scratch=scratch, limits=limits, on_progress=lambda share: tell(0.3 * share))
    with work_folder(scratch) as folder:
        made = make_renditions(
            ffmpeg,
            source,
            folder,
            measured=examination.measurement,
            cues=examination.cues,
            tags=tags,
            profile=profile,
            on_progress=lambda share: tell(0.3 + 0.65 * share),
        )
        if require_file(source) != before:
            raise AudioChanged(path=str(source))
        copies = (made.broadcast, made.light_opus, made.light_mp3)
        original, *stored = store.put_all([source, *(copy.path for copy in copies)])
    broadcast, light_opus, light_mp3 = map(StoredRendition.of, copies, stored)
    tell(1.0)
    return PreparedAudio(
        original=original, examination=examination, broadcast=broadcast, light_opus=light_opus, light_mp3=light_mp3
    )


def _nobody_listens(_: float) -> None:
    """Progress that was not asked for."""
