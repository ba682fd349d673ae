"""Notes of files that went out to stations whole: at once where few go, together where a province fetches its month.

Each note is a commit, after which everybody's figures are reckoned anew. What a kill takes away is only that a file was
*sent*: the station's program says by itself, and for certain, what it has.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.concurrency import sync_to_thread

from server.services import deliveries
from server.services.context import Context

PAUSE_S = 5.0
# Of what could not be written down, while the database is away.
_MOST_KEPT = 10_000
logger = logging.getLogger("loa.deliveries")

SentFile = tuple[int | str, str]  # the station's key or code, and the SHA-256


class SentFiles:
    """Belongs to the event loop's thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._noted: list[SentFile] = []
        self._later: asyncio.Task[None] | None = None
        self._quiet_until = 0.0

    async def note(self, station: int | str, sha256: str) -> None:
        self._noted.append((station, sha256))
        if self._later is not None:
            return
        wait = self._quiet_until - asyncio.get_running_loop().time()
        if wait <= 0:
            await self._write()
        else:
            self._later = asyncio.create_task(self._write_after(wait))

    @asynccontextmanager
    async def rounds(self) -> AsyncIterator[None]:
        """At the service's end nothing that was noted is left."""
        try:
            yield
        finally:
            if self._later is not None:
                self._later.cancel()
                await asyncio.wait({self._later})
            if self._noted:
                await self._write()

    async def _write_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._later = None
        await self._write()

    async def _write(self) -> None:
        self._quiet_until = asyncio.get_running_loop().time() + PAUSE_S
        noted, self._noted = self._noted, []
        try:
            await sync_to_thread(deliveries.note_sent, self._context, noted)
        except Exception:  # the file was sent all the same: it is noted with the next
            logger.exception("that files went out could not be noted")
            self._noted = [*noted[-_MOST_KEPT:], *self._noted]
