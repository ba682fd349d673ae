from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from media.measure import Silence
from media.mono_track import SAMPLE_RATE, Track, quiet_stretches, read_track


def track(tmp_path: Path, samples: NDArray[np.float64]) -> Track:
    path = tmp_path / "mono.raw"
    np.clip(samples * 32_768, -32_768, 32_767).astype("<i2").tofile(path)
    return read_track(path)


def tone(seconds: float, *, hz: float = 440, level: float = 0.5) -> NDArray[np.float64]:
    wave: NDArray[np.float64] = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)
    return wave


def noise(seconds: float, *, level: float = 0.1, seed: int = 1) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, level, round(seconds * SAMPLE_RATE))


@pytest.mark.parametrize("samples", [1, 999, 1_000, 1_001, 5_000, 64 * SAMPLE_RATE, 64 * SAMPLE_RATE + 1, 3_333_333])
def test_each_piece_of_the_picture_has_its_largest_sample(tmp_path: Path, samples: int) -> None:
    sound = np.random.default_rng(samples).integers(-32_768, 32_767, samples, dtype=np.int16)
    sound[: samples // 2] //= 3

    found = track(tmp_path, sound / 32_768).peaks

    starts = np.linspace(0, samples, min(1_000, samples), endpoint=False).astype(int)
    pieces = np.split(np.abs(sound.astype(np.int64)), starts[1:])
    assert list(found) == [int(piece.max()) * 255 // 32_768 for piece in pieces]


def test_an_empty_track_has_nothing(tmp_path: Path) -> None:
    empty = track(tmp_path, np.zeros(0))

    assert (empty.peaks, empty.hum, quiet_stretches(empty, -23.0), len(empty.excerpt)) == (b"", None, (), 0)


def test_quiet_stretches_are_found_across_the_pieces_that_are_read(tmp_path: Path) -> None:
    sound = noise(140)
    for start, end in ((0, 1.5), (60, 70), (100, 100.3), (138, 140)):
        sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] *= 0.01

    found = quiet_stretches(track(tmp_path, sound), -20.0)

    assert [(silence.start_ms, silence.end_ms) for silence in found] == [
        (0, 1_500),
        (60_000, 70_000),
        (138_000, 140_000),
    ]


@pytest.mark.parametrize(("loudness", "is_quiet"), [(-20.0, True), (-35.0, False), (-70.0, False)])
def test_what_is_quiet_depends_on_how_loud_the_rest_is(tmp_path: Path, loudness: float, *, is_quiet: bool) -> None:
    found = quiet_stretches(track(tmp_path, noise(2, level=10 ** (-50 / 20))), loudness)

    assert found == ((Silence(start_ms=0, end_ms=2_000),) if is_quiet else ())


@pytest.mark.parametrize("hz", [50, 100, 150])
@pytest.mark.parametrize("seconds", [5, 200])
def test_mains_hum_is_found_at_its_level(tmp_path: Path, hz: int, seconds: int) -> None:
    # The mains of the country are never exactly at 50 Hz.
    hum = tone(seconds, hz=hz * 1.002, level=10 ** (-46 / 20))

    found = track(tmp_path, hum + noise(seconds, level=0.003)).hum

    assert found is not None
    assert found.hz == hz
    assert found.level_dbfs == pytest.approx(-46, abs=1)


def test_the_strongest_line_is_named(tmp_path: Path) -> None:
    lines = tone(10, hz=50, level=0.002) + tone(10, hz=100, level=0.006) + tone(10, hz=150, level=0.004)

    found = track(tmp_path, lines + noise(10, level=0.002)).hum

    assert found is not None
    assert found.hz == 100
    assert found.level_dbfs == pytest.approx(-44.4, abs=0.5)


def test_a_voice_that_passes_the_pitch_of_hum_is_none(tmp_path: Path) -> None:
    # A glide between 80 and 180 Hz and back, as a man speaks, with pauses.
    time = np.arange(30 * SAMPLE_RATE) / SAMPLE_RATE
    pitch = 130 + 50 * np.sin(2 * np.pi * 0.7 * time)
    voice = 0.3 * np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE) * (np.sin(2 * np.pi * 0.23 * time) > -0.5)

    assert track(tmp_path, voice + noise(30, level=0.002)).hum is None


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(noise(10), id="noise"),
        pytest.param(tone(10, hz=100, level=10 ** (-85 / 20)), id="too soft to be heard"),
        pytest.param(tone(2, hz=100, level=0.1), id="too short to tell"),
        pytest.param(tone(10, hz=130, level=0.1), id="another pitch"),
    ],
)
def test_no_hum_is_found_where_there_is_none(tmp_path: Path, sound: NDArray[np.float64]) -> None:
    assert track(tmp_path, sound).hum is None


def test_the_excerpt_is_all_of_a_short_track_and_some_of_each_minute_of_a_long_one(tmp_path: Path) -> None:
    short = track(tmp_path, noise(100))
    minutes = np.repeat(np.arange(1, 41) / 100, 64 * SAMPLE_RATE)
    long = track(tmp_path, minutes)

    assert len(short.excerpt) == 100 * SAMPLE_RATE
    assert len(long.excerpt) == pytest.approx(300 * SAMPLE_RATE, rel=0.001)
    assert len(np.unique(long.excerpt)) == 40
