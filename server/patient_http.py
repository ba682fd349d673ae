"""uvicorn's HTTP, with an end to its patience: a head that comes too slowly or is too large closes the connection, and so
does an answer that nobody reads.

uvicorn itself waits for ever for the first byte and the head of a request, keeps a head of any size in memory, and holds
an answer until it is read. Who is cut off here is gone for the application as whoever hangs up is.
Bodies have limits of their own (`server.api.patience`, each route's largest body).
"""

import asyncio
import logging

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD_S = 20.0
LARGEST_HEAD = 65_536  # bytes; the piece that passes it is still looked at
STALLED_S = 120.0  # of an answer that somebody has stopped reading

logger = logging.getLogger("loa.http")


class PatientHttp(HttpToolsProtocol):
    longest_head_s = LONGEST_HEAD_S
    stalled_s = STALLED_S
    _waiting: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _head = 0
    _headed = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._is_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.stalled_s, self._leave_off)

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._head > LARGEST_HEAD:
            self._wait_no_more()
            self.send_400_response("Request head too large.")
            return
        if not self._headed:
            self._head += len(data)
            self._wait()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._wait_no_more()
        self._headed = True
        self._head = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._headed = False

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.longest_head_s, self._give_up)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _is_read(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _leave_off(self) -> None:
        self._stalled = None
        logger.warning("%s reads nothing of its answer, and is cut off", self.client[0] if self.client else "somebody")
        self.transport.abort()

    def _give_up(self) -> None:
        self._waiting = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait()  # an answer is still on its way to somebody who asks on
        else:
            self.transport.close()
