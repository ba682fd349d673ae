"""Reports of what was aired: documents to look at, those that were handed out, and the template of the Word ones."""

from typing import Any, Literal

from litestar import Request, Response, Router, delete, get, post, put
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from server.api.asked import Asked, public_address
from server.api.attachments import attachment
from server.api.gate import needs
from server.reports.default_template import default_template
from server.reports.template_files import MOST_PACKED
from server.services import errands, issued_reports, report_errands, report_templates, reports
from server.services.errands import ErrandView
from server.services.issued_reports import IssuedReport
from server.services.report_templates import TemplateView
from server.services.rights import Right
from server.services.station_logbooks import make_logbook
from server.services.views import Export

Format = Literal["docx", "pdf", "xlsx"]
EVERYWHERE = needs(Right.REPORTS_MAKE, "everywhere")
OF_A_LEAD = needs(Right.REPORTS_MAKE, "lead", parameter="lead")
DOCUMENT = {200: ResponseSpec(bytes, description="The document", media_type="application/pdf", generate_examples=False)}
FOLLOWED = {
    202: ResponseSpec(ErrandView, description="Very many stations: a worker makes it, to be followed at Location")
}
WORD = {
    200: ResponseSpec(bytes, description="The template", media_type=reports.FORMATS["docx"], generate_examples=False)
}


class IssueIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`district`: a unit's code; none: the province."""

    district: str = ""


@get("/reports/{period:str}", sync_to_thread=True, responses=DOCUMENT, opt=EVERYWHERE)
def report(
    context: Asked,
    period: FromPath[str],
    format: FromQuery[Format] = "pdf",  # noqa: A002 (the word that people use for it)
    district: FromQuery[str] = "",
) -> Response[bytes]:
    """Of a month (2026-12), a quarter (2026-Q4) or a year (2026), of the province or a district by its code.

    Of very many stations: as it was made the last time, when a run was asked for.
    """
    if not district and report_errands.is_long(context, period):
        return file_of(report_errands.kept_report(context, period, format))
    return file_of(reports.make_report(context, period, format=format, district=district or None))


@get("/reports/{period:str}/leads/{lead:str}", sync_to_thread=True, responses=DOCUMENT, opt=OF_A_LEAD)
def lead_report(
    context: Asked,
    period: FromPath[str],
    lead: FromPath[str],
    format: FromQuery[Format] = "pdf",  # noqa: A002 (the word that people use for it)
) -> Response[bytes]:
    """What was aired on the topics that an organisation leads, by its code."""
    return file_of(reports.make_report(context, period, format=format, lead=lead))


@post("/reports/{period:str}", sync_to_thread=True, responses=FOLLOWED, opt=EVERYWHERE)
def issue(
    request: Request[Any, Any, Any], context: Asked, period: FromPath[str], data: JSONBody[IssueIn]
) -> Response[IssuedReport | ErrandView]:
    """Hands a report out: its figures and files are kept as they are now, and each carries a QR to check it by."""
    if not data.district and report_errands.is_long(context, period):
        return _followed(report_errands.order_report(context, period, site=public_address(request)))
    made = issued_reports.issue_report(context, period, district=data.district or None, site=public_address(request))
    return Response(made)


@post("/reports/{period:str}/runs", status_code=202, sync_to_thread=True, opt=EVERYWHERE)
def order_report(context: Asked, period: FromPath[str]) -> Response[ErrandView]:
    """Has the province's report made by a worker, to be fetched when it is done; for very many stations."""
    return _followed(report_errands.order_report(context, period))


@get("/reports/{period:str}/runs/{errand:str}", sync_to_thread=True, opt=EVERYWHERE)
def report_run(context: Asked, period: FromPath[str], errand: FromPath[str]) -> ErrandView:
    """Whether it is made, or handed out, already; or why it is not."""
    return errands.get(context, ("report", "issue"), period, errand)


@delete("/reports/{period:str}/runs/{errand:str}", status_code=200, sync_to_thread=True, opt=EVERYWHERE)
def cancel_report(context: Asked, period: FromPath[str], errand: FromPath[str]) -> ErrandView:
    """Nothing of it is kept; what has ended already stays as it ended."""
    return errands.cancel(context, ("report", "issue"), period, errand)


def _followed(errand: ErrandView) -> Response[Any]:
    return Response(errand, status_code=202, headers={"Location": f"/api/v1/reports/{errand.about}/runs/{errand.id}"})


@post("/reports/{period:str}/leads/{lead:str}", sync_to_thread=True, opt=OF_A_LEAD)
def issue_of_lead(
    request: Request[Any, Any, Any], context: Asked, period: FromPath[str], lead: FromPath[str]
) -> IssuedReport:
    """The same of what an organisation leads."""
    return issued_reports.issue_report(context, period, lead=lead, site=public_address(request))


@get("/issued-reports", sync_to_thread=True, opt=needs(Right.REPORTS_MAKE))
def issued(context: Asked) -> list[IssuedReport]:
    """What was handed out, the latest first; a lead sees what was of its own topics."""
    return issued_reports.list_issued(context)


@get(
    "/issued-reports/{report:str}/file",
    sync_to_thread=True,
    responses=DOCUMENT,
    opt=needs(Right.REPORTS_MAKE, "report", parameter="report"),
)
def issued_file(
    context: Asked,
    report: FromPath[str],
    format: FromQuery[Format] = "pdf",  # noqa: A002 (the word that people use for it)
) -> Response[bytes]:
    """A document byte for byte as it was handed out."""
    return file_of(issued_reports.issued_file(context, report, format))


@get("/report-template", sync_to_thread=True, opt=EVERYWHERE)
def template(context: Asked) -> TemplateView:
    """Which Word template is in force: Loa's own, or the office's."""
    return report_templates.template_view(context)


@get("/report-template/file", sync_to_thread=True, responses=WORD, opt=EVERYWHERE)
def template_file(context: Asked, which: FromQuery[Literal["in_force", "default"]] = "in_force") -> Response[bytes]:
    """The template as .docx: to look at, or Loa's own to start from."""
    content = report_templates.template_in_force(context) if which == "in_force" else None
    return Response(
        content or default_template(),
        media_type=reports.FORMATS["docx"],
        headers={"Content-Disposition": attachment("mau-bao-cao.docx"), "Cache-Control": "private, no-cache"},
    )


class _WordBody(Operation):
    """The .docx's bytes are the body."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(content={"application/octet-stream": OpenAPIMediaType()}, required=True)


@put("/report-template", request_max_body_size=MOST_PACKED, operation_class=_WordBody, opt=EVERYWHERE)
async def replace_template(request: Request[Any, Any, Any], context: Asked, name: FromQuery[str] = "") -> TemplateView:
    """A .docx of the office's own in the place of Loa's; tried first, and refused with the field that can't be filled."""
    data = await request.body()
    return await sync_to_thread(report_templates.replace_template, context, data, file_name=name[:200])


@delete("/report-template", status_code=200, sync_to_thread=True, opt=EVERYWHERE)
def restore_template(context: Asked) -> TemplateView:
    """Back to Loa's own."""
    return report_templates.restore_template(context)


@get(
    "/stations/{code:str}/logbooks/{week:str}",
    sync_to_thread=True,
    responses=DOCUMENT,
    opt=needs(Right.MONTHS_READ, "station"),
)
def logbook(
    context: Asked,
    code: FromPath[str],
    week: FromPath[str],
    format: FromQuery[Literal["docx", "pdf"]] = "pdf",  # noqa: A002 (the word that people use for it)
) -> Response[bytes]:
    """A station's logbook of a week (2026-W49, or a day in it) or a month (2026-12): what was planned, what was aired and who says so."""
    return file_of(make_logbook(context, code, week, format=format))


def file_of(export: Export) -> Response[bytes]:
    return Response(
        export.content,
        media_type=export.media_type,
        headers={"Content-Disposition": attachment(export.file_name), "Cache-Control": "private, no-cache"},
    )


CLOSED = (IssueIn,)

router = Router(
    "/",
    route_handlers=[
        report,
        lead_report,
        issue,
        order_report,
        report_run,
        cancel_report,
        issue_of_lead,
        issued,
        issued_file,
        template,
        template_file,
        replace_template,
        restore_template,
        logbook,
    ],
    tags=["reports"],
)
