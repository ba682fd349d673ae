"""What is submitted goes its way to a verdict whatever happens on it, and is one segment in the end."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlmodel import func, select

from media.ingest import prepare
from media.refusals import AudioEmpty, FfmpegFailed, MediaRefusal, MissingAudio, NotAudio, StoreUnwritable
from server.db.intake import SegmentVersion
from server.db.library import Audio, Rendition, Segment
from server.services import intake
from server.services.claims import claimed
from server.services.context import Context, open_context
from server.services.intake import STEPS, process, settle, submit
from server.services.intake_steps import BY_NAME
from server.services.refusals import (
    BadField,
    DatabaseBusy,
    DiskFull,
    RecordingUnfit,
    SegmentAlreadyWithdrawn,
    SegmentDiscarded,
    SegmentExists,
    ServiceRefusal,
    UnknownSegment,
    UnknownTopic,
)
from server.services.segments import NewSegment, add_segment, get_segment, withdraw_segment
from server.services.version_steps import nobody_listens
from server.services.views import SegmentView
from tests.server.services.arriving import actions, arrive, said, send, settle_in, tone, version_of


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


def count(context: Context, table: type) -> int:
    with context.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def ended_steps(context: Context, version_id: int) -> list[str]:
    return [str(entry["step"]) for entry in version_of(context, version_id).timeline if entry["ended_at"]]


def in_store(context: Context) -> set[str]:
    return {entry.sha256 for entry in context.store.entries()}


def likenesses(view: SegmentView) -> list[str]:
    return [likeness.segment for likeness in view.versions[0].likenesses]


def test_what_is_submitted_is_known_at_once_and_waits_where_it_is(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path), title="Một cửa ở xã")
    segment = get_segment(home, "b0001")
    [version] = segment.versions
    assert (segment.state, segment.audio, segment.duration_ms) == ("processing", None, None)
    assert (version.number, version.state, version.step, version.progress) == (1, "processing", "received", 0)
    row = version_of(home, version_id)
    assert row.source == "arrived-1-0.3-21.0.wav"
    assert (home.incoming / row.source).stat().st_size == row.size
    assert actions(home) == ["segment.added"]
    assert in_store(home) == set()


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
    with closing(sqlite3.connect(home.database.path, isolation_level=None)) as rows:
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


def test_the_way_ends_with_a_segment_that_is_ready_with_all_its_facts(home: Context, tmp_path: Path) -> None:
    source = tone(tmp_path)
    told: list[float] = []
    version_id = send(home, source)
    view = settle(home, version_id, told.append)
    assert (view.state, view.code) == ("ready", "b0001")
    [version] = view.versions
    assert (version.state, version.step, version.progress, version.in_force) == ("ready", "done", 100, True)
    assert [step.step for step in version.steps] == list(STEPS)
    assert all(step.ended_at is not None for step in version.steps)
    assert told == sorted(told)
    assert told[-1] == 1
    assert version.audio == view.audio
    assert view.audio is not None
    assert [rendition.kind for rendition in view.audio.renditions] == ["broadcast", "light_opus", "light_mp3"]
    assert {check.level for check in version.checks} <= {"pass", "warn"}
    assert actions(home) == ["segment.added", "segment.ready"]
    assert list(home.incoming.iterdir()) == []
    assert list(home.scratch.iterdir()) == []
    assert in_store(home) == {view.audio.original_sha256, *(copy.sha256 for copy in view.audio.renditions)}
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
    assert get_segment(home, "b0001").state == "ready"
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
    assert get_segment(home, "b0001").state == "ready"
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
    assert [view.state for view in views] == ["ready"] * 3
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
    assert list((home.home / "claims").iterdir()) == []


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
    assert refused.value.facts == {"segment": "b0001", "title": "Một"}
    assert settle(home, first).state == "ready"
    assert [path.name for path in home.incoming.iterdir()] == []
    assert get_segment(home, "b0002").versions[0].steps[0].ended_at is not None


def test_the_same_sound_in_other_bytes_is_held_for_the_producer(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said("Một"))
    quieter = settle(home, send(home, tone(tmp_path, level=0.2), title="Một, nhỏ hơn"))
    assert (quieter.state, quieter.audio, likenesses(quieter)) == ("held", None, ["b0001"])
    [likeness] = quieter.versions[0].likenesses
    assert likeness.similarity > 0.9
    assert (likeness.title, likeness.state) == ("Một", "ready")
    other = settle(home, send(home, tone(tmp_path, seed=2), title="Khác"))
    assert (other.state, likenesses(other)) == ("ready", [])


def test_a_newer_recording_replaces_the_old_one_when_it_is_ready(home: Context, tmp_path: Path) -> None:
    old = add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    version_id = send(home, tone(tmp_path, level=0.2), replaces="b0001")
    intake.identify(home, version_id)
    meanwhile = get_segment(home, "b0001")
    assert (meanwhile.state, meanwhile.audio) == ("ready", old.audio)
    assert [(version.number, version.state, version.in_force) for version in meanwhile.versions] == [
        (2, "processing", False),
        (1, "ready", True),
    ]
    view = settle(home, version_id)
    assert view.state == "ready"
    assert [(version.number, version.state, version.in_force) for version in view.versions] == [
        (2, "ready", True),
        (1, "ready", False),
    ]
    assert view.audio is not None
    assert view.audio != old.audio
    assert likenesses(view) == []
    assert actions(home)[-2:] == ["segment.version_added", "segment.ready"]


def test_a_newer_recording_that_is_unfit_leaves_the_old_one_in_force(home: Context, tmp_path: Path) -> None:
    old = add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    with pytest.raises(RecordingUnfit):
        settle(home, send(home, tone(tmp_path, seed=2, seconds=5), replaces="b0001"))
    view = get_segment(home, "b0001")
    assert (view.state, view.audio) == ("ready", old.audio)


def test_of_two_newer_recordings_the_newest_is_in_force_whichever_is_ready_first(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    second = send(home, tone(tmp_path, seed=2), replaces="b0001")
    third = send(home, tone(tmp_path, seed=3), replaces="b0001")
    settle(home, third)
    view = settle(home, second)
    assert [(version.number, version.in_force) for version in view.versions] == [(3, True), (2, False), (1, False)]


def test_a_newer_recording_makes_a_rejected_segment_ready(home: Context, tmp_path: Path) -> None:
    with pytest.raises(RecordingUnfit):
        settle(home, send(home, tone(tmp_path, seconds=5)))
    version_id = send(home, tone(tmp_path), replaces="b0001")
    assert get_segment(home, "b0001").state == "processing"
    assert settle(home, version_id).state == "ready"


def test_what_is_withdrawn_or_discarded_takes_no_newer_recording(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
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
    assert (view.code, view.title, view.state) == ("b0001", "Ban đầu", "ready")
    assert ended_steps(home, given_up) == list(STEPS)
    assert list(home.incoming.iterdir()) == []


def test_bytes_that_somebody_works_on_are_refused_meanwhile(home: Context, tmp_path: Path) -> None:
    source = tone(tmp_path)
    version_id = send(home, source)
    intake.identify(home, version_id)
    with claimed(home, version_id), pytest.raises(SegmentExists):
        add_segment(home, source, file_name="a.wav", new=said())
    assert list(home.incoming.iterdir()) == []


def suicidal_ffmpeg(folder: Path, real: Path) -> tuple[Path, Path]:
    """An ffmpeg that passes its trial and is killed in the middle of its work as long as the second file is there."""
    script, deadly = folder / "ffmpeg", folder / "deadly"
    deadly.touch()
    script.write_text(
        f'#!/bin/sh\nif [ -e "{deadly}" ]; then case "$*" in *pipe:0*) ;; *) kill -9 $$ ;; esac; fi\nexec "{real}" "$@"\n'
    )
    script.chmod(0o755)
    return script, deadly


def test_a_killed_ffmpeg_is_no_verdict_and_the_step_is_done_later(home: Context, tmp_path: Path) -> None:
    script, deadly = suicidal_ffmpeg(tmp_path, home.ffmpeg.executable)
    context = open_context(home=home.home, ffmpeg=script, clock=home.clock)
    version_id = send(context, tone(tmp_path))
    with pytest.raises(FfmpegFailed) as trouble:
        settle(context, version_id)
    assert trouble.value.status == -9
    [version] = get_segment(context, "b0001").versions
    assert (version.state, version.step) == ("processing", "examine")
    assert version.refusal is not None
    assert version.refusal.code == "ffmpeg.failed"
    deadly.unlink()
    view = settle(context, version_id)
    assert (view.state, view.versions[0].refusal) == ("ready", None)
    assert [step.step for step in view.versions[0].steps if step.ended_at is None] == ["examine"]
    context.close()


def test_a_recording_that_ffmpeg_always_dies_of_is_rejected_in_the_end(home: Context, tmp_path: Path) -> None:
    script, _ = suicidal_ffmpeg(tmp_path, home.ffmpeg.executable)
    context = open_context(home=home.home, ffmpeg=script, clock=home.clock)
    version_id = send(context, tone(tmp_path))
    tries = 0
    while version_of(context, version_id).state == "processing":
        tries += 1
        with pytest.raises(FfmpegFailed):
            settle(context, version_id)
    assert tries == 6
    assert get_segment(context, "b0001").versions[0].state == "rejected"
    context.close()


@pytest.mark.parametrize("step", ["identify", "encode"])
def test_a_store_that_takes_nothing_is_no_verdict(home: Context, tmp_path: Path, step: str) -> None:
    version_id = send(home, tone(tmp_path))
    for before in STEPS[: STEPS.index(step)]:
        BY_NAME[before](home, version_id)
    with out_of_the_way(home.home / "store" / ("aside" if step == "encode" else "")) as restore:
        with pytest.raises((StoreUnwritable, MissingAudio, ServiceRefusal)):
            settle(home, version_id)
        row = version_of(home, version_id)
        assert (row.state, row.step) == ("processing", step)
        assert row.refusal is not None
        restore()
    assert settle(home, version_id).state == "ready"
    assert list(home.incoming.iterdir()) == []


class out_of_the_way:  # noqa: N801 (reads as a function)
    """A file stands where a folder of the store should be, until `restore`."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.aside = place.with_name("moved-aside")

    def __enter__(self) -> Callable[[], None]:
        if self.place.exists():
            self.place.rename(self.aside)
        self.place.parent.mkdir(parents=True, exist_ok=True)
        self.place.write_text("in the way")
        return self._restore

    def _restore(self) -> None:
        self.place.unlink()
        if self.aside.exists():
            self.aside.rename(self.place)

    def __exit__(self, *_: object) -> None:
        if self.place.is_file():
            self._restore()


def test_a_full_database_takes_nothing_and_keeps_the_senders_file(home: Context, tmp_path: Path) -> None:
    source = arrive(home, tone(tmp_path))
    with home.database.write() as session:
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    long = msgspec.structs.replace(said(), text="Lời rất dài. " * 3000)
    with pytest.raises(DiskFull):
        submit(home, source, file_name="a.wav", new=long, replaces=None, upload_id=None)
    assert source.exists()
    assert count(home, Segment) == 0


def test_a_database_that_somebody_keeps_locked_is_no_verdict(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    with closing(sqlite3.connect(home.database.path, isolation_level=None)) as hog:
        with home.database.write() as session:
            session.connection().exec_driver_sql("PRAGMA busy_timeout = 50")
        hog.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            intake.identify(home, version_id)
        hog.execute("ROLLBACK")
    assert settle(home, version_id).state == "ready"


def test_a_store_that_lost_the_original_is_told_and_waits(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    intake.identify(home, version_id)
    sha256 = version_of(home, version_id).original_sha256
    assert sha256 is not None
    kept = home.home / "kept"
    with home.store.local_path(sha256) as path:
        path.rename(kept)
    with pytest.raises(MissingAudio):
        settle(home, version_id)
    refusal = get_segment(home, "b0001").versions[0].refusal
    assert refusal is not None
    assert refusal.facts == {"sha256": sha256}
    home.store.put(kept)
    assert settle(home, version_id).state == "ready"


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
