"""The review queue, the notes and the form of how airtime counts, as the monitor and the planner use them."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from server.services.as_run import Said, say
from server.services.campaigns import CampaignChange, add_campaign, get_campaign
from server.services.who import Who
from tests.server.api.conftest import client_of
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World

QUEUE = "/thang/2026-12/xem-xet"
OF_STATION = "/dai/h654/2026-12/xem-xet"
AIRED = "/dai/h654/2026-12/phat-song"
COUNTING = "/dot/cchc/cach-tinh"


@pytest.fixture
def december(world: World) -> World:
    world.now = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)
    return world


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)
    assert found is not None, name
    return found[1]


def test_a_doubt_is_read_decided_on_and_gone_and_a_note_stays_beside_the_verdict(december: World) -> None:
    monitor = client_of(december.context, who=add_person(december.context, "giam-sat", ["monitor"]))
    assert "Không còn lần phát nào có nghi vấn" in words(monitor.get(QUEUE).text)
    slot = monitor.get("/api/v1/proof/2026-12/stations/h654").json()["slots"][0]
    segment = slot["items"][0]["segment"]
    say(december.context, [Said(line=1, slot=slot["key"], segment=segment)], source="page", station="h654")
    log = [Said(line=1, slot=slot["key"], segment=segment, aired=False, reason="Mất <sóng>")]
    device = Who(kind="station", name="máy", station_id=december.keys["h654"])
    say(replace(december.context, who=device), log, source="mpd", station="h654")

    page = monitor.get(QUEUE).text
    assert "1 lần phát còn nghi vấn" in words(page)
    assert "Trái nhau" in words(page)
    assert "«Mất &lt;sóng&gt;»" in page
    assert [re.findall(rf'data-key="{key}"', page) != [] for key in "12xgr"] == [True] * 5
    form = {"csrf": csrf(page), "doubt": field(page, "doubt"), "dai": "h654"}
    refused = monitor.post(OF_STATION, data=form | {"do": "accept:none"})
    assert (refused.status_code, "không có dòng nhật ký none" in words(refused.text)) == (404, True)
    assert "Chỉ đài h654." in words(refused.text)
    assert monitor.get(OF_STATION).url.path == QUEUE
    done = monitor.post(OF_STATION, data=form | {"do": field(page, "do")})
    assert done.url.path == QUEUE
    assert "Đã theo điều được chọn." in words(done.text)
    assert "Không còn lần phát nào có nghi vấn" in words(done.text)

    page = monitor.get(AIRED).text
    assert "Đã được xem xét: theo điều đã báo là không phát." in words(page)
    assert "quyết định khi xem xét" in words(page)
    noted = monitor.post("/dai/h654/2026-12/ghi-chu", data={"csrf": csrf(page), "text": "Đã gọi <đài>"})
    assert (noted.url.path, "Đã gọi &lt;đài&gt;" in noted.text) == (AIRED, True)


def test_how_airtime_counts_is_a_form_whose_refusals_speak_its_own_units(december: World) -> None:
    add_campaign(december.context, "cchc", CampaignChange(name="CCHC", legal_ground="Kế hoạch"))
    planner = client_of(december.context, who=add_person(december.context, "ke-hoach", ["planner"]))
    assert COUNTING in planner.get("/quy-dinh").text
    page = planner.get(COUNTING).text
    assert "Tháng đã chốt giữ nguyên cách tính lúc chốt" in words(page)
    names = ("late_ms", "match_ms", "short_ms", "short_share", "report_within_ms", "clock_agree_ms")
    form = {"csrf": csrf(page), "counts_from": "logged"} | {name: field(page, name) for name in names}
    assert (form["late_ms"], form["short_share"]) == ("2", "2")
    for wrong, told in (
        ({"late_ms": "61"}, "là «61»; cần một số từ 0 đến 60"),
        ({"short_ms": "ba"}, "là «ba»"),
        ({"counts_from": "planned"}, "Mức bằng chứng được tính là «planned»"),
        ({"alone": "1", "heard_from": "20"}, "Độ chắc chắn là «20»; cần một số từ 50 đến 100"),
    ):
        refused = planner.post(COUNTING, data=form | wrong)
        assert (refused.status_code, told in words(refused.text)) == (400, True), wrong
    saved = planner.post(COUNTING, data=form | {"late_ms": "1,5", "alone": "1", "heard_from": "92,5"})
    assert "Đã lưu." in words(saved.text)
    now = get_campaign(december.context, "cchc")
    assert (now.counts_from, now.tolerances["late_ms"], now.tolerances["match_ms"]) == ("logged", 90_000, 3_600_000)
    assert now.heard_from == pytest.approx(0.925)
    assert "được tính từ mức: máy ghi" in words(planner.get("/quy-dinh").text)
