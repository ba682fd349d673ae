"""Who will miss if nothing changes, why, and the slots that mend it: proposed, planned, published, and then met."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from schedules.forecast import Cause
from server.db.library import Segment
from server.db.records import AuditEntry
from server.services.as_run import Said, say
from server.services.differences import month_difference
from server.services.editing import EditView
from server.services.forecast_views import ForecastView, StationForecast, StationMends
from server.services.forecasts import ChosenSlot, plan_mends, province_forecast, station_mends
from server.services.plans import export_problem, list_revisions, publish_plan
from server.services.proofs import station_proof
from server.services.refusals import ChangeBreaks, DraftChanged, NoPlan
from tests.checker import check
from tests.server.services.plan_reading import slots_of
from tests.server.worlds import MONTH, World, local

MID_MONTH = datetime(2026, 12, 14, 1, 0, tzinfo=UTC)


def forecast_of(world: World) -> tuple[StationForecast, ForecastView]:
    """The district's: it alone has a minimum."""
    [found] = province_forecast(world.context, MONTH).stations
    [rule] = found.rules
    return found, rule


def say_of_past(world: World, *, aired: bool) -> int:
    """Of all slots of the district that have begun; in milliseconds, what was planned in them."""
    past = [slot for slot in station_proof(world.context, "h654", MONTH).slots if slot.starts_at <= world.now]
    said = [
        Said(line=number, slot=slot.key, aired=aired, reason="" if aired else "Mất điện")
        for number, slot in enumerate(past)
    ]
    say(world.context, said, source="page", station="h654")
    return sum(slot.planned_ms for slot in past)


def chosen(mends: StationMends) -> list[ChosenSlot]:
    return [
        ChosenSlot(column=slot.column, starts_at=slot.starts_at, segments=tuple(item.segment for item in slot.items))
        for slot in mends.slots
    ]


def planned(world: World, mends: StationMends) -> EditView:
    return plan_mends(world.context, MONTH, "h654", chosen(mends), version=mends.version)


@pytest.fixture
def failing(published: World) -> World:
    """In the middle of the month, and nothing of what was due so far was aired at the district."""
    published.now = MID_MONTH
    say_of_past(published, aired=False)
    return published


def test_who_gave_no_cause_for_doubt_is_expected_to_air_what_is_planned(published: World) -> None:
    with pytest.raises(NoPlan):
        province_forecast(published.context, MONTH.next())
    for now, aired in ((published.now, False), (MID_MONTH, True)):
        published.now = now
        if aired:
            say_of_past(published, aired=True)
        found, rule = forecast_of(published)
        assert not found.misses
        assert (rule.share_percent, rule.causes) == (100, [])
        assert rule.expected_ms == sum(slot.airtime_ms for slot in slots_of(published, "h654")) >= rule.required_ms
    mends = station_mends(published.context, "h654", MONTH)
    assert (mends.state, mends.slots, mends.rules) == ("met", [], [])
    assert station_mends(published.context, "x24490", MONTH).forecast.rules == []


def test_what_was_missed_is_mended_by_slots_that_are_proposed_planned_and_published(failing: World) -> None:
    context = failing.context
    found, rule = forecast_of(failing)
    lost_ms = sum(slot.airtime_ms for slot in slots_of(failing, "h654") if slot.starts_at < failing.now)
    assert found.misses
    assert rule.counted_ms == 0 < rule.expected_ms < rule.open_ms < rule.required_ms
    assert rule.short_ms == rule.required_ms - rule.expected_ms
    assert [(each.code, each.ms) for each in rule.causes] == [(Cause.SLOTS_MISSED, lost_ms)]
    assert len(rule.sentences) == 2
    assert "2 khung không phát" in rule.sentences[1]
    assert station_proof(context, "h654", MONTH).forecasts == found.rules

    before = slots_of(failing, "h654")
    mends = station_mends(context, "h654", MONTH)
    assert (mends.state, mends.over, mends.forecast) == ("mends", False, found)
    assert all(slot.starts_at >= failing.now + timedelta(hours=24) for slot in mends.slots)
    [then] = mends.rules
    assert (then.misses, then.sentences) == (False, [])
    assert then.expected_ms >= rule.required_ms

    tried = plan_mends(context, MONTH, "h654", chosen(mends), version=mends.version, store=False)
    assert not tried.stored
    assert [each.status for each in list_revisions(context, MONTH)] == ["published"]
    done = planned(failing, mends)
    assert (done.stored, done.opened, len(done.stations[0].slots)) == (True, 1, len(mends.slots))
    [draft, _] = list_revisions(context, MONTH)
    assert (draft.version, draft.hand_changes) == (done.version, len(mends.slots))
    assert slots_of(failing, "h654") == before
    kinds = {kind for each in month_difference(context, MONTH).differing for one in each.changes for kind in one.kinds}
    assert kinds == {"added"}
    instance, plan = (json.loads(document) for document in export_problem(context, MONTH))
    report = check(instance, plan)
    assert [each for each in report.breaks if each.code != "aim"] == []
    assert report.differences == []
    with context.database.read() as session:
        entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject, entry.facts["station"]) == ("plan.mended", str(MONTH), "h654")
    assert [each["slot"] for each in entry.facts["slots"]] == [
        each.after.key for each in done.stations[0].slots if each.after is not None
    ]

    assert station_mends(context, "h654", MONTH).state == "drafted"
    assert forecast_of(failing)[0].misses  # the draft is nobody's yet
    publish_plan(context, MONTH)
    found, rule = forecast_of(failing)
    assert not found.misses
    assert rule.expected_ms == then.expected_ms
    assert {slot.key for slot in before} < {slot.key for slot in slots_of(failing, "h654")}
    for now, over in (
        ("2027-01-01 00:00", False),
        ("2027-02-01 00:00", True),
    ):  # at first the last slots may be reported
        failing.now = local(now)
        view = province_forecast(context, MONTH)
        assert (view.over, view.stations[0].rules[0].expected_ms > 0, view.stations[0].misses) == (over, not over, True)


def test_slots_that_fit_no_longer_are_refused_all_together(failing: World) -> None:
    mends = station_mends(failing.context, "h654", MONTH)
    assert len(mends.slots) > 1
    planned(failing, mends)
    with pytest.raises(DraftChanged):
        planned(failing, mends)
    again = chosen(mends)[::-1]
    with pytest.raises(ChangeBreaks):  # the same times once more
        plan_mends(failing.context, MONTH, "h654", again)
    failing.now = mends.slots[0].starts_at - timedelta(hours=1)
    publish_plan(failing.context, MONTH)
    later = [ChosenSlot(column="cchc", starts_at=local("2026-12-30 05:00"), segments=("b0001", "b0002"))]
    near = [ChosenSlot(column="cchc", starts_at=failing.now + timedelta(minutes=5), segments=("b0001", "b0002"))]
    with pytest.raises(ChangeBreaks):
        plan_mends(failing.context, MONTH, "h654", later + near)
    assert [each.status for each in list_revisions(failing.context, MONTH)] == ["published", "published"]


def test_what_cannot_be_mended_says_why(failing: World) -> None:
    def none() -> str:
        mends = station_mends(failing.context, "h654", MONTH)
        assert (mends.state, mends.slots) == ("none", [])
        [rule] = mends.rules
        assert rule.misses
        return " ".join(rule.sentences)

    with failing.change() as session:
        for segment in session.exec(select(Segment)):
            segment.valid_to = date(2026, 12, 14)
    assert "bài" in none()
    failing.now = local("2026-12-31 04:00")
    assert "đã chốt" in none()
    failing.now = local("2027-01-01 00:00")
    assert "Tháng đã qua" in none()
