import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.printable import lines, one_line
from tests.schedules_exports.builders import bounded, nasty_texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dân hỏi - Thủ trưởng cơ quan hành chính trả lời", "Dân hỏi - Thủ trưởng cơ quan hành chính trả lời"),
        ("Đie\u0302\u0323n tư\u0309", "Điện tử"),
        (" hai\r\n dòng\t ", "hai dòng"),
        ("ngược \u202egpm\u202c", "ngược gpm"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("\ud800", "\ufffd"),
        ("\x00", ""),
    ],
)
def test_a_text_keeps_what_can_be_seen_and_loses_what_cannot(text: str, shown: str) -> None:
    assert one_line(text) == shown


@bounded
@given(nasty_texts | st.text(st.characters()))
def test_a_line_is_one_printable_line_in_nfc(text: str) -> None:
    line = one_line(text)
    assert line.splitlines() in ([line], [])
    assert all(letter.isprintable() or letter in "\u200c\u200d" for letter in line)
    assert unicodedata.is_normalized("NFC", line)
    assert one_line(line) == line
    line.encode()


@bounded
@given(nasty_texts)
def test_several_lines_stay_several(text: str) -> None:
    assert lines(text).split("\n") == ([one_line(line) for line in text.splitlines()] or [""])
