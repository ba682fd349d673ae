"""What the pages say, read as HTML."""

import re
from collections.abc import Iterator
from gzip import compress
from pathlib import Path

import pytest

from server.services.campaigns import CampaignChange, add_campaign
from server.services.plans import make_plan
from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home, open_home
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World, open_world


@pytest.fixture(scope="module")
def sample(province_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Over the whole sample, without plans."""
    context = open_home(copy_home(province_home, tmp_path_factory.mktemp("sample") / "home"))
    with client_of(context) as client:
        yield client
    context.close()


@pytest.fixture(scope="module")
def nobody(empty_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    context = open_home(copy_home(empty_home, tmp_path_factory.mktemp("nobody") / "home"))
    with client_of(context) as client:
        yield client
    context.close()


def test_the_month_begins_with_one_sentence_of_counts(reader: Client) -> None:
    said = words(reader.get("/thang/2026-12").text)
    assert "12/2026: 1 trên 1 đài huyện đạt 20 giây; 2/2 đài xã có phát." in said
    assert "Bản công bố số 1, lúc" in said
    assert "✓ đạt" in said


def test_the_exports_stand_beside_what_they_export(reader: Client) -> None:
    month = reader.get("/thang/2026-12").text
    station = reader.get("/dai/h654/2026-12").text
    links = set(re.findall(r'href="(/api/[^"]+)"', month + station))
    assert len(links) > 20
    for link in links:
        assert reader.get(link).status_code == 200, link


def test_all_links_between_pages_lead_somewhere(reader: Client) -> None:
    seen, ahead = set(), {"/thang/2026-12"}
    while ahead:
        address = ahead.pop()
        seen.add(address)
        answer = reader.get(address)
        assert answer.status_code == 200, address
        found = set(re.findall(r'(?:href|src)="(/[^"?#]*)"', answer.text))
        # Months go on for ever: only those beside this one.
        ahead |= {each for each in found if not re.search(r"20(2[0-5]|26-0|26-10|27-0[2-9]|27-1|2[89])", each)} - seen
        ahead = {each for each in ahead if "/audio/" not in each}
    assert len(seen) > 40


def test_a_station_says_what_is_planned_against_what_is_required(reader: Client) -> None:
    said = words(reader.get("/dai/h654/2026-12").text)
    assert re.search(r"Kế hoạch 0:\d\d trên 0:20 bắt buộc mỗi tháng — ✓ đạt", said)
    assert "Kế hoạch, mục III.4" in said
    assert "Cân đối nội dung" in said
    assert "tạo địa chỉ lịch riêng" in said


def test_a_relayed_slot_names_the_station_it_comes_from(reader: Client) -> None:
    said = words(reader.get("/dai/x24490/2026-12").text)
    assert "tiếp âm Đài Truyền thanh - Truyền hình huyện Krông Pắc" in said
    assert "trên mục tiêu 0:12 mỗi tháng" in said


def test_a_draft_is_called_a_draft_and_not_exported(world: World) -> None:
    make_plan(world.context, MONTH.next())
    with client_of(world.context) as client:
        for address in ("/thang/2027-01", "/dai/h654/2027-01"):
            page = client.get(address).text
            assert "Bản nháp" in words(page)
            assert "playlist." not in page
            assert ".ics" not in page


def test_a_month_without_a_plan_tells_how_to_make_one(reader: Client) -> None:
    month, station = (reader.get(address).text for address in ("/thang/2027-06", "/dai/h654/2027-06"))
    assert 'action="/thang/2027-06/lap-lich"' in month
    assert 'class="button" href="/thang/2027-06/ke-hoach"' in station
    for page in (month, station):
        assert "✕ chưa đạt" not in words(page)


def test_a_registry_without_stations_tells_how_to_fill_it(nobody: Client) -> None:
    assert "loa sample load dak-lak" in words(nobody.get("/thang/2026-11").text)
    assert "loa segments add" in words(nobody.get("/bai").text)
    assert nobody.get("/quy-dinh").status_code == 200


@pytest.mark.parametrize("address", ["/thang/2026-11", "/dai/h654/2026-11", "/bai", "/bai/b0001", "/quy-dinh"])
def test_sample_data_is_called_sample_data(sample: Client, reader: Client, address: str) -> None:
    assert "Dữ liệu mẫu" in sample.get(address).text
    assert "Dữ liệu mẫu" not in reader.get(address).text


ROW = re.compile(r'<th scope="row"><a href="/thang/\d{4}-\d\d/dai/([^/"]+)"')


def test_199_stations_are_shown_50_at_a_time_or_all_on_one_light_page(sample: Client) -> None:
    first = sample.get("/thang/2026-11").text
    assert "1–50 trong 199" in words(first)
    pages = [first, *(sample.get(f"/thang/2026-11?offset={offset}").text for offset in (50, 100, 150))]
    whole = sample.get("/thang/2026-11?all=1").text
    everyone = ROW.findall(whole)
    assert len(set(everyone)) == len(everyone) == 199
    assert [code for page in pages for code in ROW.findall(page)] == everyone
    assert len(compress(whole.encode())) < 100_000
    past = sample.get("/thang/2026-11?offset=999999999").text
    assert ROW.findall(past) == everyone[150:], "past the end stands the last page"


def test_districts_stand_in_vietnamese_order_and_filters_keep_the_order_of_rows(sample: Client) -> None:
    page = sample.get("/thang/2026-11?tier=commune&q=ea&sort=district").text
    assert page.index("Huyện Buôn Đôn") < page.index("Thị xã Buôn Hồ") < page.index("Thành phố Buôn Ma Thuột")
    found = ROW.findall(sample.get("/thang/2026-11?tier=commune&q=ea&sort=district&all=1").text)
    communes = set(ROW.findall(sample.get("/thang/2026-11?tier=commune&all=1").text))
    assert 20 < len(found) < len(communes) == 184
    assert set(found) < communes
    backwards = ROW.findall(sample.get("/thang/2026-11?tier=commune&q=ea&sort=-name&all=1").text)
    assert backwards == ROW.findall(sample.get("/thang/2026-11?tier=commune&q=ea&sort=name&all=1").text)[::-1]


def test_a_month_without_districts_lists_its_102_communes(province_2025_home: Path, tmp_path: Path) -> None:
    context = open_home(copy_home(province_2025_home, tmp_path / "home"))
    with client_of(context) as client:
        page = client.get("/thang/2026-11?all=1").text
    context.close()
    assert "102 đài xã" in words(page)
    assert len(ROW.findall(page)) == 102
    assert 'name="district"' not in page


def test_a_segment_that_a_stand_in_voice_reads_says_so(sample: Client) -> None:
    code = sample.get("/api/v1/segments?language=rad").json()["items"][0]
    assert code["note"]
    assert code["note"] in sample.get(f"/bai/{code['code']}").text


def test_the_rules_show_ground_weights_and_leads(sample: Client) -> None:
    said = words(sample.get("/quy-dinh").text)
    assert "ít nhất 15:00 mỗi tháng" in said
    assert "mục III.4" in said
    assert "Sở Tư pháp" in said
    assert "trọng số" in said


def test_the_rules_show_the_campaign_with_its_weights_in_words(sample: Client, world: World) -> None:
    said = words(sample.get("/quy-dinh").text)
    assert "Kế hoạch tuyên truyền cải cách hành chính nhà nước năm 2021 trên địa bàn tỉnh Đắk Lắk mẫu" in said
    assert "Từ 01/04/2021." in said
    assert "Cân đối nội dung Thời lượng chia theo trọng số của các nhóm nội dung. 4" in said
    given = CampaignChange(name="Đợt hai", legal_ground="Văn bản 7", weights={"age": 0, "topics": 2.5})
    add_campaign(world.context, "hai", given)
    with client_of(world.context) as client:
        said = words(client.get("/quy-dinh").text)
    assert "Đợt hai Văn bản 7" in said
    assert "2,5 mặc định 4" in said
    assert "0 không tính đến mặc định 2" in said


def test_a_month_without_a_campaign_says_that_the_default_weights_hold(reader: Client) -> None:
    said = words(reader.get("/quy-dinh").text)
    assert "Tháng này không thuộc đợt tuyên truyền nào" in said
    assert "Ít thay đổi Phần khung phát đã công bố bị thay đổi. 6" in said


def test_the_library_is_searched_without_diacritics_and_paged(sample: Client) -> None:
    found = sample.get("/bai?q=mot+cua").text
    assert 0 < found.count('href="/bai/b') < 28
    assert "Không có bài nào khớp" in sample.get("/bai?q=zzz").text
    assert sample.get("/bai?offset=27").text.count('href="/bai/b') == 1


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/khong-co", 404, "Không có địa chỉ /khong-co."),
        ("/thang/2026-13", 400, "«2026-13» không phải là tháng."),
        ("/dai/h999/2026-12", 404, "Không có đài h999 trong tháng"),
        ("/bai/b9999", 404, "Không có bài phát thanh b9999."),
        ("/thang/2026-12?tier=x", 400, "«x»"),
        ("/thang/2026-12?status=x", 400, "«x»"),
        ("/thang/2026-12?sort=-x", 400, "«x»"),
        ("/thang/2026-12?xem=x", 400, "«x»"),
        ("/thang/2026-12?offset=-1", 400, "«-1»"),
        ("/thang/2026-12/bang/pdf", 400, "«pdf»"),
        ("/thang/2027-06/phat-song", 404, "Tháng 6/2027 chưa có lịch."),
        ("/thang/2026-12?district=999", 404, "999"),
    ],
)
def test_a_refusal_is_a_page_with_the_same_sentence_and_a_way_back(
    reader: Client, address: str, status: int, sentence: str
) -> None:
    answer = reader.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert sentence in words(answer.text)
    assert 'href="/"' in answer.text


def test_what_people_typed_is_shown_as_text(reader: Client) -> None:
    page = reader.get('/thang/2026-12?q="><script>alert(1)</script>').text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in reader.get("/<script>alert(1)</script>").text


def test_the_first_and_the_last_month_have_one_neighbour(reader: Client) -> None:
    assert 'rel="prev"' not in reader.get("/thang/1900-01").text
    assert 'rel="next"' not in reader.get("/thang/2199-12").text


def test_the_language_is_switched_by_a_cookie_and_a_clean_address(world: World) -> None:
    with client_of(world.context) as client:
        answer = client.get("/thang/2026-12?q=a%26b&lang=en", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/thang/2026-12?q=a%26b"
    assert re.match(r"lang=en;.*Path=/;.*SameSite=lax", answer.headers["set-cookie"], re.IGNORECASE)


@pytest.mark.parametrize("address", ["//evil.example/?lang=en", "/thang/2026-12?lang=fr"])
def test_the_switch_leads_nowhere_else(reader: Client, address: str) -> None:
    answer = reader.get(f"http://127.0.0.1:8000{address}", follow_redirects=False)
    assert "evil" not in answer.headers.get("location", "").split("?")[0] or answer.status_code == 404
    assert "set-cookie" not in answer.headers


def test_files_of_pages_are_kept_by_browsers(reader: Client) -> None:
    address = re.search(r'href="(/static/loa\.css\?v=\w+)"', reader.get("/bai").text)
    assert address
    answer = reader.get(address[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert reader.get(address[1], headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert reader.get("/static/../app.py").status_code == 404


def test_a_withdrawn_segment_says_so_and_why(world: World) -> None:
    world.withdraw("b0001")
    again = open_world(world.context.home, now=world.now, keys={})
    with client_of(again.context) as client:
        said = words(client.get("/bai/b0001").text)
    again.context.close()
    assert "✕ đã rút : Số liệu sai" in said
