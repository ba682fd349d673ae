"""Charts as SVG that any XML reader takes, and as PNG for Word."""

import struct
from xml.etree import ElementTree as ET

import pytest

from server.reports.charts import Bar, bars_by_area, bars_svg, months_svg, statuses_svg
from server.reports.figures import TrendRow
from server.reports.typesetting import png_of
from tests.server.reports.builders import figures, province, station_row

SVG = "{http://www.w3.org/2000/svg}"


def widths(svg: str, paint: str) -> list[float]:
    return [float(box.get("width", "0")) for box in ET.fromstring(svg).iter(f"{SVG}rect") if box.get("fill") == paint]  # noqa: S314


def test_a_bar_is_as_long_as_what_counted_and_its_outline_as_what_is_required() -> None:
    bars = [
        Bar(label="a", counted_ms=450_000, required_ms=900_000),
        Bar(label="b", counted_ms=1_800_000, required_ms=900_000),
    ]
    svg = bars_svg(bars, title="t")
    half, double = widths(svg, "#1f5fa8")
    assert widths(svg, "none") == [half * 2, half * 2]
    assert double == half * 4


def test_stations_are_gathered_by_area_and_of_one_area_stand_by_themselves() -> None:
    assert len(bars_by_area(province(199))) == 15
    in_one = [station_row(number, name=f"Đài {number}") for number in (1, 2, 3)]
    assert [bar.label for bar in bars_by_area(in_one)] == ["Đài 1", "Đài 2", "Đài 3"]


@pytest.mark.parametrize("count", [0, 1, 3, 12, 13])
def test_months_have_a_column_each_whatever_their_number(count: int) -> None:
    trend = [
        TrendRow(month=f"2026-{n % 12 + 1:02d}", stations_met=0, stations=0, required_ms=0, counted_ms=0)
        for n in range(count)
    ]
    assert len(widths(months_svg(trend, title="t"), "#1f5fa8")) == count


def test_labels_and_titles_are_text() -> None:
    svg = bars_svg([Bar(label="<b>&x", counted_ms=1, required_ms=1)], title="</title><script>")
    root = ET.fromstring(svg)  # noqa: S314
    assert [each.tag for each in root.iter() if "script" in each.tag] == []
    assert "<b>&x" in [each.text for each in root.iter(f"{SVG}text")]


def test_a_chart_of_no_stations_is_a_chart() -> None:
    assert ET.fromstring(statuses_svg(figures(rows=()).totals, title="t")) is not None  # noqa: S314
    assert bars_by_area(()) == []


def test_word_gets_a_picture_as_wide_as_its_text() -> None:
    png = png_of(statuses_svg(figures().totals, title="t"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, tall = struct.unpack(">II", png[16:24])
    assert wide == 1260
    assert tall == pytest.approx(1260 * 52 / 640, abs=1)
