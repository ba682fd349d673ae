"""While the service runs: letters that are due are sent, every half minute."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from server.jobs.by_one import by_one
from server.services.context import Context
from server.services.mail import send_due

logger = logging.getLogger("loa.mail")
SENT_EVERY_S = 30.0


@asynccontextmanager
async def rounds(context: Context, *, every_s: float = SENT_EVERY_S) -> AsyncIterator[None]:
    """Without a mail server nothing is done. At its end the letter that is being handed over is waited for."""
    server = context.mail
    if server is None:
        yield
        return
    stopping = asyncio.Event()
    between_letters = threading.Event()

    def work() -> None:
        send_due(context, server, stopping=between_letters.is_set)

    async def send() -> None:
        while not stopping.is_set():
            try:
                await asyncio.to_thread(by_one, context, "letters", work)
            except Exception:  # whatever it was, it is tried again
                logger.exception("letters could not be sent")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), every_s)

    task = asyncio.create_task(send())
    try:
        yield
    finally:
        between_letters.set()
        stopping.set()
        await task
