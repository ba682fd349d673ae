"""What is submitted goes its way to a verdict whatever happens on it, and is one segment in the end."""

import threading
from pathlib import Path

import pytest
from sqlmodel import select

from media.ingest import prepare
from server.db.intake import SegmentVersion
from server.db.library import Audio, Rendition, Segment
from server.services.claims import claimed
from server.services.context import Context
from server.services.intake import STEPS, process, settle, submit
from server.services.intake_steps import BY_NAME
from server.services.refusals import (
    BadField,
    ServiceRefusal,
    UnknownSegment,
    UnknownTopic,
)
from server.services.segments import NewSegment, get_segment
from server.services.version_steps import nobody_listens
from server.services.views import SegmentView
from server.services.waiting_files import waiting_file
from tests.server.databases import behind
from tests.server.services.arriving import (
    actions,
    arrive,
    count,
    ended_steps,
    said,
    send,
    settle_in,
    tone,
    version_of,
)


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


def in_store(context: Context) -> set[str]:
    return {entry.sha256 for entry in context.store.entries()}


def test_what_is_submitted_is_known_at_once_and_waits_where_it_is(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path), title="Một cửa ở xã")
    segment = get_segment(home, "b0001")
    [version] = segment.versions
    assert (segment.state, segment.audio, segment.duration_ms) == ("processing", None, None)
    assert (version.number, version.state, version.step, version.progress) == (1, "processing", "received", 0)
    row = version_of(home, version_id)
    assert row.source is not None
    assert row.original_sha256 is None
    with waiting_file(home, row.source) as path:
        # In a folder of the home it waits under its name; in a bucket it is there already.
        assert (path.stat().st_size if path is not None else home.store.size(row.source)) == row.size
    assert actions(home) == ["segment.added"]
    assert in_store(home) == (set() if path is not None else {row.source})


@pytest.mark.parametrize(
    ("new", "replaces", "refusal"),
    [
        (said(topic="z"), None, UnknownTopic),
        (said(" "), None, BadField),
        (None, "b0009", UnknownSegment),
    ],
)
def test_what_is_said_of_it_is_checked_when_it_is_submitted(
    home: Context, tmp_path: Path, new: NewSegment | None, replaces: str | None, refusal: type[ServiceRefusal]
) -> None:
    source = arrive(home, tone(tmp_path))
    with pytest.raises(refusal):
        submit(home, source, file_name="a.wav", new=new, replaces=replaces, upload_id=None)
    assert count(home, Segment) == count(home, SegmentVersion) == 0
    assert source.exists()


def test_one_upload_is_one_version_however_often_it_is_submitted(home: Context, tmp_path: Path) -> None:
    with behind(home) as rows:
        rows.execute(
            "INSERT INTO upload (id, state, file_name, media_type, size, fields, created_at, expires_at) VALUES "
            "('u1', 'complete', 'a.wav', 'audio/wav', 1, '{}', '2026-11-24 00:00:00', '2026-11-25 00:00:00')"
        )
    source = arrive(home, tone(tmp_path))
    first, second = (
        submit(home, source, file_name="a.wav", new=said(), replaces=None, upload_id="u1") for _ in range(2)
    )
    assert first == second
    assert count(home, Segment) == count(home, SegmentVersion) == 1
    settle(home, first)
    assert submit(home, source, file_name="a.wav", new=said(), replaces=None, upload_id="u1") == first
    assert get_segment(home, "b0001").versions[0].upload == "u1"


def test_the_way_ends_with_a_segment_that_is_handed_in_with_all_its_facts(home: Context, tmp_path: Path) -> None:
    source = tone(tmp_path)
    told: list[float] = []
    version_id = send(home, source)
    view = settle(home, version_id, told.append)
    assert (view.state, view.code) == ("submitted", "b0001")
    [version] = view.versions
    assert (version.state, version.step, version.progress, version.in_force) == ("submitted", "done", 100, False)
    assert [step.step for step in version.steps] == list(STEPS)
    assert all(step.ended_at is not None for step in version.steps)
    assert told == sorted(told)
    assert told[-1] == 1
    assert view.audio is None
    assert version.audio is not None
    assert [rendition.kind for rendition in version.audio.renditions] == ["broadcast", "light_opus", "light_mp3"]
    assert {check.level for check in version.checks} <= {"pass", "warn"}
    assert actions(home) == ["segment.added", "segment.submitted"]
    assert list(home.incoming.iterdir()) == []
    assert list(home.scratch.iterdir()) == []
    assert in_store(home) == {version.audio.original_sha256, *(copy.sha256 for copy in version.audio.renditions)}
    row = version_of(home, version_id)
    assert (row.source, row.examination, row.renditions) == (None, None, None)
    direct = prepare(source, ffmpeg=home.ffmpeg, store=home.store, scratch=home.scratch)
    with home.database.read() as session:
        audio = session.exec(select(Audio)).one()
    assert (audio.sha256, audio.decoded_ms, audio.duration_ms, audio.loudness_lufs) == (
        direct.original.sha256,
        direct.examination.measurement.duration_ms,
        direct.examination.cues.duration_ms,
        direct.examination.measurement.loudness_lufs,
    )
    assert (audio.fingerprint, audio.peaks) == (direct.examination.fingerprint, direct.examination.peaks)


@pytest.mark.parametrize("again", STEPS)
def test_a_step_that_is_done_is_not_done_again(home: Context, tmp_path: Path, again: str) -> None:
    version_id = send(home, tone(tmp_path))
    for step in STEPS:
        BY_NAME[step](home, version_id)
        if step == again:
            before = version_of(home, version_id)
            stored = in_store(home)
            BY_NAME[step](home, version_id)
            assert version_of(home, version_id) == before
            assert in_store(home) == stored
    assert ended_steps(home, version_id) == list(STEPS)
    assert get_segment(home, "b0001").state == "submitted"
    assert (count(home, Audio), count(home, Rendition)) == (1, 3)


def test_a_step_waits_for_those_before_it(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    for step in ("examine", "encode", "compare", "conclude"):
        BY_NAME[step](home, version_id)
    assert version_of(home, version_id).timeline == []


@pytest.mark.parametrize("cut", STEPS)
def test_a_step_that_was_cut_off_is_done_again_and_counts_once(home: Context, tmp_path: Path, cut: str) -> None:
    """As by a kill: the step has begun, has done its work, and never came to write it down."""
    version_id = send(home, tone(tmp_path))
    for step in STEPS:
        if step == cut:
            with home.database.read() as session:
                before = session.get_one(SegmentVersion, version_id)
            BY_NAME[step](home, version_id)
            _undo(home, before, step)
        BY_NAME[step](home, version_id)
    assert ended_steps(home, version_id) == list(STEPS)
    assert [entry["step"] for entry in version_of(home, version_id).timeline if not entry["ended_at"]] == [cut]
    assert get_segment(home, "b0001").state == "submitted"
    assert (count(home, Audio), count(home, Rendition), count(home, Segment)) == (1, 3, 1)


def _undo(context: Context, before: SegmentVersion, step: str) -> None:
    """What was written when the step ended is as if it had not been; files stay where the step put them."""
    with context.database.write() as session:
        version = session.get_one(SegmentVersion, before.id)
        started: dict[str, object] = {"step": step, "started_at": "2026-11-24T01:00:00+00:00", "ended_at": None}
        kept = version.original_sha256
        version.sqlmodel_update(before.model_dump(exclude={"id", "created_at", "updated_at", "ended_at"}))
        version.original_sha256 = kept
        version.step, version.state, version.ended_at = step, "processing", None
        version.timeline = [*before.timeline, started]
        segment = session.get_one(Segment, version.segment_id)
        segment.state, segment.audio_id = "processing", None
        session.add_all([version, segment])


def test_two_at_once_work_on_a_version_one_after_the_other(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    views: list[SegmentView] = []
    threads = [threading.Thread(target=lambda: views.append(settle(home, version_id))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [view.state for view in views] == ["submitted"] * 3
    assert ended_steps(home, version_id) == list(STEPS)
    assert len(version_of(home, version_id).timeline) == len(STEPS)


def test_a_claim_is_one_callers_until_it_ends(home: Context) -> None:
    with claimed(home, 7) as first:
        with claimed(home, 7) as second, claimed(home, 8) as other:
            assert (first, second, other) == (True, False, True)
        with claimed(home, 7) as again:
            assert not again
    with claimed(home, 7) as after:
        assert after
    if home.database.kind == "sqlite":
        assert list((home.home / "claims").iterdir()) == []


def test_progress_is_in_the_row_while_the_work_goes_on(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path, seconds=240))
    seen: set[tuple[str, int]] = set()
    worker = threading.Thread(target=lambda: process(home, version_id, nobody_listens))
    worker.start()
    while worker.is_alive():
        row = version_of(home, version_id)
        seen.add((row.step, row.progress))
        worker.join(0.05)
    row = version_of(home, version_id)
    seen.add((row.step, row.progress))
    assert {"examine", "encode", "done"} <= {step for step, _progress in seen}
    assert all(progress in range(101) for _step, progress in seen)
    assert ("done", 100) in seen
