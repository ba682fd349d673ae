"""What is done from time to time while the service runs; of any number of processes one does it at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from server.jobs import letters, listening, urging
from server.jobs.by_one import by_one
from server.services.context import Context
from server.services.vetting_queue import remind_due

logger = logging.getLogger("loa.jobs")
# What is due within hours is told in time, also after the service was down.
REMINDED_EVERY_S = 600.0


@asynccontextmanager
async def rounds(context: Context) -> AsyncIterator[None]:
    """Letters, webhooks, recordings that wait to be listened to, reminders of what waits to be decided on."""
    async with AsyncExitStack() as stack:
        for of_one in (letters.rounds, listening.rounds, urging.rounds, _reminders):
            await stack.enter_async_context(of_one(context))
        yield


@asynccontextmanager
async def _reminders(context: Context) -> AsyncIterator[None]:
    """Whoever should decide on recordings is reminded before and after they are due."""

    async def remind() -> None:
        while True:
            await asyncio.sleep(REMINDED_EVERY_S)
            try:
                await asyncio.to_thread(by_one, context, "reminders", lambda: remind_due(context))
            except Exception:  # whatever it was, it is tried again
                logger.exception("reminders of what waits to be decided on could not be written")

    task = asyncio.create_task(remind())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
