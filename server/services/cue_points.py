"""Where a recording begins and ends on air, moved by somebody who listened: a newer recording of the same original.

It goes the whole way of any recording, for what is aired is another sound: measured, levelled, checked, vetted. The one
before stays in force until then.
"""

from sqlmodel import func, select

from server.db.intake import SegmentVersion
from server.db.library import Audio
from server.services.audit import record
from server.services.claims import claimed
from server.services.context import Context
from server.services.cue_refusals import CuesOutside, CuesUnchanged, NothingMeasured
from server.services.decisions import find_version
from server.services.disk import disk_refusals
from server.services.intake import open_segment, process
from server.services.rows import identity
from server.services.version_steps import nobody_listens


def move_cues(context: Context, code: str, number: int, *, cue_in_ms: int, cue_out_ms: int) -> int:
    """The number of the new recording; both places are in the original of the recording `number`.

    Where no durable jobs run, its way is gone here. Raises OutOfReach, UnknownSegment, UnknownVersion,
    SegmentAlreadyWithdrawn, SegmentDiscarded, NothingMeasured, CuesOutside, CuesUnchanged, DiskFull.
    """
    with disk_refusals(context.home), context.database.write() as session:
        segment = open_segment(session, context, code)
        _segment, version = find_version(session, code, number)
        if version.audio_id is None:
            raise NothingMeasured(segment=code, number=number)
        audio = session.get_one(Audio, version.audio_id)
        if not 0 <= cue_in_ms < cue_out_ms <= audio.decoded_ms:
            raise CuesOutside(segment=code, cue_in_ms=cue_in_ms, cue_out_ms=cue_out_ms, decoded_ms=audio.decoded_ms)
        if (cue_in_ms, cue_out_ms) == (audio.cue_in_ms, audio.cue_out_ms):
            raise CuesUnchanged(segment=code, number=number)
        at = context.clock()
        last = session.exec(
            select(func.max(SegmentVersion.number)).where(SegmentVersion.segment_id == identity(segment))
        ).one()
        moved = SegmentVersion(
            segment_id=identity(segment),
            number=(last or 0) + 1,
            file_name=version.file_name,
            size=audio.size,
            original_sha256=audio.sha256,
            cue_in_ms=cue_in_ms,
            cue_out_ms=cue_out_ms,
            made_by=context.who.name,
            wants_vetting=version.wants_vetting,
            created_at=at,
            updated_at=at,
        )
        session.add(moved)
        session.flush()
        if segment.audio_id is None:
            segment.state = "processing"
            session.add(segment)
        record(
            session,
            context,
            at=at,
            action="segment.cues_moved",
            subject=code,
            before={"number": number, "cue_in_ms": audio.cue_in_ms, "cue_out_ms": audio.cue_out_ms},
            after={"number": moved.number, "cue_in_ms": cue_in_ms, "cue_out_ms": cue_out_ms},
        )
        version_id, made = identity(moved), moved.number
        if context.jobs is not None:
            context.jobs.enqueue(session, version_id)
    if context.jobs is None:
        with claimed(context, version_id) as mine:
            if mine:
                process(context, version_id, nobody_listens)
    return made
