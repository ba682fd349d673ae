"""What the program knows of itself between two runs. Nothing in it is needed to play: torn or lost, it starts empty."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from server.station.disk import folder_refusals, write_whole
from server.station.unreadable import UNREADABLE


class RecallDone(Struct, kw_only=True):
    """What the station did about a recall, and whether the server knows."""

    outcome: Literal["removed", "never_had"]
    answered: bool = False


class LineMeasure(Struct, frozen=True, kw_only=True):
    """`kbit` in 1,000 bits a second as last measured; `cuts` breaks that no clean download has made up for."""

    kbit: int | None = None
    cuts: int = 0
    at: datetime | None = None


class StationState(Struct, kw_only=True):
    """`etag` is of the manifest with version `etag_of`. `clock_offset_ms`: how far this machine's clock was ahead of
    the server's at `clock_measured_at`. `had` are all copies that were ever whole here; `unneeded` tells since when no
    manifest refers to a file; `told` are those that the server knows to be here.
    """

    etag: str | None = None
    etag_of: str | None = None
    contacted_at: datetime | None = None
    clock_offset_ms: int | None = None
    clock_measured_at: datetime | None = None
    line: LineMeasure = LineMeasure()
    had: set[str] = field(default_factory=set)
    unneeded: dict[str, datetime] = field(default_factory=dict)
    recalls: dict[int, RecallDone] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    told_at: datetime | None = None
    trouble: str = ""


_READER = msgspec.json.Decoder(StationState)
_WRITER = msgspec.json.Encoder()


def read_state(path: Path) -> StationState:
    with suppress(OSError, *UNREADABLE):
        return _READER.decode(path.read_bytes())
    return StationState()


def write_state(path: Path, state: StationState) -> None:
    """Raises FolderUnwritable, FolderFull."""
    with folder_refusals(path):
        write_whole(path, _WRITER.encode(state))
