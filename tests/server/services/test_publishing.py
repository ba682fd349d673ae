from datetime import timedelta

import pytest
import sqlalchemy
from sqlmodel import col, select

from server.db.plans import CalendarEvent, PlanEntry, PlanRevision
from server.db.records import AuditEntry
from server.db.registry import Blackout
from server.services.plans import (
    list_revisions,
    make_plan,
    publish_plan,
)
from server.services.refusals import (
    DraftStale,
    NoDraft,
)
from server.services.segments import withdraw_segment
from tests.server.services.plan_reading import darken, events, plan_ids, segments_in, slots_of
from tests.server.worlds import MONTH, World


def test_a_revision_is_numbered_and_a_second_publish_finds_nothing_to_publish(published: World) -> None:
    with pytest.raises(NoDraft):
        publish_plan(published.context, MONTH)
    make_plan(published.context, MONTH)
    second = publish_plan(published.context, MONTH)

    assert second.revision.number == 2
    assert [view.number for view in list_revisions(published.context, MONTH)] == [2, 1]


def test_an_equal_draft_becomes_a_revision_that_touches_no_event(published: World) -> None:
    before = {key: row.model_dump() for key, row in events(published).items()}
    published.now += timedelta(days=1)
    make_plan(published.context, MONTH)
    done = publish_plan(published.context, MONTH)

    assert (done.stations_changed, done.slots_new, done.slots_changed, done.slots_cancelled) == (0, 0, 0, 0)
    assert {key: row.model_dump() for key, row in events(published).items()} == before


def test_after_a_withdrawal_only_the_slots_that_held_the_segment_are_touched(published: World) -> None:
    before = {key: row.model_dump() for key, row in events(published).items()}
    held = {
        (published.keys[code], slot.key)
        for code in ("h654", "x24490", "x24502")
        for slot in slots_of(published, code)
        if "b0003" in {item.segment for item in slot.items}
    }
    assert held
    published.now += timedelta(hours=1)
    published.withdraw("b0003")
    make_plan(published.context, MONTH)
    done = publish_plan(published.context, MONTH)
    after = {key: row.model_dump() for key, row in events(published).items()}

    touched = {key for key in after if after[key] != before.get(key)}
    assert held <= touched
    assert all(after[key] == before[key] for key in before if key not in touched)
    for key in touched & before.keys():
        assert after[key]["uid"] == before[key]["uid"]
        assert after[key]["created_at"] == before[key]["created_at"]
        assert after[key]["sequence"] == before[key]["sequence"] + 1
        assert after[key]["modified_at"] == published.now
    live = {
        (published.keys[code], slot.key) for code in ("h654", "x24490", "x24502") for slot in slots_of(published, code)
    }
    assert {key for key, row in after.items() if not row["cancelled"]} == live
    assert done.slots_new == len(after.keys() - before.keys())
    assert done.slots_cancelled == len([key for key in touched if after[key]["cancelled"]])
    assert done.slots_changed == len(touched) - done.slots_new - done.slots_cancelled
    assert "b0003" not in segments_in(slots_of(published, "h654"))


def test_a_slot_that_comes_back_is_confirmed_again_under_its_uid(published: World) -> None:
    slot = slots_of(published, "h654")[0]
    key = (published.keys["h654"], slot.key)
    before = events(published)[key]
    with published.change() as session:
        for row in session.exec(select(CalendarEvent).where(CalendarEvent.key == slot.key)):
            session.add(row.sqlmodel_update({"cancelled": True, "sequence": 4}))
    # Another plan in between, so that the station's plan is new when the slot is there again.
    darken(published, "h654", f"{slot.starts_at:%Y-%m-%d} 00:00", f"{slot.starts_at:%Y-%m-%d} 23:59")
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    assert events(published)[key].cancelled
    with published.change() as session:
        session.delete(session.exec(select(Blackout)).one())
        draft = PlanRevision(
            month=str(MONTH),
            status="draft",
            as_of=published.now,
            made_at=published.now,
            summary=session.exec(select(PlanRevision).where(PlanRevision.number == 1)).one().summary,
        )
        session.add(draft)
        session.flush()
        for station, plan in plan_ids(published, 1).items():
            session.add(
                PlanEntry(revision_id=draft.id or 0, station_id=station, month_plan_id=plan, verdicts=[], terms=[])
            )
    done = publish_plan(published.context, MONTH)

    after = events(published)[key]
    assert done.slots_new >= 1
    assert (after.uid, after.cancelled, after.sequence) == (before.uid, False, 5)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plan_revision SET number = 7",
        "DELETE FROM plan_revision",
        "UPDATE plan_entry SET month_plan_id = 1",
        "DELETE FROM plan_entry",
        "UPDATE slot SET length_ms = 1",
        "DELETE FROM slot",
        "UPDATE slot_item SET title = 'khác'",
        "DELETE FROM slot_item",
        "UPDATE month_plan SET digest = ''",
        "DELETE FROM calendar_event",
    ],
)
def test_the_database_refuses_to_change_what_is_published(published: World, statement: str) -> None:
    with pytest.raises(sqlalchemy.exc.IntegrityError), published.change() as session:
        session.connection().exec_driver_sql(statement)


def test_each_step_leaves_its_trace(published: World) -> None:
    with published.context.database.read() as session:
        trail = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()

    assert [(entry.action, entry.subject) for entry in trail] == [
        ("plan.made", "2026-12"),
        ("plan.published", "2026-12"),
    ]
    assert trail[-1].facts["number"] == 1


# Looking


def test_a_draft_with_a_segment_withdrawn_since_is_not_published(published: World) -> None:
    make_plan(published.context, MONTH)
    segment = slots_of(published, "h654")[-1].items[0].segment
    withdraw_segment(published.context, segment, reason="sai")
    with pytest.raises(DraftStale):
        publish_plan(published.context, MONTH)
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    assert segment not in {item.segment for slot in slots_of(published, "h654") for item in slot.items}


def test_a_draft_that_would_rewrite_what_has_aired_is_not_published(published: World) -> None:
    first = slots_of(published, "h654")[0]
    withdraw_segment(published.context, first.items[0].segment, reason="sai")
    make_plan(published.context, MONTH)
    published.context.clock = lambda: first.starts_at + timedelta(hours=1)
    with pytest.raises(DraftStale):
        publish_plan(published.context, MONTH)
    assert slots_of(published, "h654")[0] == first
