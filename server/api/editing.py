"""Changing a month's draft by hand, one slot at a time.

Each change names the `version` of the plan that it was made from: `revision.version` of a station's month as the draft
has it, or `version` of the answer to the change before. If somebody else was faster it is refused (409,
plan.draft_changed) and nothing is stored. What would break a hard constraint is refused too (422, plan.change_breaks),
with up to three starts at which the same change would be accepted.
"""

from datetime import datetime
from typing import Annotated

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct

from schedules.editing import AddSlot, AlterSlot, Change, LockSlot, RemoveSlot
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import editing, plans
from server.services.context import Context
from server.services.editing import EditView
from server.services.rights import Right
from server.services.slot_candidates import CandidatesView, slot_candidates
from server.services.views import StationMonth

Start = Annotated[datetime, Meta(tz=True, description="With an offset, on a whole minute")]
Position = Annotated[
    int | None,
    QueryParameter(ge=1, description="Of the item that is to be replaced, from 1 on; none: after the last one"),
]
Segments = Annotated[list[str], Meta(max_length=100, description="Codes, in the order of airing")]


class ChangeIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`version` of the plan that the change is made to. With `dry_run` it is only said what it would come to."""

    version: int
    dry_run: bool = False


class AddIn(ChangeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A slot of the station's own; its length follows from the segments and the column's opening and closing."""

    column: str
    start: Start
    segments: Segments


class MoveIn(ChangeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To another start, with all that the slot holds."""

    start: Start


class LengthenIn(ChangeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`segments` come after those that the slot holds; `start` null: where it stands."""

    segments: Segments
    start: Start | None = None


class RefillIn(ChangeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`segments` in the place of all that the slot holds; `start` null: where it stands."""

    segments: Segments
    start: Start | None = None


@get("/plans/{month:str}/stations/{code:str}/draft", sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "station"))
def get_draft(context: Asked, month: MonthInPath, code: FromPath[str]) -> StationMonth:
    """A station's month as the draft has it, or where there is none as it is published: what changes are made to."""
    return plans.station_month(context, code, Month.parse(month), draft=True)


@post(
    "/plans/{month:str}/stations/{code:str}/slots",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def add_slot(context: Asked, month: MonthInPath, code: FromPath[str], data: JSONBody[AddIn]) -> EditView:
    """A new slot."""
    added = AddSlot(station=code, column=data.column, start=data.start, segments=tuple(data.segments))
    return _edited(context, month, added, data)


@post(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/move",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def move_slot(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], data: JSONBody[MoveIn]
) -> EditView:
    """The slot at another time; those who relay it follow."""
    return _edited(context, month, AlterSlot(station=code, slot=slot, start=data.start), data)


@post(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/lengthen",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def lengthen_slot(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], data: JSONBody[LengthenIn]
) -> EditView:
    """More segments after those that are there."""
    longer = AlterSlot(station=code, slot=slot, start=data.start, more=tuple(data.segments))
    return _edited(context, month, longer, data)


@post(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/refill",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def refill_slot(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], data: JSONBody[RefillIn]
) -> EditView:
    """Other segments, or the same in another order."""
    refilled = AlterSlot(station=code, slot=slot, start=data.start, segments=tuple(data.segments))
    return _edited(context, month, refilled, data)


@post(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/lock",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def lock_slot(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], data: JSONBody[ChangeIn]
) -> EditView:
    """The slot stays as it is in all plans to come, until it is unlocked."""
    return _edited(context, month, LockSlot(station=code, slot=slot, locked=True), data)


@post(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/unlock",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def unlock_slot(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], data: JSONBody[ChangeIn]
) -> EditView:
    """Planning and people may change the slot again."""
    return _edited(context, month, LockSlot(station=code, slot=slot, locked=False), data)


@post(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/remove",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def remove_slot(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], data: JSONBody[ChangeIn]
) -> EditView:
    """The slot goes, also where it is relayed."""
    return _edited(context, month, RemoveSlot(station=code, slot=slot), data)


@get(
    "/plans/{month:str}/stations/{code:str}/slots/{slot:str}/candidates",
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def get_candidates(
    context: Asked, month: MonthInPath, code: FromPath[str], slot: FromPath[str], position: Position = None
) -> CandidatesView:
    """The segments that would serve the slot best, tried one by one: what it then holds, and the station's month."""
    return slot_candidates(context, code, Month.parse(month), slot, position=position)


def _edited(context: Context, month: str, change: Change, data: ChangeIn) -> EditView:
    return editing.edit_draft(context, Month.parse(month), change, version=data.version, store=not data.dry_run)


CLOSED = (ChangeIn, AddIn, MoveIn, LengthenIn, RefillIn)

router = Router(
    "/",
    route_handlers=[
        get_draft,
        add_slot,
        move_slot,
        lengthen_slot,
        refill_slot,
        lock_slot,
        unlock_slot,
        remove_slot,
        get_candidates,
    ],
    tags=["plans"],
)
