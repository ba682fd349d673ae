"""Sounds made for tests by ffmpeg itself, called bare: nothing of what is tested has a hand in them."""

import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

TONE = "aevalsrc='0.1*sin(2*PI*997*t)':s=48000"
PINK = "anoisesrc=c=pink:r=48000:a=0.5:seed=11"
# Noise in the shape of speech: syllables and phrases.
SPEECH = "anoisesrc=c=pink:r=48000:a=0.8:seed=7,tremolo=f=4.3:d=0.9,tremolo=f=0.5:d=0.5,lowpass=f=4000"


@dataclass(frozen=True)
class Sounds:
    executable: Path
    folder: Path

    def make(
        self,
        name: str = "sound.wav",
        source: str = SPEECH,
        *options: str,
        seconds: float = 4,
        rate: int = 44_100,
        channels: int = 1,
    ) -> Path:
        """`seconds` of a lavfi source, in the format that the name's ending says."""
        target = self.folder / name
        rates = ["-ar", str(rate), "-ac", str(channels)]
        self.command("-f", "lavfi", "-i", source, "-t", str(seconds), *rates, *options, f"file:{target}")
        return target

    def with_cover(self, name: str) -> Path:
        """Speech as MP3 with a cover picture in its tag."""
        sound, picture, target = self.make("plain.mp3"), self.folder / "cover.jpg", self.folder / name
        self.command("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(picture))
        maps = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic")
        self.command("-i", str(sound), "-i", str(picture), *maps, str(target))
        return target

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.executable, "-hide_banner", "-nostdin", "-nostats", "-y", *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        return done.stderr.decode(errors="replace")

    def loudness(self, path: Path, filters: str = "ebur128") -> float:
        """What `ffmpeg -af ebur128` says at its end."""
        return float(self._last(r"I: +(\S+) LUFS", "-i", f"file:{path}", "-af", filters))

    def true_peak(self, path: Path) -> float:
        return float(self._last(r"Peak: +(\S+) dBFS", "-i", f"file:{path}", "-af", "ebur128=peak=true"))

    def decoded_samples(self, path: Path) -> int:
        pcm = subprocess.run(
            [self.executable, "-v", "error", "-i", f"file:{path}", "-ac", "1", "-f", "s16le", "-"],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        return len(pcm.stdout) // 2

    def _last(self, pattern: str, *arguments: str) -> str:
        return str(re.findall(pattern, self.command(*arguments, "-f", "null", "-"))[-1])


def hours_of_silence(path: Path, hours: int, *, declared: bool) -> Path:
    """A WAV of zeros that takes no room on the disk; with its length in the header, or left open."""
    rate = 8_000
    size = hours * 3600 * rate * 2
    said = size if declared else 0xFFFFFFFF
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", min(said + 36, 0xFFFFFFFF), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16, b"data", said,
    )  # fmt: skip
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + size)
    return path


def files_below(*folders: Path) -> list[Path]:
    return [path for folder in folders if folder.exists() for path in folder.rglob("*") if not path.is_dir()]
