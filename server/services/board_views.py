"""The month of all stations as one table: what is required, planned and, once it is on the air, proved."""

from datetime import datetime

from msgspec import Struct

from schedules.forecast import Forecast
from server.services.views import RevisionView, StationRow, StationView


class BoardRow(Struct, frozen=True, kw_only=True):
    """A station's month by its own minimum, or by its target or maximum where it has none.

    `status` is the plan's (met, not_met, none) on a board of plans, that of `schedules.proof.Status` (or none) on one
    of the air. `others`: so many of its other rules are not met. `doubtful` slots wait to be reviewed. `folded` is what
    is searched, `name_key` and `district_key` are in Vietnamese order. `forecasts` are of all its minima, without their
    reasons; `forecast` is that of its own. `waits`: something may wait to be reviewed, also beside the plan.
    """

    station: StationView
    plan: StationRow
    kind: str | None
    required_ms: int
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    counted_ms: int
    short_ms: int
    status: str
    others: int
    doubtful: int
    forecast: Forecast | None
    forecasts: tuple[Forecast, ...]
    waits: bool
    folded: str
    name_key: str
    district_key: str

    @property
    def misses(self) -> bool:
        """Whether it will, if nothing changes."""
        return self.forecast is not None and self.forecast.misses


class AlikeRows(Struct, frozen=True, kw_only=True):
    """So many rows of one status and kind, and `one` of them."""

    one: BoardRow
    districts: int
    communes: int


class BoardSummary(Struct, frozen=True, kw_only=True):
    """What all rows come to. `districts`: code and name of each that a station lies in, in Vietnamese order."""

    alike: list[AlikeRows]
    districts: list[tuple[str, str]]
    technologies: frozenset[str]
    languages: list[str]
    misses: int
    doubtful: int


class Board(Struct, frozen=True, kw_only=True):
    """`rows` stand districts first, each tier in Vietnamese order. `aired`: the figures are those of the air at
    `as_of`, against what was published; else those of the plan in force, if there is one. `until_entry`: the id of the
    last statement that they know of; `stakes`: as far as anybody has looked, the airtime in milliseconds at stake in each
    doubt of a station, by its key, as of that statement.
    """

    month: str
    as_of: datetime
    aired: bool
    over: bool
    revision: RevisionView | None
    draft: RevisionView | None
    rows: list[BoardRow]
    summary: BoardSummary
    until_entry: int
    stakes: dict[int, tuple[int, ...]] = {}
