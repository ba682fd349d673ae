"""A slot as one file, for stations that can only play one."""

from urllib.parse import quote

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import inline
from server.api.gate import needs
from server.api.patience import patiently
from server.services import programmes
from server.services.rights import Right


@get(
    "/stations/{code:str}/months/{month:str}/slots/{slot:str}/programme.mp3",
    status_code=307,
    opt=needs(Right.EXPORTS_PULL, "station"),
)
async def programme(context: Asked, code: FromPath[str], month: MonthInPath, slot: FromPath[str]) -> Redirect:
    """To the slot's opening, items and closing as one MP3, by its hash; the first to ask waits until it is made."""
    made = await patiently(programmes.render, context, code, Month.parse(month), slot)
    return Redirect(
        f"{made.address}?name={quote(made.file_name)}",
        status_code=307,
        headers={
            "Content-Disposition": inline(made.file_name),
            "Cache-Control": "no-cache",
        },
    )


router = Router("/", route_handlers=[programme], tags=["exports"])
