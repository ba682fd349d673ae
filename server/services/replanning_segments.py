"""Plans that follow a segment: it was withdrawn, or a recording of it came into force."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from schedules.months import Month
from schedules.problem import MustAir
from schedules.problem_index import ProblemIndex
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services.context import Context
from server.services.local_time import local_today
from server.services.plans import PlanBasis, Progress
from server.services.replanning import ReplannedView, planned_months, replan
from server.services.segment_views import segment_views
from server.services.segments import find_segment, withdraw_segment
from server.services.views import SegmentView

_PRIORITY = timedelta(hours=72)  # what is of priority is owed an airing so soon


class ReplannedSegment(SegmentView, frozen=True, kw_only=True):
    """The segment as it is now, with the drafts that were made for its sake."""

    replanned: ReplannedView


def withdraw(context: Context, code: str, *, reason: str, progress: Progress | None = None) -> ReplannedSegment:
    """From today on it may not be planned any more; months that would still air it get a new draft.

    The withdrawal holds also where planning fails. Raises UnknownSegment, SegmentAlreadyWithdrawn,
    SegmentHasNoRecording, BadField, InvalidInstance.
    """
    return after_withdrawal(context, withdraw_segment(context, code, reason=reason), progress=progress)


def after_withdrawal(context: Context, segment: SegmentView, *, progress: Progress | None = None) -> ReplannedSegment:
    """Drafts of the months that would still air what was just withdrawn. Raises InvalidInstance."""
    code = segment.code
    replanned = replan(
        context,
        planned_months(context) if segment.state == "withdrawn" else [],
        subject=code,
        reason=segment.withdrawn_reason or "",
        affected=lambda _station, slot: any(item.segment == code for item in slot.items),
        progress=progress,
    )
    return _with(segment, replanned)


def with_what_follows(
    context: Context, segment: SegmentView, *, progress: Progress | None = None, arrival: int | None = None
) -> ReplannedSegment:
    """After a recording of the segment was approved: drafts of the months in which it makes a difference.

    Those in which the segment owes airings (urgent, of priority, with a must-air), and those that air an older
    recording of another length; one as long changes no slot, and is what `pushing` is for. Without months where the
    segment is not ready, or nothing follows. `arrival`: see `replan`. Raises UnknownSegment, InvalidInstance.
    """
    owing = _owing_months(context, segment)
    replanned = replan(
        context,
        planned_months(context) if segment.state == "ready" else [],
        subject=segment.code,
        reason=segment.title,
        affected=lambda _station, slot: any(
            item.segment == segment.code and item.duration_ms != segment.duration_ms for item in slot.items
        ),
        concerned=(lambda basis: _meant(basis, segment.code, owing)) if owing else None,
        progress=progress,
        arrival=arrival,
    )
    return _with(segment, replanned)


def plan_what_came_in(context: Context, version_id: int) -> ReplannedView:
    """`with_what_follows` for who brings recordings to their verdict while nobody waits; for each recording once, however
    often it is asked for. Raises InvalidInstance.
    """
    with context.database.read() as session:
        version = session.get_one(SegmentVersion, version_id)
        if version.state != "ready":
            return ReplannedView(reason="", slots=0, stations=0, airtime_ms=0, left=0, months=[])
        [segment] = segment_views(session, [session.get_one(Segment, version.segment_id)])
    return with_what_follows(context, segment, arrival=version_id).replanned


def _owing_months(context: Context, segment: SegmentView) -> list[Month]:
    """The planned months that its must-air touches, and where it presses those of its first days that are planned."""
    if segment.state != "ready":
        return []
    with context.database.read() as session:
        must_air = find_segment(session, segment.code).must_air
    planned = planned_months(context)
    owing: set[Month] = set()
    if segment.priority != "normal":
        soonest = max(local_today(context), segment.valid_from)
        later = [month for month in planned if soonest <= month.last_date]
        owing |= set(_touching(later, soonest, soonest + _PRIORITY) or later[:1])
    if must_air is not None:
        owed = msgspec.convert(must_air, MustAir)
        owing |= set(_touching(planned, owed.from_date, owed.to_date))
    return sorted(owing)


def _touching(months: Iterable[Month], first: date, last: date) -> list[Month]:
    return [month for month in months if first <= month.last_date and month.first_date <= last]


def _meant(basis: PlanBasis, segment: str, owing: Iterable[Month]) -> list[str]:
    """The stations that the segment is meant for, in a month in which it owes them anything."""
    if Month.parse(basis.instance.month) not in owing:
        return []
    index = ProblemIndex(basis.instance)
    return [station.code for station in basis.instance.stations if segment in index.view(station.code).meant]


def _with(segment: SegmentView, replanned: ReplannedView) -> ReplannedSegment:
    return ReplannedSegment(**msgspec.structs.asdict(segment), replanned=replanned)
