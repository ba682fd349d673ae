"""What a recording is: its header, then one decode pass that measures everything.

Loudness is that of ITU-R BS.1770 and EBU R 128 as `ffmpeg -af ebur128` reports it by default: a mono file is
measured as one channel (no `dualmono`), so it measures 3 LU lower than the same sound on two channels. What a
station's single chain of loudspeakers gets is the mono mix, each of two channels at one half: its loudness is
measured beside that of the file in the same pass.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.containers import missing_bytes
from media.ffmpeg import Ffmpeg, FfmpegRun, audio_input, null_output, ran_out_of_room
from media.refusals import AudioTruncated, FfmpegFailed, NotAudio

# Below the last step of 24 bits; no infinity, which JSON has no word for.
DIGITAL_SILENCE_DBTP = -150.0
# The floor of the meter.
NOT_LOUD_LUFS = -70.0
# Digital silence and a noise gate lie below it, rooms and breath above.
SILENCE_DBFS = -65
SHORTEST_SILENCE_S = 0.5
# One channel in plain float samples. swresample scales a mix so that it cannot clip only where it is told to.
MONO = {"ochl": "mono", "osf": "fltp", "rematrix_maxval": 1}
# Positions are counted in decoded samples: a file's own time stamps may have gaps.
SAMPLE_CLOCK = "N/SR/TB"

_STREAM = re.compile(
    r"\[info\] +Stream #0:\d+(?:\[0x[0-9a-f]+\])?(?:\([^)]*\))?: (Audio|Video|Subtitle|Data|Attachment|Unknown)(?:: (.*))?"
)
_DURATION = re.compile(r"\[info\] +Duration: (\d+):(\d\d):(\d\d)\.(\d\d)")
_INPUT = re.compile(r"\[info\] Input #0, (.+), from '")
_SILENCE = re.compile(r"silence_(start|end): (-?[\d.]+)")
_FIGURE = re.compile(r" +(I|LRA|Peak): +(\S+) ")
_LAYOUTS = {
    "mono": 1, "stereo": 2, "downmix": 2, "binaural": 2, "quad": 4, "hexagonal": 6, "octagonal": 8, "cube": 8,
    "hexadecagonal": 16,
}  # fmt: skip
_CUT_SHORT = (
    "partial file",
    "File ended prematurely",
    "moov atom not found",
    "Error during demuxing",
    "Packet corrupt",
)
_UNDECODABLE = ("Decoding error:", "Error submitting packet to decoder", "Error while decoding stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    kind: str
    codec: str
    channels: int
    sample_rate: int
    is_cover: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of itself; `declared_ms` is None where it says nothing or ffmpeg would have to guess."""

    container: str
    declared_ms: int | None
    streams: tuple[Stream, ...]

    @property
    def audio(self) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.streams if stream.kind == "Audio")

    @property
    def video(self) -> tuple[Stream, ...]:
        return tuple(stream for stream in self.streams if stream.kind == "Video" and not stream.is_cover)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A stretch of at least half a second in which every sample of every channel is below −65 dBFS."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One decode of a whole recording (or of its beginning, where a longest length was given).

    `duration_ms` is counted in decoded samples. `true_peak_dbtp` is −150 for digital silence, and
    `loudness_lufs` −70 (the meter's floor) where nothing is loud enough to be counted.
    Where the sample rate or the channels change in the middle (`format_changes`), the figures are those of the last
    piece only: one decode cannot tell them for the whole.
    """

    container: str
    codec: str
    channels: int
    sample_rate: int
    has_video: bool
    declared_ms: int | None
    duration_ms: int
    loudness_lufs: float
    loudness_range_lu: float
    true_peak_dbtp: float
    mono_loudness_lufs: float
    silences: tuple[Silence, ...]
    decode_errors: int
    is_cut_short: bool
    format_changes: int


def probe(ffmpeg: Ffmpeg, path: Path) -> Header:
    """Read a file's header without decoding it; raises NotAudio, AudioTruncated."""
    try:
        # Nothing is copied: this is the shortest run that prints the header of any file and ends well.
        run = ffmpeg.run(null_output(audio_input(path, t=0), c="copy", map=0, copy_unknown=None))
        messages: Iterable[str] = run.messages
    except FfmpegFailed as failure:
        messages = failure.messages
        if failure.timed_out or failure.status < 0:
            raise
    return _header(list(messages), lines_in_name=str(path.absolute()).count("\n"))


def measure(
    ffmpeg: Ffmpeg,
    path: Path,
    header: Header | None = None,
    *,
    longest_ms: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Measurement:
    """Decode the first sound track once and measure all of it, or at most a second more than `longest_ms`.

    Raises NotAudio where nothing can be decoded, AudioTruncated where the index of the file is missing.
    """
    header = header or probe(ffmpeg, path)
    if not header.audio:
        raise NotAudio(messages=[])
    sound = sound_of(open_file(path, longest_ms))
    if header.audio[0].channels > 1:
        split = sound.filter_multi_output("asplit", 2)
        outputs = [null_output(file_meter(split[0])), null_output(mono_meter(mono_mix(split[1])))]
    else:
        outputs = [null_output(file_meter(sound))]
    run = run_decode(ffmpeg, *outputs, on_progress=on_progress)
    return read_measurement(run, header, path, duration_ms=run.out_time_ms)


def open_file(path: Path, longest_ms: int | None) -> Any:
    """The file as an input of a graph, of which at most a second more than `longest_ms` is decoded."""
    bounds = {} if longest_ms is None else {"t": f"{(longest_ms + 1000) / 1000:.3f}"}
    return audio_input(path, vn=None, sn=None, dn=None, **bounds)


def sound_of(file: Any) -> Any:
    """The first sound track, its time counted in samples."""
    return file["a:0"].filter("asetpts", SAMPLE_CLOCK)


def file_meter(sound: Any) -> Any:
    """Lets the sound through and leaves the file's own figures in the messages."""
    metered = sound.filter("ebur128@file", peak="true", framelog="verbose")
    return metered.filter("silencedetect@file", noise=f"{SILENCE_DBFS}dB", d=SHORTEST_SILENCE_S)


def mono_mix(sound: Any) -> Any:
    return sound.filter("aresample", **MONO)


def mono_meter(mix: Any) -> Any:
    """Lets the mix through and leaves its loudness in the messages."""
    return mix.filter("ebur128@mono", framelog="verbose")


def run_decode(ffmpeg: Ffmpeg, *outputs: Any, **options: Any) -> FfmpegRun:
    """Run a graph over a file that nobody vouches for; raises NotAudio where the file is what makes it fail."""
    try:
        return ffmpeg.run(*outputs, **options)
    except FfmpegFailed as failure:
        if failure.timed_out or failure.status < 0 or ran_out_of_room(failure):
            raise
        raise NotAudio(messages=failure.messages) from failure


def read_measurement(run: FfmpegRun, header: Header, path: Path, *, duration_ms: int) -> Measurement:
    """What the meters of a run said; raises NotAudio where nothing came out of it."""
    complaints = complaints_of(run.messages)
    figures = figures_of(run.messages, "file")
    if "I" not in figures:
        raise NotAudio(messages=complaints)
    stream = header.audio[0]
    mono = figures_of(run.messages, "mono") if stream.channels > 1 else figures
    return Measurement(
        container=header.container,
        codec=stream.codec,
        channels=stream.channels,
        sample_rate=stream.sample_rate,
        has_video=bool(header.video),
        declared_ms=header.declared_ms,
        duration_ms=duration_ms,
        loudness_lufs=figures["I"],
        loudness_range_lu=figures["LRA"],
        true_peak_dbtp=figures["Peak"],
        mono_loudness_lufs=mono["I"],
        silences=_silences(run.messages, duration_ms),
        decode_errors=decode_errors_of(run.messages),
        is_cut_short=_is_cut_short(header, path, complaints),
        format_changes=_times_read(run.messages, "file") - 1,
    )


def _header(messages: list[str], *, lines_in_name: int) -> Header:
    container, declared_ms, streams = "", None, []
    complaints = complaints_of(messages)
    guessed = any("Estimating duration from bitrate" in line for line in complaints)
    lines = iter(messages)
    for line in lines:
        if line.startswith(("[info] Stream mapping:", "[info] Output #")):
            break
        if found := _INPUT.match(line):
            container = found[1]
            for _ in range(lines_in_name):
                next(lines, None)
        elif (found := _DURATION.match(line)) and not guessed:
            hours, minutes, seconds, hundredths = map(int, found.groups())
            declared_ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10
        elif found := _STREAM.match(line):
            streams.append(_stream(found[1], found[2] or ""))
    if not container:
        if any("moov atom not found" in line for line in complaints):
            raise AudioTruncated(decoded_ms=0, declared_ms=None)
        raise NotAudio(messages=messages)
    return Header(container=container, declared_ms=declared_ms, streams=tuple(streams))


def _stream(kind: str, description: str) -> Stream:
    parts = description.split(", ")
    rate = next((int(part[:-3]) for part in parts if part.endswith(" Hz") and part[:-3].isdigit()), 0)
    layout = parts[2] if len(parts) > 2 else ""
    return Stream(
        kind=kind,
        codec=parts[0].split(" ")[0],
        channels=_channels(layout) if kind == "Audio" else 0,
        sample_rate=rate,
        is_cover="(attached pic)" in description,
    )


def _channels(layout: str) -> int:
    """The count behind ffmpeg's name of a layout: "stereo", "5.1(side)", "3 channels", "ambisonic 1"."""
    name = layout.partition("(")[0].strip()
    if name in _LAYOUTS:
        return _LAYOUTS[name]
    if found := re.match(r"(\d+) channels", name):
        return int(found[1])
    if found := re.match(r"ambisonic (\d+)", name):
        return int((int(found[1]) + 1) ** 2)
    if re.fullmatch(r"\d+(\.\d+)+", name):
        return sum(map(int, name.split(".")))
    return 0


def figures_of(messages: Iterable[str], meter: str) -> dict[str, float]:
    """The summary of the `ebur128` of that name: I (LUFS), LRA (LU) and Peak (dBTP).

    Meters of one run have to stand in one graph, whose filters one thread ends one after the other.
    """
    figures = {"Peak": DIGITAL_SILENCE_DBTP}
    inside = False
    for line in messages:
        if line.startswith("["):
            # A summary comes in two pieces: another thread's message may stand between, and glue itself to the first.
            inside = line.startswith(f"[ebur128@{meter} @")
        elif inside and (found := _FIGURE.match(line)):
            figure = float(found[2])
            if math.isfinite(figure):
                figures[found[1]] = figure
    return figures


def _times_read(messages: Iterable[str], meter: str) -> int:
    """How many summaries a meter left: more than one where the graph was set up anew in the middle."""
    count, inside = 0, False
    for line in messages:
        if line.startswith("["):
            inside = line.startswith(f"[ebur128@{meter} @")
        elif inside and (found := _FIGURE.match(line)) and found[1] == "I":
            count += 1
    return count


def _silences(messages: Iterable[str], duration_ms: int) -> tuple[Silence, ...]:
    silences: list[Silence] = []
    start_ms: int | None = None
    for line in messages:
        if line.startswith("[silencedetect@file") and (found := _SILENCE.search(line)):
            at_ms = min(max(0, round(float(found[2]) * 1000)), duration_ms)
            if found[1] == "start":
                start_ms = at_ms
            elif start_ms is not None:
                silences.append(Silence(start_ms=start_ms, end_ms=at_ms))
                start_ms = None
    if start_ms is not None:
        silences.append(Silence(start_ms=start_ms, end_ms=duration_ms))
    return tuple(silences)


def complaints_of(messages: Iterable[str]) -> list[str]:
    """Warnings and errors; tags, which may hold any words, are shown as information."""
    return [line for line in messages if line.startswith("[") and not line.startswith("[info]")]


def decode_errors_of(messages: Iterable[str]) -> int:
    """How many pieces inside a recording could not be decoded."""
    return sum(any(sign in line for sign in _UNDECODABLE) for line in complaints_of(messages))


def _is_cut_short(header: Header, path: Path, complaints: list[str]) -> bool:
    # ffmpeg calls the last packet of a good WAV of open length corrupt too; its header knows better.
    signs = _CUT_SHORT[:-1] if header.container == "wav" else _CUT_SHORT
    return missing_bytes(path) > 0 or any(sign in line for line in complaints for sign in signs)
