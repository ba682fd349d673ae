"""The two stores, each on its own ground, with the ways that a test has around them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from media.stores import AudioStore
from media.stores.local import LocalStore
from media.stores.s3 import S3Location, S3Store
from tests.media.sounds import files_below
from tests.s3_server import S3Server


class Ground(Protocol):
    """A store and what lies under it."""

    @property
    def store(self) -> AudioStore: ...

    @property
    def command(self) -> list[str]:
        """Arguments by which another process opens the same store (see `OPEN`)."""
        ...

    def place(self, key: str, content: bytes) -> None:
        """Bytes under any name, past the store."""
        ...

    def kept(self) -> set[str]:
        """The names of all that lies there, half of a file too."""
        ...

    def under_way(self) -> bool:
        """Whether the bytes of some file are on their way in."""
        ...


OPEN = """
import sys
from pathlib import Path
from media.stores.local import LocalStore
from media.stores.s3 import S3Location, S3Store

def open_store(kind, *facts):
    if kind == "local":
        return LocalStore(Path(facts[0]))
    bucket, prefix, endpoint, key, secret, scratch = facts
    location = S3Location(
        bucket=bucket, prefix=prefix, endpoint=endpoint, access_key_id=key, secret_access_key=secret
    )
    return S3Store(location=location, scratch=Path(scratch))
"""


@dataclass(frozen=True)
class LocalGround:
    store: LocalStore

    @property
    def command(self) -> list[str]:
        return ["local", str(self.store.root)]

    def place(self, key: str, content: bytes) -> None:
        path = self.store.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def kept(self) -> set[str]:
        return {path.relative_to(self.store.root).as_posix() for path in files_below(self.store.root)}

    def under_way(self) -> bool:
        return any(path.stat().st_size for path in files_below(self.store.root))


@dataclass(frozen=True)
class S3Ground:
    store: S3Store
    server: S3Server

    @property
    def command(self) -> list[str]:
        place = self.store.location
        facts = [place.bucket, place.prefix, place.endpoint or "", place.access_key_id, place.secret_access_key]
        return ["s3", *facts, str(self.store.scratch)]

    def place(self, key: str, content: bytes) -> None:
        self.server.client().put_object(Bucket=self._bucket, Key=f"{self._folder}{key}", Body=content)

    def kept(self) -> set[str]:
        found = self.server.client().list_objects_v2(Bucket=self._bucket, Prefix=self._folder)
        return {each["Key"].removeprefix(self._folder) for each in found.get("Contents", [])}

    def under_way(self) -> bool:
        uploads = self.server.client().list_multipart_uploads(Bucket=self._bucket).get("Uploads", [])
        return any(upload["Key"].startswith(self._folder) for upload in uploads)

    @property
    def _bucket(self) -> str:
        return self.store.location.bucket

    @property
    def _folder(self) -> str:
        return f"{self.store.location.prefix}/"


@pytest.fixture
def s3_location(s3_server: S3Server) -> S3Location:
    return s3_server.folder()


@pytest.fixture
def local(tmp_path: Path) -> LocalGround:
    return LocalGround(LocalStore(tmp_path / "store"))


@pytest.fixture
def s3(s3_server: S3Server, s3_location: S3Location, tmp_path: Path) -> S3Ground:
    return S3Ground(S3Store(location=s3_location, scratch=tmp_path / "scratch"), s3_server)


@pytest.fixture(params=["local", "s3"])
def ground(request: pytest.FixtureRequest) -> Ground:
    found: Ground = request.getfixturevalue(request.param)
    return found
