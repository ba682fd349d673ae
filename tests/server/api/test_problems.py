"""Every refusal is a problem document of one shape, whatever refused."""

import re
from typing import Any

import pytest

from server.api.faults import FAULTS
from server.api.problems import ProblemType
from server.errors import ANSWERS
from tests.server.api.conftest import Client
from tests.server.databases import behind
from tests.server.worlds import World

FIELDS = {"type", "title", "status", "detail", "instance", "code", "facts", "request"}

# method, address, JSON body, status, code
REFUSED: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/api/v1/nowhere", None, 404, "address.unknown"),
    ("GET", "/api/v1/stations?month=2026-13", None, 400, "month.invalid"),
    ("GET", "/api/v1/stations?month=12-2026", None, 400, "month.invalid"),
    ("GET", "/api/v1/stations?limit=0", None, 400, "request.invalid"),
    ("GET", "/api/v1/stations?limit=501", None, 400, "request.invalid"),
    ("GET", "/api/v1/stations?offset=-1", None, 400, "request.invalid"),
    ("GET", "/api/v1/stations?offset=x", None, 400, "request.invalid"),
    ("GET", "/api/v1/stations?tier=province", None, 400, "request.invalid"),
    ("GET", "/api/v1/stations/h999", None, 404, "station.unknown"),
    ("GET", "/api/v1/units/999999", None, 404, "unit.unknown"),
    ("GET", "/api/v1/units/99999999999999999999999", None, 404, "unit.unknown"),
    ("GET", f"/api/v1/segments?q={'+'.join(map(str, range(1500)))}", None, 400, "field.bad"),
    ("GET", "/api/v1/segments?q=%00", None, 400, "field.bad"),
    ("GET", "/api/v1/units/x", None, 404, "address.unknown"),
    ("GET", "/api/v1/segments/b9999", None, 404, "segment.unknown"),
    ("GET", "/api/v1/segments?state=lost", None, 400, "request.invalid"),
    ("GET", "/api/v1/plans/2026-13", None, 400, "month.invalid"),
    ("GET", "/api/v1/plans/2027-01/stations/h654", None, 404, "plan.none"),
    ("GET", "/api/v1/plans/2026-12/stations/h999", None, 404, "station.unknown"),
    ("GET", "/api/v1/plans/2027-01/plan", None, 404, "plan.none"),
    ("POST", "/api/v1/plans/2026-13", {}, 400, "month.invalid"),
    ("POST", "/api/v1/plans/2026-12", {"station": "h999"}, 404, "station.unknown"),
    ("POST", "/api/v1/plans/2026-12", {"stations": "h654"}, 400, "request.invalid"),
    ("POST", "/api/v1/plans/2026-12", {"station": 5}, 400, "request.invalid"),
    ("POST", "/api/v1/plans/2026-12/publish", None, 409, "plan.no_draft"),
    ("POST", "/api/v1/segments/b0001/withdraw", {}, 400, "request.invalid"),
    ("POST", "/api/v1/segments", None, 415, "media_type.unsupported"),
    ("DELETE", "/api/v1/stations", None, 405, "method.not_allowed"),
    ("GET", "/api/v1/stations/h654/months/2027-01/playlist.m3u8", None, 404, "plan.not_published"),
    ("GET", "/api/v1/stations/h654/months/2026-12/playlist.exe", None, 404, "export.unknown_format"),
    ("GET", "/api/v1/stations/h654/months/2026-12/other.m3u8", None, 404, "address.unknown"),
    ("GET", "/api/v1/stations/h654/months/2026-12/slots/none/playlist.pls", None, 404, "slot.unknown"),
    ("GET", "/api/v1/stations/h654/months/2026-12/days/2026-11-30/playlist.pls", None, 400, "field.bad"),
    ("GET", "/api/v1/stations/h654/months/2026-12/days/1/playlist.pls", None, 400, "field.bad"),
    ("GET", "/api/v1/calendars/stations/h999.ics", None, 404, "station.unknown"),
    ("GET", "/api/v1/calendars/districts/999.ics", None, 404, "unit.unknown"),
    ("GET", "/api/v1/calendars/stations/h654.txt", None, 404, "address.unknown"),
]


@pytest.mark.parametrize(("method", "address", "body", "status", "code"), REFUSED)
def test_each_refusal_is_a_problem_document(
    reader: Client, *, method: str, address: str, body: Any, status: int, code: str
) -> None:
    answer = reader.request(method, address, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == FIELDS
    assert problem["status"] == status
    assert problem["instance"] == address
    assert problem["type"] == f"/api/v1/problems/{code}"
    assert problem["title"]
    assert problem["detail"].endswith((".", "…")) or "loa " in problem["detail"]


def test_the_field_that_can_not_be_taken_is_named(reader: Client) -> None:
    problem = reader.get("/api/v1/stations?limit=0").json()
    assert problem["facts"]["fields"] == [{"field": "limit", "in": "query", "reason": "Expected `int` >= 1"}]
    assert "«limit»" in problem["detail"]


def test_a_body_that_is_not_json_is_told_from_one_with_wrong_fields(reader: Client) -> None:
    answer = reader.post("/api/v1/plans/2026-12", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


def test_a_body_nested_beyond_reason_is_malformed(reader: Client) -> None:
    answer = reader.post("/api/v1/plans/2026-12", content=b"[" * 90_000, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


def test_a_body_over_the_limit_is_not_read(reader: Client) -> None:
    answer = reader.post(
        "/api/v1/plans/2026-12", content=b" " * 1_000_001, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")
    assert answer.json()["facts"] == {"limit": 1_000_000}


def test_a_wrong_method_is_told_the_right_ones(reader: Client) -> None:
    answer = reader.delete("/api/v1/stations")
    assert answer.headers["allow"] == "GET, OPTIONS"


@pytest.mark.parametrize("code", sorted({*FAULTS, *(kind.code for kind in ANSWERS)}))
def test_every_type_of_problem_has_a_page_that_tells_what_it_means(reader: Client, code: str) -> None:
    answer = reader.get(f"/api/v1/problems/{code}")
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == set(ProblemType.__struct_fields__)
    assert told["code"] == code
    assert told["title"]
    assert told["detail"]


def test_an_unknown_type_of_problem_is_a_problem(reader: Client) -> None:
    assert reader.get("/api/v1/problems/no.such").status_code == 404


def test_a_damaged_database_is_told_without_its_insides(
    world: World, api: Client, caplog: pytest.LogCaptureFixture
) -> None:
    world.context.database.close()
    with behind(world.context) as database:
        database.execute("ALTER TABLE topic RENAME TO lost_topic")
    answer = api.get("/api/v1/topics")
    assert (answer.status_code, answer.json()["code"]) == (500, "server.fault")
    assert "topic" not in answer.json()["detail"]
    assert re.search("no such table|UndefinedTable", caplog.text)
