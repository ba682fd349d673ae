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
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.signed_audio import last_day, query_of


@get(
    "/stations/{code:str}/months/{month:str}/slots/{slot:str}/programme.mp3",
    status_code=307,
    opt=needs(Right.EXPORTS_PULL, "station"),
)
async def programme(context: Asked, code: FromPath[str], month: MonthInPath, slot: FromPath[str]) -> Redirect:
    """To the slot's opening, items and closing as one MP3, by its hash; the first to ask waits until it is made."""
    wanted = Month.parse(month)
    made = await patiently(programmes.render, context, code, wanted, slot)
    until = last_day(wanted, Month.of(local_today(context)))
    return Redirect(
        f"{made.address}?name={quote(made.file_name)}&{query_of(context, made.sha256, until)}",
        status_code=307,
        headers={
            "Content-Disposition": inline(made.file_name),
            "Cache-Control": "private, no-cache",
        },
    )


router = Router("/", route_handlers=[programme], tags=["exports"])
