"""What a withdrawal would come to is told before, and is what comes of it."""

from sqlmodel import select

from server.db.records import AuditEntry
from server.services import deliveries
from server.services.pushing import push_version, pushable
from server.services.replanning_segments import withdraw
from server.services.segments import get_segment
from server.services.withdrawing import consequences, rehearse_withdrawal
from tests.server.services.test_pushing import replace_recording
from tests.server.services.test_replanning import aired_in, holding
from tests.server.worlds import MONTH, World

CODE = "b0003"


def entries(world: World) -> int:
    with world.context.database.read() as session:
        return len(session.exec(select(AuditEntry)).all())


def test_the_rehearsal_is_what_withdrawing_then_does_and_changes_nothing(published: World) -> None:
    before, recorded = aired_in(published, MONTH, "published"), entries(published)
    [rehearsed] = rehearse_withdrawal(published.context, CODE)
    assert entries(published) == recorded
    assert get_segment(published.context, CODE).state == "ready"
    done = withdraw(published.context, CODE, reason="Số liệu sai")
    [month] = done.replanned.months
    assert (rehearsed.slots, rehearsed.stations, rehearsed.left) == (month.slots, month.stations, month.left)
    after = aired_in(published, MONTH, "draft")
    times = {each.segment: each.times for each in rehearsed.instead}
    for code, more in times.items():
        assert len(holding(after, code)) - len(holding(before, code)) == more
    assert CODE not in times


def test_what_is_published_is_counted_station_by_station_with_who_has_the_sound(published: World) -> None:
    sound = get_segment(published.context, CODE).audio
    assert sound is not None
    deliveries.note_verified(published.context, "x24490", [sound.broadcast_sha256])
    found = consequences(published.context, CODE)
    slots = holding(aired_in(published, MONTH, "published"), CODE)
    assert found.slots == len(slots)
    assert [(each.month, each.slots, each.draft) for each in found.months] == [("2026-12", len(slots), False)]
    assert found.airing == len({slot[0] for slot in slots})
    assert [each.station for each in found.stations if each.has is not None] == ["x24490"]
    withdraw(published.context, CODE, reason="Số liệu sai")
    assert [each.draft for each in consequences(published.context, CODE).months] == [True]
    published.now = max(slot[1] for slot in slots)
    assert consequences(published.context, CODE).slots == 0


def test_where_a_station_would_be_short_it_is_named(published: World) -> None:
    for code in ("b0001", "b0002", "b0004", "b0005", "b0006"):
        published.withdraw(code)
    [month] = rehearse_withdrawal(published.context, CODE)
    assert month.instead == []
    assert {each.station_name for each in month.short} >= {"Đài Truyền thanh - Truyền hình huyện Krông Pắc"}
    assert all(each.short_ms > each.short_before_ms for each in month.short)


def test_what_a_push_would_come_to_is_what_comes_of_it(published: World) -> None:
    replace_recording(published, CODE)
    [before] = pushable(published.context, CODE)
    [after] = push_version(published.context, CODE, reason="Sửa lời").months
    assert (before.month, before.slots, before.resized, before.left, before.stations) == (
        after.month,
        after.slots,
        after.resized,
        after.left,
        after.stations,
    )
    assert before.slots > 0
