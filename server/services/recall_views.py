"""A recall, station by station: who still has it and since when, who removed it, and where it was aired after all."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.airing import AsRunEntry, Delivery
from server.db.delivering import Recall, RecallAnswer
from server.db.library import Rendition, Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.services.airings_ahead import published_items
from server.services.context import Context
from server.services.deliveries import Had
from server.services.delivering_refusals import UnknownRecall
from server.services.local_time import ZONE
from server.services.recalls import recalls_for, standing_recalls
from server.services.rows import identity, is_key
from server.services.stations_there import stations_there, views_of
from server.services.views import Page, StationView

PAGE = 25
# The worst first. `planned`: it was in a plan of the station, and Loa knows of no copy there.
STATES = ("holding", "planned", "never_had", "removed", "apart")


class AiredAfter(Struct, frozen=True, kw_only=True):
    """A statement of the station about its air after the recall. `whole`: it names the slot and not the segment."""

    entry: str
    month: str
    slot: str | None
    starts_at: datetime
    grade: int
    said_by: str
    whole: bool


class StationRecall(Struct, frozen=True, kw_only=True):
    """`has`: how and since when the station has one of the files, as far as Loa knows. `apart`: it never had anything
    of it. `outcome` is its answer.
    """

    station: StationView
    state: str
    has: Had | None
    outcome: str | None
    answered_at: datetime | None
    answered_by: str | None
    aired: list[AiredAfter]


class RecallView(Struct, frozen=True, kw_only=True):
    """Counts are of the stations that who asks reaches. `ended_at`: from then on it may be aired again, or another
    recall of the segment took its place.
    """

    number: int
    kind: str
    segment: str
    title: str
    reason: str
    at: datetime
    by: str
    files: int
    ended_at: datetime | None
    holding: int
    planned: int
    removed: int
    never_had: int
    apart: int
    aired: int

    @property
    def concerned(self) -> int:
        return self.holding + self.planned + self.removed + self.never_had

    @property
    def open(self) -> int:
        """Stations of which an answer is waited for."""
        return self.holding + self.planned


class RecallDetails(Struct, frozen=True, kw_only=True):
    recall: RecallView
    stations: list[StationRecall]


class OwnRecall(Struct, frozen=True, kw_only=True):
    """What a station is to remove, and has not answered yet."""

    number: int
    kind: str
    title: str
    reason: str
    at: datetime


def list_recalls(
    context: Context, *, segment: str | None = None, offset: int = 0, limit: int = PAGE
) -> Page[RecallView]:
    """The newest first; of one segment, where it is named."""
    with context.database.read() as session:
        rows = session.scalars(select(Recall).where(col(Recall.kind) != "restored").order_by(col(Recall.id).desc()))
        codes = _codes(session)
        wanted = [row for row in rows if segment is None or codes[row.segment_id] == segment]
        ground = _Ground(session, context)
        items = [ground.details(row, codes).recall for row in wanted[offset : offset + limit]]
        return Page(items=items, total=len(wanted), offset=offset, limit=limit)


def get_recall(context: Context, number: int) -> RecallDetails:
    """The worst stations first. Raises UnknownRecall."""
    with context.database.read() as session:
        row = session.get(Recall, number) if is_key(number) else None
        if row is None or row.kind == "restored":
            raise UnknownRecall(number=number)
        return _Ground(session, context).details(row, _codes(session))


def own_recalls(session: Session, station: int, now: datetime) -> list[OwnRecall]:
    """Those that hold and that nobody of the station answered, the newest first."""
    answered = set(session.scalars(select(col(RecallAnswer.recall_id)).where(col(RecallAnswer.station_id) == station)))
    return [
        OwnRecall(number=each.number, kind=each.kind, title=each.title, reason=each.reason, at=each.recalled_at)
        for each in reversed(recalls_for(session, station, now))
        if each.number not in answered
    ]


def _codes(session: Session) -> dict[int, str]:
    return dict(
        session.execute(
            select(col(Segment.id), col(Segment.code)).where(col(Segment.id).in_(select(col(Recall.segment_id))))
        ).all()
    )


class _Ground:
    """What is the same for all recalls that are looked at together."""

    def __init__(self, session: Session, context: Context) -> None:
        self.session = session
        self.stations = views_of(session, context, stations_there(session, context))
        self.standing = {identity(each.recall) for each in standing_recalls(session)}

    def details(self, row: Recall, codes: Mapping[int, str]) -> RecallDetails:
        number = identity(row)
        ended_at = None if number in self.standing else self._ended_at(row)
        files = _all_copies(self.session, row.sha256s)
        had = _had(self.session, files)
        planned = _planned(self.session, row)
        answers = {
            each.station_id: each
            for each in self.session.scalars(select(RecallAnswer).where(col(RecallAnswer.recall_id) == number))
        }
        aired = _aired(self.session, row, codes[row.segment_id], until=ended_at)
        lines = []
        for key, station in self.stations.items():
            answer, has = answers.get(key), had.get(key)
            state = _state(answer, has, planned=key in planned)
            lines.append(
                StationRecall(
                    station=station,
                    state=state,
                    has=has,
                    outcome=answer.outcome if answer else None,
                    answered_at=answer.at if answer else None,
                    answered_by=answer.said_by if answer else None,
                    aired=aired.get(key, []),
                )
            )
        counts = Counter(line.state for line in lines)
        return RecallDetails(
            recall=RecallView(
                number=number,
                kind=row.kind,
                segment=codes[row.segment_id],
                title=row.title,
                reason=row.reason,
                at=row.at,
                by=row.by,
                files=len(row.sha256s),
                ended_at=ended_at,
                aired=sum(1 for line in lines if line.aired),
                **{state: counts[state] for state in STATES},
            ),
            stations=sorted(lines, key=lambda line: (not line.aired, STATES.index(line.state))),
        )

    def _ended_at(self, row: Recall) -> datetime | None:
        return self.session.scalars(
            select(col(Recall.at))
            .where(col(Recall.segment_id) == row.segment_id, col(Recall.id) > row.id)
            .order_by(col(Recall.id))
            .limit(1)
        ).first()


def _state(answer: RecallAnswer | None, has: Had | None, *, planned: bool) -> str:
    if answer is not None:
        return answer.outcome
    if has is not None:
        return "holding"
    return "planned" if planned else "apart"


def _all_copies(session: Session, sha256s: Collection[str]) -> set[str]:
    """Also those that were made after the recall, of the same recordings."""
    audios = select(col(Rendition.audio_id)).where(col(Rendition.sha256).in_(sha256s))
    return {*sha256s, *session.scalars(select(col(Rendition.sha256)).where(col(Rendition.audio_id).in_(audios)))}


def _had(session: Session, files: Collection[str]) -> dict[int, Had]:
    """By station: the best known copy, and since when it has any."""
    found: dict[int, Had] = {}
    rows = session.execute(
        select(col(Delivery.station_id), col(Delivery.how), col(Delivery.at)).where(col(Delivery.sha256).in_(files))
    )
    for station, how, at in rows:
        before = found.get(station, Had(how=how, at=at))
        # «verified» comes after «sent».
        found[station] = Had(how=max(how, before.how), at=min(at, before.at))
    return found


def _planned(session: Session, row: Recall) -> set[int]:
    """The stations that were to air one of the recordings, by any plan that was published."""
    return set(
        session.scalars(
            select(col(MonthPlan.station_id))
            .join(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
            .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
            .join(Slot, col(Slot.month_plan_id) == col(MonthPlan.id))
            .join(SlotItem, col(SlotItem.slot_id) == col(Slot.id))
            .where(
                col(PlanRevision.status) == "published",
                col(SlotItem.segment_id) == row.segment_id,
                col(SlotItem.rendition_sha256).in_(row.sha256s),
            )
            .distinct()
        )
    )


def _aired(session: Session, row: Recall, code: str, *, until: datetime | None) -> dict[int, list[AiredAfter]]:
    """By station: what it says of the segment after the recall, and of slots in force that have the recording.

    Of a segment that was only replaced a statement tells nothing where it does not name such a slot: it may have been
    the newer recording. What was corrected since is left out.
    """
    slots = {
        (station, key): starts_at
        for station, key, starts_at in session.execute(
            published_items()
            .with_only_columns(col(MonthPlan.station_id), col(Slot.key), col(Slot.starts_at))
            .where(col(SlotItem.rendition_sha256).in_(row.sha256s), col(Slot.starts_at) > row.at)
        )
    }
    about: ColumnElement[bool] = col(AsRunEntry.slot).in_({key for _, key in slots})
    if row.kind == "withdrawn":
        about |= col(AsRunEntry.segment) == code
    first = str(Month.of(row.at.astimezone(ZONE)))
    entries = session.scalars(select(AsRunEntry).where(col(AsRunEntry.month) >= first, about)).all()
    corrected = _corrected(session, entries)
    found: dict[int, list[AiredAfter]] = defaultdict(list)
    for entry in entries:
        planned = slots.get((entry.station_id, entry.slot or ""))
        begins = entry.starts_at or planned
        named = entry.segment == code
        if (
            not entry.aired
            or (entry.station_id, entry.uid) in corrected
            or begins is None
            or begins <= row.at
            or (until is not None and begins >= until)
            or (planned is None and (row.kind == "replaced" or not named))
            or (entry.segment is not None and not named)
        ):
            continue
        found[entry.station_id].append(
            AiredAfter(
                entry=entry.uid,
                month=entry.month,
                slot=entry.slot,
                starts_at=begins.astimezone(ZONE),
                grade=entry.grade,
                said_by=entry.said_by,
                whole=not named,
            )
        )
    return {station: sorted(listed, key=lambda each: each.starts_at) for station, listed in found.items()}


def _corrected(session: Session, entries: Collection[AsRunEntry]) -> set[tuple[int, str]]:
    uids = {entry.uid for entry in entries}
    rows = session.execute(
        select(col(AsRunEntry.station_id), col(AsRunEntry.corrects)).where(col(AsRunEntry.corrects).in_(uids))
    )
    return {(station, uid) for station, uid in rows if uid is not None}
