"""All routes with the right that each needs: for the page of rights, and so that none is ever left without one."""

from litestar import Litestar
from litestar.enums import HttpMethod
from litestar.routes import HTTPRoute
from msgspec import Struct

from server.api.gate import Need


class RouteNeed(Struct, frozen=True, kw_only=True, order=True):
    """`path` with its parameters in braces; `target` is what of it must be in reach, none: the right alone counts."""

    path: str
    method: str
    right: str
    target: str | None


class RouteWithoutRight(Exception):
    """A mistake of ours: a route that names no right would be open to everybody or to nobody."""


def routes_of(app: Litestar) -> list[RouteNeed]:
    """By path and method; OPTIONS, which does nothing, is left out. Raises RouteWithoutRight."""
    found: list[RouteNeed] = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            raise RouteWithoutRight(route.path)
        for handler in route.route_handlers:
            methods = {str(method) for method in handler.http_methods} - {HttpMethod.OPTIONS.value}
            if not methods:
                continue
            need = handler.opt.get("need")
            if not isinstance(need, Need):
                raise RouteWithoutRight(f"{sorted(methods)} {route.path}")
            found += [
                RouteNeed(path=route.path_format, method=method, right=need.right, target=need.target)
                for method in methods
            ]
    return sorted(found)
