import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.file_names import ascii_file_name
from tests.schedules_exports.builders import NASTY_TITLES, bounded, nasty_texts

_WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


@pytest.mark.parametrize(
    ("position", "title", "name"),
    [
        (3, "Một cửa điện tử ở xã Ea Yông", "003-mot-cua-dien-tu-o-xa-ea-yong.mp3"),
        (12, "Đắk Lắk: M’Drắk, Ƀuôn Hồ", "012-dak-lak-mdrak-buon-ho.mp3"),
        (1, "🎉", "001.mp3"),
        (1, "", "001.mp3"),
        (1, "con", "001-con.mp3"),
        (1234, "../../etc/passwd", "1234-etc-passwd.mp3"),
    ],
)
def test_a_name_says_position_and_title_in_ascii(position: int, title: str, name: str) -> None:
    assert ascii_file_name(position, title, "mp3") == name


def test_a_long_title_is_cut_between_words() -> None:
    assert ascii_file_name(3, "một hai ba bốn năm", ".MP3", limit=20) == "003-mot-hai-ba.mp3"
    assert ascii_file_name(3, "một hai ba bốn năm", "mp3", limit=22) == "003-mot-hai-ba-bon.mp3"
    assert ascii_file_name(3, "a" * 100, "mp3", limit=20) == "003-aaaaaaaaaaaa.mp3"
    assert ascii_file_name(3, "một", "mp3", limit=7) == "003.mp3"


def test_a_limit_without_room_for_the_position_is_an_error() -> None:
    with pytest.raises(ValueError, match="6 characters"):
        ascii_file_name(3, "một", "mp3", limit=6)


@bounded
@given(nasty_texts, st.integers(0, 20_000), st.integers(9, 80))
def test_any_title_gives_a_name_every_file_system_takes(title: str, position: int, limit: int) -> None:
    name = ascii_file_name(position, title, "mp3", limit=limit)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.mp3", name)
    assert len(name) <= limit
    assert name.partition(".")[0] not in _WINDOWS_DEVICES


def test_positions_keep_equal_titles_apart_and_in_order() -> None:
    names = [ascii_file_name(position, title, "mp3") for title in NASTY_TITLES for position in range(1, 30)]
    assert len(set(names)) >= 29
    one_title = [ascii_file_name(position, "Một cửa", "mp3") for position in range(1, 300)]
    assert sorted(one_title) == one_title
    assert len(set(one_title)) == 299
