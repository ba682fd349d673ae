"""Stored audio as it is handed out: copies made for listeners, never the originals."""

from collections.abc import Generator

from msgspec import Struct
from sqlmodel import select

from media.refusals import MissingAudio
from server.db.intake import RenderedProgramme
from server.db.library import Rendition
from server.services.context import Context


class AudioFile(Struct, frozen=True, kw_only=True):
    """`size` in bytes, as stored now."""

    sha256: str
    size: int
    media_type: str


def find_audio(context: Context, sha256: str) -> AudioFile:
    """A rendition or a rendered programme. Raises MissingAudio, StoreUnreachable."""
    with context.database.read() as session:
        media_type = (
            session.exec(select(Rendition.media_type).where(Rendition.sha256 == sha256)).first()
            or session.exec(select(RenderedProgramme.media_type).where(RenderedProgramme.sha256 == sha256)).first()
        )
    if media_type is None:
        raise MissingAudio(sha256=sha256)
    return AudioFile(sha256=sha256, size=context.store.size(sha256), media_type=media_type)


def read_audio(context: Context, audio: AudioFile, *, start: int, end: int) -> Generator[bytes]:
    """The bytes from `start` up to but not including `end`, in pieces; fewer where the stored file lost its end.

    Raises MissingAudio, StoreUnreachable, at the first piece or at any later one.
    """
    return context.store.read(audio.sha256, start, end)
