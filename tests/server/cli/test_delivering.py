"""What was recalled and what is urgent, on the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.services import deliveries, vetting
from server.services.check_ins import say_played, say_removed
from server.services.rights import Role
from server.services.segments import get_segment
from tests.server.cli.command import did, loa
from tests.server.people import add_person
from tests.server.vetted import add_draft, lead_topics
from tests.server.worlds import World, build_world, open_world

CODE = "b0900"


@pytest.fixture
def waiting(tmp_path: Path) -> World:
    """Something urgent that waits for its lead, by the machine's own clock; nobody has the home open."""
    world = build_world(tmp_path / "home", segments=0, now=datetime.now(UTC))
    lead_topics(world)
    add_person(world.context, "chu-tri", [Role.LEAD], organisation="snv")
    add_draft(world, CODE, priority="urgent", tone=True)
    vetting.submit(world.context, CODE)
    world.context.close()
    return world


def at_home(world: World) -> World:
    return open_world(world.context.home, now=datetime.now(UTC), keys=world.keys)


def test_an_approval_tells_whom_it_called_and_the_call_is_shown_and_ended(waiting: World) -> None:
    home = waiting.context.home
    approved = loa(home, "segments", "approve", CODE, "--as", "chu-tri")
    assert approved.returncode == 0
    assert "đang gọi 3 đài phát ngay" in approved.stderr
    shown = loa(home, "emergencies", "show", "1")
    assert (shown.returncode, "0 trên 3 đài đã phát." in shown.stdout) == (1, True)
    world = at_home(waiting)
    for code in ("h654", "x24490", "x24502"):
        say_played(world.context, code, 1)
    world.context.close()
    assert "3 trên 3 đài đã phát." in did(home, "emergencies", "show", "1")
    [listed] = json.loads(did(home, "emergencies", "list", "--json"))["items"]
    assert (listed["segment"], listed["state"], listed["played"]) == (CODE, "calling", 3)
    ended = loa(home, "emergencies", "end", "1", "--reason", "Bão đã tan", "--as", "chu-tri")
    assert ended.returncode == 0
    assert "3 trên 3 đài đã phát" in ended.stderr
    again = loa(home, "emergencies", "end", "1", "--reason", "Bão đã tan")
    assert again.returncode != 0
    assert "đã kết thúc rồi" in again.stderr


def test_a_withdrawal_tells_who_has_it_and_the_recall_is_shown_until_all_answered(waiting: World) -> None:
    home = waiting.context.home
    did(home, "segments", "approve", CODE, "--as", "chu-tri")
    world = at_home(waiting)
    audio = get_segment(world.context, CODE).audio
    assert audio is not None
    deliveries.note_verified(world.context, "h654", [audio.broadcast_sha256])
    world.context.close()
    withdrawn = loa(home, "segments", "withdraw", CODE, "--reason", "Tin sai")
    assert withdrawn.returncode == 0
    assert "Đã thu hồi: 1 đài có bài." in withdrawn.stderr
    assert "loa recalls show 1" in loa(home, "segments", "show", CODE).stderr
    shown = loa(home, "recalls", "show", "1")
    assert (shown.returncode, "còn giữ tệp" in shown.stdout, "x24490" in shown.stdout) == (1, True, False)
    world = at_home(waiting)
    say_removed(world.context, "h654", 1)
    world.context.close()
    assert "Cả 1 đài có bài này đã báo xóa" in did(home, "recalls", "show", "1")
    assert "1/1" in did(home, "recalls", "list")
