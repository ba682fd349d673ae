"""A month of very many stations is closed by workers in parts: as it would be at once, or not at all."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel, func, select

from server.db.airing import MonthClosing
from server.db.engine import Database
from server.db.errands import ClosingDraft, Errand, ErrandPart
from server.db.plans import AirtimeRule
from server.db.registry import Unit
from server.services import errands
from server.services.action_words import known_actions
from server.services.as_run import Said, say
from server.services.closing_checks import verify_closings
from server.services.closing_parts import MOVED_BY
from server.services.closing_refusals import AmendmentReasonMissing
from server.services.closings import close_month, closed_figures, order_closing
from server.services.context import Context
from server.services.errand_refusals import ErrandUnderWay
from server.services.errand_work import MOST_DEATHS, work_off
from server.services.errands import ErrandView
from server.services.proofs import station_proof
from server.services.segments import withdraw_segment
from server.services.trail import verify
from tests.server.errands import Waiting
from tests.server.homes import copy_home
from tests.server.services.arriving import actions
from tests.server.services.test_closings import NEW_YEAR
from tests.server.worlds import MONTH, World, open_world


@pytest.fixture
def over(published: World) -> World:
    """The first minute after December; each station told of all its slots but the last."""
    published.now = NEW_YEAR - timedelta(minutes=1)
    for code in ("h654", "x24490", "x24502"):
        slots = [slot.key for slot in station_proof(published.context, code, MONTH).slots]
        said = [Said(line=number, slot=key) for number, key in enumerate(slots[:-1], 1)]
        say(published.context, said, source="page", station=code)
    published.now = NEW_YEAR
    return published


def in_parts(world: World) -> tuple[Context, Waiting]:
    """Each station of its own; nobody waits for a month of so many."""
    waiting = Waiting()
    return replace(world.context, jobs=waiting, few_stations=0), waiting


def ordered(context: Context, *, reason: str = "") -> ErrandView:
    errand = order_closing(context, MONTH, reason=reason)
    assert isinstance(errand, ErrandView)
    return errand


def count(context: Context, table: type) -> int:
    with context.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_month_closed_in_parts_is_what_it_would_be_at_once(over: World, tmp_path: Path) -> None:
    over.context.close()
    apart, other = (
        open_world(copy_home(over.context.home, tmp_path / name), now=NEW_YEAR, keys=over.keys) for name in "ab"
    )
    at_once = close_month(apart.context, MONTH)
    context, waiting = in_parts(other)
    errand = ordered(context)
    assert waiting.all(context) == ["done"] * 5
    found = closed_figures(context, MONTH)
    assert found.closing == at_once
    assert found == closed_figures(apart.context, MONTH)
    assert verify_closings(context) == []
    assert verify(context).whole
    ended = errands.get(context, ("closing",), str(MONTH), errand.id)
    assert (ended.state, ended.done, ended.all) == ("done", 3, 3)
    assert (count(context, ClosingDraft), count(context, ErrandPart)) == (0, 0)
    apart.context.close()
    other.context.close()


def test_steps_that_are_done_again_and_in_any_order_change_nothing(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    with pytest.raises(ErrandUnderWay) as refused:
        order_closing(context, MONTH)
    assert refused.value.errand == errand.id
    assert waiting.next(context) == "done"
    names = list(waiting.steps)
    assert sorted(names) == sorted(errands.unfinished(context))
    waiting.steps.reverse()
    assert work_off(context, f"{errand.id}.begin", lambda: False) == "nothing"
    assert work_off(context, f"{errand.id}.end", lambda: False) == "nothing"
    assert [waiting.next(context) for _ in names] == ["done"] * 3
    assert work_off(context, names[1], lambda: False) == "nothing"
    assert errands.unfinished(context) == waiting.steps == [f"{errand.id}.end"]
    assert waiting.all(context) == ["done"]
    assert work_off(context, f"{errand.id}.end", lambda: False) == "nothing"
    assert actions(context).count("month.closed") == 1
    assert verify_closings(context) == []


def test_what_is_cancelled_leaves_nothing_and_can_be_begun_anew(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    waiting.next(context)
    waiting.next(context)
    assert count(context, ClosingDraft) > 0
    assert errands.cancel(context, ("closing",), str(MONTH), errand.id).state == "cancelled"
    assert waiting.all(context) == ["nothing"] * 2
    assert (count(context, ClosingDraft), count(context, ErrandPart), count(context, MonthClosing)) == (0, 0, 0)
    ordered(context)
    assert waiting.all(context) == ["done"] * 5
    assert count(context, MonthClosing) == 1


def test_what_is_said_meanwhile_amends_the_month_and_is_not_in_it(over: World) -> None:
    context, waiting = in_parts(over)
    ordered(context)
    waiting.next(context)
    over.now += timedelta(minutes=1)
    last = station_proof(context, "h654", MONTH).slots[-1].key
    [line] = say(context, [Said(line=1, slot=last)], source="page", station="h654").lines
    assert line.amends
    waiting.all(context)
    closing = closed_figures(context, MONTH).closing
    assert closing.closed_at > NEW_YEAR
    assert verify_closings(context) == []
    with pytest.raises(AmendmentReasonMissing):
        order_closing(context, MONTH)
    ordered(context, reason="Nhật ký đến muộn")
    waiting.all(context)
    amended = closed_figures(context, MONTH).closing
    assert (amended.number, amended.entries) == (1, closing.entries + 1)
    over.now += timedelta(minutes=1)
    ordered(context, reason="Lần nữa")
    waiting.all(context)
    last_one = errands.latest(context, "closing", str(MONTH))
    assert last_one is not None
    assert last_one.refusal is not None
    assert (last_one.state, last_one.refusal.code) == ("failed", "closings.nothing_new")


# What figures are read from and does not move under them.
HELD = {
    "as_run_batch": "what was received after the moment of the closing is left out",
    "as_run_entry": "as above",
    "delivery": "what came after the moment is left out",
    "month_plan": "of a revision: what is published never changes",
    "plan_entry": "as above",
    "plan_revision": "which one is in force is asked by itself",
    "recording": "what an entry was heard in stays as it was when it was said",
    "recording_match": "as above",
    "rendition": "those of a file that a station had are there before, and never change",
    "slot": "as the revision",
    "slot_item": "as the revision",
    "unit": "its rows never change: what changes are its versions",
    "unit_succession": "only added with the sample, which makes versions too",
}
# What the errand keeps of itself, and what it knows changes by.
ITS_OWN = {"audit_entry", "closed_figure", "closing_draft", "errand", "errand_part"}


def test_all_that_figures_are_read_from_is_known_to_move_or_not_to(over: World) -> None:
    with over.change() as session:
        rules = list(session.exec(select(AirtimeRule)))
        unit = session.exec(select(Unit.id)).first()
        for kind, period in (("max", "session"), ("min", "month")):
            # The ways of a rule that are asked for more: in a unit, and of sessions.
            asks = {**rules[0].model_dump(exclude={"id"}), "code": f"{kind}-{period}", "unit_id": unit}
            session.add(AirtimeRule(**{**asks, "kind": kind, "period": period, "stations": None}))
    context, waiting = in_parts(over)
    ordered(context)
    assert waiting.next(context) == "done"
    read: set[str] = set()

    @event.listens_for(context.database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        read.update(re.findall(r"\w+", statement))

    assert waiting.all(context) == ["done"] * 4
    assert {"broadcast_session", "blackout", "unit_version"} <= read
    tables = read & set(SQLModel.metadata.tables)
    assert tables - ITS_OWN - MOVED_BY.keys() == HELD.keys() & tables
    assert set(chain.from_iterable(MOVED_BY.values())) <= known_actions().keys()


def test_what_moves_the_ground_ends_it_with_nothing_stored(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    waiting.next(context)
    waiting.next(context)
    withdraw_segment(context, "b0001", reason="Số liệu sai")
    assert waiting.all(context) == ["failed", "nothing"]
    ended = errands.get(context, ("closing",), str(MONTH), errand.id)
    assert ended.refusal is not None
    assert (ended.state, ended.refusal.code) == ("failed", "errand.ground_moved")
    assert (count(context, ClosingDraft), count(context, MonthClosing)) == (0, 0)


def test_a_part_that_whoever_does_it_dies_of_ends_it(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    waiting.next(context)
    with context.database.write() as session:
        part = session.get_one(ErrandPart, (errand.id, 0))
        part.begun = MOST_DEATHS
        session.add(part)
    assert waiting.next(context) == "failed"
    ended = errands.get(context, ("closing",), str(MONTH), errand.id)
    assert ended.refusal is not None
    assert ended.refusal.code == "errand.deadly"


def test_a_fault_of_ours_ends_it_at_once_and_is_no_death(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    waiting.next(context)
    with context.database.write() as session:
        row = session.get_one(Errand, errand.id)
        row.asked = {name: value for name, value in row.asked.items() if name != "at"}
        session.add(row)
    assert waiting.all(context) == ["failed", "nothing", "nothing"]
    ended = errands.get(context, ("closing",), str(MONTH), errand.id)
    assert ended.refusal is not None
    assert (ended.state, ended.refusal.code) == ("failed", "errand.failed")
    assert (count(context, ClosingDraft), count(context, ErrandPart)) == (0, 0)


def test_a_database_that_goes_away_while_a_part_is_done_is_no_death_of_who_does_it(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    waiting.next(context)
    apart = Database(context.database.place)
    gone: list[Exception] = []

    @event.listens_for(apart.engine, "before_cursor_execute")
    def go_away(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO closing_draft"):
            raise gone[-1]

    for number in range(MOST_DEATHS + 1):
        gone.append(psycopg.OperationalError("server closed the connection") if number % 2 else PoolTimeout())
        outcome = work_off(replace(context, database=apart), waiting.steps[0], lambda: False)
        assert outcome == ("away" if number % 2 else "trouble")
    apart.close()
    assert waiting.all(context) == ["done"] * 4
    assert errands.get(context, ("closing",), str(MONTH), errand.id).state == "done"


def test_an_errand_without_parts_ends_without_anybody_looking_for_it(empty: Context) -> None:
    waiting = Waiting()
    context = replace(empty, jobs=waiting)
    with context.database.write() as session:
        errand = errands.order(session, context, "closing", str(MONTH), {})
    assert waiting.all(context) == ["done", "failed"]
    ended = errands.get(context, ("closing",), str(MONTH), errand.id)
    assert ended.refusal is not None
    assert (ended.all, ended.refusal.code) == (0, "plan.none")


def test_a_month_of_few_stations_is_closed_at_once(over: World) -> None:
    context = replace(over.context, jobs=Waiting())
    assert not isinstance(order_closing(context, MONTH), ErrandView)


def test_what_a_host_whose_clock_is_behind_takes_in_meanwhile_is_not_in_what_is_sealed(over: World) -> None:
    context, waiting = in_parts(over)
    ordered(context)
    waiting.next(context)
    last = station_proof(context, "h654", MONTH).slots[-1].key
    over.now -= timedelta(seconds=2)
    assert say(context, [Said(line=1, slot=last)], source="page", station="h654").lines[0].outcome == "new"
    over.now += timedelta(seconds=4)
    waiting.all(context)
    closing = closed_figures(context, MONTH).closing
    assert verify_closings(context) == []
    ordered(context, reason="Nhật ký đến muộn")
    waiting.all(context)
    assert closed_figures(context, MONTH).closing.entries == closing.entries + 1


def test_a_database_that_is_busy_for_a_moment_ends_nothing(over: World) -> None:
    context, waiting = in_parts(over)
    errand = ordered(context)
    impatient = Database(context.database.place)

    @event.listens_for(impatient.engine, "connect")
    def hurry(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 20" if impatient.kind == "sqlite" else "SET lock_timeout = '20ms'")
        cursor.close()
        if impatient.kind == "postgresql":
            connection.commit()

    for _ in ("beginning", "part"):
        with context.database.write() as session:
            session.connection()
            assert work_off(replace(context, database=impatient), waiting.steps[0], lambda: False) == "trouble"
        assert waiting.next(context) == "done"
    impatient.close()
    assert waiting.all(context) == ["done"] * 3
    assert errands.get(context, ("closing",), str(MONTH), errand.id).state == "done"
