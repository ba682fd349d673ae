"""Finding one's way: search without diacritics, the palette, what is told where nothing is found."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from schedules.months import Month
from server.services.finding import find, month_in
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home, open_home
from tests.server.people import add_person
from tests.server.web.conftest import Site
from tests.server.web.looking import DESK, axe
from tests.server.web.reading import words


@pytest.fixture(scope="module")
def people(province_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Client]]:
    """A monitor of the whole sample, an officer of one of its communes, a producer of another organisation, by role."""
    context = open_home(copy_home(province_home, tmp_path_factory.mktemp("finding") / "home"))
    unit = find(context, "ea yong").units.items[0].id
    clients = {
        Role.MONITOR: client_of(context, who=add_person(context, "giam-sat-1", [Role.MONITOR])),
        Role.OPERATOR: client_of(context, who=add_person(context, "can-bo-1", [Role.OPERATOR], unit_id=unit)),
        Role.PRODUCER: client_of(context, who=add_person(context, "phong-vien", [Role.PRODUCER], organisation="bao")),
    }
    for client in clients.values():
        client.__enter__()
    yield clients
    for client in clients.values():
        client.__exit__()
    context.close()


def lines(client: Client, query: str) -> dict[str, list[tuple[str, str]]]:
    """Name and address of what the palette shows, by group."""
    found = client.get("/tim.json", params={"q": query}).json()["groups"]
    return {group["name"]: [(line["name"], line["address"]) for line in group["lines"]] for group in found}


def test_words_in_any_order_and_without_marks_find_what_they_name(people: dict[str, Client]) -> None:
    monitor = people[Role.MONITOR]
    found = lines(monitor, "pac krong")
    assert found["Đài"] == [("Đài Truyền thanh - Truyền hình huyện Krông Pắc", "/dai/h654/2026-11")]
    assert ("Huyện Krông Pắc", "/thang/2026-11?district=654") in found["Đơn vị hành chính"]
    assert lines(monitor, "PẮC  krông") == found
    assert monitor.get("/thang/2026-11?district=654").status_code == 200
    assert lines(monitor, "bang dong")["Từ ngữ"] == [("hạn đóng băng", "/tro-giup#han-dong-bang")]


def test_a_month_in_the_words_is_where_all_else_leads(people: dict[str, Client]) -> None:
    monitor = people[Role.MONITOR]
    assert lines(monitor, "12/2026")["Tháng"] == [("Tháng 12/2026", "/thang/2026-12")]
    assert lines(monitor, "krong pac thang sau")["Đài"][0][1] == "/dai/h654/2026-12"
    assert ("Báo cáo tháng 10/2026", "/bao-cao/2026-10") in lines(monitor, "bao cao thang truoc")["Trang và việc"]


@pytest.mark.parametrize(
    ("query", "month", "rest"),
    [
        ("krông pắc", None, "krong pac"),
        ("Tháng 12/2026 krông", Month(2026, 12), "krong"),
        ("2026-3", None, "2026-3"),
        ("2026-03", Month(2026, 3), ""),
        ("tháng 2", Month(2027, 2), ""),
        ("THÁNG  NÀY", Month(2026, 11), ""),
        ("t1.2027", Month(2027, 1), ""),
        ("13/2026", None, "13/2026"),
    ],
)
def test_months_are_understood_as_people_write_them(query: str, month: Month | None, rest: str) -> None:
    assert month_in(query, Month(2026, 11)) == (month, rest)


def test_nobody_finds_what_he_may_not_read(people: dict[str, Client]) -> None:
    assert lines(people[Role.OPERATOR], "ea")["Đài"] == [("Đài truyền thanh xã Ea Yông", "/dai/x24508/2026-11")]
    assert "Bài phát thanh" not in lines(people[Role.OPERATOR], "mot cua")
    assert not {"Đài", "Đơn vị hành chính", "Bài phát thanh"} & set(lines(people[Role.PRODUCER], "krong pac"))
    places = [address for _, address in lines(people[Role.PRODUCER], "")["Trang và việc"]]
    assert "/tai-len" in places
    assert not {"/thang", "/nhat-ky", "/cho-duyet"} & set(places)


def test_the_page_says_what_to_try_where_nothing_is_found_and_leads_to_the_rest_where_much_is(
    people: dict[str, Client],
) -> None:
    monitor = people[Role.MONITOR]
    assert "Không thấy «zz <b>qq</b>». Thử ít chữ hơn" in words(monitor.get("/tim?q=zz <b>qq</b>").text)
    many = monitor.get("/tim?q=dai truyen thanh").text
    assert 'href="/thang/2026-11?q=dai+truyen+thanh"' in many
    assert "Xem cả 199" in words(many)
    names = [name for name, _ in lines(monitor, "buon")["Đơn vị hành chính"]]
    assert names.index("Huyện Buôn Đôn") < names.index("Thị xã Buôn Hồ")
    assert monitor.get("/tim?q=" + "+".join("abcdefghijklmnopqrstuvwxyz")).status_code == 400


def test_the_search_without_script_is_a_page(scriptless: Page) -> None:
    scriptless.goto("/thang/2026-12")
    scriptless.get_by_role("button", name="Tìm", exact=True).click()
    scriptless.get_by_role("searchbox").fill("ea yong")
    scriptless.keyboard.press("Enter")
    scriptless.get_by_role("link", name="Đài truyền thanh xã Ea Yông").click()
    expect(scriptless.get_by_role("heading", level=1)).to_contain_text("Ea Yông")


def test_the_palette_goes_anywhere_by_keyboard_alone(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address, viewport=DESK, locale="vi-VN")
    context.add_cookies(site.cookies)
    page = context.new_page()
    page.goto("/thang/2026-12")
    page.keyboard.press("/")
    field, options = page.get_by_role("combobox", name="Đài, huyện"), page.get_by_role("dialog").get_by_role("option")
    expect(field).to_be_focused()
    expect(options.filter(has_text="Bài của tôi")).to_be_visible()
    assert axe(page) == []
    field.fill("ea yong")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_contain_text("Xã Ea Yông")
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dai/x24490/2026-11$"))
    page.keyboard.press("Control+k")
    expect(page.get_by_role("group", name="Vừa xem").get_by_role("option")).to_have_text(["Tháng 12/2026"])
    field.fill("zzz")
    expect(page.get_by_role("status")).to_contain_text("Không thấy «zzz»")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.keyboard.press("Control+k")
    field.fill("dang xuat")
    expect(options).to_have_text(["Đăng xuất"])
    context.close()
