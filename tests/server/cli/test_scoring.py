"""A plan is scored from two files: nothing is opened beside them, and what is wrong with a file is named by its path."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schedules.evaluation import evaluate
from schedules.exchange import write_instance, write_plan
from schedules.planner import make_plan
from schedules.problem import Instance
from tests.schedules.builders import instance, minimum
from tests.server.cli.command import loa

Done = subprocess.CompletedProcess[str]


def score(folder: Path, whole: Instance, plan: dict[str, Any], *words: str) -> Done:
    (folder / "bai-toan.json").write_bytes(write_instance(whole))
    (folder / "lich.json").write_text(json.dumps(plan))
    return loa(folder / "nowhere", "plan", "score", str(folder / "bai-toan.json"), str(folder / "lich.json"), *words)


def planned(whole: Instance) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(write_plan(make_plan(whole)))
    return made


def test_a_good_plan_is_scored_without_a_home(tmp_path: Path) -> None:
    whole = instance()
    plan = make_plan(whole)
    done = score(tmp_path, whole, planned(whole), "--json")
    found = json.loads(done.stdout)
    counted = evaluate(whole, plan.slots)
    assert (done.returncode, done.stderr, found["broken"], found["shortfall_ms"]) == (0, "", [], 0)
    assert found["mean_wishes"] == pytest.approx(counted.mean_wishes)
    assert [each["cost"] for each in found["terms"]] == pytest.approx([each.cost for each in counted.terms])
    assert not (tmp_path / "nowhere").exists()


def test_what_the_file_claims_of_itself_is_not_believed(tmp_path: Path) -> None:
    whole = instance(rules=(minimum(6_000_000),))
    plan = planned(whole)
    plan["verdicts"] = [each | {"short_ms": 0} for each in plan["verdicts"]]
    plan["terms"] = [each | {"cost": 0.0} for each in plan["terms"]]
    found = json.loads(score(tmp_path, whole, plan, "--json").stdout)
    assert found["shortfall_ms"] > 0
    assert found["mean_wishes"] > 0


def test_broken_constraints_are_named_with_their_slot_and_the_exit_status_tells(tmp_path: Path) -> None:
    whole = instance()
    plan = planned(whole)
    broken = plan["slots"][0]
    broken["start"] = broken["start"].replace("T05:", "T03:").replace("T06:", "T03:")
    done = score(tmp_path, whole, plan)
    assert done.returncode == 1
    assert "H1 đúng chỗ" in done.stdout
    assert broken["id"] in done.stdout
    assert "nằm ngoài các buổi phát của đài" in done.stdout
    as_json = score(tmp_path, whole, plan, "--json")
    assert as_json.returncode == 1
    assert [each["code"] for each in json.loads(as_json.stdout)["broken"]] == ["H1"]


def test_each_wish_of_each_station_stands_in_a_table(tmp_path: Path) -> None:
    whole = instance(rules=(minimum(6_000_000),))
    said = score(tmp_path, whole, planned(whole)).stdout
    for words in (
        "Ràng buộc cứng H1–H7: giữ đủ.",
        "Quy định chưa đạt: 1",
        "Rải đều các tuần",
        "Trung bình các mong muốn",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda plan: plan["slots"][0].update(station="E"), "slots[0].station"),
        (lambda plan: plan["slots"][1]["items"][0].update(segment="z"), "slots[1].items[0].segment"),
        (lambda plan: plan["slots"][0].update(column="d"), "slots[0].column"),
        (lambda plan: plan["slots"][0].update(start="2026-12-02T05:00:00"), "slots[0].start"),
        (lambda plan: plan["slots"][0].update(colour="red"), "slots[0].colour"),
        (lambda plan: plan.update(month="2026-11"), "month"),
        (lambda plan: plan.pop("slots"), "slots"),
    ],
)
def test_a_wrong_field_of_the_plan_is_refused_with_its_path(tmp_path: Path, change: Any, path: str) -> None:
    whole = instance()
    plan = planned(whole)
    change(plan)
    done = score(tmp_path, whole, plan)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Tệp lịch có lỗi tại {path}:" in done.stderr


def test_a_wrong_field_of_the_instance_is_refused_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "bai-toan.json").write_text('{"format": "loa-instance/2"}')
    (tmp_path / "lich.json").write_text("{}")
    done = loa(tmp_path / "nowhere", "plan", "score", str(tmp_path / "bai-toan.json"), str(tmp_path / "lich.json"))
    assert done.returncode == 2
    assert "Bài toán lập lịch có lỗi tại format:" in done.stderr


def test_files_that_are_no_json_or_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bai-toan.json").write_bytes(write_instance(instance()))
    (tmp_path / "lich.json").write_text("không phải JSON")
    words = ("plan", "score", str(tmp_path / "bai-toan.json"))
    assert "không phải JSON" in loa(tmp_path, *words, str(tmp_path / "lich.json")).stderr
    assert "khong-co.json" in loa(tmp_path, *words, str(tmp_path / "khong-co.json")).stderr
