"""What a report says, as values: the .docx, the .pdf, the .xlsx and the page all take their numbers from here.

Lengths are integer milliseconds. Shares are whole tenths of a percent, rounded down, so that what is short of 100 %
never reads 100 %.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

Status = Literal["met", "not_met", "none"]


def tenths_of_percent(part: int, whole: int) -> int | None:
    """Of 14:59 against 15:00: 998. None where nothing is wanted."""
    return part * 1000 // whole if whole > 0 else None


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes and signs. `number` is what follows the number that the clerk fills in, for example BC-STTTT;
    what has no number, as a logbook, leaves it empty.

    The signer's name and the day are for the hand unless `dated` says the day. A title may have two lines.
    """

    agency_over: str
    agency: str
    place: str
    number: str = ""
    signer_title: str
    recipients: tuple[str, ...] = ()
    dated: date | None = None


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is the district's or the leading body's, empty for the whole province."""

    kind: Literal["province", "district", "lead"]
    name: str = ""


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """Where anybody checks the document, and the hash (hexadecimal) that its figures were handed out under.

    `final`: all that it tells of was closed; else its figures can still change.
    """

    code: str
    url: str
    hash: str
    final: bool = True


class StationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A station in the period; `status_words` and `note` are whole as they are to be read."""

    position: int
    code: str
    name: str
    area: str
    tier: Literal["district", "commune"]
    slots_planned: int
    slots_aired: int
    urgent: int
    required_ms: int
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    counted_ms: int
    short_ms: int
    status: Status
    status_words: str
    note: str = ""

    @property
    def tenths(self) -> int | None:
        return tenths_of_percent(self.counted_ms, self.required_ms)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """`asked` are the stations that something is required of; minutes are those of all stations."""

    stations: int
    asked: int
    met: int
    not_met: int
    slots_planned: int
    slots_aired: int
    urgent: int
    required_ms: int
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    counted_ms: int
    short_ms: int

    @property
    def tenths(self) -> int | None:
        """Of what is required: what one station aired beyond its own makes up for no other's."""
        return tenths_of_percent(self.required_ms - self.short_ms, self.required_ms)


SUMMED = (
    "slots_planned",
    "slots_aired",
    "urgent",
    "required_ms",
    "planned_ms",
    "delivered_ms",
    "reported_ms",
    "logged_ms",
    "heard_ms",
    "counted_ms",
    "short_ms",
)


def totals_of(rows: Sequence[StationRow]) -> Totals:
    return Totals(
        stations=len(rows),
        asked=sum(row.required_ms > 0 for row in rows),
        met=sum(row.status == "met" for row in rows),
        not_met=sum(row.status == "not_met" for row in rows),
        **{name: sum(getattr(row, name) for row in rows) for name in SUMMED},
    )


class TopicRow(msgspec.Struct, frozen=True, kw_only=True):
    topic: str
    lead: str
    segments: int
    airings: int
    planned_ms: int
    counted_ms: int


class TrendRow(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar month, for example 2026-12, of the stations that something is required of."""

    month: str
    stations_met: int
    stations: int
    required_ms: int
    counted_ms: int

    @property
    def tenths(self) -> int | None:
        return tenths_of_percent(self.counted_ms, self.required_ms)


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that was planned and not aired; `starts_at` is aware."""

    station: str
    starts_at: datetime
    what: str
    length_ms: int
    reason: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A station whose figures were changed since its month, for example 2026-12, was first closed, by amendments."""

    month: str
    station: str
    planned_before_ms: int
    planned_ms: int
    reported_before_ms: int
    reported_ms: int
    counted_before_ms: int
    counted_ms: int
    short_before_ms: int
    short_ms: int
    status_before: str
    status_words: str


class ReportFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `period` reads in a sentence ("tháng 12 năm 2026"); `first` and `last` are its days, both in it.

    `as_of` is aware. `policy` names the grade of proof from which minutes count. `sentences` are whole paragraphs.
    A `sample` says on every document that its data are made up.
    """

    kind: Literal["month", "quarter", "year"]
    period: str
    first: date
    last: date
    scope: Scope
    office: Office
    campaign: str
    legal_grounds: tuple[str, ...]
    as_of: datetime
    policy: str
    sentences: tuple[str, ...]
    rows: tuple[StationRow, ...]
    topics: tuple[TopicRow, ...] = ()
    trend: tuple[TrendRow, ...] = ()
    missed: tuple[Missed, ...] = ()
    changes: tuple[Change, ...] = ()
    closing: Closing | None = None
    sample: bool = False

    @property
    def totals(self) -> Totals:
        return totals_of(self.rows)

    def share_of(self, topic: TopicRow) -> int | None:
        """Tenths of a percent of all that counted, over all topics."""
        return tenths_of_percent(topic.counted_ms, sum(each.counted_ms for each in self.topics))


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A slot that a station could still air in; `starts_at` is aware."""

    starts_at: datetime
    what: str
    length_ms: int


class LetterFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An official letter that urges a station, or a district's stations: what is wanted, what counted, by when.

    `subject` follows "V/v". `to` follows "Kính gửi:". `rows` are the stations it speaks of, at least one.
    """

    office: Office
    subject: str
    to: tuple[str, ...]
    period: str
    campaign: str
    legal_grounds: tuple[str, ...]
    as_of: datetime
    policy: str
    by: date
    rows: tuple[StationRow, ...]
    proposals: tuple[Proposal, ...] = ()
    contact: str = ""
    sample: bool = False

    @property
    def totals(self) -> Totals:
        return totals_of(self.rows)


class LogbookLine(msgspec.Struct, frozen=True, kw_only=True):
    """A slot of the week; `aired` None where nobody has said. `source` is who or what says so, with its grade."""

    starts_at: datetime
    column: str
    titles: tuple[str, ...]
    length_ms: int
    aired: bool | None
    source: str = ""
    note: str = ""


class LogbookFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A station's book of a week or a month, from its `first` day to its `last`; lines in the order of their starts."""

    office: Office
    station: str
    area: str
    first: date
    last: date
    as_of: datetime
    lines: tuple[LogbookLine, ...]
    sample: bool = False
