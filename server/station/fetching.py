"""One copy, from the server to its final name: goes on where it stopped, and is taken only when its hash is right."""

import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from schedules.manifest import Copy
from server.station.disk import folder_refusals
from server.station.folder import Folder, hash_of
from server.station.line import Line
from server.station.refusals import (
    LINE_REFUSALS,
    DownloadBroken,
    FolderFull,
    LineRefusal,
    ServerBusy,
    ServerFailed,
    ServerUnreachable,
)
from server.station.server_door import ServerDoor
from server.texts import _

# In one run, of one file.
MOST_WRONG = 3  # times that it came whole and was something else
MOST_STALLED = 4  # tries in a row that brought nothing
MOST_TRIES = 60
_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 20.0
_SYNC_EVERY = 1_000_000  # bytes: what a power cut can take
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class _Wrong(Exception):
    """What came is not the file, or not the piece of it that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """`reserve` bytes of the disk are left free. `tell` hears of each piece: how many bytes, negative for lost ones."""

    folder: Folder
    door: ServerDoor
    line: Line
    reserve: int
    tell: Callable[[int], None]

    def fetch(self, copy: Copy, title: str) -> Path:
        """Where it is now, whole.

        Raises DownloadBroken where this file cannot be had, a LineRefusal where there is no line, FolderFull,
        FolderUnwritable, and what the door refuses.
        """
        part = self.folder.part(copy)
        if _size(part) > copy.size:
            self._throw_away(part, lost=0)
        self.tell(_size(part))
        tries = stalled = wrong = 0
        while True:
            before = _size(part)
            try:
                if before != copy.size:
                    self._stream(copy, part, start=before)
                return self._taken(copy, part)
            except _Wrong as error:
                wrong += 1
                self._throw_away(part, lost=_size(part))
                if wrong >= MOST_WRONG:
                    raise DownloadBroken(title=title, tries=wrong, reason=str(error)) from error
            except ServerFailed as error:
                if error.status < 500:
                    raise DownloadBroken(title=title, tries=1, reason=error.reason) from error
                stalled += 1
                self._pause_or_give_up(error, stalled, tries)
            except LINE_REFUSALS as error:
                stalled = 0 if _size(part) > before else stalled + 1
                self._pause_or_give_up(error, stalled, tries)
            tries += 1

    def require_room(self, size: int) -> None:
        """Raises FolderFull."""
        with folder_refusals(self.folder.root):
            free = shutil.disk_usage(self.folder.root).free
        if free - self.reserve < size:
            raise FolderFull(path=str(self.folder.root), wanted=size, free=free, reserve=self.reserve)

    def _pause_or_give_up(self, error: LineRefusal, stalled: int, tries: int) -> None:
        self.line.cut()
        if stalled >= MOST_STALLED or tries >= MOST_TRIES:
            raise error
        pause = _PAUSE_S * 2**stalled if stalled else 0.0
        if isinstance(error, ServerBusy) and error.seconds:
            pause = float(error.seconds)
        self.line.wait(min(pause, _LONGEST_PAUSE_S))

    def _stream(self, copy: Copy, part: Path, *, start: int) -> None:
        """What is missing, onto the end of the part."""
        self.require_room(copy.size - start)
        headers = {"Range": f"bytes={start}-", "If-Range": f'"{copy.sha256}"'} if start else {}
        with self.door.download(copy.path, headers) as answer:
            if answer.status_code == httpx.codes.PARTIAL_CONTENT:
                _require_the_rest(answer, start, copy.size)
            elif answer.status_code == httpx.codes.OK:
                self.tell(-start)
                start = 0
            else:
                raise _Wrong(_("máy trung gian trả về đoạn khác với đoạn đã xin"))
            _require_length(answer, copy.size - start)
            try:
                with folder_refusals(part, wanted=copy.size), part.open("ab" if start else "wb") as file:
                    self._write(answer, file.fileno(), room=copy.size - start)
            except FolderFull as error:
                self._throw_away(part, lost=_size(part))  # the log of what was aired needs the room
                with folder_refusals(self.folder.root):
                    free = shutil.disk_usage(self.folder.root).free
                raise FolderFull(
                    path=str(self.folder.root), wanted=copy.size, free=free, reserve=self.reserve
                ) from error
        if _size(part) < copy.size:
            raise _cut(self.door.server)

    def _write(self, answer: httpx.Response, descriptor: int, *, room: int) -> None:
        unsynced, begun = 0, self.line.clock()
        for piece in self.door.pieces(answer):
            if len(piece) > room:
                raise _Wrong(_("tệp tới nơi dài hơn bản gốc"))
            self.line.passed(len(piece), self.line.clock() - begun)
            _write_all(descriptor, piece)
            room -= len(piece)
            unsynced += len(piece)
            self.tell(len(piece))
            if unsynced >= _SYNC_EVERY:
                os.fsync(descriptor)
                unsynced = 0
            self.line.spend(len(piece))
            begun = self.line.clock()
        os.fsync(descriptor)

    def _taken(self, copy: Copy, part: Path) -> Path:
        with folder_refusals(part):
            if hash_of(part) != copy.sha256:
                raise _Wrong(_("nội dung tới nơi khác với bản gốc"))
            place = self.folder.take(part, copy)
        self.line.whole()
        return place

    def _throw_away(self, part: Path, *, lost: int) -> None:
        self.tell(-lost)
        with folder_refusals(part), suppress(FileNotFoundError):
            part.unlink()


def _require_the_rest(answer: httpx.Response, start: int, size: int) -> None:
    found = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    plain = answer.headers.get("content-encoding", "identity").strip().lower() == "identity"
    if found is None or int(found[1]) != start or found[3] not in {str(size), "*"} or not plain:
        raise _Wrong(_("máy trung gian trả về đoạn khác với đoạn đã xin"))


def _require_length(answer: httpx.Response, expected: int) -> None:
    """Told before a byte of something else was carried."""
    length = answer.headers.get("content-length", "")
    if length and "content-encoding" not in answer.headers and length != str(expected):
        raise _Wrong(_("máy trung gian trả về {found} byte thay vì {expected}", found=length[:20], expected=expected))


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view) :]


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _cut(server: str) -> ServerUnreachable:
    return ServerUnreachable(server=server, reason=_("kết nối đứt giữa chừng"))
