"""Who asks, and whether they may: asked of every route, by the right that it names. No handler decides by itself.

Persons are known by a session's cookie, machines by a token or key in Authorization (Bearer, or Basic with the secret
as password, which players send for addresses like http://loa:SECRET@…). What was found out is kept in memory until
anybody commits anything, so that a pull costs neither a query nor a thread.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod, RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.types import HTTPScope

from server.api.conditional import header
from server.services import credentials, sessions
from server.services.access_refusals import FormForeign
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import hash_of, is_signed, new_secret, signed
from server.services.local_time import local_today
from server.services.reach import Target, require
from server.services.refusals import ServiceRefusal
from server.services.rights import Right
from server.services.sessions import Known
from server.services.who import NOBODY, Who

SESSION_COOKIE = "loa_session"
FORM_COOKIE = "loa_form"
CSRF_HEADER = b"x-csrf-token"
CSRF_FIELD = "csrf"
_CSRF = "form"
_SAFE = frozenset({HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS})
_MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`parameter` of the path names the target; in file names only what stands before the ending is its code.

    `form_later`: the form comes as a stream, and its token is looked at by who reads it (`require_form`).
    """

    right: Right
    target: Target | None = None
    parameter: str = "code"
    form_later: bool = False


def needs(
    right: Right, target: Target | None = None, *, parameter: str = "code", form_later: bool = False
) -> dict[str, Any]:
    """For a handler's `opt`."""
    return {"need": Need(right=right, target=target, parameter=parameter, form_later=form_later)}


OPEN = needs(Right.PUBLIC)


class Gate:
    """What is known of who asks, for one application; `identify` and `allow` belong to the event loop's thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._watch = context.database.watch()
        self._version: int | None = None
        self._known: dict[tuple[str, str], Known] = {}
        self._allowed: set[tuple[object, ...]] = set()
        self._seen_sessions: dict[int, datetime] = {}
        self._seen_credentials: dict[int, tuple[datetime, str | None]] = {}

    async def identify(self, scope: HTTPScope, address: str) -> tuple[Who, ServiceRefusal | None]:
        """Nobody where nothing is shown; with a refusal where what is shown is no good (it is raised where it matters)."""
        shown = _shown(scope)
        if shown is None:
            return replace(NOBODY, address=address), None
        kind, secret = shown
        key = (kind, hash_of(secret))
        now = self._context.clock()
        self._forget_what_is_old()
        known = self._known.get(key)
        if known is None or known.until <= now:
            try:
                known = await sync_to_thread(self._look_up, *key)
            except ServiceRefusal as refusal:
                return replace(NOBODY, address=address), refusal
            if known is None:
                return replace(NOBODY, address=address), None
            if len(self._known) < _MOST_KEPT:
                self._known[key] = known
        who = known.who
        if who.session_id is not None:
            self._seen_sessions[who.session_id] = now
        elif who.credential_id is not None:
            self._seen_credentials[who.credential_id] = (now, address)
        return (who if who.address == address else replace(who, address=address)), None

    async def allow(self, who: Who, need: Need, parameters: Mapping[str, Any]) -> None:
        """Raises what `reach.require` does."""
        if need.right is Right.PUBLIC:
            return
        named = str(parameters.get(need.parameter, "")) if need.target is not None else ""
        if need.parameter == "file":
            named = named.rpartition(".")[0]
        month = parameters.get("month")
        on = self._today()
        key = (who.session_id, who.credential_id, who.name, need.right, need.target, named, month, on)
        self._forget_what_is_old()
        if key in self._allowed:
            return
        await sync_to_thread(self._require, who, need, named, on, month)
        if len(self._allowed) < _MOST_KEPT:
            self._allowed.add(key)

    def write_what_was_seen(self) -> None:
        """Once in a while, so that no request waits for the disk only to say that it was there. In any thread."""
        seen_sessions, self._seen_sessions = self._seen_sessions, {}
        seen_credentials, self._seen_credentials = self._seen_credentials, {}
        if seen_sessions or seen_credentials:
            with disk_refusals(self._context.home):
                sessions.seen(self._context, seen_sessions)
                credentials.used(self._context, seen_credentials)

    def close(self) -> None:
        self._watch.close()

    def _require(self, who: Who, need: Need, named: str, on: date, month: str | None) -> None:
        require(self._context, who, need.right, need.target, named, on=on, month=month)

    def _today(self) -> date:
        return local_today(self._context)

    def _forget_what_is_old(self) -> None:
        version = self._watch.version()
        if version != self._version:
            self._version = version
            self._known.clear()
            self._allowed.clear()

    def _look_up(self, kind: str, secret_hash: str) -> Known | None:
        if kind == "session":
            return sessions.who_of(self._context, secret_hash)
        return credentials.who_of(self._context, secret_hash)


def _shown(scope: HTTPScope) -> tuple[str, str] | None:
    """The kind of proof that came with the request, and its secret."""
    authorization = header(scope, b"authorization")
    if authorization is not None:
        scheme, _, value = authorization.strip().partition(" ")
        if scheme.lower() == "bearer":
            return "machine", value.strip()
        if scheme.lower() == "basic":
            try:
                return "machine", base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return "machine", ""
        return "machine", ""
    secret = cookie(scope, SESSION_COOKIE)
    return ("session", secret) if secret else None


def cookie(scope: HTTPScope, name: str) -> str | None:
    """The last one where there are several; also under its name on secure lines."""
    found: str | None = None
    for key, value in scope["headers"]:
        if key == b"cookie":
            for part in value.decode("latin-1").split(";"):
                own, _, content = part.strip().partition("=")
                if own in {name, f"__Host-{name}"}:
                    found = content
    return found


async def gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard for all routes. Raises SignInNeeded, RightMissing, OutOfReach, FormForeign, what a token is refused for."""
    scope = connection.scope
    if scope.get("method") == HttpMethod.OPTIONS:
        return  # what methods there are is no secret, and no handler of ours does anything for it
    need: Need = handler.opt["need"]
    state = scope["state"]
    who: Who = state["who"]
    doors: Gate = connection.app.state.gate
    refusal: ServiceRefusal | None = state["refusal"]
    if refusal is not None and need.right is not Right.PUBLIC:
        raise refusal
    await doors.allow(who, need, connection.path_params)
    if scope.get("method") not in _SAFE and who.kind in {"person", "nobody"} and not need.form_later:
        await _check_form(connection)


async def _check_form(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """A browser adds a session's cookie to whatever a page sends: only our pages know the token."""
    given = header(connection.scope, CSRF_HEADER)
    if given is None and isinstance(connection, Request):
        kind, _ = connection.content_type
        if kind == RequestEncodingType.URL_ENCODED:
            given = str((await connection.form()).get(CSRF_FIELD, ""))
    require_form(connection, given)


def require_form(connection: ASGIConnection[Any, Any, Any, Any], given: str | None) -> None:
    """Raises FormForeign unless the token is the one that `form_token` gave to this browser."""
    if connection.scope["state"]["who"].kind not in {"person", "nobody"}:
        return
    holder = _holder(connection)
    if holder is None or given is None or not is_signed(_key(connection), given, _CSRF, hash_of(holder)):
        raise FormForeign


def form_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """What forms of this browser carry; a browser that has no cookie yet gets one with the answer."""
    holder = _holder(connection)
    if holder is None:
        holder = connection.scope["state"].setdefault("new_form_cookie", new_secret())
    return signed(_key(connection), _CSRF, hash_of(holder))


def _holder(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    scope: HTTPScope = connection.scope  # type: ignore[assignment]  # there are no other connections here
    if connection.scope["state"]["who"].kind == "person":
        return cookie(scope, SESSION_COOKIE)
    return cookie(scope, FORM_COOKIE)


def _key(connection: ASGIConnection[Any, Any, Any, Any]) -> bytes:
    context: Context = connection.app.state.context
    return context.secret
