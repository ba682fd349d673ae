"""Files on their way in, from the announcement to the recording, to their end, and over every crash between."""

import logging
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from server.db.intake import SegmentVersion, Upload
from server.services import arrivals, intake, segments, upload_rounds, uploads
from server.services.new_segments import NewSegment
from server.services.refusals import SegmentAlreadyWithdrawn, ServiceRefusal, UnknownSegment, UnknownTopic
from server.services.upload_limits import UploadLimits
from server.services.upload_refusals import (
    UnknownUpload,
    UploadBusy,
    UploadEmpty,
    UploadGone,
    UploadNoRoom,
    UploadOffset,
    UploadsTooMany,
    UploadTooLarge,
    UploadTypeRefused,
)
from server.services.uploads import UploadView
from server.services.waiting_files import WaitingFile
from tests.server.services.arriving import actions
from tests.server.uploaded import kept_bytes
from tests.server.worlds import BEFORE, World

CONTENT = b"RIFF and so on"
NEW = NewSegment(title="Một cửa", topic="mot-cua", language="vi")


def announce(
    world: World,
    *,
    size: int = len(CONTENT),
    file_name: str = "bài.wav",
    media_type: str = "audio/wav",
    new: NewSegment | None = NEW,
    replaces: str | None = None,
) -> UploadView:
    return uploads.announce(
        world.context,
        size=size,
        file_name=file_name,
        media_type=media_type,
        new=new,
        replaces=replaces,
        metadata="filename YQ==",
    )


def send(world: World, upload: UploadView, content: bytes, *, offset: int = 0) -> None:
    with uploads.receiving(world.context, upload, offset=offset, checksum=None) as arrival:
        assert arrival is not None
        arrival.write([content])
        arrival.finish()


def file_of(world: World, upload: UploadView) -> Path:
    return world.context.incoming / upload.id


def bytes_of(world: World, upload: UploadView) -> bytes:
    return kept_bytes(world.context, upload.id)


def row_of(world: World, upload: UploadView) -> Upload:
    with world.context.database.read() as session:
        return session.get_one(Upload, upload.id)


def versions_of(world: World, upload: UploadView) -> list[SegmentVersion]:
    with world.context.database.read() as session:
        return list(session.exec(select(SegmentVersion).where(SegmentVersion.upload_id == upload.id)))


# Announced


def test_an_announced_file_is_awaited_from_its_first_byte(district: World) -> None:
    upload = announce(district, media_type="Audio/WAV; codecs=1")
    assert (upload.state, upload.offset, upload.size, upload.media_type) == ("receiving", 0, 14, "audio/wav")
    assert upload.expires_at == BEFORE + timedelta(days=7)
    assert upload.segment is None
    assert uploads.find(district.context, upload.id) == upload
    assert bytes_of(district, upload) == b""


def test_a_name_of_any_kind_is_kept_and_shortened_for_show(district: World) -> None:
    name = "ươ\n" * 100 + ".wav"
    upload = announce(district, file_name=name)
    assert row_of(district, upload).file_name == name
    assert upload.file_name == name[:255]


def test_a_file_without_a_type_is_taken_as_bytes(district: World) -> None:
    assert announce(district, media_type="").media_type == "application/octet-stream"
    district.context.uploads = UploadLimits(types=("audio/*",))
    with pytest.raises(UploadTypeRefused):
        announce(district, media_type="")


@pytest.mark.parametrize(
    ("announced", "refusal"),
    [
        ({"size": 0}, UploadEmpty()),
        ({"size": 1_000_000_001}, UploadTooLarge(size=1_000_000_001, limit=1_000_000_000)),
        ({"media_type": "image/png"}, UploadTypeRefused(media_type="image/png", known=list(UploadLimits().types))),
        ({"new": NewSegment(title="a", topic="x", language="vi")}, UnknownTopic(topic="x", known=[])),
        ({"new": None, "replaces": "b9999"}, UnknownSegment(segment="b9999")),
    ],
)
def test_what_would_not_be_taken_is_refused_before_it_is_sent(
    district: World, announced: dict[str, object], refusal: ServiceRefusal
) -> None:
    with pytest.raises(type(refusal)) as refused:
        announce(district, **announced)  # type: ignore[arg-type]  # one of the builder's own fields each
    assert {**refused.value.facts, "known": 0} == {**refusal.facts, "known": 0}
    assert list(district.context.incoming.iterdir()) == []


@pytest.mark.of_folder("a bucket has no end that could be asked for")
def test_a_disk_without_the_room_refuses_before_the_first_byte(district: World) -> None:
    size = shutil.disk_usage(district.context.incoming).total + 1
    district.context.uploads = UploadLimits(max_size=size)
    with pytest.raises(UploadNoRoom) as refused:
        announce(district, size=size)
    assert refused.value.needed == size


def test_a_withdrawn_segment_gets_no_newer_recording(district: World) -> None:
    segments.withdraw_segment(district.context, "b0001", reason="sai")
    with pytest.raises(SegmentAlreadyWithdrawn):
        announce(district, new=None, replaces="b0001")


# Sent


def test_bytes_go_where_the_ones_before_ended(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT[:5])
    with pytest.raises(UploadOffset) as refused:
        send(district, upload, CONTENT, offset=0)
    assert refused.value.facts == {"offset": 5, "given": 0}
    assert uploads.take_stock(district.context, upload.id).offset == 5


def test_a_whole_file_becomes_a_recording_of_a_new_segment(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    done = uploads.take_stock(district.context, upload.id)
    assert (done.state, done.offset, done.segment, done.expires_at) == ("complete", 14, "b0007", None)
    [version] = versions_of(district, upload)
    assert (version.id, version.file_name, version.size) == (done.version_id, "bài.wav", 14)
    assert segments.get_segment(district.context, "b0007").title == "Một cửa"
    assert version.source == upload.id
    assert bytes_of(district, upload) == CONTENT


def test_a_whole_file_becomes_a_newer_recording_of_its_segment(district: World) -> None:
    upload = announce(district, new=None, replaces="b0002")
    send(district, upload, CONTENT)
    assert uploads.take_stock(district.context, upload.id).segment == "b0002"


def test_asking_again_makes_nothing_again(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    first = uploads.take_stock(district.context, upload.id)
    assert uploads.take_stock(district.context, upload.id) == first
    assert upload_rounds.finish_uploads(district.context) == []
    with uploads.receiving(district.context, first, offset=14, checksum=None) as arrival:
        assert arrival is None
    assert len(versions_of(district, upload)) == 1


@pytest.mark.of_folder("a request holds the file")
def test_who_asks_while_another_process_writes_is_told_to_wait(district: World) -> None:
    upload = announce(district)
    with (
        uploads.receiving(district.context, upload, offset=0, checksum=None),
        pytest.raises(UploadBusy),
    ):
        uploads.take_stock(district.context, upload.id)
    assert uploads.find(district.context, upload.id).offset == 0


@pytest.mark.of_folder("the file")
def test_a_lost_file_is_told_as_lost(district: World) -> None:
    upload = announce(district)
    file_of(district, upload).unlink()
    for ask in (uploads.find, uploads.take_stock):
        with pytest.raises(UploadGone) as refused:
            ask(district.context, upload.id)
        assert refused.value.reason == "lost"


# Killed


def test_what_was_whole_when_the_server_was_killed_is_handed_over_at_its_start(district: World) -> None:
    told, half = announce(district), announce(district)
    send(district, told, CONTENT)  # and no row says so yet
    send(district, half, CONTENT[:3])
    [version] = upload_rounds.finish_uploads(district.context)
    assert [each.id for each in versions_of(district, told)] == [version]
    assert uploads.find(district.context, half.id).offset == 3


def test_what_was_complete_but_not_submitted_when_the_server_was_killed_is_submitted(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    with district.change() as session:
        session.get_one(Upload, upload.id).state = "complete"
    assert uploads.find(district.context, upload.id).offset == 14
    assert len(upload_rounds.finish_uploads(district.context)) == 1


def test_what_was_submitted_when_the_server_was_killed_is_not_submitted_again(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    with district.change() as session:
        session.get_one(Upload, upload.id).state = "complete"
    waiting = WaitingFile(name=upload.id, size=upload.size)
    intake.submit(district.context, waiting, file_name="a", new=NEW, replaces=None, upload_id=upload.id)
    assert upload_rounds.finish_uploads(district.context) == []
    assert uploads.take_stock(district.context, upload.id).segment == "b0007"


def test_bytes_that_nobody_verified_before_the_kill_do_not_make_a_file_whole(district: World) -> None:
    upload = announce(district)
    wrong = arrivals.Checksum(algorithm="sha1", digest=bytes(20))
    with uploads.receiving(district.context, upload, offset=0, checksum=wrong) as arrival:
        assert arrival is not None
        arrival.write([CONTENT])
    assert upload_rounds.finish_uploads(district.context) == []
    assert uploads.take_stock(district.context, upload.id).offset == 0


def test_a_file_that_is_not_taken_stays_until_it_expires_and_says_why(
    district: World, caplog: pytest.LogCaptureFixture
) -> None:
    upload = announce(district, new=None, replaces="b0001")
    segments.withdraw_segment(district.context, "b0001", reason="sai")
    send(district, upload, CONTENT)
    with pytest.raises(SegmentAlreadyWithdrawn):
        uploads.take_stock(district.context, upload.id)
    with caplog.at_level(logging.WARNING, "loa.uploads"):
        assert upload_rounds.finish_uploads(district.context) == []
    assert "segment.already_withdrawn" in caplog.text
    assert bytes_of(district, upload) == CONTENT
    district.now += timedelta(days=7)
    assert upload_rounds.remove_expired(district.context) == 1
    assert list(district.context.incoming.iterdir()) == []


# Ended


def test_a_sender_that_rests_too_long_is_gone_at_once_and_removed_in_the_next_round(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT[:5])
    district.now += timedelta(days=7) - timedelta(seconds=1)
    assert upload_rounds.remove_expired(district.context) == 0
    district.now += timedelta(seconds=1)
    for _ in range(2):
        with pytest.raises(UploadGone) as refused:
            uploads.take_stock(district.context, upload.id)
        assert refused.value.reason == "expired"
        upload_rounds.remove_expired(district.context)
    assert row_of(district, upload).state == "expired"
    assert list(district.context.incoming.iterdir()) == []


def test_a_sender_that_goes_on_has_its_time_again(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT[:5])
    district.now += timedelta(minutes=59)
    soon = uploads.further(district.context, upload, offset=5)
    assert soon is not None
    assert (soon.offset, soon.expires_at) == (5, BEFORE + timedelta(days=7))
    district.now += timedelta(days=6)
    assert uploads.further(district.context, upload, offset=5) is None
    later = uploads.take_stock(district.context, upload.id)
    assert later.expires_at == district.now + timedelta(days=7)
    district.now += timedelta(days=6)
    assert upload_rounds.remove_expired(district.context) == 0
    assert uploads.find(district.context, upload.id).offset == 5


def test_a_sender_that_began_in_time_ends_after_it(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT[:5])
    district.now += timedelta(days=7) - timedelta(seconds=1)
    with uploads.receiving(district.context, upload, offset=5, checksum=None) as arrival:
        assert arrival is not None
        arrival.write([CONTENT[5:8]])
        district.now += timedelta(days=1)
        assert upload_rounds.remove_expired(district.context) == 0
        arrival.write([CONTENT[8:]])
        arrival.finish()
    assert uploads.take_stock(district.context, upload.id).segment == "b0007"
    assert bytes_of(district, upload) == CONTENT


@pytest.mark.of_folder("a request holds the file")
def test_a_sender_that_is_at_it_does_not_expire(district: World) -> None:
    upload = announce(district)
    with uploads.receiving(district.context, upload, offset=0, checksum=None) as arrival:
        assert arrival is not None
        district.now += timedelta(days=8)
        assert upload_rounds.remove_expired(district.context) == 0
        arrival.write([CONTENT])
    assert bytes_of(district, upload) == CONTENT


def test_what_became_a_recording_never_expires(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    uploads.take_stock(district.context, upload.id)
    district.now += timedelta(days=100)
    assert upload_rounds.remove_expired(district.context) == 0
    # Another process may have looked before it was one.
    assert not uploads.end(district.context, upload.id, "expired")
    assert uploads.find(district.context, upload.id).segment == "b0007"
    assert bytes_of(district, upload) == CONTENT


def test_what_another_process_ended_before_it_was_a_recording_becomes_none(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    uploads.terminate(district.context, upload.id)
    with pytest.raises(UploadGone) as refused:
        intake.submit(
            district.context,
            WaitingFile(name=upload.id, size=len(CONTENT)),
            file_name="bài.wav",
            new=NEW,
            replaces=None,
            upload_id=upload.id,
        )
    assert refused.value.reason == "terminated"
    assert not uploads.end(district.context, upload.id, "terminated")
    assert versions_of(district, upload) == []
    assert "upload.expired" not in actions(district.context)
    assert actions(district.context).count("upload.terminated") == 1


def test_what_its_sender_goes_on_with_has_not_expired(district: World) -> None:
    upload = announce(district)
    assert not uploads.end(district.context, upload.id, "expired")
    assert uploads.find(district.context, upload.id).state == "receiving"


def test_a_terminated_upload_leaves_nothing_but_its_memory(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT[:5])
    uploads.terminate(district.context, upload.id)
    assert list(district.context.incoming.iterdir()) == []
    with pytest.raises(UploadGone) as refused:
        uploads.find(district.context, upload.id)
    assert refused.value.reason == "terminated"
    with pytest.raises(UnknownUpload):
        uploads.terminate(district.context, "0" * 32)


def test_a_recording_outlives_the_upload_that_it_came_by(district: World) -> None:
    upload = announce(district)
    send(district, upload, CONTENT)
    uploads.take_stock(district.context, upload.id)
    uploads.terminate(district.context, upload.id)
    upload_rounds.remove_expired(district.context)
    [version] = versions_of(district, upload)
    assert version.source == upload.id
    assert bytes_of(district, upload) == CONTENT


@pytest.mark.of_folder("the files")
def test_files_that_a_kill_left_without_a_living_row_are_removed_in_time(district: World) -> None:
    ended, unknown, new = announce(district), "0" * 32, "1" * 32
    with district.change() as session:
        session.get_one(Upload, ended.id).state = "terminated"
    for name in (unknown, new, "somebody-elses.wav"):
        (district.context.incoming / name).write_bytes(b"x")
    old = (BEFORE - timedelta(days=8)).timestamp()
    os.utime(district.context.incoming / unknown, (old, old))
    os.utime(district.context.incoming / new, (BEFORE.timestamp(), BEFORE.timestamp()))
    assert upload_rounds.remove_expired(district.context) == 2
    assert sorted(path.name for path in district.context.incoming.iterdir()) == [new, "somebody-elses.wav"]


@pytest.mark.of_folder("a bucket has no end that could be asked for")
def test_room_that_others_were_promised_is_theirs(district: World) -> None:
    free = shutil.disk_usage(district.context.incoming).free
    district.context.uploads = UploadLimits(max_size=10**15)
    announce(district, size=free * 2 // 3)
    with pytest.raises(UploadNoRoom):
        announce(district, size=free * 2 // 3)
    announce(district, size=1)


def test_no_more_uploads_are_open_at_one_time_than_the_limit(district: World) -> None:
    district.context.uploads = UploadLimits(most_open=2)
    first = announce(district)
    announce(district)
    with pytest.raises(UploadsTooMany) as refused:
        announce(district)
    assert (refused.value.open, refused.value.limit) == (2, 2)
    uploads.terminate(district.context, first.id)
    announce(district)


def test_an_upload_that_nobody_knows_is_named_in_one_short_line(district: World) -> None:
    with pytest.raises(UnknownUpload) as refused:
        uploads.find(district.context, "a\nb" + 5000 * "c")
    assert len(refused.value.upload) < 70
    assert "\n" not in refused.value.upload
