import re
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

import schedules.planner.reasons
from server.services.checks import check_month
from server.services.plans import make_plan, publish_plan
from server.services.reasons import reason_sentences
from tests.server.worlds import MONTH, World, build_world

CODES = re.findall(r'"code": "(\w+)"', Path(schedules.planner.reasons.__file__).read_text())


@pytest.mark.parametrize("code", CODES)
def test_every_reason_of_the_planner_has_a_sentence(district: World, code: str) -> None:
    [verdict] = check_month(district.context, MONTH).verdicts
    facts = {"code": code, "segments": 3, "available_ms": 630_000, "needed_ms": 900_000, "rule": "tran"}

    [sentence] = reason_sentences(replace(verdict, reasons=[facts]))
    assert code not in sentence
    assert sentence.endswith(".")
    assert "?" not in sentence


def test_a_reason_nobody_knows_is_shown_with_its_facts(district: World) -> None:
    [verdict] = check_month(district.context, MONTH).verdicts

    assert reason_sentences(replace(verdict, reasons=[{"code": "moon", "phase": 3}, {"code": "sun"}])) == [
        "moon (phase=3)",
        "sun",
    ]


def test_a_rule_no_plan_can_meet_says_why(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", segments=0)
    world.add_segment("b0001", seconds=200, valid_to=date(2026, 12, 10))
    made = make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)

    check = check_month(world.context, MONTH)
    [verdict] = check.verdicts
    assert not check.met
    assert made.short_ms == verdict.short_ms == 900_000 - verdict.planned_ms > 0
    assert reason_sentences(verdict) == [
        "Chỉ có 1 bài dùng được; phát hết mức cho phép cũng chỉ được 13 phút 20 giây, trong khi cần 15 phút."
    ]
    world.context.close()
