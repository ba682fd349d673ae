"""When a station broadcasts in a month: the occurrences of its sessions, blackouts cut out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from schedules.instants import from_ms, to_ms, wall_ms
from schedules.months import Month
from schedules.problem import Session, SessionException, Station

Piece = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A session on a date. Times are half-open and in milliseconds since the epoch, or aware by property.

    `start_ms` and `end_ms` are the scheduled bounds; `pieces` what blackouts leave of them, at least one.
    A slot lies within one piece; for maxima a session the pieces are one occurrence.
    """

    session: str
    date: date
    start_ms: int
    end_ms: int
    pieces: tuple[Piece, ...]
    relays: str | None
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return from_ms(self.start_ms, self.zone)

    @property
    def end(self) -> datetime:
        return from_ms(self.end_ms, self.zone)

    @property
    def piece_times(self) -> tuple[tuple[datetime, datetime], ...]:
        return tuple((from_ms(start, self.zone), from_ms(end, self.zone)) for start, end in self.pieces)

    def holds(self, start_ms: int, end_ms: int) -> bool:
        """Whether the span lies wholly within one piece."""
        return any(first <= start_ms and end_ms <= last for first, last in self.pieces)


def occurrences(station: Station, month: Month, zone: ZoneInfo) -> tuple[Occurrence, ...]:
    """All occurrences of the station's sessions on the month's dates, by start, then session id.

    An exception cancels or moves an occurrence that the weekday pattern has; one on another date is
    nothing. What a blackout covers wholly is no occurrence.
    """
    exceptions = {(exception.session, exception.date): exception for exception in station.exceptions}
    blackouts = sorted((to_ms(blackout.from_time), to_ms(blackout.to_time)) for blackout in station.blackouts)
    days = [(day, day.isoweekday()) for day in month.dates()]
    found = []
    for session in station.sessions:
        bounds = _minutes(session.start), _minutes(session.end)
        for day, weekday in days:
            if weekday not in session.weekdays or not _runs_on(session, day):
                continue
            exception = exceptions.get((session.id, day))
            held = bounds if exception is None else _moved(exception)
            if held is None:
                continue
            start, end = wall_ms(day, held[0], zone), wall_ms(day, held[1], zone)
            pieces = _cut(start, end, blackouts)
            if pieces:
                found.append(
                    Occurrence(
                        session=session.id,
                        date=day,
                        start_ms=start,
                        end_ms=end,
                        pieces=pieces,
                        relays=session.relays,
                        zone=zone,
                    )
                )
    found.sort(key=lambda occurrence: (occurrence.start_ms, occurrence.session))
    return tuple(found)


def _minutes(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def _runs_on(session: Session, day: date) -> bool:
    return (session.from_date is None or session.from_date <= day) and (
        session.to_date is None or day <= session.to_date
    )


def _moved(exception: SessionException) -> tuple[int, int] | None:
    if exception.start is None or exception.end is None:
        return None
    return _minutes(exception.start), _minutes(exception.end)


def _cut(start: int, end: int, blackouts: Iterable[Piece]) -> tuple[Piece, ...]:
    """What is left of a span; `blackouts` sorted by their start."""
    pieces = []
    for dark_from, dark_to in blackouts:
        if dark_to <= start or dark_from >= dark_to:
            continue
        if dark_from >= end:
            break
        if dark_from > start:
            pieces.append((start, dark_from))
        start = max(start, dark_to)
    if start < end:
        pieces.append((start, end))
    return tuple(pieces)
