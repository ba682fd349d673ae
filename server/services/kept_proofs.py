"""What the figures of a month rest on, kept in memory while it is the same: plans made ready, files, what was said."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from schedules.quick_claims import QuickClaims
from schedules.station_plans import StationPlan

MOST_STATIONS = 1_000
"""Of all months together: some 20 MB. A country is read anew each time."""

State = tuple[int, int]
"""How many rows there are that are only ever added to, and the id of the last."""


class KeptClaims(NamedTuple):
    """`claims` None: not plain. They rest on the rows of that state, all of which were there at `at`."""

    state: State
    at: datetime
    claims: QuickClaims | None


class KeptFiles(NamedTuple):
    state: State
    at: datetime
    delivered: Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class KeptMonth:
    """By station id; all of it holds only for that `source`, to be compared by value."""

    source: object
    plans: dict[int, StationPlan] = field(default_factory=dict)
    claims: dict[int, KeptClaims] = field(default_factory=dict)
    files: dict[int, KeptFiles] = field(default_factory=dict)


class KeptProofs:
    """Months by their name, those asked for last. May be used from any thread: what two of them put in is the same."""

    def __init__(self, most_stations: int = MOST_STATIONS) -> None:
        self._most = most_stations
        self._months: OrderedDict[str, tuple[int, KeptMonth]] = OrderedDict()
        self._lock = Lock()

    def month(self, name: str, source: object, *, stations: int) -> KeptMonth | None:
        """What is kept of the month, empty where it rests on something else; None: so many stations are not kept."""
        if stations > self._most:
            return None
        with self._lock:
            found = self._months.pop(name, None)
            if found is None or found[1].source != source:
                found = stations, KeptMonth(source=source)
            self._months[name] = found
            while sum(many for many, _ in self._months.values()) > self._most:
                self._months.popitem(last=False)
            return found[1]
