"""Urging: the monitor's page, the letter to sign, the station's own page with its answer, its webhooks."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import attachment
from server.api.gate import OPEN, needs
from server.errors import REFUSALS, answer
from server.services import registry, reminder_answers, reminder_letters, reminders, webhooks
from server.services.context import Context
from server.services.loading import sample_is_loaded
from server.services.local_time import local_today
from server.services.reminder_views import CHANNELS, Urged
from server.services.rights import Right
from server.services.webhooks import IssuedWebhook
from server.web.going_on import site_of
from server.web.rendering import page

PATH = "/thang/{month:str}/don-doc"
STATION = "/dai/{code:str}/{month:str}/don-doc"
WEBHOOKS = "/dai/{code:str}/webhook"
# Texts to two hundred stations, as forms write them.
MOST_BYTES = 3_000_000


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.STATIONS_URGE))
def whom(request: Request[Any, Any, Any], context: Asked, month: MonthInPath) -> Response[str]:
    return _month(request, context, Month.parse(month))


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    request_max_body_size=MOST_BYTES,
    opt=needs(Right.STATIONS_URGE),
)
def urge(
    request: Request[Any, Any, Any], context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]
) -> Response[str]:
    """The texts are shown first, to be changed; then they are sent."""
    typed = {name: str(value) for name, value in data.items()}
    wanted = Month.parse(month)
    if typed.get("do") != "send":
        return _month(request, context, wanted, typed=typed)
    try:
        urged = reminders.urge(
            context,
            wanted,
            site=site_of(request),
            stations=_ticked(typed, "station."),
            channels=_ticked(typed, "channel."),
            texts={name.removeprefix("text."): text for name, text in typed.items() if name.startswith("text.")},
            again="again" in typed,
        )
    except REFUSALS as refusal:
        told = answer(refusal)
        return _month(request, context, wanted, typed=typed, told=told.sentence, status=told.http)
    return _month(request, context, wanted, urged=urged)


@post(
    PATH + "/cong-van",
    status_code=200,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.STATIONS_URGE),
)
def letter(context: Asked, month: MonthInPath, data: URLEncodedBody[dict[str, str]]) -> Response[bytes]:
    """The official letter to a station, or to a district on its stations; making it is kept as a reminder."""
    export = reminder_letters.make_letter(
        context, Month.parse(month), station=str(data.get("dai", "")), district=str(data.get("huyen", ""))
    )
    return Response(
        export.content,
        media_type=export.media_type,
        headers={"Content-Disposition": attachment(export.file_name), "Cache-Control": "private, no-cache"},
    )


def _ticked(typed: Mapping[str, str], prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in typed if name.startswith(prefix)]


def _month(
    request: Request[Any, Any, Any],
    context: Context,
    month: Month,
    *,
    typed: Mapping[str, str] | None = None,
    told: str = "",
    urged: Urged | None = None,
    status: int = 200,
) -> Response[str]:
    lacking = reminders.whom_to_urge(context, month)
    ticked = {each.station.code for each in lacking if each.usual} if typed is None else set(_ticked(typed, "station."))
    districts = {
        each.station.district_code or each.station.unit_code: each.station.district_name or each.station.unit_name
        for each in lacking
        if each.usual
    }
    return page(
        request,
        "urging.html",
        status=status,
        active="month",
        sample=sample_is_loaded(context),
        month=month,
        lacking=lacking,
        ticked=ticked,
        channels=CHANNELS,
        chosen={"page"} if typed is None else set(_ticked(typed, "channel.")),
        mail_is_set=context.mail is not None,
        preview=typed is not None,
        typed=typed or {},
        told=told,
        urged=urged,
        districts=districts,
        sent=reminders.list_reminders(context, month),
        longest=reminders.LONGEST_TEXT,
    )


@get(
    STATION,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def of_station(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], month: MonthInPath
) -> Response[str]:
    return _station(request, context, code, Month.parse(month))


@post(
    STATION,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_SAY, "station"),
)
def reply(
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    data: URLEncodedBody[dict[str, str]],
) -> Response[Any]:
    said = str(data.get("answer", ""))
    wanted = Month.parse(month)
    try:
        reminder_answers.answer(context, code, wanted, said)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _station(request, context, code, wanted, told=told.sentence, said=said, status=told.http)
    return Redirect(f"/dai/{quote(code, safe='')}/{wanted}/don-doc", status_code=303)


@get(
    "/don-doc/{number:int}/{signature:str}",
    include_in_schema=False,
    sync_to_thread=True,
    opt=OPEN,
)
def follow(context: Asked, number: FromPath[int], signature: FromPath[str]) -> Redirect:
    """The address in a mail: whoever follows it has opened the mail. What there is to read asks who they are."""
    code, month = reminder_answers.follow_link(context, number, signature)
    return Redirect(f"/dai/{quote(code, safe='')}/{month}/don-doc", status_code=303)


def _station(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    month: Month,
    *,
    told: str = "",
    said: str = "",
    status: int = 200,
) -> Response[str]:
    station = registry.get_station(context, code, month).station
    # Shown here, the notices of the month have been shown; they stand in the list itself.
    reminder_answers.notices(context, code, month)
    return page(
        request,
        "urged_station.html",
        status=status,
        active="month",
        sample=station.sample,
        month=month,
        station=station,
        sent=reminder_answers.station_reminders(context, code, month),
        told=told,
        said=said,
    )


@get(
    WEBHOOKS,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE, "station"),
)
def hooks(request: Request[Any, Any, Any], context: Asked, code: FromPath[str]) -> Response[str]:
    return _hooks(request, context, code)


@post(
    WEBHOOKS,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE, "station"),
)
def add_hook(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Response[str]:
    url = str(data.get("url", ""))
    try:
        issued = webhooks.add_webhook(context, code, url)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _hooks(request, context, code, url=url, told=told.sentence, status=told.http)
    response = _hooks(request, context, code, issued=issued)
    response.headers["Cache-Control"] = "no-store"
    return response


@post(
    WEBHOOKS + "/{number:int}/ngung",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE, "station"),
)
def end_hook(context: Asked, code: FromPath[str], number: FromPath[int]) -> Redirect:
    webhooks.end_webhook(context, code, number)
    return Redirect(f"/dai/{quote(code, safe='')}/webhook", status_code=303)


def _hooks(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    *,
    issued: IssuedWebhook | None = None,
    url: str = "",
    told: str = "",
    status: int = 200,
) -> Response[str]:
    month = Month.of(local_today(context))
    station = registry.get_station(context, code, month).station
    return page(
        request,
        "webhooks.html",
        status=status,
        active="machines",
        sample=station.sample,
        month=month,
        station=station,
        webhooks=webhooks.list_webhooks(context, code),
        private=context.private_webhooks,
        issued=issued,
        url=url,
        told=told,
    )


HANDLERS = [whom, urge, letter, of_station, reply, follow, hooks, add_hook, end_hook]
