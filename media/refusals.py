"""What the audio room refuses: every rule of this room that can say no says it with a class from here."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(kw_only=True, eq=False)
class MediaRefusal(Exception):
    """A refusal: `code` is stable and names what is wrong, the fields are its facts; the sentence is made elsewhere."""

    code: ClassVar[str]

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"


# The tool


@dataclass(kw_only=True, eq=False)
class FfmpegMissing(MediaRefusal):
    """No ffmpeg could be started; `tried` lists the executables that were looked at, in order."""

    code: ClassVar[str] = "ffmpeg.missing"
    tried: list[str]


@dataclass(kw_only=True, eq=False)
class FfmpegUnfit(MediaRefusal):
    """An ffmpeg that starts and lacks a filter, an option, an encoder or the fingerprints: older than 5.1, or built with less."""

    code: ClassVar[str] = "ffmpeg.unfit"
    executable: str
    version: str
    messages: list[str]


@dataclass(kw_only=True, eq=False)
class FfmpegFailed(MediaRefusal):
    """ffmpeg ended badly: `status` is its exit status, negative for the signal that ended it.

    `timed_out` says that it was ended here because its wall time was over; `messages` are its last lines.
    """

    code: ClassVar[str] = "ffmpeg.failed"
    status: int
    timed_out: bool
    messages: list[str]


# The recording


@dataclass(kw_only=True, eq=False)
class AudioNotFound(MediaRefusal):
    """There is no ordinary file at `path` (nothing, a folder, a device)."""

    code: ClassVar[str] = "audio.not_found"
    path: str


@dataclass(kw_only=True, eq=False)
class AudioNotReadable(MediaRefusal):
    """The file is there, and the system does not let it be read."""

    code: ClassVar[str] = "audio.not_readable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class AudioChanged(MediaRefusal):
    """The file became another one while it was being prepared, such as a copy that is still coming in."""

    code: ClassVar[str] = "audio.changed"
    path: str


@dataclass(kw_only=True, eq=False)
class AudioEmpty(MediaRefusal):
    code: ClassVar[str] = "audio.empty"


@dataclass(kw_only=True, eq=False)
class NotAudio(MediaRefusal):
    """No sound format that is accepted here: text, pictures, playlists, archives, whatever the name says."""

    code: ClassVar[str] = "audio.unreadable"
    messages: list[str]


@dataclass(kw_only=True, eq=False)
class NoAudioStream(MediaRefusal):
    """A container that opens and has no sound in it; `streams` are the kinds that it has."""

    code: ClassVar[str] = "audio.no_audio_stream"
    streams: list[str]


@dataclass(kw_only=True, eq=False)
class VideoFile(MediaRefusal):
    """Moving pictures; a cover picture is not meant."""

    code: ClassVar[str] = "audio.video"
    codec: str


@dataclass(kw_only=True, eq=False)
class TooManyStreams(MediaRefusal):
    """Which of several sound tracks would be aired is nobody's guess, and a hundred streams are an attack."""

    code: ClassVar[str] = "audio.too_many_streams"
    audio_streams: int
    streams: int


@dataclass(kw_only=True, eq=False)
class OddFormat(MediaRefusal):
    """More channels than any recorder for speech has, or a sample rate that no sound has: the header is wrong."""

    code: ClassVar[str] = "audio.odd_format"
    channels: int
    max_channels: int
    sample_rate: int
    min_sample_rate: int
    max_sample_rate: int


@dataclass(kw_only=True, eq=False)
class FormatChanges(MediaRefusal):
    """The sample rate or the channels change in the middle, as in files of different kinds put one behind the other."""

    code: ClassVar[str] = "audio.format_changes"
    changes: int


@dataclass(kw_only=True, eq=False)
class HeaderLies(MediaRefusal):
    """Behind the sound that the header declares lie `hidden_bytes` more, which would not be aired."""

    code: ClassVar[str] = "audio.header_lies"
    declared_ms: int | None
    hidden_bytes: int


@dataclass(kw_only=True, eq=False)
class AudioTooLong(MediaRefusal):
    """`duration_ms` is what the file declares where `declared`, else what was decoded before it was stopped."""

    code: ClassVar[str] = "audio.too_long"
    duration_ms: int
    max_ms: int
    declared: bool


@dataclass(kw_only=True, eq=False)
class AudioTooShort(MediaRefusal):
    code: ClassVar[str] = "audio.too_short"
    duration_ms: int
    min_ms: int


@dataclass(kw_only=True, eq=False)
class AudioTruncated(MediaRefusal):
    """The end is missing; `declared_ms` is None where the file does not say how long it should be."""

    code: ClassVar[str] = "audio.truncated"
    decoded_ms: int
    declared_ms: int | None


@dataclass(kw_only=True, eq=False)
class AudioDamaged(MediaRefusal):
    """`errors` pieces inside the recording could not be decoded."""

    code: ClassVar[str] = "audio.damaged"
    errors: int


@dataclass(kw_only=True, eq=False)
class AudioSilent(MediaRefusal):
    code: ClassVar[str] = "audio.silent"
    loudness_lufs: float
    silent_below_lufs: float


@dataclass(kw_only=True, eq=False)
class AudioCancelsInMono(MediaRefusal):
    """The channels are each other's opposite: mixed for a loudspeaker next to nothing is left."""

    code: ClassVar[str] = "audio.cancels_in_mono"
    loudness_lufs: float
    mono_loudness_lufs: float


# A recording of the air


@dataclass(kw_only=True, eq=False)
class RecordingTooLong(MediaRefusal):
    """More than a day in one file; `duration_ms` is what the file declares where `declared`, else what was decoded."""

    code: ClassVar[str] = "recording.too_long"
    duration_ms: int
    max_ms: int
    declared: bool


@dataclass(kw_only=True, eq=False)
class RecordingSilent(MediaRefusal):
    """No second of it reaches −50 dBFS: the recorder heard nothing, which says nothing of the station."""

    code: ClassVar[str] = "recording.silent"
    duration_ms: int


# The store


@dataclass(kw_only=True, eq=False)
class StoreUnwritable(MediaRefusal):
    """The disk is full, read-only or no folder; `reason` is the system's own word for it."""

    code: ClassVar[str] = "store.unwritable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class StoreUnreachable(MediaRefusal):
    """The store can't be asked, so nobody knows what it has: no verdict on any file follows from this.

    `url` holds no credentials. `reason` is "no_answer", "credentials", "no_bucket", "failed", or a word of the store's
    or the system's own.
    """

    code: ClassVar[str] = "store.unreachable"
    url: str
    reason: str


@dataclass(kw_only=True, eq=False)
class MissingAudio(MediaRefusal):
    code: ClassVar[str] = "store.missing"
    sha256: str


@dataclass(kw_only=True, eq=False)
class CorruptAudio(MediaRefusal):
    """The stored bytes no longer have the hash that they are named by."""

    code: ClassVar[str] = "store.corrupt"
    sha256: str
    found_sha256: str
