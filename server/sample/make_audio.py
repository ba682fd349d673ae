"""Speaks the sample's texts into the Opus files beside them: `python -m server.sample.make_audio`.

Needs espeak-ng (Debian package, made with 1.51) and ffmpeg. The same versions of both make the same bytes.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from media.ffmpeg import Ffmpeg, audio_input, file_output, null_output
from media.mixing import compose_frame
from server.sample import catalogue

# Calm, and not all in one tone: voices alone are three.
_SPEEDS = (142, 146, 139, 144)
_PITCHES = (46, 40, 52, 36, 58)
_FRAME_SPEED, _FRAME_PITCH = 140, 44
# espeak-ng speaks close to full scale; coding would push its peaks over it.
_GAIN_DB = -3.5
_COMMENT = "Tiếng nói tổng hợp, dữ liệu mẫu của Loa; synthetic sample speech, Apache-2.0"
_SILENCE_BEFORE_S, _SILENCE_AFTER_S = 0.3, 0.6


def main() -> None:
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        sys.exit("Không tìm thấy espeak-ng: cài gói Debian espeak-ng rồi chạy lại.")
    ffmpeg = Ffmpeg.find()
    made: list[Path] = []
    with tempfile.TemporaryDirectory() as folder:
        spoken = Path(folder, "spoken.wav")
        for frame in catalogue.read_frames():
            _speak(espeak, frame.text, spoken, voice=frame.voice, speed=_FRAME_SPEED, pitch=_FRAME_PITCH)
            spoken.write_bytes(compose_frame(spoken, kind=frame.kind))
            made.append(_encode(ffmpeg, spoken, catalogue.audio_path(frame.audio), title=frame.title))
        for number, segment in enumerate(catalogue.read_segments()):
            speed, pitch = _SPEEDS[number % len(_SPEEDS)], _PITCHES[number % len(_PITCHES)]
            _speak(espeak, segment.text, spoken, voice=segment.voice, speed=speed, pitch=pitch)
            made.append(_encode(ffmpeg, spoken, catalogue.audio_path(segment.audio), title=segment.title))
    durations_ms = [decoded_ms(ffmpeg, path) for path in made]
    for path, duration_ms in zip(made, durations_ms, strict=True):
        _say(f"{path.name:20} {duration_ms / 1000:7.2f} s {path.stat().st_size:>8} B")
    _say(f"{sum(durations_ms) / 60_000:.2f} min, {sum(path.stat().st_size for path in made) / 1e6:.2f} MB")


def decoded_ms(ffmpeg: Ffmpeg, path: Path) -> int:
    """Milliseconds of sound that decoding the whole file really gives."""
    return ffmpeg.run(null_output(audio_input(path).audio)).out_time_ms


def _speak(espeak: str, text: str, target: Path, *, voice: str, speed: int, pitch: int) -> None:
    subprocess.run(  # noqa: S603 - a program found on PATH, with words from the sample's own files
        [espeak, "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdin", "-b", "1", "-w", str(target)],
        input=catalogue.text(text).encode(),
        check=True,
    )


def _encode(ffmpeg: Ffmpeg, source: Path, target: Path, *, title: str) -> Path:
    sound = (
        audio_input(source)
        .audio.filter("highpass", f=70)
        .filter("volume", f"{_GAIN_DB}dB")
        .filter("adelay", delays=f"{_SILENCE_BEFORE_S}s", all=1)
        .filter("apad", pad_dur=_SILENCE_AFTER_S)
        .filter("aresample", 48_000)
    )
    target.parent.mkdir(exist_ok=True)
    ffmpeg.run(
        file_output(
            sound,
            target,
            acodec="libopus",
            audio_bitrate="16k",
            application="voip",
            ac=1,
            map_metadata=-1,
            # Without these the stream number and the encoder's name differ from run to run.
            fflags="+bitexact",
            **{"flags:a": "+bitexact", "metadata:g:0": f"title={title}", "metadata:g:1": f"comment={_COMMENT}"},
        )
    )
    return target


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a script reports on its standard output


if __name__ == "__main__":
    main()
