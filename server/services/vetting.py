"""Vetting: who answers for a topic decides on what others made for it, before anybody hears it.

The maker of a recording never decides on it, and of two people who decide at once one counts: whoever decides names
the recording that they looked at, and is told if another was handed in or somebody else decided meanwhile. What is
urgent may go on the air at once, by the short path; then another person looks at it afterwards.
"""

from datetime import date, timedelta

from sqlmodel import Session, col, select

from server.db.intake import SegmentVersion
from server.db.library import Rendition, Segment
from server.db.records import AuditEntry
from server.services.audit import record
from server.services.context import Context
from server.services.decisions import find_version
from server.services.disk import disk_refusals
from server.services.emergencies import call_out, called_stations
from server.services.plain_text import one_line
from server.services.recalls import note_in_force
from server.services.refusals import NothingToDecide, SegmentAlreadyWithdrawn
from server.services.rights import Right
from server.services.rows import identity
from server.services.segment_reach import deciding_organisation, reached
from server.services.segment_states import follow_versions
from server.services.segment_views import segment_views
from server.services.segments import WITHDRAWN, take_out
from server.services.version_views import BROADCAST
from server.services.vetting_refusals import (
    AlreadyApproved,
    NoReviewOpen,
    NotUrgent,
    NotWithdrawn,
    RecordingGone,
    SelfApproval,
    VettingOvertaken,
)
from server.services.vetting_steps import (
    add_entry,
    approvers,
    entries_of,
    hand_in,
    makers_of,
    newer_handed_in,
    put_in_force,
)
from server.services.views import SegmentView

LONGEST_REASON = 500
REVIEW = timedelta(hours=24)  # of what went on the air before it was looked at


def submit(context: Context, code: str, number: int | None = None) -> SegmentView:
    """Hands a draft in, or what was returned once more; `number` None is the newest recording.

    Raises OutOfReach, UnknownSegment, UnknownVersion, SegmentAlreadyWithdrawn, NothingToDecide, VettingOvertaken.
    """
    with disk_refusals(context.home), context.database.write() as session:
        segment = reached(session, context, code, Right.SEGMENTS_SEND)
        _segment, version = find_version(session, code, number)
        _require_not_withdrawn(segment)
        if version.state not in {"draft", "returned"}:
            raise NothingToDecide(segment=code, number=version.number, state=version.state, action="submit")
        if newer_handed_in(session, version) is not None:
            raise _overtaken(session, segment, version)
        before, at = version.state, context.clock()
        gone = hand_in(
            session,
            context,
            segment,
            version,
            actor=context.who.name,
            organisation_id=segment.producer_id or context.who.organisation_id,
            at=at,
        )
        session.flush()
        follow_versions(session, segment)
        return _told(session, context, segment, version, "submitted", before=before, superseded=gone)


def approve(context: Context, code: str, number: int, reason: str = "") -> SegmentView:
    """One approval; with as many as are needed the recording is in force.

    Raises OutOfReach, UnknownSegment, UnknownVersion, SegmentAlreadyWithdrawn, SelfApproval, AlreadyApproved,
    VettingOvertaken, NothingToDecide, BadField.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON, required=False)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = _to_decide(session, context, code, number, "approve")
        given = _approvers(session, version)
        if context.who.name in given:
            raise AlreadyApproved(
                segment=code, number=number, who=context.who.name, needed=version.approvals_needed - len(given)
            )
        _add_entry(session, context, segment, version, "approved", reason=why)
        gone: list[int] = []
        if len(given) + 1 >= version.approvals_needed:
            gone = _in_force(session, context, segment, version)
        return _told(session, context, segment, version, "approved", before="submitted", reason=why, superseded=gone)


def return_(context: Context, code: str, number: int, reason: str) -> SegmentView:
    """Back to its maker, who may hand it in again or send a newer recording.

    Raises OutOfReach, UnknownSegment, UnknownVersion, SegmentAlreadyWithdrawn, SelfApproval, VettingOvertaken,
    NothingToDecide, BadField.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = _to_decide(session, context, code, number, "return")
        version.state = "returned"
        version.due_at = None
        version.updated_at = context.clock()
        session.add(version)
        _add_entry(session, context, segment, version, "returned", reason=why)
        follow_versions(session, segment)
        return _told(session, context, segment, version, "returned", before="submitted", reason=why)


def release(context: Context, code: str, number: int, reason: str) -> SegmentView:
    """On the air at once, also by its maker; within a day somebody else confirms or disputes it.

    Raises OutOfReach, UnknownSegment, UnknownVersion, SegmentAlreadyWithdrawn, NotUrgent, VettingOvertaken,
    NothingToDecide, BadField.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        segment = reached(session, context, code, Right.SEGMENTS_RELEASE)
        _segment, version = find_version(session, code, number)
        _require_not_withdrawn(segment)
        if segment.priority != "urgent":
            raise NotUrgent(segment=code, priority=segment.priority)
        _require_open(session, segment, version, {"draft", "submitted"}, "release")
        before, at = version.state, context.clock()
        _add_entry(session, context, segment, version, "released", reason=why)
        gone = _in_force(session, context, segment, version)
        version.review_open = True
        version.due_at = at + REVIEW
        session.add(version)
        return _told(session, context, segment, version, "released", before=before, reason=why, superseded=gone)


def confirm(context: Context, code: str, number: int, reason: str = "") -> SegmentView:
    """What was released is in order. By neither its maker nor who released it.

    Raises OutOfReach, UnknownSegment, UnknownVersion, SelfApproval, VettingOvertaken, NoReviewOpen, BadField.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON, required=False)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = _to_review(session, context, code, number)
        _add_entry(session, context, segment, version, "confirmed", reason=why)
        return _told(session, context, segment, version, "confirmed", before="ready", reason=why)


def dispute(context: Context, code: str, number: int, reason: str) -> SegmentView:
    """What was released should not have been: the segment is withdrawn everywhere, for that reason.

    Raises what `confirm` does.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = _to_review(session, context, code, number)
        _add_entry(session, context, segment, version, "disputed", reason=why)
        if segment.state != "withdrawn":
            take_out(session, context, segment, reason=why, at=context.clock())
        return _told(session, context, segment, version, "disputed", before="ready", reason=why)


def restore(context: Context, code: str, reason: str) -> SegmentView:
    """A withdrawn segment back among what waits for its lead, valid as long as it was; it must be approved anew.

    Raises OutOfReach, UnknownSegment, NotWithdrawn, RecordingGone, BadField.
    """
    why = one_line("reason", reason, longest=LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        segment = reached(session, context, code, Right.SEGMENTS_VET)
        if segment.state != "withdrawn":
            raise NotWithdrawn(segment=code, state=segment.state)
        version = _withdrawn_version(session, context, segment)
        at = context.clock()
        for other in session.exec(select(SegmentVersion).where(SegmentVersion.segment_id == identity(segment))):
            if other.state == "ready":
                # Approved once; the withdrawal ended that, whatever the clock said then.
                other.submitted_at, other.review_open, other.due_at = None, False, None
                session.add(other)
        segment.state = "submitted"
        segment.valid_to = _valid_to_before(session, segment)
        session.add(segment)
        organisation_id = deciding_organisation(session, context, segment, Right.SEGMENTS_VET)
        # Who made it is known still, and does not approve it this time either.
        gone = hand_in(
            session,
            context,
            segment,
            version,
            actor=context.who.name,
            organisation_id=organisation_id,
            at=at,
            reason=why,
        )
        session.flush()
        follow_versions(session, segment)
        return _told(session, context, segment, version, "restored", before="withdrawn", reason=why, superseded=gone)


def _in_force(session: Session, context: Context, segment: Segment, version: SegmentVersion) -> list[int]:
    """As `put_in_force`; what is urgent is called out to its stations with it."""
    at, by = context.clock(), context.who.name
    gone = put_in_force(session, segment, version, actor=by, at=at)
    note_in_force(session, segment, at=at, by=by)
    if segment.priority == "urgent" and (call := call_out(session, segment, at=at, by=by)) is not None:
        stations = len(called_stations(session, call, at))
        record(
            session,
            context,
            at=at,
            action="emergency.called",
            subject=str(identity(call)),
            segment=segment.code,
            title=call.title,
            until=call.until.isoformat(),
            stations=stations,
        )
    return gone


def _to_decide(
    session: Session, context: Context, code: str, number: int, action: str
) -> tuple[Segment, SegmentVersion]:
    segment = reached(session, context, code, Right.SEGMENTS_VET)
    _segment, version = find_version(session, code, number)
    _require_not_withdrawn(segment)
    _require_open(session, segment, version, {"submitted"}, action)
    if context.who.name in makers_of(session, version):
        raise SelfApproval(segment=code, number=number, who=context.who.name)
    return segment, version


def _to_review(session: Session, context: Context, code: str, number: int) -> tuple[Segment, SegmentVersion]:
    segment = reached(session, context, code, Right.SEGMENTS_VET)
    _segment, version = find_version(session, code, number)
    entries = entries_of(session, version)
    if not version.review_open:
        if entries and entries[-1].action in {"confirmed", "disputed"}:
            raise _overtaken(session, segment, version)
        raise NoReviewOpen(segment=code, number=number)
    released = [entry.actor for entry in entries if entry.action == "released"]
    if context.who.name in {*makers_of(session, version), *released[-1:]}:
        raise SelfApproval(segment=code, number=number, who=context.who.name)
    version.review_open = False
    version.due_at = None
    version.updated_at = context.clock()
    session.add(version)
    return segment, version


def _require_open(session: Session, segment: Segment, version: SegmentVersion, states: set[str], action: str) -> None:
    """Raises VettingOvertaken, NothingToDecide."""
    superseded = (version.decision or {}).get("action") == "superseded"
    if version.state in {"ready", "returned"} or (version.state == "discarded" and superseded):
        raise _overtaken(session, segment, version)
    if version.state not in states:
        raise NothingToDecide(segment=segment.code, number=version.number, state=version.state, action=action)
    if newer_handed_in(session, version) is not None:
        raise _overtaken(session, segment, version)


def _overtaken(session: Session, segment: Segment, version: SegmentVersion) -> VettingOvertaken:
    last = next(iter(reversed(entries_of(session, version))), None)
    newer = newer_handed_in(session, version)
    decided = last is not None and newer is None
    return VettingOvertaken(
        segment=segment.code,
        number=version.number,
        state=version.state,
        by=last.actor if last is not None and decided else None,
        at=last.at.isoformat() if last is not None and decided else None,
        newer=newer,
    )


def _require_not_withdrawn(segment: Segment) -> None:
    if segment.state == "withdrawn":
        raise SegmentAlreadyWithdrawn(segment=segment.code)


def _approvers(session: Session, version: SegmentVersion) -> list[str]:
    return approvers([(entry.action, entry.actor) for entry in entries_of(session, version)])


def _add_entry(
    session: Session,
    context: Context,
    segment: Segment,
    version: SegmentVersion,
    action: str,
    *,
    reason: str,
) -> None:
    right = Right.SEGMENTS_RELEASE if action == "released" else Right.SEGMENTS_VET
    organisation_id = deciding_organisation(session, context, segment, right)
    add_entry(
        session,
        version,
        action,
        actor=context.who.name,
        organisation_id=organisation_id,
        reason=reason,
        at=context.clock(),
    )


def _withdrawn_version(session: Session, context: Context, segment: Segment) -> SegmentVersion:
    """Raises RecordingGone."""
    version = session.exec(
        select(SegmentVersion)
        .where(SegmentVersion.segment_id == identity(segment), SegmentVersion.audio_id == segment.audio_id)
        .order_by(col(SegmentVersion.number).desc())
    ).first()
    copies = session.exec(
        select(Rendition.sha256).where(Rendition.audio_id == segment.audio_id, Rendition.kind == BROADCAST)
    ).all()
    if version is None or not any(context.store.exists(sha256) for sha256 in copies):
        raise RecordingGone(segment=segment.code)
    return version


def _valid_to_before(session: Session, segment: Segment) -> date | None:
    """The last day that it had before it was withdrawn, as the trail keeps it; none where it was not written down."""
    before = session.exec(
        select(AuditEntry.before)
        .where(AuditEntry.action == WITHDRAWN, AuditEntry.subject == segment.code)
        .order_by(col(AuditEntry.id).desc())
    ).first()
    last = (before or {}).get("valid_to")
    return date.fromisoformat(str(last)) if last is not None else None


def _told(
    session: Session,
    context: Context,
    segment: Segment,
    version: SegmentVersion,
    action: str,
    *,
    before: str,
    reason: str = "",
    superseded: list[int] | None = None,
) -> SegmentView:
    record(
        session,
        context,
        at=context.clock(),
        action=f"segment.{action}",
        subject=segment.code,
        before={"state": before},
        after={"state": version.state},
        number=version.number,
        reason=reason,
        superseded=superseded or [],
    )
    session.flush()
    [view] = segment_views(session, [segment])
    return view
