"""A process that is killed while it plans anew, or while it stores what it planned, leaves whole plans behind."""

import signal
import subprocess
import sys

import pytest

from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.replanning import replan_month
from server.services.segments import get_segment
from tests.server.services.plan_reading import darken, rows
from tests.server.services.test_replanning import CODE, Aired, aired_in, holding
from tests.server.worlds import MONTH, World

DIES = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import event
from tests.server.databases import open_context
from server.services.replanning_segments import withdraw

home, now, code, at = sys.argv[1:]
context = open_context(home=Path(home), clock=lambda: datetime.fromisoformat(now))

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(context.database.engine, "before_cursor_execute")
def watch(_connection, _cursor, statement, *_rest):
    if statement.startswith(at):
        die()

withdraw(context, code, reason="sai", progress=die if at == "planning" else None)
"""


def killed(world: World, at: str) -> int:
    """Withdraws CODE in a process of its own that is killed while planning, or before a statement that begins so."""
    world.context.close()
    return subprocess.run(
        [sys.executable, "-c", DIES, str(world.context.home), world.now.isoformat(), CODE, at],
        check=False,
        timeout=120,
    ).returncode


def counted(world: World) -> list[int]:
    return [rows(world, table) for table in (PlanRevision, PlanEntry, MonthPlan, Slot, SlotItem)]


def plans(world: World) -> tuple[set[Aired], set[Aired]]:
    return aired_in(world, MONTH, "published"), aired_in(world, MONTH, "draft")


@pytest.mark.parametrize(
    "at", ["planning", "DELETE FROM plan_entry", "INSERT INTO slot_item", "INSERT INTO plan_entry"]
)
def test_the_plans_that_were_there_stay_whole_and_planning_the_month_mends_it(published: World, at: str) -> None:
    darken(published, "h654", "2026-12-08 00:00", "2026-12-09 00:00")
    make_plan(published.context, MONTH)
    before, there = plans(published), counted(published)
    assert killed(published, at) == -signal.SIGKILL

    assert get_segment(published.context, CODE).state == "withdrawn"
    assert (plans(published), counted(published)) == (before, there)
    [month] = replan_month(published.context, MONTH).months
    assert (month.outcome, month.draft_replaced) == ("draft", True)
    assert not holding(aired_in(published, MONTH, "draft"))
    publish_plan(published.context, MONTH)
    assert [view.number for view in list_revisions(published.context, MONTH)] == [2, 1]


def test_a_withdrawal_that_was_killed_before_it_was_stored_did_not_happen(published: World) -> None:
    before = aired_in(published, MONTH, "published")
    assert killed(published, "UPDATE segment") == -signal.SIGKILL
    assert get_segment(published.context, CODE).state == "ready"
    assert aired_in(published, MONTH, "published") == before
