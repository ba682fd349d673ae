"""What the station tells the server of itself: which files it has, how it stands, what it did about recalls."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from server.station.clearing import answers_due, copies_of
from server.station.disk import folder_refusals
from server.station.folder import Folder
from server.station.server_door import PROGRAM, ServerDoor
from server.station.state import StationState

_MOST_FILES = 5_000
_MOST_ANSWERS = 1000
_TOLD_ANEW = timedelta(days=1)


class RecallSaid(Struct, frozen=True, kw_only=True):
    number: int
    outcome: str


class EmergencySaid(Struct, frozen=True, kw_only=True, omit_defaults=True):
    number: int
    received_at: datetime
    played_at: datetime | None = None


class CheckIn(Struct, frozen=True, kw_only=True):
    """`now` by the station's own clock."""

    program: str
    now: datetime
    version: str | None
    lacking: int | None
    free_bytes: int | None
    trouble: str
    recalls: list[RecallSaid]
    emergencies: Sequence[EmergencySaid]


class CheckedIn(Struct, frozen=True, kw_only=True):
    now: datetime
    clock_offset_ms: int


class _FilesSaid(Struct, frozen=True, kw_only=True):
    files: list[str]


class _FilesHeard(Struct, frozen=True, kw_only=True):
    known: int


def tell_files(folder: Folder, door: ServerDoor, state: StationState, *, now: datetime) -> None:
    """Those of the manifest that are here, whole; told once, and again each day. Raises what the door does."""
    manifest = folder.manifest()
    if manifest is None:
        return
    here = {sha256 for sha256, copy in copies_of(manifest).items() if folder.whole(copy) is not None}
    stale = state.told_at is None or abs(now - state.told_at) >= _TOLD_ANEW
    said = sorted(here if stale else here - state.told)
    for at in range(0, len(said), _MOST_FILES):
        files = _FilesSaid(files=said[at : at + _MOST_FILES])
        door.ask("POST", f"/api/v1/stations/{door.station}/files", _FilesHeard, said=files)
    state.told_at = now if stale else state.told_at
    state.told = here


def check_in(
    folder: Folder,
    door: ServerDoor,
    state: StationState,
    *,
    lacking: int | None = None,
    trouble: str = "",
    emergencies: Sequence[EmergencySaid] = (),
) -> None:
    """Notes in `state` what was answered, and by how much this clock differs. Raises what the door does."""
    manifest = folder.manifest()
    answers = list(answers_due(folder, manifest, state))[:_MOST_ANSWERS] if manifest is not None else []
    with folder_refusals(folder.root):
        free = shutil.disk_usage(folder.root).free
    sent_at = door.now()
    said = CheckIn(
        program=PROGRAM,
        now=sent_at,
        version=manifest.version if manifest is not None else None,
        lacking=lacking,
        free_bytes=free,
        trouble=trouble[:500],
        recalls=[RecallSaid(number=number, outcome=done.outcome) for number, done in answers],
        emergencies=emergencies,
    )
    heard = door.ask("POST", f"/api/v1/stations/{door.station}/check-in", CheckedIn, said=said)
    back_at = door.now()
    state.clock_offset_ms = round((sent_at + (back_at - sent_at) / 2 - heard.now).total_seconds() * 1000)
    state.clock_measured_at = state.contacted_at = back_at
    for _number, done in answers:
        done.answered = True
