from pathlib import Path

import numpy as np
import pytest

from media.ffmpeg import Ffmpeg
from media.hearing import Heard, hear
from media.timeline import bars
from tests.degraded import TUNED_ON, UNSEEN
from tests.media.airs import Air, Aired, Library, fingerprint
from tests.media.sounds import Sounds

OTHERS = (21, 23)
HARD = {
    name: (TUNED_ON | UNSEEN)[name]
    for name in (
        "AMR of 7.4 kbit/s",
        "2 % too fast",
        "another voice at −5 dB",
        "horn in a street",
        "phone recording",
        "two loudspeakers 180 ms apart",
    )
}


@pytest.fixture(scope="module")
def library(ffmpeg: Ffmpeg) -> Library:
    return Library(ffmpeg.executable)


@pytest.fixture
def air(library: Library) -> Air:
    return Air(library, OTHERS)


def heard_in(air: Air, library: Library, folder: Path) -> list[Heard]:
    """Asked about everything but what is between."""
    sound = fingerprint(library.executable, air.write(folder / "air.wav"))
    return hear(sound, library.candidates(key for key in range(len(library.paths)) if key not in OTHERS))


def assert_as_aired(heard: list[Heard], aired: list[Aired], *, speed: float = 1.0, within_ms: int = 500) -> None:
    assert [one.key for one in heard] == [one.key for one in aired]
    for found, true in zip(heard, aired, strict=True):
        assert found.start_ms == pytest.approx(true.start / speed * 1000, abs=within_ms)
        assert found.end_ms == pytest.approx(true.end / speed * 1000, abs=within_ms)
        assert found.heard_ms == pytest.approx(true.heard / speed * 1000, abs=2_000)
        assert found.speed == pytest.approx(speed, abs=0.001)


def test_what_was_aired_is_heard_when_and_as_long_as_it_was_and_nothing_else(
    air: Air, library: Library, tmp_path: Path
) -> None:
    air.other(20)
    air.air(2)
    air.silence(5)
    air.air(18)
    air.other(15)
    air.air(2)
    heard = heard_in(air, library, tmp_path)
    assert_as_aired(heard, air.aired)
    assert all(len(one.parts) == 1 and one.confidence == 1 and one.bit_error < 0.1 for one in heard)


@pytest.mark.parametrize("degradation", HARD.values(), ids=HARD)
def test_it_is_heard_through_bad_equipment(air: Air, library: Library, tmp_path: Path, degradation: object) -> None:
    air.other(12)
    air.air(5)
    air.air(13)
    air.other(8)
    sound = air.write(tmp_path / "air.wav")
    degraded = degradation.apply(library.executable, sound, library.paths[OTHERS[0]], tmp_path / "degraded.wav")  # type: ignore[attr-defined]
    heard = hear(fingerprint(library.executable, degraded), library.candidates(range(20)))
    assert_as_aired(heard, air.aired, speed=degradation.speed)  # type: ignore[attr-defined]


def test_a_cut_airing_tells_which_part_of_the_segment_it_was(air: Air, library: Library, tmp_path: Path) -> None:
    air.other(10)
    air.air(3, lacking=40)
    air.other(10)
    air.air(6, begin=30)
    air.other(10)
    short, late = heard_in(air, library, tmp_path)
    assert_as_aired([short, late], air.aired, within_ms=1_200)
    assert (short.segment_from_ms, late.segment_from_ms) == (
        pytest.approx(0, abs=130),
        pytest.approx(30_000, abs=1_200),
    )


@pytest.mark.parametrize("goes_on", [True, False], ids=["between its parts", "over it"])
def test_an_interrupted_airing_is_one_of_two_parts(
    air: Air, library: Library, tmp_path: Path, *, goes_on: bool
) -> None:
    air.other(10)
    air.interrupted(7, at=40, seconds=20, goes_on=goes_on)
    air.other(10)
    (found,) = heard = heard_in(air, library, tmp_path)
    assert_as_aired(heard, air.aired)
    first, second = found.parts
    assert first.segment_to_ms == pytest.approx(40_000, abs=1_200)
    assert second.segment_from_ms == pytest.approx(40_000 if goes_on else 60_000, abs=1_200)
    assert found.heard_ms == sum(part.recording_to_ms - part.recording_from_ms for part in found.parts)


def test_a_recording_that_begins_and_ends_inside_segments_has_their_parts(
    air: Air, library: Library, tmp_path: Path
) -> None:
    air.air(3, begin=25)
    air.air(6, lacking=30)
    assert_as_aired(heard_in(air, library, tmp_path), air.aired, within_ms=1_200)


def test_of_the_same_sound_under_two_keys_one_is_told(library: Library) -> None:
    sound = library.prints[4]
    assert [one.key for one in hear(sound, [(7, sound), (3, sound)])] == [7]


@pytest.mark.parametrize(
    "source", ["anullsrc=r=16000", "sine=440", "aevalsrc='0.2*sin(2*PI*50*t)':s=16000", "anoisesrc=c=pink:seed=3"]
)
def test_silence_tones_and_noise_are_no_segment(library: Library, sounds: Sounds, source: str) -> None:
    steady = fingerprint(library.executable, sounds.make("steady.wav", source, seconds=120))
    assert hear(steady, library.candidates()) == []
    assert hear(library.prints[0], [(0, steady)]) == []


def test_no_recording_of_the_sample_is_heard_in_another(library: Library) -> None:
    for key, sound in enumerate(library.prints):
        pieces = [
            (number, other[first : first + 880])
            for number, other in enumerate(library.prints)
            if number != key
            for first in range(0, len(other) - 880, 880)
        ]
        assert hear(sound, pieces) == []


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 90])
def test_short_fingerprints_are_no_error(library: Library, length: int) -> None:
    short = library.prints[0][: 4 * length]
    assert hear(short, [(1, library.prints[1])]) == []
    assert hear(library.prints[1], [(1, short)]) == []


def test_items_of_chance_are_not_heard() -> None:
    random = np.random.default_rng(3)
    one, other = (random.integers(0, 1 << 32, 3_000, dtype=np.uint32).tobytes() for _ in range(2))
    assert hear(one, [(1, other)]) == []


def test_bars_stand_where_the_parts_are_and_airings_at_once_in_lanes_of_their_own(
    air: Air, library: Library, tmp_path: Path
) -> None:
    air.other(10)
    air.interrupted(7, at=40, seconds=20, goes_on=True)
    (found,) = heard_in(air, library, tmp_path)
    duration_ms = round(air.now * 1000)
    first, second, over = bars([found, *[found][:1]], duration_ms)[:3]
    assert first.x == pytest.approx(1000 * 10_000 / duration_ms, abs=1)
    assert first.x + first.width < second.x
    assert (first.lane, second.lane, over.lane) == (0, 0, 1)
