import os
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from sqlmodel import select

from schedules.months import Month
from server.db.records import Fact
from server.db.registry import Blackout
from server.db.registry import Station as StationRow
from server.services.exports import calendar
from server.services.plans import make_plan, publish_plan, station_month
from server.services.refusals import NotPublished, UnknownStation, UnknownUnit
from server.services.views import Export
from tests.server.worlds import MONTH, World

TODAY = date(2026, 11, 20)


def feed(world: World, *, station: str | None = None, district: str | None = None, today: date = TODAY) -> Export:
    return calendar(world.context, station=station, district=district, today=today)


def events_in(export: Export) -> dict[str, dict[str, Any]]:
    """By UID what another reader makes of each event."""
    read = vobject.readOne(export.content.decode())
    return {
        event.uid.value: {
            "summary": event.summary.value,
            "description": event.description.value,
            "start": event.dtstart.value,
            "end": event.dtend.value,
            "sequence": int(event.sequence.value),
            "status": event.status.value,
            "modified": event.last_modified.value,
        }
        for event in read.contents.get("vevent", [])
    }


def test_a_station_s_month_has_an_event_for_each_slot_in_local_time(published: World) -> None:
    export = calendar(published.context, station="h654", month=MONTH, today=TODAY)

    slots = station_month(published.context, "h654", MONTH).slots
    read = sorted(events_in(export).values(), key=lambda event: event["start"])
    assert [(event["start"], event["end"]) for event in read] == [
        (slot.starts_at, slot.starts_at + timedelta(milliseconds=slot.length_ms)) for slot in slots
    ]
    assert {event["summary"] for event in read} == {"Tuyên truyền CCHC · Krông Pắc"}
    first = slots[0].items[0]
    minutes, seconds = divmod(first.duration_ms // 1000, 60)
    assert read[0]["description"].splitlines()[0] == f"1. {first.title} ({minutes}:{seconds:02d})"
    assert export.file_name == "h654-2026-12.ics"
    assert export.media_type == "text/calendar; charset=utf-8"
    assert b"BEGIN:VTIMEZONE" in export.content
    assert export.modified_at == published.now


def test_calcurse_takes_in_every_event_of_the_province(published: World, tmp_path: Path) -> None:
    export = feed(published)
    (tmp_path / "lich.ics").write_bytes(export.content)

    said = subprocess.run(
        ["calcurse", "-D", str(tmp_path / "calcurse"), "-i", str(tmp_path / "lich.ics")],
        env={**os.environ, "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    assert f"{len(events_in(export))} apps" in said
    assert "0 skipped" in said


def test_after_a_withdrawal_subscribers_see_changes_and_cancellations_under_the_same_uids(published: World) -> None:
    before = events_in(feed(published, district="654"))
    published.now += timedelta(hours=1)
    published.withdraw("b0003")
    make_plan(published.context, MONTH)
    done = publish_plan(published.context, MONTH)
    export = feed(published, district="654")
    after = events_in(export)

    assert before.keys() <= after.keys()
    assert len(after.keys() - before.keys()) == done.slots_new
    changed = {uid for uid in before if after[uid] != before[uid]}
    assert changed
    for uid in changed:
        assert after[uid]["sequence"] == 1
        assert after[uid]["modified"] == published.now
        assert "Hỏi đáp số 3:" in before[uid]["description"] or after[uid]["status"] == "CANCELLED"
    cancelled = {uid for uid in after if after[uid]["status"] == "CANCELLED"}
    assert len(cancelled) == done.slots_cancelled
    live = {uid for uid in after if after[uid]["status"] == "CONFIRMED"}
    assert not [uid for uid in live if "Hỏi đáp số 3:" in after[uid]["description"]]
    assert len(live) == sum(
        len(station_month(published.context, code, MONTH).slots) for code in ("h654", "x24490", "x24502")
    )
    assert export.modified_at == published.now


def test_a_slot_that_is_gone_stays_as_a_cancelled_event(published: World) -> None:
    slots = station_month(published.context, "h654", MONTH).slots
    gone = slots[0]
    with published.change() as session:
        session.add(
            Blackout(
                station_id=published.keys["h654"],
                starts_at=gone.starts_at - timedelta(hours=12),
                ends_at=gone.starts_at + timedelta(hours=12),
                note="",
            )
        )
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)

    [event] = [each for each in events_in(feed(published, station="h654")).values() if each["start"] == gone.starts_at]
    assert (event["status"], event["sequence"]) == ("CANCELLED", 1)


def test_an_equal_revision_leaves_a_feed_byte_for_byte(published: World) -> None:
    before = feed(published)
    published.now += timedelta(days=2)
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)

    assert feed(published) == before


def test_a_district_s_feed_has_its_communes_and_what_they_relay(published: World) -> None:
    published.add_unit("655", "Huyện Krông Ana", level="district", kind="Huyện", parent="66")
    published.add_station("h655", unit="655", tier="district", name="Đài huyện Krông Ana")
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)

    ours, theirs, everybody = (
        events_in(export)
        for export in (feed(published, district="654"), feed(published, district="655"), feed(published))
    )
    assert {event["summary"].split(" · ")[1] for event in ours.values()} == {"Krông Pắc", "Ea Yông", "Ea Kly"}
    assert {event["summary"].split(" · ")[1] for event in theirs.values()} == {"Krông Ana"}
    assert everybody == ours | theirs
    assert any(
        event["description"].startswith("Tiếp âm: Đài Truyền thanh - Truyền hình huyện Krông Pắc\n1. ")
        for event in ours.values()
    )


@pytest.mark.parametrize(
    ("today", "there"),
    [
        (date(2027, 3, 31), True),
        (date(2027, 4, 1), False),
        (date(2025, 12, 1), True),
        (date(2025, 11, 30), False),
    ],
)
def test_a_feed_reaches_from_three_months_back_to_twelve_ahead(published: World, today: date, *, there: bool) -> None:
    assert bool(events_in(feed(published, station="h654", today=today))) == there


def test_a_feed_before_anything_is_published_is_an_empty_calendar(district: World) -> None:
    export = feed(district, station="h654")

    assert events_in(export) == {}
    assert export.modified_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_month_that_is_not_published_is_refused(published: World) -> None:
    with pytest.raises(NotPublished):
        calendar(published.context, station="h654", month=Month(2027, 1), today=TODAY)


def test_unknown_stations_and_districts_are_refused(published: World) -> None:
    with pytest.raises(UnknownStation):
        feed(published, station="h999")
    for code in ("999", "24490", "66"):
        with pytest.raises(UnknownUnit):
            feed(published, district=code)


def test_a_code_s_feed_is_that_of_the_station_that_has_it_today(published: World) -> None:
    with published.change() as session:
        old = session.exec(select(StationRow).where(StationRow.code == "x24490")).one()
        old.valid_to = date(2027, 1, 1)
        session.add(old)
    published.add_unit("24490b", "Phường Ea Yông", kind="Phường", parent="66", valid_from=date(2027, 1, 1))
    published.add_station("x24490", unit="24490b", name="Đài mới", valid_from=date(2027, 1, 1))
    make_plan(published.context, MONTH.next())
    publish_plan(published.context, MONTH.next())

    before = feed(published, station="x24490", today=date(2026, 12, 31))
    after = feed(published, station="x24490", today=date(2027, 1, 1))
    assert {event["start"].month for event in events_in(before).values()} == {12}
    assert {event["start"].month for event in events_in(after).values()} == {1}
    assert not events_in(before).keys() & events_in(after).keys()


def test_uids_are_this_installation_s_and_no_other_s(published: World, sounding: World) -> None:
    def installation(world: World) -> str:
        with world.context.database.read() as session:
            return session.exec(select(Fact.value).where(Fact.name == "installation")).one()

    assert installation(published) != installation(sounding)
    assert not events_in(feed(published)).keys() & events_in(feed(sounding)).keys()
