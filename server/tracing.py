"""Traces for a collector of OpenTelemetry's, where `LOA_OTLP_ENDPOINT` names one; else nothing of it is even imported.

A span for each request, each step of a job, each run of ffmpeg. Spans wait in a queue of bounded length and go out from
a thread of its own: a collector that is slow or gone costs spans, and no request a moment.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import version
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan

logger = logging.getLogger("loa.tracing")
# Seconds: for one handing over, between two of them, and for the last before the process ends.
_TIMEOUT_S = 5.0
_EVERY_S = 2.0
_GOODBYE_S = 3.0
_MOST_WAITING = 4096
# What a client sends of W3C's trace context.
_CARRIED = frozenset({b"traceparent", b"tracestate"})

_provider: "TracerProvider | None" = None


class Span:
    """What goes on right now. Facts are never what a user wrote, nor a secret."""

    def __init__(self, span: "OtelSpan") -> None:
        self._span = span

    def request_ended(self, method: str, route: str, status: int, named: str) -> None:
        """Named by OpenTelemetry's conventions for HTTP servers."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "loa.request": named,
            }
        )
        if status >= 500 or not status:
            self._fail("")

    def failed(self, error: BaseException) -> None:
        """Only of which kind: its words may hold what it was about."""
        self._fail(type(error).__name__)

    def _fail(self, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        if kind:
            self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


@contextmanager
def traces(endpoint: str, service: str, *, goodbye_s: float = _GOODBYE_S) -> Iterator[None]:
    """Of this process, meanwhile; "" sends none. `endpoint` is where the collector is, without `/v1/traces`."""
    global _provider  # noqa: PLW0603 (there is one for a process, as OpenTelemetry has it)
    if not endpoint:
        yield
        return
    _provider = made = _made(endpoint, service)
    try:
        yield
    finally:
        _provider = None
        last = Thread(target=made.shutdown, daemon=True)
        last.start()
        last.join(goodbye_s)


def span(name: str, **facts: str | int) -> AbstractContextManager[Span | None]:
    """Below the one that goes on in this thread or task; None where nobody wants traces."""
    return nullcontext() if _provider is None else _running(_provider, name, facts)


def request_span(method: str, headers: Iterable[tuple[bytes, bytes]]) -> AbstractContextManager[Span | None]:
    """Below the client's own where it sends one (W3C Trace Context); its name is given when the route is known."""
    if _provider is None:
        return nullcontext()
    carried = {name.decode(): value.decode("latin-1") for name, value in headers if name in _CARRIED}
    return _running(_provider, method, {}, carried, serves=True)


@contextmanager
def _running(
    provider: "TracerProvider",
    name: str,
    facts: dict[str, str | int],
    carried: dict[str, str] | None = None,
    *,
    serves: bool = False,
) -> Iterator[Span]:
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    above = TraceContextTextMapPropagator().extract(carried) if carried else None
    with provider.get_tracer("loa").start_as_current_span(
        name,
        context=above,
        kind=SpanKind.SERVER if serves else SpanKind.INTERNAL,
        attributes=facts,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        told = Span(current)
        try:
            yield told
        except BaseException as error:
            told.failed(error)
            raise


def _made(endpoint: str, service: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    # It says of each batch, and each span that finds no room, that it was lost: told once, below.
    theirs = logging.getLogger("opentelemetry")
    theirs.handlers, theirs.propagate = [logging.NullHandler()], False

    class Exporter(OTLPSpanExporter):
        lost = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            done = super().export(spans)
            lost = done is not SpanExportResult.SUCCESS
            if lost != self.lost:
                said: Any = logger.warning if lost else logger.info
                said("the collector of traces at %s %s", endpoint, "does not answer" if lost else "answers again")
            self.lost = lost
            return done

    provider = TracerProvider(
        # Who asks decides nothing: all are wanted.
        sampler=ALWAYS_ON,
        resource=Resource.create({"service.name": service, "service.version": version("loa")}),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(
        BatchSpanProcessor(
            Exporter(endpoint=f"{endpoint}/v1/traces", timeout=_TIMEOUT_S),
            max_queue_size=_MOST_WAITING,
            schedule_delay_millis=_EVERY_S * 1000,
        )
    )
    return provider
