"""Bodies that go to disk as they come: one request at a time for each upload, the newest first, memory flat."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from litestar.concurrency import sync_to_thread
from litestar.types import Receive

from server.services.arrivals import Arrival
from server.services.refusals import UploadBrokenOff, UploadOverrun, UploadTakenOver

PIECE = 1024 * 1024
# On a slow line too, what came is on its way to disk soon.
WRITE_EVERY_S = 0.25
STALLED_S = 60.0

P = ParamSpec("P")
T = TypeVar("T")


class Turn:
    """A request's time with an upload, until it is done or a newer request wants it."""

    def __init__(self, upload: str, *, stalled_s: float) -> None:
        self.upload = upload
        self._stalled_s = stalled_s
        self._ended = False
        self._waiting: asyncio.Timeout | None = None

    def end(self) -> None:
        """At once, also where the request waits for bytes that never come: its connection may be long dead."""
        self._ended = True
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(0)

    async def next(self, receive: Receive, arrival: Arrival) -> tuple[bytes, bool]:
        """The next bytes of the body, and whether there are more. Raises UploadTakenOver, UploadBrokenOff."""
        if self._ended:
            raise UploadTakenOver(upload=self.upload)
        try:
            async with asyncio.timeout(self._stalled_s) as self._waiting:
                message = await receive()
        except TimeoutError as error:
            if self._ended:
                raise UploadTakenOver(upload=self.upload) from error
            raise UploadBrokenOff(upload=self.upload, offset=arrival.offset) from error
        finally:
            self._waiting = None
        if message["type"] != "http.request":
            raise UploadBrokenOff(upload=self.upload, offset=arrival.offset)
        return message["body"], message["more_body"]


class Turns:
    """Who may have an upload: in this process one request at a time. To be used on one event loop."""

    def __init__(self, *, stalled_s: float = STALLED_S) -> None:
        """`stalled_s`: a body of which nothing comes for so long is broken off."""
        self._stalled_s = stalled_s
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def take(self, upload: str) -> AsyncIterator[Turn]:
        """Ends the turns before and waits until they have put away what came."""
        line = self._lines.setdefault(upload, _Line())
        turn = Turn(upload, stalled_s=self._stalled_s)
        for earlier in line.turns:
            earlier.end()
        line.turns.append(turn)
        try:
            async with line.lock:
                yield turn
        finally:
            line.turns.remove(turn)
            if not line.turns:
                del self._lines[upload]


class _Line:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.turns: list[Turn] = []


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A thread can't be stopped: whoever is cancelled meanwhile waits for its end, then is."""
    task = asyncio.ensure_future(sync_to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def take_in(receive: Receive, turn: Turn, arrival: Arrival) -> None:
    """The body to the end of the file. However it ends, the file is left in order, and on disk.

    Raises UploadTakenOver, UploadBrokenOff, UploadOverrun, UploadChecksum, UploadNoRoom.
    """
    try:
        await _pour(receive, turn, arrival)
    except UploadOverrun:
        await in_thread(arrival.take_back)
        raise
    except BaseException:
        await in_thread(arrival.break_off)
        raise
    await in_thread(arrival.finish)


async def _pour(receive: Receive, turn: Turn, arrival: Arrival) -> None:
    pieces: list[bytes] = []
    gathered = 0
    written_at = time.monotonic()
    more = True
    try:
        while more:
            body, more = await turn.next(receive, arrival)
            if arrival.offset + gathered + len(body) > arrival.size:
                raise UploadOverrun(size=arrival.size, sent=arrival.offset + gathered + len(body))
            if body:
                pieces.append(body)
                gathered += len(body)
            if gathered >= PIECE or (pieces and time.monotonic() - written_at >= WRITE_EVERY_S):
                ready, pieces, gathered = pieces, [], 0
                await in_thread(arrival.write, ready)
                written_at = time.monotonic()
    except (UploadTakenOver, UploadBrokenOff):
        await in_thread(arrival.write, pieces)
        raise
    await in_thread(arrival.write, pieces)
