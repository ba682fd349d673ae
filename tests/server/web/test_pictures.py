"""Pictures of sound, as numbers."""

import re

import pytest

from server.services.views import CheckView
from server.services.waveforms import WaveformView
from server.web import pictures


def view(peaks: bytes, *, decoded_ms: int = 10_000, cue_in_ms: int = 0, cue_out_ms: int | None = None) -> WaveformView:
    return WaveformView(
        peaks=peaks,
        decoded_ms=decoded_ms,
        cue_in_ms=cue_in_ms,
        cue_out_ms=decoded_ms if cue_out_ms is None else cue_out_ms,
    )


def check(level: str, at_ms: int | None, *, measured: float = 7_200, unit: str = "ms") -> CheckView:
    return CheckView(
        name="inner_silence",
        level=level,
        measured=measured,
        limit=5_000,
        unit=unit,
        at_ms=at_ms,
        sentence="",
        why="",
        mend=None,
    )


def heights(path: str) -> list[float]:
    """Of the upper outline, from its middle."""
    points = [tuple(map(float, point.split(","))) for point in re.findall(r"[\d.]+,[\d.]+", path)]
    upper = [(x, y) for x, y in points if y < pictures.HALF]
    assert upper == sorted(upper)
    return [pictures.HALF - y for _, y in upper]


@pytest.mark.parametrize("pieces", [1, 3, 399, 400, 401, 1000])
def test_the_loudest_of_each_column_is_drawn(pieces: int) -> None:
    drawn = heights(pictures.waveform(view(bytes([10] * (pieces - 1) + [255])), []).path)
    assert len(drawn) == min(pieces, 400)
    assert drawn[-1] == pictures.HALF
    assert all(abs(height - 10 * pictures.HALF / 255) < 0.1 for height in drawn[:-1])


def test_silence_is_a_thin_line() -> None:
    assert set(heights(pictures.waveform(view(bytes(500)), []).path)) == {0.5}


def test_the_outline_stays_in_its_picture() -> None:
    points = re.findall(r"([\d.]+),([\d.]+)", pictures.waveform(view(bytes([255] * 1000)), []).path)
    assert all(0 <= float(x) <= pictures.WIDTH and 0 <= float(y) <= 2 * pictures.HALF for x, y in points)


def test_cues_stand_where_they_are() -> None:
    drawn = pictures.waveform(view(bytes(100), decoded_ms=8_000, cue_in_ms=2_000, cue_out_ms=7_000), [])
    assert (drawn.cue_in, drawn.cue_out) == (250.0, 875.0)


def test_faults_are_marked_as_long_as_they_last() -> None:
    drawn = pictures.waveform(
        view(bytes(100)),
        [
            check("fail", 1_000),
            check("warn", 5_000, measured=70, unit="/min"),
            check("pass", 2_000),
            check("fail", None),
            check("warn", 9_000),
        ],
    )
    assert [(mark.x, mark.width) for mark in drawn.marks] == [(100.0, 720.0), (500.0, 0.0), (900.0, 100.0)]


@pytest.mark.parametrize(("lufs", "x"), [(-45.0, 0), (-70.0, 0), (0.0, 1000), (3.0, 1000), (-22.5, 500)])
def test_a_loudness_has_its_place_on_the_scale(lufs: float, x: float) -> None:
    assert pictures.level(lufs).x == x
