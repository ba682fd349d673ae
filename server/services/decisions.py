"""What people decide on a recording that stopped on its way: overrule failed checks, keep it despite a likeness, discard it."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from server.db.intake import SegmentVersion
from server.db.library import Audio, ProgrammeColumn, Rendition, Segment, Topic
from server.db.registry import Organisation
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.local_time import local_today
from server.services.new_segments import find_segment
from server.services.plain_text import one_line
from server.services.refusals import NothingToDecide, NotOverrulable, NotTheLead, UnknownVersion
from server.services.rights import Role
from server.services.rows import identity
from server.services.scopes import led_topics
from server.services.segment_states import follow_versions
from server.services.segment_views import segment_views
from server.services.version_views import can_be_overruled
from server.services.vetting_steps import after_checks
from server.services.views import SegmentView
from server.services.waiting_files import remove_waiting

_LONGEST_REASON = 500
_MOST_VERSIONS = 2**31 - 1  # what the database takes for a number
_GIVEN_UP = {"held", "rejected", "draft", "returned"}


def overrule(
    context: Context, code: str, *, number: int | None = None, reason: str, lead: str | None = None
) -> SegmentView:
    """Failed checks count no more: the version goes to its vetting, or is held where it sounds like another.

    `lead` is the code of the organisation that answers for the topic, for a person one for which they lead it (None:
    that one); `number` None is the newest version. Raises UnknownSegment, UnknownVersion, BadField, NothingToDecide,
    NotOverrulable, NotTheLead.
    """
    why = one_line("reason", reason, longest=_LONGEST_REASON)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = find_version(session, code, number)
        _require(segment, version, {"rejected"}, "overrule")
        if not can_be_overruled(version):
            raise NotOverrulable(segment=code, number=version.number)
        answering = _answering(session, context, segment, lead)
        state = "held" if version.likenesses else "passed"
        return _decide(session, context, segment, version, "overruled", state=state, reason=why, lead=answering)


def keep(context: Context, code: str, *, number: int | None = None, reason: str = "") -> SegmentView:
    """A version that sounds like another recording is kept all the same, and goes to its vetting.

    Raises UnknownSegment, UnknownVersion, BadField, NothingToDecide.
    """
    why = one_line("reason", reason, longest=_LONGEST_REASON, required=False)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = find_version(session, code, number)
        _require(segment, version, {"held"}, "keep")
        return _decide(session, context, segment, version, "kept", state="passed", reason=why, lead=None)


def discard(context: Context, code: str, *, number: int | None = None, reason: str = "") -> SegmentView:
    """A version that waits for its maker is given up: its record stays, its files are nobody's any more.

    So is one that waits because the machine is in trouble, which may last.

    Raises UnknownSegment, UnknownVersion, BadField, NothingToDecide.
    """
    why = one_line("reason", reason, longest=_LONGEST_REASON, required=False)
    with disk_refusals(context.home), context.database.write() as session:
        segment, version = find_version(session, code, number)
        waits = version.state == "processing" and bool((version.refusal or {}).get("parked"))
        _require(segment, version, _GIVEN_UP | {"processing"} if waits else _GIVEN_UP, "discard")
        waiting, version.source = version.source, None
        audio_id = version.audio_id if version.audio_id != segment.audio_id else None
        if audio_id is not None:
            version.audio_id = None
        version.due_at = None
        view = _decide(session, context, segment, version, "discarded", state="discarded", reason=why, lead=None)
        if audio_id is not None:
            _forget_audio(session, audio_id)
    if waiting is not None:
        remove_waiting(context, waiting)
    return view


def find_version(session: Session, code: str, number: int | None) -> tuple[Segment, SegmentVersion]:
    """Raises UnknownSegment, UnknownVersion."""
    segment = find_segment(session, code)
    if number is not None and not 0 < number <= _MOST_VERSIONS:
        raise UnknownVersion(segment=code, number=number)
    versions = select(SegmentVersion).where(SegmentVersion.segment_id == identity(segment))
    if number is not None:
        versions = versions.where(SegmentVersion.number == number)
    version = session.exec(versions.order_by(col(SegmentVersion.number).desc())).first()
    if version is None:
        raise UnknownVersion(segment=code, number=number or 1)
    return segment, version


def _require(segment: Segment, version: SegmentVersion, states: Iterable[str], action: str) -> None:
    if version.state not in states:
        raise NothingToDecide(segment=segment.code, number=version.number, state=version.state, action=action)


def _answering(session: Session, context: Context, segment: Segment, given: str | None) -> str:
    """The organisation for which somebody decides. Raises NotTheLead."""
    if context.who.kind != "person":
        _require_lead(session, segment, given or "")
        return given or ""
    on = local_today(context)
    led = [
        grant.organisation
        for grant in context.who.grants
        if grant.role is Role.LEAD
        and grant.holds(on)
        and segment.topic_id in led_topics(session, grant.organisation_id, within=grant.topic_id)
    ]
    if not led or (given and given not in led):
        _require_lead(session, segment, given or "")  # names who is
        raise NotTheLead(topic=session.get_one(Topic, segment.topic_id).code, given=context.who.name, lead=given)
    return given or led[0]


def _require_lead(session: Session, segment: Segment, given: str) -> None:
    """The lead of a topic that has none itself is that of the topic above it."""
    topic = session.get_one(Topic, segment.topic_id)
    answering: Topic | None = topic
    while answering is not None and answering.lead_organisation_id is None:
        answering = session.get(Topic, answering.parent_id) if answering.parent_id is not None else None
    lead = session.get_one(Organisation, answering.lead_organisation_id).code if answering is not None else None
    if lead != given:
        raise NotTheLead(topic=topic.code, given=given, lead=lead)


def _decide(
    session: Session,
    context: Context,
    segment: Segment,
    version: SegmentVersion,
    action: str,
    *,
    state: str,
    reason: str,
    lead: str | None,
) -> SegmentView:
    at = context.clock()
    version.decision = {
        "action": action,
        "reason": reason,
        "lead": lead,
        "actor": context.who.name,
        "at": at.isoformat(),
    }
    before: dict[str, object] = {"version": version.state, "segment": segment.state}
    version.state = after_checks(session, context, segment, version, at=at) if state == "passed" else state
    version.updated_at = at
    session.add(version)
    session.flush()
    follow_versions(session, segment)
    record(
        session,
        context,
        at=at,
        action=f"segment.{action}",
        subject=segment.code,
        number=version.number,
        sha256=version.original_sha256,
        reason=reason,
        lead=lead,
        before=before,
        after={"version": version.state, "segment": segment.state},
    )
    session.flush()
    [view] = segment_views(session, [segment])
    return view


def _forget_audio(session: Session, audio_id: int) -> None:
    """Its rows go, so that the same bytes may come again; what else refers to it keeps it."""
    session.flush()
    used = [
        select(SegmentVersion.id).where(SegmentVersion.audio_id == audio_id),
        select(Segment.id).where(Segment.audio_id == audio_id),
        select(ProgrammeColumn.id).where(
            (col(ProgrammeColumn.opening_audio_id) == audio_id) | (col(ProgrammeColumn.closing_audio_id) == audio_id)
        ),
    ]
    if any(session.exec(statement).first() is not None for statement in used):
        return
    for rendition in session.exec(select(Rendition).where(Rendition.audio_id == audio_id)):
        session.delete(rendition)
    session.flush()
    session.delete(session.get_one(Audio, audio_id))
