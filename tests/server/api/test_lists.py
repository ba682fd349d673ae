"""Lists come in pages with links to the pages beside; single things come whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home, open_home


@pytest.fixture(scope="module")
def wide(province_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Over the 199 stations of the sample, without plans."""
    context = open_home(copy_home(province_home, tmp_path_factory.mktemp("wide") / "home"))
    with client_of(context) as client:
        yield client
    context.close()


def test_pages_follow_each_other_without_gap_or_overlap(wide: Client) -> None:
    codes: list[str] = []
    address = "/api/v1/stations?month=2026-11&limit=50"
    while address:
        answer = wide.get(address)
        page = answer.json()
        assert page["total"] == 199
        assert page["offset"] == len(codes)
        codes += [station["code"] for station in page["items"]]
        address = answer.links.get("next", {}).get("url", "")
    assert len(codes) == len(set(codes)) == 199


def test_the_page_before_is_linked_and_the_question_kept(wide: Client) -> None:
    answer = wide.get("/api/v1/stations?month=2026-11&tier=commune&q=ea&limit=3&offset=4")
    assert answer.links["prev"]["url"] == "/api/v1/stations?month=2026-11&tier=commune&q=ea&offset=1&limit=3"
    assert answer.links["next"]["url"].endswith("offset=7&limit=3")


def test_the_only_page_has_no_links(wide: Client) -> None:
    assert "link" not in wide.get("/api/v1/stations?month=2026-11&tier=district").headers


def test_an_offset_past_the_end_gives_an_empty_page_and_a_way_back(wide: Client) -> None:
    answer = wide.get("/api/v1/stations?month=2026-11&offset=1000")
    assert answer.json()["items"] == []
    assert "prev" in answer.links


def test_stations_are_found_without_diacritics_and_by_district(wide: Client) -> None:
    found = wide.get("/api/v1/stations?month=2026-11&q=krong pac").json()["items"]
    assert "h654" in [station["code"] for station in found]
    inside = wide.get("/api/v1/stations?month=2026-11&district=654&tier=commune").json()
    assert inside["total"] == 16


@pytest.mark.parametrize(
    ("path", "kind", "least"),
    [
        ("/api/v1/organisations", list, 4),
        ("/api/v1/topics", list, 10),
        ("/api/v1/columns", list, 1),
        ("/api/v1/rules", list, 2),
        ("/api/v1/rules?month=2026-11", list, 2),
        ("/api/v1/stations/h654?month=2026-11", dict, 4),
    ],
)
def test_the_registry_is_open_to_read(wide: Client, path: str, kind: type, least: int) -> None:
    answer = wide.get(path)
    assert answer.status_code == 200
    assert isinstance(answer.json(), kind)
    assert len(answer.json()) >= least


def test_a_unit_tells_all_its_versions(wide: Client) -> None:
    [unit] = wide.get("/api/v1/units?q=krong pac&level=district").json()["items"]
    assert [version["code"] for version in wide.get(f"/api/v1/units/{unit['id']}").json()] == ["654"]


def test_segments_are_listed_by_state(reader: Client) -> None:
    assert reader.get("/api/v1/segments?state=ready&limit=2").json()["total"] == 6
    assert reader.get("/api/v1/segments?state=withdrawn").json()["total"] == 0
    assert reader.get("/api/v1/segments/b0001/uses").status_code == 200
