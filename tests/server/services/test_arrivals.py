"""Bytes of a file that arrives in pieces: in order, by one writer, kept or cut over any crash."""

import hashlib
import resource
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from server.services import arrival_files as arrivals
from server.services.arrival_files import FileArrival
from server.services.arrivals import Checksum
from server.services.upload_refusals import UploadBusy, UploadChecksum

SIZE = 1_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    arrivals.create(tmp_path / "a")
    return tmp_path / "a"


def held(path: Path) -> AbstractContextManager[FileArrival]:
    return arrivals.held(path, upload="a", size=SIZE)


def sha1(content: bytes) -> Checksum:
    return Checksum(algorithm="sha1", digest=hashlib.sha1(content, usedforsecurity=False).digest())


def receive(path: Path, content: bytes, *, checksum: Checksum | None = None) -> None:
    with held(path) as arrival:
        arrival.begin(checksum)
        arrival.write([content])
        arrival.finish()


def kill_midway(path: Path, content: bytes, *, checksum: Checksum | None = None) -> None:
    """As a killed process leaves it: written, and nothing said of it."""
    with held(path) as arrival:
        arrival.begin(checksum)
        arrival.write([content])


def test_the_size_of_the_file_is_how_far_it_is(path: Path) -> None:
    receive(path, b"12345")
    with held(path) as arrival:
        assert (arrival.offset, arrival.whole) == (5, False)
        arrival.begin(None)
        arrival.write([b"678", b"", b"9" * (SIZE - 8)])
        arrival.finish()
        assert (arrival.offset, arrival.whole) == (SIZE, True)
    assert path.read_bytes() == b"12345678" + b"9" * (SIZE - 8)


def test_there_is_one_writer_at_a_time(path: Path) -> None:
    with held(path), pytest.raises(UploadBusy), held(path):
        pass
    with held(path) as arrival:
        assert arrival.offset == 0


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), held(tmp_path / "a"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_came_before_the_line_broke_is_kept(path: Path) -> None:
    with held(path) as arrival:
        arrival.begin(None)
        arrival.write([b"123"])
        arrival.break_off()
    assert arrivals.kept(path) == 3


def test_what_a_killed_process_wrote_is_kept(path: Path) -> None:
    kill_midway(path, b"123")
    with held(path) as arrival:
        assert arrival.offset == 3


def test_more_than_was_announced_is_taken_back_to_where_the_request_began(path: Path) -> None:
    receive(path, b"123")
    with held(path) as arrival:
        arrival.begin(None)
        arrival.write([b"456"])
        arrival.take_back()
        assert arrival.offset == 3
    assert path.read_bytes() == b"123"


def test_bytes_that_do_not_sum_up_are_cut_off(path: Path) -> None:
    receive(path, b"123", checksum=sha1(b"123"))
    with pytest.raises(UploadChecksum) as refused:
        receive(path, b"456", checksum=sha1(b"457"))
    assert refused.value.facts == {"algorithm": "sha1", "offset": 3}
    assert path.read_bytes() == b"123"


def test_unverified_bytes_do_not_outlive_a_broken_line(path: Path) -> None:
    receive(path, b"123")
    with held(path) as arrival:
        arrival.begin(sha1(b"456"))
        arrival.write([b"45"])
        arrival.break_off()
        assert arrival.offset == 3


def test_unverified_bytes_do_not_outlive_a_killed_process(path: Path) -> None:
    receive(path, b"123")
    kill_midway(path, b"456", checksum=sha1(b"456"))
    assert path.stat().st_size == 6
    assert arrivals.kept(path) == 3
    with held(path) as arrival:
        assert arrival.offset == 3
    assert path.read_bytes() == b"123"


def test_verified_bytes_stay_whatever_is_killed_afterwards(path: Path) -> None:
    receive(path, b"123", checksum=sha1(b"123"))
    receive(path, b"456", checksum=sha1(b"456"))
    kill_midway(path, b"789", checksum=sha1(b"789"))
    assert arrivals.kept(path) == 6
    receive(path, b"789", checksum=sha1(b"789"))
    assert arrivals.kept(path) == 9


def test_bytes_without_a_checksum_after_verified_ones_are_kept_too(path: Path) -> None:
    receive(path, b"123", checksum=sha1(b"123"))
    kill_midway(path, b"456")
    assert arrivals.kept(path) == 6
    assert [each.name for each in path.parent.iterdir()] == ["a"]


def test_a_mark_that_a_kill_left_unwritten_takes_nothing_away(path: Path) -> None:
    receive(path, b"123")
    path.with_name("a.verified").touch()
    assert arrivals.kept(path) == 3
    with held(path) as arrival:
        assert arrival.offset == 3


def test_removing_leaves_nothing(path: Path) -> None:
    kill_midway(path, b"1", checksum=sha1(b"1"))
    arrivals.remove(path)
    assert list(path.parent.iterdir()) == []


_WRITE_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from server.services import arrival_files as arrivals
from server.services.upload_refusals import UploadNoRoom

path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (700, resource.RLIM_INFINITY))
with arrivals.held(path, upload="a", size=1_000) as arrival:
    arrival.begin(None)
    try:
        arrival.write([bytes(600), bytes(400)])
    except UploadNoRoom as refusal:
        arrival.break_off()
        print(refusal.needed, arrival.offset)
"""


def test_a_full_disk_keeps_what_it_has_room_for_and_tells_what_is_missing(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WRITE_WITH_LITTLE_ROOM, str(path)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("300 700\n", "")
    assert arrivals.kept(path) == 700
    receive(path, bytes(300))
    assert arrivals.kept(path) == 1_000
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
