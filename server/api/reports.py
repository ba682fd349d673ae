"""Reports of what was aired, as documents to edit and sign, to print, to reckon with."""

from typing import Literal

from litestar import Response, Router, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery

from server.api.asked import Asked
from server.api.attachments import attachment
from server.api.gate import needs
from server.services import reports
from server.services.rights import Right


@get(
    "/reports/{period:str}",
    sync_to_thread=True,
    responses={
        200: ResponseSpec(bytes, description="The document", media_type="application/pdf", generate_examples=False)
    },
    opt=needs(Right.REPORTS_MAKE, "everywhere"),
)
def report(
    context: Asked,
    period: FromPath[str],
    format: FromQuery[Literal["docx", "pdf", "xlsx"]] = "pdf",  # noqa: A002 (the word that people use for it)
    district: FromQuery[str] = "",
) -> Response[bytes]:
    """Of a month (2026-12), a quarter (2026-Q4) or a year (2026), of the province or a district by its code."""
    export = reports.make_report(context, period, format=format, district=district or None)
    return Response(
        export.content,
        media_type=export.media_type,
        headers={"Content-Disposition": attachment(export.file_name), "Cache-Control": "private, no-cache"},
    )


router = Router("/", route_handlers=[report], tags=["reports"])
