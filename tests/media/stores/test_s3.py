"""What an object store across the network adds: it may not answer, may not know us, may have no bucket."""

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from media.refusals import AudioChanged, AudioNotReadable, CorruptAudio, MissingAudio, StoreUnreachable, StoreUnwritable
from media.stores import AudioStore
from media.stores.s3 import S3Location, S3Store
from tests.media.sounds import files_below
from tests.media.stores.conftest import S3Ground

ABSENT = "0" * 64


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.wav"
    path.write_bytes(b"sound")
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.wav"
    path.write_bytes(os.urandom(9_000_000))
    return path


def every_way(store: AudioStore, *files: Path) -> Iterator[Callable[[], object]]:
    for file in files:
        yield lambda file=file: store.put(file)  # type: ignore[misc]  # one for each file
        yield lambda file=file: store.take(file)  # type: ignore[misc]  # one for each file
    yield lambda: store.exists(ABSENT)
    yield lambda: store.size(ABSENT)
    yield lambda: list(store.read(ABSENT))
    yield lambda: store.verify(ABSENT)
    yield lambda: store.delete(ABSENT)
    yield lambda: list(store.entries())
    yield lambda: store.local_path(ABSENT).__enter__()


def refused(store: S3Store, *files: Path) -> set[tuple[str, str]]:
    """Where and why each way of asking is refused; nothing given may be lost."""
    before = [file.read_bytes() for file in files]
    told = set()
    for ask in every_way(store, *files):
        with pytest.raises(StoreUnreachable) as refusal:
            ask()
        told.add((refusal.value.url, refusal.value.reason))
    assert [file.read_bytes() for file in files] == before
    assert files_below(store.scratch) == []
    return told


@contextmanager
def port_of(answer: bytes | None) -> Iterator[int]:
    """A port that says the same to everybody, or says nothing at all."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        if answer is not None:
            Thread(target=_answer, args=(server, answer), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _answer(server: socket.socket, answer: bytes) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # the test is over
            return
        with connection:
            while b"\r\n\r\n" not in connection.recv(65_536):
                pass
            connection.sendall(answer)


def at(location: S3Location, port: int, tmp_path: Path) -> S3Store:
    return S3Store(location=replace(location, endpoint=f"http://127.0.0.1:{port}"), scratch=tmp_path / "scratch")


def test_a_closed_port_is_told_at_once(s3_location: S3Location, tmp_path: Path, small: Path, large: Path) -> None:
    with port_of(None) as port:
        pass
    store = at(s3_location, port, tmp_path)

    told = refused(store, small, large)

    assert told == {(f"s3://audio/{s3_location.prefix}?endpoint=http://127.0.0.1:{port}", "no_answer")}


@pytest.mark.timeout(60)
def test_a_server_that_says_nothing_is_not_waited_for(s3_location: S3Location, tmp_path: Path, large: Path) -> None:
    with port_of(None) as port:
        store = at(s3_location, port, tmp_path)
        for ask in (lambda: store.put(large), lambda: list(store.entries())):
            with pytest.raises(StoreUnreachable) as refusal:
                ask()
            assert refusal.value.reason == "no_answer"


@pytest.mark.parametrize("wrong", ["access_key_id", "secret_access_key"])
def test_a_wrong_key_is_told_and_is_in_no_message(
    s3_location: S3Location, tmp_path: Path, small: Path, large: Path, wrong: str
) -> None:
    location = replace(s3_location, **{wrong: "AKIAWRONGWRONGWRONG"})

    told = refused(S3Store(location=location, scratch=tmp_path / "scratch"), small, large)

    assert told == {(s3_location.url, "credentials")}
    for secret in (location.access_key_id, location.secret_access_key):
        assert secret not in f"{told} {location!r} {location.url}"


def test_a_missing_bucket_is_no_missing_file(s3_location: S3Location, tmp_path: Path, small: Path, large: Path) -> None:
    location = replace(s3_location, bucket="elsewhere")

    told = refused(S3Store(location=location, scratch=tmp_path / "scratch"), small, large)

    assert told == {(location.url, "no_bucket")}


def test_a_fault_of_the_store_is_told_in_its_word(s3_location: S3Location, tmp_path: Path, small: Path) -> None:
    body = b"<Error><Code>SlowDown</Code></Error>"
    answer = b"HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with port_of(answer) as port:
        store = at(s3_location, port, tmp_path)
        assert {reason for _url, reason in refused(store, small)} <= {"SlowDown", "HTTP 503", "no_answer"}


def test_a_store_without_room_is_told_as_a_full_disk(s3_location: S3Location, tmp_path: Path, small: Path) -> None:
    body = b"<Error><Code>XMinioStorageFull</Code></Error>"
    answer = b"HTTP/1.1 507 Insufficient Storage\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )
    with port_of(answer) as port, pytest.raises(StoreUnwritable) as refusal:
        at(s3_location, port, tmp_path).put(small)
    assert refusal.value.reason == "No space left on device"


def test_a_small_file_that_changes_while_it_is_sent_is_not_kept(s3: S3Ground) -> None:
    another_each_time = Path("/proc/sys/kernel/random/uuid")

    with pytest.raises(AudioChanged) as refusal:
        s3.store.put(another_each_time)

    assert refusal.value.path == str(another_each_time)
    assert s3.kept() == set()


def test_a_large_file_that_changes_while_it_is_sent_is_not_kept(s3: S3Ground, tmp_path: Path) -> None:
    source = tmp_path / "large.wav"
    with source.open("wb") as file:
        file.truncate(100_000_000)
    with ThreadPoolExecutor(1) as workers:
        putting = workers.submit(s3.store.put, source)
        while not s3.under_way():
            assert not putting.done()
        with source.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"x")

        with pytest.raises(AudioChanged):
            putting.result()

    assert s3.kept() == set()
    assert not s3.under_way()


def test_a_local_copy_is_gone_afterwards(s3: S3Ground, small: Path) -> None:
    stored = s3.store.put(small)

    with s3.store.local_path(stored.sha256) as path:
        assert files_below(s3.store.scratch) == [path]

    assert files_below(s3.store.scratch) == []


def test_a_damaged_object_is_not_handed_out_as_a_file(s3: S3Ground, small: Path) -> None:
    stored = s3.store.put(small)
    s3.place(f"{stored.sha256[:2]}/{stored.sha256[2:4]}/{stored.sha256}", b"noise")

    with pytest.raises(CorruptAudio), s3.store.local_path(stored.sha256):
        pass

    assert files_below(s3.store.scratch) == []


def test_scratch_that_is_no_folder_is_told(s3: S3Ground, small: Path) -> None:
    stored = s3.store.put(small)
    s3.store.scratch.write_text("in the way")

    with pytest.raises(StoreUnwritable) as refusal, s3.store.local_path(stored.sha256):
        pass

    assert refusal.value.path == str(s3.store.scratch)


def test_folders_of_one_bucket_know_nothing_of_each_other(s3: S3Ground, small: Path) -> None:
    stored = s3.store.put(small)
    other = S3Store(location=s3.server.folder(), scratch=s3.store.scratch)

    assert not other.exists(stored.sha256)
    assert list(other.entries()) == []
    with pytest.raises(MissingAudio):
        other.verify(stored.sha256)


def test_a_source_that_cannot_be_read_is_not_blamed_on_the_store(s3: S3Ground, tmp_path: Path) -> None:
    for way in (s3.store.put, s3.store.take):
        with pytest.raises(AudioNotReadable):
            way(tmp_path / "nothing.wav")
        with pytest.raises(AudioNotReadable):
            way(tmp_path)

    assert s3.kept() == set()
