"""Where exported things lie: locations that every reader takes for the same place."""

import re
from dataclasses import dataclass
from typing import ClassVar

from schedules.refusals import ScheduleRefusal

_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]+")
# A relative path has no colon, so that no player takes its first part for a protocol (annotate:, process:).
_PATH = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9\-._~/!$&()+,;=%@]*")


@dataclass(kw_only=True, eq=False)
class UnsafeLocation(ScheduleRefusal):
    """A location that some reader would take for something else, or that would break its line."""

    code: ClassVar[str] = "export.unsafe_location"
    location: str


def checked_url(url: str) -> str:
    """An http(s) URL in ASCII, as it came. Raises UnsafeLocation."""
    if not _URL.fullmatch(url):
        raise UnsafeLocation(location=url)
    return url


def checked_location(location: str) -> str:
    """An http(s) URL or a plain ASCII path, as it came. Raises UnsafeLocation."""
    if not _URL.fullmatch(location) and not _PATH.fullmatch(location):
        raise UnsafeLocation(location=location)
    return location
