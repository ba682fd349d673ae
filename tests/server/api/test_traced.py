"""A segment from its producer over its lead and the planner to the air, and back: each step is on the trail."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from media.profile import Profile
from server.services.rights import Role
from server.services.trail import verify
from tests.server.api.conftest import client_of
from tests.server.databases import behind
from tests.server.people import add_person
from tests.server.sounds import wav
from tests.server.vetted import lead_topics
from tests.server.worlds import World

SEGMENTS = "/api/v1/segments"
PLANS = "/api/v1/plans/2026-12"


@pytest.fixture(autouse=True)
def world(world: World) -> World:
    world.context.profile = Profile(shortest_ms=3_000)
    lead_topics(world)
    return world


def test_every_step_of_a_segment_is_on_the_trail_and_an_altered_entry_is_found(world: World, tmp_path: Path) -> None:
    with ExitStack() as open_browsers:

        def browser_of(login: str, role: Role, organisation: str = "snv"):  # type: ignore[no-untyped-def]  # a client
            who = add_person(world.context, login, [role], organisation=organisation)
            return open_browsers.enter_context(client_of(world.context, who=who))

        maker = browser_of("san-xuat", Role.PRODUCER, "stttt")
        lead = browser_of("chu-tri", Role.LEAD)
        planner = browser_of("lap-lich", Role.PLANNER)
        auditor = browser_of("kiem-toan", Role.AUDITOR)

        content = wav(tmp_path / "a.wav", seconds=6).read_bytes()
        said = {"title": "Một cửa mới", "topic": "mot-cua", "language": "vi", "priority": "priority"}
        made = maker.post(SEGMENTS, data=said, files={"file": ("a.wav", content)}).json()
        code = made["code"]
        assert made["state"] == "submitted"
        assert lead.post(f"{SEGMENTS}/{code}/approve", json={"number": 1}).json()["state"] == "ready"
        assert planner.post(PLANS, json={}).status_code == 201
        assert planner.post(f"{PLANS}/publish").status_code == 200
        uses = planner.get(f"{SEGMENTS}/{code}/uses").json()
        assert uses
        withdrawn = lead.post(f"{SEGMENTS}/{code}/withdraw", json={"reason": "Số liệu sai"})
        assert withdrawn.status_code == 200, withdrawn.text

        told = auditor.get("/api/v1/audit?limit=100").json()["items"]
        steps = [(entry["actor"], entry["action"]) for entry in reversed(told)]
        expected = [
            ("san-xuat", "segment.added"),
            ("san-xuat", "segment.submitted"),
            ("chu-tri", "segment.approved"),
            ("lap-lich", "plan.made"),
            ("lap-lich", "plan.published"),
            ("chu-tri", "segment.withdrawn"),
        ]
        at = 0
        for step in expected:
            assert step in steps[at:], (step, steps[at:])
            at = steps.index(step, at) + 1
        assert {entry["address"] for entry in told if entry["actor"] in {"san-xuat", "chu-tri", "lap-lich"}} == {
            "testclient"
        }
        assert auditor.get("/api/v1/audit/verify").json()["whole"] is True

    with behind(world.context) as rows:
        [(altered,)] = rows.execute("SELECT id FROM audit_entry WHERE action = 'segment.approved'")
        rows.execute("UPDATE audit_entry SET actor = 'lap-lich' WHERE id = ?", (altered,))
    report = verify(world.context)
    assert (report.whole, report.first_altered) == (False, altered)
