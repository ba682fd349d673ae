"""What was found decides: handed in, held for a likeness, or rejected with the reason; newer recordings follow older ones."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from media.refusals import AudioEmpty, MediaRefusal, NotAudio
from server.db.library import Segment
from server.services import intake
from server.services.claims import claimed
from server.services.context import Context
from server.services.intake import STEPS, settle
from server.services.refusals import (
    RecordingUnfit,
    SegmentAlreadyWithdrawn,
    SegmentDiscarded,
    SegmentExists,
)
from server.services.segments import add_segment, get_segment, withdraw_segment
from server.services.views import SegmentView
from tests.server.services.arriving import actions, count, ended_steps, said, send, settle_in, tone
from tests.server.vetted import approve


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


def likenesses(view: SegmentView) -> list[str]:
    return [likeness.segment for likeness in view.versions[0].likenesses]


def test_what_can_never_be_aired_is_rejected_with_its_reason_on_record(home: Context, tmp_path: Path) -> None:
    text = tmp_path / "loi.mp3"
    text.write_text("Đây là văn bản, không phải âm thanh.\n" * 50, encoding="utf-8")
    empty = tmp_path / "rong.wav"
    empty.touch()
    refusals: dict[Path, type[MediaRefusal]] = {text: NotAudio, empty: AudioEmpty}
    for number, (source, refusal) in enumerate(refusals.items(), start=1):
        version_id = send(home, source)
        with pytest.raises(refusal):
            settle(home, version_id)
        view = get_segment(home, f"b{number:04d}")
        [version] = view.versions
        assert (view.state, version.state, version.can_overrule) == ("rejected", "rejected", False)
        assert version.refusal is not None
        assert version.refusal.code == refusal.code
        assert version.refusal.sentence
        assert version.audio is None
    assert actions(home) == ["segment.added", "segment.rejected"] * 2
    assert list(home.incoming.iterdir()) == []


def test_a_recording_that_was_rejected_for_what_it_is_may_come_again(home: Context, tmp_path: Path) -> None:
    text = tmp_path / "loi.mp3"
    text.write_text("Đây là văn bản.\n" * 50, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(NotAudio):
            add_segment(home, text, file_name="loi.mp3", new=said())
    assert count(home, Segment) == 2


def test_failed_checks_reject_with_a_sentence_each_and_keep_the_recording(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path, seconds=12))
    with pytest.raises(RecordingUnfit) as refused:
        settle(home, version_id)
    view = get_segment(home, "b0001")
    [version] = view.versions
    assert (view.state, view.audio, version.state, version.can_overrule) == ("rejected", None, "rejected", True)
    failed = [check for check in version.checks if check.level == "fail"]
    assert [check.name for check in failed] == ["duration"]
    assert refused.value.facts == {"segment": "b0001", "failed": [failed[0].sentence]}
    assert version.audio is not None
    assert version.audio.duration_ms == 12_000
    with pytest.raises(SegmentExists) as exists:
        add_segment(home, tone(tmp_path, seconds=12), file_name="a.wav", new=said())
    assert exists.value.segment == "b0001"


def test_the_same_bytes_are_found_out_when_they_are_identified(home: Context, tmp_path: Path) -> None:
    source = tone(tmp_path)
    twin = tmp_path / "twin.wav"
    twin.write_bytes(source.read_bytes())
    first, second = send(home, source, title="Một"), send(home, twin, title="Hai")
    intake.identify(home, first)
    intake.identify(home, second)
    with pytest.raises(SegmentExists) as refused:
        settle(home, second)
    assert refused.value.facts == {"segment": "b0001", "title": "Một", "state": "processing"}
    assert settle(home, first).state == "submitted"
    assert [path.name for path in home.incoming.iterdir()] == []
    assert get_segment(home, "b0002").versions[0].steps[0].ended_at is not None


def test_the_same_sound_in_other_bytes_is_held_for_the_producer(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said("Một"))
    quieter = settle(home, send(home, tone(tmp_path, level=0.2), title="Một, nhỏ hơn"))
    assert (quieter.state, quieter.audio, likenesses(quieter)) == ("held", None, ["b0001"])
    [likeness] = quieter.versions[0].likenesses
    assert likeness.similarity > 0.9
    assert (likeness.title, likeness.state) == ("Một", "submitted")
    other = settle(home, send(home, tone(tmp_path, seed=2), title="Khác"))
    assert (other.state, likenesses(other)) == ("submitted", [])


def test_a_newer_recording_replaces_the_old_one_when_it_is_approved(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    old = approve(home, "b0001")
    version_id = send(home, tone(tmp_path, level=0.2), replaces="b0001")
    intake.identify(home, version_id)
    meanwhile = get_segment(home, "b0001")
    assert (meanwhile.state, meanwhile.audio) == ("ready", old.audio)
    assert [(version.number, version.state, version.in_force) for version in meanwhile.versions] == [
        (2, "processing", False),
        (1, "ready", True),
    ]
    waiting = settle(home, version_id)
    assert (waiting.state, waiting.audio, waiting.versions[0].state) == ("ready", old.audio, "submitted")
    assert actions(home)[-2:] == ["segment.version_added", "segment.submitted"]
    view = approve(home, "b0001", 2)
    assert view.state == "ready"
    assert [(version.number, version.state, version.in_force) for version in view.versions] == [
        (2, "ready", True),
        (1, "ready", False),
    ]
    assert view.audio is not None
    assert view.audio != old.audio
    assert likenesses(view) == []
    assert actions(home)[-1] == "segment.approved"


def test_a_newer_recording_that_is_unfit_leaves_the_old_one_in_force(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    old = approve(home, "b0001")
    with pytest.raises(RecordingUnfit):
        settle(home, send(home, tone(tmp_path, seed=2, seconds=5), replaces="b0001"))
    view = get_segment(home, "b0001")
    assert (view.state, view.audio) == ("ready", old.audio)


def test_of_two_newer_recordings_the_newest_waits_whichever_is_done_first(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    approve(home, "b0001")
    second = send(home, tone(tmp_path, seed=2), replaces="b0001")
    third = send(home, tone(tmp_path, seed=3), replaces="b0001")
    settle(home, third)
    view = settle(home, second)
    assert [(version.number, version.state) for version in view.versions] == [
        (3, "submitted"),
        (2, "draft"),
        (1, "ready"),
    ]


def test_a_newer_recording_is_vetted_where_the_first_was_rejected(home: Context, tmp_path: Path) -> None:
    with pytest.raises(RecordingUnfit):
        settle(home, send(home, tone(tmp_path, seconds=5)))
    version_id = send(home, tone(tmp_path), replaces="b0001")
    assert get_segment(home, "b0001").state == "processing"
    assert settle(home, version_id).state == "submitted"


def test_what_is_withdrawn_or_discarded_takes_no_newer_recording(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    approve(home, "b0001")
    under_way = send(home, tone(tmp_path, seed=2), replaces="b0001")
    withdrawn = withdraw_segment(home, "b0001", reason="Cũ")
    with pytest.raises(SegmentAlreadyWithdrawn):
        send(home, tone(tmp_path, seed=3), replaces="b0001")
    view = settle(home, under_way)
    assert (view.state, view.audio) == ("withdrawn", withdrawn.audio)
    with pytest.raises(RecordingUnfit):
        settle(home, send(home, tone(tmp_path, seed=4, seconds=5)))
    intake.discard(home, "b0002")
    with pytest.raises(SegmentDiscarded):
        send(home, tone(tmp_path, seed=5), replaces="b0002")


def test_bytes_whose_work_somebody_gave_up_go_on_where_they_were(home: Context, tmp_path: Path) -> None:
    source = tone(tmp_path)
    given_up = send(home, source, title="Ban đầu")
    intake.identify(home, given_up)
    intake.examine(home, given_up)
    view = add_segment(home, source, file_name="a.wav", new=said("Lần sau"))
    assert (view.code, view.title, view.state) == ("b0001", "Ban đầu", "submitted")
    assert ended_steps(home, given_up) == list(STEPS)
    assert list(home.incoming.iterdir()) == []


def test_bytes_that_somebody_works_on_are_refused_meanwhile(home: Context, tmp_path: Path) -> None:
    source = tone(tmp_path)
    version_id = send(home, source)
    intake.identify(home, version_id)
    with claimed(home, version_id), pytest.raises(SegmentExists):
        add_segment(home, source, file_name="a.wav", new=said())
    assert list(home.incoming.iterdir()) == []


def test_who_wants_to_listen_first_has_a_draft(home: Context, tmp_path: Path) -> None:
    new = replace(said(), submit=False)
    view = add_segment(home, tone(tmp_path), file_name="a.wav", new=new)
    [version] = view.versions
    assert (view.state, version.state, version.due_at, version.vetting) == ("draft", "draft", None, [])
    assert actions(home) == ["segment.added", "segment.draft"]
