"""Templates and what they can use. Pages work without script; the content policy lets none run but our own files."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.status_codes import HTTP_200_OK
from markupsafe import Markup

from schedules.months import Month
from server import formats
from server.api.cookies import FORM_COOKIE
from server.api.forms import form_token
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.names_of_people import name_of
from server.services.reach import may
from server.services.reasons import reason_sentences
from server.services.reminder_answers import notices
from server.services.reminder_views import ReminderView
from server.services.rights import Right
from server.services.scopes import has_everywhere
from server.services.term_sentences import terms_in_brief
from server.services.vetting_queue import waiting_count
from server.services.who import Who
from server.texts import _, language
from server.web import airing_words, glossary, pictures, recording_words, slot_words, urging_words, vetting_words, words
from server.web.cookies import set_cookie
from server.web.moments import full, when
from server.web.places import menu
from server.web.schemas import type_name
from server.web.static_files import static_address
from server.web.tour import Tour

PLAYLIST_FORMATS = ("m3u8", "pls", "xspf", "csv", "json", "liq")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Texts for scripts stand in attributes: as people write them, and the same on every render.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    environment.globals.update(
        {
            "_": _,
            "language": language,
            "words": words,
            "recording": recording_words,
            "vetting": vetting_words,
            "airing": airing_words,
            "urging": urging_words,
            "slot_words": slot_words,
            "pictures": pictures,
            "reason_sentences": reason_sentences,
            "terms_in_brief": terms_in_brief,
            "static": static_address,
            "help_term": glossary.term,
            "script": _script,
            "playlist_formats": PLAYLIST_FORMATS,
        }
    )
    environment.filters.update(
        {
            "length": formats.length,
            "short_length": formats.short_length,
            "length_in_words": formats.length_in_words,
            "short_length_in_words": formats.short_length_in_words,
            "number": formats.number,
            "percent": lambda share: formats.number(share * 100),
            "decimals": lambda value, places=1: formats.number(value, decimals=places).replace("-", "−"),
            "decimal": formats.decimal,
            "day": formats.day,
            "weekday": formats.weekday,
            "month_name": formats.month_name,
            "size": formats.size,
            "clock": _clock,
            "iso_day": lambda value: value.astimezone(ZONE).date().isoformat(),
            "slot_address": lambda value: f"{value.astimezone(ZONE):%Y-%m-%d-%H%M}",
            "moment": _moment,
            "full": full,
            "when": when,
            "part": lambda text: quote(str(text), safe=""),
            "count": len,
            "day_before": lambda day: day - timedelta(days=1),
            "type_name": type_name,
        }
    )
    return environment


def _script(name: str) -> Markup:
    """The element that loads the script; nothing where the set-up did not bundle it, for every page works without."""
    address = static_address(name)
    return Markup('<script src="{}" type="module"></script>').format(address) if address else Markup()


def _clock(value: datetime) -> str:
    return formats.clock(value, ZONE)


def _moment(value: datetime) -> str:
    return formats.moment(value, ZONE)


ENVIRONMENT = _environment()


def page(request: Request[Any, Any, Any], template: str, *, status: int = 200, **facts: object) -> Response[str]:
    """The page in the language in use. `active` among the facts marks the place in the menu."""
    state = request.scope["state"]
    who: Who = state["who"]
    today = local_today(request.app.state.context)
    tour = Tour(request, who, today)
    sample = bool(facts.get("sample"))
    named = cache(lambda login: name_of(request.app.state.context, login))
    body = ENVIRONMENT.get_template(template).render(
        path=request.url.path,
        query=request.url.query,
        who=who,
        asked_at=request.app.state.context.clock(),
        may=lambda right: may(who, Right(right), today),
        places=menu(who, today) if who.kind == "person" else [],
        may_everywhere=lambda right: has_everywhere(who, Right(right), today),
        named=named,
        csrf=form_token(request),
        tour=tour.steps(sample=sample),
        **(
            {
                "active": "",
                "sample": False,
                "waiting": lambda: _waiting(request),
                "notices": lambda station, month: _notices(request, station, month),
            }
            | facts
        ),
    )
    response = Response(
        body,
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"},
    )
    if "new_form_cookie" in state:
        set_cookie(request, response, FORM_COOKIE, state["new_form_cookie"])
    if status == HTTP_200_OK:
        tour.keep(request, response, sample=sample)
    return response


def _waiting(request: Request[Any, Any, Any]) -> int:
    return waiting_count(_asked(request))


def _notices(request: Request[Any, Any, Any], station: str, month: Month) -> list[ReminderView]:
    return notices(_asked(request), station, month)


def _asked(request: Request[Any, Any, Any]) -> Context:
    context: Context = request.app.state.context
    return replace(context, who=request.scope["state"]["who"])


def fragment(template: str, **facts: object) -> Response[str]:
    """A part of a page, for a script to put into its place."""
    return Response(
        ENVIRONMENT.get_template(template).render(**facts),
        media_type=MediaType.HTML,
        headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"},
    )
