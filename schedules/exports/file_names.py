"""Names for exported audio that every player, SD card and file system takes."""

import re

from schedules.folding import fold

_OTHER = re.compile(r"[^a-z0-9]+")


def ascii_file_name(position: int, title: str, extension: str, *, limit: int = 64) -> str:
    """For example "003-mot-cua-dien-tu-o-xa-ea-yong.mp3": lower-case ASCII, at most `limit` characters.

    The position makes it unique and orders a folder as it is played; it stays whole, as does the extension,
    and the title is cut between words where it can be. A title without a Latin letter or digit leaves the
    position alone. Raises ValueError when `limit` does not even hold "003.mp3".
    """
    head = f"{position:03d}"
    tail = "." + _OTHER.sub("", extension.lower())
    room = limit - len(head) - len(tail)
    if position < 0 or tail == "." or room < 0:
        raise ValueError(f"no file name for position {position}, extension {extension!r} in {limit} characters")
    words = _OTHER.sub("-", fold(title)).strip("-")
    if words and len(words) + 1 > room:
        whole, cut = words[: max(room - 1, 0)], words[max(room - 1, 0) :]
        if not cut.startswith("-") and "-" in whole:
            whole = whole.rpartition("-")[0]
        words = whole.strip("-")
    return f"{head}-{words}{tail}" if words else head + tail
