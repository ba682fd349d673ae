"""A folder that plays by itself: a playlist with relative paths and each sound once, under ASCII names."""

from datetime import date
from pathlib import Path

from schedules.exports.file_names import ascii_file_name
from schedules.exports.playlists import playlist_format
from schedules.months import Month
from server.services.context import Context
from server.services.output_folders import place, whole_folder, write
from server.services.playlists import read_programme
from server.services.views import FolderExport

_EXTENSIONS = {"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav"}
_AUDIO = "audio"


def export_folder(
    context: Context,
    code: str,
    month: Month,
    *,
    day: date | None = None,
    slot: str | None = None,
    format: str,  # noqa: A002 (the word that people use for it)
    output: Path,
) -> FolderExport:
    """Writes the playlist and, in the folder `audio` beside it, its sounds.

    A new folder appears only when it is whole. In one that is there each file appears whole, those that are right
    already stay, the playlist comes last, and what else lies there is left alone. Raises UnknownStation,
    NotPublished, UnknownSlot, BadField, UnknownFormat, MissingAudio, CorruptAudio, StoreUnreachable,
    OutputUnwritable, DiskFull.
    """
    shape = playlist_format(format)
    with context.database.read() as session:
        programme = read_programme(session, code, month, day=day, slot=slot)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for sound in programme.sounds:
        if sound.sha256 not in names:
            sizes[sound.sha256] = context.store.size(sound.sha256)
            extension = _EXTENSIONS.get(sound.media_type, "mp3")
            name = ascii_file_name(len(names) + 1, sound.title, extension)
            names[sound.sha256] = f"{_AUDIO}/{name}"
    content = shape.render(programme.playlist(lambda sound: names[sound.sha256]))
    playlist = f"{programme.file_stem}.{shape.extension}"
    with whole_folder(output) as folder:
        (folder / _AUDIO).mkdir(exist_ok=True)
        for sha256, name in names.items():
            place(context.store, sha256, folder / name)
        write(folder / playlist, content)
    return FolderExport(
        folder=str(output),
        playlist=playlist,
        files=len(names),
        size=sum(sizes.values()),
        duration_ms=sum(sound.duration_ms for sound in programme.sounds),
    )
