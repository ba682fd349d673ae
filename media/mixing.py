"""The one door to pydub: short pieces of sound put together in memory (it holds whole files; never an upload)."""

import io
import warnings
import wave
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from pydub import AudioSegment

SAMPLE_RATE = 44_100
# Takes the click out of a join between two sounds and nothing out of a word.
FADE_MS = 20

_FRAME_BYTES = 2
_PIECE_BYTES = 1 << 20
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


def join(parts: Iterable[Path], target: Path) -> int:
    """The parts one after the other as a WAV, with nothing between them and nothing lost; the number of samples.

    `parts` are files of bare samples (16 bits, 44.1 kHz, mono), each faded in and out in its own first and last 20 ms;
    only these are held in memory, whatever the length.
    """
    samples = 0
    with target.open("wb") as file, wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(_FRAME_BYTES)
        out.setframerate(SAMPLE_RATE)
        for path in parts:
            with path.open("rb") as part:
                samples += _append(part, path.stat().st_size // _FRAME_BYTES, out)
    return samples


def _append(part: BinaryIO, samples: int, out: wave.Wave_write) -> int:
    edge = FADE_MS * SAMPLE_RATE // 1000
    if samples < 2 * edge:
        out.writeframesraw(part.read())
        return samples
    out.writeframesraw(_raw(part.read(edge * _FRAME_BYTES)).fade_in(FADE_MS).raw_data)
    left = (samples - 2 * edge) * _FRAME_BYTES
    while left and (piece := part.read(min(left, _PIECE_BYTES))):
        out.writeframesraw(piece)
        left -= len(piece)
    out.writeframesraw(_raw(part.read()).fade_out(FADE_MS).raw_data)
    return samples


def _raw(samples: bytes) -> "AudioSegment":
    return _segment_class()(data=samples, sample_width=_FRAME_BYTES, frame_rate=SAMPLE_RATE, channels=1)


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
