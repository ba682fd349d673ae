"""A newer recording in what is published: slots keep what they were published with until somebody pushes it."""

import hashlib
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from server.db.intake import SegmentVersion
from server.db.library import Audio, Rendition, Segment
from server.db.records import AuditEntry
from server.services.plans import list_revisions, make_plan, publish_plan, station_month
from server.services.pushing import push_version
from server.services.refusals import (
    BadField,
    DraftStale,
    SegmentAlreadyWithdrawn,
    SegmentHasNoRecording,
    UnknownSegment,
)
from server.services.rows import identity
from server.services.views import SlotView
from tests.server.services.plan_reading import events, plan_ids, slots_of
from tests.server.worlds import MONTH, World, local

STATIONS = ("h654", "x24490", "x24502")
CODE = "b0003"


def replace_recording(world: World, code: str = CODE, *, seconds: float | None = None, number: int = 2) -> str:
    """Another recording of the segment comes into force; the hash of its broadcast copy."""
    with world.change() as session:
        segment = session.exec(select(Segment).where(Segment.code == code)).one()
        old = session.exec(select(Audio).where(Audio.id == segment.audio_id)).one()
        ms = int(seconds * 1000) if seconds is not None else old.duration_ms
        audio = Audio(
            **old.model_dump(exclude={"id", "sha256", "duration_ms", "cue_out_ms", "decoded_ms"}),
            sha256=hashlib.sha256(f"{code} {number} original".encode()).hexdigest(),
            duration_ms=ms,
            cue_out_ms=ms,
            decoded_ms=ms,
        )
        session.add(audio)
        session.flush()
        sha256 = hashlib.sha256(f"{code} {number}".encode()).hexdigest()
        session.add(
            Rendition(
                audio_id=identity(audio),
                kind="broadcast",
                sha256=sha256,
                size=1,
                media_type="audio/mpeg",
                duration_ms=ms,
                loudness_lufs=-23.0,
                true_peak_dbtp=-2.0,
            )
        )
        segment.audio_id = identity(audio)
        session.add(segment)
        _add_version(session, segment, number=number, at=world.now)
    return sha256


def _add_version(session: Session, segment: Segment, *, number: int, at: datetime) -> None:
    session.add(
        SegmentVersion(
            segment_id=identity(segment),
            number=number,
            state="ready",
            step="done",
            progress=100,
            file_name="moi.wav",
            size=1,
            audio_id=segment.audio_id,
            created_at=at,
            updated_at=at,
        )
    )


def holding(world: World, code: str = CODE) -> dict[tuple[str, str], SlotView]:
    return {
        (station, slot.key): slot
        for station in STATIONS
        for slot in slots_of(world, station)
        if code in {item.segment for item in slot.items}
    }


def sounds(slot: SlotView, code: str = CODE) -> set[str]:
    return {item.sha256 for item in slot.items if item.segment == code}


def all_slots(world: World) -> dict[tuple[str, str], SlotView]:
    return {(station, slot.key): slot for station in STATIONS for slot in slots_of(world, station)}


def test_published_slots_keep_their_recording_also_when_the_month_is_planned_again(published: World) -> None:
    before = all_slots(published)
    replace_recording(published)
    assert all_slots(published) == before
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    assert all_slots(published) == before


def test_a_recording_as_long_changes_nothing_but_the_sound_of_its_slots(published: World) -> None:
    before, events_before = all_slots(published), {key: row.model_dump() for key, row in events(published).items()}
    held = holding(published)
    assert {station for station, _ in held} == set(STATIONS)
    newest = replace_recording(published)
    done = push_version(published.context, CODE, reason="Đọc nhầm số quyết định")

    after = all_slots(published)
    assert {key for key in before if after[key] != before[key]} == set(held)
    for key, slot in held.items():
        assert sounds(after[key]) == {newest}
        assert [(item.segment, item.title, item.start_ms, item.duration_ms) for item in after[key].items] == [
            (item.segment, item.title, item.start_ms, item.duration_ms) for item in slot.items
        ]
        assert (after[key].starts_at, after[key].length_ms) == (slot.starts_at, slot.length_ms)
    assert {key: row.model_dump() for key, row in events(published).items()} == events_before
    assert (done.version, done.slots, done.left, done.stations) == (2, len(held), 0, 3)
    [month] = done.months
    assert (month.month, month.slots, month.resized, month.draft_dropped) == ("2026-12", len(held), 0, False)
    assert month.publication is not None
    assert (month.publication.revision.number, month.publication.stations_changed) == (2, 0)


def test_what_was_told_of_the_month_stays_told_when_only_the_sound_changes(published: World) -> None:
    before = station_month(published.context, "h654", MONTH)
    replace_recording(published)
    push_version(published.context, CODE, reason="sửa lời")
    after = station_month(published.context, "h654", MONTH)
    assert (after.verdicts, after.terms) == (before.verdicts, before.terms)
    assert station_month(published.context, "h654", MONTH, revision=1).slots == before.slots


def test_stations_that_do_not_air_the_segment_keep_their_month_plan(published: World) -> None:
    published.add_segment("b0100", stations=["x24490"], priority="urgent", seconds=200)
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    assert {station for station, _ in holding(published, "b0100")} == {"x24490"}
    before = plan_ids(published, 2)
    replace_recording(published, "b0100")
    done = push_version(published.context, "b0100", reason="sửa lời")
    after = plan_ids(published, 3)
    assert {key for key in before if after[key] != before[key]} == {published.keys["x24490"]}
    assert done.stations == 1


def test_a_second_push_finds_nothing_to_do(published: World) -> None:
    replace_recording(published)
    push_version(published.context, CODE, reason="sửa lời")
    again = push_version(published.context, CODE, reason="sửa lời")
    assert (again.slots, again.left, again.stations, again.months) == (0, 0, 0, [])
    assert [view.number for view in list_revisions(published.context, MONTH)] == [2, 1]


def test_what_has_begun_keeps_its_sound_and_what_begins_in_a_minute_gets_the_new_one(
    published: World,
) -> None:
    held = sorted(holding(published).items(), key=lambda entry: entry[1].starts_at)
    middle = held[len(held) // 2][1].starts_at
    newest = replace_recording(published)
    published.now = middle - timedelta(minutes=1)
    push_version(published.context, CODE, reason="sửa lời")
    after = all_slots(published)
    for key, slot in held:
        assert sounds(after[key]) == (sounds(slot) if slot.starts_at < middle else {newest}), slot.starts_at


def test_a_month_that_is_over_in_local_time_is_left_alone(published: World) -> None:
    replace_recording(published)
    published.now = local("2027-01-01 00:30")
    assert push_version(published.context, CODE, reason="sửa lời").months == []


@pytest.mark.parametrize("more_ms", [20_000, -20_000])
def test_a_recording_of_another_length_lets_its_slots_grow_or_shrink_where_they_stand(
    published: World, more_ms: int
) -> None:
    before, events_before = all_slots(published), events(published)
    held = holding(published)
    [length] = {item.duration_ms for slot in held.values() for item in slot.items if item.segment == CODE}
    newest = replace_recording(published, seconds=(length + more_ms) / 1000)
    published.now += timedelta(hours=1)
    done = push_version(published.context, CODE, reason="thêm số điện thoại")

    after, events_after = all_slots(published), events(published)
    assert {key for key in before.keys() | after.keys() if after.get(key) != before.get(key)} == set(held)
    for key, slot in held.items():
        assert sounds(after[key]) == {newest}
        assert (after[key].starts_at, after[key].length_ms) == (slot.starts_at, slot.length_ms + more_ms)
        assert [item.segment for item in after[key].items] == [item.segment for item in slot.items]
        assert sum(item.duration_ms for item in after[key].items) == after[key].length_ms - 20_000  # the frame
    changed = {key for key in events_after if events_after[key] != events_before.get(key)}
    assert changed == {(published.keys[station], key) for station, key in held}
    assert all(events_after[key].sequence == events_before[key].sequence + 1 for key in changed)
    [month] = done.months
    assert (done.slots, done.left, month.resized) == (len(held), 0, len(held))
    assert month.publication is not None
    assert (month.publication.slots_changed, month.publication.slots_new) == (len(held), 0)


def test_a_recording_too_long_for_its_slots_gets_others_and_the_rest_stays(published: World) -> None:
    before, held = all_slots(published), holding(published)
    newest = replace_recording(published, seconds=870)
    done = push_version(published.context, CODE, reason="đọc toàn văn")
    after = all_slots(published)
    assert all(after.get(key) == slot for key, slot in before.items() if key not in held)
    assert not any(sounds(slot) - {newest} for slot in after.values())
    assert max(slot.length_ms for slot in after.values()) <= 900_000
    assert done.slots == len(held)
    assert [verdict.status for verdict in station_month(published.context, "h654", MONTH).verdicts] == ["met"]


def test_of_another_length_the_slots_of_the_next_24_hours_keep_the_old_recording(published: World) -> None:
    held = sorted(holding(published).items(), key=lambda entry: entry[1].starts_at)
    near = held[0][1].starts_at
    newest = replace_recording(published, seconds=95)
    published.now = near - timedelta(hours=3)
    done = push_version(published.context, CODE, reason="ngắn lại")
    after = all_slots(published)
    left = {key for key, slot in held if slot.starts_at < published.now + timedelta(hours=24)}
    assert left
    assert {key for key, slot in held if after.get(key) == slot} == left
    assert (done.left, done.slots) == (len(left), len(held) - len(left))
    assert all(sounds(slot) == {newest} for key, slot in holding(published).items() if key not in left)


def test_where_all_slots_are_too_near_no_revision_is_made_and_they_are_counted(published: World) -> None:
    last = max(holding(published).values(), key=lambda slot: slot.starts_at)
    replace_recording(published, seconds=95)
    published.now = last.starts_at - timedelta(hours=1)
    done = push_version(published.context, CODE, reason="ngắn lại")
    assert (done.slots, done.stations) == (0, 0)
    assert done.left > 0
    assert [month.publication for month in done.months] == [None]
    assert [view.number for view in list_revisions(published.context, MONTH)] == [1]


def test_a_draft_of_the_month_is_dropped_and_said_so(published: World) -> None:
    replace_recording(published)
    make_plan(published.context, MONTH)
    done = push_version(published.context, CODE, reason="sửa lời")
    assert [month.draft_dropped for month in done.months] == [True]
    assert [view.status for view in list_revisions(published.context, MONTH)] == ["published", "published"]


def test_a_draft_that_would_bring_a_replaced_recording_into_new_slots_is_stale(district: World) -> None:
    make_plan(district.context, MONTH)
    segment = slots_of(district, "h654")[0].items[0].segment
    newest = replace_recording(district, segment)
    with pytest.raises(DraftStale):
        publish_plan(district.context, MONTH)
    make_plan(district.context, MONTH)
    publish_plan(district.context, MONTH)
    assert {sha for slot in holding(district, segment).values() for sha in sounds(slot, segment)} == {newest}


def test_a_slot_that_is_relayed_sounds_as_its_parent_s(published: World) -> None:
    """A commune that begins to relay takes the recording that the district airs, not the newest one."""
    replace_recording(published)
    published.add_unit("24500", "Xã Ea Kuăng", parent="654")
    published.add_station("x24500", unit="24500", name="Đài truyền thanh xã Ea Kuăng", relays="h654")
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)
    parent = {slot.starts_at: slot.items for slot in slots_of(published, "h654")}
    relayed = [slot for slot in slots_of(published, "x24500") if slot.relayed_from]
    assert relayed
    assert all(slot.items == parent[slot.starts_at] for slot in relayed)


def test_a_push_leaves_its_trace_with_the_reason(published: World) -> None:
    replace_recording(published)
    push_version(published.context, CODE, reason="  Đọc nhầm   tên ")
    with published.context.database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "segment.pushed")).one()
    assert entry.subject == CODE
    assert (entry.facts["version"], entry.facts["reason"], entry.facts["months"]) == (2, "Đọc nhầm tên", ["2026-12"])


def test_what_can_not_be_pushed_is_refused(published: World) -> None:
    with pytest.raises(BadField):
        push_version(published.context, CODE, reason=" ")
    with pytest.raises(UnknownSegment):
        push_version(published.context, "b9999", reason="sửa")
    with published.change() as session:
        segment = session.exec(select(Segment).where(Segment.code == "b0001")).one()
        session.add(
            Segment(
                **segment.model_dump(exclude={"id", "code", "audio_id", "state"}),
                code="b0200",
                audio_id=None,
                state="processing",
            )
        )
    with pytest.raises(SegmentHasNoRecording):
        push_version(published.context, "b0200", reason="sửa")
    published.withdraw(CODE)
    with pytest.raises(SegmentAlreadyWithdrawn):
        push_version(published.context, CODE, reason="sửa")
