"""Traces reach a collector as OTLP over HTTP; one that is slow, gone or refuses holds up nobody."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from litestar.testing import TestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from server.app import create_app
from server.services.context import Context
from server.services.intake import settle
from server.services.refusals import RecordingUnfit
from server.tracing import span, traces
from tests.server.api.conftest import BASE, api, sounding_home, world  # noqa: F401  # fixtures of the small district
from tests.server.hooks import Receiver, open_receiver
from tests.server.jobs.test_durable import durable
from tests.server.services.arriving import send, settle_in, tone
from tests.server.worlds import World

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ABOVE = "00f067aa0ba902b7"
SECRET = "a-token-that-was-stolen"  # noqa: S105 (it opens nothing)


@pytest.fixture
def collector() -> Iterator[Receiver]:
    with open_receiver() as receiver:
        parts = urlsplit(receiver.url)
        receiver.url = f"{parts.scheme}://{parts.netloc}"
        yield receiver


def spans(collector: Receiver) -> list[Span]:
    """In the order in which they ended."""
    found = []
    for path, headers, body in collector.got:
        kinds = [value for name, value in headers.items() if name.lower() == "content-type"]
        assert (path, kinds) == ("/v1/traces", ["application/x-protobuf"])
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            assert "service.name" in {each.key for each in resource.resource.attributes}
            found += [each for scope in resource.scope_spans for each in scope.spans]
    return sorted(found, key=lambda each: each.end_time_unix_nano)


def facts(found: Span) -> dict[str, str | int]:
    return {each.key: each.value.string_value or each.value.int_value for each in found.attributes}


def ask(context: Context, path: str, **headers: str) -> str:
    """The request's id."""
    with TestClient(create_app(context), base_url=BASE, raise_server_exceptions=False) as client:
        answer = client.get(path, headers=headers)
        return str(answer.headers["x-request-id"])


def test_a_request_is_a_span_below_the_clients_own(world: World, collector: Receiver) -> None:  # noqa: F811  # the fixture
    with traces(collector.url, "tests"):
        named = ask(
            world.context,
            f"/api/v1/stations/none?sig={SECRET}",
            Traceparent=f"00-{TRACE}-{ABOVE}-00",
            Authorization=f"Bearer {SECRET}",
        )
    (found,) = spans(collector)
    assert (found.name, found.kind) == ("GET /api/v1/stations/{code}", Span.SpanKind.SPAN_KIND_SERVER)
    assert (found.trace_id.hex(), found.parent_span_id.hex()) == (TRACE, ABOVE)
    assert facts(found) == {
        "http.request.method": "GET",
        "http.route": "/api/v1/stations/{code}",
        "http.response.status_code": 401,
        "loa.request": named,
    }
    assert SECRET.encode() not in b"".join(body for _, _, body in collector.got)


@pytest.mark.parametrize("sent", ["", "00-0-0-00", f"00-{'0' * 32}-{ABOVE}-01", "nonsense", "f" * 55])
def test_what_is_no_trace_context_begins_one_of_our_own(world: World, collector: Receiver, sent: str) -> None:  # noqa: F811
    with traces(collector.url, "tests"):
        ask(world.context, "/health/live", **({"Traceparent": sent} if sent else {}))
    (found,) = spans(collector)
    assert (found.parent_span_id, len(found.trace_id)) == (b"", 16)
    assert found.status.code == Status.StatusCode.STATUS_CODE_UNSET


def test_what_fails_is_told_of_by_its_kind_alone(collector: Receiver) -> None:
    with traces(collector.url, "tests"), pytest.raises(ValueError, match=SECRET), span("step examine", version=7):
        raise ValueError(SECRET)
    (found,) = spans(collector)
    assert found.status.code == Status.StatusCode.STATUS_CODE_ERROR
    assert facts(found) == {"version": 7, "error.type": "ValueError"}
    assert SECRET.encode() not in collector.got[0][2]


def test_a_job_its_steps_and_their_runs_of_ffmpeg_are_spans_one_below_the_other(
    empty: Context, collector: Receiver, tmp_path: Path
) -> None:
    settle_in(empty)
    with traces(collector.url, "tests"), durable(empty) as served:
        version = send(served, tone(tmp_path, seconds=2))
        with pytest.raises(RecordingUnfit):
            settle(served, version)
    found = {each.span_id: each for each in spans(collector)}
    runs = [each for each in found.values() if each.name == "ffmpeg"]
    steps = [each for each in found.values() if each.name.startswith("step ")]
    (job,) = (each for each in found.values() if each.name.startswith("job "))
    assert {each.name for each in steps} >= {"step identify", "step examine"}
    assert {each.parent_span_id for each in steps} == {job.span_id}
    assert {facts(each)["version"] for each in (job, *steps)} == {version}
    assert "step examine" in {found[each.parent_span_id].name for each in runs}


@pytest.mark.parametrize("answers", [[], [(500, "")] * 99])
def test_a_collector_that_hangs_or_fails_costs_no_request_a_moment(
    world: World,  # noqa: F811
    collector: Receiver,
    answers: list[tuple[int, str]],
) -> None:
    """It would hold up each request until its own time is over, were it waited for: a test would end by its limit."""
    collector.answers[:] = answers
    if not answers:
        collector.open.clear()
    with traces(collector.url, "tests", goodbye_s=0.1), TestClient(create_app(world.context), base_url=BASE) as client:
        assert {client.get("/health/live").status_code for _ in range(50)} == {200}


def test_a_collector_that_is_not_there_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with traces("http://127.0.0.1:9", "tests", goodbye_s=0.1):
        for _ in range(3):
            with span("step examine"):
                pass
    said = [record.getMessage() for record in caplog.records if record.name.startswith(("loa", "opentelemetry"))]
    assert said in ([], ["the collector of traces at http://127.0.0.1:9 does not answer"])


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    code = (
        "import sys; import server.serving, server.working, server.app, server.jobs.workflows; from server.tracing import"
        " span, traces\nwith traces('', 'loa-web'), span('step'): pass\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
