"""Somebody between Loa and its S3 store who makes trouble, as networks and stores do: errors, silence, slow and cut lines."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Literal
from urllib.parse import urlsplit

from tests.ports import own_port

Trouble = Literal["none", "errors", "silent", "slow", "cut"]
_ERROR = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/xml\r\nConnection: close\r\n"
    b"Content-Length: 99\r\n\r\n"
) + b'<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We are ill.</Message></Error>'.ljust(99)
_SLOW_S = 0.02  # between pieces
_SLOW_PIECE = 16_384


class TroubledLine:
    """`errors` answers 500; `silent` takes all and says nothing; `slow` passes some 800 kB a second; `cut` ends each line
    in the middle of what is answered. What is under way when the trouble changes is cut.
    """

    def __init__(self, endpoint: str) -> None:
        found = urlsplit(endpoint)
        self._there = (found.hostname or "", found.port or 80)
        self._trouble: Trouble = "none"
        self._under_way: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._stop = asyncio.Event()
        self.port = own_port()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def under_way(self) -> int:
        """Lines that are open, each with both of its ends where it is passed on."""
        return len(self._under_way)

    def make(self, trouble: Trouble) -> None:
        """From now on."""
        self._loop.call_soon_threadsafe(self._make, trouble)

    def _make(self, trouble: Trouble) -> None:
        self._trouble = trouble
        for writer in self._under_way:
            writer.close()

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _run(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._ready.set()
        await self._stop.wait()
        server.close()
        self._make("none")
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._under_way.add(writer)
        try:
            if self._trouble == "errors":
                await self._refuse(reader, writer)
            elif self._trouble == "silent":
                await reader.read(-1)
            else:
                await self._pass(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._under_way.discard(writer)
            writer.close()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """After the whole request, which its sender would else take for a broken line."""
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if b"100-continue" not in head:
            await reader.readexactly(length)
        writer.write(_ERROR)
        await writer.drain()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._there)
        self._under_way.add(there_writer)
        try:
            there = asyncio.create_task(self._pump(reader, there_writer))
            await self._pump(there_reader, writer, answers=True)
            there.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await there
        finally:
            self._under_way.discard(there_writer)
            there_writer.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool = False) -> None:
        with suppress(OSError):
            while piece := await source.read(_SLOW_PIECE if self._trouble == "slow" else 65_536):
                if self._trouble == "slow":
                    await asyncio.sleep(_SLOW_S)
                if self._trouble == "cut" and answers:
                    target.write(piece[: len(piece) // 2])
                    await target.drain()
                    return
                target.write(piece)
                await target.drain()


@contextmanager
def troubled_line(endpoint: str) -> Iterator[TroubledLine]:
    line = TroubledLine(endpoint)
    line.start()
    try:
        yield line
    finally:
        line.end()
