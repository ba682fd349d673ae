"""Stations that close, break down, work again and go dark, and what that does to plans. Local days, UTC+7."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from server.db.records import AuditEntry
from server.db.registry import Blackout, StationState
from server.services.checks import check_month
from server.services.differences import month_difference
from server.services.local_time import ZONE
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.refusals import BadField, EndNotAfterStart, OutageOverlaps, StationWorks, UnknownStation
from server.services.station_changes import black_out, close_station, reopen_station
from tests.server.services.plan_reading import slots_of
from tests.server.services.test_replanning import aired_in, recounted, stored
from tests.server.worlds import MONTH, World, local


def states(world: World) -> list[tuple[str, date, date | None]]:
    with world.context.database.read() as session:
        rows = session.exec(select(StationState).order_by(StationState.valid_from))  # type: ignore[arg-type]  # SQLModel types a column as its value
        return [(row.state, row.valid_from, row.valid_to) for row in rows]


def drafted(world: World, code: str) -> list[datetime]:
    return [slot.starts_at for slot in stored(world, MONTH, "draft").get(world.keys[code], [])]


def published_at(world: World, code: str) -> list[datetime]:
    return [slot.starts_at for slot in slots_of(world, code)]


# Closing


def test_a_station_that_closes_for_some_days_has_no_slots_on_them_and_others_keep_theirs(published: World) -> None:
    before = aired_in(published, MONTH, "published")
    opens = min(published_at(published, "x24490")).astimezone(ZONE).date()
    again = opens + timedelta(days=8)
    done = close_station(
        published.context, "x24490", first=opens, last=again - timedelta(days=1), reason="Sửa  ăng-ten"
    )
    after = aired_in(published, MONTH, "draft")

    first, end = local(f"{opens} 00:00"), local(f"{again} 00:00")
    assert (done.kind, done.starts_at, done.ends_at, done.reason) == ("closed", first, end, "Sửa ăng-ten")
    gone = before - after
    assert gone
    assert {slot[0] for slot in gone | (after - before)} == {published.keys["x24490"]}
    assert all(first <= slot[1] < end for slot in gone)
    assert not [at for at in drafted(published, "x24490") if first <= at < end]
    assert (done.replanned.slots, done.replanned.stations) == recounted(before, after)[:2]
    assert states(published) == [("closed", opens, again)]
    publish_plan(published.context, MONTH)


def test_when_a_parent_closes_those_who_relay_it_lose_what_they_relayed(published: World) -> None:
    done = close_station(published.context, "h654", first=date(2026, 12, 1), last=None, reason="Giải thể")
    assert done.ends_at is None
    assert drafted(published, "h654") == []
    for code in ("x24490", "x24502"):
        slots = stored(published, MONTH, "draft").get(published.keys[code], [])
        assert all(slot.relayed_from is None for slot in slots)
    [month] = done.replanned.months
    assert (month.stations, month.short_ms) == (3, 900_000)


def test_the_last_day_of_a_month_belongs_to_it_and_the_next_month_is_left_alone(published: World) -> None:
    """17:00 UTC of the last day is the first minute of the next month."""
    done = close_station(published.context, "h654", first=date(2026, 11, 20), last=date(2026, 11, 30), reason="Sửa máy")
    assert done.ends_at == local("2026-12-01 00:00")
    assert done.replanned.months == []
    assert [view.status for view in list_revisions(published.context, MONTH)] == ["published"]


def test_slots_too_near_stay_and_are_counted_as_left(published: World) -> None:
    first = min(published_at(published, "h654"))
    published.now = (first - timedelta(hours=2)).astimezone(UTC)
    done = close_station(
        published.context, "h654", first=published.now.astimezone(first.tzinfo).date(), last=None, reason="Cháy"
    )
    assert drafted(published, "h654") == [first]
    assert done.replanned.left == 1
    publish_plan(published.context, MONTH)


def test_a_broken_station_is_told_from_a_closed_one(published: World) -> None:
    close_station(
        published.context, "h654", first=date(2026, 12, 2), last=date(2026, 12, 2), reason="Hỏng", state="broken"
    )
    assert states(published) == [("broken", date(2026, 12, 2), date(2026, 12, 3))]
    with pytest.raises(BadField):
        close_station(published.context, "h654", first=date(2026, 12, 9), last=None, reason="x", state="asleep")


def test_closing_for_which_there_is_no_slot_makes_no_draft(published: World) -> None:
    free = next(day for day in MONTH.dates() if day not in {at.date() for at in published_at(published, "x24490")})
    done = close_station(published.context, "x24490", first=free, last=free, reason="Nghỉ")
    assert done.replanned.months == []


# Working again


def test_a_station_that_works_again_early_ends_what_closed_it(published: World) -> None:
    close_station(published.context, "h654", first=date(2026, 12, 1), last=date(2026, 12, 31), reason="Sửa máy")
    publish_plan(published.context, MONTH)
    assert not check_month(published.context, MONTH).met

    done = reopen_station(published.context, "h654", first=date(2026, 12, 4), reason="Xong sớm")
    assert (done.kind, done.starts_at, done.ends_at) == (
        "working",
        local("2026-12-04 00:00"),
        local("2027-01-01 00:00"),
    )
    assert states(published) == [("closed", date(2026, 12, 1), date(2026, 12, 4))]
    [month] = done.replanned.months
    assert (month.outcome, month.short_ms) == ("draft", 0)
    assert min(drafted(published, "h654")) >= local("2026-12-04 00:00")
    publish_plan(published.context, MONTH)
    assert check_month(published.context, MONTH).met


def test_what_was_to_close_it_from_that_day_on_is_taken_back(published: World) -> None:
    close_station(published.context, "h654", first=date(2026, 12, 7), last=None, reason="Dự kiến")
    reopen_station(published.context, "h654", first=date(2026, 12, 7))
    assert states(published) == []
    [draft, _] = list_revisions(published.context, MONTH)
    assert draft.status == "draft"
    assert month_difference(published.context, MONTH).slots == 0


def test_a_station_that_works_can_not_work_again(published: World) -> None:
    close_station(published.context, "h654", first=date(2026, 12, 7), last=date(2026, 12, 8), reason="Sửa")
    for day in (date(2026, 12, 6), date(2026, 12, 9)):
        with pytest.raises(StationWorks) as refused:
            reopen_station(published.context, "h654", first=day)
        assert refused.value.day == day.isoformat()


# Going dark


def test_a_blackout_moves_only_what_it_covers(published: World) -> None:
    slot = slots_of(published, "h654")[2]
    before = aired_in(published, MONTH, "published")
    starts_at, ends_at = slot.starts_at - timedelta(minutes=5), slot.starts_at + timedelta(minutes=1)
    done = black_out(published.context, "h654", starts_at=starts_at, ends_at=ends_at, reason="Cắt điện")
    assert (done.kind, done.starts_at, done.ends_at) == ("blackout", starts_at, ends_at)
    gone = before - aired_in(published, MONTH, "draft")
    assert {each[1] for each in gone if each[0] == published.keys["h654"]} == {slot.starts_at}
    assert slot.starts_at not in drafted(published, "h654")
    with published.context.database.read() as session:
        assert [row.note for row in session.exec(select(Blackout))] == ["Cắt điện"]
    publish_plan(published.context, MONTH)


def test_a_blackout_that_ends_where_a_slot_begins_touches_nothing(published: World) -> None:
    first = min(published_at(published, "x24490"))
    done = black_out(
        published.context, "x24490", starts_at=first - timedelta(hours=1), ends_at=first, reason="Cắt điện"
    )
    assert done.replanned.months == []


def test_a_month_that_only_has_a_draft_gets_a_new_one(district: World) -> None:
    make_plan(district.context, MONTH)
    hit = min(drafted(district, "h654"))
    done = black_out(district.context, "h654", starts_at=hit, ends_at=hit + timedelta(hours=1), reason="Cắt điện")
    assert [(month.revision, month.draft_replaced) for month in done.replanned.months] == [(None, True)]
    assert hit not in drafted(district, "h654")


# Refusals and traces


def test_an_end_before_the_start_is_refused(published: World) -> None:
    with pytest.raises(EndNotAfterStart):
        close_station(published.context, "h654", first=date(2026, 12, 5), last=date(2026, 12, 4), reason="x")
    at = local("2026-12-05 08:00")
    with pytest.raises(EndNotAfterStart) as refused:
        black_out(published.context, "h654", starts_at=at, ends_at=at.astimezone(UTC), reason="x")
    assert refused.value.facts == {"start": "2026-12-05T08:00+07:00", "end": "2026-12-05T08:00+07:00"}


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [
        (date(2026, 12, 1), date(2026, 12, 4), False),
        (date(2026, 12, 1), date(2026, 12, 5), True),
        (date(2026, 12, 10), None, True),
        (date(2026, 12, 11), None, False),
        (date(2026, 11, 30), None, True),
    ],
)
def test_a_station_is_not_closed_twice_on_one_day(
    published: World, first: date, last: date | None, *, overlaps: bool
) -> None:
    close_station(published.context, "h654", first=date(2026, 12, 5), last=date(2026, 12, 10), reason="Sửa")
    if overlaps:
        with pytest.raises(OutageOverlaps) as refused:
            close_station(published.context, "h654", first=first, last=last, reason="Sửa")
        assert (refused.value.kind, refused.value.start, refused.value.end) == ("closed", "2026-12-05", "2026-12-10")
        assert len(states(published)) == 1
    else:
        close_station(published.context, "h654", first=first, last=last, reason="Sửa")
        assert len(states(published)) == 2


def test_a_station_is_not_dark_twice_at_one_time(published: World) -> None:
    first, end = local("2026-12-05 08:00"), local("2026-12-05 10:00")
    black_out(published.context, "h654", starts_at=first, ends_at=end, reason="Cắt điện")
    black_out(published.context, "h654", starts_at=end, ends_at=end + timedelta(hours=1), reason="Cắt điện")
    with pytest.raises(OutageOverlaps):
        black_out(published.context, "h654", starts_at=end - timedelta(minutes=1), ends_at=end, reason="Cắt điện")


def test_a_station_that_nobody_knows_and_a_reason_that_says_nothing_are_refused(published: World) -> None:
    with pytest.raises(UnknownStation):
        close_station(published.context, "h999", first=date(2026, 12, 5), last=None, reason="x")
    with pytest.raises(BadField):
        close_station(published.context, "h654", first=date(2026, 12, 5), last=None, reason=" ")
    assert states(published) == []


def test_each_change_leaves_its_trace_with_the_reason(published: World) -> None:
    close_station(published.context, "h654", first=date(2027, 3, 1), last=None, reason="Sửa")
    reopen_station(published.context, "h654", first=date(2027, 3, 9), reason="Xong")
    black_out(
        published.context,
        "h654",
        starts_at=local("2027-03-20 00:00"),
        ends_at=local("2027-03-21 00:00"),
        reason="Cắt điện",
    )
    with published.context.database.read() as session:
        trail = [entry for entry in session.exec(select(AuditEntry)) if entry.subject == "h654"]
    assert [(entry.action, entry.facts["first"], entry.facts["reason"]) for entry in trail] == [
        ("station.closed", "2027-03-01", "Sửa"),
        ("station.reopened", "2027-03-09", "Xong"),
        ("station.blackout", "2027-03-20T00:00+07:00", "Cắt điện"),
    ]


def test_days_at_the_edge_of_the_calendar_are_refused(published: World) -> None:
    far = date(9999, 12, 31)
    with pytest.raises(BadField):
        close_station(published.context, "h654", first=date(2026, 12, 10), last=far, reason="x")
    with pytest.raises(BadField):
        reopen_station(published.context, "h654", first=date(1, 1, 1))
    with pytest.raises(BadField):
        black_out(
            published.context,
            "h654",
            starts_at=local("2026-12-28 00:00"),
            ends_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
            reason="x",
        )
    assert states(published) == []
