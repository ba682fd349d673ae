"""What was begun and is not done, found in the rows: looked for at each start and from time to time."""

from collections.abc import Callable, Iterable

from sqlmodel import col, select

from server.db.intake import SegmentVersion
from server.services.context import Context


def look_after(context: Context, take_up: Callable[[Iterable[int]], None]) -> None:
    """Hands the versions that are still being processed to `take_up`, the oldest first."""
    with context.database.read() as session:
        found = session.exec(
            select(SegmentVersion.id).where(SegmentVersion.state == "processing").order_by(col(SegmentVersion.id))
        ).all()
    take_up([version_id for version_id in found if version_id is not None])
