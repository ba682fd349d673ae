import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from schedules.exchange import read_instance, read_plan
from schedules.months import Month
from server.db.library import Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.db.records import AuditEntry
from server.db.registry import Station as StationRow
from server.services.context import Context
from server.services.plans import (
    beforehand_of,
    default_as_of,
    export_problem,
    list_revisions,
    make_plan,
    plan_in_force,
    province_month,
    publish_plan,
    solve,
    station_month,
)
from server.services.refusals import (
    NoPlan,
    NoStations,
    PlanOvertaken,
    UnknownRevision,
    UnknownStation,
)
from server.services.views import RevisionView, SlotView
from tests.checker.__main__ import main as checker
from tests.server.services.plan_reading import darken, events, plan_ids, rows, segments_in, slots_of
from tests.server.worlds import MONTH, World, build_world, local


def test_what_is_made_is_a_draft_that_meets_the_rule_for_the_district_and_those_who_relay_it(district: World) -> None:
    told: list[tuple[int, int]] = []
    draft = make_plan(district.context, MONTH, progress=lambda done, total, _short: told.append((done, total)))

    assert (draft.status, draft.number, draft.stations, draft.short_ms) == ("draft", None, 3, 0)
    assert draft.as_of == district.now
    assert told[-1] == (3, 3)
    found = station_month(district.context, "h654", MONTH)
    assert sum(slot.airtime_ms for slot in found.slots) == found.verdicts[0].planned_ms >= 900_000
    assert found.verdicts[0].status == "met"
    relayed = slots_of(district, "x24490")
    assert {slot.starts_at for slot in relayed if slot.relayed_from == "h654"} <= {
        slot.starts_at for slot in found.slots
    }


def test_a_new_draft_replaces_the_old_one_and_leaves_nothing_of_it(district: World) -> None:
    make_plan(district.context, MONTH)
    slots, items = rows(district, Slot), rows(district, SlotItem)
    district.withdraw(min(segments_in(slots_of(district, "h654"))))
    make_plan(district.context, MONTH)

    assert [view.status for view in list_revisions(district.context, MONTH)] == ["draft"]
    assert rows(district, MonthPlan) == rows(district, PlanEntry) == 3
    assert abs(rows(district, Slot) - slots) < slots
    assert rows(district, SlotItem) > 0
    assert items > 0


def test_a_draft_that_agrees_shares_what_is_published(published: World) -> None:
    before = rows(published, MonthPlan)
    make_plan(published.context, MONTH)

    assert plan_ids(published, None) == plan_ids(published, 1)
    assert rows(published, MonthPlan) == before


def test_what_a_slot_plays_stays_as_it_was_planned(published: World) -> None:
    titles = {item.segment: item.title for slot in slots_of(published, "h654") for item in slot.items}
    with published.change() as session:
        for segment in session.exec(select(Segment)):
            segment.title = "Tên mới"
            session.add(segment)
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)

    assert {item.segment: item.title for slot in slots_of(published, "h654") for item in slot.items} == titles


def test_a_month_without_stations_is_refused(published: World) -> None:
    with published.change() as session:
        for station in session.exec(select(StationRow)):
            station.valid_to = date(2025, 7, 1)
            session.add(station)

    with pytest.raises(NoStations):
        make_plan(published.context, MONTH)
    assert [view.number for view in list_revisions(published.context, MONTH)] == [1]


class Enough(Exception):
    """Somebody pressed Ctrl+C."""


def test_a_planning_that_is_cancelled_stores_nothing(district: World) -> None:
    def cancel(_done: int, _total: int, *_short: int) -> None:
        raise Enough

    with pytest.raises(Enough):
        make_plan(district.context, MONTH, progress=cancel)

    assert [rows(district, table) for table in (PlanRevision, MonthPlan, Slot, AuditEntry)] == [0, 0, 0, 0]


def publishes(world: World) -> None:
    publish_plan(world.context, MONTH)


def withdraws(world: World) -> None:
    world.withdraw("b0001")


def goes_dark(world: World) -> None:
    darken(world, "h654", "2026-12-08 00:00", "2026-12-09 00:00")


@pytest.mark.parametrize("change", [publishes, withdraws, goes_dark])
def test_a_plan_whose_ground_changed_while_it_was_made_is_refused(
    published: World, change: Callable[[World], None]
) -> None:
    make_plan(published.context, MONTH)
    changed: list[list[RevisionView]] = []

    def meanwhile(_done: int, _total: int, *_short: int) -> None:
        if not changed:
            change(published)
            changed.append(list_revisions(published.context, MONTH))

    with pytest.raises(PlanOvertaken):
        make_plan(published.context, MONTH, progress=meanwhile)
    assert [list_revisions(published.context, MONTH)] == changed


def test_planning_needs_no_write_transaction(district: World) -> None:
    def write(done: int, _total: int, *_short: int) -> None:
        with district.change() as session:
            session.add(AuditEntry(at=district.now, actor="a", origin="cli", action="x", subject=str(done), facts={}))

    make_plan(district.context, MONTH, progress=write)

    assert rows(district, AuditEntry) == 4 + 1


# As of


@pytest.mark.parametrize(
    ("now", "as_of"),
    [
        ("2026-12-31 23:59", "2026-12-31 23:59"),
        ("2027-01-01 00:00", "2026-11-30 00:00"),
        ("2026-11-30 23:59", "2026-11-30 23:59"),
    ],
)
def test_a_month_that_is_over_is_planned_as_it_would_have_been_beforehand(
    district: World, now: str, as_of: str
) -> None:
    district.now = local(now).astimezone(UTC)

    assert default_as_of(district.context, MONTH) == local(as_of)


def test_beforehand_is_a_day_before_the_local_first_minute() -> None:
    assert beforehand_of(Month(2026, 1)) == datetime(2025, 12, 30, 17, 0, tzinfo=UTC)


def test_what_has_begun_stays_when_the_month_is_planned_again(published: World) -> None:
    first, *later = slots_of(published, "h654")
    published.now = first.starts_at + timedelta(minutes=1)
    published.withdraw(later[-1].items[0].segment)
    make_plan(published.context, MONTH)

    [kept] = [slot for slot in slots_of_draft(published, "h654") if slot.key == first.key]
    assert kept == first


def slots_of_draft(world: World, code: str) -> list[SlotView]:
    publish_plan(world.context, MONTH)
    return slots_of(world, code)


# One station


def test_one_station_planned_anew_moves_those_that_relay_it_and_nobody_else(published: World) -> None:
    published.add_unit("655", "Huyện Krông Ana", level="district", kind="Huyện", parent="66")
    published.add_station("h655", unit="655", tier="district", name="Đài huyện Krông Ana")
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    before = plan_ids(published, 2)
    day = slots_of(published, "h654")[0].starts_at.date()
    for code in ("h654", "h655"):
        darken(published, code, f"{day} 00:00", f"{day + timedelta(days=1)} 00:00")

    draft = make_plan(published.context, MONTH, station="h654")
    after = plan_ids(published, None)
    assert draft.stations == 4
    assert after[published.keys["h655"]] == before[published.keys["h655"]]
    assert after[published.keys["h654"]] != before[published.keys["h654"]]
    publish_plan(published.context, MONTH)
    assert day not in {slot.starts_at.date() for slot in slots_of(published, "h654")}
    theirs = {slot.starts_at for slot in slots_of(published, "h654")}
    assert {slot.starts_at for slot in slots_of(published, "x24490") if slot.relayed_from} <= theirs


def test_a_relaying_station_planned_anew_leaves_its_parent_as_it_is(published: World) -> None:
    before = plan_ids(published, 1)
    darken(published, "x24490", "2026-12-01 00:00", "2026-12-16 00:00")
    darken(published, "h654", "2026-12-01 00:00", "2026-12-16 00:00")
    make_plan(published.context, MONTH, station="x24490")

    after = plan_ids(published, None)
    assert after[published.keys["h654"]] == before[published.keys["h654"]]
    assert after[published.keys["x24502"]] == before[published.keys["x24502"]]
    parent = {slot.starts_at for slot in slots_of(published, "h654")}
    relayed = [slot for slot in slots_of_draft(published, "x24490") if slot.relayed_from == "h654"]
    assert {slot.starts_at for slot in relayed} <= parent
    assert all(slot.starts_at >= local("2026-12-16 00:00") for slot in relayed)


def test_one_station_after_another_gathers_in_one_draft(published: World) -> None:
    day = slots_of(published, "h654")[0].starts_at.date()
    darken(published, "h654", f"{day} 00:00", f"{day + timedelta(days=1)} 00:00")
    make_plan(published.context, MONTH, station="h654")
    drafted = plan_ids(published, None)
    make_plan(published.context, MONTH, station="x24502")

    assert plan_ids(published, None)[published.keys["h654"]] == drafted[published.keys["h654"]]


def test_one_station_in_an_unplanned_month_leaves_the_others_empty(district: World) -> None:
    make_plan(district.context, MONTH, station="x24490")

    assert slots_of(district, "h654") == []
    assert sum(slot.airtime_ms for slot in slots_of(district, "x24490")) > 0


def test_an_unknown_station_is_refused(district: World) -> None:
    with pytest.raises(UnknownStation):
        make_plan(district.context, MONTH, station="h999")


# Publishing


def test_the_published_plan_is_in_force_also_beside_a_newer_draft(published: World) -> None:
    make_plan(published.context, MONTH)

    assert [view.status for view in list_revisions(published.context, MONTH)] == ["draft", "published"]
    in_force = plan_in_force(published.context, MONTH)
    assert in_force is not None
    assert in_force.number == 1


def test_a_month_without_a_plan_has_none_in_force(district: World) -> None:
    assert plan_in_force(district.context, MONTH) is None
    with pytest.raises(NoPlan):
        station_month(district.context, "h654", MONTH)


def test_unknown_stations_and_revisions_are_refused(published: World) -> None:
    with pytest.raises(UnknownStation):
        station_month(published.context, "h999", MONTH)
    with pytest.raises(UnknownRevision):
        station_month(published.context, "h654", MONTH, revision=9)


def test_an_old_revision_shows_what_it_was(published: World) -> None:
    first = station_month(published.context, "h654", MONTH)
    published.withdraw("b0003")
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)

    again = station_month(published.context, "h654", MONTH, revision=1)
    assert (again.slots, again.digest, again.verdicts) == (first.slots, first.digest, first.verdicts)
    assert station_month(published.context, "h654", MONTH).digest != first.digest


def test_the_province_s_month_has_a_row_for_each_station(published: World) -> None:
    darken(published, "x24490", "2026-12-31 16:00", "2027-01-01 00:00")
    month = province_month(published.context, MONTH)

    assert [row.code for row in month.rows] == ["h654", "x24502", "x24490"]
    assert (month.districts, month.districts_met, month.communes, month.communes_with_airtime) == (1, 1, 2, 2)
    [district, *communes] = month.rows
    assert (district.kind, district.status, district.required_ms) == ("min", "met", 900_000)
    assert district.planned_ms == sum(slot.airtime_ms for slot in slots_of(published, "h654"))
    assert {row.kind for row in communes} == {"target"}
    assert communes[1].outages == ["ngừng phát từ 16:00 31/12/2026 đến 00:00 01/01/2027"]


def test_the_province_s_rows_are_chosen_and_its_counts_are_not(published: World) -> None:
    month = province_month(published.context, MONTH, tier="commune", query="ea yong")

    assert [row.code for row in month.rows] == ["x24490"]
    assert (month.districts, month.communes) == (1, 2)


def test_before_there_is_a_plan_all_that_is_required_is_missing(district: World) -> None:
    month = province_month(district.context, MONTH)

    assert month.revision is None
    assert (month.rows[0].required_ms, month.rows[0].short_ms, month.rows[0].status) == (900_000, 900_000, "not_met")
    assert month.districts_met == 0


# Month ends and the zone


@pytest.mark.parametrize("day", ["2026-12-01", "2026-12-31"])
def test_a_slot_on_the_month_s_edge_belongs_to_its_local_month(district: World, day: str) -> None:
    edge = date.fromisoformat(day)
    for code in ("h654", "x24490", "x24502"):
        darken(district, code, "2026-11-30 00:00", f"{edge} 00:00")
        darken(district, code, f"{edge + timedelta(days=1)} 00:00", "2027-01-02 00:00")
        darken(district, code, f"{edge} 07:00", f"{edge} 23:00")
    make_plan(district.context, MONTH)
    publish_plan(district.context, MONTH)

    slots = slots_of(district, "h654")
    assert slots
    assert {slot.starts_at.date() for slot in slots} == {edge}
    # 05:00 at UTC+7 is 22:00 UTC of the day before.
    assert {slot.starts_at.astimezone(UTC).date() for slot in slots} == {edge - timedelta(days=1)}
    assert {row.month for row in events(district).values()} == {"2026-12"}


def test_a_code_in_two_structures_means_two_stations(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", now=datetime(2025, 5, 20, tzinfo=UTC))
    with world.change() as session:
        for row in session.exec(select(StationRow)):
            row.valid_to = date(2025, 7, 1)
            session.add(row)
        for segment in session.exec(select(Segment)):
            segment.valid_from = date(2025, 1, 1)
            session.add(segment)
    world.add_unit("24133", "Xã Ea Yông cũ", parent="654", valid_to=date(2025, 7, 1))
    old = world.add_station("x24133", unit="24133", name="Đài cũ", valid_to=date(2025, 7, 1), relays="h654")
    world.add_unit("24133", "Phường Buôn Ma Thuột", kind="Phường", parent="66", valid_from=date(2025, 7, 1))
    new = world.add_station("x24133", unit="24133", name="Đài mới", valid_from=date(2025, 7, 1))
    june, july = Month(2025, 6), Month(2025, 7)
    for month in (june, july):
        make_plan(world.context, month)
        publish_plan(world.context, month)

    in_june, in_july = (station_month(world.context, "x24133", month) for month in (june, july))
    assert (in_june.station.id, in_july.station.id) == (old, new)
    assert {slot.starts_at.month for slot in in_june.slots} == {6}
    assert {slot.starts_at.month for slot in in_july.slots} == {7}
    assert any(slot.relayed_from == "h654" for slot in in_june.slots)
    assert not any(slot.relayed_from for slot in in_july.slots)
    assert province_month(world.context, july).communes == 1
    world.context.close()


# Without a database


def exported(context: Context, folder: Path) -> tuple[Path, Path]:
    instance, plan = folder / "instance.json", folder / "plan.json"
    for path, content in zip((instance, plan), export_problem(context, MONTH), strict=True):
        path.write_bytes(content)
    return instance, plan


def test_what_is_exported_is_judged_the_same_by_others(published: World, tmp_path: Path) -> None:
    published.now += timedelta(days=12)
    published.withdraw("b0003")
    for export in (lambda: make_plan(published.context, MONTH), lambda: publish_plan(published.context, MONTH)):
        export()
        instance, plan = exported(published.context, tmp_path)
        assert checker([str(instance), str(plan)]) == 0
        assert read_instance(instance.read_bytes()).published is not None


def test_the_problem_alone_gives_the_plan_that_was_stored(published: World, tmp_path: Path) -> None:
    instance, plan = exported(published.context, tmp_path)

    assert json.loads(solve(instance.read_bytes()))["slots"] == json.loads(plan.read_bytes())["slots"]
    assert read_plan(plan.read_bytes()).month == "2026-12"


def test_without_a_plan_there_is_nothing_to_export(district: World) -> None:
    with pytest.raises(NoPlan):
        export_problem(district.context, MONTH)


def test_a_session_sees_the_draft_only_after_it_is_whole(district: World) -> None:
    seen: list[int] = []

    def look(_done: int, _total: int, *_short: int) -> None:
        with Session(district.context.database.engine) as session:
            seen.append(len(session.exec(select(PlanRevision)).all()))

    make_plan(district.context, MONTH, progress=look)
    assert seen == [0, 0, 0, 0]  # after each station, and before it is stored
