"""A folder that plays by itself: a playlist with relative paths and each sound once, under ASCII names."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from media.refusals import CorruptAudio
from media.stores import AudioStore
from schedules.exports.file_names import ascii_file_name
from schedules.exports.playlists import playlist_format
from schedules.months import Month
from server.services.context import Context
from server.services.playlists import read_programme
from server.services.refusals import DiskFull, OutputUnwritable
from server.services.views import FolderExport

_EXTENSIONS = {"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav"}
_AUDIO = "audio"


def export_folder(
    context: Context,
    code: str,
    month: Month,
    *,
    day: date | None = None,
    slot: str | None = None,
    format: str,  # noqa: A002 (the word that people use for it)
    output: Path,
) -> FolderExport:
    """Writes the playlist and, in the folder `audio` beside it, its sounds.

    A new folder appears only when it is whole. In one that is there each file appears whole, those that are right
    already stay, the playlist comes last, and what else lies there is left alone. Raises UnknownStation,
    NotPublished, UnknownSlot, BadField, UnknownFormat, MissingAudio, CorruptAudio, StoreUnreachable,
    OutputUnwritable, DiskFull.
    """
    shape = playlist_format(format)
    with context.database.read() as session:
        programme = read_programme(session, code, month, day=day, slot=slot)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for sound in programme.sounds:
        if sound.sha256 not in names:
            sizes[sound.sha256] = context.store.size(sound.sha256)
            extension = _EXTENSIONS.get(sound.media_type, "mp3")
            name = ascii_file_name(len(names) + 1, sound.title, extension)
            names[sound.sha256] = f"{_AUDIO}/{name}"
    content = shape.render(programme.playlist(lambda sound: names[sound.sha256]))
    playlist = f"{programme.file_stem}.{shape.extension}"
    with _folder(output) as folder:
        (folder / _AUDIO).mkdir(exist_ok=True)
        for sha256, name in names.items():
            _place(context.store, sha256, folder / name)
        _write(folder / playlist, content)
    return FolderExport(
        folder=str(output),
        playlist=playlist,
        files=len(names),
        size=sum(sizes.values()),
        duration_ms=sum(sound.duration_ms for sound in programme.sounds),
    )


@contextmanager
def _folder(output: Path) -> Iterator[Path]:
    """The folder to write into: the one that is there, or one aside that gets its name when all is in it."""
    aside: Path | None = None
    try:
        if output.exists():
            yield output
            return
        output.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
        aside.chmod(0o755)  # mkdtemp keeps others out; a folder for a USB stick is for everybody
        yield aside
        aside.rename(output)
        aside = None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(path=str(output)) from error
        raise OutputUnwritable(path=str(output), reason=error.strerror or str(error)) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _place(store: AudioStore, sha256: str, target: Path) -> None:
    if target.is_file() and _digest(target) == sha256:
        return
    digest = hashlib.sha256()
    with _aside(target) as aside:
        with aside.open("wb") as file:
            for piece in store.read(sha256):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != sha256:
            raise CorruptAudio(sha256=sha256, found_sha256=digest.hexdigest())


def _write(target: Path, content: bytes) -> None:
    with _aside(target) as aside:
        aside.write_bytes(content)


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A name beside the target that becomes it when all is written and on the disk."""
    aside = target.with_name(f".{target.name}.part")
    try:
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
