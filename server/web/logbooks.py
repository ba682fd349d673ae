"""A station's logbook of a week or a month, to print, fill in and sign."""

from litestar import Response, get
from litestar.params import FromPath

from server.api.asked import Asked
from server.api.gate import needs
from server.api.reports import file_of
from server.services.rights import Right
from server.services.station_logbooks import make_logbook


@get(
    "/dai/{code:str}/so-nhat-ky/{file:str}",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def logbook(context: Asked, code: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """{week}.docx or {week}.pdf; the week is 2026-W49, a day in it, or a month, 2026-12."""
    week, _, format_ = file.rpartition(".")
    return file_of(make_logbook(context, code, week, format=format_))
