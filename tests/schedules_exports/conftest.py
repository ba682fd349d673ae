"""A folder of short MP3s, really encoded."""

import math
import struct
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import pytest


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """001.mp3, 002.mp3 and 003.mp3 of 0.6, 1.2 and 1.8 seconds."""
    folder = tmp_path_factory.mktemp("sounds")
    for number in (1, 2, 3):
        source = folder / "tone.wav"
        with wave.open(str(source), "wb") as tone:
            tone.setparams((1, 2, 22_050, 0, "NONE", ""))
            samples = (int(8000 * math.sin(step * 0.05 * number)) for step in range(13_230 * number))
            tone.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
        target = folder / f"{number:03d}.mp3"
        subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), "-b:a", "64k", str(target)],
            check=True,
        )
        source.unlink()
    return folder
