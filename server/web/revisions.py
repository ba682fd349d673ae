"""The revisions of a month: what each was, coming back to an earlier one, and taking back what was drafted."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import drafts, undoing
from server.services.context import Context
from server.services.differences import MonthDifference
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.refusals import NotPublished
from server.services.restoring import ReturnView, preview_return, restore_revision
from server.services.revision_history import revision_change, revision_history
from server.services.revision_refusals import RevisionInForce
from server.services.rights import Right
from server.services.scopes import has_everywhere
from server.web import difference_words, publishing_words
from server.web.differences import station_page
from server.web.publishing import version_in
from server.web.rendering import page

PATH = "/thang/{month:str}/ban"
ONE = PATH + "/{number:int}"
DRAFT = "/thang/{month:str}/ban-nhap"
_SHOW: dict[str, Any] = {"media_type": MediaType.HTML, "include_in_schema": False, "sync_to_thread": True}


@get(PATH, **_SHOW, opt=needs(Right.MONTHS_READ, "everywhere"))
def revisions(request: Request[Any, Any, Any], context: Asked, month: MonthInPath) -> Response[str]:
    return _listed(request, context, Month.parse(month))


@get(ONE, **_SHOW, opt=needs(Right.MONTHS_READ, "everywhere"))
def revision(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    month: MonthInPath,
    number: FromPath[int],
    vua: FromQuery[str] = "",
    offset: FromQuery[int] = 0,
) -> Response[str]:
    return _one(request, context, Month.parse(month), number, just=vua == "cong-bo", offset=offset)


@post(ONE + "/tro-lai", status_code=200, **_SHOW, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def come_back(
    request: Request[Any, Any, Any],
    context: Asked,
    month: MonthInPath,
    number: FromPath[int],
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    """The draft that comes of it is published by the page that it leads to."""
    wanted = Month.parse(month)
    try:
        restore_revision(context, wanted, number, version=version_in(data))
    except REFUSALS as refusal:
        return _one(
            request, context, wanted, number, told=publishing_words.refused(refusal), status=answer(refusal).http
        )
    return Redirect(f"/thang/{wanted}/cong-bo", status_code=303)


@get(ONE + "/tro-lai", include_in_schema=False, sync_to_thread=False, opt=needs(Right.MONTHS_READ, "everywhere"))
def back_to_revision(month: MonthInPath, number: FromPath[int]) -> Redirect:
    return Redirect(f"/thang/{Month.parse(month)}/ban/{number}", status_code=302)


@post(DRAFT + "/bo", status_code=200, **_SHOW, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def discard(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    wanted = Month.parse(month)
    return _drafted(request, context, wanted, lambda: drafts.discard_draft(context, wanted, version=version_in(data)))


@post(DRAFT + "/hoan-tac", status_code=200, **_SHOW, opt=needs(Right.PLANS_CHANGE, "everywhere"))
def undo(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    wanted = Month.parse(month)
    return _drafted(
        request, context, wanted, lambda: undoing.undo_last_change(context, wanted, version=version_in(data))
    )


@get(
    [DRAFT, DRAFT + "/bo", DRAFT + "/hoan-tac"],
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.MONTHS_READ, "everywhere"),
)
def back_to_plan(month: MonthInPath) -> Redirect:
    return Redirect(f"/thang/{Month.parse(month)}/ke-hoach", status_code=302)


def _drafted(
    request: Request[Any, Any, Any], context: Context, month: Month, do: Callable[[], object]
) -> Response[Any]:
    try:
        do()
    except REFUSALS as refusal:
        return _listed(request, context, month, told=publishing_words.refused(refusal), status=answer(refusal).http)
    return Redirect(f"/thang/{month}/ke-hoach", status_code=303)


def _listed(
    request: Request[Any, Any, Any], context: Context, month: Month, *, told: str = "", status: int = 200
) -> Response[str]:
    found = revision_history(context, month)
    return page(
        request,
        "revisions.html",
        status=status,
        active="plan",
        sample=sample_is_loaded(context),
        month=month,
        found=found,
        draft=next((each.revision for each in found if each.revision.number is None), None),
        in_force=next((each.revision.number for each in found if each.revision.number is not None), None),
        again=bool(found),
        undoable=publishing_words.last_change(undoing.last_change_of_month(context, month)),
        told=told,
        said=publishing_words,
    )


def _one(
    request: Request[Any, Any, Any],
    context: Context,
    month: Month,
    number: int,
    *,
    just: bool = False,
    offset: int = 0,
    told: str = "",
    status: int = 200,
) -> Response[str]:
    entry, found = revision_change(context, month, number)
    return page(
        request,
        "revision.html",
        status=status,
        active="plan",
        sample=sample_is_loaded(context),
        month=month,
        entry=entry,
        found=found,
        shown=station_page(found, offset) if found is not None else None,
        names=_names(found),
        back=_return(context, month, number),
        just=just,
        told=told,
        said=publishing_words,
        differences=difference_words,
    )


def _return(context: Context, month: Month, number: int) -> ReturnView | None:
    """None where it is in force, and for who may not come back to it."""
    if not has_everywhere(context.who, Right.PLANS_CHANGE, local_today(context)):
        return None
    try:
        return preview_return(context, month, number)
    except (RevisionInForce, NotPublished):
        return None


def _names(found: MonthDifference | None) -> dict[str, str]:
    return {each.station: each.station_name for each in found.differing} if found is not None else {}


HANDLERS = [revisions, revision, come_back, back_to_revision, discard, undo, back_to_plan]
