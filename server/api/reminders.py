"""Urging over HTTP: which stations are short, what they are told, and what came of it."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import attachment
from server.api.gate import needs
from server.services import reminder_answers, reminder_letters, reminders
from server.services.reminder_views import Lacking, ReminderView, Urged
from server.services.reports import FORMATS
from server.services.rights import Right

MOST_STATIONS = 1000
Code = Annotated[str, Meta(max_length=64)]


class UrgeIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stations` null: all that are at risk, have not met a minimum, or left slots without a word.

    `texts`, by station, stand in the place of what is made of the figures. `again`: also whom the same channel told
    within the last 24 hours.
    """

    channels: Annotated[list[Literal["page", "email", "webhook"]], Meta(min_length=1, max_length=3)]
    stations: Annotated[list[Code], Meta(max_length=MOST_STATIONS)] | None = None
    texts: dict[Code, Annotated[str, Meta(max_length=reminders.LONGEST_TEXT)]] = {}
    again: bool = False


class LetterIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the two: a station's code, or a district's for all of its stations that are short."""

    station: Code = ""
    district: Code = ""


class AnswerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    answer: Annotated[str, Meta(min_length=1, max_length=reminder_answers.LONGEST_ANSWER)]


@get("/reminders/{month:str}/short", sync_to_thread=True, opt=needs(Right.STATIONS_URGE))
def short(context: Asked, month: MonthInPath) -> list[Lacking]:
    """The stations that are short of a minimum, with the figures and with what each would be told."""
    return reminders.whom_to_urge(context, Month.parse(month))


@get("/reminders/{month:str}", sync_to_thread=True, opt=needs(Right.STATIONS_URGE))
def list_reminders(context: Asked, month: MonthInPath) -> list[ReminderView]:
    """All about the month, the newest first: sent or failed and why, opened, answered, by whom and when."""
    return reminders.list_reminders(context, Month.parse(month))


@post("/reminders/{month:str}", sync_to_thread=True, opt=needs(Right.STATIONS_URGE))
def urge(request: Request[Any, Any, Any], context: Asked, month: MonthInPath, data: JSONBody[UrgeIn]) -> Urged:
    """Each of the stations by each of the channels; e-mail and webhooks are tried again by themselves where they fail."""
    return reminders.urge(
        context,
        Month.parse(month),
        site=f"{request.scope['scheme']}://{request.headers['host']}",
        stations=data.stations,
        channels=data.channels,
        texts=data.texts,
        again=data.again,
    )


@post(
    "/reminders/{month:str}/letter",
    sync_to_thread=True,
    responses={201: ResponseSpec(bytes, description="The letter", media_type=FORMATS["docx"], generate_examples=False)},
    opt=needs(Right.STATIONS_URGE),
)
def letter(context: Asked, month: MonthInPath, data: JSONBody[LetterIn]) -> Response[bytes]:
    """An official letter (.docx) to be signed and sent by the office; it is listed as a reminder of each station in it."""
    export = reminder_letters.make_letter(context, Month.parse(month), station=data.station, district=data.district)
    return Response(
        export.content,
        status_code=201,
        media_type=export.media_type,
        headers={"Content-Disposition": attachment(export.file_name), "Cache-Control": "private, no-cache"},
    )


@get("/stations/{code:str}/reminders/{month:str}", sync_to_thread=True, opt=needs(Right.MONTHS_READ, "station"))
def of_station(context: Asked, code: FromPath[str], month: MonthInPath) -> list[ReminderView]:
    """What the station was told about the month, and its answers."""
    return reminder_answers.station_reminders(context, code, Month.parse(month))


@post(
    "/stations/{code:str}/reminders/{month:str}/answer",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.AIRED_SAY, "station"),
)
def answer(context: Asked, code: FromPath[str], month: MonthInPath, data: JSONBody[AnswerIn]) -> list[ReminderView]:
    """The station's answer to all about the month that it has not answered; these."""
    return reminder_answers.answer(context, code, Month.parse(month), data.answer)


CLOSED = (UrgeIn, LetterIn, AnswerIn)

router = Router("/", route_handlers=[short, list_reminders, urge, letter, of_station, answer], tags=["airing"])
