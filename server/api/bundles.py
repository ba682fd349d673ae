"""Bundles for USB sticks as downloads that can be resumed: ranges of an archive that is nowhere a file.

Where slots are to be one file each and some are not made yet, they are being made from the first request on; it waits a
little, then says how far they are and when to ask again (503, Retry-After), so that an archive that has begun to come
never stops for want of a file. What the server keeps of a resumed download is nothing: the bytes follow from the plan.
"""

import asyncio
from collections.abc import Generator
from datetime import UTC
from email.utils import format_datetime
from typing import Annotated, Literal

from litestar import Router, get
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, PathParameter, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.attachments import attachment
from server.api.audio import hung_up, span_of
from server.api.conditional import Ready, has_current, header
from server.api.doorway import asked_for_head
from server.api.exports import CACHED
from server.api.gate import needs
from server.api.patience import patiently
from server.services import deliveries
from server.services.bundle_plans import Days, Per, month_days, week_days
from server.services.bundle_rendering import Renderings
from server.services.bundles import Bundle, Bundles
from server.services.context import Context
from server.services.rights import Right

PerInQuery = Annotated[
    Literal["slot", "item"],
    QueryParameter(description="slot: each slot as one MP3, in playing order; item: each recording once"),
]
WeekInPath = Annotated[
    str, PathParameter(description="A week, Monday to Sunday (ISO 8601)", schema_extra={"examples": ["2026-W49"]})
]


def _bundled(path: str) -> HTTPRouteHandler:
    return get(
        path,
        opt=needs(Right.EXPORTS_PULL, "station"),
        responses={
            200: ResponseSpec(bytes, description="The whole", media_type="application/zip", generate_examples=False),
            206: ResponseSpec(bytes, description="The range", media_type="application/zip", generate_examples=False),
            304: ResponseSpec(None, description="The client has it"),
        },
    )


@_bundled("/stations/{code:str}/months/{month:str}/bundle.zip")
async def month_bundle(
    scope: Scope, context: Asked, code: FromPath[str], month: MonthInPath, per: PerInQuery = "slot"
) -> ASGIApp:
    """A station's month for a USB stick: sounds, playlists, a page that plays it without network, papers to print.

    The same bytes until it is published anew; single ranges, If-Range, If-None-Match are honoured.
    """
    return await _answer(scope, context, code, month_days(Month.parse(month)), per)


@_bundled("/stations/{code:str}/weeks/{week:str}/bundle.zip")
async def week_bundle(
    scope: Scope, context: Asked, code: FromPath[str], week: WeekInPath, per: PerInQuery = "slot"
) -> ASGIApp:
    """The same of a week; of one that lies in two months, what is published of it."""
    return await _answer(scope, context, code, week_days(week), per)


async def _answer(scope: Scope, context: Context, code: str, days: Days, per: Per) -> ASGIApp:
    state = scope["litestar_app"].state
    bundles: Bundles = state.bundles
    if per == "slot":
        await patiently(_render, state.renderings, context, code, days)
    bundle = await patiently(bundles.make, code, days, per=per)
    lasting = {
        "ETag": bundle.etag,
        "Cache-Control": CACHED,
        "Last-Modified": format_datetime(bundle.modified_at.astimezone(UTC), usegmt=True),
    }
    if has_current(header(scope, b"if-none-match"), bundle.etag):
        return Ready(status=304, headers=lasting)
    held = header(scope, b"if-range")
    ranged = not asked_for_head(scope) and (held is None or held.strip() == bundle.etag)
    size = bundle.archive.size
    span = span_of(header(scope, b"range"), size) if ranged else None
    start, end = span or (0, size)
    headers = {
        "Content-Type": "application/zip",
        "Content-Length": str(end - start),
        "Content-Disposition": attachment(bundle.file_name),
        "Accept-Ranges": "bytes",
        **lasting,
    }
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    ready = Ready(status=206 if span else 200, headers=headers)
    if asked_for_head(scope):
        return ready
    # A person may be anybody who carries a stick; a station's own machine is the station.
    station = context.who.station_id if context.who.kind == "station" else None
    return _Sending(context, bundles, bundle, ready, start=start, end=end, station=station)


def _render(renderings: Renderings, context: Context, code: str, days: Days) -> None:
    renderings.ask(context, code, days)
    renderings.wait(code, days)


class _Sending:
    """A part of the archive, in pieces that are read in a thread."""

    def __init__(
        self,
        context: Context,
        bundles: Bundles,
        bundle: Bundle,
        head: Ready,
        *,
        start: int,
        end: int,
        station: int | None,
    ) -> None:
        self.context, self.bundles, self.bundle, self.head, self.station = context, bundles, bundle, head, station
        self.start, self.end = start, end
        self.pieces: Generator[bytes] = bundles.read(bundle, start, end)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        # Read before anything is said, as with single files.
        piece = await sync_to_thread(next, self.pieces, b"")
        await send({"type": "http.response.start", "status": self.head.status, "headers": self.head.headers})
        gone = asyncio.create_task(hung_up(receive))
        try:
            whole = await self._send(piece, send, gone)
        finally:
            gone.cancel()
            await asyncio.wait({gone})
        if whole and self.station is not None:
            carried = {sha256 for each in self.bundle.carries for sha256 in each}
            await sync_to_thread(deliveries.note_all_sent, self.context, self.station, carried)

    async def _send(self, piece: bytes, send: Send, gone: "asyncio.Task[None]") -> bool:
        """Whether by now all of the archive went to the station. The server takes pieces for who hung up without a
        word: they would be read for nothing, and count as sent.
        """
        at, whole = self.start, False
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if gone.done():
                return False
            if self.station is not None:
                whole = self.bundles.sent(self.station, self.bundle, at, at + len(piece))
            at += len(piece)
            piece = await sync_to_thread(next, self.pieces, b"")
        if at != self.end:
            raise OSError(f"{self.end - at} bytes of an archive are missing")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return whole


router = Router("/", route_handlers=[month_bundle, week_bundle], tags=["exports"])
