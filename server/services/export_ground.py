"""What all manifests stand on: while it is the same, whatever else is committed, each of them is as it was."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from server.db.delivering import EmergencyCall, Recall
from server.db.plans import PlanRevision
from server.services.audit import last_of
from server.services.context import Context

# Published revisions, recalls, emergencies begun and ended, the registry: how far each has come. A station that is dark
# or closed has its manifest until what was planned without it is published: else one of a country's would cost all.
Ground = tuple[int | None, ...]

_OF_REGISTRY = ("sample.loaded", "organisation.added")


def read_ground(session: Session) -> Ground:
    # Their number: a draft may have been begun long before it is published.
    published = select(func.count(col(PlanRevision.id))).where(col(PlanRevision.status) == "published")
    row = (
        session.connection()
        .execute(
            select(
                published.scalar_subquery(),
                select(func.max(col(Recall.id))).scalar_subquery(),
                select(func.max(col(EmergencyCall.id))).scalar_subquery(),
                select(func.count(col(EmergencyCall.ended_at))).scalar_subquery(),
                *map(last_of, _OF_REGISTRY),
            )
        )
        .one()
    )
    return tuple(row)


def ground_now(context: Context) -> Ground:
    with context.database.read() as session:
        return read_ground(session)
