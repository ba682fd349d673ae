"""Manifests: asked for by every station each minute, or waited for, and almost always as they were."""

import asyncio
from time import perf_counter
from typing import Annotated, Any, cast

from litestar import Router, get
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp, Scope

from schedules.manifest import SealedChanges, SealedManifest
from server.api.asked import Asked
from server.api.conditional import Ready, has_current, header
from server.api.exports import CACHED
from server.api.gate import OPEN, needs
from server.api.manners import lasting
from server.api.news import News
from server.services.context import Context
from server.services.exports import ExportCache, ManifestOrder
from server.services.local_time import local_today
from server.services.manifest_seals import ManifestKey, manifest_key
from server.services.rights import Right
from server.services.views import Export

LONGEST_WAIT_S = 55
Since = Annotated[
    str | None,
    QueryParameter(
        description="The version that the station has: then only what changed is sent, where the server knows it",
        pattern=r"^[0-9a-z:+~-]{1,120}$(?!\n)",
    ),
]
Wait = Annotated[
    int,
    QueryParameter(
        description="With If-None-Match: seconds to wait for another manifest before 304", ge=0, le=LONGEST_WAIT_S
    ),
]


@get(
    "/stations/{code:str}/manifest",
    opt=needs(Right.EXPORTS_PULL, "station"),
    responses={
        200: ResponseSpec(
            cast("type[Any]", SealedManifest | SealedChanges),
            description="The whole, or what changed",
            generate_examples=False,
        ),
        304: ResponseSpec(None, description="The station has it"),
    },
)
async def manifest(scope: Scope, context: Asked, code: FromPath[str], since: Since = None, wait: Wait = 0) -> ASGIApp:
    """All that a station needs to play the days ahead without the server: slots, files with their hashes, recalls,
    emergencies; sealed by the key that `/manifest-key` tells."""
    news: News = scope["litestar_app"].state.news
    held = header(scope, b"if-none-match")
    clock = asyncio.get_running_loop().time
    end = clock() + wait
    while True:
        heard = news.number
        tag, export = await _current(scope, context, code, since, held)
        if export is not None:
            return _whole(export)
        left = end - clock()
        if left <= 0 or news.ended:
            return Ready(status=304, headers={"ETag": tag, "Cache-Control": CACHED})
        lasting()
        await news.wait(heard, left)


@get("/manifest-key", opt=OPEN, sync_to_thread=False)
def key(context: Asked) -> ManifestKey:
    """The key that seals manifests; stations keep it from their first day on."""
    return manifest_key(context)


async def _current(
    scope: Scope, context: Context, code: str, since: str | None, held: str | None
) -> tuple[str, Export | None]:
    """The entity tag of the station's manifest, and the manifest itself where the station does not hold that."""
    cache: ExportCache = scope["litestar_app"].state.exports
    today = local_today(context)
    version = await context.database.version()
    if not cache.knows_ground(version):
        async with scope["litestar_app"].state.looking:
            if not cache.knows_ground(version):
                await sync_to_thread(cache.look_at_ground, version)
    tag = cache.tag_at_hand(code, today, version)
    if tag is not None and has_current(held, tag):
        return tag, None
    asked = ("manifest", code, today, since)
    export = cache.at_hand(asked, version)
    if export is None:
        # After a publication all stations come at once: one manifest is made at a time, and then as long nothing, so that
        # people's pages, which need the same processor, come in between.
        async with scope["litestar_app"].state.making:
            export = cache.at_hand(asked, version)
            if export is None:
                start = perf_counter()
                order = ManifestOrder(code=code, today=today, since=since)
                export = await sync_to_thread(cache.current, asked, order, version)
                await asyncio.sleep(perf_counter() - start)
    return export.etag, None if has_current(held, export.etag) else export


def _whole(export: Export) -> Ready:
    headers = {
        "ETag": export.etag,
        "Cache-Control": CACHED,
        "Content-Type": export.media_type,
        "Content-Length": str(len(export.content)),
    }
    return Ready(status=200, headers=headers, body=export.content)


router = Router("/", route_handlers=[manifest, key], tags=["stations"])
