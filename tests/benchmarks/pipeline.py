"""Ten recordings of five minutes through the durable pipeline, against bare ffmpeg making the same files and figures.

Both use both cores: the pipeline works on two recordings at once, and so does the bare one, which is told the
treatment that the pipeline found, so that it never makes a copy twice.
"""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from media.ffmpeg import Ffmpeg
from server.db.library import Topic
from server.jobs.durable import DurableJobs
from server.services.context import Context, open_context
from server.services.intake import submit
from server.services.new_segments import NewSegment
from server.services.segments import get_segment, list_segments
from server.services.views import SegmentView

LIMIT = 1.25
RECORDINGS = 10
SECONDS = 300
REPETITIONS = 3
AT_ONCE = 2
_LONGEST_WAIT_S = 600
_TOPIC = "cchc"

# Coloured noise with syllables, phrases and, at the ends, a second of nothing: the shape of speech, not its sense.
_SPEECH = "tremolo=f=4.3:d=0.9,tremolo=f=0.31:d=0.6,highpass=f=120,lowpass=f=4000"
_PEAKS = f"{_SPEECH},volume='if(lt(mod(t,3),0.02),3,0.8)':eval=frame"
_KINDS = (
    ("memo.wav", _SPEECH, ("-ar", "22050", "-ac", "1")),
    ("programme.mp3", _SPEECH, ("-ar", "44100", "-ac", "2", "-b:a", "128k")),
    ("studio.wav", _SPEECH, ("-ar", "48000", "-ac", "2")),
    ("peaks.wav", _PEAKS, ("-ar", "48000", "-ac", "1")),
    ("phone.m4a", _SPEECH, ("-ar", "44100", "-ac", "1", "-b:a", "96k")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    path: Path
    stereo: bool


def run() -> list[dict[str, object]]:
    """One row: the median ratio of interleaved repetitions, each with new sounds in a home of its own."""
    ffmpeg = Ffmpeg.find(None)
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for repetition in range(REPETITIONS):
            folder = Path(name) / str(repetition)
            folder.mkdir()
            recordings = [_make(ffmpeg, folder, number, repetition) for number in range(RECORDINGS)]
            warm = _make(ffmpeg, folder, 1_000, repetition, seconds=25).path
            seconds, made = _pipeline(folder / "home", warm, recordings)
            ours.append(seconds)
            bare.append(
                _seconds(
                    lambda made=made, recordings=recordings, folder=folder: _bare(ffmpeg, recordings, made, folder)
                )
            )
    ratios = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    return [
        {
            "name": f"{RECORDINGS} recordings of {SECONDS // 60} minutes, from queued to the verdict",
            "value": round(statistics.median(ratios), 3),
            "unit": "× bare ffmpeg",
            "limit": LIMIT,
            "sense": "at most",
            "ratio_of": f"{statistics.median(ours):.1f} s / {statistics.median(bare):.1f} s",
        }
    ]


def _pipeline(home: Path, warm: Path, recordings: list[Recording]) -> tuple[float, list[SegmentView]]:
    """Seconds from the first recording put into the queue to the last verdict, and the segments in their order."""
    context = open_context(home=home)
    with context.database.write() as session:
        session.add(Topic(code=_TOPIC, name="Cải cách hành chính", weight=1.0, position=1))
    jobs = DurableJobs(context)
    context.jobs = jobs
    jobs.start()
    try:
        # What is imported and opened once is paid for by a recording that does not count.
        _submit(context, warm)
        _wait(lambda: _in_state(context, "ready") == 1)
        began = time.perf_counter()
        for recording in recordings:
            _submit(context, recording.path)
        _wait(lambda: _in_state(context, "processing") == 0)
        seconds = time.perf_counter() - began
        if _in_state(context, "ready") != 1 + len(recordings):
            raise RuntimeError([(item.code, item.state, item.versions[0]) for item in list_segments(context).items])
        codes = sorted(item.code for item in list_segments(context).items)
        return seconds, [get_segment(context, code) for code in codes[1:]]
    finally:
        jobs.stop()
        context.close()


def _submit(context: Context, path: Path) -> None:
    incoming = context.incoming / path.name
    copyfile(path, incoming)
    new = NewSegment(title=path.stem, topic=_TOPIC, language="vi", column=None)
    submit(context, incoming, file_name=path.name, new=new, replaces=None, upload_id=None)


def _in_state(context: Context, state: str) -> int:
    return list_segments(context, state=state).total


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST_WAIT_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def _bare(ffmpeg: Ffmpeg, recordings: list[Recording], made: list[SegmentView], folder: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for done in [
            workers.submit(_three_commands, ffmpeg, recording, segment, folder / f"bare-{number}")
            for number, (recording, segment) in enumerate(zip(recordings, made, strict=True))
        ]:
            done.result()


def _three_commands(ffmpeg: Ffmpeg, recording: Recording, segment: SegmentView, folder: Path) -> None:
    """What a person would type who knew the result."""
    folder.mkdir()
    audio = segment.audio
    if audio is None:
        raise RuntimeError(segment.code)
    broadcast = audio.renditions[0]
    meter = "ebur128=peak=true:framelog=verbose,silencedetect=noise=-65dB:d=0.5,astats"
    track = "aresample=16000:osf=s16,asplit[c][d]"
    if recording.stereo:
        mono = "aresample=ochl=mono:osf=fltp:rematrix_maxval=1,ebur128=framelog=verbose"
        graph = f"[0:a:0]asplit[a][b];[a]{meter}[x];[b]{mono},{track}"
    else:
        graph = f"[0:a:0]asplit[a][b];[a]{meter}[x];[b]{track}"
    _command(
        ffmpeg, "-vn", "-i", str(recording.path), "-filter_complex", graph,
        "-map", "[x]", "-f", "null", "-",
        "-map", "[c]", "-f", "s16le", str(folder / "mono.raw"),
        "-map", "[d]", "-f", "chromaprint", "-fp_format", "raw", str(folder / "print.raw"),
    )  # fmt: skip
    rate = min(4 * audio.sample_rate, 192_000)
    limiter = f",aresample={rate},alimiter=limit=0.794:level=0:latency=1" if broadcast.was_limited else ""
    treated = (
        f"[0:a:0]atrim=start={audio.cue_in_ms / 1000}:end={audio.cue_out_ms / 1000},asetpts=PTS-STARTPTS,"
        f"aresample=ochl=mono:osf=fltp:rematrix_maxval=1,volume={broadcast.gain_db}dB{limiter},asplit=3[a][b][c]"
    )
    _command(
        ffmpeg, "-vn", "-i", str(recording.path), "-filter_complex",
        f"{treated};[a]aresample=44100[x];[b]aresample=24000[y];[c]aresample=24000[z]",
        "-map", "[x]", "-c:a", "libmp3lame", "-b:a", "128k", "-compression_level", "7", str(folder / "a.mp3"),
        "-map", "[y]", "-c:a", "libopus", "-b:a", "24k", "-application", "voip", "-compression_level", "3", str(folder / "b.opus"),
        "-map", "[z]", "-c:a", "libmp3lame", "-b:a", "32k", "-compression_level", "5", str(folder / "c.mp3"),
    )  # fmt: skip
    measured = "ebur128=peak=true:framelog=verbose,volumedetect"
    _command(
        ffmpeg, "-i", str(folder / "a.mp3"), "-i", str(folder / "b.opus"), "-i", str(folder / "c.mp3"),
        "-filter_complex", ";".join(f"[{number}:a]{measured}[o{number}]" for number in range(3)),
        *(word for number in range(3) for word in ("-map", f"[o{number}]", "-f", "null", "-")),
    )  # fmt: skip


def _make(ffmpeg: Ffmpeg, folder: Path, number: int, repetition: int, *, seconds: int = SECONDS) -> Recording:
    name, filters, options = _KINDS[number % len(_KINDS)]
    target = folder / f"{number:02d}-{name}"
    seed = 1 + number + repetition * RECORDINGS
    noise = f"anoisesrc=c=pink:r=48000:d={seconds - 2}:a=0.8:seed={seed}"
    ends = "adelay=800:all=1,apad=pad_dur=0.8"
    _command(ffmpeg, "-f", "lavfi", "-i", noise, "-af", f"{filters},{ends}", *options, str(target))
    return Recording(path=target, stereo="2" in options)


def _command(ffmpeg: Ffmpeg, *arguments: str) -> None:
    subprocess.run(
        [ffmpeg.executable, "-hide_banner", "-nostdin", "-nostats", "-y", *arguments],
        check=True,
        capture_output=True,
    )


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201 - started by hand
