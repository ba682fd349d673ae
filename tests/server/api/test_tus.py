"""tus 1.0.0 as its text says, and what Loa says where tus is silent."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from server.api.arriving import Turns, take_in
from server.services import arrival_files as arrivals
from server.services.upload_limits import UploadLimits
from server.services.upload_refusals import UploadBrokenOff, UploadOverrun, UploadTakenOver
from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home
from tests.server.sounds import wav
from tests.server.uploaded import kept_bytes
from tests.server.worlds import BEFORE, World, open_world

UPLOADS = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}
SAID = {"filename": "chương trình.wav", "filetype": "audio/wav", "topic": "mot-cua", "language": "vi"}


@pytest.fixture(scope="session")
def sender(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Shared by tests that look at nothing but what they sent themselves."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("shared") / "sending")
    shared = open_world(home, now=BEFORE, keys=dict(sounding_home.keys))
    with client_of(shared.context) as client:
        yield client
    shared.context.close()


def encoded(said: dict[str, str]) -> str:
    return ",".join(f"{name} {b64encode(text.encode()).decode()}".strip() for name, text in said.items())


def announce(api: Client, size: int, said: dict[str, str] | None = None, **headers: str) -> Any:
    metadata = encoded(SAID if said is None else said)
    return api.post(UPLOADS, headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata, **headers})


def begun(api: Client, size: int, said: dict[str, str] | None = None) -> str:
    answer = announce(api, size, said)
    assert answer.status_code == 201, answer.text
    location: str = answer.headers["location"]
    return location


def append(api: Client, upload: str, content: bytes, *, offset: int = 0, **headers: str) -> Any:
    return api.patch(upload, content=content, headers={**BYTES, "Upload-Offset": str(offset), **headers})


def ask(api: Client, upload: str) -> Any:
    return api.head(upload, headers=TUS)


def sum_of(content: bytes, algorithm: str = "sha1") -> dict[str, Any]:
    digest = hashlib.new(algorithm, content, usedforsecurity=False).digest()
    return {"Upload-Checksum": f"{algorithm} {b64encode(digest).decode()}"}


# What is offered


@pytest.mark.parametrize("path", [UPLOADS, f"{UPLOADS}/{'0' * 32}"])
def test_options_tell_what_is_offered(reader: Client, path: str) -> None:
    answer = reader.options(path)
    assert answer.status_code == 204
    assert {name: value for name, value in answer.headers.items() if name.startswith("tus-")} == {
        "tus-resumable": "1.0.0",
        "tus-version": "1.0.0",
        "tus-extension": "creation,creation-with-upload,checksum,expiration,termination",
        "tus-max-size": "1000000000",
        "tus-checksum-algorithm": "sha1,sha256",
    }


@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
@pytest.mark.parametrize("version", [None, "0.2.2", "1.0"])
def test_another_version_of_tus_is_refused_with_the_one_that_is_spoken(
    reader: Client, method: str, version: str | None
) -> None:
    path = UPLOADS if method == "POST" else f"{UPLOADS}/x"
    answer = reader.request(method, path, headers={"Tus-Resumable": version} if version else {})
    assert answer.status_code == 412
    assert (answer.headers["tus-version"], answer.headers["tus-resumable"]) == ("1.0.0", "1.0.0")


# Announced


def test_an_announced_file_has_an_address_and_a_day_to_which_it_is_kept(sender: Client) -> None:
    answer = announce(sender, 1_000)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["location"].startswith(f"{UPLOADS}/")
    assert answer.headers["upload-expires"] == "Fri, 27 Nov 2026 01:00:00 GMT"
    assert answer.headers["upload-offset"] == "0"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("told", "prefix"),
    [("/loa", "/loa"), ("/a/b/", "/a/b"), ("//evil.example", ""), ("https://evil.example", ""), ("/a b", "")],
)
def test_the_address_is_right_behind_a_path_of_another_server(sender: Client, told: str, prefix: str) -> None:
    location = announce(sender, 1_000, None, **{"X-Forwarded-Prefix": told}).headers["location"]
    assert location.startswith(f"{prefix}{UPLOADS}/")


def test_an_upload_is_as_it_was_announced_whenever_it_is_asked_for(sender: Client) -> None:
    upload = begun(sender, 1_000)
    answer = ask(sender, upload)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["upload-offset"], answer.headers["upload-length"]) == ("0", "1000")
    assert answer.headers["upload-metadata"] == encoded(SAID)
    assert answer.headers["cache-control"] == "no-store"
    shown = sender.get(upload).json()
    assert (shown["file_name"], shown["size"], shown["offset"]) == ("chương trình.wav", 1_000, 0)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": ""}, 400, "upload.header"),
        ({"Upload-Length": "-1"}, 400, "upload.header"),
        ({"Upload-Length": "1e3"}, 400, "upload.header"),
        ({"Upload-Length": "٣"}, 400, "upload.header"),
        ({"Upload-Length": "9" * 19}, 400, "upload.header"),
        ({"Upload-Length": "0"}, 400, "upload.empty"),
        ({"Upload-Length": "1000000001"}, 413, "upload.too_large"),
        ({"Upload-Length": "9" * 18}, 413, "upload.too_large"),
        ({"Upload-Defer-Length": "1"}, 400, "upload.length_deferred"),
        ({"Upload-Metadata": ""}, 400, "request.invalid"),
        ({"Upload-Metadata": "filename YQ==,,topic YQ=="}, 400, "request.invalid"),
        ({"Upload-Metadata": "filename YQ==,filename YQ=="}, 400, "request.invalid"),
        ({"Upload-Metadata": "filename %%%"}, 400, "request.invalid"),
        ({"Upload-Metadata": "filename /w=="}, 400, "request.invalid"),
        ({"Content-Type": "text/plain", "Content-Length": "5"}, 415, "media_type.unsupported"),
    ],
)
def test_an_announcement_that_can_not_be_read_or_taken_is_a_problem(
    reader: Client, headers: dict[str, str], status: int, code: str
) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    usual = {**TUS, "Upload-Length": "5", "Upload-Metadata": encoded(SAID)}
    body = b"12345" if "Content-Length" in headers else b""
    answer = reader.post(UPLOADS, content=body, headers=cast(dict[str, str], {**usual, **raw}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"topic": "no-such"}, 404, "topic.unknown"),
        ({"topic": ""}, 400, "request.invalid"),
        ({"colour": "red"}, 400, "request.invalid"),
        ({"valid_to": "2026-13-01"}, 400, "field.bad"),
        ({"priority": "huge"}, 400, "field.bad"),
        ({"stations": "h999"}, 404, "station.unknown"),
        ({"title": "a" * 201}, 400, "field.bad"),
        ({"filetype": "text/html"}, 415, "upload.type"),
        ({"filename": "\n.wav"}, 400, "request.invalid"),
        ({"segment": "b9999", "topic": "mot-cua"}, 400, "request.invalid"),
    ],
)
def test_what_is_said_of_a_file_is_checked_before_it_is_sent(
    world: World, api: Client, *, changed: dict[str, str], status: int, code: str
) -> None:
    answer = announce(api, 5, {**SAID, **changed})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(world.context.incoming.iterdir()) == []


def test_a_problem_is_told_in_the_language_that_is_asked_for(reader: Client) -> None:
    answer = announce(reader, 0, None, **{"Accept-Language": "en"})
    assert answer.json()["detail"] == "The file chosen has nothing in it (0 bytes). Choose another."


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("chương trình.wav", "chương trình"),
        ("hai\ndòng\t.MP3", "hai dòng"),
        ("C:\\thu âm\\bài 1.2 (sửa).m4a", "bài 1.2 (sửa)"),
        ("../../etc/passwd", "passwd"),
        (".wav", ".wav"),
        ("ă" * 300 + ".wav", "ă" * 199 + "…"),
        ("\u202egnp.wav", "gnp"),
    ],
)
def test_a_file_without_a_title_is_called_by_its_name(sender: Client, name: str, title: str) -> None:
    upload = begun(sender, 5, {**SAID, "filename": name})
    # No more bytes than it takes to be complete; that they are no recording is a matter of its verdict.
    append(sender, upload, b"12345")
    code = ask(sender, upload).headers["loa-segment"]
    assert sender.get(f"/api/v1/segments/{code}").json()["title"] == title


# Sent


def test_a_file_sent_in_pieces_becomes_a_segment(sender: Client, tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav").read_bytes()
    upload = begun(sender, len(content), {**SAID, "title": "Một cửa điện tử", "tiers": "district", "column": ""})
    half = len(content) // 2
    first = append(sender, upload, content[:half])
    assert (first.status_code, first.headers["upload-offset"], first.content) == (204, str(half), b"")
    assert "loa-segment" not in first.headers
    assert first.headers["upload-expires"] == "Fri, 27 Nov 2026 01:00:00 GMT"
    last = append(sender, upload, content[half:], offset=half)
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(content)))
    assert "upload-expires" not in last.headers
    segment = sender.get(f"/api/v1/segments/{last.headers['loa-segment']}").json()
    assert (segment["title"], segment["state"], segment["column"]) == ("Một cửa điện tử", "submitted", None)
    assert sender.get(f"/api/v1/audio/{segment['versions'][0]['audio']['broadcast_sha256']}.mp3").status_code == 200
    after = ask(sender, upload)
    assert (after.headers["upload-offset"], after.headers["upload-length"]) == (str(len(content)),) * 2
    assert after.headers["loa-segment"] == segment["code"]


def test_a_newer_recording_of_a_segment_is_sent_in_the_same_way(api: Client, tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav", seed=5).read_bytes()
    upload = begun(api, len(content), {"filename": "mới.wav", "segment": "b0002"})
    assert append(api, upload, content).headers["loa-segment"] == "b0002"


def test_the_first_bytes_may_come_with_the_announcement(sender: Client) -> None:
    metadata = encoded(SAID)
    headers = {**BYTES, "Upload-Length": "10", "Upload-Metadata": metadata, **sum_of(b"12345")}
    answer = sender.post(UPLOADS, content=b"12345", headers=headers)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "5")
    assert ask(sender, answer.headers["location"]).headers["upload-offset"] == "5"
    headers["Upload-Length"] = "4"
    answer = sender.post(UPLOADS, content=b"12345", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload.overrun")


def test_a_recording_that_is_rejected_says_so_and_stays_known(sender: Client) -> None:
    upload = begun(sender, 5)
    answer = append(sender, upload, b"12345")
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("audio.")
    after = ask(sender, upload)
    assert (after.status_code, after.headers["upload-offset"]) == (200, "5")
    segment = sender.get(f"/api/v1/segments/{after.headers['loa-segment']}").json()
    assert segment["state"] == "rejected"
    # Whoever lost that answer and sends its nothing again is told that all is there.
    again = append(sender, upload, b"", offset=5)
    assert (again.status_code, again.headers["loa-segment"]) == (204, segment["code"])


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Offset": "4"}, 409, "upload.offset"),
        ({"Upload-Offset": "1"}, 409, "upload.offset"),
        ({"Upload-Offset": ""}, 400, "upload.header"),
        ({"Upload-Offset": "-3"}, 400, "upload.header"),
        ({"Content-Type": "application/octet-stream"}, 415, "media_type.unsupported"),
        ({"Upload-Checksum": "md5 AAAA"}, 400, "upload.checksum_unknown"),
        ({"Upload-Checksum": "sha1 AAAA"}, 400, "upload.header"),
        ({"Upload-Checksum": "sha1 %%%"}, 400, "upload.header"),
        ({"Upload-Checksum": "sha1"}, 400, "upload.header"),
        (sum_of(b"wrong"), 460, "upload.checksum"),
        (sum_of(b"wrong", "sha256"), 460, "upload.checksum"),
    ],
)
def test_bytes_that_can_not_be_taken_change_nothing(
    sender: Client, headers: dict[str, Any], status: int, code: str
) -> None:
    upload = begun(sender, 10)
    append(sender, upload, b"123")
    answer = append(sender, upload, b"456", offset=3, **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert ask(sender, upload).headers["upload-offset"] == "3"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_bytes_that_sum_up_are_kept(sender: Client, algorithm: str) -> None:
    upload = begun(sender, 10)
    assert append(sender, upload, b"123", **sum_of(b"123", algorithm)).status_code == 204
    assert append(sender, upload, b"456", offset=3, **sum_of(b"456", algorithm)).headers["upload-offset"] == "6"


def test_more_than_was_announced_is_refused_whole(world: World, api: Client) -> None:
    upload = begun(api, 10)
    append(api, upload, b"123")
    answer = append(api, upload, b"4" * 8, offset=3)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload.overrun")
    assert answer.json()["facts"] == {"size": 10, "sent": 11}
    assert ask(api, upload).headers["upload-offset"] == "3"
    assert kept_bytes(world.context, upload.rpartition("/")[2]) == b"123"


def test_nothing_can_be_added_to_what_is_complete(sender: Client) -> None:
    upload = begun(sender, 5)
    append(sender, upload, b"12345")
    assert append(sender, upload, b"6", offset=5).status_code == 413
    assert append(sender, upload, b"", offset=0).json()["facts"] == {"offset": 5, "given": 0}


def test_clients_without_the_methods_say_what_they_mean(sender: Client) -> None:
    upload = begun(sender, 10)
    sent = sender.post(
        upload, content=b"123", headers={**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    )
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "3")
    asked = sender.post(upload, headers={**TUS, "X-HTTP-Method-Override": "HEAD"})
    assert (asked.status_code, asked.headers["upload-offset"], asked.content) == (200, "3", b"")
    assert sender.post(upload, headers=TUS).status_code == 405
    assert sender.post(upload, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert ask(sender, upload).status_code == 410


# Ended


def test_a_terminated_upload_is_gone(sender: Client) -> None:
    upload = begun(sender, 10)
    append(sender, upload, b"123")
    answer = sender.delete(upload, headers=TUS)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [ask(sender, upload).status_code, append(sender, upload, b"4", offset=3).status_code] == [410, 410]
    assert sender.delete(upload, headers=TUS).status_code == 410
    assert sender.get(upload).json()["facts"]["reason"] == "terminated"


def test_an_expired_upload_is_gone(world: World, api: Client) -> None:
    upload = begun(api, 10)
    world.now += timedelta(days=7)
    assert ask(api, upload).status_code == 410
    answer = append(api, upload, b"1")
    assert (answer.status_code, answer.json()["facts"]["reason"]) == (410, "expired")


def test_what_expired_while_the_service_was_off_is_removed_at_its_start(world: World) -> None:
    with client_of(world.context) as api:
        begun(api, 10)
    world.now += timedelta(days=7)
    with client_of(world.context) as api:
        _until(lambda: not list(world.context.incoming.iterdir()), api)


def test_what_was_whole_when_the_service_was_killed_becomes_a_segment_at_its_start(world: World) -> None:
    with client_of(world.context) as api:
        upload = begun(api, 5)
    with world.context.arrivals.held(upload.rpartition("/")[2], 5) as arrival:
        arrival.begin(None)
        arrival.write([b"12345"])
        arrival.finish()
    with client_of(world.context) as api:
        _until(lambda: api.get(upload).json()["segment"] is not None, api)


@pytest.mark.parametrize("upload", ["0" * 32, "x", "..", "%2e%2e%2floa.sqlite", "ế"])
def test_an_upload_that_nobody_announced_is_unknown(reader: Client, upload: str) -> None:
    answer = reader.patch(f"{UPLOADS}/{upload}", content=b"1", headers={**BYTES, "Upload-Offset": "0"})
    assert answer.status_code in {404, 405}
    assert reader.head(f"{UPLOADS}/{upload}", headers=TUS).status_code in {404, 405}


def test_limits_are_settings(world: World) -> None:
    world.context.uploads = UploadLimits(max_size=10, types=("audio/wav",), lifetime=timedelta(days=1))
    with client_of(world.context) as api:
        assert api.options(UPLOADS).headers["tus-max-size"] == "10"
        assert announce(api, 11).status_code == 413
        assert announce(api, 10, {**SAID, "filetype": "audio/mpeg"}).status_code == 415
        assert announce(api, 10).headers["upload-expires"] == "Sat, 21 Nov 2026 01:00:00 GMT"


# Bodies


async def _body(*pieces: bytes, then: str = "end") -> AsyncIterator[dict[str, object]]:
    for piece in pieces:
        yield {"type": "http.request", "body": piece, "more_body": True}
    if then == "end":
        yield {"type": "http.request", "body": b"", "more_body": False}
    elif then == "gone":
        yield {"type": "http.disconnect"}
    else:
        await asyncio.Event().wait()


def _take_in(path: Path, pieces: AsyncIterator[dict[str, object]], *, size: int, turns: Turns | None = None) -> None:
    async def run() -> None:
        receive: Any = pieces.__anext__
        with arrivals.held(path, upload="a", size=size) as arrival:
            arrival.begin(None)
            async with (turns or Turns()).take("a") as turn:
                await take_in(receive, turn, arrival)

    asyncio.run(run())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    arrivals.create(tmp_path / "a")
    return tmp_path / "a"


def test_a_body_of_many_pieces_arrives_in_order(path: Path) -> None:
    pieces = [bytes([number % 251]) * (number * 997 % 70_001) for number in range(300)]
    whole = b"".join(pieces)
    _take_in(path, _body(*pieces), size=len(whole))
    assert path.read_bytes() == whole


def test_a_body_without_a_length_that_is_longer_than_announced_leaves_nothing(path: Path) -> None:
    with pytest.raises(UploadOverrun):
        _take_in(path, _body(b"1" * 3_000_000, b"2" * 3_000_000), size=5_000_000)
    assert path.read_bytes() == b""


@pytest.mark.parametrize("then", ["gone", "silence"])
def test_what_came_before_the_silence_is_kept(path: Path, then: str) -> None:
    with pytest.raises(UploadBrokenOff):
        _take_in(path, _body(b"123", b"456", then=then), size=10, turns=Turns(stalled_s=0.05))
    assert path.read_bytes() == b"123456"


def test_a_newer_request_ends_an_older_one_that_hangs_and_waits_until_its_bytes_are_put_away(path: Path) -> None:
    seen: list[bytes] = []

    async def run() -> None:
        turns, reached = Turns(), asyncio.Event()

        async def hanging() -> AsyncIterator[dict[str, object]]:
            yield {"type": "http.request", "body": b"123", "more_body": True}
            reached.set()
            await asyncio.Event().wait()

        async def older() -> None:
            receive: Any = hanging().__anext__
            async with turns.take("a") as turn:
                with arrivals.held(path, upload="a", size=10) as arrival:
                    arrival.begin(None)
                    await take_in(receive, turn, arrival)

        task = asyncio.create_task(older())
        await reached.wait()
        async with turns.take("b"):
            assert not task.done()
        async with turns.take("a"):
            seen.append(await asyncio.to_thread(path.read_bytes))
        with pytest.raises(UploadTakenOver):
            await task

    asyncio.run(run())
    assert seen == [b"123"]


def test_all_requests_end_when_the_service_does(path: Path) -> None:
    async def run() -> None:
        turns = Turns()
        asyncio.get_running_loop().call_later(0.05, turns.end_all)
        receive: Any = _body(b"123", then="silence").__anext__
        async with turns.take("a") as turn:
            with arrivals.held(path, upload="a", size=10) as arrival:
                arrival.begin(None)
                await take_in(receive, turn, arrival)

    with pytest.raises(UploadBrokenOff):
        asyncio.run(run())
    assert path.read_bytes() == b"123"


def _until(done: Any, api: Client) -> None:
    """Asks the service something in between, so that its own work goes on."""
    for _ in range(2_000):
        if done():
            return
        api.get("/health")
    raise AssertionError("it never came")
