"""The watch of a server of PostgreSQL's; a module of its own, since the driver takes a tenth of a second to import.

A notification would cost less than a query of one row, a tenth of a millisecond beside a server on the same machine, and
come later: who has just changed something would be shown the old page by another process.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any
from weakref import finalize

import psycopg
from psycopg import OperationalError
from psycopg.pq import ExecStatus

_LOOK = "SELECT commits FROM commit_count"

Connection = psycopg.Connection[tuple[Any, ...]]


class PostgresqlWatch:
    """For threads. The connection is made anew when it was cut."""

    def __init__(self, options: dict[str, Any], *, made: Callable[[Connection], None] = lambda _: None) -> None:
        """`made` is given each connection."""
        self._options, self._made = options, made
        self._connection = self._connect()
        self._lock = Lock()

    def version(self) -> int:
        with self._lock:
            try:
                return self._asked()
            except OperationalError:
                self._connection.close()
                self._connection = self._connect()
                return self._asked()

    def close(self) -> None:
        self._connection.close()

    def _connect(self) -> Connection:
        connection = _connected(self._options)
        connection.prepare_threshold = 0
        self._made(connection)
        return connection

    def _asked(self) -> int:
        row = self._connection.execute(_LOOK).fetchone()
        return int(row[0]) if row else 0


class PostgresqlLoopWatch:
    """For one event loop, which it never blocks: who asks while a question is under way is answered by the next one, with
    all others who do.

    Raises psycopg.OperationalError where the server does not answer in time: each time `fell_silent` is called, and the
    line left for a new one; once that is answered, `came_back`, in a thread.
    """

    def __init__(
        self,
        options: dict[str, Any],
        *,
        longest_s: float,
        fell_silent: Callable[[], None],
        came_back: Callable[[], None],
    ) -> None:
        self._options, self._longest_s = options, longest_s
        self._fell_silent, self._came_back = fell_silent, came_back
        # Of its own: all others may be waiting for the same server.
        self._thread = ThreadPoolExecutor(1, "loa-watch")
        self._line: _Line | None = None
        self._asking: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None
        self._was_silent = False

    async def version(self) -> int:
        if self._next is None:
            self._next = asyncio.create_task(self._ask_after(self._asking))
        return await asyncio.shield(self._next)

    def close(self) -> None:
        self._drop()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ask_after(self, earlier: "asyncio.Task[int] | None") -> int:
        if earlier is not None and not earlier.done():
            await asyncio.wait({earlier})
        self._asking, self._next = self._next, None
        try:
            async with asyncio.timeout(self._longest_s):
                found = await self._ask()
        except TimeoutError as error:
            self._drop()
            self._was_silent = True
            self._fell_silent()
            raise OperationalError(f"no answer within {self._longest_s:g} s") from error
        if self._was_silent:
            self._was_silent = False
            await asyncio.get_running_loop().run_in_executor(self._thread, self._came_back)
        return found

    async def _ask(self) -> int:
        if self._line is not None:
            try:
                return await self._line.ask()
            except OperationalError:
                self._drop()
        self._line = _Line(await self._connected())
        return await self._line.ask()

    async def _connected(self) -> Connection:
        made = self._thread.submit(_connected, self._options)
        try:
            return await asyncio.wrap_future(made)
        except asyncio.CancelledError:
            made.add_done_callback(_close_late)
            raise

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Line:
    """A connection that is asked without waiting for its socket. Raises psycopg.OperationalError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._pg.nonblocking = 1
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[bytes | None] | None = None
        self._is_prepared = False
        self._socket = self._pg.socket
        self._loop.add_reader(self._socket, self._read)
        # An application that never ran has nobody who closes its watch.
        finalize(self, connection.close)

    async def ask(self) -> int:
        if not self._is_prepared:
            await self._sent(partial(self._pg.send_prepare, b"look", _LOOK.encode()))
            self._is_prepared = True
        value = await self._sent(partial(self._pg.send_query_prepared, b"look", None))
        return int(value or 0)

    def close(self) -> None:
        if not self._loop.is_closed() and self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._socket = -1
        self._connection.close()

    async def _sent(self, send: Callable[[], None]) -> bytes | None:
        self._answer = self._loop.create_future()
        try:
            send()
            if self._pg.flush():
                raise OperationalError("the line is full")
            return await self._answer
        finally:
            self._answer = None

    def _read(self) -> None:
        value, failure = None, ""
        try:
            self._pg.consume_input()
            if self._pg.is_busy():
                return
            while (result := self._pg.get_result()) is not None:
                if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
                    value = result.get_value(0, 0) if result.ntuples else None
                else:
                    failure = result.error_message.decode("utf-8", "replace").strip() or "no result"
        except OperationalError as error:
            failure = str(error)
            # A socket whose other end is gone is ready to be read for ever.
            self._loop.remove_reader(self._socket)
            self._socket = -1
        if self._answer is not None and not self._answer.done():
            if failure:
                self._answer.set_exception(OperationalError(failure))
            else:
                self._answer.set_result(value)


def _connected(options: dict[str, Any]) -> Connection:
    return psycopg.connect(**options, autocommit=True)


def _close_late(made: "Future[Connection]") -> None:
    """Nobody waits for it any more."""
    if not made.cancelled() and made.exception() is None:
        made.result().close()
