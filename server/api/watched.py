"""Each request as it went: a line in the log, a count among the metrics, a span where traces are wanted.

Of its address only the route's template is told: what stands in the places may be a secret, and so may a query.
"""

import logging
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from litestar.types import HTTPScope, Message, Send

from server import tracing
from server.api.metrics import Metrics
from server.logs import REQUEST_ID
from server.services.who import Who

logger = logging.getLogger("loa.access")
NO_ROUTE = "none"


class Watched:
    """One request; also the door through which its answer goes out. `scope` is the one that was routed."""

    def __init__(self, metrics: Metrics, scope: HTTPScope, send: Send, named: str) -> None:
        self.scope = scope
        self._metrics, self._send, self._named = metrics, send, named
        self._method: str = scope["method"]
        self._status = self._sent = 0
        self._began = 0.0
        self._span: AbstractContextManager[tracing.Span | None]
        self._traced: tracing.Span | None = None

    async def send(self, message: Message) -> None:
        await self._send(message)
        if message["type"] == "http.response.start":
            self._status = message["status"]
        elif message["type"] == "http.response.body":
            self._sent += len(message["body"])

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        self._token = REQUEST_ID.set(self._named)
        self._metrics.began()
        self._span = tracing.request_span(self._method, self.scope["headers"])
        self._traced = self._span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        route = self.scope.get("path_template") or NO_ROUTE
        self._metrics.ended(self._method, route, self._status, seconds, self._sent)
        if self._traced is not None:
            self._traced.request_ended(self._method, route, self._status, self._named)
        self._span.__exit__(kind, error, trace)
        if logger.isEnabledFor(logging.INFO):
            logger.info("request", extra=self._told(route, seconds))
        REQUEST_ID.reset(self._token)

    def _told(self, route: str, seconds: float) -> dict[str, Any]:
        told: dict[str, Any] = {
            "method": self._method,
            "route": route,
            "status": self._status,
            "ms": round(seconds * 1000, 1),
            "bytes": self._sent,
        }
        state = self.scope.get("state", {})
        who: Who | None = state.get("who")
        if who is not None:
            told["who"] = who.kind
            who_id = who.account_id or who.credential_id
            if who_id is not None:
                told["who_id"] = who_id
            if who.station_id is not None:
                told["station"] = who.station_id
        if "pulling_station" in state:
            told["station"] = state["pulling_station"]
        return told
