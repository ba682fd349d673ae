"""All that a station keeps: the manifest, whole and verified sounds, what is on its way, the as-run log.

    manifest.json         as it was taken last, with its seal      manifest.before.json   the one before
    files/{sha256}.mp3    whole, verified copies                   parts/{sha256}.part    what has come so far
    state.json            what the program knows of itself         log.sqlite             what was aired

Everything is verified anew by whoever reads it: the manifest by its seal, a sound by its hash.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from schedules.manifest import Copy, Manifest, SealedManifest
from server.station.disk import folder_refusals, keep_names, write_whole
from server.station.lock import held
from server.station.refusals import StationRefusal
from server.station.seals import PinnedKey, require_sealed
from server.station.unreadable import UNREADABLE

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ENDINGS = {"audio/mpeg": ".mp3", "audio/ogg": ".opus", "audio/flac": ".flac"}
_PIECE = 1 << 20
_PATIENCE_S = 10.0
_READER = msgspec.json.Decoder(SealedManifest)
_WRITER = msgspec.json.Encoder(order="deterministic")


class Folder:
    """One reader's view: what it verified is verified again when the file's size or time is another."""

    def __init__(self, root: Path, *, key: PinnedKey, station: str) -> None:
        self.root, self.key, self.station = root, key, station
        self.files, self.parts = root / "files", root / "parts"
        self.newest, self.before = root / "manifest.json", root / "manifest.before.json"
        self._read: dict[Path, tuple[tuple[int, int, int], SealedManifest | None]] = {}
        self._verified: dict[Path, tuple[int, int]] = {}

    @property
    def log_path(self) -> Path:
        return self.root / "log.sqlite"

    @property
    def state_path(self) -> Path:
        return self.root / "state.json"

    def make(self) -> None:
        """Raises FolderUnwritable, FolderFull."""
        with folder_refusals(self.root):
            for folder in (self.root, self.files, self.parts):
                folder.mkdir(parents=True, exist_ok=True)

    def sealed(self) -> SealedManifest | None:
        """The newest that is whole and whose seal is good; None before the first."""
        return next(self.kept(), None)

    def manifest(self) -> Manifest | None:
        found = self.sealed()
        return found.manifest if found is not None else None

    def kept(self) -> Iterator[SealedManifest]:
        """The newest and the one before, those of them that are whole."""
        for path in (self.newest, self.before):
            found = self._sealed_in(path)
            if found is not None:
                yield found

    def keep(self, sealed: SealedManifest) -> None:
        """In the place of the newest, which becomes the one before.

        Raises what `require_sealed` and `make` do, FolderBusy.
        """
        require_sealed(sealed, key=self.key, station=self.station, where=str(self.newest))
        with held(self.root / "manifest.lock", wait_s=_PATIENCE_S), folder_refusals(self.root):
            if self._sealed_in(self.newest) is not None:  # a torn one never takes the place of a whole one
                self.newest.replace(self.before)
            write_whole(self.newest, _WRITER.encode(sealed))

    def sound(self, sha256: str) -> Path | None:
        """A whole, verified copy of that sound, the broadcast copy before light ones. None: there is none here yet."""
        manifest = self.manifest()
        file = manifest.file(sha256) if manifest is not None else None
        return next((path for copy in file.copies if (path := self.whole(copy)) is not None), None) if file else None

    def whole(self, copy: Copy) -> Path | None:
        """Where it is, if what is there has its hash."""
        path = self.place(copy)
        return path if self.verify(path, copy.sha256) else None

    def verify(self, path: Path, sha256: str) -> bool:
        """Whether the file is there and has this hash; read whole, unless that was done and it is as it was."""
        try:
            found = path.stat()
            mark = (found.st_size, found.st_mtime_ns)
            if self._verified.get(path) == mark:
                return True
            if hash_of(path) != sha256:
                return False
        except OSError:  # not there, or not readable: not to be played either way
            return False
        self._verified[path] = mark
        return True

    def place(self, copy: Copy) -> Path:
        """Where a whole copy lies."""
        return self.files / (_named(copy.sha256) + _ENDINGS.get(copy.media_type, ".audio"))

    def part(self, copy: Copy) -> Path:
        return self.parts / (_named(copy.sha256) + ".part")

    def take(self, part: Path, copy: Copy) -> Path:
        """Gives a part that is whole, verified and synced its final name. Raises OSError."""
        place = self.place(copy)
        part.replace(place)
        keep_names(place.parent)
        return place

    def there(self) -> list[Path]:
        """All files under final names."""
        with suppress(FileNotFoundError):
            return sorted(path for path in self.files.iterdir() if path.is_file())
        return []

    def _sealed_in(self, path: Path) -> SealedManifest | None:
        try:
            found = path.stat()
            mark = (found.st_ino, found.st_size, found.st_mtime_ns)
            if path in self._read and self._read[path][0] == mark:
                return self._read[path][1]
            content = path.read_bytes()
        except OSError:
            return None
        sealed: SealedManifest | None = None
        with suppress(*UNREADABLE, StationRefusal):  # torn by a power cut, or changed: the one before holds
            sealed = _READER.decode(content)
            require_sealed(sealed, key=self.key, station=self.station, where=str(path))
            self._read[path] = (mark, sealed)
            return sealed
        self._read[path] = (mark, None)
        return None


def hash_of(path: Path) -> str:
    """SHA-256 in hex. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _named(sha256: str) -> str:
    """Raises ValueError: no other name ever becomes a path."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(sha256)
    return sha256
