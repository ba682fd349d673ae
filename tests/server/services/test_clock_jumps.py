"""A clock that is put back an hour, or forward a day, and back: what has an order of its own keeps it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from server.db.accounts import LoginSession
from server.db.plans import CalendarEvent
from server.services.as_run import Said, say
from server.services.backup_making import make_backup, prune_backups
from server.services.backup_sealing import Sealing
from server.services.backups import list_backups, read_backup
from server.services.closing_checks import verify_closings
from server.services.closings import close_month, list_closings
from server.services.context import Context
from server.services.plans import make_plan, plan_in_force, publish_plan
from server.services.proofs import station_proof
from server.services.session_limits import SessionLimits
from server.services.trail import verify
from tests.server.api.conftest import client_of
from tests.server.people import add_person
from tests.server.services.test_closings import NEW_YEAR
from tests.server.worlds import MONTH, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLAIN = Sealing(None)
JUMPS = pytest.mark.parametrize("jump", [-HOUR, DAY, -DAY], ids=["back an hour", "forward a day", "back a day"])


def sequences(context: Context) -> dict[str, int]:
    with context.database.read() as session:
        return {row.uid: row.sequence for row in session.exec(select(CalendarEvent)).all()}


@JUMPS
def test_what_is_published_next_is_in_force_and_calendars_go_up(published: World, jump: timedelta) -> None:
    before = sequences(published.context)
    for number, code in enumerate(("b0001", "b0002"), 2):
        published.now += jump
        published.withdraw(code)
        make_plan(published.context, MONTH)
        assert publish_plan(published.context, MONTH).revision.number == number
        in_force = plan_in_force(published.context, MONTH)
        assert in_force is not None
        assert in_force.number == number
        after = sequences(published.context)
        assert all(after[uid] >= sequence for uid, sequence in before.items())
        assert sum(after.values()) > sum(before.values())
        before = after
    assert verify(published.context).whole


@JUMPS
def test_what_was_said_before_the_jump_is_in_some_closing_and_no_closing_breaks(
    published: World, jump: timedelta
) -> None:
    published.now = NEW_YEAR + 2 * DAY
    slots = [slot.key for slot in station_proof(published.context, "h654", MONTH).slots]

    def said(key: str) -> None:
        [line] = say(published.context, [Said(line=1, slot=key)], source="page", station="h654").lines
        assert line.outcome == "new"

    said(slots[0])
    published.now += jump
    said(slots[1])
    close_month(published.context, MONTH)
    assert verify_closings(published.context) == []
    published.now += jump
    said(slots[2])
    close_month(published.context, MONTH, reason="Đến muộn")
    assert verify_closings(published.context) == []
    # The clock is right again: all that was ever said is in the last amendment, and nothing is left to amend.
    published.now = NEW_YEAR + 10 * DAY
    said(slots[3])
    last = close_month(published.context, MONTH, reason="Đồng hồ đã đúng")
    assert verify_closings(published.context) == []
    assert last.entries == 4
    assert [each.number for each in list_closings(published.context)] == [0, 1, 2]
    assert verify(published.context).whole


def test_a_session_lives_on_when_the_clock_is_put_back_and_ends_when_it_jumps_beyond_its_time(published: World) -> None:
    published.context.sessions = SessionLimits(idle=12 * HOUR, longest=3 * DAY)
    person = add_person(published.context, "lan")
    with client_of(published.context, who=person) as client:
        assert client.get("/api/v1/me").status_code == 200
        published.now -= HOUR
        assert client.get("/api/v1/me").status_code == 200
        published.now += DAY
        assert client.get("/api/v1/me").status_code == 401
        # Put right again: what was refused was not ended.
        published.now -= DAY
        assert client.get("/api/v1/me").status_code == 200
    with published.context.database.read() as session:
        living = select(func.count()).where(
            col(LoginSession.account_id) == person.key, col(LoginSession.ended_at).is_(None)
        )
        assert session.exec(living).one() == 1


def test_the_newest_backup_is_the_one_made_last_whatever_the_clock_said(published: World, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    published.now += 365 * DAY
    made = [make_backup(published.context, folder, PLAIN).name]
    published.now -= 365 * DAY
    made += [make_backup(published.context, folder, PLAIN).name for _ in range(10)]
    assert [each.name for each in list_backups(folder)] == made[::-1]
    assert read_backup(folder).name == made[-1]
    prune_backups(published.context, folder, keep=2)
    assert [each.name for each in list_backups(folder)] == made[:-3:-1]
