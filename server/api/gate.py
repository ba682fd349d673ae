"""Who asks, and whether they may: asked of every route, by the right that it names. No handler decides by itself.

Persons are known by a session's cookie, machines by a token or key in Authorization (Bearer, or Basic with the secret
as password, which players send for addresses like http://loa:SECRET@…), an address of audio in a playlist by its own
signature. What was found out is kept in memory until anybody commits anything, so that a pull costs neither a query
nor a thread.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.types import HTTPScope, Scope

from server.api.cookies import SESSION_COOKIE, cookie
from server.api.faults import RequestRefused
from server.api.forms import check_form, read_form
from server.api.known_stations import KnownStations
from server.api.minutes import PerMinute
from server.api.tries import Tries, too_many
from server.services import credentials, sessions
from server.services.access_refusals import MetricsTokenNeeded, SignInNeeded, UnknownCredential
from server.services.context import Context
from server.services.credential_refusals import AudioAddressExpired
from server.services.disk import disk_refusals
from server.services.hidden import hash_of
from server.services.local_time import ZONE, midnight
from server.services.reach import Target, require
from server.services.refusals import ServiceRefusal
from server.services.rights import Right
from server.services.sessions import Known
from server.services.signed_audio import is_let_in
from server.services.who import NOBODY, Who

_VERSION = "database_version"
_SAFE = frozenset({HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS})
_MOST_KEPT = 50_000
MOST_A_MINUTE = 600
MOST_CHECK_INS = 60  # a station's program does each five minutes, and when something happens

# Who shows the setting's token, and nothing of the database: its figures are wanted most while that does not answer.
_SCRAPER = Who(kind="key", name="metrics")

_NEVER = datetime.min.replace(tzinfo=UTC)

Turned = ServiceRefusal | RequestRefused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`parameter` of the path names the target; in file names only what stands before the ending is its code.

    `signed`: an address that was signed here needs no right. `form_later`: the form comes as a stream, and its token is looked at by who reads it (`require_form`). `scraped`: the setting's token lets in, and is what a refusal names.
    """

    right: Right
    target: Target | None = None
    parameter: str = "code"
    signed: bool = False
    form_later: bool = False
    scraped: bool = False


def needs(
    right: Right,
    target: Target | None = None,
    *,
    parameter: str = "code",
    signed: bool = False,
    form_later: bool = False,
    scraped: bool = False,
) -> dict[str, Any]:
    """For a handler's `opt`."""
    need = Need(right=right, target=target, parameter=parameter, signed=signed, form_later=form_later, scraped=scraped)
    return {"need": need}


OPEN = needs(Right.PUBLIC)


class Gate:
    """What is known of who asks, for one application; `identify` and `allow` belong to the event loop's thread."""

    def __init__(self, context: Context, *, metrics_token: str = "") -> None:
        self._scrapers = f"Bearer {metrics_token}".encode("latin-1") if metrics_token else None
        self.pace = PerMinute(MOST_A_MINUTE)  # of one token or key
        self.check_ins = PerMinute(MOST_CHECK_INS)  # of one station
        self._tries = Tries()
        self._context = context
        self._version: int | None = None
        self._looking = asyncio.Lock()
        self._known: dict[tuple[bytes, bool, str], Known] = {}
        self._today = _Day(begins=_NEVER, ends=_NEVER, day=date.min)
        self._allowed: set[tuple[object, ...]] = set()
        self._stations = KnownStations(context)
        self._seen_sessions: dict[int, datetime] = {}
        self._seen_credentials: dict[int, tuple[datetime, str | None]] = {}

    @property
    def has_scrapers(self) -> bool:
        """A token for them is set."""
        return self._scrapers is not None

    def nobody(self, address: str) -> Who:
        """Who asks, before anything was looked at."""
        return _nobody(address)

    async def identify(self, scope: HTTPScope, address: str) -> tuple[Who, Turned]:
        """Nobody where nothing is shown; with a refusal where what is shown is no good (it is raised where it matters).

        Raises what the database does where it can't be asked.
        """
        authorization = _authorization(scope)
        if authorization is None:
            secret = cookie(scope, SESSION_COOKIE)
            if not secret:
                return _nobody(address), None
            shown = secret.encode("latin-1")
        elif self._scrapers is not None and hmac.compare_digest(authorization, self._scrapers):
            return _SCRAPER, None
        else:
            shown = authorization
        # By what was shown as it came: a pull need not take it apart again.
        key = (hashlib.sha256(shown).digest(), authorization is None, address)
        now = self._context.clock()
        version = await self._forget_what_is_old(now)
        scope["state"][_VERSION] = version
        known = self._known.get(key) or self._stations.known.get(key)
        if known is None or known.until <= now:
            try:
                known = await self._find(address, authorization=authorization, secret=shown.decode("latin-1"))
            except (ServiceRefusal, RequestRefused) as refusal:
                return _nobody(address), refusal
            if known is None:
                return _nobody(address), None
            # What was found while somebody committed may be of before.
            if version == self._version:
                kept = self._stations.known if known.who.kind == "station" else self._known
                if len(kept) >= _MOST_KEPT:
                    kept.clear()
                kept[key] = known
        who = known.who
        if who.session_id is not None:
            self._seen_sessions[who.session_id] = now
        elif who.credential_id is not None:
            self._seen_credentials[who.credential_id] = (now, address)
            seconds = self.pace.waits(who.credential_id, now)
            if seconds:
                return _nobody(address), too_many(seconds)
        return who, None

    async def allow(self, who: Who, need: Need, parameters: Mapping[str, Any]) -> None:
        """Raises what `reach.require` does."""
        if need.right is Right.PUBLIC or (who is _SCRAPER and need.right is Right.METRICS_READ):
            return
        named = _named(need, parameters)
        month = parameters.get("month")
        on = self._today.day  # as when this request was identified, as is all that is kept here
        key = (who.session_id, who.credential_id, need.right, need.target, named, month)
        if key in self._allowed or key in self._stations.allowed:
            return
        if who.kind == "station":
            # A province may come at once: one is looked at after the other, so that people come in between.
            async with self._stations.turn:
                await self._look(key, who, need, named, on, month)
        else:
            await self._look(key, who, need, named, on, month)

    async def _look(  # noqa: PLR0917 (what was asked, as it came)
        self, key: tuple[object, ...], who: Who, need: Need, named: str, on: date, month: str | None
    ) -> None:
        version = self._version
        await sync_to_thread(self._require, who, need, named, on, month)
        # What was published for a station, or called out, it may hear for ever.
        lasts = who.kind == "station" and need.target in {"station", "audio"}
        allowed = self._stations.allowed if lasts else self._allowed
        if version == self._version and on == self._today.day:
            if len(allowed) >= _MOST_KEPT:
                allowed.clear()
            allowed.add(key)

    def note_use(self, credential_id: int, address: str) -> None:
        """Of an address that is its own proof."""
        self._seen_credentials[credential_id] = (self._context.clock(), address)

    def write_what_was_seen(self) -> None:
        """Once in a while, so that no request waits for the disk only to say that it was there. In any thread."""
        seen_sessions, self._seen_sessions = self._seen_sessions, {}
        seen_credentials, self._seen_credentials = self._seen_credentials, {}
        if seen_sessions or seen_credentials:
            with disk_refusals(self._context.home):
                sessions.seen(self._context, seen_sessions)
                credentials.used(self._context, seen_credentials)

    def _require(self, who: Who, need: Need, named: str, on: date, month: str | None) -> None:
        require(self._context, who, need.right, need.target, named, on=on, month=month)

    async def _find(self, address: str, *, authorization: bytes | None, secret: str) -> Known | None:
        """Raises what a token is refused for; RequestRefused where too many from this address were."""
        if authorization is None:
            person = await sync_to_thread(sessions.who_of, self._context, hash_of(secret))
            return None if person is None else _from(person, address)
        secret_hash = hash_of(_secret_in(authorization))
        waits = self._tries.refused(address, secret_hash)
        if waits is not None:
            raise waits
        try:
            machine = await sync_to_thread(credentials.who_of, self._context, secret_hash)
        except ServiceRefusal:
            self._tries.wrong(address, secret_hash)
            raise
        self._tries.right(secret_hash)
        return _from(machine, address)

    async def _forget_what_is_old(self, now: datetime) -> int:
        """What anybody committed since, or a new day, may have changed; tells the version of the database."""
        version = await self._context.database.version()
        if version != self._version:
            async with self._looking:
                if version != self._version:
                    await self._stations.look()
                    self._version = version
                    self._known.clear()
                    self._allowed.clear()
        if not self._today.begins <= now < self._today.ends:
            self._today = _Day.of(now)
            self._allowed.clear()
            self._stations.allowed.clear()
        return version


async def version_for(scope: Scope) -> int:
    """What the watch of the database told when this request came, or tells now."""
    version: int | None = scope["state"].get(_VERSION)
    if version is None:
        version = await scope["litestar_app"].state.context.database.version()
    return version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """A local day; its ends are told in UTC, as the clock does."""

    begins: datetime
    ends: datetime
    day: date

    @classmethod
    def of(cls, now: datetime) -> "_Day":
        day = now.astimezone(ZONE).date()
        return cls(
            begins=midnight(day).astimezone(UTC), ends=midnight(day + timedelta(days=1)).astimezone(UTC), day=day
        )


def _from(known: Known, address: str) -> Known:
    return replace(known, who=replace(known.who, address=address))


@lru_cache(1024)
def _nobody(address: str) -> Who:
    return replace(NOBODY, address=address)


def _authorization(scope: HTTPScope) -> bytes | None:
    found: bytes | None = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            found = value if found is None else b"%b, %b" % (found, value)
    return found


def _secret_in(authorization: bytes) -> str:
    """The token or key; "" where there is none that could be read."""
    scheme, _, value = authorization.decode("latin-1").strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


async def gate(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard for all routes.

    Raises SignInNeeded, MetricsTokenNeeded, RightMissing, OutOfReach, FormForeign, AudioAddressExpired, and what a token is refused for.
    """
    scope = connection.scope
    if scope.get("method") == HttpMethod.OPTIONS:
        return  # what methods there are is no secret, and no handler of ours does anything for it
    need: Need = handler.opt["need"]
    state = scope["state"]
    who: Who = state["who"]
    doors: Gate = connection.app.state.gate
    refusal: Turned = state["refusal"]
    if need.signed and _is_signed_address(connection, need, who):
        return
    if need.scraped and (refusal is None or isinstance(refusal, UnknownCredential)) and who.kind == "nobody":
        raise MetricsTokenNeeded(configured=doors.has_scrapers)
    if refusal is not None and need.right is not Right.PUBLIC:
        raise refusal
    try:
        await doors.allow(who, need, connection.path_params)
    except SignInNeeded:
        await read_form(connection)
        raise
    if scope.get("method") not in _SAFE and who.kind in {"person", "nobody"} and not need.form_later:
        await check_form(connection)


def _is_signed_address(connection: ASGIConnection[Any, Any, Any, Any], need: Need, who: Who) -> bool:
    """Raises AudioAddressExpired where nothing else could let them in."""
    query = connection.query_params
    context: Context = connection.app.state.context
    station = query.get("for")
    named = _named(need, connection.path_params)
    try:
        let_in = is_let_in(context, named, query.get("until"), query.get("sig"), station=station)
    except AudioAddressExpired:
        if who.kind == "nobody":
            raise
        return False
    if let_in and station is not None:
        connection.scope["state"]["pulling_station"] = station
    return let_in


def _named(need: Need, parameters: Mapping[str, Any]) -> str:
    named = str(parameters.get(need.parameter, "")) if need.target is not None else ""
    return named.rpartition(".")[0] if need.parameter == "file" else named
