"""A month of very many stations is closed in parts: each makes the figures of some stations as of one moment, the end
seals all of them in one short transaction. The figures are those that `closings.close_month` makes at that moment.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

from msgspec import Struct
from sqlalchemy import insert, literal
from sqlalchemy import select as select_columns  # of more than four
from sqlmodel import Session, col, func, select

from schedules.months import Month
from server.db.airing import AsRunEntry, ClosedFigure
from server.db.errands import ClosingDraft, Errand
from server.db.records import AuditEntry
from server.db.registry import Station
from server.services.closing_hashes import SEAL, entry_hashes, figure_hash
from server.services.closings import (
    figures_of_stations,
    latest_closing,
    moment_after,
    require_whole_history,
    seal_month,
)
from server.services.context import Context
from server.services.counting_policies import policy_of
from server.services.errand_refusals import GroundMoved
from server.services.proof_ground import ProofGround
from server.services.refusals import NoPlan
from server.services.rows import identity
from server.services.stations import stations_in
from server.services.stored_plans import published_of

_SAMPLE = "sample.loaded"
_STATION = ("station.blackout", "station.broken", "station.closed", "station.reopened", _SAMPLE)
# A recording comes into force, or ends being in force.
_SEGMENT = (
    *("segment.approved", "segment.released", "segment.kept", "segment.overruled", "segment.discarded"),
    *("segment.disputed", "segment.restored", "segment.withdrawn", "segment.pushed", "segment.cues_moved", _SAMPLE),
)
MOVED_BY: Mapping[str, tuple[str, ...]] = {
    "airtime_rule": (_SAMPLE,),
    "audio": _SEGMENT,
    "blackout": _STATION,
    "broadcast_session": (_SAMPLE,),
    "campaign": ("campaign.added", "campaign.changed", _SAMPLE),
    "month_closing": ("month.closed", "month.amended"),
    "programme_column": (_SAMPLE,),
    "segment": _SEGMENT,
    "session_exception": (_SAMPLE,),
    "station": _STATION,
    "station_state": _STATION,
    "topic": (_SAMPLE,),
    "unit_version": (_SAMPLE,),
}
"""What figures are made of, by its table, and which actions of the trail change it. A test finds the tables that are
neither here nor known not to move.
"""


class _Ready(Struct, frozen=True, kw_only=True):
    entries: int
    entries_hash: str
    figures: int
    figures_hash: str


class ClosingErrand:
    def look(self, context: Context, errand: Errand) -> None:  # noqa: ARG002 (of every kind)
        require_whole_history(context)

    def parts(self, session: Session, context: Context, errand: Errand, seen: None) -> list[list[int]]:  # noqa: ARG002 (of every kind)
        month = Month.parse(errand.about)
        # The writer's lock is held: no entry that is still to come was received before it.
        at = moment_after(context.clock(), latest_closing(session, month))
        there = [identity(station) for station in stations_in(session, month)]
        said = session.exec(select(AsRunEntry.station_id).where(AsRunEntry.month == errand.about).distinct()).all()
        # A station that the month has no more keeps what it said, and has no verdict.
        order = [*there, *sorted(set(said) - set(there))]
        errand.asked = {**errand.asked, "at": at.isoformat(), "ground": _ground(session, month), "order": order}
        by_id = sorted(order)
        # A fifth of what would be done at once: some two seconds of work.
        of_a_part = max(1, context.few_stations // 5)
        return [by_id[first : first + of_a_part] for first in range(0, len(by_id), of_a_part)]

    def part(self, context: Context, errand: Errand, asked: list[int]) -> list[ClosingDraft]:
        month, at = Month.parse(errand.about), _at(errand)
        place = {station: number for number, station in enumerate(_order(errand))}
        with context.database.read() as session:
            _require_ground(session, month, errand)
            stations = {identity(row): row for row in session.exec(select(Station).where(col(Station.id).in_(asked)))}
            wanted = set(asked)
            there = [row for row in stations_in(session, month) if identity(row) in wanted]
            gone = [row for key, row in stations.items() if key not in {identity(each) for each in there}]
            ground = ProofGround(session, month, at, only=there) if there else None
            entries = entry_hashes(session, str(month), at, stations=asked)
            return [
                ClosingDraft(
                    errand_id=errand.id,
                    place=place[figure.station_id],
                    station_id=figure.station_id,
                    rule=figure.rule,
                    station=figure.station,
                    station_name=figure.station_name,
                    figures=figure.figures,
                    hash=figure_hash(figure).hash,
                )
                for figure in figures_of_stations(ground, there, gone, entries)
            ]

    def keep(self, session: Session, errand: Errand, made: list[ClosingDraft]) -> None:  # noqa: ARG002 (of every kind)
        session.add_all(made)

    def ready(self, context: Context, errand: Errand) -> _Ready:
        with context.database.read() as session:
            drafts = (col(ClosingDraft.errand_id) == errand.id,)
            seals = session.exec(
                select(ClosingDraft.station_id, ClosingDraft.figures)
                .where(*drafts, ClosingDraft.rule == SEAL)
                .order_by(col(ClosingDraft.station_id))
            )
            entries = _Hash()
            for station, figures in seals:
                said: dict[str, str] = figures["entries"]
                for uid in sorted(said, key=str.encode):
                    entries.add([str(station), uid, said[uid]])
            hashes = session.exec(
                select(ClosingDraft.hash).where(*drafts).order_by(col(ClosingDraft.station_id), col(ClosingDraft.rule))
            )
            figures_hash = _Hash()
            for each in hashes:
                figures_hash.add(each)
            return _Ready(
                entries=entries.many,
                entries_hash=entries.end(),
                figures=figures_hash.many,
                figures_hash=figures_hash.end(),
            )

    def finish(self, session: Session, context: Context, errand: Errand, ready: _Ready) -> dict[str, object]:
        month = Month.parse(errand.about)
        _require_ground(session, month, errand)
        plan = published_of(session, month)
        if plan is None:
            raise NoPlan(month=str(month))
        closing = seal_month(
            session,
            context,
            month,
            as_of=_at(errand),
            revision=plan.number or 0,
            reason=str(errand.asked.get("reason", "")),
            entries=(ready.entries, ready.entries_hash),
            figures=(ready.figures, ready.figures_hash),
        )
        names = ("station_id", "rule", "station", "station_name", "figures")
        drafts = (
            select_columns(literal(identity(closing)), *(col(getattr(ClosingDraft, name)) for name in names))
            .where(col(ClosingDraft.errand_id) == errand.id)
            .order_by(col(ClosingDraft.place), col(ClosingDraft.id))
        )
        # From table to table: the figures of a country are no business of this process any more.
        session.connection().execute(insert(ClosedFigure).from_select(["closing_id", *names], drafts))
        return {"month": str(month), "number": closing.number}


class _Hash:
    """What `audit.hash_over` says of a list, without having all of it at once."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256(b"\n[")
        self.many = 0

    def add(self, value: object) -> None:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._sum.update((("," if self.many else "") + text).encode("utf-8", "surrogatepass"))
        self.many += 1

    def end(self) -> str:
        self._sum.update(b"]")
        return self._sum.hexdigest()


def _ground(session: Session, month: Month) -> list[object]:
    """What the figures stand on besides entries and files, which have their moments."""
    plan = published_of(session, month)
    moving = sorted(set(chain.from_iterable(MOVED_BY.values())))
    moved = session.exec(select(func.max(AuditEntry.id)).where(col(AuditEntry.action).in_(moving))).one()
    policy, tolerances = policy_of(session, month)
    return [None if plan is None else plan.id, moved, int(policy), repr(tolerances)]


def _require_ground(session: Session, month: Month, errand: Errand) -> None:
    """Raises GroundMoved."""
    if _ground(session, month) != errand.asked["ground"]:
        raise GroundMoved(kind="closing", about=errand.about)


def _at(errand: Errand) -> datetime:
    return datetime.fromisoformat(str(errand.asked["at"]))


def _order(errand: Errand) -> Sequence[int]:
    order: list[int] = errand.asked["order"]  # type: ignore[assignment]  # as `parts` made it
    return order
