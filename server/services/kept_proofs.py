"""What the figures of a month rest on, kept in memory while it is the same: plans made ready, files, what was said."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from schedules.as_run import Grade
from schedules.proof import ProofVerdict
from schedules.quick_claims import QuickClaims
from schedules.station_plans import StationPlan

MOST_STATIONS = 1_000
"""Of all months together: some 20 MB. A country is read anew each time."""

MOST_REVISIONS = 100

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


class StationFigures(NamedTuple):
    """`verdicts` are without their evidence. `doubtful`: so many slots wait to be reviewed; `waits`: these do, or what was
    aired beside the plan may."""

    verdicts: Sequence[ProofVerdict]
    doubtful: int
    entries: int
    waits: bool = False


class KeptFigures(NamedTuple):
    """What `figures` they come to in the `minute`, of these claims and files themselves, under the policy."""

    minute: datetime
    policy: Grade
    claims: KeptClaims
    files: KeptFiles
    figures: StationFigures


@dataclass(slots=True, kw_only=True)
class KeptMonth:
    """By station id; all of it holds only for that `source`, to be compared by value."""

    source: object
    plans: dict[int, StationPlan] = field(default_factory=dict)
    claims: dict[int, KeptClaims] = field(default_factory=dict)
    files: dict[int, KeptFiles] = field(default_factory=dict)
    figures: dict[int, KeptFigures] = field(default_factory=dict)


class KeptProofs:
    """Months by their name, those asked for last. May be used from any thread: what two of them put in is the same."""

    def __init__(self, most_stations: int = MOST_STATIONS) -> None:
        self._most = most_stations
        self._months: OrderedDict[str, tuple[int, KeptMonth]] = OrderedDict()
        self._planned: dict[int, frozenset[str]] = {}
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

    def planned(self, revision: int, read: Callable[[], Iterable[str]]) -> frozenset[str]:
        """The segments of a published revision, which never changes; `read` where it was not asked for lately."""
        with self._lock:
            found = self._planned.get(revision)
        if found is None:
            found = frozenset(read())
            with self._lock:
                if len(self._planned) >= MOST_REVISIONS:
                    self._planned.clear()
                self._planned[revision] = found
        return found
