"""A published slot as one file, for stations that can only play one: made when asked for, kept by what it is made of."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from sqlmodel import select

from media.formats import FORMATS
from media.mixing import FADE_MS
from media.scratch import work_folder
from schedules.exports.file_names import ascii_file_name
from schedules.exports.playlists import Playlist, Track, playlist_format
from schedules.months import Month
from server.db.intake import RenderedProgramme
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.output_folders import place, whole_folder, write
from server.services.playlists import Programme, read_programme, slots_on_air
from server.services.turns import alone
from server.services.views import FolderExport

_FORMAT = FORMATS["programme"]
_EXTENSION = "mp3"
_LONGEST_TITLE = 200


class ProgrammeView(Struct, frozen=True, kw_only=True):
    """A slot's file, as it measures. `file_name` is ASCII, `address` where this service has it."""

    title: str
    column: str
    starts_at: datetime
    sha256: str
    size: int
    media_type: str
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    file_name: str
    address: str


def render(
    context: Context, code: str, month: Month, slot: str, *, progress: Callable[[float], None] | None = None
) -> ProgrammeView:
    """Opening, items and closing of the slot as it is published, as one MP3.

    One is made at a time, on the disk: memory does not grow with its length. `progress` gets shares from 0 to 1.
    Raises UnknownStation, NotPublished, UnknownSlot, MissingAudio, StoreUnreachable, MediaRefusal, DiskFull.
    """
    with context.database.read() as session:
        programme = read_programme(session, code, month, slot=slot)
    return rendered(context, programme, progress)


def export_programmes(
    context: Context,
    code: str,
    month: Month,
    *,
    day: date | None = None,
    output: Path,
    progress: Callable[[int, int], None] | None = None,
) -> FolderExport:
    """One file for each slot, under names in the order in which they are played, and an M3U8 playlist of them.

    `progress` gets how many slots are done, of how many. Folders behave as in `folder_export`. Raises UnknownStation,
    NotPublished, BadField, MissingAudio, CorruptAudio, StoreUnreachable, MediaRefusal, OutputUnwritable, DiskFull.
    """
    with context.database.read() as session:
        whole = read_programme(session, code, month, day=day)
        slots = [read_programme(session, code, month, slot=key) for key in slots_on_air(session, code, month, day=day)]
    files: list[tuple[str, ProgrammeView]] = []
    for number, slot in enumerate(slots, start=1):
        made = rendered(context, slot)
        local = slot.sounds[0].starts_at
        files.append((ascii_file_name(number, f"{local:%Y-%m-%d %H%M} {made.column}", _EXTENSION), made))
        if progress is not None:
            progress(number, len(slots))
    shape = playlist_format("m3u8")
    playlist = Playlist(
        title=whole.title,
        creator=whole.station_name,
        station=code,
        revision=whole.in_force.number,
        tracks=[
            Track(
                location=name,
                title=made.title,
                creator=whole.station_name,
                album=made.column,
                duration_ms=made.duration_ms,
                starts_at=made.starts_at,
                sha256=made.sha256,
                size=made.size,
            )
            for name, made in files
        ],
    )
    playlist_name = f"{whole.file_stem}.{shape.extension}"
    with whole_folder(output) as folder:
        for name, made in files:
            place(context.store, made.sha256, folder / name)
        write(folder / playlist_name, shape.render(playlist))
    return FolderExport(
        folder=str(output),
        playlist=playlist_name,
        files=len(files),
        size=sum(made.size for _, made in files),
        duration_ms=sum(made.duration_ms for _, made in files),
    )


def rendered(context: Context, programme: Programme, progress: Callable[[float], None] | None = None) -> ProgrammeView:
    """What is kept of it, or else made. Raises MissingAudio, StoreUnreachable, MediaRefusal, DiskFull."""
    tags = _tags(programme)
    digest = _digest(context, programme, tags)
    row = _kept(context, digest)
    if row is None:
        with alone(context, "programmes"):
            row = _kept(context, digest) or _made(context, programme, tags, digest, progress)
    return _view(programme, tags, row)


def kept(context: Context, programme: Programme) -> ProgrammeView | None:
    """None where it is still to be made. Raises StoreUnreachable."""
    tags = _tags(programme)
    row = _kept(context, _digest(context, programme, tags))
    return None if row is None else _view(programme, tags, row)


def _view(programme: Programme, tags: dict[str, str], row: RenderedProgramme) -> ProgrammeView:
    first = programme.sounds[0]
    return ProgrammeView(
        title=tags["title"],
        column=first.album,
        starts_at=first.starts_at,
        sha256=row.sha256,
        size=row.size,
        media_type=row.media_type,
        duration_ms=row.duration_ms,
        loudness_lufs=row.loudness_lufs,
        true_peak_dbtp=row.true_peak_dbtp,
        file_name=f"{programme.file_stem}.{_EXTENSION}",
        address=f"/api/v1/audio/{row.sha256}.{_EXTENSION}",
    )


def _kept(context: Context, digest: str) -> RenderedProgramme | None:
    """None also where the store has lost it: it can be made again."""
    with context.database.read() as session:
        row = session.exec(select(RenderedProgramme).where(RenderedProgramme.digest == digest)).first()
    return row if row is not None and context.store.exists(row.sha256) else None


def _made(
    context: Context,
    programme: Programme,
    tags: dict[str, str],
    digest: str,
    progress: Callable[[float], None] | None,
) -> RenderedProgramme:
    from media.programme import render_programme  # what encoding needs is not for who only looks

    with disk_refusals(context.home), ExitStack() as stack:
        folder = stack.enter_context(work_folder(context.scratch))
        paths = {
            sha256: stack.enter_context(context.store.local_path(sha256))
            for sha256 in {sound.sha256 for sound in programme.sounds}
        }
        made = render_programme(
            [paths[sound.sha256] for sound in programme.sounds],
            folder / _FORMAT.file_name,
            ffmpeg=context.ffmpeg,
            tags=tags,
            profile=context.profile,
            on_progress=progress,
        )
        stored = context.store.put(made.path)
        at = context.clock()
        with context.database.write() as session:
            known = session.exec(select(RenderedProgramme).where(RenderedProgramme.digest == digest)).first()
            figures: dict[str, Any] = {
                "sha256": stored.sha256,
                "size": stored.size,
                "media_type": made.media_type,
                "duration_ms": made.duration_ms,
                "loudness_lufs": made.loudness_lufs,
                "true_peak_dbtp": made.true_peak_dbtp,
                "made_at": at,
            }
            row = known.sqlmodel_update(figures) if known else RenderedProgramme(digest=digest, **figures)
            session.add(row)
            record(
                session,
                context,
                at=at,
                action="programme.rendered",
                subject=programme.station,
                starts_at=programme.sounds[0].starts_at.isoformat(),
                sha256=stored.sha256,
                duration_ms=made.duration_ms,
            )
    return row


def _tags(programme: Programme) -> dict[str, str]:
    """Nothing of station or hour: what sounds the same is the same file."""
    titles = [sound.title for sound in programme.sounds if sound.kind == "segment"]
    column = programme.sounds[0].album
    return {"title": "; ".join(titles)[:_LONGEST_TITLE] or column, "album": column}


def _digest(context: Context, programme: Programme, tags: dict[str, str]) -> str:
    """Of all that the file follows from: the parts in their order, and how they are joined, levelled and coded."""
    facts = {
        "parts": [sound.sha256 for sound in programme.sounds],
        "tags": tags,
        "fade_ms": FADE_MS,
        "options": {name: str(value) for name, value in _FORMAT.options.items()},
        "target_lufs": context.profile.target_lufs,
        "tolerance_lu": context.profile.tolerance_lu,
        "max_true_peak_dbtp": context.profile.max_true_peak_dbtp,
    }
    return hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()
