"""How many requests are in hand at one time, and how long each may take until it is answered.

Beyond that people and programs are told to come back, at once and with a number of seconds: a server that takes in more
than it can do answers nobody. What supervisors ask and what pages are made of always get through.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from litestar.types import Message, Receive, Scope, Send

from server.api.doorway import SAFE_METHODS, WATCHED
from server.api.faults import RequestRefused

FILES = "/static/"
# Twelve threads work on them; a place more than that costs memory alone.
AT_ONCE = 64
WAITING = 256
LONGEST_WAIT_S = 5.0
# Uploads, waits for news, and what takes as long as the work behind it.
MOST_LASTING = 600
# Until the answer begins: how fast it goes from there on is the line's affair.
LONGEST_S = 60.0
# A change may plan a whole month; who is told that it failed would ask for it again.
LONGEST_CHANGE_S = 300.0
_AGAIN_S = 2

Answer = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Scope, Receive, Send, Exception], Awaitable[None]]


class Manners:
    """Of one application, on one event loop."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        lasting: int = MOST_LASTING,
        longest_wait_s: float = LONGEST_WAIT_S,
        longest_s: float = LONGEST_S,
        longest_change_s: float = LONGEST_CHANGE_S,
    ) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._most_waiting, self._most_lasting = waiting, lasting
        self._waiting = self._lasting = 0
        self._longest_wait_s, self._longest_s, self._longest_change_s = longest_wait_s, longest_s, longest_change_s
        self.closing = False
        """The service is about to stop: whoever is answered is asked to come by a new connection."""

    async def keep(self, scope: Scope, receive: Receive, send: Send, answer: Answer, refuse: Refuse) -> None:
        """Has it answered, or refused: service.busy, service.too_slow, or by what `answer` raised."""
        if scope["path"] in WATCHED or scope["path"].startswith(FILES):
            await answer(scope, receive, send)
            return
        place = _Place(self)
        began = False

        async def sent(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                place.leave()
                if self.closing:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        changes = scope.get("method") not in SAFE_METHODS
        token = _PLACE.set(place)
        try:
            await self._take()
            place.held = True
            try:
                async with asyncio.timeout(self._longest_change_s if changes else self._longest_s) as place.limit:
                    await answer(scope, receive, sent)
            except TimeoutError as error:
                if not place.limit.expired():
                    raise
                raise _come_back("service.too_slow") from error
        except Exception as error:
            if began:
                raise
            place.end()
            await refuse(scope, receive, sent, error)
        finally:
            place.end()
            _PLACE.reset(token)

    async def _take(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= self._most_waiting:
            raise _come_back("service.busy")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._longest_wait_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise _come_back("service.busy") from error
        finally:
            self._waiting -= 1

    def give_back(self) -> None:
        self._places.release()

    def count_lasting(self, more: int) -> None:
        """Raises RequestRefused where there are too many already."""
        if more > 0 and self._lasting >= self._most_lasting:
            raise _come_back("service.busy")
        self._lasting += more


class _Place:
    """One request's: held until its answer begins, or until it says that it lasts."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self.limit = asyncio.timeout(None)
        self.held = self._lasts = False

    def leave(self) -> None:
        if self.held:
            self.held = False
            self._manners.give_back()
            self.limit.reschedule(None)

    def last(self) -> None:
        if self.held:
            self._manners.count_lasting(1)
            self._lasts = True
            self.leave()

    def end(self) -> None:
        if self.held:
            self.held = False
            self._manners.give_back()
        if self._lasts:
            self._lasts = False
            self._manners.count_lasting(-1)


_PLACE: ContextVar[_Place | None] = ContextVar("place", default=None)


def lasting() -> None:
    """From here on this request takes as long as it takes: it is an upload, or waits for something. It leaves its place to
    others. Raises RequestRefused where too many do already.
    """
    place = _PLACE.get()
    if place is not None:
        place.last()


def _come_back(code: str) -> RequestRefused:
    # Not all at the same moment.
    seconds = _AGAIN_S + secrets.randbelow(4)
    return RequestRefused(code, headers={"Retry-After": str(seconds)}, seconds=seconds)
