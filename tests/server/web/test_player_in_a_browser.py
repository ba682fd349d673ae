"""A station's player in a real browser: it is paired, loses its line, plays on time, and says later what it played."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from schedules.as_run import Grade
from tests.server.homes import copy_home
from tests.server.people import Person, add_person
from tests.server.serving import served
from tests.server.web.near_slots import FIRST, PAGE, SECOND, SEGMENTS, build_near_slots, open_player, run_clock, said
from tests.server.worlds import BEFORE, World, open_world


@pytest.fixture(scope="module")
def near_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_near_slots(tmp_path_factory.mktemp("near") / "home")
    world.context.close()
    return world


@pytest.fixture
def station(near_home: World, tmp_path: Path) -> Iterator[World]:
    world = open_world(copy_home(near_home.context.home, tmp_path / "home"), now=BEFORE, keys=dict(near_home.keys))
    run_clock(world, FIRST - timedelta(seconds=40))
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


def wait_for_sound(page: Page, title: str) -> None:
    """Until that is what sounds, and the element's time really moves."""
    expect(page.locator("[data-now-title]")).to_have_text(title, timeout=90_000)
    page.locator("[data-sound]").evaluate(
        "sound => new Promise(done => sound.addEventListener('timeupdate', () => sound.currentTime > 0 && done()))"
    )


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
    page.get_by_role("button", name="Bắt đầu trực").click()
    expect(page.get_by_text("Đang trực: đến giờ máy này tự phát.")).to_be_visible()
    for segment in SEGMENTS:
        wait_for_sound(page, f"Hỏi đáp số {int(segment[1:])}: một cửa điện tử")
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
