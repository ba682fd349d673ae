"""What anybody who holds a report's paper or file can ask: whether it is the one that was handed out."""

import hashlib
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.forms import CSRF_FIELD, require_form
from server.api.gate import OPEN, needs
from server.reports.report_words import REMARK, totals_words
from server.services.context import Context
from server.services.issued_checks import check_report, fault_sentence
from server.services.rights import Right
from server.web.rendering import page

PATH = "/kiem-tra"
# A province's year in Word with its charts is some hundred kilobytes.
MOST_BYTES = 16_000_000


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def ask(request: Request[Any, Any, Any], code: FromQuery[str] = "") -> Response[Any]:
    """For who types the code instead of reading the QR."""
    if code.strip():
        return Redirect(f"{PATH}/{quote(code.strip()[:40], safe='')}")
    return page(request, "report_check_ask.html")


@get(PATH + "/{code:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def check(request: Request[Any, Any, Any], context: Asked, code: FromPath[str]) -> Response[str]:
    return _shown(request, context, code)


@post(
    PATH + "/{code:str}",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    request_max_body_size=MOST_BYTES,
    opt=needs(Right.PUBLIC, form_later=True),
)
async def check_file(request: Request[Any, Any, Any], context: Asked, code: FromPath[str]) -> Response[str]:
    """Whether a file is byte for byte one of the report's. Nothing of it is kept."""
    form = await request.form()
    require_form(request, str(form.get(CSRF_FIELD, "")))
    file = form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    name = (file.filename if isinstance(file, UploadFile) else "")[:200]
    return await sync_to_thread(_shown, request, context, code, data, name)


def _shown(
    request: Request[Any, Any, Any], context: Context, code: str, data: bytes | None = None, name: str = ""
) -> Response[str]:
    found = check_report(context, code)
    given = hashlib.sha256(data).hexdigest() if data else ""
    return page(
        request,
        "report_check.html",
        sample=found.figures.sample,
        check=found,
        figures=found.figures,
        totals=totals_words(found.figures.totals),
        remark=REMARK,
        faults=[fault_sentence(each) for each in found.faults],
        asked=data is not None,
        given=given,
        same=next((each.format for each in found.report.files if each.sha256 == given), None),
        name=name,
    )


HANDLERS = [ask, check, check_file]
