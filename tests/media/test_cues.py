import pytest

from media.cues import find_cues
from media.ffmpeg import Ffmpeg
from media.measure import Silence, measure
from tests.media.sounds import PINK, Sounds


def _silence(start_ms: int, end_ms: int) -> Silence:
    return Silence(start_ms=start_ms, end_ms=end_ms)


@pytest.mark.parametrize(
    ("silences", "expected"),
    [
        pytest.param([], (0, 10_000), id="none"),
        pytest.param([_silence(0, 1_500)], (1_300, 10_000), id="before"),
        pytest.param([_silence(8_000, 10_000)], (0, 8_200), id="after"),
        pytest.param([_silence(0, 700), _silence(9_400, 10_000)], (500, 9_600), id="both"),
        pytest.param([_silence(4_000, 6_000)], (0, 10_000), id="only inside"),
        pytest.param([_silence(40, 900), _silence(5_000, 9_900)], (0, 10_000), id="near the ends is talk first"),
        pytest.param([_silence(5, 900), _silence(9_000, 9_995)], (700, 9_200), id="rounded at the ends"),
        pytest.param([_silence(0, 10_000)], (0, 10_000), id="nothing else"),
    ],
)
def test_only_silence_at_the_ends_is_left_out(silences: list[Silence], expected: tuple[int, int]) -> None:
    cues = find_cues(silences, 10_000)

    assert (cues.cue_in_ms, cues.cue_out_ms) == expected
    assert cues.duration_ms == expected[1] - expected[0]


def test_soft_talk_at_both_ends_is_not_cut(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    soft_ends = "volume=0.003:enable='lt(t,2)+gt(t,4)'"
    path = sounds.make("a.wav", f"{PINK},{soft_ends}", seconds=6)

    measured = measure(ffmpeg, path)

    assert find_cues(measured.silences, measured.duration_ms).duration_ms == 6_000


def test_a_fade_out_keeps_its_tail(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("a.wav", f"{PINK},afade=t=out:st=3:d=2,apad=pad_dur=3", seconds=8)

    measured = measure(ffmpeg, path)
    cues = find_cues(measured.silences, measured.duration_ms)

    assert 4_900 <= cues.cue_out_ms <= 5_250
