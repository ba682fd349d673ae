"""Tokens of stations and keys of scripts: issued, listed, changed and revoked by administrators."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from server.api.asked import Asked
from server.api.gate import needs
from server.api.paging import Limit, Offset, paged
from server.services import credential_issuing as issuing
from server.services.credential_views import CredentialView, IssuedCredential
from server.services.rights import Right
from server.services.views import Page

StateAsked = Annotated[
    Literal["living", "replaced", "expired", "revoked", "station_gone", "alive"] | None,
    QueryParameter(
        name="state", description="living, replaced, expired, revoked or station_gone; alive: the first two; none: all"
    ),
]
UNSAVED = {"Cache-Control": "no-store"}


class TokenIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`expires_on`: the last local day on which it works; null: until it is revoked."""

    station: str
    name: str
    expires_on: date | None = None


class KeyIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`unit`, a code, narrows the rights that are about stations; `expires_on` is at most a year away."""

    organisation: str
    name: str
    rights: list[str]
    expires_on: date
    unit: str | None = None


CLOSED = (TokenIn, KeyIn)


@get("/tokens", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE))
def list_tokens(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    station: FromQuery[str | None] = None,
    standing: StateAsked = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[CredentialView]]:
    """The tokens of stations that the administrator sees to, newest first; nothing of their secrets but the end."""
    found = issuing.list_credentials(context, "station", station=station, state=standing, offset=offset, limit=limit)
    return paged(request, found)


@post("/tokens", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE))
def issue_token(context: Asked, data: JSONBody[TokenIn]) -> Response[IssuedCredential]:
    """A token for a station's player: it pulls that station's playlists, calendars and audio, nothing else.

    The secret is in this answer and nowhere else.
    """
    issued = issuing.issue_token(context, data.station, data.name, expires_on=data.expires_on)
    return Response(issued, status_code=201, headers=UNSAVED)


@get("/keys", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE))
def list_keys(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    standing: StateAsked = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> Response[Page[CredentialView]]:
    """The keys of scripts that the administrator sees to, newest first."""
    return paged(request, issuing.list_credentials(context, "key", state=standing, offset=offset, limit=limit))


@post("/keys", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE))
def issue_key(context: Asked, data: JSONBody[KeyIn]) -> Response[IssuedCredential]:
    """A key for a script of an organisation, with the rights that are named. The secret is in this answer alone."""
    issued = issuing.issue_key(
        context, data.organisation, data.name, rights=data.rights, unit=data.unit, expires_on=data.expires_on
    )
    return Response(issued, status_code=201, headers=UNSAVED)


def _changes(plural: str, kind: str, called: str) -> list[HTTPRouteHandler]:
    @post(f"/{plural}/{{number:int}}/revoke", status_code=200, sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE))
    def revoke(context: Asked, number: FromPath[int]) -> CredentialView:
        return issuing.revoke(context, kind, number)

    @post(f"/{plural}/{{number:int}}/rotate", sync_to_thread=True, opt=needs(Right.MACHINES_MANAGE))
    def rotate(context: Asked, number: FromPath[int]) -> Response[IssuedCredential]:
        return Response(issuing.rotate(context, kind, number), status_code=201, headers=UNSAVED)

    revoke.fn.__doc__ = f"The {called} works no more from here on; once more is the same."
    rotate.fn.__doc__ = (
        f"A new secret for the {called}; the old one works for another 24 hours, or until it is revoked."
    )
    return [revoke, rotate]


router = Router(
    "/",
    route_handlers=[
        list_tokens,
        issue_token,
        *_changes("tokens", "station", "token"),
        list_keys,
        issue_key,
        *_changes("keys", "key", "key"),
    ],
    tags=["machines"],
)
