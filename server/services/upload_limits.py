"""What may be sent at all: refused before its first byte otherwise."""

from dataclasses import dataclass
from datetime import timedelta

UNTYPED = "application/octet-stream"  # also what no type at all stands for (RFC 9110, 8.3)
DEFAULT_TYPES = ("audio/*", "application/ogg", "video/mp4", "video/webm", UNTYPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """`types` are media types in lower case, `audio/*` for all of a kind; `lifetime` is how long a sender may rest.

    `most_open` uploads may be announced and not whole at one time, of all senders together.
    """

    max_size: int = 1_000_000_000
    types: tuple[str, ...] = DEFAULT_TYPES
    lifetime: timedelta = timedelta(days=7)
    most_open: int = 500

    def takes(self, media_type: str) -> bool:
        kind = media_type.partition("/")[0]
        return any(taken in {media_type, f"{kind}/*", "*/*"} for taken in self.types)
