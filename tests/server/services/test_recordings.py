"""Recordings of the air are evidence: what was aired is heard and counted, what was not aired is found out."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from media.refusals import NotAudio, RecordingTooLong
from server.db.plans import Campaign
from server.db.records import AuditEntry
from server.services.airing_refusals import NotYet, ReasonMissing
from server.services.as_run import Said, say
from server.services.context import Context
from server.services.hearing import hear_recording, send_recording, waiting_recordings
from server.services.media_care import used_files
from server.services.proof_views import AiredSlotView
from server.services.proofs import station_proof
from server.services.recording_decisions import confirm, dismiss, place
from server.services.recording_refusals import (
    MatchDecided,
    MatchUnknown,
    RecordingJudged,
    RecordingUnknown,
    RecordingUnplaced,
)
from server.services.recordings import RecordingView, copy_in, list_recordings, recording_view, take_recording
from tests.server import air
from tests.server.worlds import MONTH, World

WRONG_BY = timedelta(minutes=7)


@pytest.fixture
def last_slot(spoken: World) -> AiredSlotView:
    """Of the month: its evening may be the last of the year."""
    return air.slots_of(spoken)[-1]


def sent(context: Context, file: Path, *, claimed: object = None, code: str = "h654") -> RecordingView:
    return send_recording(
        context,
        code,
        copy_in(context, file),
        file_name=file.name,
        claimed_at=claimed,  # type: ignore[arg-type]
    )


def heard_ms(world: World) -> int:
    return sum(slot.heard_ms for slot in air.slots_of(world))


def test_a_recording_with_a_wrong_clock_is_placed_by_what_is_heard_and_counts_once_confirmed(
    spoken: World, last_slot: AiredSlotView, tmp_path: Path
) -> None:
    file = air.recorded(last_slot, tmp_path / "may-ghi.mp3")
    begins = last_slot.starts_at - timedelta(seconds=air.LEAD_S)
    view = sent(spoken.context, file, claimed=begins + WRONG_BY)
    assert view.state == "heard"
    assert view.placed_by == "plan"
    assert view.begins_at is not None
    assert abs(view.begins_at - begins) < timedelta(seconds=2)
    assert [(each.segment, each.slot, each.found) for each in view.matches] == [
        (item.segment, last_slot.key, True) for item in last_slot.items
    ]
    assert heard_ms(spoken) == 0
    uids = [confirm(spoken.context, "h654", view.id, each.id) for each in view.matches]
    assert heard_ms(spoken) > 0.95 * sum(item.planned_ms for item in last_slot.items)
    assert [confirm(spoken.context, "h654", view.id, each.id) for each in view.matches] == uids
    entries = {entry.uid: entry for entry in station_proof(spoken.context, "h654", MONTH).entries}
    assert {entries[uid].grade for uid in uids} == {"heard"}
    with pytest.raises(MatchDecided):
        dismiss(spoken.context, "h654", view.id, view.matches[0].id, "Nghe nhầm")
    with pytest.raises(RecordingJudged):
        place(spoken.context, "h654", view.id, begins)


def test_a_station_that_said_aired_and_had_something_else_on_the_air_is_found_out(
    spoken: World, last_slot: AiredSlotView, tmp_path: Path
) -> None:
    say(spoken.context, [Said(line=1, slot=last_slot.key)], source="page", station="h654")
    [verdict] = station_proof(spoken.context, "h654", MONTH).verdicts
    counted = verdict.counted_ms
    assert counted > 0
    others = [air.STRANGER] * (2 * len(last_slot.items) + 2)
    file = air.recorded(last_slot, tmp_path / "khac.mp3", instead=others)
    view = sent(spoken.context, file, claimed=last_slot.starts_at - timedelta(seconds=air.LEAD_S))
    assert view.placed_by == "claim"
    assert view.found == 0
    assert [each.segment for each in view.matches] == [item.segment for item in last_slot.items]
    for each in view.matches:
        confirm(spoken.context, "h654", view.id, each.id)
    proof = station_proof(spoken.context, "h654", MONTH)
    [verdict] = proof.verdicts
    assert verdict.counted_ms < counted
    slot = next(slot for slot in proof.slots if slot.key == last_slot.key)
    assert slot.outcome == "missed"
    assert "contradicted" in {doubt["code"] for doubt in slot.doubts}


def test_what_is_heard_as_surely_as_the_campaign_asks_is_an_entry_at_once_by_its_sender(
    spoken: World, last_slot: AiredSlotView, tmp_path: Path
) -> None:
    with spoken.change() as session:
        session.add(Campaign(code="cchc", name="CCHC", legal_ground="", weights={}, heard_from=0.6))
    view = sent(spoken.context, air.recorded(last_slot, tmp_path / "a.mp3"), claimed=last_slot.starts_at)
    assert {each.state for each in view.matches} == {"confirmed"}
    assert {each.decided_by for each in view.matches} == {"loa"}
    assert heard_ms(spoken) > 0
    assert {entry.said_by for entry in station_proof(spoken.context, "h654", MONTH).entries} == {"local"}


def test_the_same_bytes_again_are_the_same_recording_and_stay_in_the_store(
    spoken: World, last_slot: AiredSlotView, tmp_path: Path
) -> None:
    file = air.recorded(last_slot, tmp_path / "a.mp3")
    first = sent(spoken.context, file, claimed=last_slot.starts_at)
    again = sent(spoken.context, file, claimed=last_slot.starts_at)
    assert again == first
    assert len(list_recordings(spoken.context, "h654", MONTH)) == 1
    with spoken.context.database.read() as session:
        assert first.sha256 in used_files(session, spoken.now)
        actions = session.exec(select(AuditEntry.action).where(AuditEntry.subject == "h654")).all()
    assert [action for action in actions if action.startswith("recording.")] == ["recording.sent", "recording.heard"]
    assert list(spoken.context.incoming.iterdir()) == []


def test_a_recording_that_nobody_listened_to_yet_waits_for_whoever_comes(
    spoken: World, last_slot: AiredSlotView, tmp_path: Path
) -> None:
    file = air.recorded(last_slot, tmp_path / "a.mp3")
    key = take_recording(spoken.context, "h654", copy_in(spoken.context, file), file_name="a.mp3")
    assert waiting_recordings(spoken.context) == [key]

    class Killed(Exception):
        pass

    def killed(share: float) -> None:
        if share > 0.7:
            raise Killed

    with pytest.raises(Killed):
        hear_recording(spoken.context, key, killed)
    assert recording_view(spoken.context, "h654", key).state == "hearing"
    assert waiting_recordings(spoken.context) == [key]
    hear_recording(spoken.context, key)
    assert waiting_recordings(spoken.context) == []
    assert recording_view(spoken.context, "h654", key).found == len(last_slot.items)


def test_without_a_time_a_person_places_the_recording_and_a_match_can_be_dismissed(
    spoken: World, tmp_path: Path
) -> None:
    slots = air.slots_of(spoken)
    times = Counter(item.segment for slot in slots for item in slot.items)
    often, count = times.most_common(1)[0]
    assert count > 1
    slot = next(slot for slot in slots if often in {item.segment for item in slot.items})
    file = air.recorded(slot, tmp_path / "khong-ro.mp3", instead=[air.SPOKEN[int(often[1:]) - 1]])
    view = sent(spoken.context, file)
    assert view.begins_at is None
    assert [each.slot for each in view.matches] == [None]
    with pytest.raises(RecordingUnplaced):
        confirm(spoken.context, "h654", view.id, view.matches[0].id)
    place(spoken.context, "h654", view.id, slot.starts_at - timedelta(seconds=air.LEAD_S))
    placed = recording_view(spoken.context, "h654", view.id)
    assert placed.placed_by == "person"
    match = next(each for each in placed.matches if each.found)
    with pytest.raises(ReasonMissing):
        dismiss(spoken.context, "h654", view.id, match.id, " ")
    dismiss(spoken.context, "h654", view.id, match.id, "Là buổi phát lại")
    with pytest.raises(MatchDecided):
        confirm(spoken.context, "h654", view.id, match.id)
    assert heard_ms(spoken) == 0


def test_what_is_no_evidence_is_refused(spoken: World, tmp_path: Path) -> None:
    context = spoken.context
    garbage = tmp_path / "rac.mp3"
    garbage.write_bytes(b"khong phai am thanh " * 4000)
    with pytest.raises(NotAudio):
        sent(context, garbage)
    quiet = sent(context, air.silence(tmp_path / "lang.wav"))
    assert quiet.state == "refused"
    assert quiet.trouble is not None
    assert quiet.trouble.code == "recording.silent"
    with pytest.raises(RecordingTooLong):
        sent(context, air.silence(tmp_path / "ba-ngay.wav", seconds=3 * 86_400, rate=100))
    with pytest.raises(NotYet):
        sent(context, quiet_again(tmp_path), claimed=spoken.now + timedelta(hours=1))
    with pytest.raises(RecordingUnknown):
        recording_view(context, "x24490", quiet.id)
    with pytest.raises(MatchUnknown):
        confirm(context, "h654", quiet.id, 2**70)


def quiet_again(tmp_path: Path) -> Path:
    return air.silence(tmp_path / "lang-nua.wav", seconds=31)


def test_the_same_file_for_two_stations_is_told_and_nothing_of_it_counts_by_itself(
    spoken: World, last_slot: AiredSlotView, tmp_path: Path
) -> None:
    with spoken.change() as session:
        session.add(Campaign(code="cchc", name="CCHC", legal_ground="", weights={}, heard_from=0.6))
    file = air.recorded(last_slot, tmp_path / "a.mp3")
    first = sent(spoken.context, file, claimed=last_slot.starts_at)
    assert (first.also_of, {each.state for each in first.matches}) == ([], {"confirmed"})
    again = sent(spoken.context, file, claimed=last_slot.starts_at, code="x24490")
    assert again.also_of == ["h654"]
    assert {each.state for each in again.matches} == {"proposed"}
    assert recording_view(spoken.context, "h654", first.id).also_of == ["x24490"]
