"""Uploads to a real service over lines that are slow, hang, break, lie, and come in twos."""

import fcntl
import hashlib
import itertools
import json
import random
import resource
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.api.tus_service import ANSWER_S, Service, Upload
from tests.server.homes import copy_home
from tests.server.worlds import World

MB = 1_000_000


@pytest.fixture(scope="session")
def service(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Shared: each test has uploads of its own."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("shared") / "served")
    with Service(home) as running:
        yield running


def content_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 (bytes of no meaning)


def wait_for(upload: Upload, size: int) -> None:
    """Until so much is on disk; nobody is interrupted by the question."""
    for _ in range(3_000):
        if upload.file.stat().st_size >= size:
            return
        time.sleep(0.01)
    raise AssertionError(f"{upload.file.stat().st_size} of {size} came")


def test_a_request_that_is_refused_is_refused_before_its_bytes_are_sent(service: Service) -> None:
    upload = service.announce(100 * MB)
    for headers, expected in (
        ({"Upload-Offset": "5", "Content-Length": "50000000"}, 409),
        ({"Content-Length": "100000001"}, 413),
        ({"Content-Length": "5", "Content-Type": "text/plain"}, 415),
        ({"Content-Length": "5", "Upload-Checksum": "crc32 AAAA"}, 400),
        ({"Content-Length": "5", "Tus-Resumable": "9"}, 412),
    ):
        with upload.begin(offset=0, **headers) as line:
            status, told, body = line.answer()
            assert status == expected
            assert told["tus-resumable"] == "1.0.0"
            assert json.loads(body)["status"] == expected
    assert upload.offset() == 0


def test_a_client_that_asks_first_is_told_to_go_on_or_why_not(service: Service) -> None:
    upload = service.announce(10)
    with upload.begin(offset=0, Expect="100-continue", **{"Content-Length": "3"}) as line:
        assert line.answer()[0] == 100
        line.send(b"123")
        assert line.answer()[0] == 204
    with upload.begin(offset=0, Expect="100-continue", **{"Content-Length": "3"}) as line:
        assert line.answer()[0] == 409


def test_a_refusal_reaches_a_client_that_sends_on(service: Service) -> None:
    upload = service.announce(10 * MB)
    with upload.begin(offset=1, **{"Content-Length": str(5 * MB)}) as line:
        line.send(bytes(5 * MB))
        assert line.answer()[0] == 409
        line.head("HEAD", upload.path, {"Tus-Resumable": "1.0.0", **service.key})
        assert line.answer()[0] == 200


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_what_came_before_the_line_broke_is_kept(service: Service) -> None:
    content = content_of(3 * MB)
    upload = service.announce(10 * MB)
    with upload.begin(offset=0, **{"Content-Length": str(10 * MB)}) as line:
        line.send(content)
        wait_for(upload, 2 * MB)
    offset = upload.offset()
    assert 2 * MB <= offset <= 3 * MB
    assert upload.kept() == content[:offset]


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_what_comes_slowly_is_on_disk_soon(service: Service) -> None:
    upload = service.announce(10 * MB)
    with upload.begin(offset=0, **{"Content-Length": str(10 * MB)}) as line:
        for _ in range(3):
            line.send(b"1234567890")
            time.sleep(0.3)
        wait_for(upload, 20)


def test_a_body_of_unknown_length_is_taken(service: Service) -> None:
    upload = service.announce(10)
    with upload.begin(offset=0, **{"Transfer-Encoding": "chunked"}) as line:
        for piece in (b"12", b"345", b""):
            line.chunk(piece)
        status, headers, _ = line.answer()
        assert (status, headers["upload-offset"]) == (204, "5")


def test_a_body_of_unknown_length_that_is_longer_than_announced_leaves_nothing(service: Service) -> None:
    upload = service.announce(3 * MB)
    upload.append(b"123", offset=0)
    with upload.begin(offset=3, **{"Transfer-Encoding": "chunked"}) as line:
        for _ in range(4):
            line.chunk(bytes(MB))
        line.chunk(b"")
        status, _, body = line.answer()
    assert (status, json.loads(body)["code"]) == (413, "upload.overrun")
    assert upload.offset() == 3
    assert upload.kept() == b"123"


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_who_comes_back_by_another_line_goes_on_at_once_though_the_old_one_hangs(service: Service) -> None:
    content = content_of(2 * MB)
    upload = service.announce(3 * MB)
    with upload.begin(offset=0, **{"Content-Length": str(3 * MB)}) as old:
        old.send(content)
        wait_for(upload, MB)
        offset = upload.offset()
        status, _, body = old.answer()
        assert (status, json.loads(body)["code"]) == (400, "upload.taken_over")
        assert MB <= offset <= 2 * MB
        assert upload.append(content[offset:], offset=offset).status_code == 204
        old.send(b"x" * (3 * MB - len(content)))
        assert upload.offset() == 2 * MB
    assert upload.kept() == content


def test_a_newer_piece_ends_an_older_one_that_hangs(service: Service) -> None:
    upload = service.announce(MB)
    with upload.begin(offset=0, **{"Content-Length": str(MB)}) as old:
        # Of an older one from which nothing came yet.
        time.sleep(0.3)
        assert upload.append(b"123", offset=0).status_code == 204
        assert old.answer()[0] == 400
    assert upload.kept() == b"123"


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_terminating_ends_a_request_that_hangs(service: Service) -> None:
    upload = service.announce(MB)
    with upload.begin(offset=0, **{"Content-Length": str(MB)}) as old:
        old.send(b"123")
        wait_for(upload, 0)
        ended = httpx.delete(
            f"{service.url}{upload.path}", headers={"Tus-Resumable": "1.0.0", **service.key}, timeout=ANSWER_S
        )
        assert ended.status_code == 204
        assert old.answer()[0] in {400, 410}
    assert upload.ask().status_code == 410
    assert not upload.file.exists()


def test_unverified_bytes_of_a_request_that_was_taken_over_are_not_kept(service: Service) -> None:
    digest = b64encode(hashlib.sha1(bytes(MB), usedforsecurity=False).digest()).decode()
    upload = service.announce(3 * MB)
    upload.append(b"123", offset=0)
    headers = {"Content-Length": str(MB), "Upload-Checksum": f"sha1 {digest}"}
    with upload.begin(offset=3, **headers) as old:
        old.send(bytes(MB // 2))
        time.sleep(0.5)
        assert upload.offset() == 3
        assert old.answer()[0] == 400
    assert upload.append(bytes(MB), offset=3, **{"Upload-Checksum": f"sha1 {digest}"}).status_code == 204


def test_two_clients_on_one_upload_never_mix_their_bytes(service: Service) -> None:
    size = 40 * MB
    upload = service.announce(size + 1)
    began: list[int] = []
    failed: list[object] = []

    def client(letter: bytes) -> None:
        with httpx.Client(timeout=60, headers=service.key) as http:
            while True:
                offset = upload.offset()
                if offset >= size:
                    return
                began.append(offset)
                answer = http.patch(
                    f"{service.url}{upload.path}",
                    content=letter * min(6 * MB, size - offset),
                    headers={
                        "Tus-Resumable": "1.0.0",
                        "Content-Type": "application/offset+octet-stream",
                        "Upload-Offset": str(offset),
                    },
                )
                if answer.status_code not in {204, 400, 409}:
                    failed.append(answer.text)

    clients = [threading.Thread(target=client, args=(letter,)) for letter in (b"a", b"b")]
    for each in clients:
        each.start()
    for each in clients:
        each.join(120)
    assert failed == []
    content = upload.kept()
    assert len(content) == size
    runs = [len(list(run)) for _, run in itertools.groupby(content)]
    assert set(itertools.accumulate(runs[:-1])) <= set(began)


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_while_another_process_writes_the_answer_is_to_wait(service: Service) -> None:
    upload = service.announce(10)
    with upload.file.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        answer = upload.append(b"1", offset=0)
        assert (answer.status_code, answer.json()["code"]) == (423, "upload.busy")
        assert upload.ask().status_code == 423
    assert upload.append(b"1", offset=0).status_code == 204


@pytest.mark.of_folder("the disk")
def test_a_disk_that_is_full_keeps_what_came_and_takes_the_rest_when_there_is_room(service: Service) -> None:
    content = content_of(20 * MB)
    upload = service.announce(len(content) + 1)
    room = 12 * MB
    before = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        answer = upload.append(content, offset=0)
        assert (answer.status_code, answer.json()["code"]) == (507, "upload.no_room")
        assert answer.json()["facts"]["needed"] == len(content) + 1 - room
        assert upload.offset() == room
    finally:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, before)
    assert upload.append(content[room:], offset=room).status_code == 204
    assert upload.kept() == content


def test_head_has_no_body_whatever_it_says(service: Service) -> None:
    upload = service.announce(10)
    with service.line() as line:
        for path, expected in ((upload.path, 200), (f"{upload.path[:-1]}x", 404), (upload.path, 200)):
            line.head("HEAD", path, {"Tus-Resumable": "1.0.0", **service.key})
            assert line.head_of_answer()[0] == expected
            assert line.unread() == b""


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_a_service_that_stops_ends_the_upload_and_goes_on_when_it_is_back(sounding_home: World, tmp_path: Path) -> None:
    content = content_of(2 * MB)
    with Service(copy_home(sounding_home.context.home, tmp_path / "home")) as own:
        upload = own.announce(len(content) + 1)
        with upload.begin(offset=0, **{"Content-Length": str(len(content))}) as line:
            line.send(content[:MB])
            wait_for(upload, MB // 2)
            own.stop()
            status, _, body = line.answer()
            assert (status, json.loads(body)["code"]) == (503, "upload.broken_off")
        own.start()
        offset = upload.offset()
        assert MB // 2 <= offset <= MB
        assert upload.append(content[offset:], offset=offset).status_code == 204
        assert upload.kept() == content
