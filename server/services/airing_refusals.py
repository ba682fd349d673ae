"""What is refused of statements about the air."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class LineUnreadable(ServiceRefusal):
    """One line of a log; `fault` is a code of `schedules.logs`."""

    code = "airing.line_unreadable"
    line: int
    field: str
    value: str
    fault: str


@dataclass(kw_only=True, eq=False)
class StationMissing(ServiceRefusal):
    """A line names no station, and nobody said whose log it is."""

    code = "airing.station_missing"


@dataclass(kw_only=True, eq=False)
class OtherStation(ServiceRefusal):
    """A line is of a station that who sends it does not speak for."""

    code = "airing.other_station"
    station: str


@dataclass(kw_only=True, eq=False)
class NothingSaid(ServiceRefusal):
    """A line names neither a slot nor when something was aired."""

    code = "airing.nothing_said"


@dataclass(kw_only=True, eq=False)
class SlotNotPublished(ServiceRefusal):
    code = "airing.slot_unknown"
    slot: str
    station: str


@dataclass(kw_only=True, eq=False)
class ReasonMissing(ServiceRefusal):
    """What was not aired, or is corrected, needs a reason."""

    code = "airing.reason_missing"


@dataclass(kw_only=True, eq=False)
class NotYet(ServiceRefusal):
    """It is said to have been aired at a time that is still to come."""

    code = "airing.not_yet"
    starts_at: str
    now: str


@dataclass(kw_only=True, eq=False)
class TooLongAgo(ServiceRefusal):
    """Longer ago than anybody reports; mostly a clock that was never set."""

    code = "airing.too_long_ago"
    starts_at: str


@dataclass(kw_only=True, eq=False)
class EntryUnknown(ServiceRefusal):
    code = "airing.entry_unknown"
    entry: str
    station: str


@dataclass(kw_only=True, eq=False)
class DoubtGone(ServiceRefusal):
    """It was decided on, or something more was said of it since it was shown."""

    code = "airing.doubt_gone"
    station: str
    month: str


@dataclass(kw_only=True, eq=False)
class NoteEmpty(ServiceRefusal):
    code = "airing.note_empty"


@dataclass(kw_only=True, eq=False)
class LogTooLong(ServiceRefusal):
    code = "airing.log_too_long"
    lines: int
    most: int
