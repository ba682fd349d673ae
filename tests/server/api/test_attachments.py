"""What files are saved as, whatever they are called."""

import pytest

from schedules.exports.cells import cell
from server.api.attachments import attachment, inline, safe_name


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("h654-2026-12.m3u8", "h654-2026-12.m3u8"),
        ("Krông Pắc.ics", "krong-pac.ics"),
        ('a"; filename="b.exe', "a-filename-b.exe"),
        ("a\r\nSet-Cookie: x", "a-Set-Cookie-x"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("\x00\x1b[31m", "31m"),
        ("\ud800\u202e", "loa"),
        ("", "loa"),
        ("a" * 500 + ".csv", "a" * 116 + ".csv"),
    ],
)
def test_a_name_is_plain_and_leads_nowhere(name: str, saved: str) -> None:
    found = safe_name(name)
    assert found.strip("-") == saved.strip("-")
    for header in (attachment(name), inline(name)):
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "＝1", "'=1"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "shown"), [("Một cửa", "Một cửa"), (5, 5), (-5, -5), (None, ""), ("a\0b", "a\ufffdb")]
)
def test_other_cells_stay_as_they_are(value: str | int | None, shown: str | int) -> None:
    assert cell(value) == shown
