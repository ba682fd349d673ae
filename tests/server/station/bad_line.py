"""A line on the loopback that does what lines and what stands on them do: breaks, waits, changes, answers itself.

It carries one exchange on each connection and counts bytes both ways.
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from urllib.parse import urlsplit

PORTAL = b"<!doctype html><title>Wi-Fi</title><form>Dang nhap mang</form>"


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request as it came, and the answer to it, for a fault to change. `random` numbers from 0 to 1 are the fault's."""

    request: bytes
    head: bytes = b""
    body: bytes = b""
    share: float = 0.5

    @property
    def at(self) -> int:
        return int(len(self.body) * self.share)

    def header(self, name: bytes) -> bytes | None:
        for line in self.head.split(b"\r\n")[1:]:
            given, _colon, value = line.partition(b":")
            if given.strip().lower() == name:
                return value.strip()
        return None

    def set_header(self, name: bytes, value: bytes | None) -> None:
        lines = [line for line in self.head.split(b"\r\n") if not line.lower().startswith(name + b":")]
        if value is not None:
            lines.append(name + b": " + value)
        self.head = b"\r\n".join(lines)

    def replace(self, body: bytes) -> None:
        """Another body, told as if it were the right one."""
        self.body = body
        self.set_header(b"content-length", str(len(body)).encode())

    def answer(self, status: bytes, body: bytes, *headers: bytes) -> None:
        """In the server's place."""
        self.head = b"\r\n".join([b"HTTP/1.1 " + status, *headers])
        self.replace(body)


Fault = Callable[[Exchange], bytes]


def whole(exchange: Exchange) -> bytes:
    return exchange.head + b"\r\n\r\n" + exchange.body


def refused(_exchange: Exchange) -> bytes:
    return b""


def cut(exchange: Exchange) -> bytes:
    return exchange.head + b"\r\n\r\n" + exchange.body[: exchange.at]


def cut_in_the_head(exchange: Exchange) -> bytes:
    return exchange.head[: int(len(exchange.head) * exchange.share)]


def flipped(exchange: Exchange) -> bytes:
    """One bit of the body."""
    if exchange.body:
        body = bytearray(exchange.body)
        body[min(exchange.at, len(body) - 1)] ^= 4
        exchange.body = bytes(body)
    return whole(exchange)


def shortened(exchange: Exchange) -> bytes:
    """The end is missing, and the length says that it is not."""
    exchange.replace(exchange.body[: exchange.at])
    return whole(exchange)


def lengthened(exchange: Exchange) -> bytes:
    exchange.replace(exchange.body + b"<!-- cached -->")
    return whole(exchange)


def without_length(exchange: Exchange) -> bytes:
    """Cut, and nothing tells how long it was."""
    exchange.set_header(b"content-length", None)
    return cut(exchange)


def squeezed(exchange: Exchange) -> bytes:
    """Compressed by whoever thinks that this is better."""
    if exchange.header(b"content-encoding") is None and exchange.body:
        exchange.set_header(b"content-encoding", b"gzip")
        exchange.replace(gzip.compress(exchange.body))
    return whole(exchange)


def badly_squeezed(exchange: Exchange) -> bytes:
    exchange.set_header(b"content-encoding", b"gzip")
    exchange.replace(b"\x1f\x8b" + exchange.body[10:])
    return whole(exchange)


def another_range(exchange: Exchange) -> bytes:
    """The piece is not the one that its head says."""
    if exchange.header(b"content-range") is not None:
        exchange.body = exchange.body[7:] + exchange.body[:7]
    return whole(exchange)


def whole_for_a_range(exchange: Exchange) -> bytes:
    if exchange.header(b"content-range") is not None:
        exchange.set_header(b"content-range", b"bytes 0-9/10")
    return whole(exchange)


def portal(exchange: Exchange) -> bytes:
    exchange.answer(b"200 OK", PORTAL, b"content-type: text/html; charset=utf-8")
    return whole(exchange)


def portal_as_json(exchange: Exchange) -> bytes:
    exchange.answer(b"200 OK", PORTAL, b"content-type: application/json")
    return whole(exchange)


def portal_as_sound(exchange: Exchange) -> bytes:
    exchange.answer(b"200 OK", PORTAL, b"content-type: audio/mpeg")
    return whole(exchange)


def sent_elsewhere(exchange: Exchange) -> bytes:
    exchange.answer(b"302 Found", b"", b"location: http://dang-nhap.wifi/")
    return whole(exchange)


def bad_gateway(exchange: Exchange) -> bytes:
    exchange.answer(b"502 Bad Gateway", b"<h1>Bad Gateway</h1>", b"content-type: text/html")
    return whole(exchange)


def proxy_wants_sign_in(exchange: Exchange) -> bytes:
    exchange.answer(b"407 Proxy Authentication Required", b"", b"proxy-authenticate: Basic")
    return whole(exchange)


FAULTS: tuple[Fault, ...] = (
    refused,
    cut,
    cut_in_the_head,
    flipped,
    shortened,
    lengthened,
    without_length,
    squeezed,
    badly_squeezed,
    another_range,
    whole_for_a_range,
    portal,
    portal_as_json,
    portal_as_sound,
    sent_elsewhere,
    bad_gateway,
    proxy_wants_sign_in,
)


@dataclass(slots=True, kw_only=True)
class Line:
    """`fault` is asked for each exchange what is to become of it, and how far in. The answer comes in pieces of `piece`
    bytes, each after `delay_s`.
    """

    address: str = ""
    to: str
    fault: Callable[[], tuple[Fault, float]] = lambda: (whole, 0.5)
    delay_s: float = 0.0
    piece: int = 16_384
    up: int = 0
    down: int = 0
    faults: dict[str, int] = field(default_factory=dict)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # either end may go at any time
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _message(reader)
        self.up += len(request)
        fault, share = self.fault()
        self.faults[fault.__name__] = self.faults.get(fault.__name__, 0) + 1
        exchange = Exchange(request=request, share=share)
        exchange.head, exchange.body = await self._asked(request)
        answer = fault(exchange)
        for at in range(0, len(answer), self.piece):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            writer.write(answer[at : at + self.piece])
            await writer.drain()
        self.down += len(answer)

    async def _asked(self, request: bytes) -> tuple[bytes, bytes]:
        parts = urlsplit(self.to)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        writer.write(b"\r\n".join([*lines, b"connection: close"]) + b"\r\n\r\n" + body)
        await writer.drain()
        answer = await reader.read(-1)
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        return head, body


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")),
        0,
    )
    return head + await reader.readexactly(length)


@contextmanager
def bad_line(to: str, fault: Callable[[], tuple[Fault, float]] | None = None) -> Iterator[Line]:
    """In a thread of its own, until the end of the block."""
    line = Line(to=to) if fault is None else Line(to=to, fault=fault)
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(line.carry, "127.0.0.1", 0))
    line.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield line
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    mine = asyncio.current_task()
    others: list[Awaitable[object]] = [task for task in asyncio.all_tasks() if task is not mine]
    await asyncio.wait_for(asyncio.gather(*others, return_exceptions=True), 10)
