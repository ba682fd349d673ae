"""What may not be aired any more leaves every playlist, manifest and bundle at once, whatever is published."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import func, select
from sqlmodel import Session, col

from server.db.delivering import Recall
from server.db.library import Segment
from server.services.context import Context
from server.services.delivering_refusals import AudioRecalled
from server.services.stored_plans import StoredItem, StoredSlot

_MOST = 2**63 - 1


# By a segment's code its copies that may not be aired, each with since when.
RecalledFiles = Mapping[str, Mapping[str, datetime]]


def recalled_files(session: Session, *, upto: int | None = None) -> RecalledFiles:
    """What was withdrawn and not restored since; as it was after the recall with the number `upto`.

    What was replaced is not among it: slots that could not be changed any more still air that.
    """
    rows = session.connection().execute(
        select(col(Segment.code), col(Recall.kind), col(Recall.sha256s), col(Recall.at))
        .join(Segment, col(Segment.id) == col(Recall.segment_id))
        .where(col(Recall.kind) != "replaced", col(Recall.id) <= (upto if upto is not None else _MOST))
        .order_by(col(Recall.id))
    )
    found: dict[str, dict[str, datetime]] = {}
    for code, kind, sha256s, at in rows:
        files = found.setdefault(code, {})
        for sha256 in sha256s:
            if kind == "withdrawn":
                files.setdefault(sha256, at)
            else:
                files.pop(sha256, None)
    return found


def require_not_recalled(context: Context, sha256: str) -> None:
    """Raises AudioRecalled where the sound is a copy of what was withdrawn."""
    with context.database.read() as session:
        for code, files in recalled_files(session).items():
            if sha256 in files:
                raise AudioRecalled(segment=code)


def last_recall(session: Session, segments: Iterable[str]) -> int:
    """The number of the last one that was of any of these; 0 where none was."""
    concerned = select(col(Segment.id)).where(col(Segment.code).in_(list(segments)))
    return (
        session.connection().scalar(select(func.max(col(Recall.id))).where(col(Recall.segment_id).in_(concerned))) or 0
    )


def without_recalled(slots: Iterable[StoredSlot], recalled: RecalledFiles) -> list[StoredSlot]:
    """What follows a recalled item moves up; a slot that is left with nothing is gone.

    Slots that began before the recall stay as they were.
    """
    kept = (_without(slot, recalled) for slot in slots)
    return [slot for slot in kept if slot is not None]


def _without(slot: StoredSlot, recalled: RecalledFiles) -> StoredSlot | None:
    def is_out(item: StoredItem) -> bool:
        at = recalled.get(item.segment, {}).get(item.sha256)
        return at is not None and slot.starts_at >= at

    items = [item for item in slot.items if not is_out(item)]
    if len(items) == len(slot.items):
        return slot
    if not items:
        return None
    start = slot.items[0].start_ms
    moved = []
    for item in items:
        moved.append(replace(item, start_ms=start))
        start += item.duration_ms
    out_ms = sum(item.duration_ms for item in slot.items) - sum(item.duration_ms for item in items)
    return replace(slot, items=tuple(moved), length_ms=slot.length_ms - out_ms)
