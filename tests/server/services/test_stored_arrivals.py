"""Uploads that lie in an S3 store, as several processes with homes of their own see and continue them."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from media.refusals import StoreUnreachable
from media.stores.s3 import S3Location, S3Store
from media.stores.s3_pieces import S3Pieces
from server.db.intake import SegmentVersion, Upload, UploadPiece
from server.services import form_uploads, intake, recordings, segments, upload_rounds, uploads
from server.services.arrivals import Arrival, Checksum
from server.services.context import Context, open_context
from server.services.new_segments import NewSegment
from server.services.stored_arrivals import PIECE, StoredArrivals
from server.services.upload_refusals import UploadChecksum, UploadGone, UploadOffset, UploadTakenOver
from server.services.uploads import UploadView
from server.services.version_steps import nobody_listens
from tests.s3_server import S3Server
from tests.server.databases import place_of
from tests.server.sounds import wav
from tests.server.uploaded import kept_bytes
from tests.server.worlds import BEFORE, World

NEW = NewSegment(title="Một cửa", topic="mot-cua", language="vi")


class Hosts:
    """Any number of machines over one database and one bucket; each has a home that none of the others sees."""

    def __init__(self, world: World, folder: Path, location: S3Location) -> None:
        self.now = BEFORE
        self._place = place_of(world.context.home)
        self._folder = folder
        self.location = location
        self._opened: list[Context] = []

    def another(self, location: S3Location | None = None) -> Context:
        home = self._folder / f"host{len(self._opened)}"
        context = open_context(home=home, server=self._place, s3=location or self.location, clock=lambda: self.now)
        self._opened.append(context)
        return context

    def close(self) -> None:
        for context in self._opened:
            context.close()

    def objects(self) -> set[str]:
        return {entry.name for entry in self._pieces().entries()}

    def _pieces(self) -> S3Pieces:
        return S3Pieces(S3Store(location=self.location, scratch=self._folder))


@pytest.fixture
def hosts(district: World, s3_server: S3Server, tmp_path: Path) -> Iterator[Hosts]:
    found = Hosts(district, tmp_path / "hosts", s3_server.folder())
    yield found
    found.close()


def announce(context: Context, size: int) -> UploadView:
    return uploads.announce(
        context, size=size, file_name="bài.wav", media_type="audio/wav", new=NEW, replaces=None, metadata=""
    )


def send(
    context: Context, upload: UploadView, content: bytes, *, offset: int, checksum: Checksum | None = None
) -> None:
    with uploads.receiving(context, upload, offset=offset, checksum=checksum) as arrival:
        assert arrival is not None
        arrival.write([content])
        arrival.finish()


def begun(stack: ExitStack, context: Context, upload: UploadView, *, offset: int) -> Arrival:
    arrival = stack.enter_context(uploads.receiving(context, upload, offset=offset, checksum=None))
    assert arrival is not None
    return arrival


def sha1(content: bytes) -> Checksum:
    return Checksum(algorithm="sha1", digest=hashlib.sha1(content, usedforsecurity=False).digest())


def pieces_in(context: Context) -> list[tuple[int, int]]:
    with context.database.read() as session:
        return [(each.start, each.size) for each in session.exec(select(UploadPiece))]


def test_a_file_goes_on_at_any_host_and_any_worker_makes_a_recording_of_it(hosts: Hosts, tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav", seconds=21).read_bytes()
    first, second, third, worker = (hosts.another() for _ in range(4))
    upload = announce(first, len(content))
    send(first, upload, content[:70_000], offset=0)
    assert uploads.take_stock(second, upload.id).offset == 70_000
    send(second, upload, content[70_000:70_001], offset=70_000)
    send(third, upload, content[70_001:], offset=70_001)
    done = uploads.take_stock(third, upload.id)
    assert done.version_id is not None
    intake.process(worker, done.version_id, nobody_listens)
    [audio] = [version.audio for version in segments.get_segment(first, str(done.segment)).versions]
    assert audio is not None
    assert audio.original_sha256 == hashlib.sha256(content).hexdigest()
    assert hosts.objects() == set()
    assert pieces_in(first) == []
    for context in (first, second, third, worker):
        assert list(context.incoming.iterdir()) == []
        assert list(context.scratch.iterdir()) == []


def test_what_came_in_one_request_is_made_a_recording_of_elsewhere(hosts: Hosts) -> None:
    web, worker = hosts.another(), hosts.another()
    content = wav(web.incoming / "a.wav", seconds=21).read_bytes()
    version = intake.submit(web, web.incoming / "a.wav", file_name="a.wav", new=NEW, replaces=None, upload_id=None)
    assert list(web.incoming.iterdir()) == []
    intake.process(worker, version, nobody_listens)
    with web.database.read() as session:
        row = session.get_one(SegmentVersion, version)
    assert (row.state, row.original_sha256) == ("submitted", hashlib.sha256(content).hexdigest())
    again = wav(web.incoming / "b.wav", seconds=21)
    code = form_uploads.take(web, again, file_name="b.wav", new=NEW)
    assert segments.get_segment(web, code).state == "rejected"  # the same bytes


def test_a_stations_recording_is_heard_by_another_host(hosts: Hosts) -> None:
    web, worker = hosts.another(), hosts.another()
    content = wav(web.incoming / "a.wav", seconds=21).read_bytes()
    key = recordings.take_recording(web, "h654", web.incoming / "a.wav", file_name="a.wav")
    sha256 = recordings.recording_view(web, "h654", key).sha256
    with worker.store.local_path(sha256) as path:
        assert path.read_bytes() == content
    assert list(web.incoming.iterdir()) == []


def test_of_two_hosts_at_one_place_the_second_is_told_so_and_nothing_mixes(hosts: Hosts) -> None:
    first, second = hosts.another(), hosts.another()
    upload = announce(first, 20)
    with ExitStack() as both:
        old = begun(both, first, upload, offset=0)
        new = begun(both, second, upload, offset=0)
        old.write([b"aaaaa"])
        new.write([b"bb"])
        new.finish()
        with pytest.raises(UploadTakenOver):
            old.finish()
        old.break_off()
    assert uploads.take_stock(first, upload.id).offset == 2
    assert kept_bytes(first, upload.id) == b"bb"
    with pytest.raises(UploadOffset):
        send(first, upload, b"aaa", offset=5)
    assert len(hosts.objects()) == 1


def test_who_still_writes_what_another_host_ended_is_told_so(hosts: Hosts) -> None:
    first, second = hosts.another(), hosts.another()
    upload = announce(first, 20)
    send(first, upload, b"123", offset=0)
    with ExitStack() as stack:
        arrival = begun(stack, first, upload, offset=3)
        arrival.write([b"456"])
        uploads.terminate(second, upload.id)
        with pytest.raises(UploadGone) as refused:
            arrival.break_off()
    assert refused.value.reason == "terminated"
    assert hosts.objects() == set()


def test_bytes_of_a_killed_host_count_as_far_as_it_had_told(hosts: Hosts) -> None:
    first, second = hosts.another(), hosts.another()
    upload = announce(first, 3 * PIECE)
    content = bytes(range(256)) * (PIECE // 256)
    with ExitStack() as killed:
        arrival = begun(killed, first, upload, offset=0)
        arrival.write([content])
        arrival.write([b"not put yet"])
        # Nothing more is heard of the first.
    assert uploads.take_stock(second, upload.id).offset == PIECE
    assert kept_bytes(second, upload.id) == content


def test_bytes_that_do_not_sum_up_never_count(hosts: Hosts) -> None:
    host = hosts.another()
    upload = announce(host, 20)
    send(host, upload, b"123", offset=0, checksum=sha1(b"123"))
    with pytest.raises(UploadChecksum) as refused:
        send(host, upload, b"456", offset=3, checksum=sha1(b"457"))
    assert refused.value.facts == {"algorithm": "sha1", "offset": 3}
    with ExitStack() as stack:
        arrival = stack.enter_context(uploads.receiving(host, upload, offset=3, checksum=sha1(b"456")))
        assert arrival is not None
        arrival.write([b"45"])
        arrival.break_off()
    assert uploads.take_stock(host, upload.id).offset == 3
    assert len(hosts.objects()) == 1


def test_more_than_was_announced_is_taken_back_to_where_the_request_began(hosts: Hosts) -> None:
    host = hosts.another()
    upload = announce(host, 4 * PIECE)
    send(host, upload, b"123", offset=0)
    with ExitStack() as stack:
        arrival = begun(stack, host, upload, offset=3)
        arrival.write([bytes(PIECE)])
        arrival.write([b"456"])
        arrival.take_back()
        assert arrival.offset == 3
    assert kept_bytes(host, upload.id) == b"123"
    assert len(hosts.objects()) == 1


def test_a_store_that_fails_in_the_middle_keeps_what_it_took(hosts: Hosts) -> None:
    host = hosts.another()
    upload = announce(host, 20)
    send(host, upload, b"123", offset=0)
    refused = hosts.another(replace(hosts.location, secret_access_key="another"))  # noqa: S106 (no secret)
    with ExitStack() as stack:
        arrival = begun(stack, refused, upload, offset=3)
        arrival.write([b"456"])
        with pytest.raises(StoreUnreachable):
            arrival.finish()
        arrival.break_off()
    assert uploads.take_stock(host, upload.id).offset == 3
    send(host, upload, b"456", offset=3)
    assert kept_bytes(host, upload.id) == b"123456"


def test_what_nobody_goes_on_with_leaves_the_store(hosts: Hosts) -> None:
    first, second = hosts.another(), hosts.another()
    resting, living = announce(first, 20), announce(first, 20)
    for upload in (resting, living):
        send(first, upload, b"123", offset=0)
    assert isinstance(first.arrivals, StoredArrivals)
    first.arrivals.pieces.put(f"{living.id}/{3:015d}-killed", b"of a host that was killed before the row")
    with first.database.write() as session:
        session.get_one(Upload, resting.id).expires_at = hosts.now
    assert upload_rounds.remove_expired(second) == 1
    assert {name.partition("/")[0] for name in hosts.objects()} == {living.id}
    assert len(hosts.objects()) == 2
    # By the store's own clock a week has gone by.
    first.arrivals.remove_leftovers(before=next(iter(first.arrivals.pieces.entries())).modified_at + timedelta(days=1))
    assert len(hosts.objects()) == 1
    assert kept_bytes(second, living.id) == b"123"
