"""What is on its way, told while it goes: server-sent events (HTML Living Standard, 9.2)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from litestar import get
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import Scope
from msgspec import Struct

from server.api.asked import Asked
from server.api.doorway import asked_for_head
from server.api.gate import needs
from server.services.context import Context
from server.services.following import VersionProgress, newest_progress
from server.services.rights import Right

T = TypeVar("T", bound=Struct)

LOOK_S = 0.4
# Seconds: what is written apart from commits that are watched for is seen by then.
APART_S = 1.0
# A sign of life, so that nothing between here and the listener takes the connection for dead.
QUIET_S = 15.0
# Browsers ask again by themselves; who left without a word is forgotten by then.
LONGEST_S = 600.0


@get(
    "/segments/{code:str}/events",
    responses={
        200: ResponseSpec(
            VersionProgress,
            media_type="text/event-stream",
            description="A message for each change, its data in this shape; the last one is not processing any more",
            generate_examples=False,
        )
    },
    opt=needs(Right.SEGMENTS_READ, "segment"),
)
async def events(scope: Scope, context: Asked, code: FromPath[str]) -> ServerSentEvent:
    """State, step and progress of the segment's newest recording as they change, until it has its verdict."""
    first = await sync_to_thread(newest_progress, context, code)
    if asked_for_head(scope):
        return ServerSentEvent(iter(()))
    return ServerSentEvent(changes(context, first))


def changes(
    context: Context, first: VersionProgress, *, look_s: float = LOOK_S, longest_s: float = LONGEST_S
) -> AsyncIterator[ServerSentEventMessage]:
    """`first` and what follows it, until nothing is on its way any more."""
    return followed(
        context,
        first,
        look=lambda: newest_progress(context, first.segment),
        goes_on=lambda now: now.state == "processing",
        look_s=look_s,
        longest_s=longest_s,
    )


async def followed(
    context: Context,
    first: T,
    *,
    look: Callable[[], T],
    goes_on: Callable[[T], bool],
    look_s: float = LOOK_S,
    longest_s: float = LONGEST_S,
) -> AsyncIterator[ServerSentEventMessage]:
    """`first` and what `look` finds after it; ends when it goes on no more, the service stops, or it gets too long.

    Looked at after each commit, and once in a while also without one: figures of progress are written apart from those.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + longest_s
    spoke = loop.time()
    seen: int | None = None
    looked = 0.0
    told = first
    yield ServerSentEventMessage(data=_data(told), retry=2000)
    while goes_on(told) and loop.time() < end and not _stopping(context):
        version = await context.database.version()
        if version != seen or loop.time() - looked >= APART_S:
            seen, looked = version, loop.time()
            now = await sync_to_thread(look)
            if now != told:
                told, spoke = now, loop.time()
                yield ServerSentEventMessage(data=_data(told))
                continue
        if loop.time() - spoke >= QUIET_S:
            spoke = loop.time()
            yield ServerSentEventMessage(data=None, comment="")
        await asyncio.sleep(look_s)


def _data(told: Struct) -> str:
    return msgspec.json.encode(told).decode()


def _stopping(context: Context) -> bool:
    return context.jobs is not None and context.jobs.stopping
