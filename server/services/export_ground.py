"""What all manifests stand on: while it is the same, whatever else is committed, each of them is as it was."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from server.db.delivering import EmergencyCall, Recall
from server.db.plans import PlanRevision
from server.db.records import AuditEntry
from server.services.context import Context

# Published revisions, recalls, emergencies begun and ended, changes of stations: how far each has come.
Ground = tuple[int | None, ...]

_OF_STATIONS = (
    "sample.loaded",
    "organisation.added",
    "station.blackout",
    "station.broken",
    "station.closed",
    "station.reopened",
)


def read_ground(session: Session) -> Ground:
    # Their number: a draft may have been begun long before it is published.
    published = select(func.count(col(PlanRevision.id))).where(col(PlanRevision.status) == "published")
    changed = select(func.max(col(AuditEntry.id))).where(col(AuditEntry.action).in_(_OF_STATIONS))
    row = (
        session.connection()
        .execute(
            select(
                published.scalar_subquery(),
                select(func.max(col(Recall.id))).scalar_subquery(),
                select(func.max(col(EmergencyCall.id))).scalar_subquery(),
                select(func.count(col(EmergencyCall.ended_at))).scalar_subquery(),
                changed.scalar_subquery(),
            )
        )
        .one()
    )
    return tuple(row)


def ground_now(context: Context) -> Ground:
    with context.database.read() as session:
        return read_ground(session)
