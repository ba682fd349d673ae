"""From a file somebody sent to audio fit for air: one call, and nothing left behind where it refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.bounds import FRAME_LIMITS, SEGMENT_LIMITS, IngestLimits, require_file
from media.examine import Examination, examine
from media.ffmpeg import Ffmpeg
from media.normalise import normalise
from media.refusals import AudioChanged
from media.scratch import work_folder
from media.stores import AudioStore, StoredFile

__all__ = ["FRAME_LIMITS", "SEGMENT_LIMITS", "IngestLimits", "PreparedAudio", "StoredRendition", "prepare"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedAudio:
    """An original in the store untouched, what is known of it, and its copies."""

    original: StoredFile
    examination: Examination
    broadcast: StoredRendition

    @property
    def renditions(self) -> tuple[StoredRendition, ...]:
        return (self.broadcast,)


def prepare(
    source: Path,
    *,
    ffmpeg: Ffmpeg,
    store: AudioStore,
    scratch: Path,
    limits: IngestLimits = SEGMENT_LIMITS,
    progress: Callable[[float], None] | None = None,
) -> PreparedAudio:
    """Examine `source`, make its copies, and keep all of it in the store.

    `progress` gets shares from 0 to 1. Raises a MediaRefusal, after which store and scratch are as they were.
    """
    tell = progress or _nobody_listens
    before = require_file(source)
    examination = examine(ffmpeg, source, scratch=scratch, limits=limits, on_progress=lambda share: tell(0.3 * share))
    with work_folder(scratch) as folder:
        copy = folder / "broadcast.mp3"
        made = normalise(
            ffmpeg,
            source,
            copy,
            measured=examination.measurement,
            cues=examination.cues,
            on_progress=lambda share: tell(0.3 + 0.65 * share),
        )
        if require_file(source) != before:
            raise AudioChanged(path=str(source))
        original, broadcast = store.put_all([source, copy])
    tell(1.0)
    return PreparedAudio(
        original=original,
        examination=examination,
        broadcast=StoredRendition(
            kind="broadcast",
            media_type="audio/mpeg",
            sha256=broadcast.sha256,
            size=broadcast.size,
            duration_ms=made.measured.duration_ms,
            loudness_lufs=made.measured.loudness_lufs,
            true_peak_dbtp=made.measured.true_peak_dbtp,
            gain_db=made.treatment.gain_db,
            was_limited=made.treatment.ceiling_dbtp is not None,
        ),
    )


def _nobody_listens(_: float) -> None:
    """Progress that was not asked for."""
