from dataclasses import dataclass

import pytest

from media.ffmpeg import Ffmpeg
from media.measure import Silence, measure, probe
from tests.media.sounds import PINK, SPEECH, TONE, Sounds


@dataclass(frozen=True)
class Case:
    name: str
    file_name: str
    source: str = SPEECH
    options: tuple[str, ...] = ()
    seconds: float = 4
    rate: int = 44_100
    channels: int = 1
    codec: str = "pcm_s16le"
    absolute_lufs: float | None = None


# A sine at 997 Hz and −20 dBFS (peak) measures −23.0 LUFS on one channel (BS.1770-4, annex 1), −20.0 on two.
CASES = [
    Case("sine on one channel", "a.wav", TONE, rate=48_000, absolute_lufs=-23.0),
    Case(
        "sine on two channels", "a.wav", f"{TONE},pan=stereo|c0=c0|c1=c0", rate=48_000, channels=2,
        absolute_lufs=-20.0,
    ),
    Case("sine, 8 kHz", "a.wav", TONE, rate=8_000, absolute_lufs=-23.0),
    Case("sine, 24 bits", "a.wav", TONE, ("-c:a", "pcm_s24le"), codec="pcm_s24le", absolute_lufs=-23.0),
    Case("sine as MP3", "a.mp3", TONE, ("-b:a", "128k"), codec="mp3"),
    Case("pink noise", "a.wav", PINK),
    Case("pink noise, 11.025 kHz", "a.wav", PINK, rate=11_025),
    Case("pink noise, 32 kHz stereo MP3", "a.mp3", PINK, rate=32_000, channels=2, codec="mp3"),
    Case("pink noise, 22.05 kHz MP3", "a.mp3", PINK, rate=22_050, codec="mp3"),
    Case("speech", "a.wav", seconds=6.165),
    Case("speech as MP3", "a.mp3", seconds=6.165, codec="mp3"),
    Case("speech as Opus", "a.opus", seconds=6.165, rate=48_000, codec="opus"),
    Case("speech as M4A", "a.m4a", seconds=6.165, channels=2, codec="aac"),
    Case("speech as FLAC", "a.flac", seconds=6.165, channels=2, codec="flac"),
    Case("speech as Vorbis", "a.ogg", options=("-c:a", "libvorbis"), codec="vorbis"),
    Case("too loud", "a.wav", f"{SPEECH},volume=12dB"),
    Case("clipped", "a.wav", f"{SPEECH},volume=40dB"),
    Case("too soft", "a.wav", f"{SPEECH},volume=-30dB"),
    Case("too soft as MP3", "a.mp3", f"{SPEECH},volume=-25dB", codec="mp3"),
    Case("one channel dead", "a.wav", f"{SPEECH},pan=stereo|c0=c0", channels=2),
    Case("silence inside", "a.wav", f"{SPEECH},volume=0:enable='between(t,1,3)'"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_loudness_peak_and_length_are_those_of_the_sound(ffmpeg: Ffmpeg, sounds: Sounds, case: Case) -> None:
    path = sounds.make(
        case.file_name, case.source, *case.options, seconds=case.seconds, rate=case.rate, channels=case.channels
    )

    measured = measure(ffmpeg, path)

    assert measured.loudness_lufs == pytest.approx(sounds.loudness(path), abs=0.1)
    assert measured.true_peak_dbtp == pytest.approx(sounds.true_peak(path), abs=0.1)
    assert abs(measured.duration_ms - case.seconds * 1000) <= 1
    assert abs(measured.duration_ms - sounds.decoded_samples(path) / case.rate * 1000) <= 1
    assert (measured.codec, measured.channels, measured.sample_rate) == (case.codec, case.channels, case.rate)
    assert (measured.decode_errors, measured.is_cut_short, measured.has_video) == (0, False, False)
    if case.absolute_lufs is not None:
        assert measured.loudness_lufs == pytest.approx(case.absolute_lufs, abs=0.1)


def test_the_mono_mix_of_equal_channels_measures_three_units_lower(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("a.m4a", f"{SPEECH},pan=stereo|c0=c0|c1=c0", channels=2)

    measured = measure(ffmpeg, path)

    assert measured.mono_loudness_lufs == pytest.approx(measured.loudness_lufs - 3.0, abs=0.15)


def test_six_channels_are_counted_and_mixed(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("a.flac", f"{SPEECH},pan=5.1|c0=c0|c1=c0|c2=c0", channels=6)

    measured = measure(ffmpeg, path)

    assert measured.channels == 6
    assert -50 < measured.mono_loudness_lufs < measured.loudness_lufs


def test_silences_before_inside_and_after_are_found(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    holes = "volume=0:enable='lt(t,1.5)+between(t,3,4)+between(t,5,5.3)+gt(t,7)'"
    path = sounds.make("a.wav", f"{PINK},{holes}", seconds=9, rate=48_000)

    found = measure(ffmpeg, path).silences

    expected = [(0, 1_500), (3_000, 4_000), (7_000, 9_000)]
    assert len(found) == len(expected)
    for silence, (start_ms, end_ms) in zip(found, expected, strict=True):
        # The generator switches between blocks of 1024 samples.
        assert abs(silence.start_ms - start_ms) <= 25
        assert abs(silence.end_ms - end_ms) <= 25


def test_digital_silence_is_one_stretch_at_the_floor_of_the_meter(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    measured = measure(ffmpeg, sounds.make("a.wav", "anullsrc", seconds=2))

    assert measured.silences == (Silence(start_ms=0, end_ms=2_000),)
    assert measured.loudness_lufs == -70.0
    assert measured.true_peak_dbtp == -150.0


def test_a_cover_picture_is_no_video(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    covered = sounds.with_cover("covered.mp3")

    header = probe(ffmpeg, covered)

    assert [stream.kind for stream in header.streams] == ["Audio", "Video"]
    assert header.video == ()
    assert measure(ffmpeg, covered, header).duration_ms == 4_000


def test_tags_cannot_pretend_to_be_streams_or_errors(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    title = "title=x\n[info]   Stream #0:1: Video: h264, 100x100\n  Stream #0:2: Video: h264"
    comment = "comment=File ended prematurely\nDecoding error: partial file, Estimating duration from bitrate"
    path = sounds.make("a.flac", SPEECH, "-metadata", title, "-metadata", comment)

    header = probe(ffmpeg, path)
    measured = measure(ffmpeg, path, header)

    assert [stream.kind for stream in header.streams] == ["Audio"]
    assert header.declared_ms == 4_000
    assert (measured.decode_errors, measured.is_cut_short) == (0, False)


def test_a_length_that_would_be_guessed_is_not_taken_as_declared(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("vbr.mp3", SPEECH, "-q:a", "4", "-write_xing", "0")

    assert probe(ffmpeg, path).declared_ms is None
    assert 4_000 <= measure(ffmpeg, path).duration_ms <= 4_080


def test_decoding_stops_a_second_after_the_longest_length_asked_for(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("a.wav", TONE, seconds=10)

    assert measure(ffmpeg, path, longest_ms=3_000).duration_ms == 4_000


def test_progress_is_told_in_milliseconds_of_sound(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    told: list[int] = []

    measure(ffmpeg, sounds.make("a.wav"), on_progress=told.append)

    assert told == sorted(told)
    assert told[-1] == 4_000
