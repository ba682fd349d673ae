"""Charts as SVG: what counted, drawn into the outline of what is required. They read in black and white."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from html import escape

import msgspec

from server.reports.figures import StationRow, Totals, TrendRow
from server.reports.wording import length, number, percent, text

WIDTH = 640
FONT = "Tinos, 'Times New Roman', serif"
COUNTED, WANTED, MISSED, OTHER, INK = "#1f5fa8", "#5b6570", "#d98a3d", "#c9ced4", "#1c2126"
_LABELS, _VALUES = 190, 130
_MOST_LETTERS = 32


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    counted_ms: int
    required_ms: int


def bars_by_area(rows: Iterable[StationRow]) -> list[Bar]:
    """One bar for each area that anything is required of, in the order of the rows; of one area, one for each station."""
    asked = [row for row in rows if row.required_ms > 0]
    by_station = len({row.area for row in asked}) <= 1
    grouped: dict[str, list[StationRow]] = defaultdict(list)
    for row in asked:
        grouped[row.name if by_station else row.area].append(row)
    return [
        Bar(
            label=label,
            counted_ms=sum(row.counted_ms for row in of_label),
            required_ms=sum(row.required_ms for row in of_label),
        )
        for label, of_label in grouped.items()
    ]


def bars_svg(bars: Sequence[Bar], *, title: str) -> str:
    """A bar each, all on one scale: filled as far as counted, outlined as far as required."""
    longest = max((max(bar.counted_ms, bar.required_ms) for bar in bars), default=0) or 1
    room = WIDTH - _LABELS - _VALUES
    parts = []
    for index, bar in enumerate(bars):
        y = 8 + index * 22
        counted, wanted = (round(room * ms / longest, 1) for ms in (bar.counted_ms, bar.required_ms))
        parts += [
            _text(_LABELS - 8, y + 12, bar.label, anchor="end"),
            _box(_LABELS, y + 1, counted, 14, COUNTED),
            _outline(_LABELS, y, wanted, 16),
            _text(WIDTH - 2, y + 12, f"{length(bar.counted_ms)} / {length(bar.required_ms)}", anchor="end"),
        ]
    return _svg(parts, height=8 + 22 * len(bars) + 4, title=title)


def statuses_svg(totals: Totals, *, title: str) -> str:
    """One bar of all stations: met, not met, and those that nothing is asked of."""
    others = totals.stations - totals.met - totals.not_met
    parts: list[str] = []
    x = 0.0
    kinds = [("Đạt", totals.met, COUNTED), ("Chưa đạt", totals.not_met, MISSED), ("Không quy định", others, OTHER)]
    for index, (words, count, colour) in enumerate(kinds):
        wide = round((WIDTH - 2) * count / (totals.stations or 1), 1)
        parts += [_box(1 + x, 4, wide, 20, colour)]
        x += wide
        at = 1 + index * WIDTH / 3
        parts += [_box(at, 34, 11, 11, colour), _text(at + 17, 44, f"{words}: {number(count)} đài")]
    return _svg(parts, height=52, title=title)


def months_svg(trend: Sequence[TrendRow], *, title: str) -> str:
    """Small multiples, a month each on one scale: minutes counted in the outline of those required, stations that met."""
    longest = max((max(row.counted_ms, row.required_ms) for row in trend), default=0) or 1
    across = min(max(len(trend), 1), 6)
    cell, tall = WIDTH / across, 130
    parts = []
    for index, row in enumerate(trend):
        left, top = index % across * cell, index // across * (tall + 58)
        wide = min(cell * 0.5, 56)
        x, floor = left + (cell - wide) / 2, top + tall + 4
        counted, wanted = (round(tall * 0.85 * ms / longest, 1) for ms in (row.counted_ms, row.required_ms))
        middle = round(left + cell / 2, 1)
        tenths = row.stations_met * 1000 // row.stations if row.stations else None
        parts += [
            _box(x, floor - counted, wide, counted, COUNTED),
            _outline(x - 2, floor - wanted, wide + 4, wanted),
            f'<path d="M{left + 6:.1f} {floor:.1f}h{cell - 12:.1f}" stroke="{INK}" stroke-width="0.8"/>',
            _text(middle, floor - max(counted, wanted) - 5, length(row.counted_ms), anchor="middle"),
            _text(middle, floor + 16, month_words(row.month), anchor="middle", bold=True),
            _text(middle, floor + 31, f"{number(row.stations_met)}/{number(row.stations)} đài", anchor="middle"),
            _text(middle, floor + 45, f"{percent(tenths)} %", anchor="middle"),
        ]
    deep = -(-len(trend) // across)
    return _svg(parts, height=max(deep, 1) * (tall + 58), title=title)


def month_words(month: str) -> str:
    """2026-12 as 12/2026."""
    year, of_year = month.split("-")
    return f"{of_year}/{year}"


def _svg(parts: Iterable[str], *, height: float, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img" font-family="{FONT}" font-size="13"><title>{escape(text(title))}</title>{"".join(parts)}</svg>'
    )


def _box(x: float, y: float, wide: float, tall: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{colour}"/>'


def _outline(x: float, y: float, wide: float, tall: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="none" stroke="{WANTED}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", bold: bool = False) -> str:
    words = text(words)
    shown = words if len(words) <= _MOST_LETTERS else f"{words[: _MOST_LETTERS - 1].rstrip()}…"
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{weight}>{escape(shown, quote=False)}</text>'
    )
