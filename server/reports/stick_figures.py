"""What a USB stick of a station holds, for the documents that lie on it."""

from datetime import date, datetime

from msgspec import Struct

from server.reports.figures import Office


class StickFile(Struct, frozen=True, kw_only=True):
    """A file to play: `path` from the stick's root, `at_ms` from the slot's start."""

    path: str
    at_ms: int
    duration_ms: int


class StickSlot(Struct, frozen=True, kw_only=True):
    """`titles` of the segments in it; `files` in the order in which they are played. `starts_at` is local."""

    starts_at: datetime
    length_ms: int
    column: str
    titles: tuple[str, ...]
    files: tuple[StickFile, ...]


class StickFigures(Struct, frozen=True, kw_only=True):
    """A month or a week of one station, from its `first` day to its `last`.

    `revisions` names what it was made from, `unpublished` the months of it that nothing is published for; `as_of` is
    when the last of the revisions was published. `playlist` has all of it, `day_playlists` each day that has a slot.
    """

    office: Office
    station: str
    area: str
    first: date
    last: date
    revisions: tuple[str, ...]
    unpublished: tuple[str, ...]
    as_of: datetime
    slots: tuple[StickSlot, ...]
    playlist: str
    day_playlists: dict[date, str]
    one_file_a_slot: bool
    sample: bool = False
