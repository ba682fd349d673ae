"""A station's player in a real browser: it is paired, loses its line, plays on time, and says later what it played."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from schedules.as_run import Grade
from server.db.airing import Delivery
from server.db.delivering import EmergencyAnswer, RecallAnswer, StationCheckIn
from server.services import browser_players, vetting
from server.services.browser_players import paired, unpair
from server.services.replanning_segments import withdraw
from tests.server.homes import copy_home
from tests.server.people import Person, acting, add_person
from tests.server.serving import served
from tests.server.vetted import add_draft, approve, lead_topics
from tests.server.web.near_slots import (
    FIRST,
    PAGE,
    SECOND,
    SEGMENTS,
    STATION,
    build_near_slots,
    open_player,
    run_clock,
    said,
)
from tests.server.worlds import BEFORE, World, open_world

TITLES = [f"Hỏi đáp số {int(segment[1:])}: một cửa điện tử" for segment in SEGMENTS]


@pytest.fixture(scope="module")
def near_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_near_slots(tmp_path_factory.mktemp("near") / "home")
    world.context.close()
    return world


@pytest.fixture
def station(near_home: World, tmp_path: Path) -> Iterator[World]:
    world = open_world(copy_home(near_home.context.home, tmp_path / "home"), now=BEFORE, keys=dict(near_home.keys))
    run_clock(world, FIRST - timedelta(seconds=30))
    yield world
    world.context.close()


@pytest.fixture
def officer(station: World) -> Person:
    return add_person(station.context, "can-bo", ["operator"], unit_id=station.keys["654"])


@pytest.fixture
def site(station: World) -> Iterator[str]:
    with served(station.context) as address:
        yield address


def pair(page: Page) -> None:
    page.goto(PAGE)
    page.get_by_role("button", name="Ghép máy này với đài").click()
    expect(page.get_by_text("Máy này đã ghép với đài")).to_be_visible()
    expect(page.get_by_text("Đã có 5 trên 5 tệp")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Trang này mở lại được khi mất mạng.")).to_be_visible()


def pair_from_afar(station: World, officer: Person) -> None:
    browser_players.pair(acting(station.context, officer), STATION, "phòng máy")


def go_on_duty(page: Page) -> None:
    page.get_by_role("button", name="Bắt đầu trực").click()
    expect(page.get_by_text("Đang trực: đến giờ máy này tự phát.")).to_be_visible()


def wait_for_sound(page: Page, title: str) -> None:
    """Until that is what sounds, and the element's time really moves."""
    expect(page.locator("[data-now-title]")).to_have_text(title, timeout=200_000)
    page.locator("[data-sound]").evaluate(
        "sound => new Promise(done => sound.addEventListener('timeupdate', () => sound.currentTime > 0 && done()))"
    )


def wait_until_sent(page: Page, title: str) -> None:
    line = page.locator("[data-log] > li").filter(has_text=title)
    expect(line.get_by_text("đã gửi")).to_be_visible(timeout=90_000)


def test_a_paired_player_without_a_line_plays_two_slots_on_time_and_its_log_arrives_once(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    page = open_player(browser, site, station, officer)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    pair(page)
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đài Truyền thanh - Truyền hình huyện Krông Pắc")
    go_on_duty(page)
    for title in TITLES:
        wait_for_sound(page, title)
    expect(page.locator("[data-log] > li").filter(has_text="đã phát")).to_have_count(2, timeout=20_000)
    assert said(station) == []
    page.context.set_offline(False)
    expect(page.get_by_text("Mọi dòng đã gửi.")).to_be_visible(timeout=30_000)
    entries = said(station)
    assert [(each.segment, each.aired, each.grade) for each in entries] == [
        (segment, True, Grade.LOGGED) for segment in SEGMENTS
    ]
    for entry, start in zip(entries, (FIRST, SECOND), strict=True):
        assert entry.starts_at is not None
        assert abs(entry.starts_at - start - timedelta(seconds=1)) < timedelta(seconds=5)  # after the opening
    page.reload()
    expect(page.get_by_text("Mọi dòng đã gửi.")).to_be_visible()
    assert len(said(station)) == len(SEGMENTS)
    assert complaints == []
    page.context.close()


def test_an_emergency_is_played_at_once_and_answered(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    lead_topics(station)
    add_draft(station, "b0950", priority="urgent", tone=True)
    vetting.submit(station.context, "b0950")
    page = open_player(browser, site, station, officer)
    pair(page)
    go_on_duty(page)
    approve(station.context, "b0950")
    wait_for_sound(page, "Bài b0950")
    expect(page.get_by_text("ĐANG PHÁT KHẨN CẤP")).to_be_visible()
    wait_until_sent(page, "Bài b0950")
    with station.context.database.read() as session:
        answer = session.exec(select(EmergencyAnswer)).one()
        assert answer.played_at is not None
    [urgent] = [entry for entry in said(station) if entry.segment == "b0950"]
    assert (urgent.slot, urgent.aired, urgent.grade) == (None, True, Grade.LOGGED)
    page.context.close()


def test_what_is_recalled_leaves_the_browser_and_is_never_played(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    page = open_player(browser, site, station, officer)
    pair(page)
    go_on_duty(page)
    withdraw(station.context, SEGMENTS[0], reason="Số liệu sai")
    expect(page.get_by_text(f"Đã thu hồi «{TITLES[0]}»")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Đã có 4 trên 4 tệp")).to_be_visible()
    expect(page.locator("[data-next-clock]")).to_have_text("17:06")
    assert (
        page.evaluate(f"caches.open('loa-player-sounds {STATION}').then(all => all.keys()).then(all => all.length)")
        == 4
    )
    wait_for_sound(page, TITLES[1])
    assert TITLES[0] not in page.locator("[data-log]").inner_text()
    with station.context.database.read() as session:
        assert session.exec(select(RecallAnswer.outcome)).all() == ["removed"]
        checked_in = session.exec(select(StationCheckIn)).one()
        assert (checked_in.program, checked_in.lacking) == ("loa-browser/1", 0)
    page.context.close()


def test_a_browser_that_stood_still_says_what_it_missed_and_why(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    page = open_player(browser, site, station, officer)
    pair(page)
    go_on_duty(page)
    page.clock.fast_forward(50_000)
    expect(page.locator("[data-alarms]")).to_contain_text("trình duyệt đứng yên")
    expect(page.locator("[data-alarms]")).to_contain_text("1 bài không phát")
    wait_until_sent(page, TITLES[0])
    assert [(each.segment, each.aired, each.reason) for each in said(station)] == [
        (SEGMENTS[0], False, "Máy tính ngủ hoặc trình duyệt đứng yên")
    ]
    page.context.close()


def test_without_pairing_what_was_played_is_the_word_of_whoever_is_signed_in(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    page = open_player(browser, site, station, officer)
    page.goto(PAGE)
    expect(page.get_by_text("Máy này chưa ghép")).to_contain_text("lời người báo")
    go_on_duty(page)
    wait_for_sound(page, TITLES[0])
    wait_until_sent(page, TITLES[0])
    assert [(each.segment, each.grade) for each in said(station)] == [(SEGMENTS[0], Grade.REPORTED)]
    page.context.close()


def test_who_only_looks_at_the_page_answers_for_nothing_that_the_station_has(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    page = open_player(browser, site, station, officer)
    page.goto(PAGE)
    expect(page.get_by_text("Đã có 5 trên 5 tệp")).to_be_visible(timeout=20_000)
    with station.context.database.read() as session:
        assert session.exec(select(StationCheckIn)).all() == []
        assert session.exec(select(Delivery)).all() == []
    with page.expect_response("**/check-in"):
        go_on_duty(page)
    with station.context.database.read() as session:
        assert len(session.exec(select(StationCheckIn)).all()) == 1
    page.context.close()


SOUNDS_KEPT = "async () => (await caches.keys()).filter(name => name.startsWith('loa-player-sounds')).length"


@pytest.mark.parametrize("paired_first", [True, False])
def test_who_signs_out_leaves_nothing_to_hear_in_a_browser_that_is_not_paired(
    browser: Browser, site: str, station: World, officer: Person, *, paired_first: bool
) -> None:
    page = open_player(browser, site, station, officer)
    page.goto(PAGE)
    if paired_first:
        pair(page)
    expect(page.get_by_text("Đã có 5 trên 5 tệp")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Trang này mở lại được khi mất mạng.")).to_be_visible()
    page.goto(f"/dai/{STATION}/hom-nay")
    page.locator("form[action='/dang-xuat']").evaluate("form => form.requestSubmit()")
    page.wait_for_url("**/dang-nhap*")
    assert page.evaluate(SOUNDS_KEPT) == int(paired_first)
    page.goto(PAGE)
    shown = page.get_by_text("Đã có 5 trên 5 tệp")
    if paired_first:
        expect(shown).to_be_visible()
    else:
        expect(page.get_by_text("Phiên đăng nhập đã hết")).to_be_visible()
        expect(shown).to_be_hidden()
        expect(page.get_by_text(TITLES[0])).to_have_count(0)
    page.context.close()


def test_one_tab_at_a_time_plays_and_a_revoked_token_is_told(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    page = open_player(browser, site, station, officer)
    pair(page)
    other = page.context.new_page()
    other.goto(PAGE)
    expect(other.get_by_text("đang mở ở một thẻ khác")).to_be_visible()
    expect(other.get_by_role("button", name="Bắt đầu trực")).to_be_hidden()
    page.close()
    expect(other.get_by_role("button", name="Bắt đầu trực")).to_be_visible()
    expect(other.get_by_role("rowheader", name="Máy phát trong trình duyệt")).to_be_visible()
    [player] = paired(station.context, STATION)
    unpair(station.context, STATION, player.id)
    expect(other.get_by_text("Máy chủ không nhận mã của máy này")).to_be_visible(timeout=20_000)
    expect(other.get_by_text("Đã có 5 trên 5 tệp")).to_be_visible()
    other.context.close()


def test_without_script_the_page_tells_the_slots_and_who_plays_and_takes_back(
    browser: Browser, site: str, station: World, officer: Person
) -> None:
    pair_from_afar(station, officer)
    page = open_player(browser, site, station, officer, scripts=False)
    page.goto(PAGE)
    expect(page.get_by_text("đang tắt JavaScript")).to_be_visible()
    expect(page.locator("[data-ahead] > li").first).to_contain_text("17:05 20/12/2026")
    expect(page.get_by_role("button", name="Bắt đầu trực")).to_be_hidden()
    page.get_by_role("button", name="Thu hồi phòng máy").click()
    expect(page.get_by_role("rowheader", name="phòng máy")).to_have_count(0)
    assert paired(station.context, STATION) == []
    page.context.close()
