"""Playlists and calendars of what is published: pulled often, changed seldom, so answered from memory.

While nothing is committed an answer costs neither a thread nor a query; see `server.services.export_cache`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Annotated, ClassVar

from litestar import Router, get
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import FromPath, PathParameter
from litestar.types import ASGIApp, Scope

from schedules.exports.playlists import FORMATS
from schedules.months import Month
from server.api.asked import MonthInPath, day_of
from server.api.attachments import attachment
from server.api.conditional import Ready, has_current, header
from server.api.faults import RequestRefused
from server.api.gate import needs, version_for
from server.services.context import Context
from server.services.exports import CalendarOrder, ExportCache, PlaylistOrder
from server.services.local_time import local_today
from server.services.reach import Target
from server.services.rights import Right
from server.services.signed_audio import last_day, query_of
from server.services.views import Export
from server.texts import language

# In addresses Liquidsoap's lines have its own ending; the format is called after what they hold.
_ENDINGS = {"annotate": "liq"}
_NAMES = {ending: name for name, ending in _ENDINGS.items()}
_PLAYLISTS = [f"playlist.{_ENDINGS.get(name, name)}" for name in FORMATS]
PlaylistFile = Annotated[str, PathParameter(schema_extra={"enum": _PLAYLISTS})]
MonthFile = Annotated[str, PathParameter(schema_extra={"enum": [*_PLAYLISTS, "calendar.ics"]})]
FeedFile = Annotated[str, PathParameter(description="A code with .ics, for example h654.ics")]
# Asked again each time, and never handed by a cache to somebody else.
CACHED = "private, no-cache"
Day = Annotated[str, PathParameter(description="A local date, YYYY-MM-DD")]


@dataclass
class ExportOperation(Operation):
    """What comes depends on the ending, so all media types that there are, are written down."""

    media_types: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        kinds = {each: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING)) for each in self.media_types}
        if "application/json" in kinds:
            kinds["application/json"] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))
        told = OpenAPIResponse(description="The file; its media type is the format's", content=kinds)
        self.responses = {**(self.responses or {}), "200": told}


class CalendarOperation(ExportOperation):
    media_types = ("text/calendar",)


class PlaylistOperation(ExportOperation):
    media_types = tuple(sorted({each.media_type.partition(";")[0] for each in FORMATS.values()}))


class MonthOperation(ExportOperation):
    media_types = (*PlaylistOperation.media_types, *CalendarOperation.media_types)


def _exported(
    path: str, target: Target, operation: type[ExportOperation], *, parameter: str = "code"
) -> HTTPRouteHandler:
    return get(
        path,
        opt=needs(Right.EXPORTS_PULL, target, parameter=parameter),
        operation_class=operation,
        responses={304: ResponseSpec(None, description="The client has it")},
    )


@_exported("/stations/{code:str}/months/{month:str}/{file:str}", "station", MonthOperation)
async def month_file(scope: Scope, code: FromPath[str], month: MonthInPath, file: MonthFile) -> ASGIApp:
    """A station's month as a playlist or calendar."""
    if file == "calendar.ics":
        return await _calendar(scope, station=code, month=month)
    return await _playlist(scope, code, month, file)


@_exported("/stations/{code:str}/months/{month:str}/days/{day:str}/{file:str}", "station", PlaylistOperation)
async def day_file(scope: Scope, code: FromPath[str], month: MonthInPath, day: Day, file: PlaylistFile) -> ASGIApp:
    """A station's day as a playlist; that of a day without slots is empty."""
    return await _playlist(scope, code, month, file, day=day)


@_exported("/stations/{code:str}/months/{month:str}/slots/{slot:str}/{file:str}", "station", PlaylistOperation)
async def slot_file(
    scope: Scope, code: FromPath[str], month: MonthInPath, slot: FromPath[str], file: PlaylistFile
) -> ASGIApp:
    """One slot as a playlist, by its key."""
    return await _playlist(scope, code, month, file, slot=slot)


@_exported("/calendars/stations/{file:str}", "station", CalendarOperation, parameter="file")
async def station_feed(scope: Scope, file: FeedFile) -> ASGIApp:
    """A station's calendar to subscribe to: from three months back to twelve ahead."""
    return await _calendar(scope, station=_code(scope, file))


@_exported("/calendars/districts/{file:str}", "district", CalendarOperation, parameter="file")
async def district_feed(scope: Scope, file: FeedFile) -> ASGIApp:
    """The calendar of a district's station and its communes' stations, by the unit's code."""
    return await _calendar(scope, district=_code(scope, file))


@_exported("/calendars/province.ics", "everywhere", CalendarOperation)
async def province_feed(scope: Scope) -> ASGIApp:
    """The calendar of all stations."""
    return await _calendar(scope)


class AudioAt:
    """Where a sound is to be had from this service, called by the name that the request called it by.

    Players follow these addresses without saying who they are: each is signed, and good until that day; for the
    station whose machine asked, where one did.
    """

    def __init__(self, context: Context, base: str, until: date, station: str | None) -> None:
        self.context, self.base, self.until, self.station = context, base, until, station

    def __call__(self, sha256: str) -> str:
        query = query_of(self.context, sha256, self.until, station=self.station)
        return f"{self.base}/api/v1/audio/{sha256}.mp3?{query}"


async def _playlist(
    scope: Scope, code: str, month: str, file: str, *, day: str | None = None, slot: str | None = None
) -> Ready:
    base = f"{scope['scheme']}://{header(scope, b'host')}"  # one of our names: the doorway let it pass
    context: Context = scope["litestar_app"].state.context
    wanted = _month(month)
    until = last_day(wanted, Month.of(local_today(context)))
    # What the station's own machine is given tells, when it is followed, that the station has it.
    own = code if scope["state"]["who"].kind == "station" else None
    key = (scope["path"], base, language(), until, own)
    cache = _exports(scope)
    version = await version_for(scope)
    export = cache.at_hand(key, version)
    if export is None:
        order = PlaylistOrder(
            code=code,
            month=wanted,
            day=day_of(day) if day is not None else None,
            slot=slot,
            format=_format(scope, file),
            audio_url=AudioAt(context, base, until, own),
        )
        export = await sync_to_thread(cache.current, key, order, version)
    return answer(scope, export)


async def _calendar(
    scope: Scope, *, station: str | None = None, district: str | None = None, month: str | None = None
) -> Ready:
    return answer(
        scope,
        await calendar_of(
            scope, station=station, district=district, month=Month.parse(month) if month is not None else None
        ),
    )


async def calendar_of(
    scope: Scope, *, station: str | None = None, district: str | None = None, month: Month | None = None
) -> Export:
    """The province's with neither station nor district; from memory where it is there. Raises what the export refuses."""
    context: Context = scope["litestar_app"].state.context
    today = local_today(context)
    key = ("calendar", station, district, month, today.year, today.month, language())
    cache = _exports(scope)
    version = await version_for(scope)
    export = cache.at_hand(key, version)
    if export is None:
        order = CalendarOrder(station=station, district=district, month=month, today=today)
        export = await sync_to_thread(cache.current, key, order, version)
    return export


_month = lru_cache(1024)(Month.parse)


def _exports(scope: Scope) -> ExportCache:
    cache: ExportCache = scope["litestar_app"].state.exports
    return cache


def _format(scope: Scope, file: str) -> str:
    stem, _, extension = file.partition(".")
    if stem != "playlist" or not extension:
        raise RequestRefused("address.unknown", path=scope["path"])
    return _NAMES.get(extension, extension)


def _code(scope: Scope, file: str) -> str:
    code, _, extension = file.rpartition(".")
    if extension != "ics" or not code:
        raise RequestRefused("address.unknown", path=scope["path"])
    return code


def answer(scope: Scope, export: Export) -> Ready:
    """The export, or that the client has it."""
    if has_current(header(scope, b"if-none-match"), export.etag):
        return _unchanged(export.etag)
    size = len(export.content)
    return _heading(export.etag, export.media_type, export.file_name, export.modified_at, size).carrying(export.content)


@lru_cache(1024)
def _unchanged(etag: str) -> Ready:
    return Ready(status=304, headers={"ETag": etag, "Cache-Control": CACHED})


@lru_cache(1024)
def _heading(etag: str, media_type: str, file_name: str, modified_at: datetime, size: int) -> Ready:
    return Ready(
        status=200,
        headers={
            "Content-Type": media_type,
            "Content-Length": str(size),
            "Content-Disposition": attachment(file_name),
            "Last-Modified": format_datetime(modified_at.astimezone(UTC), usegmt=True),
            "ETag": etag,
            "Cache-Control": CACHED,
        },
    )


router = Router(
    "/",
    route_handlers=[month_file, day_file, slot_file, station_feed, district_feed, province_feed],
    tags=["exports"],
)
