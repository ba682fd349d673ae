"""The bytes of a file that arrives in pieces, in an S3 store: any process takes the next ones, and any worker joins them.

S3 adds to no object, and the parts of its own uploads are 5 MiB at least, which a bad line may never bring through in one
request. So each piece is an object of its own, and counts from when its row is there, in the one transaction that moves
the upload's offset on. Of two writers at one offset the second finds it moved: bytes of two requests never mix, whatever
becomes of either, and nobody holds anything that would have to be given back.
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, delete, update
from sqlmodel import Session, col, or_, select

from media.refusals import StoreUnreachable
from media.stores.s3_pieces import S3Pieces
from server.db.engine import Database
from server.db.intake import SegmentVersion, Upload, UploadPiece
from server.services.arrivals import Arrival, Checksum
from server.services.upload_refusals import UploadChecksum, UploadGone, UploadTakenOver

# In memory until it is put. Each piece is a request to the store and a commit.
PIECE = 4 * 1024 * 1024
# On a slow line too, what came is in the store by then: a killed process costs its sender so much.
PUT_WITHIN_S = 5.0

logger = logging.getLogger("loa.uploads")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArrivals:
    pieces: S3Pieces
    database: Database

    def free(self) -> None:
        """A bucket has no end that could be asked for."""

    def create(self, upload_id: str) -> None:
        """The row is all that it takes."""

    def kept(self, upload: Upload) -> int:
        return upload.stored

    @contextmanager
    def held(self, upload_id: str, size: int) -> Iterator[Arrival]:
        with self.database.read() as session:
            stored = session.get_one(Upload, upload_id).stored
        yield StoredArrival(self, upload_id, size=size, stored=stored)

    def settle(self, upload_id: str) -> None:
        """What has its row is there for good."""

    def remove(self, upload_id: str) -> None:
        """Who is still writing is refused only by the row."""

    def ended(self, upload_id: str) -> None:
        try:
            self.forget(upload_id)
        except StoreUnreachable as refusal:
            logger.warning("pieces of upload %s stay until the next round: %s", upload_id, refusal)

    def forget(self, upload_id: str) -> None:
        """Its pieces go. Raises StoreUnreachable, after which the rest may go another time."""
        pieces = self._pieces_of(upload_id)
        for piece in pieces:
            self.pieces.delete(piece.name)
        if not pieces:
            return
        with self.database.write() as session:
            session.execute(delete(UploadPiece).where(col(UploadPiece.upload_id) == upload_id))

    def join(self, upload_id: str, target: Path) -> None:
        """All pieces in their order, as one file. Raises FileNotFoundError where one is missing; StoreUnreachable, OSError."""
        with target.open("wb") as file:
            for piece in self._pieces_of(upload_id):
                content = self.pieces.get(piece.name)
                if file.tell() != piece.start or len(content) != piece.size:
                    raise FileNotFoundError(piece.name)
                file.write(content)

    def has(self, upload_id: str) -> bool:
        return bool(self._pieces_of(upload_id))

    def remove_leftovers(self, *, before: datetime) -> int:
        """Of what has ended or became a recording that the store has; and what a kill left between an object and its row."""
        with self.database.read() as session:
            done = session.exec(
                select(UploadPiece.upload_id)
                .join(Upload, col(Upload.id) == col(UploadPiece.upload_id))
                .join(SegmentVersion, col(SegmentVersion.upload_id) == col(Upload.id), isouter=True)
                .where(
                    or_(
                        col(SegmentVersion.id).is_not(None) & col(SegmentVersion.source).is_(None),
                        col(SegmentVersion.id).is_(None) & col(Upload.state).in_(("terminated", "expired")),
                    )
                )
                .distinct()
            ).all()
        for upload_id in done:
            self.forget(upload_id)
        old = [entry.name for entry in self.pieces.entries() if entry.modified_at < before]
        with self.database.read() as session:
            known = set(session.exec(select(UploadPiece.name)).all()) if old else set()
        for name in old:
            if name not in known:
                self.pieces.delete(name)
        return len(done)

    def _pieces_of(self, upload_id: str) -> Sequence[UploadPiece]:
        with self.database.read() as session:
            return session.exec(
                select(UploadPiece).where(UploadPiece.upload_id == upload_id).order_by(col(UploadPiece.start))
            ).all()


class StoredArrival:
    """One writer's pieces. `offset` counts what was taken, also what is in memory until it is put."""

    def __init__(self, place: StoredArrivals, upload: str, *, size: int, stored: int) -> None:
        self.upload = upload
        self.size = size
        self.offset = stored
        self.unsynced = 0  # what is put is put
        self._place = place
        self._start = stored
        self._put_to = stored
        self._held: list[bytes] = []
        self._since_s = 0.0
        self._checksum: Checksum | None = None
        self._unverified: list[UploadPiece] = []
        self._failed = False

    @property
    def whole(self) -> bool:
        return self.offset == self.size

    def begin(self, checksum: Checksum | None) -> None:
        self._start = self.offset
        self._checksum = checksum
        if checksum is not None:
            self._hash = hashlib.new(checksum.algorithm, usedforsecurity=False)

    def write(self, pieces: Sequence[bytes]) -> None:
        now = time.monotonic()
        if not self._held:
            self._since_s = now
        for piece in pieces:
            self._held.append(piece)
            self.offset += len(piece)
            if self._checksum is not None:
                self._hash.update(piece)
        if self.offset - self._put_to >= PIECE or now - self._since_s >= PUT_WITHIN_S:
            self._put()

    def sync(self) -> None:
        """Nothing is kept on this machine."""

    def finish(self) -> None:
        self._put()
        if self._checksum is None:
            return
        if self._hash.digest() != self._checksum.digest:
            self._drop_unverified()
            raise UploadChecksum(algorithm=self._checksum.algorithm, offset=self._start)
        if self._unverified:
            self._count(self._unverified)
            self._unverified = []

    def break_off(self) -> None:
        if self._failed:
            return
        if self._checksum is not None:
            self._drop_unverified()
        else:
            self._put()

    def take_back(self) -> None:
        if self._checksum is not None:
            self._drop_unverified()
            return
        with self._place.database.write() as session:
            if not self._move(session, self._put_to, self._start):
                return  # somebody went on from there
            taken = session.exec(
                select(UploadPiece).where(UploadPiece.upload_id == self.upload, col(UploadPiece.start) >= self._start)
            ).all()
            for piece in taken:
                session.delete(piece)
        self._delete(taken)
        self._held, self.offset, self._put_to = [], self._start, self._start

    def _put(self) -> None:
        content = b"".join(self._held)
        self._held = []
        if not content:
            return
        name = f"{self.upload}/{self._put_to:015d}-{secrets.token_hex(8)}"
        piece = UploadPiece(upload_id=self.upload, start=self._put_to, size=len(content), name=name)
        # Whatever happens now, what follows may not be put behind a gap.
        self._failed = True
        self._place.pieces.put(name, content)
        if self._checksum is None:
            self._count([piece])
        else:
            self._unverified.append(piece)
        self._failed = False
        self._put_to += len(content)

    def _count(self, pieces: list[UploadPiece]) -> None:
        """Raises UploadTakenOver, UploadGone."""
        start, end = pieces[0].start, pieces[-1].start + pieces[-1].size
        with self._place.database.write() as session:
            if self._move(session, start, end):
                session.add_all(pieces)
                return
            state = session.get_one(Upload, self.upload).state
        self._failed = True
        self._delete(pieces)
        if state in {"terminated", "expired"}:
            raise UploadGone(upload=self.upload, reason=state)
        raise UploadTakenOver(upload=self.upload)

    def _move(self, session: Session, before: int, after: int) -> bool:
        moved = session.execute(
            update(Upload)
            .where(col(Upload.id) == self.upload, col(Upload.stored) == before, col(Upload.state) == "receiving")
            .values(stored=after)
        )
        return cast(CursorResult[Any], moved).rowcount == 1

    def _drop_unverified(self) -> None:
        pieces, self._unverified, self._held = self._unverified, [], []
        self.offset = self._put_to = self._start
        self._delete(pieces)

    def _delete(self, pieces: Sequence[UploadPiece]) -> None:
        """Nobody will read them; where the store does not answer they go in a later round."""
        try:
            for piece in pieces:
                self._place.pieces.delete(piece.name)
        except StoreUnreachable as refusal:
            logger.warning("pieces of upload %s that do not count stay for now: %s", self.upload, refusal)
