"""What vetting does to a recording's row, inside the caller's transaction: handing it in, and putting it in force."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from schedules.months import Month
from server.db.accounts import Credential
from server.db.intake import SegmentVersion, VettingEntry
from server.db.library import Segment
from server.db.registry import Organisation
from server.services.campaigns import DEFAULT_APPROVALS, DEFAULT_VETTING, campaign_of
from server.services.context import Context
from server.services.local_time import local_today
from server.services.rows import identity
from server.services.segment_states import follow_versions

URGENT = timedelta(hours=2)  # what is urgent can't wait two days for its lead
WAITING = ("draft", "submitted", "returned")


def after_checks(session: Session, context: Context, segment: Segment, version: SegmentVersion, *, at: datetime) -> str:
    """The state of a recording that passed its checks: handed in at once, unless its maker wished otherwise, or a newer
    recording was handed in before.
    """
    if not version.wants_vetting or newer_handed_in(session, version) is not None:
        return "draft"
    actor = version.made_by or context.who.name
    hand_in(session, context, segment, version, actor=actor, organisation_id=segment.producer_id, at=at)
    return "submitted"


def makers_of(session: Session, version: SegmentVersion) -> set[str]:
    """Who sent the recording, as the trail calls them, and who issued the key that a script sent it with."""
    kind, _, rest = version.made_by.partition(":")
    organisation, _, name = rest.partition("/")
    if kind != "key" or not name:
        return {version.made_by}
    issuers = session.exec(
        select(Credential.created_by)
        .join(Organisation, col(Organisation.id) == col(Credential.organisation_id))
        .where(Credential.kind == "key", Credential.name == name, Organisation.code == organisation)
    )
    return {version.made_by, *issuers}


def hand_in(
    session: Session,
    context: Context,
    segment: Segment,
    version: SegmentVersion,
    *,
    actor: str,
    organisation_id: int | None,
    at: datetime,
    reason: str = "",
) -> list[int]:
    """Waits for its lead from now on; the numbers of older recordings that were waiting and give way to it."""
    campaign = campaign_of(session, Month.of(local_today(context)))
    hours = DEFAULT_VETTING if campaign is None else timedelta(hours=campaign.vetting_hours)
    version.state = "submitted"
    version.submitted_at = at
    version.approvals_needed = DEFAULT_APPROVALS if campaign is None else campaign.approvals
    version.due_at = at + (URGENT if segment.priority == "urgent" else hours)
    version.reminded_at = None
    version.review_open = False
    version.updated_at = at
    session.add(version)
    add_entry(session, version, "submitted", actor=actor, organisation_id=organisation_id, at=at, reason=reason)
    return supersede_older(session, version, actor=actor, at=at)


def put_in_force(session: Session, segment: Segment, version: SegmentVersion, *, actor: str, at: datetime) -> list[int]:
    """Approved or released; the numbers of older recordings that were waiting and give way to it."""
    version.state = "ready"
    version.due_at = None
    version.reminded_at = None
    version.ended_at = at
    version.updated_at = at
    session.add(version)
    gone = supersede_older(session, version, actor=actor, at=at)
    session.flush()
    follow_versions(session, segment)
    session.flush()
    return gone


def supersede_older(session: Session, version: SegmentVersion, *, actor: str, at: datetime) -> list[int]:
    """What was waiting is not looked at any more once a newer recording is; its record and its sound stay."""
    older = session.exec(
        select(SegmentVersion).where(
            SegmentVersion.segment_id == version.segment_id,
            SegmentVersion.number < version.number,
            col(SegmentVersion.state).in_(WAITING),
        )
    ).all()
    for row in older:
        row.state = "discarded"
        row.due_at = None
        row.decision = {"action": "superseded", "reason": "", "lead": None, "actor": actor, "at": at.isoformat()}
        row.updated_at = at
        session.add(row)
    return [row.number for row in older]


def newer_handed_in(session: Session, version: SegmentVersion) -> int | None:
    """The newest of the recordings that were handed in after this one, if there are any."""
    return session.exec(
        select(func.max(SegmentVersion.number)).where(
            SegmentVersion.segment_id == version.segment_id,
            SegmentVersion.number > version.number,
            col(SegmentVersion.state).in_(("submitted", "ready")),
        )
    ).one()


def add_entry(
    session: Session,
    version: SegmentVersion,
    action: str,
    *,
    actor: str,
    organisation_id: int | None,
    at: datetime,
    reason: str = "",
) -> None:
    entry = VettingEntry(
        version_id=identity(version),
        action=action,
        actor=actor,
        organisation_id=organisation_id,
        reason=reason,
        at=at,
    )
    session.add(entry)
    session.flush()


def entries_of(session: Session, version: SegmentVersion) -> list[VettingEntry]:
    """The oldest first."""
    return list(
        session.exec(
            select(VettingEntry).where(VettingEntry.version_id == identity(version)).order_by(col(VettingEntry.id))
        )
    )


def approvers(actions: list[tuple[str, str]]) -> list[str]:
    """Who approved since the recording was last handed in, of steps as (action, actor) from the oldest on."""
    found: list[str] = []
    for action, actor in actions:
        if action == "submitted":
            found = []
        elif action == "approved":
            found.append(actor)
    return found
