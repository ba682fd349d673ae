"""A producer's and a lead's work in a real browser: many files described together, the queue and cue points by keyboard."""

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, expect

from server.app import create_app
from server.services import segments, vetting
from server.services.new_segments import NewSegment
from server.services.rights import Role
from tests.server.homes import copy_home
from tests.server.people import acting, add_person
from tests.server.serving import Announcing
from tests.server.sounds import wav
from tests.server.vetted import add_draft, lead_topics
from tests.server.web.conftest import cookie
from tests.server.web.looking import DESK, PHONE, axe
from tests.server.worlds import BEFORE, World, open_world

# A recording is on its way for seconds, for minutes where a machine does much else.
LONG_MS = 200_000


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """A running server over a world that its test may change."""

    world: World
    address: str


@pytest.fixture
def workshop(sounding_home: World, tmp_path: Path) -> Iterator[Workshop]:
    world = open_world(
        copy_home(sounding_home.context.home, tmp_path / "home"), now=BEFORE, keys=dict(sounding_home.keys)
    )
    lead_topics(world)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(world.context)
        server = Announcing(uvicorn.Config(app, log_level="warning", access_log=False, ws="none"), app)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            sleep(0.02)
        yield Workshop(world=world, address=f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True
        thread.join()
    world.context.close()


def visit(browser: Browser, workshop: Workshop, login: str, role: Role, *, sounds: bool = False) -> Page:
    person = add_person(workshop.world.context, login, [role], organisation="snv")
    room = browser.new_context(base_url=workshop.address, viewport=DESK, locale="vi-VN")
    room.set_default_timeout(60_000)
    room.add_cookies([cookie(person, workshop.address)])
    page = room.new_page()
    if not sounds:
        page.add_init_script(
            "HTMLMediaElement.prototype.play = function () { window.heard = this.src; return Promise.resolve(); }"
        )
    return page


def row(page: Page, name: str) -> Locator:
    return page.locator("li.file").filter(has_text=name)


def test_many_files_are_described_together_and_nothing_typed_is_lost(
    browser: Browser, workshop: Workshop, tmp_path: Path
) -> None:
    named = ("mot-cua-ea-yong_v2.wav", "nop_ho_so final.wav", "zzz.wav")
    files = [wav(tmp_path / name, seconds=21, seed=70 + seed) for seed, name in enumerate(named)]
    empty = tmp_path / "rong.wav"
    empty.touch()
    page = visit(browser, workshop, "san-xuat", Role.PRODUCER)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/tai-len")
    expect(page.locator("fieldset")).to_be_hidden()
    choose = page.get_by_label("Chọn tệp âm thanh")
    choose.set_input_files([*files, empty])
    expect(row(page, "mot-cua").get_by_label("Tên bài")).to_have_value("Mot cua ea yong")
    expect(row(page, "mot-cua").get_by_label("Nội dung")).to_have_value("mot-cua")
    expect(row(page, "mot-cua")).to_contain_text("nội dung gợi ý theo tên bài")
    expect(row(page, "rong.wav")).to_contain_text("Tệp rỗng")
    choose.set_input_files([files[0]])
    expect(page.locator("#da-noi")).to_contain_text("không thêm lần nữa: mot-cua-ea-yong_v2.wav")

    # One value for those that are ticked, and only for them.
    row(page, "mot-cua").get_by_role("checkbox").uncheck()
    expect(page.locator("#dat-chung")).to_have_text("Đặt chung cho 2 tệp đang chọn")
    page.locator("fieldset").get_by_label("Nội dung").select_option("the-che")
    page.locator("fieldset").get_by_label("đến hết ngày").fill("2027-06-30")
    row(page, "zzz").get_by_label("Tên bài").fill("Tên gõ tay 🎙️")
    assert axe(page) == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.reload()
    expect(row(page, "zzz")).to_contain_text("Chọn lại đúng tệp này: những gì đã ghi vẫn còn.")
    choose.set_input_files(files)
    expect(row(page, "zzz").get_by_label("Tên bài")).to_have_value("Tên gõ tay 🎙️")
    row(page, "zzz").get_by_label("đến hết ngày").fill("2020-01-01")
    page.get_by_role("button", name="Tải lên 3 tệp").click()
    expect(row(page, "zzz").locator("[data-state]")).to_contain_text("2020-01-01", timeout=LONG_MS)
    for file in files[:2]:
        expect(row(page, file.name).locator(".status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)

    # The session ends before the last one is sent; signing in again is enough.
    row(page, "zzz").get_by_label("đến hết ngày").fill("2027-06-30")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("button", name="Tải lên", exact=True).click()
    expect(row(page, "zzz").locator("[data-state]")).to_contain_text("Phiên làm việc đã hết", timeout=LONG_MS)
    page.context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave
    row(page, "zzz").get_by_role("button", name="Gửi tiếp").click()
    expect(row(page, "zzz").locator(".status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)
    sent = page.locator("#bai-cua-toi")
    expect(sent).to_contain_text("Tên gõ tay 🎙️")
    expect(sent).to_contain_text("Mot cua ea yong")
    made = {each.title: each for each in segments.list_segments(workshop.world.context, state="submitted").items}
    assert {title: (each.topic, str(each.valid_to)) for title, each in made.items()} == {
        "Mot cua ea yong": ("mot-cua", "None"),
        "Nop ho so": ("the-che", "2027-06-30"),
        "Tên gõ tay 🎙️": ("the-che", "2027-06-30"),
    }
    page.reload()
    expect(page.locator("li.file")).to_have_count(0)
    assert complaints == []


def test_the_queue_is_worked_by_keyboard_and_the_page_stays_where_it_is(browser: Browser, workshop: Workshop) -> None:
    world = workshop.world
    maker = acting(world.context, add_person(world.context, "nguoi-gui", [Role.PRODUCER], organisation="snv"))
    other = acting(world.context, add_person(world.context, "chu-tri-hai", [Role.LEAD], organisation="snv"))
    for code in ("b0100", "b0101", "b0102", "b0103"):
        add_draft(world, code, tone=True)
        vetting.submit(maker, code)
    page = visit(browser, workshop, "chu-tri", Role.LEAD)
    page.goto("/cho-duyet")
    page.evaluate("window.same = true")
    page.locator("#b0103").get_by_label("Viết thêm").fill("đang viết dở")
    page.locator("#b0100").focus()
    page.keyboard.press(" ")
    assert "/api/v1/audio/" in page.evaluate("window.heard")
    page.keyboard.press("2")
    page.keyboard.type("phút đầu")
    page.keyboard.press("Enter")
    expect(page.locator("#b0100")).to_have_count(0)
    expect(page.locator("#b0101")).to_be_focused()
    expect(page.locator("#loan-bao")).to_have_text("✓ Đã trả lại cho người gửi.")
    expect(page.get_by_role("link", name="Chờ duyệt (3)")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#b0101")).to_have_count(0)
    expect(page.locator("#b0102")).to_be_focused()

    # Somebody else is first: it is said in its place, and the next one is a key away.
    vetting.approve(other, "b0102", 1)
    page.keyboard.press("a")
    expect(page.locator("#b0102 [role=alert]")).to_contain_text("chu-tri-hai")
    expect(page.locator("#b0102").get_by_role("link", name="Mở bài b0102")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#b0103")).to_be_focused()
    expect(page.locator("#b0103").get_by_label("Viết thêm")).to_have_value("đang viết dở")

    # The session ends while somebody types: nothing is lost.
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.locator("#b0103 [role=alert]")).to_contain_text("Phiên làm việc đã hết", timeout=LONG_MS)
    expect(page.locator("#b0103").get_by_label("Viết thêm")).to_have_value("đang viết dở")
    page.context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave
    page.keyboard.press("Enter")
    expect(page.locator("#b0103")).to_have_count(0)
    expect(page.locator("#dau-hang")).to_contain_text("Không có bài nào chờ duyệt")
    assert page.evaluate("window.same")
    [returned] = segments.get_segment(world.context, "b0100").versions
    assert returned.vetting[-1].reason == "Sai tên riêng, tên xã: phút đầu"


def test_cue_points_are_moved_by_keyboard_heard_at_once_and_saved(
    browser: Browser, workshop: Workshop, tmp_path: Path
) -> None:
    world = workshop.world
    maker = acting(world.context, add_person(world.context, "san-xuat", [Role.PRODUCER], organisation="snv"))
    new = NewSegment(title="Một cửa", topic="mot-cua", language="vi")
    code = segments.add_segment(maker, wav(tmp_path / "a.wav", seconds=30, seed=80), file_name="a.wav", new=new).code
    page = visit(browser, workshop, "san-xuat", Role.PRODUCER, sounds=True)
    page.goto(f"/bai/{code}")
    begin, end = page.get_by_role("slider", name="Điểm vào"), page.get_by_role("slider", name="Điểm ra")
    begin.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "PageUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_label("Điểm vào (giây)")).to_have_value("1.11")
    expect(begin).to_have_attribute("aria-valuetext", "1,11 giây")
    expect(page.locator(".playhead")).to_be_visible(timeout=LONG_MS)
    page.get_by_label("Điểm ra (giây)").fill("28.5")
    expect(end).to_have_attribute("aria-valuenow", "28500")
    expect(page.locator("[data-told]")).to_have_text("phần phát dài 27,39 giây")
    end.press("Home")
    expect(page.get_by_label("Điểm ra (giây)")).to_have_value("1.21")
    page.get_by_role("button", name="Đặt lại").click()
    expect(begin).to_have_attribute("aria-valuenow", "0")
    box = page.locator(".wave svg").bounding_box()
    assert box is not None
    begin.hover(position={"x": 12, "y": 20})
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 10, box["y"] + 20)
    page.mouse.up()
    expect(page.get_by_label("Điểm vào (giây)")).to_have_value(re.compile(r"^(2\.9\d|3\.0\d)$"))

    # The same moment of the original and of what is aired.
    original, aired = page.locator("audio[data-sound=original]"), page.locator("audio[data-sound=air]")
    page.get_by_role("button", name="Nghe bản gốc").click()
    expect(original).to_have_js_property("muted", value=False)
    expect(aired).to_have_js_property("muted", value=True)
    page.wait_for_function("() => document.querySelector('audio[data-sound=original]').currentTime > 0.3")
    page.get_by_role("button", name="Nghe bản phát sóng").click()
    expect(aired).to_have_js_property("muted", value=False)
    assert aired.evaluate("each => each.currentTime") > 0.25
    page.get_by_role("button", name="Nghe bản phát sóng").click()
    expect(aired).to_have_js_property("paused", value=True)

    page.get_by_label("Điểm vào (giây)").fill("2.5")
    page.get_by_role("button", name="Lưu thành bản ghi mới").click()
    expect(page.get_by_role("row").filter(has_text="có bản ghi mới hơn thay")).to_be_visible(timeout=LONG_MS)
    newest = segments.get_segment(world.context, code).versions[0]
    assert newest.audio is not None
    assert (newest.number, newest.audio.cue_in_ms, newest.audio.cue_out_ms) == (2, 2500, 30_000)
