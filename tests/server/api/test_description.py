"""The OpenAPI document is true: a walk over its operations."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlmodel import select

from server.db.errands import Errand
from server.db.library import Topic
from server.db.registry import Organisation
from server.services import vetting
from server.services.closings import close_month
from server.services.segments import withdraw_segment
from tests.server.air import silence
from tests.server.api.conftest import Client, client_of
from tests.server.holding import until_ended
from tests.server.homes import copy_home
from tests.server.vetted import add_draft, approve
from tests.server.worlds import BEFORE, MONTH, World, open_world

MONTH_OVER = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # midnight in Đắk Lắk


@pytest.fixture(scope="session")
def reader(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Over a district of its own, in which there is something of every kind to be asked for."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("described") / "sounding")
    described = open_world(home, now=MONTH_OVER, keys=dict(sounding_home.keys))
    with described.change() as session:
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = session.exec(select(Organisation.id).where(Organisation.code == "snv")).one()
            session.add(topic)
    close_month(described.context, MONTH)
    with described.change() as session:
        session.add_all(
            Errand(
                id=kind,
                kind=kind,
                about=str(MONTH),
                asked={},
                by="local",
                by_kind="local",
                origin="api",
                started_at=MONTH_OVER,
            )
            for kind in ("closing", "report")
        )
    described.now = BEFORE
    # Called out, then withdrawn: an emergency that is over, and a recall.
    add_draft(described, "b0900", priority="urgent", tone=True)
    vetting.submit(described.context, "b0900")
    approve(described.context, "b0900")
    withdraw_segment(described.context, "b0900", reason="Tin sai")
    with client_of(described.context) as client:
        yield client
    described.context.close()


@pytest.fixture(scope="session")
def document(reader: Client) -> dict[str, Any]:
    found: dict[str, Any] = reader.get("/api/v1/openapi.json").json()
    return found


@pytest.fixture(scope="session")
def places(reader: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Something real for each place in an address."""
    slot = reader.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]
    said = {"filename": "a.wav", "title": "Bài", "topic": "mot-cua", "language": "vi"}
    upload = reader.post(
        "/api/v1/uploads",
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "5",
            "Upload-Metadata": ",".join(f"{name} {b64encode(text.encode()).decode()}" for name, text in said.items()),
        },
    )
    reader.post("/api/v1/campaigns", json={"code": "cchc", "name": "CCHC", "legal_ground": "Kế hoạch"})
    run = reader.post("/api/v1/plans/2026-12/runs", json={}).json()["id"]
    until_ended("2026-12")
    feed = reader.post("/tai-khoan/lich", data={"what": "province:", "name": "lịch"}).text
    recording = reader.post(
        "/api/v1/stations/h654/recordings", content=silence(tmp_path_factory.mktemp("air") / "a.wav").read_bytes()
    )
    issued = reader.post("/api/v1/reports/2026-12", json={}).json()
    return {
        "report": issued["code"],
        "lead": "snv",
        "week": "2026-W50",
        "recording_id": str(recording.json()["id"]),
        "feed": feed.partition("/api/v1/feeds/")[2].partition(".ics")[0],
        "campaign": "cchc",
        "run": run,
        "entry": "1",
        "number": "1",
        "unit_id": str(reader.get("/api/v1/units").json()["items"][0]["id"]),
        "month": "2026-12",
        "period": "2026-12",
        "day": slot["starts_at"][:10],
        "slot": slot["key"],
        "sha": slot["items"][0]["sha256"],
        "kind": "broadcast",
        "login": "moi-viec",
        "upload_id": upload.headers["location"].rpartition("/")[2],
    }


def filled(path: str, places: dict[str, str]) -> str:
    """The address with all its places filled, as the rooms of the API name them."""
    errand = "closing" if "/closings/" in path else "report"
    code = "b0001" if "/segments/" in path else "station.unknown" if "/problems/" in path else "h654"
    file = "playlist.xspf"
    if "/feeds/" in path:
        file = f"{places['feed']}.ics"
    elif "/audio/" in path:
        file = f"{places['sha']}.mp3"
    elif "/calendars/" in path:
        file = "654.ics" if "/districts/" in path else "h654.ics"
    for name, value in {**places, "code": code, "file": file, "errand": errand}.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def test_it_is_openapi_3_1_and_tells_of_every_room(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    tags = {tag for operations in document["paths"].values() for each in operations.values() for tag in each["tags"]}
    assert {"registry", "segments", "audio", "plans", "checks", "exports", "service"} <= tags
    assert all(each["description"] for operations in document["paths"].values() for each in operations.values())


def test_every_get_answers_in_the_shape_that_is_documented(
    reader: Client, document: dict[str, Any], places: dict[str, str]
) -> None:
    seen = 0
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        address = filled(path, places)
        assert "{" not in address, path
        answer = reader.get(address, follow_redirects=False)
        told = operations["get"]["responses"]
        if "307" in told:
            assert answer.status_code == 307, (address, answer.text)
            assert "location" in told["307"]["headers"]
            assert reader.get(answer.headers["location"]).status_code == 200
            continue
        assert answer.status_code == 200, (address, answer.text)
        documented = told["200"]["content"]
        media_type = answer.headers["content-type"].partition(";")[0]
        if media_type in documented and media_type == "application/json":
            _validate(document, documented[media_type]["schema"], answer.json())
        seen += 1
    assert seen >= 25


def test_problems_have_the_documented_shape(reader: Client, document: dict[str, Any]) -> None:
    told = document["paths"]["/api/v1/stations"]["get"]["responses"]["default"]["content"]["application/problem+json"]
    _validate(document, told["schema"], reader.get("/api/v1/stations?limit=0").json())


def test_no_operation_documents_the_errors_of_the_software_below(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            assert {status for status in operation["responses"] if status[0] in "45"} == set()
            assert "default" in operation["responses"]


def test_bodies_that_refuse_unknown_fields_say_so(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("WithdrawalIn", "PlanOrderIn", "OverruleIn", "KeepIn", "DiscardIn", "PushIn"):
        assert schemas[name]["additionalProperties"] is False


def test_the_form_of_an_upload_is_described(document: dict[str, Any]) -> None:
    form = document["paths"]["/api/v1/segments"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert {"file", "title", "topic", "language"} <= set(form["properties"])
    assert form["required"] == ["file", "title", "topic", "language"]
    newer = document["paths"]["/api/v1/segments/{code}/versions"]["post"]["requestBody"]
    assert set(newer["content"]["multipart/form-data"]["schema"]["properties"]) == {"file"}


def _validate(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(json.loads(json.dumps(whole))).validate(value)
