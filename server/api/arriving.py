"""Bodies that go to disk as they come: one request at a time for each upload, the newest first, memory flat."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from litestar.concurrency import sync_to_thread
from litestar.types import Receive

from server.api.manners import lasting
from server.services.arrivals import SYNC_EVERY, Arrival
from server.services.refusals import ServiceRefusal
from server.services.upload_refusals import UploadBrokenOff, UploadOverrun, UploadTakenOver

PIECE = 2 * 1024 * 1024
# On a slow line too, what came is on its way to disk by then.
WRITE_WITHIN_S = 0.25
STALLED_S = 60.0
# That put bytes away: none of those in which pages are answered, so that a disk or a store that is slow keeps no page.
_THREADS = 8

# glibc gives blocks of 128 kB and more back to the system whenever they are freed, and each page of the next one costs a
# fault: two thirds of the time that an upload takes. Once it has freed a block of this size it keeps smaller ones.
_LARGEST_BLOCK = 4 * 1024 * 1024

P = ParamSpec("P")
T = TypeVar("T")


def keep_blocks() -> None:
    """To be called once, before bodies come in (mallopt(3): the threshold of mmap adjusts itself)."""
    bytes(_LARGEST_BLOCK)


class Turn:
    """A request's time with an upload, until it is done or something ends it."""

    def __init__(self, upload: str, *, stalled_s: float, threads: Executor) -> None:
        self.upload = upload
        self.threads = threads
        self._stalled_s = stalled_s
        self._ended: ServiceRefusal | None = None
        self._waiting: asyncio.Timeout | None = None

    def end(self, why: ServiceRefusal) -> None:
        """At once, also where the request waits for bytes that never come: its connection may be long dead."""
        self._ended = self._ended or why
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(0)

    async def next(self, receive: Receive) -> tuple[bytes, bool]:
        """The next bytes of the body, and whether there are more. Raises UploadTakenOver, UploadBrokenOff."""
        if self._ended is not None:
            raise self._ended
        try:
            async with asyncio.timeout(self._stalled_s) as self._waiting:
                message = await receive()
        except TimeoutError as error:
            raise self._ended or UploadBrokenOff(upload=self.upload) from error
        finally:
            self._waiting = None
        if message["type"] != "http.request":
            raise UploadBrokenOff(upload=self.upload)
        return message["body"], message["more_body"]


class Turns:
    """Who may have an upload: in this process one request at a time. To be used on one event loop."""

    def __init__(self, *, stalled_s: float = STALLED_S) -> None:
        """`stalled_s`: a body of which nothing comes for so long is broken off."""
        self._stalled_s = stalled_s
        self._threads = ThreadPoolExecutor(_THREADS, "loa-uploads")
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def take(self, upload: str) -> AsyncIterator[Turn]:
        """Ends the turns before and waits until they have put away what came."""
        line = self._lines.setdefault(upload, _Line())
        turn = Turn(upload, stalled_s=self._stalled_s, threads=self._threads)
        for earlier in line.turns:
            earlier.end(UploadTakenOver(upload=upload))
        line.turns.append(turn)
        try:
            async with line.lock:
                yield turn
        finally:
            line.turns.remove(turn)
            if not line.turns:
                del self._lines[upload]

    def end_all(self) -> None:
        """The service stops: what came is kept, and the senders go on when it is back."""
        for upload, line in self._lines.items():
            for turn in line.turns:
                turn.end(UploadBrokenOff(upload=upload))


class _Line:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.turns: list[Turn] = []


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A thread can't be stopped: whoever is cancelled meanwhile waits for its end, then is."""
    return await _to_its_end(asyncio.ensure_future(sync_to_thread(work, *args, **kwargs)))


async def _in_one_of(threads: Executor, work: Callable[[], T]) -> T:
    return await _to_its_end(asyncio.get_running_loop().run_in_executor(threads, copy_context().run, work))


async def _to_its_end(task: asyncio.Future[T]) -> T:
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def take_in(receive: Receive, turn: Turn, arrival: Arrival) -> None:
    """The body to the end of the file. However it ends, the file is left in order, and on disk.

    Raises UploadTakenOver, UploadBrokenOff, UploadOverrun, UploadChecksum, UploadNoRoom.
    """
    lasting()
    disk = _Disk(arrival, turn.threads)
    try:
        await _pour(receive, turn, arrival, disk)
        await disk.last(arrival.finish)
    except (UploadTakenOver, UploadBrokenOff):
        await disk.last(arrival.break_off)
        raise
    except UploadOverrun:
        await disk.abandon()
        await _in_one_of(turn.threads, arrival.take_back)
        raise
    except BaseException:
        await disk.abandon()
        await _in_one_of(turn.threads, arrival.break_off)
        raise


async def _pour(receive: Receive, turn: Turn, arrival: Arrival, disk: "_Disk") -> None:
    room = arrival.size - arrival.offset
    more = True
    while more:
        body, more = await turn.next(receive)
        room -= len(body)
        _refuse_overrun(arrival, room)
        if body:
            await disk.add(body)


def _refuse_overrun(arrival: Arrival, room: int) -> None:
    if room < 0:
        raise UploadOverrun(size=arrival.size, sent=arrival.size - room)


class _Disk:
    """Gathers, writes while more comes in, and brings to disk while it writes; what came last waits a moment at most."""

    def __init__(self, arrival: Arrival, threads: Executor) -> None:
        self._arrival = arrival
        self._threads = threads
        self._pieces: list[bytes] = []
        self._gathered = 0
        self._soon: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._syncing: asyncio.Task[None] | None = None

    async def add(self, piece: bytes) -> None:
        """Raises what went wrong with the pieces before."""
        self._pieces.append(piece)
        self._gathered += len(piece)
        if self._gathered >= PIECE or self._failed():
            await self._settle()
            self._write()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(WRITE_WITHIN_S, self._write_soon)

    async def last(self, ending: Callable[[], None]) -> None:
        """Writes what is left, and ends so. Raises what went wrong."""
        self._forget_soon()
        if self._writing is not None:
            await self._writing
        await _in_one_of(self._threads, partial(self._write_and, ending))
        if self._syncing is not None:
            await self._syncing

    async def abandon(self) -> None:
        """Until nothing is under way, well or not: somebody else has the word already."""
        self._forget_soon()
        tasks = [task for task in (self._writing, self._syncing) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _settle(self) -> None:
        if self._writing is not None:
            await self._writing
        if self._arrival.unsynced >= SYNC_EVERY:
            if self._syncing is not None:
                await self._syncing
            self._syncing = asyncio.create_task(_in_one_of(self._threads, self._arrival.sync))

    def _write_soon(self) -> None:
        self._soon = None
        # A write under way is followed by the next when more comes, or at the end; nobody waits for it here.
        if self._writing is None or self._writing.done():
            self._write()
        else:
            self._soon = asyncio.get_running_loop().call_later(WRITE_WITHIN_S, self._write_soon)

    def _write(self) -> None:
        self._forget_soon()
        if self._pieces and not self._failed():
            self._writing = asyncio.create_task(_in_one_of(self._threads, partial(self._arrival.write, self._pieces)))
            self._pieces, self._gathered = [], 0

    def _write_and(self, ending: Callable[[], None]) -> None:
        self._arrival.write(self._pieces)
        ending()

    def _failed(self) -> bool:
        """Then nothing may be written after it, until somebody was told."""
        return self._writing is not None and self._writing.done() and self._writing.exception() is not None

    def _forget_soon(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
