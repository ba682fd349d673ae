"""The figures of a month for very many stations, in the quick way wherever it is enough: `schedules.quick_proof` on rows.

Stations are read one after the other, each with its part of the plan, of the files that it has and of what was said, so
that a country needs no more memory than a province.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.as_run import AsRun, Grade
from schedules.instants import to_ms
from schedules.proof import ProofVerdict
from schedules.quick_claims import Row
from schedules.quick_proof import QuickProof, quick_proof
from schedules.standing import standing
from schedules.station_plans import PlannedSlot, StationPlan, make_ready
from server.db.library import ProgrammeColumn, Rendition, Segment
from server.db.proof_rows import delivery_rows, entry_rows, instant_ms, item_rows, slot_rows
from server.db.registry import Station
from server.services.local_time import ZONE
from server.services.proof_ground import ProofGround
from server.services.rows import identity

_LOGGED = int(Grade.LOGGED)


class StationFigures(NamedTuple):
    """`verdicts` are without their evidence. `doubtful`: so many slots wait to be reviewed."""

    verdicts: Sequence[ProofVerdict]
    doubtful: int
    entries: int


def figures_of(session: Session, ground: ProofGround, stations: Iterable[Station]) -> dict[int, StationFigures]:
    """By station id. `ground` need not have read any station; what it has read is forgotten."""
    source = _Source(session, ground)
    wanted = sorted(stations, key=identity)
    return {identity(station): source.figures(station) for station in wanted}


class _Source:
    """All rows of the month, station by station in the order of their ids."""

    def __init__(self, session: Session, ground: ProofGround) -> None:
        self.ground = ground
        self.now_ms = to_ms(ground.at)
        database = session.connection()
        self._segments = dict(database.execute(select(col(Segment.id), col(Segment.code))).all())
        self._columns = dict(database.execute(select(col(ProgrammeColumn.id), col(ProgrammeColumn.code))).all())
        self._known = set(ground.codes.values())
        self._files: dict[str, list[str]] = {}
        for sha256, code in database.execute(
            select(col(Rendition.sha256), col(Segment.code)).join(
                Segment, col(Segment.audio_id) == col(Rendition.audio_id)
            )
        ):
            self._files.setdefault(sha256, []).append(code)
        self._slots = _ByStation(slot_rows(session, ground.plan_id))
        self._items = _ByStation(item_rows(session, ground.plan_id))
        self._delivered = _ByStation(delivery_rows(session, ground.at))
        self._said = _ByStation(entry_rows(session, str(ground.month), ground.at))

    def figures(self, station: Station) -> StationFigures:
        key = identity(station)
        ready, delivered = self._ready(station), self._delivered_to(key)
        rows = [
            (
                slot,
                segment,
                grade,
                aired,
                duration_ms,
                corrects,
                None if start is None else instant_ms(start),
                batch if grade == _LOGGED else 0,
            )
            for _, slot, segment, grade, aired, duration_ms, corrects, start, batch in self._said.of(key)
        ]
        quick = self._quick(ready, rows, delivered)
        if quick is None:
            self.ground.read(station)
            if any(row[5] is not None for row in rows):
                held = [each.statement for each in standing(self.ground.statements(station))]
                quick = self._quick(ready, [_row(each) for each in held], delivered)
        if quick is not None:
            return StationFigures(quick.verdicts, quick.doubtful, len(rows))
        reconciled, verdicts = self.ground.prove(station)
        return StationFigures(verdicts, len(reconciled.doubtful), len(rows))

    def _quick(self, ready: StationPlan, rows: Sequence[Row], delivered: Mapping[str, int]) -> QuickProof | None:
        return quick_proof(
            ready,
            rows,
            delivered=delivered,
            policy=self.ground.policy,
            now_ms=self.now_ms,
            tolerances=self.ground.tolerances,
        )

    def _ready(self, station: Station) -> StationPlan:
        index = self.ground.index
        code = self.ground.codes[identity(station)]
        view = index.stations[code]
        return make_ready(
            code,
            self._planned(identity(station)),
            rules=index.rules_of(view),
            month=self.ground.month,
            zone=ZONE,
            segments=index.segments,
            columns=index.columns,
            meant=index.meant_for(view),
            occurrences=index.occurrences_of(code),
        )

    def _planned(self, station: int) -> Iterator[PlannedSlot]:
        segments = self._segments
        items: dict[int, list[tuple[str, int, int]]] = {}
        for _, slot, segment, start_ms, duration_ms in self._items.of(station):
            items.setdefault(slot, []).append((segments[segment], start_ms, duration_ms))
        for _, slot, name, column, starts_at, length_ms, relayed_from in self._slots.of(station):
            yield PlannedSlot(
                name,
                self._columns[column],
                instant_ms(starts_at),
                length_ms,
                relayed_from in self._known,
                items.get(slot, ()),
            )

    def _delivered_to(self, station: int) -> dict[str, int]:
        """By segment: when the station first had a file of its recording."""
        found: dict[str, int] = {}
        for _, sha256, at in self._delivered.of(station):
            codes = self._files.get(sha256)
            if codes:
                at_ms = instant_ms(at)
                for code in codes:
                    found[code] = min(at_ms, found.get(code, at_ms))
        return found


class _ByStation:
    """Rows that come in the order of their first column, asked for in that order."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def of(self, station: int) -> list[tuple[Any, ...]]:
        while self._next is not None and self._next[0] < station:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != station:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


def _row(said: AsRun) -> Row:
    """Of a statement that stands, so it corrects nothing any more."""
    return said.slot, said.segment, int(said.grade), said.aired, said.duration_ms, None, said.start_ms, said.source
