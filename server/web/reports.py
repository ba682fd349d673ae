"""The pages of reports: looking at one, handing it out, those that were, and the template of the Word ones."""

from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, public_address
from server.api.forms import CSRF_FIELD, require_form
from server.api.gate import needs
from server.api.reports import EVERYWHERE, OF_A_LEAD
from server.errors import REFUSALS, answer
from server.reports.report_words import report_words
from server.reports.template_files import MOST_PACKED
from server.services import errands, issued_reports, report_errands, report_figures, report_templates
from server.services.context import Context
from server.services.errand_refusals import ErrandUnderWay
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.report_extents import extents_of
from server.services.report_periods import period_of
from server.services.rights import Right
from server.web.rendering import page

PATH = "/bao-cao"
_OF_A_PERIOD = PATH + "/{period:str}"
_OF_A_LEAD = _OF_A_PERIOD + "/chu-tri/{lead:str}"
_TEMPLATE = PATH + "/mau"


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.REPORTS_MAKE))
def all_reports(
    request: Request[Any, Any, Any], context: Asked, period: FromQuery[str] = "", extent: FromQuery[str] = ""
) -> Response[Any]:
    """What was handed out, and a form that leads to any other report."""
    extents = extents_of(context)
    if period and extent in {each.text for each in extents}:
        kind, _, code = extent.partition(":")
        return Redirect(_place(period.strip()[:20], **{kind: code} if code else {}))
    return page(
        request,
        "reports.html",
        active="reports",
        reports=issued_reports.list_issued(context),
        extents=extents,
        last=Month.of(local_today(context)).previous(),
    )


@get(_OF_A_PERIOD, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=EVERYWHERE)
def report(
    request: Request[Any, Any, Any], context: Asked, period: FromPath[str], district: FromQuery[str] = ""
) -> Response[str]:
    """The same figures as in the documents, and the documents."""
    return _shown(request, context, period, district=district)


@get(_OF_A_LEAD, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OF_A_LEAD)
def lead_report(
    request: Request[Any, Any, Any], context: Asked, period: FromPath[str], lead: FromPath[str]
) -> Response[str]:
    return _shown(request, context, period, lead=lead)


@post(
    _OF_A_PERIOD,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=EVERYWHERE,
)
def issue(
    request: Request[Any, Any, Any], context: Asked, period: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    return _issued(request, context, period, district=str(data.get("district", ""))[:40])


@post(
    _OF_A_LEAD, status_code=200, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OF_A_LEAD
)
def issue_of_lead(
    request: Request[Any, Any, Any], context: Asked, period: FromPath[str], lead: FromPath[str]
) -> Response[Any]:
    return _issued(request, context, period, lead=lead)


@post(_OF_A_PERIOD + "/lap", include_in_schema=False, sync_to_thread=True, opt=EVERYWHERE)
def order(context: Asked, period: FromPath[str]) -> Redirect:
    """Of very many stations: a worker makes it, and the page follows."""
    with suppress(ErrandUnderWay):
        report_errands.order_report(context, period)
    return Redirect(_place(period), status_code=303)


@post(_OF_A_PERIOD + "/huy", include_in_schema=False, sync_to_thread=True, opt=EVERYWHERE)
def cancel(context: Asked, period: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Redirect:
    errands.cancel(context, ("report", "issue"), period, str(data.get("run", ""))[:40])
    return Redirect(_place(period), status_code=303)


@get(_TEMPLATE, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=EVERYWHERE)
def template(request: Request[Any, Any, Any], context: Asked) -> Response[str]:
    return _template(request, context)


@post(
    _TEMPLATE,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    request_max_body_size=MOST_PACKED + 100_000,
    opt=needs(Right.REPORTS_MAKE, "everywhere", form_later=True),
)
async def replace_template(request: Request[Any, Any, Any], context: Asked) -> Response[Any]:
    """Takes the office's own, or goes back to Loa's."""
    form = await request.form()
    require_form(request, str(form.get(CSRF_FIELD, "")))
    file = form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    name = (file.filename if isinstance(file, UploadFile) else "")[:200]
    restore = form.get("do") == "restore"
    return await sync_to_thread(_replaced, request, context, data, name, restore)


def _replaced(
    request: Request[Any, Any, Any],
    context: Context,
    data: bytes,
    name: str,
    restore: bool,  # noqa: FBT001 (handed to a thread as it is)
) -> Response[Any]:
    try:
        if restore:
            report_templates.restore_template(context)
        else:
            report_templates.replace_template(context, data, file_name=name)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _template(request, context, told=told.sentence, status=told.http)
    return Redirect(_TEMPLATE, status_code=303)


def _template(request: Request[Any, Any, Any], context: Context, *, told: str = "", status: int = 200) -> Response[str]:
    view = report_templates.template_view(context)
    return page(request, "report_template.html", status=status, active="reports", view=view, told=told)


def _issued(
    request: Request[Any, Any, Any], context: Context, period: str, *, district: str = "", lead: str = ""
) -> Response[Any]:
    try:
        if not district and not lead and report_errands.is_long(context, period):
            report_errands.order_report(context, period, site=public_address(request))
            return Redirect(_place(period), status_code=303)
        made = issued_reports.issue_report(
            context, period, district=district or None, lead=lead or None, site=public_address(request)
        )
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, period, district=district, lead=lead, told=told.sentence, status=told.http)
    return Redirect(f"{PATH}#{made.code}", status_code=303)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    period: str,
    *,
    district: str = "",
    lead: str = "",
    told: str = "",
    status: int = 200,
) -> Response[str]:
    months = period_of(period).months
    if not district and not lead and report_errands.is_long(context, period):
        long = report_errands.long_report(context, period)
        return page(
            request,
            "report_long.html",
            status=status,
            active="reports",
            sample=sample_is_loaded(context),
            period=period,
            words=period_of(period).words,
            months=months,
            long=long,
            runs=[run for run in (long.run, long.issuing) if run is not None and run.under_way],
            told=told or _why_not(long),
        )
    figures = report_figures.report_figures(context, period, district=district or None, lead=lead or None)
    last = months[-1]
    others = (str(last), f"{last.year}-Q{(last.number + 2) // 3}", str(last.year))
    return page(
        request,
        "report.html",
        status=status,
        active="reports",
        sample=figures.sample,
        period=period,
        district=district,
        here=_place(period, district=district, lead=lead),
        document=f"/api/v1/reports/{quote(period, safe='')}"
        + (
            f"/leads/{quote(lead, safe='')}?" if lead else f"?{urlencode({'district': district})}&" if district else "?"
        ),
        others=[_place(each, district=district, lead=lead) for each in others],
        figures=figures,
        paper=report_words(figures),
        months=months,
        told=told,
    )


def _why_not(long: report_errands.LongReport) -> str:
    for run in (long.issuing, long.run):
        if run is not None and run.refusal is not None:
            return run.refusal.sentence
    return ""


def _place(period: str, *, district: str = "", lead: str = "") -> str:
    """The page of that report."""
    own = f"{PATH}/{quote(period, safe='')}"
    if lead:
        return f"{own}/chu-tri/{quote(lead, safe='')}"
    return f"{own}?{urlencode({'district': district})}" if district else own


HANDLERS = [all_reports, template, replace_template, report, issue, order, cancel, lead_report, issue_of_lead]
