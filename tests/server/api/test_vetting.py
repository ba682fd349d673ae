"""Vetting over HTTP: who may, the answers, and for whom somebody may produce."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.profile import Profile
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, add_person
from tests.server.sounds import wav
from tests.server.vetted import add_draft, lead_topics
from tests.server.worlds import World

SEGMENTS = "/api/v1/segments"
CODE = "b0100"


@pytest.fixture(autouse=True)
def world(world: World) -> World:
    world.context.profile = Profile(shortest_ms=3_000)
    lead_topics(world)
    add_draft(world, CODE, tone=True)
    return world


def person(world: World, login: str, *roles: Role, organisation: str = "snv") -> Person:
    return add_person(world.context, login, roles, organisation=organisation)


@pytest.fixture
def maker(world: World) -> Iterator[Client]:
    with client_of(world.context, who=person(world, "nguoi-gui", Role.PRODUCER)) as client:
        yield client


@pytest.fixture
def lead(world: World) -> Iterator[Client]:
    with client_of(world.context, who=person(world, "chu-tri", Role.LEAD)) as client:
        yield client


def send(client: Client, folder: Path, **fields: str) -> tuple[int, str]:
    content = wav(folder / "a.wav", seconds=6).read_bytes()
    said = {"title": "Một cửa", "topic": "mot-cua", "language": "vi"} | fields
    answer = client.post(SEGMENTS, data=said, files={"file": ("a.wav", content)})
    return answer.status_code, answer.json().get("code", "")


def test_a_recording_is_handed_in_and_approved_by_another(maker: Client, lead: Client) -> None:
    handed_in = maker.post(f"{SEGMENTS}/{CODE}/submit", json={})
    assert (handed_in.status_code, handed_in.json()["state"]) == (200, "submitted")
    refused = maker.post(f"{SEGMENTS}/{CODE}/approve", json={"number": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "access.right_missing")
    queue = lead.get("/api/v1/vetting").json()
    assert [(item["segment"]["code"], item["version"]["number"], item["own"]) for item in queue["items"]] == [
        (CODE, 1, False)
    ]
    assert (queue["total"], queue["waiting"], queue["overdue"]) == (1, 1, 0)
    approved = lead.post(f"{SEGMENTS}/{CODE}/approve", json={"number": 1})
    assert (approved.status_code, approved.json()["state"]) == (200, "ready")
    assert "replanned" in approved.json()
    again = lead.post(f"{SEGMENTS}/{CODE}/approve", json={"number": 1})
    assert (again.status_code, again.json()["code"], again.json()["facts"]["by"]) == (
        409,
        "vetting.overtaken",
        "chu-tri",
    )


@pytest.mark.parametrize("action", ["approve", "return", "release", "confirm", "dispute", "restore", "submit"])
def test_what_is_decided_is_read_strictly(lead: Client, action: str) -> None:
    for body in ({"number": "một", "reason": 1}, {"number": 1, "reason": "A", "who": "tôi"}):
        answer = lead.post(f"{SEGMENTS}/{CODE}/{action}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid"), answer.text


def test_a_return_says_why_to_its_maker(maker: Client, lead: Client) -> None:
    maker.post(f"{SEGMENTS}/{CODE}/submit", json={})
    assert lead.post(f"{SEGMENTS}/{CODE}/return", json={"number": 1, "reason": ""}).status_code == 400
    assert lead.post(f"{SEGMENTS}/{CODE}/return", json={"number": 1, "reason": "Sai tên xã"}).status_code == 200
    [version] = maker.get(f"{SEGMENTS}/{CODE}").json()["versions"]
    assert (version["state"], version["vetting"][-1]["reason"], version["vetting"][-1]["actor_name"]) == (
        "returned",
        "Sai tên xã",
        "Người chu-tri",
    )


def test_a_lead_of_another_organisation_reaches_none_of_it(world: World, maker: Client) -> None:
    maker.post(f"{SEGMENTS}/{CODE}/submit", json={})
    with client_of(world.context, who=person(world, "so-khac", Role.LEAD, organisation="stp")) as other:
        assert other.get("/api/v1/vetting").json()["items"] == []
        for action in ("approve", "return", "release", "confirm", "dispute"):
            answer = other.post(f"{SEGMENTS}/{CODE}/{action}", json={"number": 1, "reason": "A"})
            assert (answer.status_code, answer.json()["code"]) == (403, "access.out_of_reach")


def test_what_people_send_is_their_organisations(maker: Client, tmp_path: Path) -> None:
    assert send(maker, tmp_path, producer="van-phong") == (403, "segment.foreign_producer")
    status, code = send(maker, tmp_path, submit="no")
    made = maker.get(f"{SEGMENTS}/{code}").json()
    assert (status, made["producer"], made["state"], made["versions"][0]["made_by"]) == (
        201,
        "snv",
        "draft",
        "nguoi-gui",
    )
    assert send(maker, tmp_path, submit="maybe") == (400, "field.bad")


def test_nobody_replaces_a_recording_that_they_do_not_reach(world: World, tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav", seconds=6).read_bytes()
    with client_of(world.context, who=person(world, "so-khac", Role.PRODUCER, organisation="stp")) as other:
        form = other.post("/tai-len", data={"segment": CODE}, files={"file": ("a.wav", content)})
        assert form.status_code == 403
        assert other.get(f"/tai-len?bai={CODE}").status_code == 403
        metadata = ",".join(
            f"{name} {b64encode(text.encode()).decode()}"
            for name, text in {"filename": "a.wav", "filetype": "audio/wav", "segment": CODE}.items()
        )
        announced = other.post(
            "/api/v1/uploads",
            headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": metadata},
        )
        assert (announced.status_code, announced.json()["code"]) == (403, "access.out_of_reach")
        missing = other.get("/tai-len?bai=b9999")
        assert missing.status_code == 403


def test_a_segment_that_is_released_is_confirmed_by_another(world: World, lead: Client) -> None:
    add_draft(world, "b0101", priority="urgent")
    released = lead.post(f"{SEGMENTS}/b0101/release", json={"number": 1, "reason": "Bão"})
    assert (released.status_code, released.json()["versions"][0]["review_open"]) == (200, True)
    own = lead.post(f"{SEGMENTS}/b0101/confirm", json={"number": 1})
    assert (own.status_code, own.json()["code"]) == (403, "vetting.self_approval")
    with client_of(world.context, who=person(world, "chu-tri-hai", Role.LEAD)) as second:
        disputed = second.post(f"{SEGMENTS}/b0101/dispute", json={"number": 1, "reason": "Tin giả"})
        assert (disputed.status_code, disputed.json()["state"]) == (200, "withdrawn")
        gone = second.post(f"{SEGMENTS}/b0101/restore", json={"reason": "Lại"})
        assert (gone.status_code, gone.json()["code"]) == (410, "vetting.recording_gone")


def test_a_number_that_no_recording_can_have_is_refused(lead: Client) -> None:
    for number in (10**30, -1, 0):
        answer = lead.post(f"{SEGMENTS}/{CODE}/approve", json={"number": number})
        assert (answer.status_code, answer.json()["code"]) in {
            (400, "request.invalid"),
            (404, "segment.unknown_version"),
        }
