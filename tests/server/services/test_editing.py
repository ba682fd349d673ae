"""A month's draft changed by hand: stored as its next version, told with its effect, or refused and nothing stored."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from schedules.editing import AlterSlot, Change, ChangesNothing
from schedules.exchange import read_instance, read_plan
from schedules.months import Month
from server.db.library import Segment
from server.db.plans import PlanEntry, PlanRevision
from server.db.records import AuditEntry
from server.errors import answer
from server.services.differences import month_difference
from server.services.editing import edit_draft
from server.services.plans import export_problem, list_revisions, make_plan, publish_plan, station_month
from server.services.reasons import reason_sentences
from server.services.refusals import (
    ChangeBreaks,
    DraftChanged,
    NoPlan,
    UnknownColumn,
    UnknownSegment,
    UnknownSlot,
    UnknownStation,
)
from server.services.replanning import replan_month
from tests.checker import check
from tests.server.services.editing import (
    add,
    counted,
    edited,
    free_day,
    in_hand,
    lengthen,
    lock,
    move,
    on,
    own_slots,
    refill,
    remove,
    version_of,
)
from tests.server.services.plan_reading import darken, slots_of
from tests.server.worlds import MONTH, World, local

DAY = timedelta(days=1)


def refused(world: World, change: Change) -> ChangeBreaks:
    before = counted(world)
    with pytest.raises(ChangeBreaks) as raised:
        edited(world, change)
    assert counted(world) == before
    return raised.value


def judged(world: World) -> None:
    """What the draft says of itself is what a second reading counts."""
    instance, plan = (json.loads(document) for document in export_problem(world.context, MONTH))
    report = check(instance, plan)
    assert [each for each in report.breaks if each.code != "aim"] == []
    assert report.differences == []
    [draft] = [view for view in list_revisions(world.context, MONTH) if view.status == "draft"]
    assert draft.short_ms == report.shortfall_ms
    assert draft.must_air_missed == sum(report.missed.values())
    assert draft.mean_cost == pytest.approx(report.mean_cost)
    assert draft.uncovered == pytest.approx(report.uncovered)


# Accepted


def test_the_first_change_of_a_published_month_opens_a_draft_that_is_published_but_for_it(published: World) -> None:
    before = slots_of(published, "h654")
    version = version_of(published)
    done = edited(published, move(before[0], before[0].starts_at + timedelta(minutes=5)), version=version)

    assert (done.opened, done.stored, done.version) == (1, True, version + 1)
    assert [(view.status, view.number) for view in list_revisions(published.context, MONTH)] == [
        ("draft", None),
        ("published", 1),
    ]
    assert slots_of(published, "h654") == before
    found = month_difference(published.context, MONTH)
    assert {each.station for each in found.differing} == {each.station for each in done.stations}
    assert {kind for each in found.differing for change in each.changes for kind in change.kinds} == {"moved"}
    judged(published)


def test_all_kinds_of_changes_one_after_the_other_make_a_plan_that_a_second_reading_finds_whole(
    published: World,
) -> None:
    day = free_day(published)
    first = edited(published, add(on(day), "b0006", "b0002"))
    added = first.stations[0].slots[0].after
    assert added is not None
    edited(published, move(added, on(day, "06:00")))
    edited(published, lengthen(added, "b0004"))
    edited(published, refill(added, "b0004", "b0002"))
    edited(published, lock(added))
    edited(published, lock(added, locked=False))
    last = edited(published, remove(own_slots(published)[0]))

    assert [slot.key for slot in own_slots(published) if slot.starts_at == on(day, "06:00")] == [added.key]
    assert [item.segment for slot in own_slots(published) if slot.key == added.key for item in slot.items] == [
        "b0004",
        "b0002",
    ]
    [draft, _] = list_revisions(published.context, MONTH)
    assert (draft.version, draft.hand_changes) == (last.version, 7)
    assert last.version == first.version + 6
    judged(published)
    publish_plan(published.context, MONTH)


def test_the_effect_is_told_before_and_after_for_each_station_that_gets_the_slot(published: World) -> None:
    slot = next(each for each in own_slots(published) if each.starts_at.hour == 17)
    stored = {code: station_month(published.context, code, MONTH) for code in ("h654", "x24490", "x24502")}
    done = edited(published, remove(slot))
    assert [each.station for each in done.stations] == ["h654", "x24490", "x24502"]
    for told in done.stations:
        before, after = stored[told.station], station_month(published.context, told.station, MONTH, draft=True)
        assert told.before.terms == before.terms
        assert told.after.terms == after.terms
        assert told.before.short_ms == sum(each.short_ms for each in before.verdicts if each.kind == "min")
        assert told.after.short_ms == sum(each.short_ms for each in after.verdicts if each.kind == "min")
        [changed] = told.slots
        assert changed.after is None
        assert changed.before is not None
        assert changed.before.starts_at == slot.starts_at
        gone = {each.key for each in before.slots} - {each.key for each in after.slots}
        assert gone == {changed.before.key}
    district = done.stations[0]
    assert district.after.short_ms > district.before.short_ms == 0


def test_a_minimum_that_is_missed_by_a_change_says_so(published: World) -> None:
    edited(published, remove(own_slots(published)[0]))
    [verdict] = [
        each for each in station_month(published.context, "h654", MONTH, draft=True).verdicts if each.kind == "min"
    ]
    assert verdict.reasons == [{"code": "by_hand"}]
    assert reason_sentences(verdict) == ["Lịch của đài đã được sửa tay sau khi lập."]


def test_trying_a_change_tells_the_same_and_stores_nothing(published: World) -> None:
    change = move(own_slots(published)[0], "2026-12-05 05:00")
    before = counted(published)
    tried = edited(published, change, store=False)
    assert counted(published) == before
    assert (tried.stored, tried.opened, tried.version) == (False, None, version_of(published))
    assert edited(published, change).stations == tried.stations


def test_a_draft_of_a_month_that_was_never_published_is_changed_too(district: World) -> None:
    make_plan(district.context, MONTH)
    done = edited(district, move(own_slots(district)[0], "2026-12-05 05:00"), version=version_of(district))
    assert done.opened is None
    assert [view.status for view in list_revisions(district.context, MONTH)] == ["draft"]
    judged(district)
    publish_plan(district.context, MONTH)


def test_stations_that_a_change_does_not_touch_keep_their_month_plan_to_the_byte(published: World) -> None:
    def plans(status: str) -> dict[int, int]:
        with published.context.database.read() as session:
            listed = session.exec(
                select(PlanEntry.station_id, PlanEntry.month_plan_id)
                .join(PlanRevision)
                .where(col(PlanRevision.status) == status)
            )
            return dict(listed.all())

    own = add(on(free_day(published)), "b0006", station="x24490")
    edited(published, own)
    before, after = plans("published"), plans("draft")
    assert {station for station in before if before[station] != after[station]} == {published.keys["x24490"]}


def test_a_moved_slot_keeps_its_name_so_that_calendars_know_it(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, move(slot, "2026-12-05 05:00"))
    done = publish_plan(published.context, MONTH)
    assert (done.slots_new, done.slots_changed) == (0, 1)
    assert slot.key in {each.key for each in slots_of(published, "h654")}


def test_a_slot_that_was_removed_and_is_added_again_is_the_published_one(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, remove(slot))
    edited(published, add(slot.starts_at, *(item.segment for item in slot.items)))
    assert month_difference(published.context, MONTH).slots == 0
    assert in_hand(published) == slots_of(published, "h654")


def test_a_change_leaves_its_trace_with_before_and_after(published: World) -> None:
    slot = own_slots(published)[0]
    done = edited(published, move(slot, "2026-12-05 05:00"))
    with published.context.database.read() as session:
        entry = session.exec(select(AuditEntry)).all()[-1]
    facts = entry.facts
    assert (entry.action, entry.subject, facts["station"], facts["change"]) == (
        "plan.edited",
        "2026-12",
        "h654",
        "alter",
    )
    assert (facts["version"], facts["opened"]) == (done.version, 1)
    assert entry.before is not None
    assert entry.after is not None
    assert entry.before["starts_at"] == slot.starts_at.isoformat()
    assert entry.after["starts_at"] == "2026-12-05T05:00:00+07:00"
    assert entry.before["slot"] == entry.after["slot"] == slot.key


def test_a_month_that_is_over_and_was_never_published_is_judged_as_it_is_planned(district: World) -> None:
    district.now = local("2027-02-01 08:00").astimezone(UTC)
    make_plan(district.context, MONTH)
    done = edited(district, move(own_slots(district)[0], "2026-12-05 05:00"))
    assert done.stored
    judged(district)


# Refused


def test_a_change_onto_another_slot_is_refused_with_sentence_and_places_that_do(published: World) -> None:
    first, second = own_slots(published)[:2]
    change = move(first, second.starts_at)
    told = refused(published, change)
    assert (told.constraint, told.month, told.station) == ("H1", "2026-12", "h654")
    assert {"H1", "overlap"} <= {str(each[key]) for each in told.broken for key in ("code", "what")}
    assert len(told.nearest) == 3
    sentence = answer(told).sentence
    assert sentence.startswith(f"H1: {told.sentence} Chưa lưu gì; những chỗ gần nhất còn đặt được: ")
    assert "chồng lên nhau" in told.sentence
    for place in told.nearest:
        assert edited(
            published, AlterSlot(station="h654", slot=first.key, start=datetime.fromisoformat(place)), store=False
        )


def test_what_is_refused_is_named_in_words_with_titles_and_stations(published: World) -> None:
    slot = next(each for each in own_slots(published) if each.starts_at.hour == 17)
    near = refused(published, add(slot.starts_at + DAY, slot.items[0].segment))
    assert near.constraint == "H4"
    assert f"«{slot.items[0].title}»" in near.sentence
    copy = next(each for each in in_hand(published, "x24490") if each.relayed_from == "h654")
    relayed = refused(published, move(copy, "2026-12-05 05:00", station="x24490"))
    assert (relayed.constraint, relayed.nearest) == ("H7", [])
    assert "Đài Truyền thanh - Truyền hình huyện Krông Pắc" in relayed.sentence


def test_what_those_who_relay_have_in_the_way_is_named_at_their_station(published: World) -> None:
    day = free_day(published)
    edited(published, add(on(day, "17:10"), "b0006", station="x24490"))
    told = refused(published, add(on(day, "17:11"), "b0002", "b0004"))
    assert [(each["station"], each["what"]) for each in told.broken] == [("x24490", "overlap")]


def test_what_is_too_near_or_has_begun_is_refused_and_what_is_locked_until_it_is_unlocked(published: World) -> None:
    slot = own_slots(published)[1]
    published.now = slot.starts_at.astimezone(UTC) - timedelta(hours=1)
    near = refused(published, move(slot, "2026-12-28 05:00"))
    assert (near.broken[0]["what"], near.nearest) == ("near", [])
    published.now = slot.starts_at.astimezone(UTC) + timedelta(hours=1)
    assert refused(published, remove(slot)).broken[0]["what"] == "begun"
    later = own_slots(published)[-1]
    edited(published, lock(later))
    told = refused(published, move(later, later.starts_at + timedelta(minutes=10)))
    assert told.broken[0]["what"] == "locked"
    assert told.sentence.startswith(f"Khung {later.starts_at:%H:%M %d/%m/%Y} đang khóa")
    edited(published, lock(later, locked=False))
    edited(published, remove(later))
    publish_plan(published.context, MONTH)


def test_nothing_is_placed_in_the_past_or_before_the_freeze_but_what_is_urgent(published: World) -> None:
    day = free_day(published)
    published.now = on(day, "04:00").astimezone(UTC)
    assert refused(published, add(on(day, "05:30"), "b0006")).broken[0]["what"] == "before_freeze"
    assert refused(published, add(on(day - DAY, "05:30"), "b0006")).broken[0]["what"] == "before_now"
    published.add_segment("b0100", priority="urgent", seconds=200, valid_from=day)
    assert edited(published, add(on(day, "05:30"), "b0100")).stored


def test_a_slot_may_not_stand_where_the_station_is_dark(published: World) -> None:
    day = free_day(published)
    darken(published, "h654", f"{day} 00:00", f"{day} 23:59")
    told = refused(published, add(on(day), "b0006"))
    assert told.broken[0]["what"] == "outside_sessions"
    assert all(not place.startswith(str(day)) for place in told.nearest)


def test_a_segment_that_may_not_be_aired_is_refused(published: World) -> None:
    day = free_day(published)
    with pytest.raises(UnknownSegment):
        edited(published, add(on(day), "b9999"))
    published.add_segment("b0100", seconds=200, valid_to=date(2026, 11, 25))  # not on any day of the month
    assert refused(published, add(on(day), "b0100")).broken[0]["what"] == "unknown_segment"
    published.withdraw("b0006")
    assert {each["what"] for each in refused(published, add(on(day), "b0006")).broken} == {"not_valid"}


def test_a_segment_without_an_approved_recording_is_refused(published: World) -> None:
    published.add_segment("b0100", seconds=200)
    with published.change() as session:
        row = session.exec(select(Segment).where(Segment.code == "b0100")).one()
        row.state = "held"
        session.add(row)
    assert refused(published, add(on(free_day(published)), "b0100")).constraint == "H3"


def test_what_is_not_there_is_named(published: World) -> None:
    slot = own_slots(published)[0]
    day = free_day(published)
    with pytest.raises(UnknownStation):
        edited(published, add(on(day), "b0006", station="h999"))
    with pytest.raises(UnknownColumn):
        edited(published, add(on(day), "b0006", column="nhac"))
    with pytest.raises(UnknownSlot):
        edited(published, move(slot, "2026-12-05 05:00", station="x24490"))
    with pytest.raises(ChangesNothing):
        edited(published, move(slot, slot.starts_at))
    with pytest.raises(NoPlan):
        edit_draft(published.context, Month(2027, 1), lock(slot))
    assert [view.status for view in list_revisions(published.context, MONTH)] == ["published"]


def test_a_change_of_a_version_that_is_no_more_is_refused_with_both_versions(published: World) -> None:
    version = version_of(published)
    first, second = own_slots(published)[:2]
    edited(published, move(first, "2026-12-05 05:00"), version=version)
    before = counted(published)
    with pytest.raises(DraftChanged) as raised:
        edited(published, remove(second), version=version)
    assert (raised.value.given, raised.value.found) == (version, version + 1)
    assert counted(published) == before
    assert edited(published, remove(second), version=version + 1).version == version + 2


def test_a_version_never_stands_for_two_plans(published: World) -> None:
    """Planning anew and publishing in between do not bring an old version back."""
    seen = {version_of(published)}
    slot = own_slots(published)[0]
    for step in (
        lambda: edited(published, move(slot, "2026-12-05 05:00")),
        lambda: make_plan(published.context, MONTH),
        lambda: edited(published, move(slot, "2026-12-05 05:00")),
        lambda: publish_plan(published.context, MONTH),
        lambda: edited(published, move(slot, "2026-12-05 05:30")),
        lambda: replan_month(published.context, MONTH),
    ):
        before = version_of(published)
        step()
        now = version_of(published)
        assert now == before if step.__code__.co_names[0] == "publish_plan" else now not in seen
        seen.add(now)


def test_the_problem_and_plan_of_a_changed_draft_are_the_exchange_formats(published: World) -> None:
    slot = own_slots(published)[0]
    edited(published, move(slot, "2026-12-05 05:00"))
    edited(published, lock(slot))
    instance, plan = export_problem(published.context, MONTH)
    assert [each.id for each in read_instance(instance).locked] == [slot.key]
    assert {each.id for each in read_plan(plan).slots} >= {slot.key}
