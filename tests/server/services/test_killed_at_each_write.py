"""SIGKILL at every write of what must be whole or not at all: the next finds the one or the other, and does it again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlmodel import func, select

from server.db.airing import AsRunEntry, ClosedFigure, MonthClosing
from server.db.records import AuditEntry
from server.services.as_run import Said, say
from server.services.backup_checks import verify_backup
from server.services.backup_making import make_backup
from server.services.backup_sealing import Sealing
from server.services.backups import list_backups
from server.services.closing_checks import verify_closings
from server.services.closings import close_month
from server.services.context import Context
from server.services.plans import make_plan, plan_in_force, publish_plan
from server.services.proofs import station_proof
from server.services.trail import verify
from tests.server.databases import drop_databases, dump, open_context
from tests.server.homes import copy_home
from tests.server.killing import is_killed
from tests.server.services.test_closings import NEW_YEAR
from tests.server.worlds import MONTH, World

# More writes than any of these acts has: a test that never ends is none.
MOST = 200
Opened = Callable[[], Context]


@pytest.fixture
def copies(published: World, tmp_path: Path) -> Iterator[Callable[[], Opened]]:
    """Each time another copy of the published district as it is when this is first asked for; the last one is dropped."""
    numbers = count(1)
    last: list[Path] = []

    def anew() -> Opened:
        published.context.close()
        for each in last:
            drop_databases(each)
        folder = tmp_path / f"copy-{next(numbers)}"
        last[:] = [folder]
        home = copy_home(published.context.home, folder / "home")
        return lambda: open_context(home=home, clock=lambda: published.now)

    return anew


def tried(
    copies: Callable[[], Opened], act: Callable[[Context], object], is_done: Callable[[Context], bool]
) -> list[bool]:
    """At each write, whether it was done afterwards; what was not done has left nothing, and is then done once."""
    done = []
    for at in range(1, MOST):
        opened = copies()
        context = opened()
        before = dump(context)
        context.close()
        if not is_killed(opened, act, at=at):
            return done
        context = opened()
        done.append(is_done(context))
        if not done[-1]:
            assert dump(context) == before, at
            act(context)
            assert is_done(context), at
        assert verify(context).whole, at
        context.close()
    raise AssertionError(MOST)


def rows(context: Context, table: type) -> int:
    with context.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def actions(context: Context, action: str) -> int:
    with context.database.read() as session:
        return session.exec(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)).one()


def assert_once(done: list[bool]) -> None:
    """Not done before its commit, done after it: nothing in between is ever seen."""
    assert len(done) > 3
    assert done == sorted(done)
    assert not done[0]
    assert done[-1]


def test_publishing_is_whole_or_not_at_all(published: World, copies: Callable[[], Opened]) -> None:
    published.now += timedelta(hours=1)
    published.withdraw("b0001")
    make_plan(published.context, MONTH)

    def is_done(context: Context) -> bool:
        in_force = plan_in_force(context, MONTH)
        assert in_force is not None
        assert (in_force.number == 2) == (actions(context, "plan.published") == 2)
        assert in_force.number in {1, 2}
        return in_force.number == 2

    assert_once(tried(copies, lambda context: publish_plan(context, MONTH), is_done))


def test_a_log_is_taken_whole_or_not_at_all(published: World, copies: Callable[[], Opened]) -> None:
    published.now = NEW_YEAR
    slots = [slot.key for slot in station_proof(published.context, "h654", MONTH).slots]
    lines = [Said(line=number, slot=key, external_id=str(number)) for number, key in enumerate(slots, 1)]

    def is_done(context: Context) -> bool:
        found = rows(context, AsRunEntry)
        assert found in {0, len(slots)}
        # Sent again, as who was not answered does, nothing is there twice.
        if found:
            again = say(context, lines, source="api", station="h654")
            assert again.count("known") == len(slots)
            assert rows(context, AsRunEntry) == found
        return found > 0

    assert_once(tried(copies, lambda context: say(context, lines, source="api", station="h654"), is_done))


def test_a_month_is_closed_whole_or_not_at_all(published: World, copies: Callable[[], Opened]) -> None:
    published.now = NEW_YEAR

    def is_done(context: Context) -> bool:
        closings, figures = rows(context, MonthClosing), rows(context, ClosedFigure)
        assert (closings > 0) == (figures > 0) == (actions(context, "month.closed") > 0)
        assert verify_closings(context) == []
        return closings == 1

    assert_once(tried(copies, lambda context: close_month(context, MONTH), is_done))


@pytest.mark.of_folder("who is killed is a fork, which has none of the threads that the client of S3 works with")
def test_a_backup_is_there_whole_or_not_at_all(copies: Callable[[], Opened], tmp_path: Path) -> None:
    opened = copies()
    folder = tmp_path / "backups"
    there: list[str] = []
    ends = False
    # A file for each table, and all that goes before and after: some of them will do.
    for at in range(1, MOST, 11):
        if not is_killed(opened, lambda context: make_backup(context, folder, Sealing(None)), at=at, files=folder):
            ends = True
            break
        assert set(there) <= {each.name for each in list_backups(folder)}
        there = [each.name for each in list_backups(folder)]
    assert ends
    context = opened()
    made = make_backup(context, folder, Sealing(None))
    for backup in list_backups(folder)[:3]:
        assert verify_backup(context, folder, backup, Sealing(None)).faults == []
    assert made.name in {each.name for each in list_backups(folder)}
    assert not list(folder.rglob(".*.part"))
    context.close()
