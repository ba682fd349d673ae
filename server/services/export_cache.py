"""Exports in memory: answered without a query while nobody commits, and kept while what they follow from is the same.

Large calendars are kept in the database as well, for all processes.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from threading import Lock

from sqlmodel import Session

from server.db.delivering import KeptExport
from server.services.calendar_feeds import CalendarOrder, calendar_source, render_feed
from server.services.context import Context
from server.services.export_ground import Ground, read_ground
from server.services.manifests import Library, ManifestOrder, read_library, render_manifest
from server.services.playlists import PlaylistOrder, playlist_source, render_playlist
from server.services.refusals import ServiceRefusal
from server.services.views import Export
from server.texts import language

LIMIT_BYTES = 64 * 1024 * 1024
MOST_TAGS = 50_000
# Bytes from which a calendar is kept for the other processes too: it takes longer to make than to fetch. What a station
# asks for is made in some milliseconds.
SHARED_FROM = 64 * 1024

Order = PlaylistOrder | CalendarOrder | ManifestOrder


@dataclass(slots=True, kw_only=True)
class _Kept:
    export: Export
    order: Order
    source: Hashable
    version: int | None


class ExportCache:
    """May be used from any thread; only `at_hand` and `tag_at_hand` ask the database for nothing, and are the event loop's.

    The caller's key must name all that the bytes depend on besides the database: what is asked for, the base of the
    addresses in it, the language, and for a feed the month of today. At most `limit_bytes` of content are kept, those
    asked for last.
    """

    def __init__(self, context: Context, *, limit_bytes: int = LIMIT_BYTES, shared_from: int = SHARED_FROM) -> None:
        self._context = context
        self._limit, self._shared_from = limit_bytes, shared_from
        self._size = 0
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()
        self._ground: tuple[int, Ground] | None = None
        self._library: tuple[Ground, Library] | None = None
        # Of manifests, by station and day: who has one asks each minute, and is told so without what it says.
        self._tags: dict[tuple[str, date], tuple[Hashable, str]] = {}

    def at_hand(self, key: Hashable, version: int) -> Export | None:
        """Where nobody has committed since it was last looked at. `version` is what the database's watch has just told."""
        kept = self._kept.get(key)
        return None if kept is None or kept.version != version else self.lookup(key, version)

    def current(self, key: Hashable, order: Order, version: int) -> Export:
        """The one that is kept where it still holds, else made anew. Raises what the export refuses."""
        return self.lookup(key, version) or self.make(key, order)

    def lookup(self, key: Hashable, version: int) -> Export | None:
        """None where it has to be made: it never was, or what it follows from has changed."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.version != version:
            if not self._is_current(kept, version):
                with self._lock:
                    self._drop(key)
                return None
            kept.version = version
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
        return kept.export

    def tag_at_hand(self, code: str, today: date, version: int) -> str | None:
        """The entity tag of the station's manifest of that day; None where it has to be made to know.

        What manifests stand on has to be known (`look_at_ground`).
        """
        found, ground = self._tags.get((code, today)), self._ground
        return found[1] if found is not None and ground is not None and ground == (version, found[0]) else None

    def knows_ground(self, version: int) -> bool:
        return self._ground is not None and self._ground[0] == version

    def look_at_ground(self, version: int) -> None:
        """Once after each commit, however many ask."""
        self._ground_at(version)

    def make(self, key: Hashable, order: Order) -> Export:
        """Makes it anew and keeps it. Raises what the export refuses."""
        with self._context.database.read() as session:
            # One transaction: the content and what it follows from are of the same moment.
            source = _source(session, order)
            shared = _Shared(self._context, order, source) if isinstance(order, CalendarOrder) else None
            export = shared.find(session) if shared is not None else None
            is_new = export is None
            export = export or self._rendered(session, order)
        if shared is not None and is_new and len(export.content) >= self._shared_from:
            shared.keep(export)
        if isinstance(order, ManifestOrder):
            if len(self._tags) >= MOST_TAGS:
                self._tags.clear()
            self._tags[order.code, order.today] = source, export.etag
        with self._lock:
            self._drop(key)
            self._kept[key] = _Kept(export=export, order=order, source=source, version=None)
            self._size += len(export.content)
            while self._size > self._limit:
                self._drop(next(iter(self._kept)))
        return export

    def _ground_at(self, version: int) -> Ground:
        """Asked once after each commit, however many exports are kept."""
        if self._ground is None or self._ground[0] != version:
            with self._context.database.read() as session:
                self._ground = version, read_ground(session)
        return self._ground[1]

    def _library_at(self, session: Session) -> Library:
        """Read once for all stations that ask after a publication. Two that read it at once only do it twice."""
        ground = read_ground(session)
        if self._library is None or self._library[0] != ground:
            self._library = ground, read_library(session)
        return self._library[1]

    def _is_current(self, kept: _Kept, version: int) -> bool:
        if isinstance(kept.order, ManifestOrder):
            return kept.source == self._ground_at(version)
        try:
            with self._context.database.read() as session:
                return _source(session, kept.order) == kept.source
        except ServiceRefusal:
            # What is refused now is gone; who makes it anew is told why.
            return False

    def _rendered(self, session: Session, order: Order) -> Export:
        match order:
            case PlaylistOrder():
                return render_playlist(session, order)
            case CalendarOrder():
                return render_feed(session, order)
            case ManifestOrder():
                return render_manifest(self._context, session, order, self._library_at(session))

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size -= len(kept.export.content)


class _Shared:
    """What any process made of it: found by what is asked for and what it follows from, so it is never stale."""

    def __init__(self, context: Context, order: CalendarOrder, source: Hashable) -> None:
        self._context = context
        # Not the day: of which months it is stands in the source, and a row that nobody asks for again would stay.
        asked = (order.station, order.district, order.month, language())
        self._asked = hashlib.sha256(repr(asked).encode()).hexdigest()
        # The release, too: another may write it otherwise.
        self._source = hashlib.sha256(repr((version("loa"), source)).encode()).hexdigest()

    def find(self, session: Session) -> Export | None:
        row = session.get(KeptExport, self._asked)
        if row is None or row.source != self._source:
            return None
        return Export(
            content=row.content,
            media_type=row.media_type,
            file_name=row.file_name,
            etag=row.etag,
            modified_at=row.modified_at,
        )

    def keep(self, export: Export) -> None:
        """In the place of what was made of it before."""
        with self._context.database.write() as session:
            session.merge(
                KeptExport(
                    asked=self._asked,
                    source=self._source,
                    media_type=export.media_type,
                    file_name=export.file_name,
                    etag=export.etag,
                    modified_at=export.modified_at,
                    content=export.content,
                )
            )


def _source(session: Session, order: Order) -> Hashable:
    match order:
        case PlaylistOrder():
            return playlist_source(session, order)
        case CalendarOrder():
            return calendar_source(session, order)
        case ManifestOrder():
            # All stations ask each minute: one look at what all of them stand on, for all of them.
            return read_ground(session)
