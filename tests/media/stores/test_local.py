import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from media.refusals import AudioNotReadable, CorruptAudio, MissingAudio, StoreUnwritable
from media.stores import StoredFile
from media.stores.local import LocalStore
from tests.media.sounds import files_below


def _file(folder: Path, content: bytes = b"sound", name: str = "in.wav") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_is_kept_under_the_hash_of_its_bytes(store: LocalStore, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    sha256 = hashlib.sha256(content).hexdigest()

    stored = store.put(_file(tmp_path, content))

    assert stored == StoredFile(sha256=sha256, size=3_000_000)
    assert store.place(sha256) == store.root / sha256[:2] / sha256[2:4] / sha256
    with store.open(sha256) as file:
        assert file.read() == content
    assert store.verify(sha256) == stored
    assert files_below(store.root) == [store.place(sha256)]


def test_the_same_bytes_are_written_once(store: LocalStore, tmp_path: Path) -> None:
    first = store.put(_file(tmp_path, name="first.wav"))
    before = store.place(first.sha256).stat()

    second = store.put(_file(tmp_path, name="second.mp3"))

    after = store.place(second.sha256).stat()
    assert second == first
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(files_below(store.root)) == 1


def test_a_file_that_lost_its_end_is_put_right_by_the_next_put(store: LocalStore, tmp_path: Path) -> None:
    source = _file(tmp_path, b"whole sound")
    stored = store.put(source)
    store.place(stored.sha256).write_bytes(b"whole")

    store.put(source)

    assert store.verify(stored.sha256) == stored


def test_changed_bytes_are_found_by_verify(store: LocalStore, tmp_path: Path) -> None:
    stored = store.put(_file(tmp_path, b"sound"))
    store.place(stored.sha256).write_bytes(b"noise")

    with pytest.raises(CorruptAudio) as refusal:
        store.verify(stored.sha256)

    assert refusal.value.sha256 == stored.sha256
    assert refusal.value.found_sha256 == hashlib.sha256(b"noise").hexdigest()


@pytest.mark.parametrize("sha256", ["0" * 64, "", "../../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_not_there_is_missing(store: LocalStore, sha256: str) -> None:
    for ask in (store.path, store.open, store.verify):
        with pytest.raises(MissingAudio):
            ask(sha256)


def test_a_source_that_cannot_be_read_is_not_blamed_on_the_store(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(AudioNotReadable):
        store.put(tmp_path / "nothing.wav")

    assert files_below(store.root) == []


@pytest.mark.parametrize("where", ["root", "above the root", "aside", "shard"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, where: str) -> None:
    source = _file(tmp_path)
    shard = hashlib.sha256(b"sound").hexdigest()[:2]
    root = tmp_path / "var" / "store"
    (tmp_path / "var").mkdir()
    in_the_way = {"root": root, "above the root": root, "aside": root / "aside", "shard": root / shard}[where]
    if where in {"aside", "shard"}:
        root.mkdir()
    in_the_way.write_bytes(b"")
    store = LocalStore(root / "deeper" if where == "above the root" else root)

    with pytest.raises(StoreUnwritable) as refusal:
        store.put(source)

    assert refusal.value.code == "store.unwritable"
    assert str(root) in refusal.value.path
    assert refusal.value.reason in {"Not a directory", "File exists"}
    assert files_below(tmp_path / "var") == [in_the_way]


def test_a_system_that_lets_nothing_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable):
        LocalStore(Path("/proc/loa")).put(_file(tmp_path))


def test_all_are_kept_or_none(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(AudioNotReadable):
        store.put_all([_file(tmp_path), tmp_path / "nothing.wav"])

    assert files_below(store.root) == []


_PUT = """
import sys
from pathlib import Path
from media.stores.local import LocalStore
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
    process.wait()
    os.close(feed)

    assert files_below(store.root) == []


def test_a_killed_put_leaves_nothing_that_counts_and_a_later_one_clears_up(store: LocalStore, tmp_path: Path) -> None:
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
