"""What comes in makes drafts by itself: a newer recording of another length, something urgent, by whichever door."""

from dataclasses import replace
from datetime import UTC, date, timedelta
from pathlib import Path

from sqlmodel import select

from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.jobs.durable import DurableJobs
from server.services.new_segments import NewSegment
from server.services.plans import list_revisions, make_plan, publish_plan
from server.services.replanning import ReplannedView
from server.services.replanning_segments import plan_what_came_in, with_what_follows
from server.services.segments import add_segment, get_segment
from tests.server.services.arriving import actions, tone
from tests.server.services.test_pushing import replace_recording
from tests.server.services.test_replanning import CODE, JANUARY, Aired, aired_in, counts, holding, recounted, revisions
from tests.server.vetted import approve
from tests.server.worlds import MONTH, World, local

BEFORE_S = 135
"""The length of CODE."""


def followed(world: World, code: str = CODE) -> ReplannedView:
    return with_what_follows(world.context, get_segment(world.context, code)).replanned


def lengths(slots: set[Aired]) -> set[int]:
    return {duration for slot in holding(slots) for segment, duration in slot[4] if segment == CODE}


# Newer recordings


def test_a_recording_of_another_length_changes_the_slots_that_hold_it_and_no_others(published: World) -> None:
    before = aired_in(published, MONTH, "published")
    replace_recording(published, seconds=BEFORE_S + 20)
    done = followed(published)
    after = aired_in(published, MONTH, "draft")

    assert before - after == holding(before)
    assert {slot[:2] for slot in after} == {slot[:2] for slot in before}
    assert lengths(after) <= {(BEFORE_S + 20) * 1000}
    assert counts(done) == recounted(before, after)
    publish_plan(published.context, MONTH)


def test_a_recording_as_long_makes_no_draft(published: World) -> None:
    replace_recording(published)
    assert followed(published).months == []
    assert revisions(published) == [("published", 1)]


def test_slots_too_near_keep_the_old_recording_and_are_counted_as_left(published: World) -> None:
    last = max(slot[1] for slot in holding(aired_in(published, MONTH, "published")))
    published.now = (last - timedelta(hours=2)).astimezone(UTC)
    replace_recording(published, seconds=BEFORE_S + 20)
    [month] = followed(published).months
    assert (month.outcome, month.slots) == ("unchanged", 0)
    assert month.left == len([slot for slot in holding(aired_in(published, MONTH, "published")) if slot[1] == last])


# What presses


def test_what_presses_today_is_owed_in_the_first_month_that_is_planned_and_in_no_later_one(published: World) -> None:
    """December and January are planned on 20 November; November is not."""
    make_plan(published.context, JANUARY)
    publish_plan(published.context, JANUARY)
    published.add_segment("b0100", priority="urgent", seconds=200, valid_from=date(2026, 11, 1))
    assert [month.month for month in followed(published, "b0100").months] == ["2026-12"]
    first = min(slot[1] for slot in holding(aired_in(published, MONTH, "draft"), "b0100"))
    assert first < local("2026-12-02 00:00")


def test_what_presses_across_a_months_end_is_owed_in_both(published: World) -> None:
    make_plan(published.context, JANUARY)
    publish_plan(published.context, JANUARY)
    published.add_segment("b0100", priority="priority", valid_from=date(2026, 12, 30))
    assert [month.month for month in followed(published, "b0100").months] == ["2026-12", "2027-01"]


# Doors


def test_something_urgent_that_is_uploaded_is_drafted_once_it_is_approved(published: World, tmp_path: Path) -> None:
    jobs = DurableJobs(published.context, sweep_every_s=0.5)
    jobs.start()
    try:
        served = replace(published.context, jobs=jobs)
        new = NewSegment(title="Tin khẩn", topic="mot-cua", language="vi", column="cchc", priority="urgent")
        added = add_segment(served, tone(tmp_path, seconds=26), file_name="tin-khan.wav", new=new)
        assert added.state == "submitted"
    finally:
        jobs.stop()
    assert [revision.status for revision in list_revisions(published.context, MONTH)] == ["published"]
    with_what_follows(published.context, approve(published.context, added.code))
    before, after = aired_in(published, MONTH, "published"), aired_in(published, MONTH, "draft")
    urgent = holding(after, added.code)
    assert {slot[0] for slot in urgent} == {published.keys[code] for code in ("h654", "x24490", "x24502")}
    assert len(before - after) <= len(urgent)


# Whoever works it off


def test_what_came_in_is_planned_once_whoever_comes_back_to_it(published: World) -> None:
    published.now = local("2026-12-10 08:00").astimezone(UTC)
    published.add_segment("b0100", priority="urgent", seconds=200, valid_from=date(2026, 12, 10))
    with published.context.database.read() as session:
        [version_id] = session.exec(select(SegmentVersion.id).join(Segment).where(Segment.code == "b0100"))
    assert [month.outcome for month in plan_what_came_in(published.context, version_id or 0).months] == ["draft"]
    drafted = list_revisions(published.context, MONTH)
    assert plan_what_came_in(published.context, version_id or 0).months == []
    assert list_revisions(published.context, MONTH) == drafted
    assert actions(published.context).count("plan.replanned") == 1


def test_who_planned_what_came_in_while_another_did_stores_nothing(published: World) -> None:
    published.now = local("2026-12-10 08:00").astimezone(UTC)
    published.add_segment("b0100", priority="urgent", seconds=200, valid_from=date(2026, 12, 10))
    segment = get_segment(published.context, "b0100")
    with published.context.database.read() as session:
        [version_id] = session.exec(select(SegmentVersion.id).join(Segment).where(Segment.code == "b0100"))
    first: list[ReplannedView] = []

    def meanwhile(_done: int, _all: int, _short_ms: int) -> None:
        if not first:
            first.append(plan_what_came_in(published.context, version_id or 0))

    late = with_what_follows(published.context, segment, progress=meanwhile, arrival=version_id)
    assert len(first[0].months) == 1
    assert late.replanned.months == []
    assert actions(published.context).count("plan.replanned") == 1
