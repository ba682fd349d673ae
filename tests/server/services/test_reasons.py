from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from schedules import shortfall_reasons as why
from server.services.checks import check_month
from server.services.plans import make_plan, publish_plan
from server.services.reasons import reason_sentences
from tests.server.worlds import MONTH, World, build_world

REASONS = get_args(why.Reason)
SAMPLES: dict[str, Any] = {
    "days": 3,
    "times": 4,
    "most": 2,
    "segments": 3,
    "left": 1,
    "available_ms": 630_000,
    "needed_ms": 900_000,
    "shortest_ms": 960_000,
    "most_ms": 600_000,
    "total_ms": 100_000,
    "least_ms": 900_000,
    "longest_ms": 120_000,
    "rule": "tran",
    "first": date(2026, 12, 20),
    "after": date(2026, 12, 12),
    "column": "cchc",
    "other_language": 2,
}


@pytest.mark.parametrize("kind", REASONS)
def test_every_reason_of_the_planner_has_a_sentence(district: World, kind: Any) -> None:
    [verdict] = check_month(district.context, MONTH).verdicts
    facts = why.as_facts(kind(**{name: SAMPLES[name] for name in kind.__struct_fields__ if name in SAMPLES}))

    [sentence] = reason_sentences(replace(verdict, reasons=[facts]))
    assert facts["code"] not in sentence
    assert sentence.endswith(".")
    assert "?" not in sentence


def test_facts_of_plans_stored_before_are_told_too(district: World) -> None:
    [verdict] = check_month(district.context, MONTH).verdicts
    facts: dict[str, object] = {"code": "separation", "available_ms": 630_000, "needed_ms": 900_000}

    [sentence] = reason_sentences(replace(verdict, reasons=[facts]))
    assert "10 phút 30 giây" in sentence
    assert "15 phút" in sentence


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
        (
            "Chỉ có 1 bài dùng được; phát hết mức cho phép cũng chỉ được 13 phút 20 giây, trong khi cần 15 phút. "
            "Sau ngày 10/12/2026 không còn bài nào có hiệu lực."
        ),
        "Nếu không giới hạn 4 lượt một tháng cho mỗi bài thì đủ bài.",
    ]
    world.context.close()
