"""Boards of months in memory, so that sorting, filtering and paging through one asks the database for nothing."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from threading import Lock

from server.db.engine import Database
from server.db.watching import ChangeWatch
from server.services.board_views import Board

MOST_ROWS = 75_000
"""Of all boards together: six months of a country, side by side on one page, some 200 MB; a province never comes near."""
LARGE = 1_000
LARGE_LASTS = timedelta(minutes=10)


class KeptBoards:
    """A board holds while nobody commits and for its minute: later more slots are due. One of more than `large` rows
    takes long to make and holds for `LARGE_LASTS`, whatever was committed. May be used from any thread.
    """

    def __init__(self, large: int = LARGE) -> None:
        self._large = large
        self._kept: OrderedDict[Hashable, tuple[int, Board]] = OrderedDict()
        self._watch: ChangeWatch | None = None
        self._lock = Lock()

    def version(self, database: Database) -> int:
        """To be asked before what a board is made of is read: what is committed meanwhile makes it old."""
        with self._lock:
            if self._watch is None:
                self._watch = database.watch()
            return self._watch.version()

    def find(self, key: Hashable, *, version: int, at: datetime) -> Board | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None or not self._holds(*found, version=version, at=at):
                return None
            self._kept.move_to_end(key)
            return found[1]

    def keep(self, key: Hashable, board: Board, *, version: int) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = version, board
            while len(self._kept) > 1 and sum(len(each.rows) for _, each in self._kept.values()) > MOST_ROWS:
                self._kept.popitem(last=False)

    def close(self) -> None:
        with self._lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None

    def _holds(self, made_at_version: int, board: Board, *, version: int, at: datetime) -> bool:
        if len(board.rows) > self._large:
            return timedelta(0) <= at - board.as_of < LARGE_LASTS
        return made_at_version == version and board.as_of.replace(second=0, microsecond=0) == at.replace(
            second=0, microsecond=0
        )
