"""What the gate keeps of stations' own machines. They ask each minute, thousands of them, while others commit all the
time; what was found out about them outlives every commit that changed neither tokens nor stations.
"""

import asyncio

from litestar.concurrency import sync_to_thread

from server.services.context import Context
from server.services.credentials import ground_of_stations
from server.services.sessions import Known


class KnownStations:
    """`known` by what was shown, `allowed` by who asked for what: empty as soon as either may be of before."""

    def __init__(self, context: Context) -> None:
        self.known: dict[tuple[bytes, bool, str], Known] = {}
        self.allowed: set[tuple[object, ...]] = set()
        self.turn = asyncio.Semaphore(1)
        self._context = context
        self._ground: tuple[object, ...] | None = None

    async def look(self) -> None:
        """After a commit: a query of about a millisecond for all of them."""
        ground = await sync_to_thread(ground_of_stations, self._context)
        if ground != self._ground:
            self._ground = ground
            self.known.clear()
            self.allowed.clear()
