"""Forecasts and mends over HTTP, and on their pages as a planner uses them, without script."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World

FORECAST = "/api/v1/forecast/2026-12"
STATION = f"{FORECAST}/stations/h654"
SAY = "/api/v1/stations/h654/as-run"
PAGE = "/thang/2026-12/du-bao"


@pytest.fixture
def api(world: World) -> Client:
    """As somebody with all roles, on the 20th, when nothing of what was due so far was aired."""
    world.now = datetime(2026, 12, 20, 1, 0, tzinfo=UTC)
    client = client_of(world.context)
    slots = client.get("/api/v1/proof/2026-12/stations/h654").json()["slots"]
    past = [slot["key"] for slot in slots if datetime.fromisoformat(slot["starts_at"]) < world.now]
    said = [{"slot": slot, "aired": False, "reason": "Mất điện"} for slot in past]
    assert client.post(SAY, json={"statements": said}).json()["new"] == len(said) > 0
    return client


def test_mends_are_proposed_tried_planned_and_refused_once_the_plan_is_another(api: Client) -> None:
    [found] = api.get(FORECAST).json()["stations"]
    assert (found["station"]["code"], found["misses"]) == ("h654", True)
    mends = api.get(STATION).json()
    assert (mends["state"], mends["forecast"]) == ("mends", found)
    slots = [
        {
            "column": slot["column"],
            "starts_at": slot["starts_at"],
            "segments": [item["segment"] for item in slot["items"]],
        }
        for slot in mends["slots"]
    ]
    given = {"version": mends["version"], "slots": slots}
    tried = api.post(f"{STATION}/mends", json={**given, "dry_run": True})
    assert (tried.status_code, tried.json()["stored"]) == (200, False)
    done = api.post(f"{STATION}/mends", json=given).json()
    assert (done["stored"], done["opened"], len(done["stations"][0]["slots"])) == (True, 1, len(slots))
    again = api.post(f"{STATION}/mends", json=given)
    assert (again.status_code, again.json()["code"]) == (409, "plan.draft_changed")
    broken = api.post(f"{STATION}/mends", json={"version": done["version"], "slots": slots})
    assert (broken.status_code, broken.json()["code"]) == (422, "plan.change_breaks")
    assert api.post(f"{STATION}/mends", json={"version": 1, "slots": []}).status_code == 400
    assert api.get(STATION).json()["state"] == "drafted"
    assert api.post("/api/v1/plans/2026-12/publish", json={}).status_code < 300
    assert api.get(STATION).json()["state"] == "met"


def test_a_planner_sees_why_and_plans_what_mends_it_by_one_tap(api: Client, world: World) -> None:
    assert PAGE in api.get("/thang/2026-12/phat-song").text
    month = api.get(PAGE).text
    assert "Nếu không thay đổi gì, 1 trên 1 đài sẽ không đạt mức bắt buộc." in words(month)
    assert "khung không phát, phát thiếu hoặc phát bài khác, mất" in words(month)
    assert f'href="{PAGE}/h654"' in month
    assert f'href="{PAGE}/h654"' in api.get("/dai/h654/2026-12/phat-song").text

    monitor = client_of(world.context, who=add_person(world.context, "giam-sat", ["monitor"]))
    seen = monitor.get(f"{PAGE}/h654").text
    assert "Người lập lịch đưa các khung này vào bản nháp rồi công bố." in words(seen)
    assert "<button" not in seen[seen.index("<main") : seen.index("</main")]

    page = api.get(f"{PAGE}/h654").text
    form = {name: unescape(value) for name, value in re.findall(r'name="(csrf|version|slots)" value="([^"]*)"', page)}
    assert monitor.post(f"{PAGE}/h654", data=form).status_code == 403
    wrong = api.post(f"{PAGE}/h654", data={**form, "slots": "[{]"})
    assert (wrong.status_code, "✕" in words(wrong.text)) == (400, True)
    after = api.post(f"{PAGE}/h654", data=form)
    assert after.status_code == 200
    assert "Bản nháp của tháng đã có đủ khung bù cho đài này." in words(after.text)
    assert "/thang/2026-12/thay-doi" in after.text
    stale = api.post(f"{PAGE}/h654", data=form)
    assert (stale.status_code, "nay là phiên bản" in words(stale.text)) == (409, True)
    api.post("/api/v1/plans/2026-12/publish", json={})
    assert "Nếu không thay đổi gì, cả 1 đài đều đạt mức bắt buộc." in words(api.get(PAGE).text)
    assert "Đài dự kiến đạt, không cần bù." in words(api.get(f"{PAGE}/h654").text)
    world.now = datetime(2027, 2, 1, tzinfo=UTC)
    assert "Tháng đã hết: 1 trên 1 đài không đạt mức bắt buộc." in words(api.get(PAGE).text)
