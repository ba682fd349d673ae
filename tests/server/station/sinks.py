"""A player that airs into a folder: ffmpeg, decoding in real time, each sound after the one before into one file."""

import shlex
import subprocess
from functools import cache
from pathlib import Path

import imageio_ffmpeg
from msgspec import Struct

RATE = 8_000
_CUT = RATE // 4
_DECODED = f"-f s16le -ac 1 -ar {RATE}"


class Piece(Struct, frozen=True, kw_only=True):
    """What was begun: at `at` (seconds since 1970 by this machine), of `file` from `start_s` on; `heard` is its PCM."""

    at: float
    file: Path
    start_s: float
    heard: bytes

    @property
    def seconds(self) -> float:
        return len(self.heard) / 2 / RATE

    @property
    def right(self) -> bool:
        """Whether what was aired is that file from there on, as far as it goes; who is cut off ends a little otherwise."""
        return len(self.heard) > _CUT and decoded(self.file, self.start_s).startswith(self.heard[:-_CUT])


class Sink:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.air, self.begun = folder / "air.pcm", folder / "begun"
        self.air.touch()
        self.begun.touch()

    @property
    def command(self) -> str:
        """For `play.player`."""
        air, begun = shlex.quote(str(self.air)), shlex.quote(str(self.begun))
        decode = f"{ffmpeg()} -nostdin -v error -re -readrate_initial_burst 0.001 -ss {{start}} -i {{file}} {_DECODED} -flush_packets 1 pipe:1"
        return shlex.join(
            [
                "sh",
                "-c",
                f'echo "$(date +%s.%N) {{start}} $(stat -c %s {air}) {{file}}" >> {begun}; exec {decode} >> {air}',
            ]
        )

    def pieces(self) -> list[Piece]:
        lines = [line.split(" ", 3) for line in self.begun.read_text().splitlines()]
        pcm = self.air.read_bytes()
        ends = [int(line[2]) for line in lines[1:]] + [len(pcm)] * bool(lines)
        return [
            Piece(at=float(at), file=Path(file), start_s=float(start), heard=pcm[int(offset) : end])
            for (at, start, offset, file), end in zip(lines, ends, strict=True)
        ]


def ffmpeg() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@cache
def decoded(file: Path, start_s: float) -> bytes:
    command = [ffmpeg(), "-v", "error", "-ss", f"{start_s:.3f}", "-i", str(file), *_DECODED.split(), "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True).stdout
