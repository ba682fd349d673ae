"""What a check says to people: the value, the limit, why, and the mend, for every check and level there is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec
import pytest

from media.checks import CHECKS, Check, Facts, Level, Unit
from server.services.audio_checks import check_view
from server.texts import in_language

UNITS: dict[str, Unit] = {
    "loudness": "LUFS",
    "true_peak": "dBTP",
    "duration": "ms",
    "leading_silence": "ms",
    "trailing_silence": "ms",
    "inner_silence": "ms",
    "sample_rate": "Hz",
    "original_loudness": "dB",
    "clipping": "/min",
    "dc_offset": "%",
    "hum": "dBFS",
    "dead_channel": "dB",
    "inverted_channel": "",
    "speech": "%",
}
FACTS: dict[str, Facts] = {
    "loudness": {"tolerance_lu": 1.0},
    "duration": {"shortest_ms": 20_000, "longest_ms": 1_800_000, "recorded_ms": 8_000},
    "leading_silence": {"aired_ms": 1_200},
    "trailing_silence": {"aired_ms": 3_300},
    "inner_silence": {"noticed_ms": 3_000, "count": 2, "starts_ms": [72_400, 130_000], "lengths_ms": [7_200, 3_100]},
    "original_loudness": {"loudness_lufs": -41.2, "target_lufs": -23.0, "true_peak_dbtp": -20.0},
    "clipping": {"count": 340},
    "hum": {"hz": 50, "recorded_dbfs": -60.0},
    "dead_channel": {"side": "left", "left_dbfs": None, "right_dbfs": -20.0},
    "inverted_channel": {"lost_in_mono_lu": 9.7},
}


def check(name: str, level: Level = "fail", **changes: Any) -> Mapping[str, Any]:
    """As a row keeps it. Measured −41.2 against −23 unless the test says otherwise."""
    shape: dict[str, Any] = {"measured": -41.2, "limit": -23.0, "unit": UNITS[name], "at_ms": 72_400}
    facts = {**FACTS.get(name, {}), **changes.pop("facts", {})}
    made = Check(name=name, level=level, facts=facts, **{**shape, **changes})
    return dict(msgspec.to_builtins(made))


def every() -> Iterator[Mapping[str, Any]]:
    for name in CHECKS:
        for level in get_args(Level):
            for measured in (0, 7_200, -41.2, None):
                for count in (0, 340):
                    yield check(name, level, measured=measured, facts={"count": count, "side": "right"})


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_check_at_every_level_has_its_sentence_its_reason_and_its_mend(language: str) -> None:
    with in_language(language):
        for each in every():
            view = check_view(each)
            assert re.fullmatch(r"[A-ZĐ].*\.", view.sentence), view
            assert re.fullmatch(r"[A-ZĐ].*\.", view.why), view
            assert (view.mend is None) == (view.level == "pass")
            for text in (view.sentence, view.why, view.mend or ""):
                assert not re.search(r"[{}]|None|True|False|\(\)", text), text


def test_english_is_english() -> None:
    for each in every():
        vietnamese = check_view(each)
        with in_language("en"):
            english = check_view(each)
        assert english.sentence != vietnamese.sentence
        assert english.why != vietnamese.why


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            check("inner_silence", measured=7_200, limit=5_000),
            "Im lặng 7,2 giây ở 01:12, dài hơn mức 5 giây.",
        ),
        (
            check("inner_silence", measured=5_003, limit=5_000),
            "Im lặng 5,003 giây ở 01:12, dài hơn mức 5 giây.",
        ),
        (
            check("inner_silence", "warn", measured=4_500, limit=5_000),
            "Giữa bài có 2 khoảng lặng trên 3 giây; dài nhất 4,5 giây ở 01:12, chưa quá mức 5 giây.",
        ),
        (
            check("duration", measured=19_960, limit=20_000),
            "Phần được phát dài 19,96 giây, ngắn hơn mức 20 giây.",
        ),
        (
            check("duration", measured=1_800_400, limit=1_800_000),
            "Phần được phát dài 30 phút 0,4 giây, dài hơn mức 30 phút.",
        ),
        (
            check("duration", "pass", measured=83_000, limit=1_800_000),
            "Phần được phát dài 1 phút 23 giây, trong mức từ 20 giây đến 30 phút.",
        ),
        (
            check("loudness", measured=-25.31, limit=-23.0),
            "Bản phát sóng có độ to −25,3 LUFS, ngoài mức −23,0 ± 1 LU.",
        ),
        (
            check("sample_rate", measured=8_000, limit=22_050),
            "Tần số lấy mẫu 8.000 Hz, thấp hơn mức 22.050 Hz.",
        ),
        (
            check("leading_silence", "warn", measured=2_400, limit=1_000, facts={"aired_ms": 300}),
            "Khoảng lặng ở đầu dài 2,4 giây, dài hơn mức 1 giây; bản phát sóng đã bỏ bớt, còn 0,3 giây.",
        ),
        (
            check("clipping", measured=61.5, limit=60.0),
            "Vỡ tiếng 340 chỗ, 61,5 lần mỗi phút, nhiều hơn mức 60 lần mỗi phút; chỗ đầu tiên ở 01:12.",
        ),
        (check("dead_channel", "warn", measured=None), "Kênh trái không có tiếng."),
        (
            check("original_loudness", "warn", measured=18.2, limit=15.0),
            "Bản ghi có độ to −41,2 LUFS, quá nhỏ: phải tăng 18,2 dB để phát ở −23,0 LUFS, quá mức 15 dB.",
        ),
    ],
)
def test_a_sentence_tells_the_value_and_the_limit_in_words_and_units(given: Mapping[str, Any], sentence: str) -> None:
    assert check_view(given).sentence == sentence


def test_a_mend_names_the_places_and_not_too_many_of_them() -> None:
    many = {"starts_ms": [60_000 * minute for minute in range(1, 9)], "count": 8}
    mend = check_view(check("inner_silence", measured=7_200, limit=5_000, facts=many)).mend
    assert mend == "Hãy cắt bớt chỗ lặng ở 01:00, 02:00, 03:00, 04:00, 05:00… rồi gửi lại."


def test_figures_are_handed_on_for_programs() -> None:
    view = check_view(check("inner_silence", measured=7_200, limit=5_000))
    assert (view.name, view.level, view.measured, view.limit, view.unit, view.at_ms) == (
        "inner_silence",
        "fail",
        7_200,
        5_000,
        "ms",
        72_400,
    )
