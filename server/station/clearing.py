"""What leaves the folder: recalled sounds at once, what no manifest refers to after a while, what is damaged."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from schedules.manifest import Copy, Manifest, RecalledSegment
from server.station.disk import folder_refusals
from server.station.folder import Folder
from server.station.refusals import FolderFull
from server.station.state import RecallDone, StationState, write_state

# A slot that began by an older manifest is long over then.
GRACE = timedelta(hours=3)


def copies_of(manifest: Manifest) -> dict[str, Copy]:
    """By the SHA-256 of each."""
    return {copy.sha256: copy for file in manifest.files for copy in file.copies}


def obey_recalls(folder: Folder, manifest: Manifest, state: StationState) -> None:
    """Removes what was recalled and notes what is to be answered. A sound that is still planned under another segment
    stays. Raises FolderUnwritable.
    """
    planned = copies_of(manifest)
    there = folder.there()
    numbers = {recall.number for recall in manifest.recalls}
    state.recalls = {number: done for number, done in state.recalls.items() if number in numbers}
    for recall in manifest.recalls:
        gone = set(recall.files) - planned.keys()
        held = [path for path in there if path.stem in gone]
        if recall.number not in state.recalls or held:
            had = bool(held) or not gone.isdisjoint(state.had)
            state.recalls[recall.number] = RecallDone(outcome="removed" if had else "never_had")
            # Said before it is done: after a power cut in between, the answer is still the right one. On a full disk
            # it has to be done all the same, and makes room.
            with suppress(FolderFull):
                write_state(folder.state_path, state)
        for path in (*held, *(folder.parts / f"{sha256}.part" for sha256 in gone)):
            _remove(path)


def answers_due(folder: Folder, manifest: Manifest, state: StationState) -> Iterator[tuple[int, RecallDone]]:
    """Recalls that the server has had no answer to, of which nothing is here any more."""
    for recall in manifest.recalls:
        done = state.recalls.get(recall.number)
        if done is not None and not done.answered and not _still_here(folder, recall):
            yield recall.number, done


def clear(folder: Folder, state: StationState, *, now: datetime, grace: timedelta = GRACE) -> None:
    """Raises FolderUnwritable."""
    kept = [sealed.manifest for sealed in folder.kept()]
    referred = {sha256 for manifest in kept for sha256 in copies_of(manifest)}
    newest = copies_of(kept[0]).keys() if kept else set()
    unneeded: dict[str, datetime] = {}
    for path in folder.there():
        if path.stem in referred:
            if not folder.verify(path, path.stem):
                _remove(path)  # rotten, or half a file after a power cut
            continue
        since = min(state.unneeded.get(path.name, now), now)
        if now - since >= grace:
            _remove(path)
        else:
            unneeded[path.name] = since
    state.unneeded = unneeded
    _remove_parts(folder, newest)


def _remove_parts(folder: Folder, wanted: Collection[str]) -> None:
    with suppress(FileNotFoundError):
        for path in sorted(folder.parts.glob("*.part")):
            if path.stem not in wanted:
                _remove(path)


def _still_here(folder: Folder, recall: RecalledSegment) -> bool:
    gone = set(recall.files)
    return any(path.stem in gone for path in folder.there())


def _remove(path: Path) -> None:
    """One that is being played cannot be removed on Windows: it is tried again at the next run."""
    with folder_refusals(path):
        try:
            path.unlink(missing_ok=True)
        except PermissionError as error:
            if getattr(error, "winerror", None) is None:
                raise
