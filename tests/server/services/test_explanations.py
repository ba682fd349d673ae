"""A station's month explained: verdicts with reasons and mends, missed airings, conflicts; all in words."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlmodel import select

from schedules import missed_reasons, whereabouts
from schedules.laid_slots import lay
from schedules.mends import Mend, Step
from schedules.problem import MustAir
from schedules.problem_index import ProblemIndex
from server.db.plans import AirtimeRule
from server.services.explanation_views import ExplanationView
from server.services.explanations import explain, station_words
from server.services.mend_sentences import mend_sentence, no_mend_sentence
from server.services.missed_sentences import missed_sentence
from server.services.naming import Names
from server.services.plans import make_plan, publish_plan
from server.services.refusals import NoDraft, NoPlan
from server.services.whereabouts_sentences import nowhere_sentence
from server.texts import in_language
from tests.schedules import builders
from tests.server.worlds import MONTH, World, build_world, local

DAYS = {"first": date(2026, 12, 3), "last": date(2026, 12, 9), "from_date": date(2026, 12, 3)}
FACTS: dict[str, Any] = DAYS | {
    "to_date": date(2026, 12, 31),
    "valid_from": date(2026, 12, 1),
    "duration_ms": 180_000,
    "ms": 600_000,
    "most_ms": 600_000,
    "longest_ms": 120_000,
    "needed_ms": 240_000,
    "times": 3,
    "most": 2,
    "days": 2,
    "dates": 4,
    "separation_days": 2,
    "max_per_month": 4,
    "column": "cchc",
    "topic": "mot-cua",
    "language": "vi",
    "rule": "tran",
    "weekdays": (4,),
    "start": "17:00",
    "end": "18:00",
    "ends": (("s1", "06:00"),),
    "station": "h654",
    "stations": 2,
    "tiers": None,
    "slot": "h654.x",
    "instead": "b0002",
    "cost": 2.5,
    "rise": 0.25,
    "tried": 3,
}
OWN: dict[str, dict[str, Any]] = {
    "ApproveSegments": {"segments": 2},
    "ExtendValidity": {"segments": ("b0001",)},
    "BroadcastOn": {"dates": (date(2026, 12, 3),)},
    "MeantForNone": {"stations": ("h654",), "tiers": ("commune",)},
}


def made(kind: Any) -> Any:
    known = FACTS | OWN.get(kind.__name__, {})
    return kind(**{name: known[name] for name in kind.__struct_fields__})


@pytest.fixture
def scarce(tmp_path: Path) -> Iterator[World]:
    """One segment, valid to the tenth: the district can not have its fifteen minutes."""
    world = build_world(tmp_path / "home", segments=0)
    world.add_segment("b0001", seconds=200, valid_to=date(2026, 12, 10))
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    yield world
    world.context.close()


def short_of(found: ExplanationView) -> Any:
    [explained] = [each for each in found.verdicts if each.verdict.kind == "min"]
    return explained


def test_what_is_short_has_its_reasons_and_a_mend_in_words(scarce: World) -> None:
    explained = short_of(explain(scarce.context, "h654", MONTH))

    assert explained.verdict.short_ms == 100_000
    assert "Sau ngày 10/12/2026 không còn bài nào có hiệu lực." in explained.reasons[0]
    assert explained.mend.steps[0]["code"] == "approve_segments"
    assert explained.mend.sentence.startswith("Duyệt thêm 1 bài dài 3 phút (tiếng Việt, nội dung ")
    # to keep the one there is valid for longer would not help: it may air four times
    assert [each.sentence for each in explained.alternatives] == [
        "Cho mỗi bài của chuyên mục Tuyên truyền CCHC phát tới 5 lượt một tháng."
    ]
    assert explained.no_mend is None


def test_doing_what_the_mend_says_and_planning_anew_meets_the_rule(scarce: World) -> None:
    mend = short_of(explain(scarce.context, "h654", MONTH)).mend
    [step] = mend.steps
    for number in range(step["segments"]):
        scarce.add_segment(f"n{number}", seconds=step["duration_ms"] / 1000, topic=step["topic"])

    assert make_plan(scarce.context, MONTH).short_ms == 0


def test_a_plan_made_before_its_data_changed_is_only_to_be_made_anew(scarce: World) -> None:
    for number in range(4):
        scarce.add_segment(f"n{number}", seconds=180)
    explained = short_of(explain(scarce.context, "h654", MONTH))

    assert explained.mend.steps == []
    assert explained.mend.sentence == "Lập lại lịch của đài là đủ: dữ liệu hoặc lịch đã được sửa từ khi lập lịch này."
    assert explained.reasons == []


def test_a_month_that_is_past_is_told_to_be_past(scarce: World) -> None:
    scarce.now = local("2027-01-05 08:00")
    explained = short_of(explain(scarce.context, "h654", MONTH))

    assert explained.mend is None
    assert explained.no_mend == "Tháng đã qua, không thêm được thời lượng nữa."


def test_what_is_met_needs_no_mend(district: World) -> None:
    make_plan(district.context, MONTH)
    found = explain(district.context, "h654", MONTH, draft=True)

    assert found.revision.status == "draft"
    assert [(each.reasons, each.mend, each.no_mend) for each in found.verdicts] == [([], None, None)]
    assert [column.column for column in found.columns] == ["cchc"]


def test_a_draft_is_explained_only_where_there_is_one(scarce: World) -> None:
    with pytest.raises(NoDraft):
        explain(scarce.context, "h654", MONTH, draft=True)
    with pytest.raises(NoPlan):
        explain(scarce.context, "h654", MONTH.next())


def test_rules_that_contradict_each_other_are_told_by_name(published: World) -> None:
    published.add_rule("tran", kind="max", ms=1_200_000, tier="district")
    with published.change() as session:
        rule = session.exec(select(AirtimeRule).where(AirtimeRule.code == "cchc-huyen")).one()
        rule.ms = 1_800_000
        session.add(rule)
    explained = short_of(explain(published.context, "h654", MONTH))

    assert explained.reasons == [
        "Hai quy định trái nhau: «Quy định tran» chỉ cho phép nhiều nhất 20 phút một tháng, mà mức ít nhất là 30 phút."
    ]
    assert {each.sentence for each in (explained.mend, *explained.alternatives)} == {
        "Hạ mức của quy định «Quy định cchc-huyen» xuống 20 phút.",
        "Nâng mức của quy định «Quy định tran» lên 30 phút.",
    }


def test_what_stays_though_it_breaks_a_rule_is_told(published: World) -> None:
    published.now = local("2026-12-30 08:00")
    published.add_rule("tran", kind="max", ms=60_000, tier="district")
    make_plan(published.context, MONTH)
    found = explain(published.context, "h654", MONTH, draft=True)

    [conflict] = [each for each in found.conflicts if each.code == "H6"]
    assert conflict.sentence.startswith("Quy định «Quy định tran» chỉ cho phép 1 phút trong tháng, nhưng lịch có ")


def test_an_airing_owed_to_a_station_that_is_closed_says_so() -> None:

    must = MustAir(times=1, from_date=date(2026, 12, 3), to_date=date(2026, 12, 9))
    index = ProblemIndex(
        builders.instance(
            segments=(builders.segment("a", must_air=must),), stations=(builders.station(sessions=()),), rules=()
        )
    )
    view = index.view("D")
    [reason] = missed_reasons.missed_reasons(index, view, lay(index, view, ()))["a"]
    assert missed_sentence(reason) == ("Từ 03/12/2026 đến 09/12/2026 đài không có buổi phát nào.")


@pytest.mark.parametrize("kind", get_args(Step))
def test_every_step_of_a_mend_has_a_sentence_in_both_languages(kind: Any) -> None:
    mend = Mend(steps=(made(kind),), size=1)
    vietnamese = mend_sentence(mend, Names())
    with in_language("en"):
        english = mend_sentence(mend, Names())
    assert vietnamese.endswith(".")
    assert vietnamese != english
    assert "_" not in vietnamese


@pytest.mark.parametrize("kind", get_args(missed_reasons.MissedReason))
def test_every_reason_of_a_missed_airing_has_a_sentence(kind: Any) -> None:
    assert missed_sentence(made(kind)).endswith(".")


@pytest.mark.parametrize("kind", get_args(whereabouts.NowhereReason))
def test_every_reason_to_be_aired_nowhere_has_a_sentence(kind: Any) -> None:
    assert nowhere_sentence(made(kind), Names()).endswith(".")


def test_where_nothing_helps_it_is_said_how_much_was_tried() -> None:
    assert "17" in no_mend_sentence(None, 17)
    assert "chốt" in no_mend_sentence("frozen", 0)


def test_words_without_planning_carry_reasons_of_what_is_missed(district: World) -> None:
    make_plan(district.context, MONTH)
    assert station_words(district.context, "h654", MONTH).missed == []
