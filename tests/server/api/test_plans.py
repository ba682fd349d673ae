"""Plans over HTTP: draft, publication, exchange, check, withdrawal."""

import csv
import io

from schedules.exchange import read_instance, read_plan
from tests.server.api.conftest import Client


def test_a_month_is_planned_published_and_checked(api: Client) -> None:
    draft = api.post("/api/v1/plans/2027-01", json={})
    assert draft.status_code == 201
    assert draft.json()["status"] == "draft"
    assert api.get("/api/v1/plans/2027-01").json()["in_force"]["status"] == "draft"
    published = api.post("/api/v1/plans/2027-01/publish")
    assert published.status_code == 200
    assert published.json()["revision"]["number"] == 1
    plans = api.get("/api/v1/plans/2027-01").json()
    assert plans["in_force"] == plans["revisions"][0] == published.json()["revision"]
    check = api.get("/api/v1/checks/2027-01").json()
    assert check["met"] is True
    assert [verdict["status"] for verdict in check["verdicts"]] == ["met"]
    assert api.post("/api/v1/plans/2027-01/publish").json()["code"] == "plan.no_draft"


def test_instance_and_plan_are_the_exchange_formats(reader: Client) -> None:
    instance = reader.get("/api/v1/plans/2026-12/instance")
    plan = reader.get("/api/v1/plans/2026-12/plan")
    assert read_instance(instance.content).month == read_plan(plan.content).month == "2026-12"
    assert plan.headers["content-disposition"] == 'attachment; filename="loa-2026-12-plan.json"'


def test_the_check_comes_as_a_table_for_spreadsheets(reader: Client) -> None:
    answer = reader.get("/api/v1/checks/2026-12/verdicts.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len({len(row) for row in rows}) == 1
    assert any("h654" in row for row in rows)


def test_a_withdrawn_segment_says_why_and_can_not_be_withdrawn_again(api: Client) -> None:
    answer = api.post("/api/v1/segments/b0001/withdraw", json={"reason": "Số liệu sai"})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["withdrawn_reason"]) == ("withdrawn", "Số liệu sai")
    again = api.post("/api/v1/segments/b0001/withdraw", json={"reason": "Số liệu sai"})
    assert (again.status_code, again.json()["code"]) == (409, "segment.already_withdrawn")


def test_health_tells_version_and_schema(reader: Client) -> None:
    for path in ("/health", "/api/v1/health"):
        answer = reader.get(path).json()
        assert answer["status"] == "ok"
        assert answer["version"]
        assert answer["schema"]
