"""Finding by name, over everything that who asks may read."""

from typing import Annotated

from litestar import Router, get
from litestar.params import FromQuery, QueryParameter

from server.api.asked import Asked
from server.api.gate import needs
from server.services.finding import FEW, Found, find
from server.services.rights import Right

MOST = 50


@get("/search", sync_to_thread=True, opt=needs(Right.KNOWN))
def search(
    context: Asked,
    q: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=MOST, description="How many of each kind to answer with")] = FEW,
) -> Found:
    """The first stations, units and segments within reach whose names hold the words of `q`, without diacritics and in
    any order; a month among the words (12/2026, next month) is told apart.
    """
    return find(context, q, limit=limit)


router = Router("/", route_handlers=[search], tags=["registry"])
