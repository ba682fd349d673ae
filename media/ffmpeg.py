"""The one door to ffmpeg: where it is, how it is started, and the limits that it runs under."""

import contextlib
import fcntl
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import ffmpeg as graphs

from media.refusals import FfmpegFailed, FfmpegMissing, FfmpegUnfit

# Sound formats that producers send; no playlist, concat script, picture or raw format ever opens.
# Matroska is what browsers record into, ASF (WMA) and AMR what older recorders and phones write.
INPUT_FORMATS = ("wav", "w64", "aiff", "caf", "mp3", "flac", "ogg", "mov", "aac", "amr", "asf", "matroska")
PROTOCOLS = "file,pipe"

# File names need not be UTF-8. Python holds the odd bytes as lone surrogates, which ffmpeg-python cannot hash:
# while a graph is built, characters that no name has stand in for them.
_TO_STAND_INS = {0xDC00 + byte: 0x10FF00 + byte for byte in range(0x80, 0x100)}
_FROM_STAND_INS = {stand_in: surrogate for surrogate, stand_in in _TO_STAND_INS.items()}
# Which number the pipe for an output's bytes has is known when the child starts.
_DATA_PIPE = "pipe:data"
_DATA_PIPE_BYTES = 1_048_576
_READ_BYTES = 65_536
_KEPT_LINES = 20_000
_LONGEST_LINE = 65_536
_SHOWN_LINES = 20
# The shell only sets limits and becomes ffmpeg: limits set between fork and exec by Python itself are not
# safe in a process with threads. A limit that is already stricter stays, and one the system lacks is left out.
_LIMITED = 'ulimit -t "$1" 2>/dev/null; ulimit -v "$2" 2>/dev/null; ulimit -f "$3" 2>/dev/null; shift 3; exec "$@"'
# Everything that this room asks of ffmpeg, on a tenth of a second of silence: an old or a small build must not
# end as "this recording is unreadable".
_TRIAL_FILTERS = (
    "[0:a:0]asetpts=N/SR/TB,asplit=2[raw][sound];"
    "[sound]ebur128@file=peak=true:framelog=verbose,silencedetect@file=noise=-65dB:d=0.5,"
    "aresample=ochl=mono:osf=fltp:rematrix_maxval=1,ebur128@mono=framelog=verbose,asplit=2[narrow][heard];"
    "[narrow]aresample=16000:osf=s16,asplit=2[kept][printed];"
    "[heard]atrim=end=1,asetpts=PTS-STARTPTS,volume=0dB:precision=float,aresample=176400,"
    "alimiter=limit=0.8:level=0:latency=1,aresample=48000:osf=s16,volumedetect,asplit=3[mp3][opus][flac]"
)
_TRIAL_OUTPUTS = (
    ("-map", "[raw]", "-c:a", "pcm_s16le", "-ac", "2", "-ar", "44100", "-f", "s16le"),
    ("-map", "[kept]", "-c:a", "pcm_s16le", "-f", "s16le"),
    ("-map", "[printed]", "-f", "chromaprint", "-fp_format", "raw"),
    ("-map", "[mp3]", "-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"),
    ("-map", "[opus]", "-c:a", "libopus", "-b:a", "24k", "-application", "voip", "-f", "ogg"),
    ("-map", "[flac]", "-c:a", "flac", "-f", "flac"),
    ("-map_metadata", "0", "-map_metadata:g", "0:s:a:0", "-f", "ffmetadata"),
)
_TRIAL = (
    "-f", "s16le", "-ar", "44100", "-ac", "2", "-i", "pipe:0", "-filter_complex", _TRIAL_FILTERS, "-y",
    *(word for output in _TRIAL_OUTPUTS for word in (*output, os.devnull)),
)  # fmt: skip
_TRIAL_SOUND = bytes(44_100 // 10 * 4)
_FULL_DISK_SIGNS = ("No space left on device", "File too large", "Disk quota exceeded", "Read-only file system")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """What one run may use; `cpu_s` counts all cores together, `output_bytes` each file that is written."""

    wall_s: float = 900
    cpu_s: int = 900
    address_space_bytes: int = 2_000_000_000
    output_bytes: int = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FfmpegRun:
    """What a run left: its messages line by line, each with its level ("[error] …"), and the time it put out."""

    messages: tuple[str, ...]
    out_time_ms: int


def _unwatched(_: str) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ffmpeg:
    """`around` is entered for each run, for whoever wants to know of them."""

    executable: Path
    banner: str
    around: Callable[[str], contextlib.AbstractContextManager[object]] = field(
        default=_unwatched, compare=False, repr=False
    )

    @classmethod
    def find(cls, override: Path | None = None) -> "Ffmpeg":
        """The ffmpeg named by `override`, else the wheel's, else the one on PATH.

        Raises FfmpegMissing where none starts, FfmpegUnfit where the one that does cannot do the work. An override
        that does not start is an error: another one is not taken in its place.
        """
        tried: list[str] = []
        for candidate in [override] if override is not None else _candidates():
            tried.append(str(candidate))
            banner = _try(candidate)
            if banner is not None:
                return cls(executable=candidate, banner=banner)
        raise FfmpegMissing(tried=tried)

    def version(self) -> str:
        """The version as ffmpeg names it, such as "n9.0.2-17-g2a571b6068" or "5.1.6-0+deb12u1"."""
        return _version(self.banner)

    def run(
        self,
        *outputs: Any,  # ffmpeg-python is untyped; its output nodes
        limits: ChildLimits | None = None,
        on_progress: Callable[[int], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
    ) -> FfmpegRun:
        """Run one graph to its end under `limits`; its files are named by the functions below.

        `on_progress` gets the milliseconds put out so far, `on_data` the bytes of the `pipe_output` in pieces of any
        size. Raises FfmpegFailed. Whatever ends this call early (also an exception from a listener) ends the child.
        """
        spec = graphs.merge_outputs(*outputs).global_args(
            "-hide_banner", "-nostdin", "-nostats", "-v", "repeat+level+info", "-progress", "pipe:1"
        )
        arguments = [word.translate(_FROM_STAND_INS) for word in graphs.get_args(spec, overwrite_output=True)]
        with self.around("ffmpeg"):
            return _run_child([str(self.executable), *arguments], limits or ChildLimits(), on_progress, on_data)


def audio_input(path: Path, **options: object) -> Any:
    """An input node for a file that nobody vouches for: accepted formats only, no network, no pictures."""
    return graphs.input(
        _file_url(path),
        protocol_whitelist=PROTOCOLS,
        format_whitelist=",".join(INPUT_FORMATS),
        **options,
    )


def file_output(stream: Any, path: Path, **options: object) -> Any:
    return graphs.output(stream, _file_url(path), **options)


def null_output(stream: Any, **options: object) -> Any:
    """An output node that keeps nothing: for passes that only measure."""
    return graphs.output(stream, "-", f="null", **options)


def pipe_output(stream: Any, **options: object) -> Any:
    """The one output of a graph whose bytes go to `on_data` of the run, and to no file."""
    return graphs.output(stream, _DATA_PIPE, **options)


def ran_out_of_room(failure: FfmpegFailed) -> str | None:
    """The system's reason if the child ended because it could not write its output."""
    for line in failure.messages:
        for sign in _FULL_DISK_SIGNS:
            if sign in line:
                return sign
    # The signal of a file size limit; a child that is ended by it has no time to say so.
    return "File too large" if failure.status == -25 else None


def _file_url(path: Path) -> str:
    return f"file:{path.absolute()}".translate(_TO_STAND_INS)


def _candidates() -> Iterator[Path]:
    import imageio_ffmpeg

    # The wheel has no binary for some platforms; then PATH is the last place to look.
    with contextlib.suppress(RuntimeError):
        found = Path(imageio_ffmpeg.get_ffmpeg_exe())
        if found.is_absolute():
            yield found
    yield Path(shutil.which("ffmpeg") or "ffmpeg")


def _try(executable: Path) -> str | None:
    """The first line that ffmpeg says, None where nothing of the kind starts; raises FfmpegUnfit."""
    try:
        done = subprocess.run(  # noqa: S603 - the executable is a setting or the wheel's own
            [executable, *_TRIAL],
            input=_TRIAL_SOUND,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stderr.decode(errors="replace").splitlines()
    if not lines or not lines[0].startswith("ffmpeg version "):
        return None
    if done.returncode != 0:
        raise FfmpegUnfit(executable=str(executable), version=_version(lines[0]), messages=lines[-_SHOWN_LINES:])
    return lines[0]


def _version(banner: str) -> str:
    return banner.split()[2]


def _run_child(
    command: list[str],
    limits: ChildLimits,
    on_progress: Callable[[int], None] | None,
    on_data: Callable[[bytes], None] | None,
) -> FfmpegRun:
    in_front = [
        "/bin/sh", "-c", _LIMITED, "sh",
        str(limits.cpu_s), str(limits.address_space_bytes // 1024), str(limits.output_bytes // 512),
    ]  # fmt: skip
    # FFREPORT would make ffmpeg write a log file wherever it says.
    environment = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    with contextlib.ExitStack() as stack:
        data: IO[bytes] | None = None
        passed: list[int] = []
        if on_data is not None:
            read_end, write_end = os.pipe()
            data = stack.enter_context(os.fdopen(read_end, "rb", buffering=0))
            # Closed here as soon as the child has it, so that the data end with the child.
            passed = [write_end]
            _widen(write_end)
            command = [f"pipe:{write_end}" if word == _DATA_PIPE else word for word in command]
        try:
            child = stack.enter_context(
                subprocess.Popen(  # noqa: S603 - fixed words, numbers, and a graph built by ffmpeg-python
                    [*in_front, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    pass_fds=passed,
                    env=environment | {"AV_LOG_FORCE_NOCOLOR": "1"},
                )
            )
        finally:
            for number in passed:
                os.close(number)
        try:
            reading = _Reading(on_progress, on_data)
            in_time = reading.follow(child, data, deadline=time.monotonic() + limits.wall_s)
            if not in_time:
                child.kill()
            status = child.wait()
        finally:
            if child.poll() is None:
                child.kill()
    if status != 0 or not in_time:
        raise FfmpegFailed(status=status, timed_out=not in_time, messages=reading.messages[-_SHOWN_LINES:]) from None
    return FfmpegRun(messages=tuple(reading.messages), out_time_ms=reading.out_time_ms)


def _widen(pipe: int) -> None:
    """Fewer turns for much data. Only Linux has it, and only to a limit that the system sets."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _DATA_PIPE_BYTES)


class _Reading:
    """The pipes of one child, read as they fill."""

    def __init__(self, on_progress: Callable[[int], None] | None, on_data: Callable[[bytes], None] | None) -> None:
        self.messages: list[str] = []
        self.out_time_ms = 0
        self._on_progress = on_progress
        self._on_data = on_data

    def follow(self, child: subprocess.Popen[bytes], data: IO[bytes] | None, *, deadline: float) -> bool:
        """Read until all pipes are closed; False when the deadline came first."""
        takers = (
            (child.stdout, _Lines(self._take_progress).take),
            (child.stderr, _Lines(self._take_message).take),
            (data, self._take_data),
        )
        with selectors.DefaultSelector() as selector:
            for pipe, take in takers:
                if pipe is not None:
                    selector.register(pipe, selectors.EVENT_READ, take)
            while selector.get_map():
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return False
                for key, _ in selector.select(remaining):
                    piece = os.read(key.fd, _READ_BYTES)
                    key.data(piece)
                    if not piece:
                        selector.unregister(key.fileobj)
        return True

    def _take_data(self, piece: bytes) -> None:
        if self._on_data is not None and piece:
            self._on_data(piece)

    def _take_message(self, line: str) -> None:
        # A file of noise can make a decoder complain without end; the last lines hold the summaries.
        if len(self.messages) >= _KEPT_LINES:
            del self.messages[: _KEPT_LINES // 2]
        self.messages.append(line)

    def _take_progress(self, line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit():
            self.out_time_ms = max(0, round(int(value) / 1000))
            if self._on_progress is not None:
                self._on_progress(self.out_time_ms)


class _Lines:
    def __init__(self, take_line: Callable[[str], None]) -> None:
        self._take_line = take_line
        self._rest = b""

    def take(self, data: bytes) -> None:
        """An empty piece is the end."""
        *whole, rest = (self._rest + data).replace(b"\r\n", b"\n").split(b"\n")
        if not data and rest:
            whole.append(rest)
        self._rest = rest[:_LONGEST_LINE]
        for line in whole:
            self._take_line(line.decode(errors="replace"))
