"""While the service runs: recordings of the air that wait are listened to, one at a time, the oldest first."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from server.services.context import Context
from server.services.hearing import hear_recording, waiting_recordings

logger = logging.getLogger("loa.recordings")
LOOKED_EVERY_S = 5.0


class _Stopping(Exception):
    """The service ends: the recording is listened to anew at its next start."""


@asynccontextmanager
async def rounds(context: Context, *, every_s: float = LOOKED_EVERY_S) -> AsyncIterator[None]:
    """Without durable jobs nothing is done: there whoever sends a recording listens to it. At its end work is left off."""
    if context.jobs is None:
        yield
        return
    stopping = asyncio.Event()
    leave_off = threading.Event()

    def progress(_: float) -> None:
        if leave_off.is_set():
            raise _Stopping

    def listen() -> None:
        for recording_id in waiting_recordings(context):
            try:
                hear_recording(context, recording_id, progress)
            except _Stopping:
                return
            except Exception:  # whatever it was, it is tried again
                logger.exception("recording %d could not be listened to", recording_id)

    async def look() -> None:
        while not stopping.is_set():
            try:
                await asyncio.to_thread(listen)
            except Exception:  # whatever it was, it is tried again
                logger.exception("recordings that wait could not be looked for")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), every_s)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        leave_off.set()
        stopping.set()
        await task
