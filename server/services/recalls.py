"""What may not be aired any more: written down with the withdrawal or the push itself, and read by every manifest.

A recall is about recordings. `withdrawn` names all that the segment ever had, `restored` the one that is in force again,
so a wrong recording stays recalled when a better one takes its place. `replaced` names what a push took out of the
slots; slots that the push had to leave behind still air it, and their stations are asked when these are over.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, cast

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.manifest import RecalledSegment
from server.db.airing import Delivery
from server.db.delivering import Recall
from server.db.intake import SegmentVersion
from server.db.library import WHOLE, Rendition, Segment
from server.db.plans import MonthPlan, PlanEntry, PlanRevision, Slot, SlotItem
from server.services.airings_ahead import published_items
from server.services.recalled import recalled_files
from server.services.rows import identity

TOLD_FOR = timedelta(days=62)  # a station that was away for longer has nothing left of the months that it had
_A_DAY = timedelta(days=1)


class Standing(Struct, frozen=True, kw_only=True):
    """A recall that holds still, for these of its files."""

    recall: Recall
    files: frozenset[str]


def note_withdrawn(session: Session, segment: Segment, *, reason: str, at: datetime, by: str) -> None:
    """All recordings of the segment; nothing where all of them are recalled already."""
    files = _copies(session, segment)
    if not files <= recalled_files(session).get(segment.code, {}).keys():
        _add(session, segment, "withdrawn", files, reason=reason, at=at, by=by)


def note_in_force(session: Session, segment: Segment, *, at: datetime, by: str) -> None:
    """The recording in force may be aired again, where something of the segment was withdrawn."""
    if recalled_files(session).get(segment.code):
        _add(session, segment, "restored", _copies(session, segment, of=segment.audio_id), reason="", at=at, by=by)


def note_replaced(session: Session, segment: Segment, *, reason: str, at: datetime, by: str) -> None:
    """All recordings of the segment but the one in force; nothing where they are recalled already."""
    files = _copies(session, segment) - _copies(session, segment, of=segment.audio_id)
    recalled = (each.files for each in standing_recalls(session) if each.recall.segment_id == segment.id)
    if not files <= frozenset[str]().union(*recalled):
        _add(session, segment, "replaced", files, reason=reason, at=at, by=by)


def recalls_for(session: Session, station: int, now: datetime) -> list[RecalledSegment]:
    """What the station should remove: of segments that it was ever to air, or files that were sent to it.

    Items of its slots with such a file are over or may not be aired: nothing of the files is wanted any more. Whether
    it has answered makes no difference: what holds is told for 62 days.
    """
    standing = standing_recalls(session, since=now - TOLD_FOR)
    if not standing:
        return []
    segments = {each.recall.segment_id for each in standing}
    concerned = _aired_by(session, station, segments)
    sent = _sent_to(session, station, {file for each in standing for file in each.files})
    left = _left_with(session, station, [each for each in standing if each.recall.kind == "replaced"], now)
    codes = dict(session.execute(select(col(Segment.id), col(Segment.code)).where(col(Segment.id).in_(segments))).all())
    found = []
    for each in standing:
        files = each.files - left
        if files and (each.recall.segment_id in concerned or files & sent):
            found.append(
                RecalledSegment(
                    number=identity(each.recall),
                    kind=cast("Literal['withdrawn', 'replaced']", each.recall.kind),
                    segment=codes[each.recall.segment_id],
                    title=each.recall.title,
                    reason=each.recall.reason,
                    recalled_at=each.recall.at,
                    files=tuple(sorted(files)),
                )
            )
    return found


def standing_recalls(session: Session, *, since: datetime | None = None) -> list[Standing]:
    """The newest recall of each segment that is not wholly taken back, the oldest first; made `since` then, or ever."""
    newest: dict[int, Standing] = {}
    for row in session.scalars(select(Recall).order_by(col(Recall.id))):
        files = frozenset(row.sha256s)
        if row.kind != "restored":
            newest[row.segment_id] = Standing(recall=row, files=files)
        elif row.segment_id in newest:
            before = newest.pop(row.segment_id)
            if before.files - files:
                newest[row.segment_id] = Standing(recall=before.recall, files=before.files - files)
    found = [each for each in newest.values() if since is None or each.recall.at >= since]
    return sorted(found, key=lambda each: identity(each.recall))


def _add(
    session: Session, segment: Segment, kind: str, files: Collection[str], *, reason: str, at: datetime, by: str
) -> None:
    session.add(
        Recall(
            segment_id=identity(segment),
            kind=kind,
            title=segment.title,
            reason=reason,
            sha256s=sorted(files),
            at=at,
            by=by,
        )
    )
    session.flush()


def _copies(session: Session, segment: Segment, *, of: int | None = None) -> frozenset[str]:
    """Of the recording `of`, or of all that were ever in force or planned: every copy that a station can have."""
    planned = (
        select(col(Rendition.audio_id))
        .join(SlotItem, col(SlotItem.rendition_sha256) == col(Rendition.sha256))
        .where(col(SlotItem.segment_id) == identity(segment))
    )
    ready = select(col(SegmentVersion.audio_id)).where(
        col(SegmentVersion.segment_id) == identity(segment), col(SegmentVersion.state) == "ready"
    )
    audio = col(Rendition.audio_id)
    which = audio == of if of is not None else (audio == segment.audio_id) | audio.in_(ready) | audio.in_(planned)
    return frozenset(session.scalars(select(col(Rendition.sha256)).where(which, col(Rendition.kind) != WHOLE)))


def _aired_by(session: Session, station: int, segments: Collection[int]) -> set[int]:
    """Of these segments those that the station had in any published plan."""
    return set(
        session.scalars(
            select(col(SlotItem.segment_id))
            .join(Slot, col(Slot.id) == col(SlotItem.slot_id))
            .join(MonthPlan, col(MonthPlan.id) == col(Slot.month_plan_id))
            .join(PlanEntry, col(PlanEntry.month_plan_id) == col(MonthPlan.id))
            .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
            .where(
                col(MonthPlan.station_id) == station,
                col(PlanRevision.status) == "published",
                col(SlotItem.segment_id).in_(segments),
            )
            .distinct()
        )
    )


def _sent_to(session: Session, station: int, files: Collection[str]) -> set[str]:
    return set(
        session.scalars(
            select(col(Delivery.sha256)).where(col(Delivery.station_id) == station, col(Delivery.sha256).in_(files))
        )
    )


def _left_with(session: Session, station: int, replaced: Sequence[Standing], now: datetime) -> frozenset[str]:
    """All copies of the recordings that slots of the station still air: those that the push left behind, until they are
    over.
    """
    since = {file: each.recall.at for each in replaced for file in each.files}
    if not since:
        return frozenset()
    rows = session.execute(
        published_items()
        .with_only_columns(col(SlotItem.rendition_sha256), col(Slot.starts_at), col(Slot.length_ms))
        .where(
            col(MonthPlan.station_id) == station,
            col(SlotItem.rendition_sha256).in_(since),
            col(Slot.starts_at) > now - _A_DAY,
        )
    )
    aired = {
        sha256
        for sha256, starts_at, ms in rows
        if starts_at > since[sha256] and starts_at + timedelta(milliseconds=ms) > now
    }
    audios = select(col(Rendition.audio_id)).where(col(Rendition.sha256).in_(aired))
    return frozenset(session.scalars(select(col(Rendition.sha256)).where(col(Rendition.audio_id).in_(audios))))
