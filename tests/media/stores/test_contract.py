"""What every store keeps, whatever lies under it."""

import hashlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.refusals import AudioNotReadable, CorruptAudio, MissingAudio
from media.stores import StoredFile
from tests.media.sounds import files_below
from tests.media.stores.conftest import OPEN, Ground

MIB = 1024 * 1024
# More than is sent, and more than is fetched, in one request.
LARGE = 9 * MIB + 17


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def key_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def write(folder: Path, content: bytes = b"sound", name: str = "in.wav") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("size", [0, 1, 3_000_000, LARGE])
def test_a_file_is_kept_under_the_hash_of_its_bytes(ground: Ground, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    source = write(tmp_path, content)

    stored = ground.store.put(source)

    sha256 = sha256_of(content)
    assert stored == StoredFile(sha256=sha256, size=size)
    assert source.read_bytes() == content
    assert ground.kept() == {key_of(sha256)}
    assert ground.store.exists(sha256)
    assert ground.store.size(sha256) == size
    assert b"".join(ground.store.read(sha256)) == content
    assert ground.store.verify(sha256) == stored
    with ground.store.local_path(sha256) as path:
        assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 1),
        (7, 7),
        (9, 5),
        (MIB - 1, MIB + 1),
        (MIB, 2 * MIB),
        (3, 3 * MIB + 5),
        (LARGE - 1, LARGE),
        (LARGE - 5, LARGE + 5),
        (LARGE, LARGE + 1),
        (LARGE + 5, None),
        (LARGE - 2, None),
    ],
)
def test_a_part_is_read_in_pieces(ground: Ground, tmp_path: Path, start: int, end: int | None) -> None:
    content = os.urandom(LARGE)
    stored = ground.store.put(write(tmp_path, content))

    pieces = list(ground.store.read(stored.sha256, start, end))

    assert b"".join(pieces) == content[start:end]
    assert max(map(len, pieces), default=0) <= MIB // 4
    assert all(pieces)


@pytest.mark.parametrize("sha256", ["0" * 64, "", "../../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "ữ" * 64])
def test_what_is_not_there_is_missing(ground: Ground, tmp_path: Path, sha256: str) -> None:
    ground.store.put(write(tmp_path))

    for ask in (ground.store.size, ground.store.verify, lambda name: list(ground.store.read(name))):
        with pytest.raises(MissingAudio) as refused:
            ask(sha256)
        assert refused.value.sha256 == sha256
    with pytest.raises(MissingAudio), ground.store.local_path(sha256):
        pass
    assert not ground.store.exists(sha256)
    assert not ground.store.delete(sha256)


def test_what_was_changed_in_the_store_is_found_by_verify(ground: Ground, tmp_path: Path) -> None:
    stored = ground.store.put(write(tmp_path, b"sound"))
    ground.place(key_of(stored.sha256), b"noise")

    with pytest.raises(CorruptAudio) as refusal:
        ground.store.verify(stored.sha256)

    assert refusal.value.facts == {"sha256": stored.sha256, "found_sha256": sha256_of(b"noise")}


@pytest.mark.parametrize("found", [b"", b"whole", b"wrong sound"])
def test_what_was_damaged_is_put_right_by_the_next_put(ground: Ground, tmp_path: Path, found: bytes) -> None:
    source = write(tmp_path, b"whole sound")
    stored = ground.store.put(source)
    ground.place(key_of(stored.sha256), found)

    ground.store.put(source)

    assert ground.store.verify(stored.sha256) == stored
    assert ground.kept() == {key_of(stored.sha256)}


def test_all_are_kept_or_none(ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(AudioNotReadable):
        ground.store.put_all([write(tmp_path), tmp_path / "nothing.wav"])
    assert ground.kept() == set()

    one, two = ground.store.put_all([write(tmp_path, b"1", "1.wav"), write(tmp_path, b"2", "2.wav")])

    assert ground.kept() == {key_of(one.sha256), key_of(two.sha256)}
    assert (one.sha256, two.sha256) == (sha256_of(b"1"), sha256_of(b"2"))


def test_what_is_taken_is_gone_from_where_it_was(ground: Ground, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    source = write(tmp_path, content)

    stored = ground.store.take(source)

    assert not source.exists()
    assert stored == ground.store.verify(sha256_of(content)) == StoredFile(sha256=sha256_of(content), size=3_000_000)
    with pytest.raises(AudioNotReadable):
        ground.store.take(source)
    write(tmp_path, content)
    assert ground.store.take(source) == stored
    assert not source.exists()
    assert ground.kept() == {key_of(stored.sha256)}


def test_a_link_is_taken_as_the_file_that_it_names(ground: Ground, tmp_path: Path) -> None:
    real = write(tmp_path, b"sound", "real.wav")
    link = tmp_path / "link.wav"
    link.symlink_to(real)
    twin = tmp_path / "twin.wav"
    twin.hardlink_to(real)

    stored = ground.store.take(link)
    assert ground.store.take(twin) == stored

    real.write_bytes(b"other")
    assert ground.store.verify(stored.sha256) == stored
    assert files_below(tmp_path / "store") in ([], [tmp_path / "store" / key_of(stored.sha256)])
    assert not link.is_symlink()
    assert not twin.exists()


def test_what_is_deleted_is_gone_and_can_come_again(ground: Ground, tmp_path: Path) -> None:
    source = write(tmp_path)
    stored = ground.store.put(source)

    assert ground.store.delete(stored.sha256)

    assert not ground.store.exists(stored.sha256)
    assert not ground.store.delete(stored.sha256)
    assert list(ground.store.entries()) == []
    assert ground.store.put(source) == stored
    assert ground.store.verify(stored.sha256) == stored


def test_what_was_put_since_is_not_deleted(ground: Ground, tmp_path: Path) -> None:
    stored = ground.store.put(write(tmp_path))
    [entry] = ground.store.entries()

    assert not ground.store.delete(stored.sha256, put_before=entry.modified_at)
    assert ground.store.exists(stored.sha256)
    assert ground.store.delete(stored.sha256, put_before=entry.modified_at + timedelta(microseconds=1))
    assert not ground.store.exists(stored.sha256)


@pytest.mark.parametrize("way", ["put", "take"])
def test_bytes_that_are_there_count_as_put_now(ground: Ground, tmp_path: Path, way: str) -> None:
    source = write(tmp_path)
    stored = ground.store.put(source)
    [before] = ground.store.entries()

    time.sleep(1.1)  # object stores count whole seconds
    getattr(ground.store, way)(source)

    [after] = ground.store.entries()
    assert after.modified_at > before.modified_at
    assert (after.sha256, after.size) == (stored.sha256, stored.size)


def test_the_entries_are_the_stored_files_and_nothing_else(ground: Ground, tmp_path: Path) -> None:
    asked_at = datetime.now(UTC)
    stored = {ground.store.put(write(tmp_path, bytes([number]) * number)) for number in range(5)}
    for foreign in ("ghi-chu.txt", "ab/cd/x", "ab/cd/" + "e" * 64, "f" * 64, "00/00/00/" + "0" * 64):
        ground.place(foreign, b"foreign")

    found = list(ground.store.entries())

    assert {StoredFile(sha256=entry.sha256, size=entry.size) for entry in found} == stored
    assert len(found) == 5
    assert all(abs(entry.modified_at - asked_at) < timedelta(minutes=5) for entry in found)


def test_many_put_the_same_bytes_at_once(ground: Ground, tmp_path: Path) -> None:
    content = os.urandom(300_000)
    sources = [write(tmp_path, content, f"{number}.wav") for number in range(12)]
    first = ground.store.put(sources[0])

    with ThreadPoolExecutor(6) as workers:
        puts = workers.map(ground.store.put, sources[:6])
        takes = workers.map(ground.store.take, sources[6:])
        reads = workers.map(ground.store.verify, [first.sha256] * 6)
        assert {*puts, *takes, *reads} == {first}

    assert ground.kept() == {key_of(first.sha256)}
    assert [source.exists() for source in sources] == [True] * 6 + [False] * 6


_PUT_SLOWLY = (
    OPEN
    + """
store = open_store(*sys.argv[2:])
print("ready", flush=True)
store.put(Path(sys.argv[1]))
"""
)


def test_a_put_that_is_killed_leaves_nothing_half(ground: Ground, tmp_path: Path) -> None:
    source = tmp_path / "large.wav"
    with source.open("wb") as file:
        file.truncate(400 * MIB)
    process = subprocess.Popen(
        [sys.executable, "-c", _PUT_SLOWLY, source, *ground.command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        while not ground.under_way():
            assert process.poll() is None
        process.kill()

    assert list(ground.store.entries()) == []
    assert not {name for name in ground.kept() if not name.startswith("aside/")}
    with source.open("r+b") as file:
        file.truncate(LARGE)
    stored = ground.store.put(source)
    assert ground.store.verify(stored.sha256) == stored
    assert [entry.sha256 for entry in ground.store.entries()] == [stored.sha256]


_MEASURE = (
    OPEN
    + """
import os, resource
store = open_store(*sys.argv[2:])
small = Path(sys.argv[1] + ".small")
small.write_bytes(os.urandom(1_000_000))
store.verify(store.put(small).sha256)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stored = store.take(Path(sys.argv[1]))
store.verify(stored.sha256)
with store.local_path(stored.sha256) as path:
    assert path.stat().st_size == stored.size
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
)


def test_memory_does_not_grow_with_the_file(ground: Ground, tmp_path: Path) -> None:
    source = tmp_path / "large.wav"
    with source.open("wb") as file:
        file.truncate(96 * MIB)

    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, source, *ground.command], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert int(done.stdout) < 48 * 1024
