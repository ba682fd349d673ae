import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from media.ffmpeg import Ffmpeg
from media.mixing import FADE_MS
from media.profile import Profile
from media.programme import render_programme
from media.refusals import NotAudio, StoreUnwritable
from media.renditions import MadeRendition
from tests.media.sounds import PINK, SPEECH, TONE, Sounds, files_below
from tests.media.tag_readers import id3_frames

RATE = 44_100
EDGE = FADE_MS * RATE // 1000
TITLE = "Tuyên truyền CCHC — đài «Ea Súp», 05:00"


class Station:
    """Parts as broadcast copies are: 44.1 kHz, mono, 128 kbit/s, near −23 LUFS; made by ffmpeg alone."""

    def __init__(self, ffmpeg: Ffmpeg, sounds: Sounds, folder: Path) -> None:
        self.ffmpeg = ffmpeg
        self.sounds = sounds
        self.target = folder / "slot.mp3"
        self.told: list[float] = []

    def part(self, name: str, source: str, seconds: float, level_lufs: float = -23.0) -> Path:
        raw = self.sounds.make(f"{name}.wav", source, seconds=seconds)
        # What libmp3lame takes is given to it.
        gain = level_lufs - self.sounds.loudness(raw) + 0.45
        target = self.sounds.folder / f"{name}.mp3"
        self.sounds.command("-i", str(raw), "-af", f"volume={gain}dB", "-b:a", "128k", str(target))
        return target

    def slot(self) -> list[Path]:
        """Lengths that are no whole number of MP3 frames, nor of milliseconds."""
        return [
            self.part("opening", PINK, 2.3456),
            self.part("first", SPEECH, 5.00013),
            self.part("second", f"{SPEECH},volume=-9dB", 3.777),
            self.part("closing", TONE, 1.9999),
        ]

    def render(self, parts: list[Path], title: str = TITLE) -> MadeRendition:
        return render_programme(
            parts, self.target, ffmpeg=self.ffmpeg, tags={"title": title}, on_progress=self.told.append
        )

    def heard(self, path: Path) -> npt.NDArray[np.float64]:
        done = subprocess.run(
            [self.ffmpeg.executable, "-v", "error", "-i", path, "-f", "s16le", "-ac", "1", "-"],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        return np.frombuffer(done.stdout, dtype="<i2").astype(np.float64)


@pytest.fixture
def station(ffmpeg: Ffmpeg, sounds: Sounds, tmp_path: Path) -> Station:
    return Station(ffmpeg, sounds, tmp_path)


def test_a_programme_is_as_long_as_its_parts_together_to_the_sample(station: Station, sounds: Sounds) -> None:
    parts = station.slot()

    made = station.render(parts)

    samples = sum(sounds.decoded_samples(part) for part in parts)
    assert sounds.decoded_samples(made.path) == samples
    assert made.duration_ms == round(samples * 1000 / RATE)


def test_every_part_sounds_where_the_slot_has_it(station: Station) -> None:
    parts = station.slot()

    programme = station.heard(station.render(parts).path)

    at = 0
    for part in parts:
        alone = station.heard(part)
        within = programme[at : at + len(alone)]
        middle = slice(EDGE, -EDGE)
        # What is left of the part when the programme is taken from it is what coding it once more does to it.
        lost = np.mean((alone[middle] - within[middle]) ** 2) / np.mean(alone[middle] ** 2)
        assert lost < 10 ** (-20 / 10)
        at += len(alone)


def test_parts_are_faded_inside_their_own_first_and_last_moments(station: Station) -> None:
    parts = [station.part(name, TONE, 2) for name in ("a", "b")]

    programme = station.heard(station.render(parts).path)

    loud = np.sqrt(np.mean(programme[RATE // 2 : RATE] ** 2))
    join = 2 * RATE
    moment = RATE * 2 // 1000
    for edge in (programme[:moment], programme[join - moment : join + moment], programme[-moment:]):
        assert np.sqrt(np.mean(edge**2)) < 0.2 * loud
    for inside in (EDGE, join - 2 * EDGE, join + EDGE, 2 * join - 2 * EDGE):
        assert np.sqrt(np.mean(programme[inside : inside + EDGE] ** 2)) == pytest.approx(loud, rel=0.05)


def test_the_figures_of_a_programme_are_those_of_its_file(station: Station, sounds: Sounds) -> None:
    made = station.render(station.slot())

    assert (made.kind, made.path, made.media_type) == ("programme", station.target, "audio/mpeg")
    assert made.loudness_lufs == pytest.approx(sounds.loudness(made.path), abs=0.1)
    assert made.loudness_lufs == pytest.approx(-23.0, abs=0.5)
    assert made.true_peak_dbtp == pytest.approx(sounds.true_peak(made.path), abs=0.1)
    assert made.true_peak_dbtp <= -1.0
    assert (made.gain_db, made.was_limited) == (0.0, False)


def test_a_programme_of_parts_that_are_off_is_brought_to_the_target(station: Station, sounds: Sounds) -> None:
    made = station.render([station.part("a", SPEECH, 3, level_lufs=-27), station.part("b", SPEECH, 3, level_lufs=-26)])

    assert sounds.loudness(made.path) == pytest.approx(-23.0, abs=0.5)
    assert made.gain_db == pytest.approx(3.5, abs=0.6)


def test_the_same_parts_and_tags_make_the_same_bytes(station: Station) -> None:
    parts = station.slot()
    first = station.render(parts).path.read_bytes()

    assert station.render(parts).path.read_bytes() == first
    assert station.render(parts[::-1]).path.read_bytes() != first


def test_a_programme_has_its_title_and_none_of_its_parts(station: Station, sounds: Sounds) -> None:
    part = sounds.make("a.mp3", SPEECH, "-b:a", "128k", "-metadata", "title=Bài một", seconds=2)

    made = station.render([part, part])

    assert id3_frames(made.path) == {"TIT2": TITLE}


def test_nothing_but_the_programme_is_left_and_progress_only_goes_forward(station: Station, tmp_path: Path) -> None:
    parts = station.slot()
    before = set(files_below(tmp_path))

    station.render(parts)

    assert set(files_below(tmp_path)) - before == {station.target}
    assert station.told == sorted(station.told)
    assert station.told[-1] > 0.99


def test_a_part_that_is_no_sound_is_refused_and_leaves_nothing(station: Station, tmp_path: Path) -> None:
    part = station.part("a", SPEECH, 1)
    broken = tmp_path / "broken.mp3"
    broken.write_text("không phải âm thanh")
    before = set(files_below(tmp_path))

    with pytest.raises(NotAudio):
        station.render([part, broken])

    assert set(files_below(tmp_path)) == before


def test_a_place_that_cannot_be_written_is_named(station: Station, tmp_path: Path) -> None:
    part = station.part("a", SPEECH, 1)
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreUnwritable):
        render_programme([part], tmp_path / "file" / "slot.mp3", ffmpeg=station.ffmpeg, tags={}, profile=Profile())
