"""A recording that came whole, in one request, from somebody who does not wait for its verdict."""

from pathlib import Path

from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services import intake
from server.services.claims import claimed
from server.services.context import Context
from server.services.new_segments import NewSegment
from server.services.version_steps import nobody_listens


def take(
    context: Context, source: Path, *, file_name: str, new: NewSegment | None = None, replaces: str | None = None
) -> str:
    """The code of the segment that it is on the way to become, or to be a newer recording of.

    `source` is a file below `context.incoming`, and no longer the caller's when this returns. Where no durable jobs
    run, the work is done here. Raises what `intake.submit` does.
    """
    version_id = intake.submit(context, source, file_name=file_name, new=new, replaces=replaces, upload_id=None)
    if context.jobs is None:
        with claimed(context, version_id) as mine:
            if mine:
                intake.process(context, version_id, nobody_listens)
    with context.database.read() as session:
        version = session.get_one(SegmentVersion, version_id)
        return session.get_one(Segment, version.segment_id).code
