"""Who may do what: the table that the gate decides by, as a page, and every route with the right that it needs."""

from itertools import groupby
from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from server.api.gate import needs
from server.api.routes import routes_of
from server.services.right_words import reach_name, right_name, role_name
from server.services.rights import KEY_RIGHTS, STATION_RIGHTS, TABLE, Right, Role
from server.web.rendering import page

SIGNS = {"all": "●", "units": "◐", "topics": "◑", "own": "○", "whole": "■"}


@get("/quyen", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def rights(request: Request[Any, Any, Any]) -> Response[str]:
    routes = sorted(routes_of(request.app.state.routing), key=lambda route: route.right)
    return page(
        request,
        "rights.html",
        active="rights",
        roles=[(role, role_name(role)) for role in Role],
        rights=[(right, right_name(right)) for right in Right if right not in {Right.PUBLIC, Right.KNOWN, Right.OWN}],
        table={role: {right: str(reach) for right, reach in rights.items()} for role, rights in TABLE.items()},
        station=STATION_RIGHTS,
        keys=KEY_RIGHTS,
        signs=SIGNS,
        reach_name=reach_name,
        routes=[(right_name(right), list(found)) for right, found in groupby(routes, key=lambda route: route.right)],
    )
