"""Players in browsers: paired with a station by its operators, and unpaired."""

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from server.api.asked import Asked
from server.api.credentials import UNSAVED
from server.api.gate import needs
from server.services import browser_players
from server.services.credential_views import CredentialView, IssuedCredential
from server.services.rights import Right


class PlayerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: by which people tell this browser from the station's other machines."""

    name: str


CLOSED = (PlayerIn,)


@get("/stations/{code:str}/players", sync_to_thread=True, opt=needs(Right.PLAYERS_PAIR, "station"))
def list_players(context: Asked, code: FromPath[str]) -> list[CredentialView]:
    """The browsers that play for the station, newest first; nothing of their secrets but the end."""
    return browser_players.paired(context, code)


@post("/stations/{code:str}/players", sync_to_thread=True, opt=needs(Right.PLAYERS_PAIR, "station"))
def pair(context: Asked, code: FromPath[str], data: JSONBody[PlayerIn]) -> Response[IssuedCredential]:
    """A token of the station for this browser: it may what any token of the station may. The secret is in this answer alone."""
    return Response(browser_players.pair(context, code, data.name), status_code=201, headers=UNSAVED)


@post(
    "/stations/{code:str}/players/{number:int}/revoke",
    status_code=200,
    sync_to_thread=True,
    opt=needs(Right.PLAYERS_PAIR, "station"),
)
def unpair(context: Asked, code: FromPath[str], number: FromPath[int]) -> CredentialView:
    """That browser's token works no more from here on; once more is the same."""
    return browser_players.unpair(context, code, number)


router = Router("/", route_handlers=[list_players, pair, unpair], tags=["machines"])
