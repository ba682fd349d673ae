"""The picture of a recording's sound, kept from the one decode. Durations are milliseconds of the original."""

import msgspec
from msgspec import Struct
from sqlmodel import select

from server.db.intake import SegmentVersion
from server.db.library import Audio, Segment
from server.services.context import Context


class WaveformView(Struct, frozen=True, kw_only=True):
    """`peaks`: the largest absolute sample (0 to 255 of full scale) of each of equally long pieces of the original."""

    peaks: bytes
    decoded_ms: int
    cue_in_ms: int
    cue_out_ms: int


def waveform_of(context: Context, code: str, number: int) -> WaveformView | None:
    """Of one version of a segment; None before it was examined, and where it came before pictures were kept."""
    with context.database.read() as session:
        version = session.exec(
            select(SegmentVersion).join(Segment).where(Segment.code == code, SegmentVersion.number == number)
        ).first()
        if version is None:
            return None
        if version.audio_id is not None:
            return _of_audio(session.get_one(Audio, version.audio_id))
        return _of_examination(version.examination) if version.examination is not None else None


def _of_audio(audio: Audio) -> WaveformView | None:
    if not audio.peaks:
        return None
    return WaveformView(
        peaks=audio.peaks, decoded_ms=audio.decoded_ms, cue_in_ms=audio.cue_in_ms, cue_out_ms=audio.cue_out_ms
    )


def _of_examination(kept: dict[str, object]) -> WaveformView:
    from media.examine import Examination  # brings numpy along, which most pages do without

    found = msgspec.convert(kept, Examination)
    return WaveformView(
        peaks=found.peaks,
        decoded_ms=found.measurement.duration_ms,
        cue_in_ms=found.cues.cue_in_ms,
        cue_out_ms=found.cues.cue_out_ms,
    )
