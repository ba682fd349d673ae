"""The one door to pydub: short pieces of sound put together in memory (it holds whole files; never an upload)."""

import io
import warnings
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pydub import AudioSegment

SAMPLE_RATE = 44_100

# C major, up to open the column and down to close it (Hz).
_NOTES = {"opening": (392.00, 523.25, 659.26), "closing": (659.26, 523.25, 392.00)}
_NOTE_MS = 420
_LAST_NOTE_MS = 1_100
_OVERLAP_MS = 120
_PAUSE_MS = 350
_QUIETER_THAN_VOICE_DB = 3.0


def compose_frame(voice: Path | bytes, *, kind: Literal["opening", "closing"]) -> bytes:
    """A column's opening (chime, then the spoken line) or closing (line, then chime) as a WAV of 44.1 kHz mono.

    `voice` is a PCM WAV: pydub reads nothing else without an ffprobe. Raises what pydub raises for another kind.
    """
    line = _read_wav(voice)
    chime = _chime(_NOTES[kind], line.dBFS - _QUIETER_THAN_VOICE_DB)
    pause = _silence(_PAUSE_MS)
    whole = chime + pause + line if kind == "opening" else line + pause + chime
    out = io.BytesIO()
    whole.export(out, format="wav")
    return out.getvalue()


def _read_wav(voice: Path | bytes) -> "AudioSegment":
    # Read here: pydub leaves the files that it opens itself to the garbage collector.
    data = voice if isinstance(voice, bytes) else voice.read_bytes()
    return _segment_class().from_wav(io.BytesIO(data)).set_channels(1).set_frame_rate(SAMPLE_RATE)


def _chime(notes: tuple[float, ...], level_dbfs: float) -> "AudioSegment":
    _segment_class()
    from pydub.generators import Sine

    parts: list[AudioSegment] = []
    for number, frequency in enumerate(notes, start=1):
        length_ms = _LAST_NOTE_MS if number == len(notes) else _NOTE_MS
        tone = Sine(frequency, sample_rate=SAMPLE_RATE).to_audio_segment(duration=length_ms, volume=-12)
        tone = tone.overlay(
            Sine(2 * frequency, sample_rate=SAMPLE_RATE).to_audio_segment(duration=length_ms, volume=-26)
        )
        parts.append(tone.fade_in(8).fade_out(length_ms - 60))
    chime = reduce(lambda before, note: before.append(note, crossfade=_OVERLAP_MS), parts)
    return chime.apply_gain(level_dbfs - chime.dBFS)


def _silence(length_ms: int) -> "AudioSegment":
    return _segment_class().silent(duration=length_ms, frame_rate=SAMPLE_RATE)


def _segment_class() -> "type[AudioSegment]":
    with warnings.catch_warnings():
        # At import pydub looks for an ffmpeg on PATH; nothing here asks it to start one.
        warnings.filterwarnings("ignore", message="Couldn't find ff", category=RuntimeWarning)
        import pydub
    segment_class: type[AudioSegment] = pydub.AudioSegment
    return segment_class
