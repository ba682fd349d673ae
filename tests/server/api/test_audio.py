"""Audio by its hash: ranges, validators, pieces."""

import asyncio
import os
from dataclasses import replace
from hashlib import sha256 as digest
from pathlib import Path

import pytest
from litestar.types import HTTPScope, Message
from sqlmodel import select

from media.refusals import MissingAudio
from media.stores import StoredFile
from media.stores.s3 import S3Store
from server.api.audio import Piecewise, span_of
from server.api.conditional import Ready
from server.api.faults import RequestRefused
from server.api.sent import SentFiles
from server.db.intake import RenderedProgramme
from server.db.library import Audio, Rendition
from server.services.audio_files import AudioFile
from server.services.context import Context
from tests.s3_server import S3Server
from tests.server.api.conftest import Client, client_of
from tests.server.worlds import World

MIB = 1024 * 1024


def sha256_of(content: bytes) -> str:
    return digest(content).hexdigest()


def put(world: World, content: bytes) -> StoredFile:
    path = world.context.scratch / "in"
    path.write_bytes(content)
    return world.context.store.take(path)


def add_copy(world: World, content: bytes, media_type: str) -> str:
    """Another copy of some recording, in the store and in the rows."""
    stored = put(world, content)
    with world.change() as session:
        audio = session.exec(select(Audio.id)).first()
        session.add(
            Rendition(
                audio_id=audio or 0,
                kind="flac",
                sha256=stored.sha256,
                size=stored.size,
                media_type=media_type,
                duration_ms=1,
                loudness_lufs=-23.0,
                true_peak_dbtp=-1.0,
            )
        )
    return stored.sha256


@pytest.fixture(scope="session")
def address(reader: Client) -> str:
    segment = reader.get("/api/v1/segments/b0001").json()
    return f"/api/v1/audio/{segment['audio']['broadcast_sha256']}.mp3"


@pytest.fixture(scope="session")
def whole(reader: Client, address: str) -> bytes:
    return reader.get(address).content


def test_the_whole_file_has_its_hash_as_tag_and_may_be_kept_for_ever(reader: Client, address: str) -> None:
    answer = reader.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{Path(address).stem}"'
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert int(answer.headers["content-length"]) == len(answer.content) > 1000


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=100-999999999", 100, None),
        ("bytes=-100", -100, None),
        ("bytes=-999999999", 0, None),
        ("Bytes = 5 - 9", 5, 10),
    ],
)
def test_a_range_is_answered_with_that_part(
    reader: Client, *, address: str, whole: bytes, asked: str, start: int, end: int | None
) -> None:
    answer = reader.get(address, headers={"Range": asked})
    first = start % len(whole)
    expected = whole[first:end]
    assert answer.status_code == 206
    assert answer.content == expected
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(expected) - 1}/{len(whole)}"
    assert answer.headers["content-length"] == str(len(expected))


@pytest.mark.parametrize(
    "asked",
    ["bytes=9-5", "bytes=a-b", "bytes=-", "bytes=", "seconds=0-1", "bytes=0-1,5-6", "bytes=" + "9" * 40 + "-", "x"],
)
def test_a_range_that_makes_no_sense_or_names_several_gives_the_whole(
    reader: Client, address: str, whole: bytes, asked: str
) -> None:
    answer = reader.get(address, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, whole)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=99999999-100000000", "bytes=-0"])
def test_a_range_outside_the_file_is_a_problem_that_tells_its_size(
    reader: Client, address: str, whole: bytes, asked: str
) -> None:
    answer = reader.get(address, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["facts"] == {"size": len(whole)}


@pytest.mark.parametrize(
    ("held", "status"),
    [("same", 206), ('"other"', 200), ("W/same", 200), ("Tue, 24 Nov 2026 00:00:00 GMT", 200)],
)
def test_if_range_gives_the_part_only_of_the_very_same_file(
    reader: Client, address: str, whole: bytes, held: str, status: int
) -> None:
    tag = f'"{Path(address).stem}"'
    answer = reader.get(address, headers={"Range": "bytes=10-19", "If-Range": held.replace("same", tag)})
    assert answer.status_code == status
    assert answer.content == (whole[10:20] if status == 206 else whole)


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ("same", 304),
        ("W/same", 304),
        ('"a", same , "b"', 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
        ("same-not", 200),
    ],
)
def test_if_none_match_saves_sending_what_the_client_has(reader: Client, address: str, held: str, status: int) -> None:
    tag = f'"{Path(address).stem}"'
    given = held.replace("same-not", '"x' + tag[1:]).replace("same", tag)
    answer = reader.get(
        address, headers={"If-None-Match": given, "Range": "bytes=0-9"} if status == 304 else {"If-None-Match": given}
    )
    assert answer.status_code == status
    assert answer.headers["etag"] == tag
    assert bool(answer.content) == (status == 200)


def test_head_tells_the_size_and_sends_nothing_also_with_a_range(reader: Client, address: str, whole: bytes) -> None:
    answer = reader.head(address, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(whole))


@pytest.mark.parametrize(
    "name", ["0" * 64 + ".mp3", "0" * 63 + ".mp3", "0" * 64, "..%2F..%2Floa.sqlite", "A" * 64 + ".mp3"]
)
def test_what_is_not_there_is_a_problem(reader: Client, name: str) -> None:
    answer = reader.get(f"/api/v1/audio/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("media_type", "ending"), [("audio/mpeg", "mp3"), ("audio/ogg", "opus"), ("audio/flac", "flac")]
)
def test_a_copy_is_had_under_the_ending_of_its_kind(world: World, api: Client, media_type: str, ending: str) -> None:
    sha256 = add_copy(world, b"a copy", media_type)
    for tried in ("mp3", "opus", "flac", "wav", "ogg", "MP3", "mp3x"):
        answer = api.get(f"/api/v1/audio/{sha256}.{tried}", headers={"Range": "bytes=2-"})
        if tried == ending:
            assert (answer.status_code, answer.content) == (206, b"copy")
            assert answer.headers["content-type"] == media_type
        else:
            assert answer.status_code == 404
            assert answer.json()["code"] == "address.unknown"


def test_a_rendered_programme_is_handed_out_and_an_original_is_not(world: World, api: Client) -> None:
    for content in (b"programme", b"original"):
        put(world, content)
    with world.change() as session:
        session.add(
            RenderedProgramme(
                digest="d",
                sha256=sha256_of(b"programme"),
                size=9,
                media_type="audio/mpeg",
                duration_ms=1,
                loudness_lufs=-23.0,
                true_peak_dbtp=-1.0,
                made_at=world.now,
            )
        )
        some = session.exec(select(Audio)).first()
        assert some is not None
        some.sha256 = sha256_of(b"original")
        session.add(some)
    assert api.get(f"/api/v1/audio/{sha256_of(b'programme')}.mp3").content == b"programme"
    assert api.get(f"/api/v1/audio/{sha256_of(b'original')}.mp3").status_code == 404


def test_a_copy_that_the_store_lost_is_a_problem(world: World, api: Client) -> None:
    sha256 = add_copy(world, b"lost", "audio/mpeg")
    world.context.store.delete(sha256)
    answer = api.get(f"/api/v1/audio/{sha256}.mp3")
    assert (answer.status_code, answer.json()["code"]) == (404, "store.missing")


def test_from_a_bucket_it_is_the_same(world: World, s3_server: S3Server) -> None:
    world.context = replace(world.context, store=S3Store(location=s3_server.folder(), scratch=world.context.scratch))
    content = os.urandom(9_000_001)
    sha256 = add_copy(world, content, "audio/mpeg")
    address = f"/api/v1/audio/{sha256}.mp3"
    with client_of(world.context) as client:
        assert client.get(address).content == content
        part = client.get(address, headers={"Range": "bytes=4194300-8388700"})
        assert (part.status_code, part.content) == (206, content[4_194_300:8_388_701])
        assert part.headers["content-range"] == "bytes 4194300-8388700/9000001"
        assert client.get(address, headers={"Range": "bytes=-3"}).content == content[-3:]
        assert client.get(address, headers={"Range": "bytes=9000001-"}).status_code == 416
        assert client.head(address).headers["content-length"] == "9000001"
        assert client.get(address, headers={"If-None-Match": f'"{sha256}"'}).status_code == 304
        world.context.store.delete(sha256)
        assert client.get(address).status_code == 404


def test_a_bucket_that_cannot_be_asked_is_a_problem_of_the_store(world: World, s3_server: S3Server) -> None:
    sha256 = add_copy(world, b"a copy", "audio/mpeg")
    elsewhere = S3Store(location=replace(s3_server.folder(), bucket="elsewhere"), scratch=world.context.scratch)
    with client_of(replace(world.context, store=elsewhere)) as client:
        answer = client.get(f"/api/v1/audio/{sha256}.mp3")
    assert (answer.status_code, answer.json()["code"]) == (503, "store.unreachable")
    assert answer.headers["content-type"] == "application/problem+json"


def send(context: Context, found: AudioFile, start: int, end: int) -> list[Message]:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        """Who asked stays on the line."""
        await asyncio.Event().wait()
        raise AssertionError("nobody ends that wait")

    answer = Piecewise(context, found, Ready(status=206, headers={}), start=start, end=end, sent=SentFiles(context))
    asyncio.run(answer(HTTPScope(type="http", method="GET"), nothing, keep))  # type: ignore[typeddict-item, arg-type]  # the rest is not looked at
    return sent


def test_a_long_file_leaves_in_pieces(world: World) -> None:
    content = os.urandom(3 * MIB + 17)
    stored = put(world, content)
    found = AudioFile(sha256=stored.sha256, size=stored.size, media_type="audio/mpeg")

    sent = send(world.context, found, 5, 3 * MIB + 10)

    pieces = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert max(len(piece) for piece in pieces) <= MIB
    assert b"".join(pieces) == content[5 : 3 * MIB + 10]
    assert [message.get("more_body") for message in sent[1:]] == [True] * (len(pieces) - 1) + [False]


def test_a_file_that_is_shorter_than_was_said_does_not_seem_whole(world: World) -> None:
    stored = put(world, b"0123456789")
    found = AudioFile(sha256=stored.sha256, size=20, media_type="audio/mpeg")
    with pytest.raises(OSError, match="10 bytes shorter"):
        send(world.context, found, 0, 20)


def test_nothing_is_said_before_the_store_has_answered(world: World) -> None:
    found = AudioFile(sha256="0" * 64, size=20, media_type="audio/mpeg")
    with pytest.raises(MissingAudio):
        send(world.context, found, 0, 20)


def test_of_an_empty_file_no_range_can_be_had() -> None:
    assert span_of(None, 0) is None
    with pytest.raises(RequestRefused):
        span_of("bytes=0-", 0)
