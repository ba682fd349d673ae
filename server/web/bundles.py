"""Bundles for USB sticks: which there are, how large, and the slots being joined for those of one file a slot."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import registry
from server.services.bundle_plans import Days, days_named
from server.services.bundle_rendering import Renderings
from server.services.bundles import offered
from server.services.local_time import local_today
from server.services.rights import Right
from server.texts import _
from server.web.rendering import page

PATH = "/dai/{code:str}/goi-usb"


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.EXPORTS_PULL, "station"),
)
def bundles(request: Request[Any, Any, Any], context: Asked, code: FromPath[str]) -> Response[str]:
    today = local_today(context)
    found = registry.get_station(context, code, Month.of(today))
    renderings: Renderings = request.app.state.renderings
    listed = [(slots, items, address(code, items.days)) for slots, items in offered(context, code)]
    under_way = {slots.days.name for slots, _items, _address in listed if renderings.under_way(code, slots.days)}
    return page(
        request,
        "bundles.html",
        active="today",
        sample=found.station.sample,
        station=found.station,
        listed=listed,
        name=name,
        under_way=under_way,
        failed={
            slots.days.name: _told(renderings.why_not(code, slots.days))
            for slots, _items, _address in listed
            if slots.made < slots.slots
        },
    )


@post(
    PATH,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.EXPORTS_PULL, "station"),
)
def join(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Redirect:
    """Begins to join the slots of the month or week named `days`; the page follows it."""
    renderings: Renderings = request.app.state.renderings
    renderings.ask(context, code, days_named(str(data.get("days", ""))))
    return Redirect(f"/dai/{quote(code, safe='')}/goi-usb", status_code=303)


def address(code: str, days: Days) -> str:
    """Where its bundle is, without saying of what kind."""
    room = "weeks" if "W" in days.name else "months"
    return f"/api/v1/stations/{quote(code, safe='')}/{room}/{days.name}/bundle.zip"


def name(days: Days) -> str:
    if "W" in days.name:
        return _(
            "Tuần {week}: {first} đến {last}",
            week=days.name[-2:],
            first=f"{days.first:%d/%m}",
            last=f"{days.last:%d/%m/%Y}",
        )
    return _("Tháng {month}", month=f"{days.first.month}/{days.first.year}")


def _told(error: BaseException | None) -> str:
    if error is None:
        return ""
    return (
        answer(error).sentence
        if isinstance(error, REFUSALS)
        else _("Máy chủ gặp lỗi khi nối khung; chi tiết nằm trong nhật ký của máy chủ.")
    )


HANDLERS = [bundles, join]
