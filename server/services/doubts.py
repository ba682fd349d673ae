"""The review queue: airings about which what was said leaves a doubt. See `server.services.judging` for decisions."""

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import func, select
from sqlmodel import Session, col

from schedules.airing_reasons import AiringReason, SomethingElse
from schedules.airing_results import Extra, ItemResult, SlotResult, Substitute
from schedules.as_run import Grade
from schedules.instants import from_ms
from schedules.matching import Said as Placed
from schedules.months import Month
from server.db.airing import AsRunBatch, AsRunEntry, Recording, RecordingMatch
from server.db.registry import Station
from server.services.board_views import Board
from server.services.boards import month_board
from server.services.context import Context
from server.services.doubt_views import DoubtStatementView, DoubtsView, DoubtView, UnheardView
from server.services.listing import touches
from server.services.local_time import ZONE, day_in, local_today
from server.services.proof_ground import ProofGround
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.statements import EntryRow
from server.services.stations import find_station, station_views

SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Of one thing: an item of `slot`, something beside its items, or (`slot` None) a statement without a slot.

    `deciding`: the uids by which it counts what it counts now.
    """

    kind: str
    slot: SlotResult | None
    item: ItemResult | None
    segment: str | None
    title: str
    planned_ms: int
    counted_ms: int
    stake_ms: int
    deciding: tuple[str, ...]
    reasons: tuple[AiringReason, ...]
    saids: tuple[Placed, ...]

    @property
    def id(self) -> str:
        """Also over what was said, so that nobody decides on what they have not seen."""
        place = [self.slot.slot.id if self.slot else None, self.item.position if self.item else None]
        uids = sorted(said.statement.uid for said in self.saids)
        return hashlib.sha256(msgspec.json.encode([self.kind, place, uids])).hexdigest()[:24]


def doubts(context: Context, month: Month, *, station: str | None = None) -> DoubtsView:
    """Of all stations that who asks may judge, or of one of them. Raises NoPlan, NoStations, UnknownStation."""
    at = context.clock()
    reached = reached_stations(context, Right.AIRED_JUDGE)
    board = month_board(context, month, aired=True, right=Right.AIRED_JUDGE) if station is None else None
    with context.database.read() as session:
        names: dict[int, tuple[str, str]] = {}
        apart: dict[int, tuple[int, ...]] = {}
        heard_of: set[int] = set()
        if board is None:
            there = [find_station(session, station or "", month)]
        else:
            names = {row.station.id: (row.station.code, row.station.name) for row in board.rows}
            heard_of = _said_since(session, month, board)
            there = [row for row in _waiting(session, month, board, heard_of) if _reaches(reached, row)]
            apart = _known(there, board, heard_of)
            there = [row for row in there if identity(row) not in apart]
        ground = ProofGround(session, month, at, only=there) if there else None
        rows = [row for row in there if _reaches(reached, row)]
        views = station_views(
            session, [row for row in rows if identity(row) not in names], day_in(month, local_today(context))
        )
        names |= {view.id: (view.code, view.name) for view in views}
        said = ground.entries if ground is not None else {}
        found = []
        for row in rows:
            key = identity(row)
            own = list(doubts_of(ground, row)) if ground is not None and key in said else []
            found += [(each, *names[key], key) for each in own]
            if board is not None and key not in heard_of:
                board.stakes[key] = tuple(each.stake_ms for each in own)
        found.sort(key=lambda each: (-each[0].stake_ms, each[1], _start_ms(each[0]), each[0].id))
        listed = found[:SHOWN]
        entries = {(key, entry.uid): entry for key in {each[3] for each in listed} for entry in said[key]}
        sources = _sources(session, entries.values())
        return DoubtsView(
            month=str(month),
            as_of=at,
            total=len(found) + sum(map(len, apart.values())),
            stake_ms=sum(each[0].stake_ms for each in found) + sum(map(sum, apart.values())),
            doubts=[
                _view(each, code, name, {uid: row for (of, uid), row in entries.items() if of == key}, sources)
                for each, code, name, key in listed
            ],
            recordings=_unheard(session, month, names),
            sample=any(view.sample for view in (views if board is None else [row.station for row in board.rows])),
        )


def _reaches(reached: Container[int] | None, row: Station) -> bool:
    return reached is None or identity(row) in reached


def _said_since(session: Session, month: Month, board: Board) -> set[int]:
    """The stations of which anything was said since the board was made."""
    said = select(col(AsRunEntry.station_id)).where(
        col(AsRunEntry.month) == str(month), col(AsRunEntry.id) > board.until_entry
    )
    return set(session.scalars(said.distinct()))


def _waiting(session: Session, month: Month, board: Board, heard_of: set[int]) -> list[Station]:
    """Where something may wait; nobody else has to be looked at."""
    wanted = {row.station.id for row in board.rows if row.waits} | heard_of
    there = touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date)
    return list(session.scalars(select(Station).where(col(Station.id).in_(wanted), there)))


def _known(rows: Iterable[Station], board: Board, heard_of: set[int]) -> dict[int, tuple[int, ...]]:
    """What is at stake at stations whose doubts are known, and none of them among those that are shown."""
    known = {
        identity(row): (row.code, stakes)
        for row in rows
        if identity(row) not in heard_of and (stakes := board.stakes.get(identity(row))) is not None
    }
    greatest = sorted((-ms, code, key) for key, (code, stakes) in known.items() for ms in stakes)[:SHOWN]
    shown = {key for *_, key in greatest}
    return {key: stakes for key, (_code, stakes) in known.items() if key not in shown}


def doubts_of(ground: ProofGround, station: Station) -> Iterator[Doubt]:
    """A title that is no segment's, and what was aired beside the plan, are looked at by somebody too."""
    reconciled = ground.reconciled(station)
    judged = {row.uid for row in ground.entries.get(identity(station), ()) if row.judged}
    for slot in reconciled.slots:
        for item in slot.items:
            reasons = tuple(reason for reason in item.why if reason in slot.doubtful)
            if reasons:
                yield _of_item(ground, slot, item, reasons)
        for each in slot.substitutes:
            reasons = tuple(
                reason
                for reason in each.why
                if reason in slot.doubtful
                or (isinstance(reason, SomethingElse) and reason.segment is None and not judged.issuperset(reason.uids))
            )
            if reasons:
                yield _of_substitute(ground, slot, each, reasons)
    for extra in reconciled.extras:
        if extra.doubtful or (extra.statement.aired and not extra.statement.judged):
            yield _of_extra(ground, extra)


def _of_item(ground: ProofGround, slot: SlotResult, item: ItemResult, reasons: tuple[AiringReason, ...]) -> Doubt:
    return Doubt(
        kind="item",
        slot=slot,
        item=item,
        segment=item.item.segment,
        title=ground.titles.get(item.item.segment, item.item.segment),
        planned_ms=item.shown.planned_ms,
        counted_ms=item.shown.counted_ms(ground.policy),
        stake_ms=max((said.ms for said in item.saids), default=0),
        deciding=item.shown.uids,
        reasons=reasons,
        saids=item.saids,
    )


def _of_substitute(ground: ProofGround, slot: SlotResult, each: Substitute, reasons: tuple[AiringReason, ...]) -> Doubt:
    left_ms = slot.planned_ms - sum(item.shown.decided_ms for item in slot.items)
    most_ms = max((said.ms for said in each.saids), default=0)
    return Doubt(
        kind="substitute",
        slot=slot,
        item=None,
        segment=each.segment,
        title=_title(ground, each.segment, each.title, each.saids),
        planned_ms=0,
        counted_ms=each.shown.counted_ms(ground.policy) if each.counts else 0,
        stake_ms=max(0, left_ms) if each.segment is None else min(most_ms, max(0, left_ms) + each.shown.decided_ms),
        deciding=each.shown.uids,
        reasons=reasons,
        saids=each.saids,
    )


def _of_extra(ground: ProofGround, extra: Extra) -> Doubt:
    segment = ground.index.segments.get(extra.statement.segment or "")
    whole_ms = segment.duration_ms if segment is not None else 0
    return Doubt(
        kind="extra",
        slot=None,
        item=None,
        segment=extra.statement.segment,
        title=_title(ground, extra.statement.segment, extra.statement.title, (extra.said,)),
        planned_ms=0,
        counted_ms=0,
        stake_ms=whole_ms if extra.statement.duration_ms is None else extra.statement.duration_ms,
        deciding=(extra.statement.uid,),
        reasons=extra.why,
        saids=(extra.said,),
    )


def _title(ground: ProofGround, segment: str | None, title: str, saids: Sequence[Placed]) -> str:
    said = next((each.statement.title for each in saids if each.statement.title), "")
    return title or ground.titles.get(segment or "", "") or said or segment or ""


def _start_ms(doubt: Doubt) -> int:
    if doubt.item is not None:
        return doubt.item.start_ms
    starts = [said.start_ms for said in doubt.saids if said.start_ms is not None]
    return min(starts, default=doubt.slot.start_ms if doubt.slot is not None else 0)


def _view(doubt: Doubt, code: str, name: str, entries: dict[str, EntryRow], sources: dict[int, str]) -> DoubtView:
    start_ms = _start_ms(doubt)
    return DoubtView(
        id=doubt.id,
        station=code,
        station_name=name,
        kind=doubt.kind,
        slot=doubt.slot.slot.id if doubt.slot is not None else None,
        starts_at=from_ms(start_ms, ZONE) if start_ms else None,
        segment=doubt.segment,
        title=doubt.title,
        planned_ms=doubt.planned_ms,
        counted_ms=doubt.counted_ms,
        stake_ms=doubt.stake_ms,
        reasons=[{"code": reason.code, **reason.facts} for reason in doubt.reasons],
        statements=[
            _statement_view(said, entries[said.statement.uid], sources, doubt.deciding)
            for said in sorted(doubt.saids, key=lambda said: (-said.statement.grade, said.statement.uid))
        ],
    )


def _statement_view(
    said: Placed, row: EntryRow, sources: dict[int, str], deciding: Sequence[str]
) -> DoubtStatementView:
    return DoubtStatementView(
        uid=row.uid,
        source=sources[row.batch_id],
        grade=Grade(row.grade).name.lower(),
        aired=row.aired,
        ms=said.ms,
        starts_at=from_ms(said.start_ms, ZONE) if said.start_ms is not None else None,
        said_ms=row.duration_ms,
        reason=row.reason,
        said_by=row.said_by,
        received_at=row.received_at.astimezone(ZONE),
        counts=row.uid in deciding,
        whole=said.whole,
        judged=row.judged,
    )


def _sources(session: Session, rows: Iterable[EntryRow]) -> dict[int, str]:
    batches = {row.batch_id for row in rows}
    found = session.connection().execute(
        select(col(AsRunBatch.id), col(AsRunBatch.source)).where(col(AsRunBatch.id).in_(batches))
    )
    return {batch: source for batch, source in found if batch is not None}


def _unheard(session: Session, month: Month, names: dict[int, tuple[str, str]]) -> list[UnheardView]:
    rows = session.connection().execute(
        select(
            col(Recording.id), col(Recording.station_id), col(Recording.month), col(Recording.file_name), func.count()
        )
        .join(RecordingMatch, col(RecordingMatch.recording_id) == col(Recording.id))
        .where(col(Recording.month) == str(month), col(RecordingMatch.state) == "proposed")
        .group_by(col(Recording.id))
        .order_by(func.count().desc(), col(Recording.id))
    )
    return [
        UnheardView(
            station=names[station][0],
            station_name=names[station][1],
            recording=key,
            month=of,
            file_name=file_name,
            waiting=waiting,
        )
        for key, station, of, file_name, waiting in rows
        if station in names and key is not None
    ]
