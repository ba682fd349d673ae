"""Vetting: handing recordings in, deciding on them, and what waits for whom."""

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from server.api.asked import Asked
from server.api.gate import needs
from server.services import replanning_segments, vetting
from server.services.replanning_segments import ReplannedSegment
from server.services.rights import Right
from server.services.vetting_queue import QueueView, queue
from server.services.views import SegmentView


class SubmissionIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` null is the newest recording."""

    number: int | None = None


class ApprovalIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` is that of the recording that was looked at; a reason may be given."""

    number: int
    reason: str = ""


class VerdictIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` is that of the recording that was looked at; the reason stays on record."""

    number: int
    reason: str


class RestorationIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why what was withdrawn comes back."""

    reason: str


CLOSED = (SubmissionIn, ApprovalIn, VerdictIn, RestorationIn)


@get("/vetting", sync_to_thread=True, opt=needs(Right.SEGMENTS_VET))
def get_queue(context: Asked) -> QueueView:
    """What waits on the topics that who asks answers for, the soonest due first; their own, for others, last."""
    return queue(context)


@post("/segments/{code:str}/submit", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_SEND, "segment"))
def submit(context: Asked, code: FromPath[str], data: JSONBody[SubmissionIn]) -> SegmentView:
    """Hands a recording in for vetting: a draft, or one that was returned, once more."""
    return vetting.submit(context, code, data.number)


@post("/segments/{code:str}/approve", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET, "segment"))
def approve(context: Asked, code: FromPath[str], data: JSONBody[ApprovalIn]) -> ReplannedSegment:
    """Approves a recording that somebody else made. With all approvals it is in force, and months in which it makes a
    difference get a new draft."""
    segment = vetting.approve(context, code, data.number, data.reason)
    return replanning_segments.with_what_follows(context, segment)


@post("/segments/{code:str}/return", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET, "segment"))
def return_(context: Asked, code: FromPath[str], data: JSONBody[VerdictIn]) -> SegmentView:
    """Gives a recording back to its maker, who reads why."""
    return vetting.return_(context, code, data.number, data.reason)


@post(
    "/segments/{code:str}/release", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_RELEASE, "segment")
)
def release(context: Asked, code: FromPath[str], data: JSONBody[VerdictIn]) -> ReplannedSegment:
    """Puts what is urgent on the air ahead of its review, which somebody else does within a day."""
    segment = vetting.release(context, code, data.number, data.reason)
    return replanning_segments.with_what_follows(context, segment)


@post("/segments/{code:str}/confirm", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET, "segment"))
def confirm(context: Asked, code: FromPath[str], data: JSONBody[ApprovalIn]) -> SegmentView:
    """Ends the review of what was released: it is in order."""
    return vetting.confirm(context, code, data.number, data.reason)


@post("/segments/{code:str}/dispute", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET, "segment"))
def dispute(context: Asked, code: FromPath[str], data: JSONBody[VerdictIn]) -> ReplannedSegment:
    """Ends the review of what was released: it is withdrawn everywhere, and months that air it get a new draft."""
    return replanning_segments.after_withdrawal(context, vetting.dispute(context, code, data.number, data.reason))


@post("/segments/{code:str}/restore", status_code=200, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET, "segment"))
def restore(context: Asked, code: FromPath[str], data: JSONBody[RestorationIn]) -> SegmentView:
    """A withdrawn segment waits for its lead again; it is planned once it is approved anew."""
    return vetting.restore(context, code, data.reason)


router = Router(
    "/",
    route_handlers=[get_queue, submit, approve, return_, release, confirm, dispute, restore],
    tags=["vetting"],
)
