"""Ingest against bare ffmpeg: the same decode, measuring, encoding and measuring again, with nothing around it."""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media.ffmpeg import Ffmpeg
from media.ingest import PreparedAudio, prepare
from media.stores.local import LocalStore

LIMIT = 1.25
REPETITIONS = 5

# Coloured noise with syllables, phrases and, at the ends, a second of nothing: the shape of speech, not its sense.
_SPEECH = "tremolo=f=4.3:d=0.9,tremolo=f=0.31:d=0.6,highpass=f=120,lowpass=f=4000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    name: str
    file_name: str
    seconds: int
    filters: str
    options: tuple[str, ...]


RECORDINGS = (
    Recording(
        name="1 min voice memo (WAV 22.05 kHz mono)",
        file_name="memo.wav",
        seconds=60,
        filters=f"{_SPEECH},volume=-9dB",
        options=("-ar", "22050", "-ac", "1"),
    ),
    Recording(
        name="3 min programme (MP3 44.1 kHz stereo)",
        file_name="programme.mp3",
        seconds=180,
        filters=_SPEECH,
        options=("-ar", "44100", "-ac", "2", "-b:a", "128k"),
    ),
    Recording(
        name="2 min with peaks that need the limiter (WAV 48 kHz mono)",
        file_name="peaks.wav",
        seconds=120,
        filters=f"{_SPEECH},volume='if(lt(mod(t,3),0.02),3,0.8)':eval=frame",
        options=("-ar", "48000", "-ac", "1"),
    ),
)


def run() -> list[dict[str, object]]:
    """Rows for the table: the ratio for each recording, the median of interleaved repetitions."""
    ffmpeg = Ffmpeg.find(None)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for recording in RECORDINGS:
            source = _make(ffmpeg, recording, folder)
            rows.extend(_compare(ffmpeg, recording, source, folder))
    return rows


def _compare(ffmpeg: Ffmpeg, recording: Recording, source: Path, folder: Path) -> list[dict[str, object]]:
    ours: list[float] = []
    bare: list[float] = []
    prepared = _prepare(ffmpeg, source, folder / "warm")
    for repetition in range(REPETITIONS):
        store = folder / f"{recording.file_name}-{repetition}"
        pair: list[tuple[list[float], Callable[[], object]]] = [
            (ours, lambda store=store: _prepare(ffmpeg, source, store)),
            (bare, lambda: _bare(ffmpeg, source, prepared, folder / "bare.mp3")),
        ]
        for times, work in pair if repetition % 2 else reversed(pair):
            begun = time.perf_counter()
            work()
            times.append(time.perf_counter() - begun)
    ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    return [
        {
            "name": recording.name,
            "value": round(statistics.median(ratios), 3),
            "unit": "× bare ffmpeg",
            "limit": LIMIT,
            "sense": "at most",
            "ratio_of": f"{statistics.median(ours):.2f} s / {statistics.median(bare):.2f} s",
        }
    ]


def _prepare(ffmpeg: Ffmpeg, source: Path, root: Path) -> PreparedAudio:
    return prepare(source, ffmpeg=ffmpeg, store=LocalStore(root / "store"), scratch=root / "scratch")


def _bare(ffmpeg: Ffmpeg, source: Path, prepared: PreparedAudio, copy: Path) -> None:
    """Three commands a person would type who knew the result: the figures are taken from what ingest found."""
    stereo = prepared.examination.measurement.channels > 1
    meter = "ebur128=peak=true:framelog=verbose,silencedetect=noise=-65dB:d=0.5"
    if stereo:
        mono = "aresample=ochl=mono:osf=fltp:rematrix_maxval=1,ebur128=framelog=verbose"
        measuring = [
            "-filter_complex", f"[0:a:0]asplit[a][b];[a]{meter}[x];[b]{mono}[y]",
            "-map", "[x]", "-f", "null", "-", "-map", "[y]", "-f", "null", "-",
        ]  # fmt: skip
    else:
        measuring = ["-af", meter, "-f", "null", "-"]
    limiter = "aresample=176400,alimiter=limit=0.836603:level=0:latency=1," if prepared.broadcast.was_limited else ""
    treatment = (
        f"atrim=start={prepared.examination.cues.cue_in_ms / 1000}:end={prepared.examination.cues.cue_out_ms / 1000},asetpts=PTS-STARTPTS,"
        f"aresample=ochl=mono:osf=fltp:rematrix_maxval=1,volume={prepared.broadcast.gain_db}dB,{limiter}aresample=44100"
    )
    _command(ffmpeg, "-vn", "-i", str(source), *measuring)
    _command(ffmpeg, "-vn", "-i", str(source), "-af", treatment, "-c:a", "libmp3lame", "-b:a", "128k", str(copy))
    _command(ffmpeg, "-i", str(copy), "-af", meter, "-f", "null", "-")


def _make(ffmpeg: Ffmpeg, recording: Recording, folder: Path) -> Path:
    target = folder / recording.file_name
    noise = f"anoisesrc=c=pink:r=48000:d={recording.seconds - 2}:a=0.8:seed=7"
    ends = "adelay=1000:all=1,apad=pad_dur=1"
    _command(ffmpeg, "-f", "lavfi", "-i", noise, "-af", f"{recording.filters},{ends}", *recording.options, str(target))
    return target


def _command(ffmpeg: Ffmpeg, *arguments: str) -> None:
    subprocess.run(
        [ffmpeg.executable, "-hide_banner", "-nostdin", "-nostats", "-y", *arguments],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201 - started by hand
