"""The copies of a recording that a slow line carries sooner."""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from server.db.library import Rendition
from server.services.context import Context


class LightCopy(Struct, frozen=True, kw_only=True):
    """SHA-256 of the light Opus, where there is one, and of the light MP3, else of what is aired."""

    opus: str | None
    mp3: str


def light_copies(context: Context, sha256s: Iterable[str]) -> dict[str, LightCopy]:
    """By the SHA-256 of what is aired."""
    wanted = list(sha256s)
    with context.database.read() as session:
        copies = copies_of(session, wanted)
    return {sha256: _light(sha256, copies.get(sha256, ())) for sha256 in wanted}


def _light(sha256: str, copies: Iterable[Rendition]) -> LightCopy:
    by_kind = {row.kind: row.sha256 for row in copies}
    return LightCopy(opus=by_kind.get("light_opus"), mp3=by_kind.get("light_mp3", sha256))


def copies_of(session: Session, sha256s: Iterable[str]) -> dict[str, list[Rendition]]:
    """By the SHA-256 of one copy: all copies of the same recording."""
    copy = aliased(Rendition)
    rows = session.execute(
        select(col(Rendition.sha256), copy)
        .join(copy, col(copy.audio_id) == col(Rendition.audio_id))
        .where(col(Rendition.sha256).in_(list(sha256s)))
        .order_by(col(copy.id))
    )
    found: dict[str, list[Rendition]] = {}
    for sha256, row in rows:
        found.setdefault(sha256, []).append(row)
    return found
