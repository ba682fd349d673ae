"""Trouble of the machine is no verdict on a recording: it is told, and the work goes on when it is over."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from media.refusals import FfmpegFailed, MissingAudio, StoreUnwritable
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services import intake
from server.services.context import Context
from server.services.footing_refusals import DatabaseBusy, DiskFull
from server.services.intake import STEPS, settle, submit
from server.services.intake_steps import BY_NAME
from server.services.refusals import NothingToDecide, RecordingLost, ServiceRefusal
from server.services.segments import get_segment
from server.services.version_steps import park
from server.services.waiting_files import remove_waiting
from tests.server.databases import open_context
from tests.server.services.arriving import (
    arrive,
    count,
    said,
    send,
    settle_in,
    suicidal_ffmpeg,
    tone,
    version_of,
)


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


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
    assert (view.state, view.versions[0].refusal) == ("submitted", None)
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


@pytest.mark.of_folder("what stands in its place")
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
    assert settle(home, version_id).state == "submitted"
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


@pytest.mark.of_sqlite("the most pages that its file may have stand for a full disk")
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


@pytest.mark.of_sqlite("the most pages that its file may have stand for a full disk")
def test_a_disk_that_is_full_in_the_middle_is_no_verdict(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    for step in ("identify", "examine", "encode", "compare"):
        BY_NAME[step](home, version_id)
    before = version_of(home, version_id)
    _allow_pages(home, 0)
    with pytest.raises(DiskFull):
        settle(home, version_id)
    after = version_of(home, version_id)
    assert (after.state, after.examination, after.renditions) == ("processing", before.examination, before.renditions)
    _allow_pages(home, 1000)
    assert settle(home, version_id).state == "submitted"


def _allow_pages(context: Context, more: int) -> None:
    """For the database's one connection: how much it may still grow, none of it in pages that are free already."""
    with closing(sqlite3.connect(context.database.path, isolation_level=None)) as other:
        other.execute("VACUUM")
    with context.database.write() as session:
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")


@pytest.mark.of_sqlite("its lock; whoever waits too long for a turn at a server is told the same")
def test_a_database_that_somebody_keeps_locked_is_no_verdict(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    with closing(sqlite3.connect(home.database.path, isolation_level=None)) as hog:
        with home.database.write() as session:
            session.connection().exec_driver_sql("PRAGMA busy_timeout = 50")
        hog.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            intake.identify(home, version_id)
        hog.execute("ROLLBACK")
    assert settle(home, version_id).state == "submitted"


def test_a_store_that_lost_the_original_is_told_and_waits(home: Context, tmp_path: Path) -> None:
    version_id = send(home, tone(tmp_path))
    intake.identify(home, version_id)
    sha256 = version_of(home, version_id).original_sha256
    assert sha256 is not None
    kept = home.home / "kept"
    with home.store.local_path(sha256) as path:
        shutil.copy(path, kept)
    home.store.delete(sha256)
    with pytest.raises(MissingAudio):
        settle(home, version_id)
    refusal = get_segment(home, "b0001").versions[0].refusal
    assert refusal is not None
    assert refusal.facts == {"sha256": sha256}
    home.store.put(kept)
    assert settle(home, version_id).state == "submitted"


def test_a_received_file_that_somebody_took_away_is_told_and_may_be_sent_again(home: Context, tmp_path: Path) -> None:
    sound = tone(tmp_path)
    version_id = send(home, sound)
    remove_waiting(home, str(version_of(home, version_id).source))
    home.store.delete(str(version_of(home, version_id).source))
    with pytest.raises(RecordingLost) as refused:
        settle(home, version_id)
    assert refused.value.file_name == sound.name
    assert version_of(home, version_id).state == "rejected"
    assert settle(home, send(home, sound, title="Gửi lại")).state == "submitted"


def test_other_trouble_is_not_counted_against_a_recording(home: Context, tmp_path: Path) -> None:
    script, _ = suicidal_ffmpeg(tmp_path, home.ffmpeg.executable)
    context = open_context(home=home.home, ffmpeg=script, clock=home.clock)
    version_id = send(context, tone(tmp_path))
    with context.database.write() as session:
        version = session.get_one(SegmentVersion, version_id)
        cut_off = {"step": "examine", "started_at": "2026-11-24T00:00:00+00:00", "ended_at": None}
        version.timeline = [cut_off, {**cut_off, "trouble": "store.unreachable"}] * 10
        session.add(version)
    with pytest.raises(FfmpegFailed):
        settle(context, version_id)
    assert version_of(context, version_id).state == "processing"
    context.close()


def test_a_recording_that_waits_for_the_machine_can_be_given_up(home: Context, tmp_path: Path) -> None:
    script, _ = suicidal_ffmpeg(tmp_path, home.ffmpeg.executable)
    context = open_context(home=home.home, ffmpeg=script, clock=home.clock)
    version_id = send(context, tone(tmp_path))
    with pytest.raises(NothingToDecide):
        intake.discard(context, "b0001", reason="Gửi nhầm")
    with pytest.raises(FfmpegFailed):
        settle(context, version_id)
    park(context, version_id)
    intake.discard(context, "b0001", reason="Gửi nhầm")
    assert version_of(context, version_id).state == "discarded"
    context.close()
