"""The player of a station in a browser: its page, what makes the page an application, and who plays so.

The page that opens without a line is one for all stations and of nobody (`/may-phat/vi`): the player's worker keeps it
in the browser, where no name and no form of the last who signed in may lie.
"""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.faults import RequestRefused
from server.api.gate import OPEN, needs
from server.services import browser_players
from server.services.context import Context
from server.services.credential_views import CredentialView
from server.services.rights import Right
from server.services.station_today import station_today
from server.texts import LANGUAGES, _, in_language, language
from server.web import machine_words, player_words
from server.web.rendering import page
from server.web.static_files import static_address

PATH = "/dai/{code:str}/may-phat"
ICONS = {192: "any", 512: "any", 513: "maskable"}
_INK, _PAPER = "#7c2d1a", "#fbf8f1"


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.EXPORTS_PULL, "station"),
)
def player(request: Request[Any, Any, Any], context: Asked, code: FromPath[str]) -> Response[str]:
    found = station_today(context, code)
    return page(
        request,
        "player.html",
        active="today",
        sample=found.station.sample,
        station=found.station,
        slots=found.ahead,
        next=found.next,
        **_everywhere(),
        **_pairing(context, code),
    )


@get("/may-phat/{tongue:str}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def shell(request: Request[Any, Any, Any], tongue: FromPath[str]) -> Response[str]:
    """What the worker keeps, in that language."""
    if tongue not in LANGUAGES:
        raise RequestRefused("address.unknown", path=request.scope["path"])
    with in_language(tongue):
        return page(request, "player.html", station=None, slots=[], next=None, players=[], name="", **_everywhere())


@get(
    PATH + "/ung-dung.webmanifest",
    media_type="application/manifest+json",
    include_in_schema=False,
    sync_to_thread=False,
    opt=OPEN,
)
def application(code: FromPath[str]) -> dict[str, Any]:
    """By which browsers install the page. It tells nothing but the code that was asked for."""
    address = f"/dai/{quote(code, safe='')}/may-phat"
    return {
        "id": address,
        "start_url": address,
        "scope": address,
        "name": _("Loa: máy phát {code}", code=code),
        "short_name": _("Máy phát {code}", code=code),
        "lang": language(),
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _INK,
        "icons": [
            {
                "src": static_address("loa-maskable-512.png" if kind == "maskable" else f"loa-{size}.png"),
                "sizes": f"{min(size, 512)}x{min(size, 512)}",
                "type": "image/png",
                "purpose": kind,
            }
            for size, kind in ICONS.items()
        ],
    }


@post(
    PATH + "/{number:int}/thu-hoi",
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLAYERS_PAIR, "station"),
)
def unpair(context: Asked, code: FromPath[str], number: FromPath[int]) -> Redirect:
    browser_players.unpair(context, code, number)
    return Redirect(f"/dai/{quote(code, safe='')}/may-phat#ghep", status_code=303)


@get(
    PATH + "/{number:int}/thu-hoi",
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.PLAYERS_PAIR, "station"),
)
def back_to_player(code: FromPath[str], number: FromPath[int]) -> Redirect:  # noqa: ARG001 (the form's address)
    return Redirect(f"/dai/{quote(code, safe='')}/may-phat", status_code=302)


HANDLERS = [player, shell, application, unpair, back_to_player]


def _everywhere() -> dict[str, Any]:
    return {
        "machine": machine_words,
        "brought": {
            "texts": player_words.texts(),
            "reasons": player_words.reasons(),
            "worker": static_address("player-worker.js"),
            "clock": static_address("player-clock.js"),
        },
    }


def _pairing(context: Context, code: str) -> dict[str, Any]:
    players = browser_players.paired(context, code)
    return {"players": players, "name": _free_name(players)}


def _free_name(players: list[CredentialView]) -> str:
    name = _("Máy phát trong trình duyệt")
    taken = {each.name for each in players}
    return next(
        each for each in (name, *(f"{name} {number}" for number in range(2, len(taken) + 3))) if each not in taken
    )
