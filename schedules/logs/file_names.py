"""What a file is called that a player names by a path, a URL or one of the exported `annotate:` lines."""

import re
from urllib.parse import unquote


def file_name(location: str) -> str:
    """Without folders and without what an address asks for: "https://loa/audio/ab.mp3?v=1" is "ab.mp3"."""
    _, annotated, last = location.rpartition('":') if location.startswith("annotate:") else ("", "", location)
    if annotated or "://" in last:
        last = unquote(last.partition("?")[0])
    return re.split(r"[/\\]", last)[-1]
