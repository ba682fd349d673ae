"""Stations for tests: the program's parts put together as its commands do, with a clock that tests set."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from sqlmodel import select

from schedules.manifest import Copy, Manifest
from server.db.library import Rendition
from server.station.fetching_command import sentence_of
from server.station.folder import Folder, hash_of
from server.station.seals import PinnedKey
from server.station.server_door import ServerDoor
from server.station.settings import SyncSettings
from server.station.state import StationState, read_state
from server.station.syncing import Syncing, SyncOutcome
from tests.server.machines import token
from tests.server.worlds import World

LIGHT = {"light_opus": ("audio/ogg", 3), "light_mp3": ("audio/mpeg", 2)}


def with_light_copies(world: World) -> None:
    """Of every sound: what is in them does not matter here, only that they are smaller and other bytes."""
    with world.change() as session:
        for row in session.exec(select(Rendition).where(Rendition.kind == "broadcast")).all():
            for kind, (media_type, part) in LIGHT.items():
                content = f"{kind} {row.sha256}".encode().ljust(row.size // part, b".")
                path = world.context.scratch / kind
                path.write_bytes(content)
                world.context.store.put(path)
                facts: dict[str, Any] = row.model_dump(exclude={"id", "kind", "sha256", "size", "media_type"})
                digest = hashlib.sha256(content).hexdigest()
                session.add(Rendition(kind=kind, sha256=digest, size=len(content), media_type=media_type, **facts))


@dataclass(kw_only=True)
class Station:
    """`ahead`: how far its clock is before the world's. `limit`s and manners are in `sync`."""

    world: World
    folder: Folder
    door: ServerDoor
    sync: SyncSettings
    ahead: timedelta = field(default_factory=timedelta)
    wait: Callable[[float], None] = sleep

    @classmethod
    def of(
        cls,
        world: World,
        address: str,
        root: Path,
        *,
        code: str = "h654",
        sync: SyncSettings | None = None,
        secret: str | None = None,
    ) -> "Station":
        with ServerDoor(address, code, "") as door:
            key = door.public_key()
        station = cls(
            world=world,
            folder=Folder(root, key=key, station=code),
            door=ServerDoor(
                address,
                code,
                secret or token(world.context, code, str(root)[-40:]),
                now=lambda: station.now(),  # noqa: PLW0108 (made after it)
            ),
            sync=sync or SyncSettings(reserve_mb=0),
        )
        return station

    def now(self) -> datetime:
        return self.world.now + self.ahead

    def close(self) -> None:
        self.door.close()

    def run(self) -> SyncOutcome:
        """One run, in a process that knows nothing of those before."""
        self.folder = Folder(self.folder.root, key=self.folder.key, station=self.folder.station)
        return Syncing(folder=self.folder, door=self.door, settings=self.sync, tell=sentence_of, wait=self.wait).run()

    @property
    def state(self) -> StationState:
        return read_state(self.folder.state_path)

    @property
    def manifest(self) -> Manifest:
        found = self.folder.manifest()
        assert found is not None
        return found

    def names(self) -> set[str]:
        """Of all files that are whole."""
        return {path.name for path in self.folder.there()}

    def unverified(self) -> list[str]:
        """Files under final names that are not what their names say."""
        return [path.name for path in self.folder.there() if hash_of(path) != path.stem]

    def copies(self, kind: str = "broadcast") -> dict[str, Copy]:
        """Of that kind, by the SHA-256 of the sound."""
        return {file.sha256: copy for file in self.manifest.files for copy in file.copies if copy.kind == kind}


def other_key() -> PinnedKey:
    """Of a server that nobody knows."""
    return PinnedKey(bytes(range(32)))
