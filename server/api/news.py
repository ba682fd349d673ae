"""Wakes those who wait for something new: one look at the database for all of them, however many they are."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from litestar.concurrency import sync_to_thread

from server.services.context import Context
from server.services.export_ground import ground_now

logger = logging.getLogger("loa.http")
LOOK_S = 0.25


class News:
    """`number` grows whenever what manifests stand on has changed. Belongs to the event loop's thread."""

    def __init__(self, context: Context) -> None:
        self.number = 0
        self.ended = False
        self._context = context
        self._told = asyncio.Event()

    async def wait(self, heard: int, timeout_s: float) -> None:
        """Until there is something newer than `heard`, the service ends, or the time is over."""
        if heard == self.number and not self.ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), timeout_s)

    def end(self) -> None:
        """Nobody waits any more."""
        self.ended = True
        self._told.set()

    @asynccontextmanager
    async def rounds(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _look(self) -> None:
        seen, ground = None, None
        while True:
            try:
                version = await self._context.database.version()
                if version != seen:
                    found = await sync_to_thread(ground_now, self._context)
                    seen = version
                    if found != ground:
                        ground = found
                        self._tell()
            except Exception:  # whatever it was, it is tried again
                logger.exception("whether there is anything new could not be found out")
            await asyncio.sleep(LOOK_S)

    def _tell(self) -> None:
        self.number += 1
        self._told.set()
        self._told = asyncio.Event()
