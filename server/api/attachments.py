"""What a browser saves an answer as: names of plain ASCII, so that no header can be broken by what a name holds."""

import re

from schedules.folding import fold

_OTHER = re.compile(r"[^A-Za-z0-9~._-]+")
_LONGEST = 120


def attachment(name: str) -> str:
    """For Content-Disposition: to be saved, never shown."""
    return f'attachment; filename="{safe_name(name)}"'


def inline(name: str) -> str:
    """For sounds that browsers play: shown where they can."""
    return f'inline; filename="{safe_name(name)}"'


def safe_name(name: str) -> str:
    """The name where it is harmless already, else folded, without what leads out of a folder or hides a file."""
    plain = name if name.isascii() else fold(name)
    return _OTHER.sub("-", plain)[-_LONGEST:].lstrip(".-") or "loa"
