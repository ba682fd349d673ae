import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.folding import fold
from tests.schedules_exports.builders import bounded, nasty_texts


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đắk Lắk", "dak lak"),
        ("\u00d0ắk Lắk", "dak lak"),
        ("Ƀuôn Đôn", "buon don"),
        ("buôn ƀrê", "buon bre"),
        ("Người ở Ươm", "nguoi o uom"),
        ("hòa", "hoa"),
        ("hoà", "hoa"),
        ("ho\u0300a", "hoa"),
        ("  Ea   Yông\n", "ea yong"),
        ("Cư M\u200bgar", "cu mgar"),
        ("ＣＣＨＣ", "cchc"),
        ("Čư Ñĭ ŏ", "cu ni o"),
        ("", ""),
    ],
)
def test_a_text_folds_to_what_a_reader_would_type_without_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("typed", ["M’Drắk", "M'Đrăk", "MʼĐrăk", "M‘Đrắk", "M`Đrắk", "M´Đrắk", "MĐrắk", "m'drak"])
def test_every_apostrophe_of_a_name_and_none_are_one(typed: str) -> None:
    assert fold(typed) == "mdrak"


@bounded
@given(nasty_texts | st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
