"""What Prometheus is told of this process: its requests, its threads, how late its loop is.

Everybody's figures, which come from the database, are told beside it: see `server.api.shared_metrics`.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from typing import ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

P = ParamSpec("P")
T = TypeVar("T")

# Seconds. A page is meant to be there within a quarter of one; a pull within a hundredth.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LAG_LOOKED_EVERY_S = 0.5
LAG_KEPT_S = 60.0


class CountedThreads(ThreadPoolExecutor):
    """Tells how many of its threads are at work, and how much waits for one."""

    def __init__(self, size: int, name: str) -> None:
        super().__init__(size, name)
        self.size = size
        self._lock = threading.Lock()
        self._given = self._busy = 0

    @property
    def busy(self) -> int:
        return self._busy

    @property
    def waiting(self) -> int:
        return max(0, self._given - self._busy)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with self._lock:
            self._given += 1
        try:
            found = super().submit(self._counted(fn), *args, **kwargs)
        except RuntimeError:  # it is shut down
            self._gone(None)
            raise
        found.add_done_callback(self._gone)
        return found

    def _counted(self, fn: Callable[P, T]) -> Callable[P, T]:
        def counted(*args: P.args, **kwargs: P.kwargs) -> T:
            with self._lock:
                self._busy += 1
            try:
                return fn(*args, **kwargs)
            finally:
                with self._lock:
                    self._busy -= 1

        return counted

    def _gone(self, _: object) -> None:
        with self._lock:
            self._given -= 1


class LoopLag:
    """How late the event loop comes to what is due: what it does meanwhile keeps every request waiting."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    @asynccontextmanager
    async def rounds(self, every_s: float = LAG_LOOKED_EVERY_S) -> AsyncIterator[None]:
        async def look() -> None:
            while True:
                due = time.monotonic() + every_s
                await asyncio.sleep(every_s)
                self.note(time.monotonic() - due)

        task = asyncio.create_task(look())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    def note(self, seconds: float) -> None:
        now = time.monotonic()
        self._seen.append((now, max(0.0, seconds)))
        while self._seen and self._seen[0][0] < now - LAG_KEPT_S:
            self._seen.popleft()

    def worst(self) -> float:
        """In seconds, of the last minute."""
        return max((late for _at, late in list(self._seen)), default=0.0)


class Metrics:
    """Of one process. `lost` tells the lines that its log could not write, `certificate_ends` until when the one holds
    that it serves with: asked at each look, since the file may have been renewed, and None where there is none.
    """

    def __init__(
        self, *, lost: Callable[[], int] = lambda: 0, certificate_ends: Callable[[], datetime | None] | None = None
    ) -> None:
        self.registry = CollectorRegistry()
        self.lag = LoopLag()
        self.threads: CountedThreads | None = None
        self._requests = Counter(
            "loa_http_requests",
            "Requests answered, by the route's template; status none: who asked had left",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "loa_http_request_duration_seconds",
            "From the request's first byte to the answer's last; routes that wait for news wait as long as they are asked to",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._sent = Counter("loa_http_response_bytes", "Bytes of answers' bodies", ["route"], registry=self.registry)
        self._in_hand = Gauge("loa_http_requests_in_hand", "Requests being answered", registry=self.registry)
        Gauge("loa_build_info", "1, with the release", ["version"], registry=self.registry).labels(
            version=version("loa")
        ).set(1)
        self._told("loa_threads_busy", "Threads at work on requests", lambda: self.threads.busy if self.threads else 0)
        self._told("loa_threads", "Threads there are for requests", lambda: self.threads.size if self.threads else 0)
        self._told(
            "loa_threads_waiting", "Work that waits for a thread", lambda: self.threads.waiting if self.threads else 0
        )
        self._told(
            "loa_event_loop_lag_seconds", "How late the event loop came at worst in the last minute", self.lag.worst
        )
        self._told("loa_log_lines_lost", "Lines of the log that could not be written", lost)
        if certificate_ends is not None:
            self._told(
                "loa_certificate_expiry_timestamp_seconds",
                "When the certificate ends; 0: it can't be read",
                lambda: ends.timestamp() if (ends := certificate_ends()) is not None else 0.0,
            )
        ProcessCollector(registry=self.registry)
        # Finding what belongs to a request's labels costs more than counting it.
        self._of: dict[tuple[str, str, str], tuple[Counter, Histogram, Counter]] = {}

    def began(self) -> None:
        self._in_hand.inc()

    def ended(self, method: str, route: str, status: int, seconds: float, sent: int) -> None:
        """`route` is a template: there are only so many. `status` 0: nothing was answered."""
        self._in_hand.dec()
        key = (method if method in _METHODS else "other", route, f"{status // 100}xx" if status else "none")
        found = self._of.get(key)
        if found is None:
            found = self._of[key] = (
                self._requests.labels(*key),
                self._seconds.labels(*key[:2]),
                self._sent.labels(route),
            )
        requests, took, bytes_sent = found
        requests.inc()
        took.observe(seconds)
        bytes_sent.inc(sent)

    def _told(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        Gauge(name, meaning, registry=self.registry).set_function(value)
