"""Every break of a hard constraint is told in words, with what it is about."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import schedules.breaks
from schedules.breaks import Break, violations
from schedules.evaluation import evaluate
from schedules.plan import Conflict
from schedules.problem import Instance, Slot
from server.services.break_sentences import break_sentence, conflict_sentence, constraint_name
from server.services.naming import Names, slot_names
from tests.schedules.builders import (
    at,
    instance,
    maximum,
    published,
    segment,
    session,
    slot,
    station,
)

SOURCE = Path(schedules.breaks.__file__).read_text()
WORDS = set(
    re.findall(r'_break\("H\d", view, [^"]+"(\w+)"', SOURCE)
    + re.findall(r'made\.of\("(\w+)"', SOURCE)
    + re.findall(r'what="(\w+)"', SOURCE)
    + ["changed"]
)


def told(slots: tuple[Slot, ...], names: Names | None = None, **given: Any) -> list[str]:
    whole: Instance = instance(**given)
    known = names or Names(slots=slot_names(slots))
    return [break_sentence(each, known) for each in violations(whole, slots)]


def relaying() -> tuple[Any, ...]:
    return station(), station("X", tier="commune", sessions=(session(relays="D"),))


@pytest.mark.parametrize(
    ("slots", "given", "sentence"),
    [
        ((slot(at(2, 5).replace(second=30)),), {}, "Khung 05:00 02/12/2026 không bắt đầu đúng phút tròn."),
        ((slot(at(2, 3)),), {}, "Khung 03:00 02/12/2026 nằm ngoài các buổi phát của đài, hoặc vào lúc đài không phát."),
        (
            (slot(at(2)), slot(at(2, 5, 1), [("s2", 130)])),
            {},
            "Khung 05:00 02/12/2026 và khung 05:01 02/12/2026 chồng lên nhau.",
        ),
        (
            (slot(at(2), length_ms=150_250),),
            {},
            "Khung 05:00 02/12/2026 ghi dài 150,250 giây, nhưng cộng mở đầu, các bài và kết thúc là 2 phút 15 giây.",
        ),
        ((slot(at(2), []),), {}, "Khung 05:00 02/12/2026 không có bài nào."),
        (
            (slot(at(2), [("s1", 111)]),),
            {},
            "Trong khung 05:00 02/12/2026, bài s1 không được phát trọn thời lượng của nó.",
        ),
        (
            (slot(at(2), [("z", 110)]),),
            {},
            "Khung 05:00 02/12/2026 có bài z không còn trong kho bài của tháng.",
        ),
        (
            (slot(at(2)),),
            {"segments": (segment("s1", 110, valid_from=date(2026, 12, 3)),)},
            "Khung 05:00 02/12/2026 có bài s1 không có hiệu lực vào ngày đó.",
        ),
        (
            (slot(at(2)),),
            {"segments": (segment("s1", 110, language="rad"),)},
            "Khung 05:00 02/12/2026 có bài s1 không dành cho đài này, hoặc bằng thứ tiếng đài không phát.",
        ),
        (
            (slot(at(2)), slot(at(3))),
            {},
            "Bài s1 phát ngày 03/12/2026 quá gần một lần phát khác; phải cách nhau ít nhất 2 ngày.",
        ),
        (
            tuple(slot(at(1 + 3 * number)) for number in range(5)),
            {},
            "Bài s1 phát 5 lần trong tháng, nhiều hơn 4 lần cho phép.",
        ),
        (
            (slot(at(2)), slot(at(2, 5, 10), [("s2", 130)]), slot(at(2, 5, 20), [("s3", 150)])),
            {},
            "Ngày 02/12/2026 có 3 khung của chuyên mục c, nhiều hơn 2 khung một ngày.",
        ),
        ((slot(at(2)),), {"now": at(5)}, "Khung 05:00 02/12/2026 được đặt vào lúc đã qua khi lập lịch."),
        (
            (slot(at(2)),),
            {"now": at(1, 8)},
            "Khung 05:00 02/12/2026 được thêm vào khoảng thời gian đã chốt mà không có bài khẩn cấp.",
        ),
        (
            (slot(at(2)),),
            {"rules": (maximum(60_000, "day"),)},
            "Quy định most chỉ cho phép 1 phút trong ngày 02/12/2026, nhưng lịch có 1 phút 50 giây.",
        ),
        (
            (slot(at(2)),),
            {"rules": (maximum(60_000, "month"),)},
            "Quy định most chỉ cho phép 1 phút trong tháng, nhưng lịch có 1 phút 50 giây.",
        ),
        (
            (slot(at(2)),),
            {"rules": (maximum(60_000, "session"),)},
            "Quy định most chỉ cho phép 1 phút trong buổi morning ngày 02/12/2026, nhưng lịch có 1 phút 50 giây.",
        ),
        (
            (slot(at(2)),),
            {"stations": relaying()},
            "Khung 05:00 02/12/2026 của D nằm trong giờ tiếp âm nhưng không có trong lịch của đài.",
        ),
        (
            (slot(at(2), on="X", relayed_from="D"),),
            {"stations": relaying()},
            "Khung 05:00 02/12/2026 ghi là tiếp âm D, nhưng đài đó không có khung như vậy.",
        ),
    ],
)
def test_a_break_names_slot_day_and_figures(slots: tuple[Slot, ...], given: dict[str, Any], sentence: str) -> None:
    assert sentence in told(slots, **given)


def test_a_published_slot_that_is_gone_or_changed_is_told() -> None:
    kept = slot(at(2))
    given = {"published": published(kept), "now": at(2, 4)}
    names = Names(slots=slot_names([kept]))
    assert told((), names, **given) == [
        "Khung 05:00 02/12/2026 đã công bố hoặc đã khóa, phải giữ, nhưng bị bỏ.",
    ]
    assert "nhưng bị sửa." in " ".join(told((slot(at(2), [("s2", 130)]),), names, **given))


def test_titles_and_names_stand_in_place_of_codes() -> None:
    names = Names(segments={"s1": "Một cửa"}, columns={"c": "Tuyên truyền CCHC"}, rules={"most": "Trần tháng"})
    slots = (slot(at(2)), slot(at(3)))
    sentences = " ".join(told(slots, names, rules=(maximum(60_000, "month"),)))
    assert "Bài «Một cửa» phát ngày" in sentences
    assert "Quy định «Trần tháng» chỉ cho phép" in sentences


def test_a_conflict_says_the_same_as_a_break() -> None:
    kept = published(slot(at(2)), slot(at(2, 5, 1), [("s2", 130)]), slot(at(3)))
    whole = instance(published=kept, now=at(10), rules=(maximum(60_000, "day"), maximum(60_000, "month", "m2")))
    names = Names(slots=slot_names(kept.slots))
    sentences = {conflict_sentence(each, names) for each in evaluate(whole, kept.slots).conflicts}
    assert len(sentences) == 5
    assert not any("vi phạm ràng buộc" in sentence for sentence in sentences)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_of_the_checker_has_a_sentence(word: str) -> None:
    shapes = [("a",), ("a", "1"), ("a", "2026-12-02", "2"), ("c", "2026-12-02", "3", "2"), ()]
    names = Names()
    found = [
        break_sentence(
            Break(code="H1", station="D", slot="x", what=word, facts=facts, slots=("x",), conflict=False), names
        )
        for facts in shapes
    ]
    assert any("vi phạm ràng buộc" not in sentence for sentence in found)


def test_what_nobody_gave_words_for_is_shown_as_it_is() -> None:
    conflict = Conflict(slot="x", station="D", code="H9", what="moon full")
    assert conflict_sentence(conflict, Names()) == "Khung x vi phạm ràng buộc H9 (moon full)."
    assert constraint_name("H9") == "H9"
    assert constraint_name("H4") == "giãn cách"


def test_an_id_with_spaces_is_no_reason_to_fail() -> None:
    conflict = Conflict(slot="x", station="D", code="H1", what="overlap a b c")
    assert conflict_sentence(conflict, Names()).endswith("(overlap a b c).")
