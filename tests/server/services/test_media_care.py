"""The store is read for what rows refer to, and cleared of what nothing refers to; in a folder and in a bucket."""

import dataclasses
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256 as digest
from threading import Barrier

import pytest
from sqlmodel import Session, col, select

from media.refusals import StoreUnreachable
from media.stores import StoredFile
from media.stores.local import LocalStore
from media.stores.s3 import S3Store
from server.db.intake import RenderedProgramme, SegmentVersion
from server.db.library import Audio, Rendition, Segment
from server.db.plans import Slot
from server.db.records import AuditEntry
from server.services.context import Context
from server.services.footing_refusals import DatabaseDamaged
from server.services.media_care import StoreCollected, collect_garbage, verify_store
from server.services.plans import station_month
from server.services.refusals import BadField, StoreMostlyUnknown
from server.services.rows import identity
from tests.s3_server import S3Server
from tests.server.databases import dump
from tests.server.worlds import MONTH, World

WEEK = timedelta(days=7)


@pytest.fixture
def whole(sounding: World) -> World:
    """Each recording's original is in the store too."""
    with sounding.context.database.read() as session:
        names = [audio.file_name.removesuffix(".wav") for audio in session.exec(select(Audio))]
    for name in names:
        put(sounding, f"original {name}".encode())
    return sounding


@pytest.fixture(params=["local", "s3"])
def kept(request: pytest.FixtureRequest, whole: World) -> World:
    """The same with all of it in a folder, or in a bucket."""
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3_server")
        bucket = S3Store(location=server.folder(), scratch=whole.context.scratch)
        for entry in whole.context.store.entries():
            with whole.context.store.local_path(entry.sha256) as path:
                bucket.put(path)
        whole.context = dataclasses.replace(whole.context, store=bucket)
    return whole


def put(world: World, content: bytes) -> StoredFile:
    path = world.context.scratch / "in"
    path.write_bytes(content)
    return world.context.store.take(path)


def damage(world: World, sha256: str) -> None:
    """Other bytes under the name, past the store."""
    store = world.context.store
    if isinstance(store, LocalStore):
        store.delete(sha256)  # the bytes themselves are shared with other tests
        store.place(sha256).write_bytes(b"noise")
    else:
        assert isinstance(store, S3Store)
        client = S3Server(location=store.location, environment={}).client()
        client.put_object(
            Bucket=store.location.bucket,
            Key=f"{store.location.prefix}/{sha256[:2]}/{sha256[2:4]}/{sha256}",
            Body=b"noise",
        )


def let_pass(world: World, span: timedelta) -> None:
    """By the real clock, which is the one that stores date files by."""
    world.now = datetime.now(UTC) + span


def collected(world: World, *, dry_run: bool = False, even_most: bool = False) -> StoreCollected:
    return collect_garbage(world.context, grace=WEEK, dry_run=dry_run, even_most=even_most)


def hashes(world: World) -> set[str]:
    return {entry.sha256 for entry in world.context.store.entries()}


def rows(world: World) -> list[str]:
    """All of the database, to see that nothing changed."""
    return dump(world.context)


def version(session: Session, segment: str, **facts: object) -> SegmentVersion:
    found = session.exec(select(Segment).where(Segment.code == segment)).one()
    at = datetime(2026, 11, 20, tzinfo=UTC)
    made = SegmentVersion(
        segment_id=identity(found), number=7, file_name="a.wav", size=5, checks=[], likenesses=[], messages=[],
        timeline=[], created_at=at, updated_at=at,
    )  # fmt: skip
    made.sqlmodel_update(facts)
    session.add(made)
    return made


def programme(session: Session, sha256: str) -> None:
    session.add(
        RenderedProgramme(
            digest=f"digest {sha256}",
            sha256=sha256,
            size=1,
            media_type="audio/mpeg",
            duration_ms=1,
            loudness_lufs=-23.0,
            true_peak_dbtp=-1.0,
            made_at=datetime(2026, 11, 20, tzinfo=UTC),
        )
    )


def test_a_store_that_has_all_is_found_whole(kept: World) -> None:
    before = rows(kept)
    told: list[tuple[int, int]] = []

    found = verify_store(kept.context, progress=lambda done, all_: told.append((done, all_)))

    assert found.problems == []
    assert found.files == found.ok == len(hashes(kept))
    assert found.size == sum(entry.size for entry in kept.context.store.entries())
    assert told[0] == (0, found.files)
    assert told[-1] == (found.files, found.files)
    assert rows(kept) == before


def test_what_is_missing_or_damaged_is_told_with_who_sounds_with_it(kept: World) -> None:
    with kept.context.database.read() as session:
        original, copy = session.exec(
            select(Audio.sha256, Rendition.sha256)
            .join(Rendition, col(Rendition.audio_id) == col(Audio.id))
            .join(Segment, col(Segment.audio_id) == col(Audio.id))
            .where(Segment.code == "b0001")
        ).one()
        [opening] = session.exec(select(Slot.opening_sha256).distinct())
    assert opening is not None
    kept.context.store.delete(original)
    damage(kept, copy)
    damage(kept, opening)
    before = rows(kept)

    found = verify_store(kept.context)

    told = {(each.sha256, each.state, *each.kinds, *each.segments, *each.columns) for each in found.problems}
    assert told == {
        (original, "missing", "original", "b0001"),
        (copy, "corrupt", "broadcast", "slot", "b0001"),
        (opening, "corrupt", "broadcast", "slot", "cchc"),
    }
    assert (found.missing, found.corrupt, found.ok) == (1, 2, found.files - 3)
    assert rows(kept) == before
    assert copy in hashes(kept)


def test_versions_programmes_and_old_slots_are_read_too(whole: World) -> None:
    with whole.change() as session:
        version(
            session, "b0001", state="held", original_sha256="1" * 64, renditions=[{"kind": "flac", "sha256": "2" * 64}]
        )
        programme(session, "3" * 64)

    found = verify_store(whole.context)

    assert [(each.sha256[0], each.state, each.kinds, each.segments) for each in found.problems] == [
        ("1", "missing", ["original"], ["b0001"]),
        ("2", "missing", ["flac"], ["b0001"]),
        ("3", "missing", ["programme"], []),
    ]


@pytest.mark.parametrize("facts", [{"source": "upload.wav"}, {"state": "discarded"}])
def test_a_file_that_need_not_be_there_yet_or_any_more_is_not_missing(whole: World, facts: dict[str, object]) -> None:
    with whole.change() as session:
        version(session, "b0001", original_sha256="1" * 64, **facts)

    assert verify_store(whole.context).problems == []


def test_what_nothing_refers_to_goes_after_its_grace(kept: World) -> None:
    used = hashes(kept)
    unused = {put(kept, content) for content in (b"one", b"another")}
    let_pass(kept, timedelta(days=6))

    early = collected(kept)

    assert (early.unused, early.young, early.young_size) == (0, 2, 10)
    assert hashes(kept) == used | {file.sha256 for file in unused}
    let_pass(kept, timedelta(days=8))

    would = collected(kept, dry_run=True)

    assert hashes(kept) == used | {file.sha256 for file in unused}
    done = collected(kept)
    assert (would.dry_run, done.dry_run) == (True, False)
    assert (would.unused, would.unused_size, would.young) == (done.unused, done.unused_size, done.young) == (2, 10, 0)
    assert done.stored == len(used) + 2
    assert hashes(kept) == used
    with kept.context.database.read() as session:
        [entry] = session.exec(select(AuditEntry).where(AuditEntry.action == "store.collected"))
    assert entry.facts == {"files": 2, "size": 10}


def test_what_was_put_again_lately_stays(kept: World) -> None:
    put(kept, b"unused")
    let_pass(kept, timedelta(days=7, seconds=1))
    time.sleep(2)  # object stores count whole seconds
    again = put(kept, b"unused")

    done = collected(kept)

    assert (done.unused, done.young) == (0, 1)
    assert again.sha256 in hashes(kept)


def test_all_that_any_row_refers_to_stays(whole: World) -> None:
    files = {name: put(whole, name.encode()).sha256 for name in ("original", "copy", "programme", "waiting", "gone")}
    whole.withdraw("b0002")
    with whole.change() as session:
        version(
            session,
            "b0001",
            state="rejected",
            original_sha256=files["original"],
            renditions=[{"kind": "broadcast", "sha256": files["copy"]}],
        )
        version(session, "b0002", source="x.wav", original_sha256=files["waiting"])
        version(session, "b0003", state="discarded", original_sha256=files["gone"])
        programme(session, files["programme"])
    before = hashes(whole)
    let_pass(whole, timedelta(days=400))

    done = collected(whole)

    assert before - hashes(whole) == {files["gone"]}
    assert (done.unused, done.young) == (1, 0)


def test_what_a_slot_was_published_with_stays_when_the_segment_has_another_recording(whole: World) -> None:
    item = station_month(whole.context, "h654", MONTH).slots[0].items[0]
    newer = put(whole, b"newer")
    with whole.change() as session:
        copy = session.exec(select(Rendition).where(Rendition.sha256 == item.sha256)).one()
        copy.sha256 = newer.sha256
        session.add(copy)
    let_pass(whole, timedelta(days=400))

    assert collected(whole).unused == 0
    assert {item.sha256, newer.sha256} <= hashes(whole)


def test_what_was_discarded_lately_stays_for_the_grace(whole: World) -> None:
    file = put(whole, b"discarded")
    let_pass(whole, timedelta(days=30))
    with whole.change() as session:
        version(session, "b0001", state="discarded", original_sha256=file.sha256, updated_at=whole.now)

    assert collected(whole).unused == 0
    whole.now += timedelta(days=8)
    assert collected(whole).unused == 1


def test_a_database_that_does_not_know_the_store_empties_nothing(empty: Context, whole: World) -> None:
    stranger = dataclasses.replace(empty, store=whole.context.store, clock=lambda: datetime.now(UTC) + 2 * WEEK)
    before = hashes(whole)

    with pytest.raises(StoreMostlyUnknown) as refused:
        collect_garbage(stranger)
    would = collect_garbage(stranger, dry_run=True)

    assert refused.value.facts == {"stored": len(before), "unused": len(before)}
    assert (would.unused, would.mostly_unknown) == (len(before), True)
    assert hashes(whole) == before
    assert collect_garbage(stranger, even_most=True).unused == len(before)
    assert hashes(whole) == set()


def test_half_of_a_store_may_go(whole: World) -> None:
    used = hashes(whole)
    for number in range(len(used)):
        put(whole, str(number).encode())
    let_pass(whole, timedelta(days=8))

    assert collected(whole).unused == len(used)
    assert hashes(whole) == used


@pytest.mark.parametrize("days", [0, 0.9, -1])
def test_a_grace_under_a_day_is_refused(whole: World, days: float) -> None:
    with pytest.raises(BadField) as refused:
        collect_garbage(whole.context, grace=timedelta(days=days))
    assert refused.value.field == "grace_days"


@pytest.mark.of_sqlite("a server looks after its pages itself")
def test_a_damaged_database_removes_nothing(whole: World) -> None:
    put(whole, b"unused")
    before = hashes(whole)
    let_pass(whole, timedelta(days=8))
    path = whole.context.database.path
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_rendition_sha256'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    whole.context.database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))

    with pytest.raises(DatabaseDamaged):
        collected(whole)

    assert hashes(whole) == before


def test_a_store_that_cannot_be_asked_is_neither_judged_nor_cleared(whole: World, s3_server: S3Server) -> None:
    location = dataclasses.replace(s3_server.folder(), bucket="elsewhere")
    lost = dataclasses.replace(whole.context, store=S3Store(location=location, scratch=whole.context.scratch))
    before = rows(whole)

    for ask in (verify_store, collect_garbage):
        with pytest.raises(StoreUnreachable):
            ask(lost)

    assert rows(whole) == before


@pytest.mark.of_folder("its lock; rows keep a bucket's files, see S3Store.delete")
def test_a_file_that_comes_while_it_is_being_removed_is_there_for_whom_it_came(whole: World) -> None:
    """Put again and referred to in a transaction that saw it: it must not be gone afterwards."""
    let_pass(whole, timedelta(days=1))
    context = whole.context
    store = context.store
    assert isinstance(store, LocalStore)
    start = Barrier(2)

    def bring(number: int) -> str:
        path = context.scratch / f"{number}.wav"
        path.write_bytes(f"sound {number}".encode())
        start.wait()
        sha256 = store.put(path).sha256
        with context.database.write() as session:
            assert store.exists(sha256)
            programme(session, sha256)
        return sha256

    def clear() -> None:
        start.wait()
        collected(whole)

    with ThreadPoolExecutor(2) as workers:
        for number in range(40):
            place = store.place(digest(f"sound {number}".encode()).hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(f"sound {number}".encode())
            os.utime(place, (1, 1))
            brought, cleared = workers.submit(bring, number), workers.submit(clear)
            cleared.result()
            assert store.exists(brought.result()), number
