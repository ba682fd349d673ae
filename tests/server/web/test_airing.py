"""The pages of what was aired, as an officer and the monitor use them, without script."""

import re
from datetime import UTC, datetime

import pytest

from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World

MID_MONTH = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)
PAGE = "/dai/h654/2026-12/phat-song"


@pytest.fixture
def december(world: World) -> World:
    world.now = MID_MONTH
    return world


@pytest.fixture
def officer(december: World) -> Client:
    """Of the district station."""
    return client_of(
        december.context, who=add_person(december.context, "can-bo", ["operator"], unit_id=december.keys["654"])
    )


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def first_slot(page: str) -> str:
    found = re.search(r'name="slot" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def part_of(page: str, slot: str) -> str:
    at = page.index(f'<li id="{slot}">')
    return page[at : page.index("</form>", at)]


def corrects(page: str, slot: str) -> dict[str, str]:
    """What the slot's form says that it corrects."""
    found = dict(re.findall(r'name="(corrects:[^"]+)" value="([^"]*)"', part_of(page, slot)))
    assert found
    return found


def test_one_tap_says_that_a_slot_was_aired(officer: Client) -> None:
    page = officer.get(PAGE).text
    assert "chưa báo" in words(page) or "không phát" in words(page)
    slot = first_slot(page)
    after = officer.post(PAGE, data={"csrf": csrf(page), "slot": slot, "do": "aired"})
    assert after.status_code == 200
    said = words(after.text)
    assert "✓ đã phát" in said
    assert "người báo" in said
    assert f'href="#{slot}"' in after.text
    again = officer.post(PAGE, data={"csrf": csrf(page), "slot": slot, "do": "aired"}).text
    assert again.count("báo trên trang") == 1


def test_what_could_not_be_aired_needs_a_reason_and_what_was_typed_stays(officer: Client) -> None:
    page = officer.get(PAGE).text
    slot = first_slot(page)
    without = officer.post(PAGE, data={"csrf": csrf(page), "slot": slot, "do": "not_aired"})
    assert without.status_code == 422
    assert "Hãy ghi lý do" in words(without.text)
    told = officer.post(PAGE, data={"csrf": csrf(page), "slot": slot, "do": "not_aired", "reason": "Mất điện <b>"})
    assert "Được báo là không phát: Mất điện &lt;b&gt;." in told.text


def test_a_correction_is_a_new_entry_and_the_old_one_stays(officer: Client) -> None:
    page = officer.get(PAGE).text
    slot = first_slot(page)
    page = officer.post(PAGE, data={"csrf": csrf(page), "slot": slot, "do": "aired"}).text
    mended = {"csrf": csrf(page), "slot": slot, "do": "not_aired", "reason": "Bấm nhầm", **corrects(page, slot)}
    after = officer.post(PAGE, data=mended).text
    assert "đã được đính chính" in words(after)
    assert after.count("báo trên trang") == 2
    assert "✕ không phát" in words(after)


def test_corrections_go_to_and_fro_and_the_last_one_holds(officer: Client) -> None:
    page = officer.get(PAGE).text
    slot = first_slot(page)
    page = officer.post(PAGE, data={"csrf": csrf(page), "slot": slot, "do": "aired"}).text
    for do, shown in (("not_aired", "✕ không phát"), ("aired", "✓ đã phát")) * 2:
        told = {"csrf": csrf(page), "slot": slot, "do": do, "reason": "Bấm nhầm", **corrects(page, slot)}
        page = officer.post(PAGE, data=told).text
        assert shown in words(part_of(page, slot))
    assert page.count("báo trên trang") == 5


def test_a_tap_corrects_what_a_table_and_the_paper_book_said_of_the_slots_segments(officer: Client) -> None:
    proof = "/api/v1/proof/2026-12/stations/h654"
    past = [
        each for each in officer.get(proof).json()["slots"] if datetime.fromisoformat(each["starts_at"]) < MID_MONTH
    ]
    of_table, of_paper = past[-1], past[-2]
    log = "Khung phát,Mã bài,Đã phát\n" + "".join(
        f"{of_table['key']},{each['segment']},x\n" for each in of_table["items"]
    )
    sent = officer.post("/api/v1/stations/h654/logs?kind=csv", content=log.encode()).json()
    assert (sent["new"], sent["refused"]) == (len(of_table["items"]), 0)
    page = officer.get(PAGE).text
    for item in of_paper["items"]:
        at = f"{datetime.fromisoformat(item['starts_at']):%d/%m/%Y %H:%M}"
        line = {"do": "aired", "starts_at": at, "segment": item["segment"], "title": item["title"]}
        page = officer.post(PAGE, data={"csrf": csrf(page), **line}).text
    for slot in (of_table, of_paper):
        key = slot["key"]
        assert "✓ đã phát" in words(part_of(page, key))
        told = {"csrf": csrf(page), "slot": key, "do": "not_aired", "reason": "Mất điện", **corrects(page, key)}
        page = officer.post(PAGE, data=told).text
        assert "✕ không phát" in words(part_of(page, key))
        assert "✓ đã phát" not in words(part_of(page, key))
        [shown] = [each for each in officer.get(proof).json()["slots"] if each["key"] == key]
        assert (shown["outcome"], shown["reported_ms"], shown["doubts"]) == ("missed", 0, [])
        entries = len(officer.get(proof).json()["entries"])
        page = officer.post(PAGE, data=told).text
        assert len(officer.get(proof).json()["entries"]) == entries


def test_a_line_of_another_month_is_kept_there_and_the_page_says_so(officer: Client) -> None:
    page = officer.get(PAGE).text
    line = {"csrf": csrf(page), "do": "aired", "starts_at": "30/11/2026 23:59", "title": "Tin"}
    after = officer.post(PAGE, data=line)
    assert after.status_code == 200
    assert "Đã ghi vào nhật ký tháng 11/2026" in words(after.text)
    assert "Chưa ai báo gì về tháng này." in words(after.text)


def test_a_log_is_tried_before_it_is_taken(officer: Client) -> None:
    page = officer.get(PAGE).text
    log = "Ngày,Giờ bắt đầu,Tên bài,Đã phát\n15/12/2026,05:00,Tin,x\n31/2/2026,05:00,Tin,x\n".encode()
    sent = {"csrf": csrf(page), "kind": "csv"}
    tried = officer.post(f"{PAGE}/nhat-ky", data={**sent, "do": "try"}, files={"file": ("t12.csv", log)}).text
    assert "1 dòng mới, 0 dòng đã có, 1 dòng không nhận." in words(tried)
    assert "không phải ngày" in words(tried)
    assert "Chưa ai báo gì về tháng này." in words(tried)
    taken = officer.post(f"{PAGE}/nhat-ky", data={**sent, "do": "send"}, files={"file": ("t12.csv", log)}).text
    assert "Đã nhận t12.csv" in words(taken)
    assert "tệp CSV" in words(taken)


def test_a_line_of_the_paper_logbook_is_typed_later(officer: Client) -> None:
    page = officer.get(PAGE).text
    line = {
        "csrf": csrf(page),
        "do": "aired",
        "starts_at": "05/12/2026 05:00",
        "title": "Tin địa phương",
        "duration": "3:12",
    }
    after = words(officer.post(PAGE, data=line).text)
    assert "sổ giấy nhập lại" in after
    assert "05:00 Thứ Bảy 05/12/2026 · 3:12" in after
    wrong = officer.post(PAGE, data={**line, "starts_at": "hôm qua"})
    assert wrong.status_code == 400
    assert 'value="hôm qua"' in wrong.text


def test_a_form_of_another_site_says_nothing(officer: Client) -> None:
    slot = first_slot(officer.get(PAGE).text)
    del officer.headers["x-csrf-token"]
    assert officer.post(PAGE, data={"slot": slot, "do": "aired"}).status_code == 403
    assert officer.post(f"{PAGE}/nhat-ky", data={"kind": "csv"}, files={"file": ("x", b"x")}).status_code == 403


def test_the_monitor_sees_every_station_with_what_counts(december: World, officer: Client) -> None:
    page = officer.get(PAGE).text
    officer.post(PAGE, data={"csrf": csrf(page), "slot": first_slot(page), "do": "aired"})
    with client_of(december.context) as monitor:
        month = words(monitor.get("/thang/2026-12/phat-song").text)
        assert re.search(r"[01] trên 1 đài huyện đạt 20 giây; \d/2 đài xã có phát\.", month)
        assert "Krông Pắc" in month
        assert "/thang/2026-12/dai/h654#da-bao" in monitor.get("/thang/2026-12/phat-song?tier=district").text
        assert "/dai/h654/2026-12/phat-song" in monitor.get("/thang/2026-12/dai/h654").text


def test_the_key_that_ends_typing_a_reason_never_says_aired(officer: Client) -> None:
    """Browsers send the first button of the form in which somebody typed."""
    forms = re.findall(r"<form\b.*?</form>", officer.get(PAGE).text, flags=re.DOTALL)
    typed = [form for form in forms if 'name="reason"' in form]
    assert typed
    assert {re.findall(r'name="do" value="([^"]+)"', form)[0] for form in typed} == {"not_aired"}
