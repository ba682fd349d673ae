"""Homes for tests: an empty one, and the sample province, whose recordings are ingested once for all runs.

Ingesting takes most of a minute, so what it makes is kept in pytest's cache under a digest of everything that it is
made from, and hard-linked into each test's home (files in the store are never changed). `--cache-clear` forgets it.
"""

import fcntl
import hashlib
import os
import pickle
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import media
import server
from media.ffmpeg import Ffmpeg
from media.ingest import PreparedAudio
from schedules.months import Month
from server.services.context import Context
from server.services.loading import place_sample, prepare_recordings
from tests.server.databases import copy_database, open_context
from tests.server.stores import copy_store, fill_store, location_of

# 08:00 in Đắk Lắk on a Tuesday late in a month.
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
MONTH = Month(2026, 11)


def open_home(home: Path, *, at: datetime = NOW) -> Context:
    return open_context(home=home, clock=lambda: at)


def copy_home(source: Path, target: Path) -> Path:
    """Of a home that nobody has open: its database copied, its store linked."""
    target.mkdir(parents=True)
    for path in source.rglob("*"):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        elif "store" in path.relative_to(source).parts:
            link(path, place)
        else:
            shutil.copyfile(path, place)
    copy_database(source, target)
    copy_store(source, target)
    return target


def link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # the cache lies in another file system
        shutil.copyfile(source, target)


def sample_home(cache: Path, target: Path, *, empty: Path, structure: str) -> Path:
    """The sample province in that structure, loaded in the month of TODAY into a copy of the empty home."""
    copy_home(empty, target)
    recordings = linked_recordings(cache, target)
    context = open_home(target)
    try:
        place_sample(context, recordings, name="dak-lak", structure=structure, month=MONTH)
    finally:
        context.close()
    return target


def linked_recordings(cache: Path, home: Path) -> Mapping[str, PreparedAudio]:
    """Links the recordings into the home's store; ingests them when the cache has none of these sources."""
    kept = cache / _digest()
    with _alone(cache):
        if not (kept / "prepared").exists():
            for old in cache.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            context = open_context(home=kept, clock=lambda: NOW, s3=None)
            prepared = prepare_recordings(context)
            context.close()
            (kept / "prepared.new").write_bytes(pickle.dumps(prepared))
            (kept / "prepared.new").rename(kept / "prepared")
        fill_store(kept / "store", home)
        for path in (kept / "store").rglob("*") if location_of(home) is None else ():
            place = home / "store" / path.relative_to(kept / "store")
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            else:
                link(path, place)
        found: dict[str, PreparedAudio] = pickle.loads((kept / "prepared").read_bytes())  # noqa: S301 (written above)
        return found


def _digest() -> str:
    """Of all that decides what ingest makes: the audio room, the sample's recordings, the ffmpeg in use."""
    sample = Path(server.__file__).parent / "sample"
    files = [
        *Path(str(media.__file__)).parent.rglob("*.py"),
        *(sample / "audio").iterdir(),
        sample / "segments.toml",
        sample / "catalogue.py",
    ]
    digest = hashlib.sha256(Ffmpeg.find().banner.encode())
    for file in sorted(files):
        digest.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One test process at a time."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
