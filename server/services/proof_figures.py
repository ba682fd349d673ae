"""The figures of a month for very many stations, in the quick way wherever it is enough: `schedules.quick_proof` on rows.

Stations are read one after the other, each with its part of the plan, of the files that it has and of what was said, so
that a country needs no more memory than a province.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.as_run import AsRun, Grade
from schedules.instants import to_ms
from schedules.quick_claims import QuickClaims, Row, quick_claims
from schedules.quick_proof import proof_of
from schedules.standing import standing
from schedules.station_plans import PlannedSlot, StationPlan, make_ready
from server.db.library import ProgrammeColumn, Rendition, Segment
from server.db.proof_rows import (
    delivery_rows,
    delivery_states,
    entry_rows,
    entry_states,
    instant_ms,
    instant_text,
    instants_ms,
    item_rows,
    said_rows,
    slot_rows,
)
from server.db.registry import Station
from server.services.kept_proofs import (
    KeptClaims,
    KeptFigures,
    KeptFiles,
    KeptMonth,
    KeptProofs,
    StationFigures,
)
from server.services.local_time import ZONE
from server.services.proof_ground import ProofGround
from server.services.rows import identity

_CORRECTS = 6  # in a `schedules.quick_claims.Row`
_JUDGED = 2  # in `said_rows`
_NOTHING = (0, 0)
_NEVER = 2**63


def figures_of(
    session: Session, ground: ProofGround, stations: Iterable[Station], kept: KeptProofs, *, few: int = 20
) -> dict[int, StationFigures]:
    """By station id. `ground` need not have read any station; what it has read is forgotten.

    Up to `few` stations that are not known yet are read one by one; of more it is quicker to read them all.
    """
    wanted = sorted(stations, key=identity)
    source = _Source(session, ground, wanted, kept, few)
    return {identity(station): source.figures(station) for station in wanted}


class _Source:
    """All rows of the month that are not known yet, station by station in the order of their ids."""

    def __init__(
        self, session: Session, ground: ProofGround, wanted: Sequence[Station], kept: KeptProofs, few: int
    ) -> None:
        self._session, self._ground = session, ground
        self._known = set(ground.codes.values())
        database = session.connection()
        self._segments = dict(database.execute(select(col(Segment.id), col(Segment.code))).all())
        self._columns = dict(database.execute(select(col(ProgrammeColumn.id), col(ProgrammeColumn.code))).all())
        self._files = _segments_of_files(session)
        rests_on = (
            ground.plan_id,
            ground.codes,
            ground.tolerances,
            self._segments,
            self._columns,
            self._files,
            replace(ground.index.instance, now=ground.month.bounds(ZONE)[0]),
        )
        month = str(ground.month)
        self._first, self._end = (instant_text(bound) for bound in ground.month.bounds(ZONE))
        self._kept = kept.month(month, rests_on, stations=len(ground.codes)) or KeptMonth(source=None)
        self._keeps = self._kept.source is not None
        self._minute = ground.at.replace(second=0, microsecond=0)
        self._said_states = entry_states(session, month) if self._keeps else {}
        self._file_states = delivery_states(session) if self._keeps else {}
        one_by_one = sum(not self._is_known(identity(station)) for station in wanted) <= few
        self._slots = _ByStation(lambda one: slot_rows(session, ground.plan_id, one), one_by_one=one_by_one)
        self._items = _ByStation(lambda one: item_rows(session, ground.plan_id, one), one_by_one=one_by_one)
        self._delivered = _ByStation(lambda one: delivery_rows(session, ground.at, one), one_by_one=one_by_one)
        self._said = _ByStation(lambda one: entry_rows(session, month, ground.at, one), one_by_one=one_by_one)

    def figures(self, station: Station) -> StationFigures:
        key = identity(station)
        known = self._known_figures(key)
        if known is not None:
            return known
        found = self._figures(station, key)
        claims, files = self._kept.claims.get(key), self._kept.files.get(key)
        if claims is not None and files is not None and self._keeps:
            self._kept.figures[key] = KeptFigures(self._minute, self._ground.policy, claims, files, found)
        return found

    def _known_figures(self, key: int) -> StationFigures | None:
        """Where nothing more was said or delivered in the same minute."""
        kept = self._kept.figures.get(key)
        if kept is None or (kept.minute, kept.policy) != (self._minute, self._ground.policy):
            return None
        same = kept.claims is self._known_claims(key) and kept.files is self._known_files(key)
        return kept.figures if same else None

    def _figures(self, station: Station, key: int) -> StationFigures:
        ready, delivered = self._ready(key), self._delivered_to(key)
        entries, claims = self._claims(key, ready)
        quick = None
        if claims is not None:
            quick = proof_of(
                ready,
                claims,
                delivered=delivered,
                policy=self._ground.policy,
                now_ms=to_ms(self._ground.at),
                tolerances=self._ground.tolerances,
            )
        if quick is None:
            self._ground.read(station)
            reconciled, verdicts = self._ground.prove(station)
            beside = bool(reconciled.extras) or any(slot.substitutes for slot in reconciled.slots)
            return StationFigures(verdicts, len(reconciled.doubtful), entries, bool(reconciled.doubtful) or beside)
        return StationFigures(quick.verdicts, quick.doubtful, entries, bool(quick.doubtful) or quick.beside)

    def _is_known(self, station: int) -> bool:
        return station in self._kept.plans and self._known_claims(station) is not None

    def _known_claims(self, station: int) -> KeptClaims | None:
        found = self._kept.claims.get(station)
        state = self._said_states.get(station, _NOTHING)
        return found if found is not None and found.state == state and found.at <= self._ground.at else None

    def _known_files(self, station: int) -> KeptFiles | None:
        found = self._kept.files.get(station)
        state = self._file_states.get(station, _NOTHING)
        return found if found is not None and found.state == state and found.at <= self._ground.at else None

    def _claims(self, key: int, ready: StationPlan) -> tuple[int, QuickClaims | None]:
        """How many entries there are, and what they show; None: they have to be looked at beside each other."""
        known = self._known_claims(key)
        if known is not None:
            return known.state[0], known.claims
        tolerances = self._ground.tolerances
        rows = self._said.of(key)
        claims = quick_claims(ready, rows, instants_ms([row[-1] for row in rows]), tolerances)
        if claims is None and any(row[_CORRECTS] is not None for row in rows):
            held = self._standing(key)
            claims = None if held is None else quick_claims(ready, *held, tolerances)
        if claims is not None and any(map(self._is_of_another_month, rows)):
            claims = None
        state = self._said_states.get(key, _NOTHING)
        if self._keeps and state[0] == len(rows):
            self._kept.claims[key] = KeptClaims(state, self._ground.at, claims)
        return len(rows), claims

    def _is_of_another_month(self, row: tuple[Any, ...]) -> bool:
        """By its device's clock, of which more may be known there: `server.services.month_edges`."""
        _, slot, _, _, _, _, _, batch, start = row
        return slot is None and batch and start is not None and not self._first <= start < self._end

    def _standing(self, station: int) -> tuple[list[Row], list[int | None]] | None:
        """What holds of the station's statements, none of which corrects anything any more, and their starts.

        None: somebody judged, and what holds depends on more.
        """
        month, at = str(self._ground.month), self._ground.at
        found = list(said_rows(self._session, month, at, station))
        if any(row[_JUDGED] for row in found):
            return None
        said = [
            AsRun(
                uid=uid,
                station="",
                made_at_ms=instant_ms(made_at),
                slot=slot,
                segment=segment,
                grade=Grade(grade),
                aired=bool(aired),
                duration_ms=duration_ms,
                corrects=corrects,
                start_ms=None if start is None else instant_ms(start),
                source=str(batch or ""),
            )
            for uid, made_at, _, slot, segment, grade, aired, duration_ms, corrects, batch, start in found
        ]
        held = [each.statement for each in standing(said)]
        rows: list[Row] = [
            (station, each.slot, each.segment, int(each.grade), each.aired, each.duration_ms, None, each.source, None)
            for each in held
        ]
        return rows, [each.start_ms for each in held]

    def _ready(self, station: int) -> StationPlan:
        known = self._kept.plans.get(station)
        if known is not None:
            return known
        index = self._ground.index
        code = self._ground.codes[station]
        view = index.stations[code]
        made = make_ready(
            code,
            self._planned(station),
            rules=index.rules_of(view),
            month=self._ground.month,
            zone=ZONE,
            segments=index.segments,
            columns=index.columns,
            meant=index.meant_for(view),
            occurrences=index.occurrences_of(code),
        )
        if self._keeps:
            self._kept.plans[station] = made
        return made

    def _planned(self, station: int) -> Iterator[PlannedSlot]:
        items = self._items.of(station)
        items.sort()
        segments = self._segments
        of_slot = {slot: list(rows) for slot, rows in groupby(items, key=itemgetter(1))}
        for _, slot, name, column, starts_at, length_ms, relayed_from in self._slots.of(station):
            own = of_slot.get(slot, ())
            yield PlannedSlot(
                instant_ms(starts_at),
                relayed_from in self._known,
                name,
                self._columns[column],
                length_ms,
                [segments[row[3]] for row in own],
                [row[4] for row in own],
                [row[5] for row in own],
            )

    def _delivered_to(self, station: int) -> Mapping[str, int]:
        """By segment: when the station first had a file of its recording."""
        known = self._known_files(station)
        if known is not None:
            return known.delivered
        state = self._file_states.get(station, _NOTHING)
        found: dict[str, int] = {}
        rows = self._delivered.of(station)
        for (_, sha256, _), at_ms in zip(rows, instants_ms([row[2] for row in rows]), strict=True):
            for code in self._files.get(sha256, ()):
                if at_ms is not None and at_ms < found.get(code, _NEVER):
                    found[code] = at_ms
        if self._keeps and state[0] == len(rows):
            self._kept.files[station] = KeptFiles(state, self._ground.at, found)
        return found


class _ByStation:
    """Rows that come in the order of their first column, asked for in that order; `one_by_one`: each is read when it is."""

    def __init__(self, read: Callable[[int | None], Iterator[tuple[Any, ...]]], *, one_by_one: bool) -> None:
        self._read = read
        self._groups = iter(()) if one_by_one else groupby(read(None), key=itemgetter(0))
        self._one_by_one = one_by_one
        self._next = next(self._groups, None)

    def of(self, station: int) -> list[tuple[Any, ...]]:
        if self._one_by_one:
            return list(self._read(station))
        while self._next is not None and self._next[0] < station:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != station:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


def _segments_of_files(session: Session) -> dict[str, list[str]]:
    rows = session.connection().execute(
        select(col(Rendition.sha256), col(Segment.code))
        .join(Segment, col(Segment.audio_id) == col(Rendition.audio_id))
        .order_by(col(Segment.id))
    )
    found: dict[str, list[str]] = {}
    for sha256, code in rows:
        found.setdefault(sha256, []).append(code)
    return found
