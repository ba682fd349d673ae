"""Audio in a bucket of an S3-compatible store, under the same names as in a local folder: `ab/cd/<sha256>`.

An object appears when its upload is complete. What a killed process had sent of a large one is never seen; a
lifecycle rule of the bucket ("abort incomplete multipart uploads") frees its room.
"""

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore import store as clients
from obstore.exceptions import BaseError

from media.refusals import (
    AudioChanged,
    AudioNotReadable,
    CorruptAudio,
    MediaRefusal,
    MissingAudio,
    StoreUnreachable,
    StoreUnwritable,
)
from media.stores import StoredEntry, StoredFile, is_sha256, require_sha256

if TYPE_CHECKING:
    from obstore import ObjectMeta

_MIB = 1024 * 1024
_PIECE = 256 * 1024
# One request each: a listener who pauses for an hour keeps no connection open, and little in memory.
_RANGE = _MIB
# What is sent in one request is held in memory, as many times as are under way.
_PART = 8 * _MIB
_PARTS_AT_ONCE = 2
_ANSWER_TIME = timedelta(seconds=4)
_LONGEST_ASKING = timedelta(seconds=5)
# A part takes as long as the line needs, and the store may think for a while before it says that a file is complete.
_SENDING_TIME = timedelta(minutes=2)
_NEVER = timedelta(days=1)
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_FULL = {"XMinioStorageFull", "QuotaExceeded", "InsufficientStorage", "HTTP 507"}


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Location:
    """A bucket, and the folder in it where `prefix` is not empty. `endpoint` None is Amazon's own for the region."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    plain: bool = False  # a line without TLS is meant, as inside one machine's own network
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)

    @property
    def url(self) -> str:
        """For people: without credentials."""
        place = "/".join(part for part in (self.bucket, self.prefix) if part)
        return f"s3://{place}" + (f"?endpoint={self.endpoint}" if self.endpoint else "")


@dataclass(frozen=True, kw_only=True)
class S3Store:
    """`scratch` takes the files of `local_path`. The bucket must be there; it is never made here."""

    location: S3Location
    scratch: Path

    def put(self, path: Path) -> StoredFile:
        return self.put_all([path])[0]

    def put_all(self, paths: Sequence[Path]) -> list[StoredFile]:
        """All are read before the first is sent.

        Where the line breaks in between, what had arrived stays and nothing refers to it: another process may have
        put the same bytes meanwhile, so taking them back is left to garbage collection.
        """
        found = [_digest(path) for path in paths]
        for path, stored in zip(paths, found, strict=True):
            self._send(path, stored)
        return found

    def take(self, path: Path) -> StoredFile:
        stored = self.put(path)
        try:
            path.unlink()
        except OSError as error:
            raise _unreadable(path, error) from error
        return stored

    def exists(self, sha256: str) -> bool:
        return is_sha256(sha256) and self._find(sha256) is not None

    def size(self, sha256: str) -> int:
        found = self._find(require_sha256(sha256))
        if found is None:
            raise MissingAudio(sha256=sha256)
        return found["size"]

    def read(self, sha256: str, start: int = 0, end: int | None = None) -> Generator[bytes]:
        key = _key(require_sha256(sha256))
        while end is None or start < end:
            stop = start + _RANGE if end is None else min(start + _RANGE, end)
            content = self._get(sha256, key, start, stop)
            for at in range(0, len(content), _PIECE):
                yield bytes(content[at : at + _PIECE])
            if len(content) < stop - start:
                return
            start = stop

    @contextmanager
    def local_path(self, sha256: str) -> Iterator[Path]:
        digest = hashlib.sha256()
        place: Path | None = None
        try:
            try:
                self.scratch.mkdir(parents=True, exist_ok=True)
                descriptor, name = tempfile.mkstemp(dir=self.scratch, prefix="stored-")
                place = Path(name)
                with os.fdopen(descriptor, "wb") as file:
                    for piece in self._all(sha256):
                        digest.update(piece)
                        file.write(piece)
            except OSError as error:
                reason = os.strerror(error.errno or 0)
                raise StoreUnwritable(path=str(error.filename or self.scratch), reason=reason) from error
            if digest.hexdigest() != sha256:
                raise CorruptAudio(sha256=sha256, found_sha256=digest.hexdigest())
            yield place
        finally:
            if place is not None:
                place.unlink(missing_ok=True)

    def verify(self, sha256: str) -> StoredFile:
        digest = hashlib.sha256()
        size = 0
        for piece in self._all(sha256):
            digest.update(piece)
            size += len(piece)
        if digest.hexdigest() != sha256:
            raise CorruptAudio(sha256=sha256, found_sha256=digest.hexdigest())
        return StoredFile(sha256=sha256, size=size)

    def delete(self, sha256: str, *, put_before: datetime | None = None) -> bool:
        """S3 can't compare and delete at once: a put between the two is lost.

        So rows about a file are written only after it was seen in the store inside the writing transaction, and
        garbage is collected inside one.
        """
        found = self._find(sha256) if is_sha256(sha256) else None
        if found is None or (put_before is not None and found["last_modified"] >= put_before):
            return False
        with self.told():
            obstore.delete(self.asking, _key(sha256))
        return True

    def entries(self) -> Iterator[StoredEntry]:
        with self.told():
            for batch in obstore.list(self.asking, chunk_size=1000):
                for found in batch:
                    name = found["path"].rpartition("/")[2]
                    if is_sha256(name) and found["path"] == _key(name):
                        yield StoredEntry(sha256=name, size=found["size"], modified_at=found["last_modified"])

    @cached_property
    def asking(self) -> clients.S3Store:
        """For short questions: who does not answer soon does not answer."""
        return self.client(_ANSWER_TIME, retries=3)

    @cached_property
    def _sending(self) -> clients.S3Store:
        return self.client(_SENDING_TIME, retries=3)

    def client(self, patience: timedelta, *, retries: int) -> clients.S3Store:
        """Of this bucket and folder; `patience` is how long an answer may take."""
        place = self.location
        endpoint = place.endpoint or f"https://s3.{place.region}.amazonaws.com"
        return clients.S3Store(
            place.bucket,
            prefix=place.prefix or None,
            # Said twice: an endpoint of that name in the environment would win otherwise.
            endpoint=endpoint,
            aws_endpoint_url_s3=endpoint,
            region=place.region,
            access_key_id=place.access_key_id,
            secret_access_key=place.secret_access_key,
            skip_signature=False,
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,  # one at a time, in the way that every such store knows
            client_options={
                "allow_http": endpoint.startswith("http:"),
                "connect_timeout": _ANSWER_TIME,
                "read_timeout": patience,
                "timeout": _NEVER,  # how long a whole file takes is the line's affair
            },
            retry_config={
                "max_retries": retries,
                "retry_timeout": _LONGEST_ASKING,
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )

    def _find(self, sha256: str) -> "ObjectMeta | None":
        try:
            with self.told():
                return obstore.head(self.asking, _key(sha256))
        except FileNotFoundError:
            self.require_bucket()
            return None

    def require_bucket(self) -> None:
        """The answer to a question about one object looks the same whether the object or the bucket is missing."""
        with self.told():
            next(iter(obstore.list(self.asking, prefix="none")), None)

    def _all(self, sha256: str) -> Iterator[bytes]:
        """The whole of it over one connection, for who takes it as fast as it comes."""
        try:
            with self.told():
                answer = obstore.get(self.asking, _key(require_sha256(sha256)))
                for piece in answer.stream(min_chunk_size=_PIECE):
                    yield bytes(piece)
        except FileNotFoundError as error:
            self.require_bucket()
            raise MissingAudio(sha256=sha256) from error

    def _get(self, sha256: str, key: str, start: int, stop: int) -> memoryview:
        """What there is of that range, in memory."""
        try:
            with self.told():
                return memoryview(obstore.get(self.asking, key, options={"range": (start, stop)}).bytes())
        except FileNotFoundError as error:
            self.require_bucket()
            raise MissingAudio(sha256=sha256) from error
        except _BeyondTheEnd:
            return memoryview(b"")

    def _send(self, path: Path, stored: StoredFile) -> None:
        # Asked first, since sending would wait much longer for a store that does not answer.
        self._find(stored.sha256)
        key = _key(stored.sha256)
        try:
            with path.open("rb") as file, self.told():
                if stored.size <= _PART:
                    content = file.read(stored.size + 1)
                    if hashlib.sha256(content).hexdigest() != stored.sha256:
                        raise AudioChanged(path=str(path))
                    obstore.put(self._sending, key, content, use_multipart=False)
                else:
                    obstore.put(
                        self._sending,
                        key,
                        _unchanged(file, path, stored),
                        use_multipart=True,
                        chunk_size=_PART,
                        max_concurrency=_PARTS_AT_ONCE,
                    )
        except FileNotFoundError as error:
            if error.filename is None:
                raise StoreUnreachable(url=self.location.url, reason="failed") from error
            raise _unreadable(path, error) from error
        except OSError as error:
            raise _unreadable(path, error) from error

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turns what the client raises into refusals; FileNotFoundError passes where an object is missing."""
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise StoreUnreachable(url=self.location.url, reason="no_bucket") from error
            raise
        except BaseError as error:
            raise self._refusal(str(error).split("\n\nDebug source", 1)[0]) from error

    def _refusal(self, message: str) -> Exception:
        status = _STATUS.search(message)
        code = _CODE.search(message)
        reason = code[1] if code else f"HTTP {status[1]}" if status else "failed"
        if status and status[1] == "416":
            return _BeyondTheEnd()
        if reason in _FULL:
            return StoreUnwritable(path=self.location.url, reason=os.strerror(errno.ENOSPC))
        if status and status[1] in {"401", "403"}:
            reason = "credentials"
        elif reason == "NoSuchBucket":
            reason = "no_bucket"
        elif not status:
            reason = "no_answer"
        return StoreUnreachable(url=self.location.url, reason=reason)


class _BeyondTheEnd(Exception):
    """The range begins after the last byte."""


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def _digest(path: Path) -> StoredFile:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            return StoredFile(sha256=found, size=file.tell())
    except OSError as error:
        raise _unreadable(path, error) from error


def _unchanged(file: BufferedReader, path: Path, stored: StoredFile) -> Iterator[bytes]:
    """The file's bytes; raises AudioChanged before the last of them where they are not those that were promised."""
    digest = hashlib.sha256()
    held = b""
    while piece := file.read(_PIECE):
        digest.update(piece)
        if held:
            yield held
        held = piece
    if digest.hexdigest() != stored.sha256:
        raise AudioChanged(path=str(path))
    yield held


def _unreadable(path: Path, error: OSError) -> MediaRefusal:
    return AudioNotReadable(path=str(path), reason=os.strerror(error.errno or 0))
