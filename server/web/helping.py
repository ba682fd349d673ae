"""Help: the first ten minutes of each kind of user, the words of the product, what to do when something goes wrong."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from server.api.gate import OPEN
from server.web.glossary import terms
from server.web.rendering import page


@get("/tro-giup", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def help_page(request: Request[Any, Any, Any]) -> Response[str]:
    return page(request, "help.html", active="help", terms=terms())


HANDLERS = [help_page]
