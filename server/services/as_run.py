"""What stations say they aired: taken in line by line, kept for ever, never twice."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import func, insert, select
from sqlmodel import Session, col

from schedules.as_run import AsRun, Grade
from schedules.instants import to_ms
from schedules.logs.identity import uid_of, uid_of_external
from schedules.logs.lines import LogLine
from schedules.months import InvalidMonth, Month
from server.db.airing import AsRunBatch, AsRunEntry, MonthClosing
from server.db.registry import Station
from server.services.airing_refusals import (
    LogTooLong,
    NothingSaid,
    NotYet,
    OtherStation,
    ReasonMissing,
    SlotNotPublished,
    StationMissing,
    TooLongAgo,
)
from server.services.audit import record
from server.services.context import Context
from server.services.errands import months_being_closed
from server.services.local_time import ZONE, local_today
from server.services.month_edges import months_at_edges
from server.services.named_in_logs import NamedInLog
from server.services.refusals import ServiceRefusal, UnknownStation
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import station_ids
from server.services.stations import holds

MOST_LINES = 20_000
# A device whose clock is a day wrong is still believed about the rest; see `schedules.reconciling`.
_DEVICE_AHEAD = timedelta(days=2)
_PERSON_AHEAD = timedelta(minutes=10)
_LONGEST_AGO = timedelta(days=800)

# What a person wrote down, and what the machine that played it did, where that sends it itself.
GRADE_OF = {
    "page": Grade.REPORTED,
    "paper": Grade.REPORTED,
    "csv": Grade.REPORTED,
    "xlsx": Grade.REPORTED,
    "api": Grade.LOGGED,
    "source_system": Grade.LOGGED,
    "liquidsoap": Grade.LOGGED,
    "mpd": Grade.LOGGED,
    "recording": Grade.HEARD,
    "judgement": Grade.REPORTED,  # that of what it accepts, in each line
}


class Said(LogLine, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a log; of what a recording shows, also the times between which it was listened to.

    `judged_as`: it is a decision on what is doubtful as it was known at `seen_at`, of the grade of what it accepts.
    """

    covers_from: datetime | None = None
    covers_to: datetime | None = None
    judged_as: Grade | None = None
    seen_at: datetime | None = None


class LineOutcome(Struct, frozen=True, kw_only=True):
    """`outcome`: new, known (said before, word for word), or refused (then `refusal` says why)."""

    line: int
    outcome: str
    entry: str | None = None
    station: str | None = None
    month: str | None = None
    amends: bool = False
    refusal: ServiceRefusal | None = None


class BatchOutcome(Struct, frozen=True, kw_only=True):
    """`batch` None: nothing was new, or it was a dry run."""

    batch: int | None
    source: str
    dry_run: bool
    lines: list[LineOutcome]

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)


def say(
    context: Context,
    lines: Sequence[Said],
    *,
    source: str,
    station: str | None = None,
    name: str = "",
    content: bytes | None = None,
    dry_run: bool = False,
    faults: Sequence[LineOutcome] = (),
    recording_id: int | None = None,
) -> BatchOutcome:
    """Each line is taken or refused by itself; all that are taken are kept in one transaction, with one audit entry.

    `station` is whose log it is; `faults` are lines that could not even be read. A month that is closed still takes
    entries: they amend it. Raises LogTooLong; UnknownStation where `station` is nobody's code.
    """
    if len(lines) + len(faults) > MOST_LINES:
        raise LogTooLong(lines=len(lines) + len(faults), most=MOST_LINES)
    if dry_run:
        with context.database.read() as session:
            return _taken(_Intake(context, session, source, station, lines), lines, faults, dry_run=True)
    with context.database.write() as session:
        intake = _Intake(context, session, source, station, lines)
        outcome = _taken(intake, lines, faults, dry_run=False)
        if not intake.rows:
            return outcome
        batch = AsRunBatch(
            source=source,
            sha256=hashlib.sha256(content if content is not None else msgspec.json.encode(lines)).hexdigest(),
            name=name,
            said_by=context.who.name,
            received_at=intake.now,
            lines=len(outcome.lines),
            new=len(intake.rows),
        )
        session.add(batch)
        session.flush()
        session.connection().execute(
            insert(AsRunEntry),
            [{**row, "batch_id": identity(batch), "recording_id": recording_id} for row in intake.rows],
        )
        stations = sorted({line.station for line in outcome.lines if line.outcome == "new" and line.station})
        record(
            session,
            context,
            at=intake.now,
            action="airing.said",
            subject=stations[0] if len(stations) == 1 else "*",
            source=source,
            name=name,
            batch=identity(batch),
            new=len(intake.rows),
            refused=outcome.count("refused"),
            stations=stations[:50],
            entries=[str(row["uid"]) for row in intake.rows[:50]],
            amends=any(bool(row["amends"]) for row in intake.rows),
        )
        return BatchOutcome(batch=identity(batch), source=source, dry_run=False, lines=outcome.lines)


class _Intake:
    """What lines are held against, looked up once for all of them: writers wait for it, so it is no more than they name."""

    def __init__(
        self, context: Context, session: Session, source: str, station: str | None, lines: Sequence[Said]
    ) -> None:
        self.context, self.session, self.source, self.station = context, session, source, station
        # A device speaks with a token or key of its own; a log that a person sends is still a person's word.
        by_person = GRADE_OF[source] is Grade.LOGGED and context.who.kind not in {"station", "key"}
        self.grade = Grade.REPORTED if by_person else GRADE_OF[source]
        database = session.connection()
        # Looked at when the writer's lock is held: what waits for a month's closing is received after it.
        self.now = context.clock()
        self.reached = station_ids(session, context.who, _right_for(source), local_today(context))
        self.named = NamedInLog(session, lines, source=source, station=station)
        closed = select(col(MonthClosing.month), func.max(col(MonthClosing.as_of))).group_by(col(MonthClosing.month))
        # That of one under way is later than any before it of the month.
        self.sealed: dict[str, datetime] = {**dict(database.execute(closed).all()), **months_being_closed(session)}
        self.rows: list[dict[str, object]] = []
        self._edges: dict[str, Month] = {}
        if station is not None and not self.named.called(station):
            raise UnknownStation(station=station)

    def look_at_edges(self, lines: Sequence[Said]) -> None:
        """Around midnight between two months a line is of the month of what it speaks of: of all lines together."""
        of_stations: dict[int, list[AsRun]] = {}
        for said in lines:
            code = said.station or self.station
            try:
                self._require_sane(said.starts_at)
                if code is not None and (said.slot is not None or said.starts_at is not None):
                    statement = self._statement(uid_of(code, said, self.source), said)
                    of_stations.setdefault(identity(self._station(code, said)), []).append(statement)
            except ServiceRefusal:
                continue  # told when the line is taken
        now = Month.of(self.now.astimezone(ZONE))
        for station_id, statements in of_stations.items():
            self._edges |= months_at_edges(self.session, station_id, statements, now)

    def _statement(self, uid: str, said: Said) -> AsRun:
        return AsRun(
            uid=uid,
            station="",
            grade=self.grade,
            made_at_ms=to_ms(self.now),
            slot=said.slot,
            segment=said.segment,
            start_ms=to_ms(said.starts_at) if said.starts_at is not None else None,
            source=self.source if self.grade is Grade.LOGGED else "",
        )

    def take(self, said: Said) -> LineOutcome:
        try:
            return self._take(said)
        except ServiceRefusal as refusal:
            return LineOutcome(line=said.line, outcome="refused", station=said.station, refusal=refusal)

    def _take(self, said: Said) -> LineOutcome:
        code = said.station or self.station
        if code is None:
            raise StationMissing
        if self.station is not None and code != self.station:
            raise OtherStation(station=code)
        if said.slot is None and said.starts_at is None:
            raise NothingSaid
        if (not said.aired or said.corrects) and not said.reason.strip():
            raise ReasonMissing
        self._require_sane(said.starts_at)
        station = self._station(code, said)
        key = identity(station)
        if self.reached is not None and key not in self.reached:
            raise OtherStation(station=code)
        uid = uid_of(code, said, self.source)
        month = self._edges.get(uid) or self._month_of(station, said)
        amends = str(month) in self.sealed
        if uid in self.named.uids(key):
            return LineOutcome(line=said.line, outcome="known", entry=uid, station=code, month=str(month))
        self.named.uids(key).add(uid)
        self.rows.append(
            {
                "uid": uid,
                "station_id": key,
                "month": str(month),
                "grade": int(self.grade if said.judged_as is None else said.judged_as),
                "aired": said.aired,
                "slot": said.slot,
                "segment": said.segment,
                "title": said.title or self.named.titles.get(said.segment or "", ""),
                "starts_at": said.starts_at,
                "duration_ms": said.duration_ms,
                "reason": said.reason.strip(),
                "corrects": self._corrected(key, code, said.corrects),
                "made_at": said.seen_at or self.now,
                "received_at": self._received(str(month)),
                "said_by": self.context.who.name,
                "covers_from": said.covers_from,
                "covers_to": said.covers_to,
                "amends": amends,
                "judged": said.judged_as is not None,
            }
        )
        return LineOutcome(line=said.line, outcome="new", entry=uid, station=code, month=str(month), amends=amends)

    def _received(self, month: str) -> datetime:
        """After what the month's closings stand on, also where the clock was put back since: else it would seem to have
        been there already, and taken out of what was sealed.
        """
        sealed = self.sealed.get(month)
        return self.now if sealed is None else max(self.now, sealed + timedelta(microseconds=1))

    def _require_sane(self, starts_at: datetime | None) -> None:
        if starts_at is None:
            return
        # A judgement may be of what a device with a wrong clock said.
        by_hand = self.grade is Grade.REPORTED and self.source != "judgement"
        ahead = _PERSON_AHEAD if by_hand else _DEVICE_AHEAD
        if starts_at > self.now + ahead:
            raise NotYet(starts_at=starts_at.isoformat(), now=self.now.astimezone(ZONE).isoformat())
        if starts_at < self.now - _LONGEST_AGO:
            raise TooLongAgo(starts_at=starts_at.isoformat())

    def _station(self, code: str, said: Said) -> Station:
        """Codes change hands: the station is the one that had the code then, or was given the slot.

        So what a station aired in its last month can still be typed when it is gone.
        """
        called = self.named.called(code)
        if said.starts_at is not None:
            day = said.starts_at.astimezone(ZONE).date()
            there = [row for row in called if holds(row.valid_from, row.valid_to, day)]
        else:
            there = [row for row in called if said.slot in self.named.slot_starts(identity(row))] or called
        if not there:
            month = Month.of(said.starts_at.astimezone(ZONE)) if said.starts_at is not None else None
            raise UnknownStation(station=code, month=str(month) if month else None)
        return there[0]

    def _month_of(self, station: Station, said: Said) -> Month:
        """That of the slot that it speaks of, which must have been published for the station; else of its start."""
        if said.slot is not None:
            starts = self.named.slot_starts(identity(station)).get(said.slot)
            if starts is None:
                raise SlotNotPublished(slot=said.slot, station=station.code)
            # A device may be ahead of our clock a little; until the slot begins it counts nothing.
            ahead = timedelta(0) if self.grade is Grade.REPORTED else _PERSON_AHEAD
            if said.aired and starts > self.now + ahead:
                raise NotYet(starts_at=starts.astimezone(ZONE).isoformat(), now=self.now.astimezone(ZONE).isoformat())
            return Month.of(starts.astimezone(ZONE))
        assert said.starts_at is not None  # noqa: S101 (asked above)
        try:
            return Month.of(said.starts_at.astimezone(ZONE))
        except InvalidMonth as error:
            raise TooLongAgo(starts_at=said.starts_at.isoformat()) from error

    def _corrected(self, station_id: int, station: str, named: str | None) -> str | None:
        """The uid itself, or what a sender calls its line; that may be on its way still."""
        if named is None or named in self.named.uids(station_id):
            return named
        return uid_of_external(station, named, self.source)


def _right_for(source: str) -> Right:
    return Right.AIRED_JUDGE if source == "judgement" else Right.AIRED_SAY


def _taken(intake: _Intake, lines: Sequence[Said], faults: Sequence[LineOutcome], *, dry_run: bool) -> BatchOutcome:
    intake.look_at_edges(lines)
    outcomes = [*faults, *(intake.take(each) for each in lines)]
    return BatchOutcome(
        batch=None, source=intake.source, dry_run=dry_run, lines=sorted(outcomes, key=lambda each: each.line)
    )
