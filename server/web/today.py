"""A station's today, for an officer with a phone: what comes next, told in one tap whether it was aired."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.exports.file_names import ascii_file_name
from schedules.logs.lines import MOST_TEXT
from schedules.months import Month
from server.api.asked import Asked
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import feeds, registry
from server.services.as_run import Said, say
from server.services.bundle_plans import week_days
from server.services.bundles import summary
from server.services.check_ins import say_played, say_removed
from server.services.context import Context
from server.services.delivering_refusals import UnknownEmergency, UnknownRecall
from server.services.refusals import BadField
from server.services.rights import Right
from server.services.signed_audio import last_day, query_of
from server.services.station_logbooks import week_name
from server.services.station_today import StationToday, is_untold, station_today
from server.web import bundles, today_words
from server.web.delivering_words import recall_kind
from server.web.rendering import page

PATH = "/dai/{code:str}/hom-nay"
MOST_UNTOLD = 3


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def today(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], xong: FromQuery[str] = ""
) -> Response[str]:
    """`xong` is the key of the slot that was just told of."""
    return _shown(request, context, code, done=xong)


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_SAY, "station"),
)
def tell(
    request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    """One tap: the slot was aired, or it could not be and why."""
    typed = {name: str(value).strip() for name, value in data.items()}
    slot, done = typed.get("slot", ""), typed.get("do", "")
    try:
        if done not in {"aired", "not_aired"}:
            raise BadField(field="do", value=done[:MOST_TEXT], expected="aired, not_aired")
        reason = typed.get("reason", "")[:MOST_TEXT]
        line = Said(line=1, slot=slot or None, aired=done == "aired", reason=reason)
        [taken] = say(context, [line], source="page", station=code).lines
        if taken.refusal is not None:
            raise taken.refusal
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, code, told=told.sentence, typed=typed, status=told.http)
    return Redirect(f"/dai/{quote(code, safe='')}/hom-nay?xong={quote(slot, safe='')}", status_code=303)


@post(
    PATH + "/thu-hoi/{number:int}",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_SAY, "station"),
)
def removed(context: Asked, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """One tap: what was recalled is gone from the stick."""
    if not say_removed(context, code, number):
        raise UnknownRecall(number=number)
    return Redirect(f"/dai/{quote(code, safe='')}/hom-nay", status_code=303)


@post(
    PATH + "/khan-cap/{number:int}",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.AIRED_SAY, "station"),
)
def played(context: Asked, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """One tap: what is urgent was played."""
    if not say_played(context, code, number):
        raise UnknownEmergency(number=number)
    return Redirect(f"/dai/{quote(code, safe='')}/hom-nay", status_code=303)


@get(
    [PATH + "/thu-hoi/{number:int}", PATH + "/khan-cap/{number:int}"],
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.MONTHS_READ, "station"),
)
def back_to_today(code: FromPath[str], number: FromPath[int]) -> Redirect:  # noqa: ARG001 (the address has it)
    """The addresses that the buttons post to show nothing by themselves."""
    return Redirect(f"/dai/{quote(code, safe='')}/hom-nay", status_code=302)


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    *,
    done: str = "",
    told: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    found = station_today(context, code)
    month = Month.of(found.today)
    upcoming = [found.next] if found.next else []
    listed = {slot.key: slot for slot in [*found.week, *(found.proof.slots if found.proof else []), *upcoming]}
    own = registry.stations_within(context, Right.EXPORTS_PULL, month=month)
    missing = [file for file in found.files if file.had is None]
    week = week_days(week_name(found.monday))
    return page(
        request,
        "today.html",
        status=status,
        active="today",
        sample=found.station.sample,
        month=month,
        station=found.station,
        found=found,
        says=today_words,
        recall_kind=recall_kind,
        done=listed.get(done),
        told=told,
        typed=typed or {},
        untold=found.untold[:MOST_UNTOLD],
        more_untold=len(found.untold) - MOST_UNTOLD,
        open_forms={slot.key for slot in [*found.untold[:MOST_UNTOLD], *upcoming]},
        is_untold=is_untold,
        seconds=int((found.next.starts_at - found.now).total_seconds()) if found.next else 0,
        on_today=[slot for slot in found.week if today_words.is_on(slot, found.today)],
        verdicts=_bars(found),
        files=[(file, *_download(context, found, number, file.sha256)) for number, file in enumerate(found.files, 1)],
        missing=missing,
        others=[(other, name) for other, name in own if other != code],
        weeks=[week_name(found.monday), week_name(found.monday - timedelta(days=7))],
        bundle=summary(context, code, week, per="item"),
        bundle_address=bundles.address(code, week),
        calendars=[each for each in feeds.own_feeds(context) if (each.what or {}).get("station") == code],
    )


def _bars(found: StationToday) -> list[Any]:
    """Of what the month owes: its minima, else its targets."""
    verdicts = found.proof.verdicts if found.proof else []
    return [each for each in verdicts if each.kind == "min"] or [each for each in verdicts if each.kind == "target"]


def _download(context: Context, found: StationToday, number: int, sha256: str) -> tuple[str, str]:
    """Where the file is, and what a device is to call it; to the station's own people it goes as to the station."""
    file = found.files[number - 1]
    address = f"/api/v1/audio/{sha256}.mp3"
    if found.own:
        month = Month.of(found.today)
        address += "?" + query_of(context, sha256, last_day(month, month), station=found.station.code)
    return address, ascii_file_name(number, file.title, "mp3")


HANDLERS = [today, tell, removed, played, back_to_today]
