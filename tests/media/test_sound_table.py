from pathlib import Path

import pytest

from media.ffmpeg import Ffmpeg
from tests.media.sound_table import ROWS, Row, measure_row
from tests.media.sounds import Sounds


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_made_sound_is_found_to_be_what_it_is(ffmpeg: Ffmpeg, sounds: Sounds, scratch: Path, row: Row) -> None:
    found = measure_row(row, ffmpeg, sounds, scratch)

    measured = found.examination.measurement
    assert measured.loudness_lufs == pytest.approx(found.loudness_lufs, abs=0.1)
    assert abs(measured.duration_ms - found.duration_ms) <= 0.5
    assert abs(measured.duration_ms - row.seconds * 1000) <= 1
    if row.absolute_lufs is not None:
        assert measured.loudness_lufs == pytest.approx(row.absolute_lufs, abs=0.1)
    assert {fact.name: fact.read(found.examination) for fact in row.facts} == {
        fact.name: pytest.approx(fact.expected, abs=fact.within) for fact in row.facts
    }
    assert found.levels == row.levels
