"""Runs that pages started, on the command line."""

import json
from dataclasses import replace
from pathlib import Path

from server.services.planning_runs import PlanningRuns
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.homes import copy_home, open_home
from tests.server.waiting_jobs import WaitingJobs

MONTH = str(NEXT_MONTH)


def test_a_run_that_is_under_way_is_seen_and_cancelled_before_somebody_else_plans(
    published_home: Path, tmp_path: Path
) -> None:
    home = copy_home(published_home, tmp_path / "home")
    context = open_home(home)
    run = PlanningRuns(replace(context, jobs=WaitingJobs())).start(NEXT_MONTH)
    context.close()
    refused = loa(home, "plan", "make", MONTH)
    assert refused.returncode == 2
    assert run.id in refused.stderr
    assert [each["state"] for each in json.loads(did(home, "plan", "runs", MONTH, "--json"))] == ["running"]
    assert json.loads(did(home, "plan", "cancel", MONTH, "--json"))["state"] == "cancelled"
    assert "đã hủy" in did(home, "plan", "runs", MONTH)
    assert "Không có lượt lập lịch nào" in loa(home, "plan", "cancel", MONTH).stderr
