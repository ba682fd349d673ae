import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np
import pytest

from media.bounds import SEGMENT_LIMITS, IngestLimits
from media.examine import Examination, examine
from media.ffmpeg import Ffmpeg
from media.refusals import (
    AudioSilent,
    AudioTooLong,
    AudioTruncated,
    FormatChanges,
    HeaderLies,
    MediaRefusal,
    OddFormat,
    StoreUnwritable,
)
from tests.media.sounds import PINK, SPEECH, TONE, Sounds, files_below, hours_of_silence

Refused = TypeVar("Refused", bound=MediaRefusal)
LIMITS = IngestLimits(min_ms=500, max_ms=60_000)


class Bench:
    def __init__(self, ffmpeg: Ffmpeg, scratch: Path) -> None:
        self.ffmpeg = ffmpeg
        self.scratch = scratch

    def examine(self, path: Path, limits: IngestLimits = LIMITS) -> Examination:
        return examine(self.ffmpeg, path, scratch=self.scratch, limits=limits)

    def refusal(self, kind: type[Refused], path: Path, limits: IngestLimits = LIMITS) -> Refused:
        with pytest.raises(kind) as refusal:
            self.examine(path, limits)
        assert files_below(self.scratch) == []
        return refusal.value


@pytest.fixture
def bench(ffmpeg: Ffmpeg, scratch: Path) -> Bench:
    return Bench(ffmpeg, scratch)


def wav(path: Path, content: bytes, *, channels: int = 1, rate: int = 8_000, declared: int | None = None) -> Path:
    """A WAV of 16 bits whose header says whatever is wanted."""
    size = len(content) if declared is None else declared
    path.write_bytes(
        struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF", size + 36 & 0xFFFFFFFF, b"WAVE", b"fmt ", 16, 1, channels, rate,
            rate * channels * 2 & 0xFFFFFFFF, channels * 2, 16, b"data", size,
        )
        + content
    )  # fmt: skip
    return path


def noise(seconds: float, *, rate: int = 8_000, channels: int = 1) -> bytes:
    samples = np.random.default_rng(5).integers(-8_000, 8_000, round(seconds * rate) * channels, dtype=np.int16)
    return samples.tobytes()


# What is found


@pytest.mark.parametrize(
    ("name", "channels", "codec"),
    [("a.wav", 1, ()), ("a.wav", 2, ()), ("a.mp3", 2, ()), ("a.opus", 1, ()), ("a.flac", 6, ()), ("a.aiff", 3, ())],
)
def test_an_examination_goes_to_json_and_back(
    bench: Bench, sounds: Sounds, name: str, channels: int, codec: tuple[str, ...]
) -> None:
    path = sounds.make(name, SPEECH, *codec, channels=channels, rate=48_000)

    found = bench.examine(path)

    assert found.measurement.channels == channels
    text = msgspec.json.encode(msgspec.to_builtins(found))
    assert msgspec.convert(msgspec.json.decode(text), Examination) == found


def test_the_picture_of_the_wave_follows_the_sound(bench: Bench, sounds: Sounds) -> None:
    step = "aevalsrc='if(lt(t,2),0.25,0.5)*sin(2*PI*440*t)':s=48000"

    peaks = bench.examine(sounds.make("a.wav", step, rate=48_000)).peaks

    assert len(peaks) == 1_000
    assert set(peaks[5:495]) <= {62, 63}
    assert set(peaks[505:995]) <= {126, 127}


def test_the_fingerprint_is_that_of_the_whole_recording(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.wav", PINK, seconds=150, rate=16_000)
    bare = sounds.folder / "bare.raw"
    sounds.command("-i", str(path), "-f", "chromaprint", "-fp_format", "raw", str(bare))

    found = np.frombuffer(bench.examine(path, SEGMENT_LIMITS).fingerprint, dtype="<u4")

    # Chromaprint hears about eight times a second, and needs two and a half seconds before the first.
    assert len(found) == pytest.approx((150 - 2.6) * 11_025 / 1_365, abs=3)
    assert np.mean(found == np.fromfile(bare, dtype="<u4")) > 0.99


def test_side_files_are_gone_afterwards(bench: Bench, sounds: Sounds) -> None:
    bench.examine(sounds.make())

    assert files_below(bench.scratch) == []


def test_progress_comes_as_shares(bench: Bench, sounds: Sounds) -> None:
    told: list[float] = []

    examine(bench.ffmpeg, sounds.make(), scratch=bench.scratch, limits=LIMITS, on_progress=told.append)

    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] == 1.0


def test_what_ffmpeg_complains_of_is_kept_without_places_in_memory_or_on_the_disk(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.mp3")
    path.write_bytes(b"\x00" * 3_000 + path.read_bytes())

    messages = bench.examine(path).messages

    assert 1 <= len(messages) <= 20
    assert all("0x" not in message and str(path.parent) not in message for message in messages)
    assert all("[warning]" in message or "[error]" in message for message in messages)


# Tags


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.ogg", "a.opus", "a.m4a", "a.webm", "a.wav"])
def test_tags_of_every_format_are_read(bench: Bench, sounds: Sounds, name: str) -> None:
    title = "Cải cách; hành chính = #1 \\ ở Krông Pắc"

    tags = bench.examine(sounds.make(name, SPEECH, "-metadata", f"title={title}", rate=48_000)).tags

    assert tags["title"] == title


def test_lines_in_a_tag_stay_and_what_nobody_reads_goes(bench: Bench, sounds: Sounds) -> None:
    words = ("-metadata", "comment=một\nhai=ba\n[STREAM]\n;bốn", "-metadata", "artist=\x07Đài\x01", "-metadata", "x= ")

    tags = bench.examine(sounds.make("a.flac", SPEECH, *words)).tags

    assert tags["comment"] == "một\nhai=ba\n[STREAM]\n;bốn"
    assert tags["artist"] == "Đài"
    assert "x" not in tags
    assert "bốn" not in "".join(tags)


def test_tags_are_bounded(bench: Bench, sounds: Sounds) -> None:
    many = [word for number in range(200) for word in ("-metadata", f"{number:03}{'n' * 100}={'v' * 2_000}")]

    tags = bench.examine(sounds.make("a.flac", SPEECH, *many)).tags

    assert len(tags) == 64
    assert max(map(len, tags)) == 64
    assert max(map(len, tags.values())) == 1_000


def test_a_broadcast_wav_says_who_recorded_it_when(bench: Bench, sounds: Sounds) -> None:
    words = {
        "description": "Bản tin xã Ea Kao",
        "originator": "Đài Đắk Lắk",
        "origination_date": "2026-05-31",
        "origination_time": "23:59:59",
        "time_reference": "1440000",
        "umid": "0x060A2B340101010501010D2113000000" + "11" * 16,
        "coding_history": "A=PCM,F=48000,W=16,M=mono",
    }
    metadata = [word for name, value in words.items() for word in ("-metadata", f"{name}={value}")]

    tags = bench.examine(sounds.make("a.wav", SPEECH, "-write_bext", "1", *metadata)).tags

    assert {name.removeprefix("bext_"): value for name, value in tags.items() if name.startswith("bext_")} == {
        **words,
        "umid": words["umid"][2:].lower(),
    }


def test_broken_words_in_a_broadcast_wav_do_no_harm(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.wav", SPEECH, "-write_bext", "1", "-metadata", "description=abc", "-metadata", "originator=x")
    path.write_bytes(path.read_bytes().replace(b"abc\x00", b"\xe0\x07\xffz"))

    assert bench.examine(path).tags["bext_description"] == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}z"


# Refused


def test_a_wav_that_hides_sound_behind_its_end_is_refused(bench: Bench, tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", noise(20), declared=32_000)

    refusal = bench.refusal(HeaderLies, path)

    assert (refusal.declared_ms, refusal.hidden_bytes) == (2_000, 20 * 16_000 - 32_000)


def test_room_taken_beforehand_and_further_chunks_hide_nothing(bench: Bench, tmp_path: Path) -> None:
    sound = noise(2)
    chunk = b"LIST" + struct.pack("<I", 80_000) + bytes(range(1, 81)) * 1_000
    path = wav(tmp_path / "a.wav", sound + chunk + bytes(200_000), declared=len(sound))

    assert bench.examine(path).measurement.duration_ms == 2_000


@pytest.mark.parametrize("padding", [b"\x00", b""], ids=["as it should be", "forgotten"])
def test_an_odd_number_of_bytes_hides_nothing(bench: Bench, tmp_path: Path, padding: bytes) -> None:
    sound = noise(2) + b"\x07"
    chunk = b"id3 " + struct.pack("<I", 80_000) + bytes(range(1, 81)) * 1_000
    path = wav(tmp_path / "a.wav", sound + padding + chunk, declared=len(sound))

    assert bench.examine(path).measurement.duration_ms == 2_000


def test_a_wav_that_declares_more_than_it_has_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.refusal(AudioTruncated, wav(tmp_path / "a.wav", noise(5), declared=8 * 16_000))


def test_a_long_wav_in_the_format_for_long_ones_is_read(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.wav", SPEECH, "-rf64", "always")

    assert bench.examine(path).measurement.duration_ms == 4_000
    path.write_bytes(path.read_bytes()[:-100_001])
    bench.refusal(AudioTruncated, path)


@pytest.mark.parametrize(("channels", "rate"), [(1, 100), (1, 3_999), (9, 48_000), (64, 48_000), (1, 3_000_000)])
def test_channels_and_rates_that_no_recorder_has_are_refused(
    bench: Bench, tmp_path: Path, channels: int, rate: int
) -> None:
    path = wav(tmp_path / "a.wav", noise(1, channels=channels), channels=channels, rate=rate)

    refusal = bench.refusal(OddFormat, path, SEGMENT_LIMITS)

    assert (refusal.channels, refusal.sample_rate) == (channels, rate)


@pytest.mark.parametrize("name", ["a.mp3", "a.aac"])
def test_a_format_that_changes_in_the_middle_is_refused(bench: Bench, sounds: Sounds, name: str) -> None:
    path = sounds.make(name, SPEECH, channels=2)
    with path.open("ab") as file:
        file.write(sounds.make(f"b{path.suffix}", TONE, rate=22_050).read_bytes())

    assert bench.refusal(FormatChanges, path).changes >= 1


def test_files_of_one_kind_put_together_are_one_recording(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.aac")
    path.write_bytes(path.read_bytes() * 2)

    assert bench.examine(path).measurement.duration_ms == pytest.approx(8_000, abs=120)


def test_what_ffmpeg_stops_reading_is_not_taken_for_the_whole(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.ogg", SPEECH, "-c:a", "libvorbis", channels=2)
    with path.open("ab") as file:
        file.write(sounds.make("b.ogg", TONE, "-c:a", "libvorbis", channels=1).read_bytes())

    bench.refusal(AudioTruncated, path)


def compressed_silence(sounds: Sounds, hours: int) -> Path:
    """FLAC in kilobytes whose header leaves its length open."""
    path = sounds.folder / "a.flac"
    source = f"anullsrc=r=8000:cl=mono:d={hours * 3600}"
    with path.open("wb") as file:
        subprocess.run(
            [sounds.executable, "-v", "error", "-f", "lavfi", "-i", source, "-frame_size", "32768", "-f", "flac", "-"],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=file,
        )
    return path


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda sounds: compressed_silence(sounds, 12), id="FLAC"),
        pytest.param(lambda sounds: hours_of_silence(sounds.folder / "a.wav", 12, declared=False), id="WAV"),
    ],
)
def test_hours_of_silence_of_unknown_length_are_stopped_after_minutes(
    bench: Bench, sounds: Sounds, make: Callable[[Sounds], Path]
) -> None:
    told: list[float] = []

    with pytest.raises(AudioSilent):
        examine(bench.ffmpeg, make(sounds), scratch=bench.scratch, on_progress=told.append)

    # Of two hours that would be decoded, ten minutes and what was in the pipes.
    assert max(told, default=0) < 0.5
    assert files_below(bench.scratch) == []


def test_a_long_recording_of_unknown_length_is_stopped_at_the_limit(bench: Bench, sounds: Sounds) -> None:
    path = sounds.make("a.aac", TONE, seconds=70, rate=8_000)

    assert bench.refusal(AudioTooLong, path).max_ms == 60_000


def test_no_room_for_side_files_says_so(bench: Bench, sounds: Sounds) -> None:
    bench.scratch.parent.mkdir(exist_ok=True)
    bench.scratch.write_text("in the way")

    with pytest.raises(StoreUnwritable) as refusal:
        bench.examine(sounds.make())

    assert refusal.value.path == str(bench.scratch)
