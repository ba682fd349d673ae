"""Explanations over HTTP and on pages: a district whose minimum can not be met."""

from collections.abc import Iterator
from datetime import date

import pytest

from server.services.plans import make_plan, publish_plan
from tests.server.api.conftest import Client, client_of
from tests.server.people import in_english
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World, build_world


@pytest.fixture(scope="module")
def scarce(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One segment for two thirds of the month, and one in a language that nobody speaks here; only read."""
    world: World = build_world(tmp_path_factory.mktemp("homes") / "scarce", segments=0)
    world.add_segment("b0001", seconds=200, valid_to=date(2026, 12, 10))
    world.add_segment("b0002", seconds=200, language="rad")
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    with client_of(world.context) as client:
        yield client
    world.context.close()


def test_a_stations_month_is_explained(scarce: Client) -> None:
    answer = scarce.get("/api/v1/plans/2026-12/stations/h654/explanation")
    assert answer.status_code == 200
    [verdict] = answer.json()["verdicts"]
    assert verdict["verdict"]["short_ms"] == 100_000
    assert verdict["mend"]["steps"][0]["code"] == "approve_segments"
    refused = scarce.get("/api/v1/plans/2026-12/stations/h654/explanation", params={"draft": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan.no_draft")
    assert scarce.get("/api/v1/plans/2026-12/stations/nobody/explanation").status_code == 404


def test_a_segment_says_where_it_is_aired_or_why_nowhere(scarce: Client) -> None:
    found = scarce.get("/api/v1/segments/b0001/months/2026-12").json()
    assert found["why"] is None
    assert found["airings"] > 0
    assert scarce.get("/api/v1/segments/b0002/months/2026-12").json()["why"]["code"] == "no_such_language"
    assert scarce.get("/api/v1/segments/nobody/months/2026-12").status_code == 404


def test_the_page_of_a_station_leads_to_reasons_and_mend(scarce: Client) -> None:
    page = scarce.get("/dai/h654/2026-12")
    assert 'href="/dai/h654/2026-12/vi-sao"' in page.text
    told = words(scarce.get("/dai/h654/2026-12/vi-sao").text)
    assert "thiếu 1 phút 40 giây" in told
    assert "Sau ngày 10/12/2026 không còn bài nào có hiệu lực." in told
    assert "Duyệt thêm 1 bài dài 3 phút" in told
    assert "Hoặc một trong các cách sau: Cho mỗi bài" in told


def test_the_page_of_a_station_without_a_plan_says_so(scarce: Client) -> None:
    answer = scarce.get("/dai/h654/2027-03/vi-sao")
    assert answer.status_code == 200
    assert "Tháng này chưa có lịch." in words(answer.text)


def test_the_page_of_a_segment_leads_to_where_it_is_aired(scarce: Client) -> None:
    for code in ("b0001", "b0002"):
        assert f'href="/bai/{code}/o-dau/2026-12"' in scarce.get(f"/bai/{code}").text
    assert "Không đài nào phát tiếng Ê Đê." in words(scarce.get("/bai/b0002/o-dau/2026-12").text)
    assert "lượt ở" in words(scarce.get("/bai/b0001/o-dau/2026-12").text)


def test_the_month_of_the_province_leads_to_the_mend(scarce: Client) -> None:
    page = scarce.get("/thang/2026-12").text
    assert 'href="/thang/2026-12/dai/h654#vi-sao"' in page
    station = scarce.get("/thang/2026-12/dai/h654").text
    assert "thiếu 1 phút 40 giây" in words(station)
    assert 'href="/dai/h654/2026-12/vi-sao"' in station


def test_the_pages_speak_english_too(scarce: Client) -> None:
    told = words(scarce.get("/dai/h654/2026-12/vi-sao", headers=in_english(scarce)).text)
    assert "What to do" in told
    assert "Approve 1 more segments of 3" in told
