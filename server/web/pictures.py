"""Pictures drawn on the server as SVG: they print, need no script, and are told in words to who does not see them.

Places are in units of the picture's own width; no style stands in the page, so widths are attributes.
"""

from itertools import pairwise

from msgspec import Struct

from server.services.recordings import MatchView, RecordingView
from server.services.views import CheckView
from server.services.waveforms import WaveformView

WIDTH = 1000
HALF = 60  # the wave goes this far up and down from its middle
_COLUMNS = 400  # as many as a wide screen tells apart
_SOFTEST, _LOUDEST = -45.0, 0.0


class Mark(Struct, frozen=True, kw_only=True):
    """`width` is 0 where the fault is a moment rather than a stretch."""

    x: float
    width: float
    at_ms: int
    check: CheckView


class Waveform(Struct, frozen=True, kw_only=True):
    """`path` is the outline of the wave; what lies before `cue_in` and after `cue_out` is not aired."""

    path: str
    cue_in: float
    cue_out: float
    shown: WaveformView
    marks: list[Mark]


class Level(Struct, frozen=True, kw_only=True):
    """A loudness on a scale from −45 to 0 LUFS; `x` is its place."""

    lufs: float
    x: float


def waveform(view: WaveformView, checks: list[CheckView]) -> Waveform:
    """With a mark at each place that a check found fault with."""
    return Waveform(
        path=_outline(_heights(view.peaks)),
        cue_in=_place(view.cue_in_ms, view),
        cue_out=_place(view.cue_out_ms, view),
        shown=view,
        marks=[
            _mark(check, check.at_ms, view) for check in checks if check.at_ms is not None and check.level != "pass"
        ],
    )


class TwoWaves(Struct, frozen=True, kw_only=True):
    """Outlines of the same sound before and after its gain, on one scale; where it was limited that is not drawn."""

    before: str
    after: str


def two_waves(view: WaveformView, gain_db: float) -> TwoWaves:
    heights = _heights(view.peaks)
    gain = 10 ** (gain_db / 20)
    return TwoWaves(
        before=_outline(heights), after=_outline([min(max(height * gain, 0.5), HALF) for height in heights])
    )


def _mark(check: CheckView, at_ms: int, view: WaveformView) -> Mark:
    """Of a silence the length is what was measured."""
    lasts_ms = int(check.measured or 0) if check.unit == "ms" else 0
    x, end = _place(at_ms, view), _place(at_ms + lasts_ms, view)
    return Mark(x=x, width=round(end - x, 1), at_ms=at_ms, check=check)


class Bar(Struct, frozen=True, kw_only=True):
    """A stretch of the time line in which a segment was heard, or was planned and was not."""

    x: float
    width: float
    match: MatchView


class TimeLine(Struct, frozen=True, kw_only=True):
    """`path` is the outline of the recording's sound, above it the bars, those of what was heard upwards."""

    path: str
    bars: list[Bar]


def time_line(view: RecordingView, peaks: bytes) -> TimeLine | None:
    """None before the recording was heard."""
    length_ms = view.length_ms
    if not length_ms or not peaks:
        return None
    return TimeLine(
        path=_outline(_heights(peaks)),
        bars=[
            _bar(match, start_ms, end_ms, length_ms) for match in view.matches for start_ms, end_ms in _stretches(match)
        ],
    )


def _stretches(match: MatchView) -> list[tuple[int, int]]:
    if not match.parts:
        return [(match.start_ms, match.end_ms)]
    return [(part["recording_from_ms"], part["recording_to_ms"]) for part in match.parts]


def _bar(match: MatchView, start_ms: int, end_ms: int, length_ms: int) -> Bar:
    x, end = (round(min(max(at_ms / length_ms, 0), 1) * WIDTH, 1) for at_ms in (start_ms, end_ms))
    # Wide enough to be seen in the picture of a day.
    return Bar(x=x, width=max(2.0, round(end - x, 1)), match=match)


def level(lufs: float) -> Level:
    share = (min(max(lufs, _SOFTEST), _LOUDEST) - _SOFTEST) / (_LOUDEST - _SOFTEST)
    return Level(lufs=lufs, x=round(share * WIDTH, 1))


def _outline(heights: list[float]) -> str:
    step = WIDTH / len(heights)
    above = [f"{_brief(index * step)},{_brief(HALF - height)}" for index, height in enumerate(heights)]
    below = [f"{_brief(index * step)},{_brief(HALF + height)}" for index, height in enumerate(heights)]
    return "M" + "L".join([*above, f"{WIDTH},{HALF}", *reversed(below)]) + "Z"


def _heights(peaks: bytes) -> list[float]:
    """One for each column: the largest of the pieces in it. Silence is drawn as a thin line, to be seen at all."""
    columns = min(_COLUMNS, len(peaks))
    edges = [index * len(peaks) // columns for index in range(columns + 1)]
    return [max(max(peaks[start:end]) * HALF / 255, 0.5) for start, end in pairwise(edges)]


def _place(at_ms: int, view: WaveformView) -> float:
    return round(min(max(at_ms / view.decoded_ms, 0), 1) * WIDTH, 1)


def _brief(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
