"""The look at whether this process can be given requests: in a thread of its own, so that it ends also where all others
wait for a database that says nothing any more.
"""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

from server.services.context import Context
from server.services.readiness import Part, Readiness, readiness

# The proxy's patience is a little longer.
LONGEST_S = 10.0


class Readying:
    """Belongs to the event loop's thread. Who asks while somebody looks is told what is found then."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._thread = ThreadPoolExecutor(1, "loa-ready")
        self._look: Future[Readiness] | None = None

    async def look(self, *, stopping: bool) -> Readiness:
        if stopping:
            return Readiness(ready=False, parts=[Part(name="process", state="stopping")])
        if self._look is None or self._look.done():
            self._look = self._thread.submit(readiness, self._context)
        try:
            async with asyncio.timeout(LONGEST_S):
                return await asyncio.shield(asyncio.wrap_future(self._look))
        except TimeoutError:
            return Readiness(ready=False, parts=[Part(name="process", state="slow")])

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
