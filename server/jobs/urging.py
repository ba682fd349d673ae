"""While the service runs: messages to stations' webhooks that are due are sent, every quarter of a minute."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from server.jobs.by_one import by_one
from server.services.context import Context
from server.services.webhook_sending import send_due

logger = logging.getLogger("loa.webhooks")
SENT_EVERY_S = 15.0


@asynccontextmanager
async def rounds(context: Context, *, every_s: float = SENT_EVERY_S) -> AsyncIterator[None]:
    """At its end the messages that are on their way are waited for."""
    stopping = asyncio.Event()
    between_messages = threading.Event()

    def work() -> None:
        send_due(context, stopping=between_messages.is_set)

    async def send() -> None:
        while not stopping.is_set():
            try:
                await asyncio.to_thread(by_one, context, "webhooks", work)
            except Exception:  # whatever it was, it is tried again
                logger.exception("messages to webhooks could not be sent")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), every_s)

    task = asyncio.create_task(send())
    try:
        yield
    finally:
        between_messages.set()
        stopping.set()
        await task
