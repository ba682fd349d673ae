"""What was begun and is not done, found in the rows: looked for at each start and from time to time."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlmodel import col, select

from server.db.intake import SegmentVersion
from server.services.context import Context

# What `intake` is given that is no upload (uploads have an end of their own), and what a request receives.
RECEIVED = "recording-"
ARRIVING = "upload-"
_ABANDONED = timedelta(days=1)


def look_after(context: Context, take_up: Callable[[Sequence[int]], None]) -> None:
    """Hands the versions that are still being processed to `take_up`, the oldest first; removes files of nobody."""
    with context.database.read() as session:
        found = session.exec(
            select(SegmentVersion.id, SegmentVersion.source)
            .where(SegmentVersion.state == "processing")
            .order_by(col(SegmentVersion.id))
        ).all()
    _remove_abandoned(context, {source for _version_id, source in found if source is not None})
    take_up([version_id for version_id, _source in found if version_id is not None])


def _remove_abandoned(context: Context, wanted: set[str]) -> None:
    """A kill came between the file and its row: whoever sent it never heard that it was taken."""
    limit = (context.clock() - _ABANDONED).timestamp()
    for prefix in (RECEIVED, ARRIVING):
        for path in context.incoming.glob(f"{prefix}*"):
            if path.name not in wanted and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
