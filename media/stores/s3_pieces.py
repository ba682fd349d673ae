"""What is on its way into the store, in the same bucket: pieces under names of their own, which no audio has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import obstore
from obstore import store as clients

from media.refusals import StoreUnreachable
from media.stores.s3 import S3Store

_FOLDER = "incoming"
# A piece is a few MiB, and its sender waits: whoever does not answer by then is told as not answering.
_PUTTING_TIME = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPiece:
    """`modified_at` is aware, by the store's own clock."""

    name: str
    modified_at: datetime


@dataclass(frozen=True)
class S3Pieces:
    """Pieces of the store's bucket, in memory as a whole. Every method may raise StoreUnreachable."""

    store: S3Store

    @cached_property
    def _putting(self) -> clients.S3Store:
        return self.store.client(_PUTTING_TIME, retries=3)

    def put(self, name: str, content: bytes) -> None:
        """Raises StoreUnwritable."""
        try:
            with self.store.told():
                obstore.put(self._putting, _key(name), content, use_multipart=False)
        except FileNotFoundError as error:
            self.store.require_bucket()
            raise StoreUnreachable(url=self.store.location.url, reason="failed") from error

    def get(self, name: str) -> bytes:
        """Raises FileNotFoundError."""
        try:
            with self.store.told():
                return obstore.get(self.store.asking, _key(name)).bytes().to_bytes()
        except FileNotFoundError:
            self.store.require_bucket()
            raise

    def delete(self, name: str) -> None:
        """Also where it is not there."""
        try:
            with self.store.told():
                obstore.delete(self.store.asking, _key(name))
        except FileNotFoundError:
            return

    def entries(self) -> Iterator[StoredPiece]:
        with self.store.told():
            for batch in obstore.list(self.store.asking, prefix=_FOLDER, chunk_size=1000):
                for found in batch:
                    name = found["path"].removeprefix(f"{_FOLDER}/")
                    yield StoredPiece(name=name, modified_at=found["last_modified"])


def _key(name: str) -> str:
    return f"{_FOLDER}/{name}"
