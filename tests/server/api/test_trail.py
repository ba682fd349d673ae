"""The trail over HTTP: who may look, what is found, what is taken away, and the pages."""

import csv
import io
import json
import re

import pytest

from server.services.trail import head
from tests.server.api.conftest import Client, client_of
from tests.server.databases import behind
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World

PATHS = (
    "/api/v1/audit",
    "/api/v1/audit/1",
    "/api/v1/audit/verify",
    "/api/v1/audit/export.csv",
    "/api/v1/audit/export.jsonl",
    "/nhat-ky",
    "/nhat-ky/1",
    "/nhat-ky/kiem-tra",
)


@pytest.mark.parametrize("path", PATHS)
def test_only_administrators_and_auditors_look_into_it(world: World, path: str) -> None:
    for role, status in (
        ("auditor", 200),
        ("administrator", 200),
        ("planner", 403),
        ("producer", 403),
        ("monitor", 403),
    ):
        with client_of(world.context, who=add_person(world.context, role, [role])) as client:
            assert client.get(path).status_code == status, (role, path)


def test_entries_come_newest_first_with_links_to_the_next(api: Client) -> None:
    answer = api.get("/api/v1/audit", params={"limit": 2, "action": "plan."})
    body = answer.json()
    assert [entry["id"] for entry in body["items"]] == sorted((entry["id"] for entry in body["items"]), reverse=True)
    assert all(entry["action"].startswith("plan.") for entry in body["items"])
    published = next(entry for entry in body["items"] if entry["action"] == "plan.published")
    assert (published["before"], published["after"], published["what"]) == (
        {"revision": None},
        {"revision": 1},
        "công bố lịch tháng",
    )


def test_what_a_person_does_is_found_with_their_name_and_address(world: World, api: Client) -> None:
    planner = add_person(world.context, "lan", ["planner"])
    with client_of(world.context, who=planner) as client:
        change = {"from": "2026-12-10", "state": "broken", "reason": "Cháy máy phát"}
        assert client.post("/api/v1/stations/x24490/states", json=change).status_code < 300
    [entry] = api.get("/api/v1/audit", params={"actor": "lan", "action": "station.broken"}).json()["items"]
    assert (entry["origin"], entry["subject"], entry["address"]) == ("api", "x24490", "testclient")
    assert entry["after"] == {"state": "broken"}
    assert api.get(f"/api/v1/audit/{entry['id']}").json() == entry
    [found] = api.get("/api/v1/audit", params={"q": "chay may phat", "origin": "api", "action": "station."}).json()[
        "items"
    ]
    assert found == entry


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"origin": "x"}, 400, "field.bad"),
        ({"q": "a\0"}, 400, "field.bad"),
        ({"since": "2026-13-01"}, 400, "request.invalid"),
        ({"since": "2026-12-02", "until": "2026-12-01"}, 400, None),
        ({"limit": "0"}, 400, "request.invalid"),
        ({"offset": "-1"}, 400, "request.invalid"),
    ],
)
def test_what_makes_no_sense_is_a_problem(reader: Client, query: dict[str, str], status: int, code: str | None) -> None:
    answer = reader.get("/api/v1/audit", params=query)
    assert answer.status_code in {status, 422}, answer.text
    assert code is None or answer.json()["code"] in {code, "request.bad_field"} or answer.status_code == 422


def test_the_chain_is_checked_with_and_without_a_noted_head(world: World, api: Client) -> None:
    noted = head(world.context).text
    assert api.get("/api/v1/audit/verify").json()["whole"] is True
    assert api.get("/api/v1/audit/verify", params={"head": noted}).json()["noted_found"] is True
    assert api.get("/api/v1/audit/verify", params={"head": noted[:-1] + "z"}).json()["code"] == "audit.bad_head"
    other = noted.partition(":")[0] + ":" + "0" * 64
    assert api.get("/api/v1/audit/verify", params={"head": other}).json()["whole"] is False
    with behind(world.context) as connection:
        connection.execute("UPDATE audit_entry SET actor = 'ai khác' WHERE id = 2")
    report = api.get("/api/v1/audit/verify").json()
    assert (report["whole"], report["first_altered"]) == (False, 2)
    said = words(api.get("/nhat-ky/kiem-tra").text)
    assert "Dòng đầu tiên không khớp là dòng 2" in said


def test_exports_are_safe_for_spreadsheets_and_recorded(api: Client) -> None:
    reason = "=HYPERLINK(1)"
    assert api.post("/api/v1/segments/b0001/withdraw", json={"reason": reason}).status_code == 200
    answer = api.get("/api/v1/audit/export.csv", params={"action": "segment."})
    assert answer.headers["content-disposition"] == 'attachment; filename="loa-audit-20261120.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["Số dòng", "Lúc", "Ai", "Qua đâu"]
    assert [row for row in rows for cell in row if cell.startswith(("=", "+", "@"))] == []
    lines = api.get("/api/v1/audit/export.jsonl", params={"action": "segment.withdrawn"}).content.splitlines()
    assert [json.loads(line)["facts"]["reason"] for line in lines] == [reason]
    exported = api.get("/api/v1/audit", params={"action": "audit.exported"}).json()["items"]
    assert [entry["facts"]["format"] for entry in exported] == ["jsonl", "csv"]


def test_an_export_that_nobody_reads_to_its_end_is_recorded_too(api: Client) -> None:
    assert api.head("/api/v1/audit/export.csv").status_code == 200
    assert api.get("/api/v1/audit", params={"action": "audit.exported"}).json()["total"] == 1


def test_the_page_finds_shows_and_links(api: Client) -> None:
    assert api.post("/api/v1/segments/b0001/withdraw", json={"reason": "Sai <b>số</b>"}).status_code == 200
    listed = api.get("/nhat-ky", params={"q": "rut bai"}).text
    assert "rút bài" in words(listed)
    assert "Sai &lt;b&gt;số&lt;/b&gt;" in listed
    assert 'href="/bai/b0001"' in listed
    [detail] = re.findall(r'href="(/nhat-ky/\d+)"', listed)
    said = words(api.get(detail).text)
    assert "Trước và sau" in said
    assert "ready withdrawn" in said
    assert "Không có dòng nào khớp" in words(api.get("/nhat-ky", params={"ai": "không có ai"}).text)
    assert api.get("/nhat-ky", params={"ngay": "hôm qua"}).status_code == 400
    assert api.get("/nhat-ky/999999").status_code == 404


def test_the_menu_names_it_for_those_who_may(world: World) -> None:
    for role, named in (("auditor", True), ("producer", False)):
        with client_of(world.context, who=add_person(world.context, role, [role])) as client:
            assert ('href="/nhat-ky"' in client.get("/bai").text) is named
