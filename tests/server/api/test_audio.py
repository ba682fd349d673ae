"""Audio by its hash: ranges, validators, pieces."""

import asyncio
import os
from pathlib import Path

import pytest
from litestar.types import HTTPScope, Message

from server.api.audio import PIECE, Piecewise, span_of
from server.api.faults import RequestRefused
from tests.server.api.conftest import Client


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
    assert "immutable" in answer.headers["cache-control"]
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


def test_a_long_file_leaves_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.mp3"
    path.write_bytes(os.urandom(3 * PIECE + 17))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        raise AssertionError("nobody asks for the body of a GET")

    answer = Piecewise(path, status=206, headers={}, start=5, end=3 * PIECE + 10)
    asyncio.run(answer(HTTPScope(type="http", method="GET"), nothing, send))  # type: ignore[typeddict-item, arg-type]  # the rest is not looked at
    pieces = [message["body"] for message in sent if message["type"] == "http.response.body"]
    assert max(len(piece) for piece in pieces) <= PIECE
    assert b"".join(pieces) == path.read_bytes()[5 : 3 * PIECE + 10]


def test_of_an_empty_file_no_range_can_be_had() -> None:
    assert span_of(None, 0) is None
    with pytest.raises(RequestRefused):
        span_of("bytes=0-", 0)
