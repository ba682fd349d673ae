"""Tokens of stations, keys of scripts, calendar addresses of stations: what administrators give to machines.

A secret is shown once, on the page that answers the form: it is in no address and no cache. Sent again, by reloading,
a form makes no second one: the name is taken then, and what was changed for a new one cannot be changed again.
"""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.asked import Asked, day_of
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services import credential_issuing as issuing
from server.services import registry
from server.services.context import Context
from server.services.credential_views import STATES, IssuedCredential
from server.services.local_time import local_today
from server.services.machine_choices import managed_stations
from server.services.right_words import right_name
from server.services.rights import KEY_RIGHTS, Right
from server.web import machine_words
from server.web.rendering import page

KINDS = {"dai": "station", "khoa": "key", "lich": "feed"}
MANY = 1_000_000
PAGE = 50
FIELDS = ("form", "station", "organisation", "unit", "name", "expires_on")
_RIGHT = "right."


@get(
    "/ma-truy-cap",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE),
)
def machines(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    dai: FromQuery[str] = "",
    tinh_trang: FromQuery[str] = "alive",
    offset: FromQuery[int] = 0,
) -> Response[str]:
    return _shown(request, context, asked={"dai": dai, "tinh_trang": tinh_trang}, offset=offset)


def _taking(path: str, form: str, do: Callable[[Context, Mapping[str, str]], IssuedCredential]) -> HTTPRouteHandler:
    """The route that makes something, and answers with its secret or with what was typed."""

    @post(
        path,
        status_code=200,
        media_type=MediaType.HTML,
        include_in_schema=False,
        sync_to_thread=True,
        opt=needs(Right.MACHINES_MANAGE),
    )
    def take(request: Request[Any, Any, Any], context: Asked, data: URLEncodedBody[dict[str, str]]) -> Response[str]:
        typed = {name: str(value) for name, value in data.items() if name in FIELDS or name.startswith(_RIGHT)}
        try:
            issued = do(context, typed)
        except REFUSALS as refusal:
            told = answer(refusal)
            return _shown(request, context, typed={**typed, "form": form}, refusal=told.sentence, status=told.http)
        return _shown(request, context, issued=issued)

    return take


def _token(context: Context, typed: Mapping[str, str]) -> IssuedCredential:
    until = typed.get("expires_on")
    return issuing.issue_token(
        context, typed.get("station", ""), typed.get("name", ""), expires_on=day_of(until) if until else None
    )


def _key(context: Context, typed: Mapping[str, str]) -> IssuedCredential:
    until = typed.get("expires_on")
    return issuing.issue_key(
        context,
        typed.get("organisation", ""),
        typed.get("name", ""),
        rights=[name.removeprefix(_RIGHT) for name in typed if name.startswith(_RIGHT)],
        unit=typed.get("unit") or None,
        expires_on=day_of(until) if until else None,
    )


def _feed(context: Context, typed: Mapping[str, str]) -> IssuedCredential:
    return issuing.issue_station_feed(context, typed.get("station", ""), typed.get("name", ""))


@post(
    "/ma-truy-cap/{kind:str}/{number:int}/doi",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE),
)
def rotate(
    request: Request[Any, Any, Any], context: Asked, kind: FromPath[str], number: FromPath[int]
) -> Response[str]:
    try:
        issued = issuing.rotate(context, KINDS.get(kind, kind), number)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, typed={"form": "list"}, refusal=told.sentence, status=told.http)
    return _shown(request, context, issued=issued)


@post(
    "/ma-truy-cap/{kind:str}/{number:int}/thu-hoi",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MACHINES_MANAGE),
)
def revoke(context: Asked, kind: FromPath[str], number: FromPath[int]) -> Redirect:
    issuing.revoke(context, KINDS.get(kind, kind), number)
    return Redirect("/ma-truy-cap", status_code=303)


@get(
    [
        "/ma-truy-cap/dai",
        "/ma-truy-cap/khoa",
        "/ma-truy-cap/lich",
        "/ma-truy-cap/{kind:str}/{number:int}/doi",
        "/ma-truy-cap/{kind:str}/{number:int}/thu-hoi",
    ],
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.MACHINES_MANAGE),
)
def back_to_machines() -> Redirect:
    """Forms answer under these addresses; asked for again, there is only the page."""
    return Redirect("/ma-truy-cap", status_code=302)


HANDLERS = [
    machines,
    _taking("/ma-truy-cap/dai", "station", _token),
    _taking("/ma-truy-cap/khoa", "key", _key),
    _taking("/ma-truy-cap/lich", "feed", _feed),
    rotate,
    revoke,
    back_to_machines,
]


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    asked: Mapping[str, str] | None = None,
    offset: int = 0,
    issued: IssuedCredential | None = None,
    typed: Mapping[str, str] | None = None,
    refusal: str | None = None,
    status: int = 200,
) -> Response[str]:
    asked = asked or {"dai": "", "tinh_trang": "alive"}
    station = asked["dai"] or None
    standing = asked["tinh_trang"] if asked["tinh_trang"] in {*STATES, "alive"} else None
    today = local_today(context)
    units = registry.list_units(context, on=today, limit=MANY).items
    base = f"{request.url.scheme}://{request.headers['host']}"
    secret = issued.secret if issued else ""
    address = machine_words.feed_address(base, secret) if issued and issued.credential.kind == "feed" else None
    response = page(
        request,
        "machines.html",
        status=status,
        active="machines",
        tokens=issuing.list_credentials(
            context, "station", station=station, state=standing, offset=max(0, offset), limit=PAGE
        ),
        keys=issuing.list_credentials(context, "key", limit=MANY, state=standing).items,
        feeds=issuing.list_credentials(context, "feed", station=station, state=standing, limit=MANY).items,
        stations=managed_stations(context),
        organisations=registry.list_organisations(context, on=today),
        units=[unit for unit in units if unit.level != "province"],
        rights=[(str(right), right_name(right)) for right in KEY_RIGHTS],
        right_name=right_name,
        machine=machine_words,
        kinds={kind: place for place, kind in KINDS.items()},
        states=machine_words.states(),
        asked=asked,
        typed=dict.fromkeys(FIELDS, "") | dict(typed or {}),
        refusal=refusal,
        issued=issued,
        address=address,
        host=request.headers["host"],
        scheme=request.url.scheme,
        month=Month.of(today),
        today=today,
        latest=issuing.latest_key_day(today),
    )
    if issued is not None:
        response.headers["Cache-Control"] = "no-store"
    return response
