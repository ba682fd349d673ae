"""A sound as a phone hears it: the lightest copies that there are."""

from collections.abc import Iterable

from msgspec import Struct

from server.db.library import Rendition

_LIGHT = ("light_opus", "light_mp3")


class HeardSound(Struct, frozen=True, kw_only=True):
    """Copies by their SHA-256, `mp3` the light one or, without it, what is aired. `size` in bytes is of the lightest."""

    title: str
    duration_ms: int
    opus: str | None
    mp3: str
    size: int


def heard_sound(sha256: str, copies: Iterable[Rendition], *, title: str, duration_ms: int) -> HeardSound:
    """`sha256` is what is aired, `copies` all of the same recording, that one among them."""
    listed = list(copies)
    light = {row.kind: row for row in listed if row.kind in _LIGHT}
    opus, mp3 = light.get("light_opus"), light.get("light_mp3")
    own = next((row.size for row in listed if row.sha256 == sha256), 0)
    lightest = opus or mp3
    return HeardSound(
        title=title,
        duration_ms=duration_ms,
        opus=opus.sha256 if opus else None,
        mp3=mp3.sha256 if mp3 else sha256,
        size=lightest.size if lightest else own,
    )
