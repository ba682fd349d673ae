"""What the local folder keeps beyond the contract: names, disks, locks, processes that end."""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.refusals import AudioNotReadable, MissingAudio, StoreUnreachable, StoreUnwritable
from media.stores.local import LocalStore
from tests.media.sounds import files_below


def _file(folder: Path, content: bytes = b"sound", name: str = "in.wav") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_lies_in_two_folders_named_by_its_hash(store: LocalStore, tmp_path: Path) -> None:
    stored = store.put(_file(tmp_path))

    sha256 = stored.sha256
    with store.local_path(sha256) as path:
        assert path == store.root / sha256[:2] / sha256[2:4] / sha256 == store.place(sha256)
    assert path.stat().st_mode & 0o777 == 0o644


def test_what_is_taken_is_moved_not_copied(store: LocalStore, tmp_path: Path) -> None:
    source = _file(tmp_path)
    source.chmod(0o600)
    inode = source.stat().st_ino

    stored = store.take(source)

    place = store.place(stored.sha256)
    assert (place.stat().st_ino, place.stat().st_mode & 0o777) == (inode, 0o644)
    assert files_below(tmp_path) == [place]


def test_from_another_file_system_a_file_is_taken_by_copying(store: LocalStore, tmp_path: Path) -> None:
    with Path("/dev/shm", tmp_path.name).open("xb") as file:  # noqa: S108 (a name of this test's own)
        file.write(b"sound")
        source = Path(file.name)
    try:
        assert source.stat().st_dev != tmp_path.stat().st_dev
        stored = store.take(source)
        assert not source.exists()
    finally:
        source.unlink(missing_ok=True)
    assert store.verify(stored.sha256) == stored
    assert files_below(store.root) == [store.place(stored.sha256)]


def test_what_is_old_counts_as_put_now_when_it_comes_again(store: LocalStore, tmp_path: Path) -> None:
    source = _file(tmp_path)
    os.utime(source, (1, 1))
    stored = store.put(source)
    limit = datetime.now(UTC) - timedelta(minutes=1)
    os.utime(store.place(stored.sha256), (1, 1))

    store.take(source)

    assert not store.delete(stored.sha256, put_before=limit)
    assert store.verify(stored.sha256) == stored


def test_a_source_that_cannot_be_read_is_not_blamed_on_the_store(store: LocalStore, tmp_path: Path) -> None:
    for way in (store.put, store.take):
        with pytest.raises(AudioNotReadable):
            way(tmp_path / "nothing.wav")
        with pytest.raises(AudioNotReadable):
            way(tmp_path)

    assert files_below(store.root) == []


def test_what_cannot_be_asked_is_not_missing(store: LocalStore, tmp_path: Path) -> None:
    stored = store.put(_file(tmp_path))
    shard = store.root / stored.sha256[:2]
    shard.rename(tmp_path / "elsewhere")
    shard.symlink_to(shard)

    for ask in (store.exists, store.size, store.verify, store.delete, lambda name: list(store.read(name))):
        with pytest.raises(StoreUnreachable) as refusal:
            ask(stored.sha256)
        assert refusal.value.facts == {
            "url": str(store.place(stored.sha256)),
            "reason": "Too many levels of symbolic links",
        }
    with pytest.raises(StoreUnreachable):
        list(store.entries())


def test_a_folder_where_a_file_should_be_is_no_file(store: LocalStore) -> None:
    store.place("a" * 64).mkdir(parents=True)

    with pytest.raises(MissingAudio):
        store.verify("a" * 64)
    assert list(store.entries()) == []


@pytest.mark.parametrize("way", ["put", "take"])
@pytest.mark.parametrize("where", ["root", "above the root", "aside", "shard"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, where: str, way: str) -> None:
    source = _file(tmp_path)
    shard = hashlib.sha256(b"sound").hexdigest()[:2]
    root = tmp_path / "var" / "store"
    (tmp_path / "var").mkdir()
    in_the_way = {"root": root, "above the root": root, "aside": root / "aside", "shard": root / shard}[where]
    if where in {"aside", "shard"}:
        root.mkdir()
    in_the_way.write_bytes(b"")
    store = LocalStore(root / "deeper" if where == "above the root" else root)
    if (where, way) == ("aside", "take"):
        store.take(source)  # goes past it
        return

    with pytest.raises(StoreUnwritable) as refusal:
        getattr(store, way)(source)

    assert refusal.value.code == "store.unwritable"
    assert str(root) in refusal.value.path
    assert refusal.value.reason in {"Not a directory", "File exists"}
    assert files_below(tmp_path / "var") == [in_the_way]
    assert source.read_bytes() == b"sound"


def test_a_system_that_lets_nothing_be_written_is_told(tmp_path: Path) -> None:
    source = _file(tmp_path)

    for way in ("put", "take"):
        with pytest.raises(StoreUnwritable):
            getattr(LocalStore(Path("/proc/loa")), way)(source)

    assert source.read_bytes() == b"sound"


def test_where_one_name_cannot_be_given_none_is(store: LocalStore, tmp_path: Path) -> None:
    kept = store.put(_file(tmp_path, b"kept"))
    in_the_way = store.root / hashlib.sha256(b"last").hexdigest()[:2]
    in_the_way.write_bytes(b"")
    files = [_file(tmp_path, name.encode(), f"{name}.wav") for name in ("kept", "new", "last")]

    with pytest.raises(StoreUnwritable):
        store.put_all(files)

    assert set(files_below(store.root)) == {in_the_way, store.place(kept.sha256)}
    assert store.verify(kept.sha256) == kept


_PUT_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from media.refusals import StoreUnwritable
from media.stores.local import LocalStore

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    LocalStore(Path(sys.argv[1])).put_all([Path(name) for name in sys.argv[2:]])
except StoreUnwritable as refusal:
    print(refusal.path, refusal.reason, sep="|")
"""


def test_a_full_disk_is_told_and_keeps_nothing_of_what_came(store: LocalStore, tmp_path: Path) -> None:
    files = [_file(tmp_path, bytes(size), f"{size}.wav") for size in (1_000, 200_000)]

    done = subprocess.run(
        [sys.executable, "-c", _PUT_WITH_LITTLE_ROOM, store.root, *files], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == (f"{store.root}|File too large\n", "")
    assert files_below(store.root) == []


_PUT = """
import signal, sys
from pathlib import Path
from media.stores.local import LocalStore
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background it would be ignored
LocalStore(Path(sys.argv[1])).put(Path(sys.argv[2]))
"""


def _begin_endless_put(store: LocalStore, fifo: Path) -> "tuple[subprocess.Popen[bytes], int]":
    """A put in another process that has written a mebibyte aside and waits for more."""
    os.mkfifo(fifo)
    process = subprocess.Popen([sys.executable, "-c", _PUT, store.root, fifo], stderr=subprocess.DEVNULL)
    feed = os.open(fifo, os.O_WRONLY)
    os.write(feed, bytes(1024 * 1024 + 100))
    while not any(path.stat().st_size >= 1024 * 1024 for path in files_below(store.root)):
        assert process.poll() is None
        time.sleep(0.01)
    return process, feed


def test_an_interrupted_put_leaves_nothing(store: LocalStore, tmp_path: Path) -> None:
    process, feed = _begin_endless_put(store, tmp_path / "fifo")

    process.send_signal(signal.SIGINT)
    os.close(feed)  # a signal that came just before it began to read is heard when the read ends
    process.wait()

    assert files_below(store.root) == []


def test_what_a_killed_put_left_aside_is_cleared_up_a_day_later(store: LocalStore, tmp_path: Path) -> None:
    process, feed = _begin_endless_put(store, tmp_path / "fifo")

    process.kill()
    process.wait()
    os.close(feed)

    [abandoned] = files_below(store.root)
    assert abandoned.parent == store.root / "aside"
    two_days_ago = time.time() - 2 * 86_400
    os.utime(abandoned, (two_days_ago, two_days_ago))
    stored = store.put(_file(tmp_path))
    assert files_below(store.root) == [store.place(stored.sha256)]


def test_a_put_leaves_alone_what_another_is_writing(store: LocalStore, tmp_path: Path) -> None:
    process, feed = _begin_endless_put(store, tmp_path / "fifo")

    stored = store.put(_file(tmp_path))
    os.close(feed)

    assert process.wait() == 0
    assert len(files_below(store.root)) == 2
    assert store.verify(stored.sha256) == stored


def _is_waited_for(folder: Path) -> bool:
    """Whether somebody waits for the lock on it, as the system tells."""
    node = f":{folder.stat().st_ino} "
    return any(" -> " in line and node in line for line in Path("/proc/locks").read_text().splitlines())


def test_what_is_put_while_somebody_is_about_to_delete_it_for_its_age_stays(store: LocalStore, tmp_path: Path) -> None:
    stored = store.put(_file(tmp_path))
    place = store.place(stored.sha256)
    os.utime(place, (1, 1))
    limit = datetime.now(UTC) - timedelta(minutes=1)
    putting = os.open(store.root, os.O_RDONLY)
    fcntl.flock(putting, fcntl.LOCK_EX)

    with ThreadPoolExecutor(1) as workers:
        deleting = workers.submit(store.delete, stored.sha256, put_before=limit)
        while not _is_waited_for(store.root):
            assert not deleting.done()
        os.utime(place)
        os.close(putting)

    assert not deleting.result()
    assert store.verify(stored.sha256) == stored


@pytest.mark.parametrize("way", ["put", "take"])
def test_nothing_is_put_in_the_middle_of_a_deletion(store: LocalStore, tmp_path: Path, way: str) -> None:
    source = _file(tmp_path)
    stored = store.put(source)
    deleting = os.open(store.root, os.O_RDONLY)
    fcntl.flock(deleting, fcntl.LOCK_EX)

    with ThreadPoolExecutor(1) as workers:
        putting = workers.submit(getattr(store, way), source)
        while not _is_waited_for(store.root):
            assert not putting.done()
        store.place(stored.sha256).unlink()
        os.close(deleting)

    assert putting.result() == stored
    assert store.verify(stored.sha256) == stored
