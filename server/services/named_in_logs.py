"""What the lines of a log name, looked up once for all of them: of a province's table as of a station's one statement."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.logs.identity import uid_of
from schedules.logs.lines import LogLine
from server.db.airing import AsRunEntry
from server.db.library import Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot
from server.db.registry import Station
from server.services.rows import MANY, among, identity


class NamedInLog:
    """Writers wait for it, so it reads no more than is named. `station`: whose log it is, where lines do not say."""

    def __init__(self, session: Session, lines: Sequence[LogLine], *, source: str, station: str | None) -> None:
        self._session = session
        codes, uids = set[str](), {line.corrects for line in lines if line.corrects is not None}
        for line in lines:
            code = line.station or station
            if code is not None:
                codes.add(code)
                uids.add(uid_of(code, line, source))
        if station is not None:
            codes.add(station)
        segments = {line.segment for line in lines if line.segment is not None}
        self.titles = dict(
            session.connection()
            .execute(select(col(Segment.code), col(Segment.title)).where(among(col(Segment.code), segments)))
            .all()
        )
        self._stations = self._called(codes)
        keys = sorted(identity(row) for rows in self._stations.values() for row in rows)
        self._slots = self._starts(keys, {line.slot for line in lines if line.slot is not None})
        self._uids = self._said(keys, uids)

    def called(self, code: str) -> list[Station]:
        """All that ever had the code, the latest first."""
        return self._stations.get(code, [])

    def slot_starts(self, station_id: int) -> dict[str, datetime]:
        """Of what lines name, every slot that was ever published for the station, by key; the latest revision's start."""
        return self._slots.get(station_id, {})

    def uids(self, station_id: int) -> set[str]:
        """Of what lines say or correct, the uids of what the station has said; to be added to."""
        return self._uids.setdefault(station_id, set())

    def _called(self, codes: set[str]) -> dict[str, list[Station]]:
        found: dict[str, list[Station]] = {}
        for row in self._session.scalars(select(Station).where(among(col(Station.code), codes))):
            found.setdefault(row.code, []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: row.valid_from or date.min, reverse=True)
        return {code: rows for code, rows in found.items() if code in codes}

    def _starts(self, stations: Sequence[int], slots: set[str]) -> dict[int, dict[str, datetime]]:
        found: dict[int, dict[str, datetime]] = {}
        for some in _parts(stations if slots else ()):
            rows = self._session.connection().execute(
                select(col(MonthPlan.station_id), col(Slot.key), col(Slot.starts_at))
                .join(MonthPlan, col(MonthPlan.id) == col(Slot.month_plan_id))
                .join(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
                .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
                .where(col(MonthPlan.station_id).in_(some), col(PlanRevision.status) == "published")
                .where(among(col(Slot.key), slots))
                .order_by(col(PlanRevision.month), col(PlanRevision.number))
            )
            for station, key, starts_at in rows:
                found.setdefault(station, {})[key] = starts_at
        return found

    def _said(self, stations: Sequence[int], uids: set[str]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for some in _parts(stations):
            rows = self._session.connection().execute(
                select(col(AsRunEntry.station_id), col(AsRunEntry.uid)).where(
                    col(AsRunEntry.station_id).in_(some), among(col(AsRunEntry.uid), uids)
                )
            )
            for station, uid in rows:
                found.setdefault(station, set()).add(uid)
        return found


def _parts(keys: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(keys)
    while some := list(islice(rest, MANY)):
        yield some
