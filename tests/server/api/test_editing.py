"""A draft changed by hand over HTTP: each change names the version that it was made from."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from tests.server.api.conftest import Client

STATION = "/api/v1/plans/2026-12/stations/h654"


def month(api: Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{STATION}/draft").json()
    return found


def own(api: Client) -> list[dict[str, Any]]:
    return [slot for slot in month(api)["slots"] if slot["relayed_from"] is None]


def post(api: Client, path: str, **said: object) -> Response:
    return api.post(f"{STATION}/slots{path}", json={"version": month(api)["revision"]["version"], **said})


def minutes_later(slot: dict[str, Any], minutes: int) -> str:
    return (datetime.fromisoformat(slot["starts_at"]) + timedelta(minutes=minutes)).isoformat()


def test_a_slot_is_added_moved_lengthened_refilled_locked_unlocked_and_removed(api: Client) -> None:
    column = own(api)[0]["column"]
    busy = {slot["starts_at"][:10] for slot in own(api)}
    day = next(f"2026-12-{day:02d}" for day in range(5, 28) if f"2026-12-{day:02d}" not in busy)
    shortest = {"column": column, "start": f"{day}T05:20:00+07:00"}
    tried = [post(api, "", segments=[f"b000{number}"], **shortest) for number in range(1, 7)]
    added = next(answer for answer in tried if answer.status_code == 200).json()
    assert (added["stored"], added["opened"], added["month"]) == (True, 1, "2026-12")
    [slot] = added["stations"][0]["slots"]
    assert slot["before"] is None
    key, first = slot["after"]["key"], slot["after"]["items"][0]["segment"]

    moved = post(api, f"/{key}/move", start=f"{day}T05:40:00+07:00")
    assert moved.json()["stations"][0]["slots"][0]["after"]["starts_at"] == f"{day}T05:40:00+07:00"
    answers = [post(api, f"/{key}/lengthen", segments=[f"b000{number}"]) for number in range(1, 7)]
    longer = next(answer for answer in answers if answer.status_code == 200).json()
    held = longer["stations"][0]["slots"][0]["after"]["items"]
    assert (held[0]["segment"], len(held)) == (first, 2)
    refilled = post(api, f"/{key}/refill", segments=[held[1]["segment"], first])
    assert [item["segment"] for item in refilled.json()["stations"][0]["slots"][0]["after"]["items"]] == [
        held[1]["segment"],
        first,
    ]
    assert post(api, f"/{key}/lock").json()["stations"][0]["slots"][0]["after"]["locked"] is True
    locked = post(api, f"/{key}/remove")
    assert (locked.status_code, locked.json()["facts"]["constraint"]) == (422, "H5")
    assert post(api, f"/{key}/unlock").status_code == 200
    gone = post(api, f"/{key}/remove").json()
    assert gone["stations"][0]["slots"][0]["after"] is None
    plans = api.get("/api/v1/plans/2026-12").json()
    assert [revision["status"] for revision in plans["revisions"]] == ["draft", "published"]
    assert plans["revisions"][0]["version"] == gone["version"] == month(api)["revision"]["version"]
    assert api.post("/api/v1/plans/2026-12/publish").status_code == 200


def test_a_broken_constraint_is_a_problem_with_facts_and_places_that_are_accepted(api: Client) -> None:
    first, second = own(api)[:2]
    answer = post(api, f"/{first['key']}/move", start=second["starts_at"])
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "plan.change_breaks")
    facts = problem["facts"]
    assert (facts["month"], facts["station"], facts["constraint"]) == ("2026-12", "h654", "H1")
    assert problem["detail"].startswith(f"H1: {facts['sentence']}")
    overlap = facts["broken"][0]
    assert set(overlap) == {"code", "station", "slot", "what", "facts", "slots", "sentence"}
    assert (overlap["code"], overlap["what"], set(overlap["slots"])) == (
        "H1",
        "overlap",
        {first["key"], second["key"]},
    )
    assert len(facts["nearest"]) == 3
    for place in facts["nearest"]:
        assert post(api, f"/{first['key']}/move", start=place, dry_run=True).json()["stored"] is False
    assert [each["status"] for each in api.get("/api/v1/plans/2026-12").json()["revisions"]] == ["published"]
    english = api.post(
        f"{STATION}/slots/{first['key']}/move",
        json={"version": month(api)["revision"]["version"], "start": second["starts_at"]},
        headers={"Accept-Language": "en"},
    ).json()
    assert "overlap" in english["detail"]
    assert "Nothing was stored" in english["detail"]


def test_candidates_are_what_a_refill_then_takes(reader: Client) -> None:
    slot = own(reader)[0]
    address = f"{STATION}/slots/{slot['key']}/candidates"
    found = reader.get(address, params={"position": 1}).json()
    assert found["replaces"] == slot["items"][0]["segment"]
    best = found["candidates"][0]
    tried = post(reader, f"/{slot['key']}/refill", segments=best["segments"], dry_run=True).json()
    assert tried["stations"][0]["after"] == best["after"]
    assert reader.get(address).json()["replaces"] is None
    assert reader.get(address, params={"position": 99}).json()["code"] == "field.bad"
    assert reader.get(f"{STATION}/slots/khong-co/candidates").json()["code"] == "slot.unknown"


def test_a_stale_version_is_refused_with_both_versions(api: Client) -> None:
    first, second = own(api)[:2]
    version = month(api)["revision"]["version"]
    assert post(api, f"/{first['key']}/lock").json()["version"] == version + 1
    answer = api.post(f"{STATION}/slots/{second['key']}/lock", json={"version": version})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "plan.draft_changed")
    assert problem["facts"] == {"month": "2026-12", "given": version, "found": version + 1}
    assert not next(slot for slot in own(api) if slot["key"] == second["key"])["locked"]


@pytest.mark.parametrize(
    ("path", "said", "status", "code"),
    [
        ("", {"column": "cchc", "start": "2026-12-05T05:00:00", "segments": ["b0001"]}, 400, "request.invalid"),
        ("", {"column": "cchc", "start": "2026-12-05T05:00:00+07:00"}, 400, "request.invalid"),
        (
            "",
            {"column": "cchc", "start": "9999-12-31T23:59:59+00:00", "segments": ["b0001"]},
            422,
            "plan.change_breaks",
        ),
        (
            "",
            {"column": "cchc", "start": "0001-01-01T00:00:00+00:00", "segments": ["b0001"]},
            422,
            "plan.change_breaks",
        ),
        ("", {"column": "cchc", "start": "2026-12-05T05:00:00+07:00", "segments": []}, 422, "plan.change_breaks"),
        ("", {"column": "cchc", "start": "2026-12-05T05:00:00+07:00", "segments": ["x"] * 101}, 400, "request.invalid"),
        ("", {"column": "nhac", "start": "2026-12-05T05:00:00+07:00", "segments": ["b0001"]}, 404, "column.unknown"),
        ("", {"column": "cchc", "start": "2026-12-05T05:00:00+07:00", "segments": ["b9999"]}, 404, "segment.unknown"),
        ("/h654.none/lock", {}, 404, "slot.unknown"),
        ("/h654.none/lock", {"slot": "x"}, 400, "request.invalid"),
        ("/h654.none/move", {}, 400, "request.invalid"),
        ("/h654.none/paint", {}, 404, "address.unknown"),
    ],
)
def test_what_can_not_be_taken_is_a_problem(
    reader: Client, path: str, said: dict[str, object], *, status: int, code: str
) -> None:
    answer = post(reader, path, **said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_month_without_a_plan_and_a_station_that_is_not_there_are_named(reader: Client) -> None:
    for address, code in (
        ("/api/v1/plans/2027-02/stations/h654/slots/a/lock", "plan.none"),
        ("/api/v1/plans/2026-12/stations/h999/slots/a/lock", "station.unknown"),
    ):
        answer = reader.post(address, json={"version": month(reader)["revision"]["version"]})
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert reader.post(f"{STATION}/slots/a/lock", json={}).json()["code"] == "request.invalid"


def test_the_description_has_each_change_with_its_closed_body(reader: Client) -> None:
    document = reader.get("/api/v1/openapi.json").json()
    paths = {path for path, held in document["paths"].items() if "/stations/{code}/slots" in path and "post" in held}
    assert {path.rpartition("/")[2] for path in paths} == {
        "slots",
        "move",
        "lengthen",
        "refill",
        "lock",
        "unlock",
        "remove",
    }
    for name in ("AddIn", "MoveIn", "LengthenIn", "RefillIn", "ChangeIn"):
        shape = document["components"]["schemas"][name]
        assert shape["additionalProperties"] is False
        assert "version" in shape["required"]
