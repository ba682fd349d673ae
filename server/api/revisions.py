"""A month's revisions and its draft: what publishing would mean, coming back to an earlier revision, taking back.

Whoever changes something names the `version` of the plan that they looked at: the draft's or, where there was none,
that of the revision in force. If somebody else was faster it is refused (409, plan.draft_changed) and nothing is stored.
"""

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import drafts, publishing, restoring, revision_history, undoing
from server.services.drafts import Discarded
from server.services.editing import EditView
from server.services.publishing import PublicationPreview
from server.services.restoring import RestoredView
from server.services.revision_history import RevisionEntry
from server.services.rights import Right


class LookedAtIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `version` of the plan that this is done to; null: whatever is there."""

    version: int | None = None


@get("/plans/{month:str}/revisions", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_history(context: Asked, month: MonthInPath) -> list[RevisionEntry]:
    """The draft, if there is one, then what was published, the latest first, with who did what on the way to it."""
    return revision_history.revision_history(context, Month.parse(month))


@get("/plans/{month:str}/publication", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "everywhere"))
def get_publication(context: Asked, month: MonthInPath) -> PublicationPreview:
    """What publishing the draft would mean: for whom what changes, and what is still wrong with it."""
    return publishing.preview_publication(context, Month.parse(month))


@post(
    "/plans/{month:str}/revisions/{number:int}/restore",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def restore(context: Asked, month: MonthInPath, number: FromPath[int], data: JSONBody[LookedAtIn]) -> RestoredView:
    """A draft out of an earlier revision, as far as the month of today lets it be: `lost` slots can't be as they were.

    Nothing is published by it."""
    return restoring.restore_revision(context, Month.parse(month), number, version=data.version)


@post(
    "/plans/{month:str}/draft/undo", status_code=200, sync_to_thread=True, opt=needs(Right.PLANS_CHANGE, "everywhere")
)
def undo(context: Asked, month: MonthInPath, data: JSONBody[LookedAtIn]) -> EditView:
    """The opposite of the last change by hand; undone twice it is there again."""
    return undoing.undo_last_change(context, Month.parse(month), version=data.version)


@post(
    "/plans/{month:str}/draft/discard",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "everywhere"),
)
def discard(context: Asked, month: MonthInPath, data: JSONBody[LookedAtIn]) -> Discarded:
    """The draft goes; what is published holds on."""
    return drafts.discard_draft(context, Month.parse(month), version=data.version)


CLOSED = (LookedAtIn,)

router = Router("/", route_handlers=[get_history, get_publication, restore, undo, discard], tags=["plans"])
