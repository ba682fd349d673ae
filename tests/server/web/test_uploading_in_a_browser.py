"""Uploads by people: a real browser, tus-js-client, and a server of its own process that is killed and started again."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Response, expect

from server.api.cookies import SESSION_COOKIE
from tests.ports import own_port
from tests.server.databases import settings_of
from tests.server.homes import copy_home
from tests.server.people import key_of_home, signed_in_at_home
from tests.server.sounds import wav
from tests.server.web.conftest import DESK, PHONE
from tests.server.web.held_line import Line
from tests.server.worlds import World

# A recording is on its way for seconds, for minutes where a machine does much else.
LONG_MS = 200_000
# Until a single question is answered, there too.
LONGEST_S = 60
_TUS = {"Tus-Resumable": "1.0.0"}


class Served:
    """`loa serve` over a home, always on the same port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = own_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (home / "serve.log").open("ab")
        self.key = key_of_home(home)
        self.person = signed_in_at_home(home)

    def start(self) -> None:
        environment = {**os.environ, **settings_of(self.home), "LOA_PORT": str(self.port)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"], env=environment, stdout=self._log, stderr=self._log
        )
        end = monotonic() + 120
        while not self._answers():
            assert self._process.poll() is None, (self.home / "serve.log").read_text()
            assert monotonic() < end
            sleep(0.1)

    def kill(self) -> None:
        """As a power cut does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        self._log.close()

    def segment(self, title: str) -> dict[str, Any]:
        """The only one of that title."""
        [found] = [each for each in self._get("/api/v1/segments?limit=500")["items"] if each["title"] == title]
        return dict(self._get(f"/api/v1/segments/{found['code']}"))

    def _get(self, address: str) -> dict[str, Any]:
        answer = httpx.get(self.url + address, headers=self.key, timeout=LONGEST_S)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _answers(self) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/health")
            return line.getresponse().status == 200
        except OSError:
            return False
        finally:
            line.close()


@pytest.fixture(scope="module")
def served(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(copy_home(sounding_home.context.home, tmp_path_factory.mktemp("served") / "home"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mortal(sounding_home: World, tmp_path: Path) -> Iterator[Served]:
    """A server of the test's own, to be killed."""
    server = Served(copy_home(sounding_home.context.home, tmp_path / "home"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def line(served: Served) -> Iterator[Line]:
    between = Line(served.port, served.person)
    yield between
    between.close()


@pytest.fixture
def line_to_mortal(mortal: Served) -> Iterator[Line]:
    between = Line(mortal.port, mortal.person)
    yield between
    between.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    opened: list[BrowserContext] = []

    def open_page(server: Served | Line, **how: Any) -> Page:
        context = browser.new_context(**{"base_url": server.url, "viewport": DESK, "locale": "vi-VN", **how})
        context.set_default_timeout(60_000)
        opened.append(context)
        context.add_cookies([{"name": SESSION_COOKIE, "value": server.person.secret, "url": server.url}])
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


def offsets_of(page: Page) -> list[int]:
    """Where each PATCH from here on begins."""
    found: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            found.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return found


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Chọn tệp âm thanh").set_input_files(list(files))


def once(page: Page, label: str) -> Locator:
    """The field that is said once for all files."""
    return page.locator("fieldset").get_by_label(label)


def row(page: Page, file: Path) -> Locator:
    return page.locator("li.file").filter(has_text=file.name)


def announced_by(page: Page) -> list[str]:
    """The addresses of uploads from here on."""
    found: list[str] = []

    def note(answer: Response) -> None:
        if answer.request.method == "POST" and answer.status == 201:
            found.append(answer.headers["location"])

    page.on("response", note)
    return found


def wait_for_a_quarter(line: Line, uploads: list[str]) -> None:
    """Until so much of each has come to the server for good, whatever the browser has sent."""
    end = monotonic() + LONG_MS / 1000
    assert uploads
    for upload in uploads:
        while True:
            asked = httpx.get(line.url + upload, headers={**_TUS, "Cookie": line.person.cookie}, timeout=LONGEST_S)
            if asked.json()["offset"] >= asked.json()["size"] / 4:
                break
            assert monotonic() < end
            sleep(0.05)


def begin(page: Page, line: Line, file: Path, *, title: str) -> Locator:
    """The row of a file of which a third is there, and no more comes before the line lets go."""
    page.goto("/tai-len")
    line.hold_after(file.stat().st_size // 3)
    uploads = announced_by(page)
    choose(page, file)
    once(page, "Nội dung").select_option("mot-cua")
    row(page, file).get_by_label("Tên bài").fill(title)
    page.get_by_role("button", name="Tải lên", exact=True).click()
    expect(row(page, file).locator("[data-state]")).to_have_text(re.compile(r"^\d+ %"), timeout=LONG_MS)
    wait_for_a_quarter(line, uploads)
    return row(page, file)


def assert_one_segment(server: Served, file: Path, *, title: str, duration_ms: int) -> None:
    segment = server.segment(title)
    [version] = segment["versions"]
    assert version["file_name"] == file.name
    assert version["audio"]["original_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert version["audio"]["decoded_ms"] == duration_ms


def test_an_upload_goes_on_where_it_was_when_the_server_was_killed(
    visit: Callable[..., Page], mortal: Served, line_to_mortal: Line, tmp_path: Path
) -> None:
    file = wav(tmp_path / "một cửa ở Ea Yông.wav", seconds=60, seed=11)
    page = visit(line_to_mortal)
    begun = begin(page, line_to_mortal, file, title="Máy chủ bị tắt")
    mortal.kill()
    expect(begun.locator("[data-state]")).to_contain_text("mất kết nối với máy chủ", timeout=LONG_MS)
    line_to_mortal.let_go()
    offsets = offsets_of(page)
    mortal.start()
    expect(begun.locator("[data-outcome] .status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)
    assert 0 < offsets[0] < file.stat().st_size
    assert_one_segment(mortal, file, title="Máy chủ bị tắt", duration_ms=60_000)


def test_after_the_page_was_closed_the_same_files_chosen_again_go_on(
    visit: Callable[..., Page], served: Served, line: Line, tmp_path: Path
) -> None:
    files = [wav(tmp_path / f"nop-ho-so-{seed}.wav", seconds=60, seed=seed) for seed in (12, 112)]
    page = visit(line)
    page.goto("/tai-len")
    line.hold_after(files[0].stat().st_size // 3)
    uploads = announced_by(page)
    choose(page, *files)
    once(page, "Nội dung").select_option("mot-cua")
    for number, file in enumerate(files):
        row(page, file).get_by_label("Tên bài").fill(f"Đóng trang giữa chừng {number}")
    page.get_by_role("button", name="Tải lên 2 tệp").click()
    for file in files:
        expect(row(page, file).locator("[data-state]")).to_have_text(re.compile(r"^\d+ %"), timeout=LONG_MS)
    wait_for_a_quarter(line, uploads)
    for file in files:
        row(page, file).get_by_role("button", name="Tạm dừng").click()
    context = page.context
    page.close()
    line.let_go()
    page = context.new_page()
    page.goto("/tai-len")
    for file in files:
        told = re.compile(r"^Mới gửi [1-9]\d? % .*Chọn lại đúng tệp này")
        expect(row(page, file).locator("[data-state]")).to_have_text(told)
    offsets = offsets_of(page)
    choose(page, *files)
    for number, file in enumerate(files):
        done = row(page, file).locator("[data-outcome] .status").first
        expect(done).to_contain_text("chờ duyệt", timeout=LONG_MS)
        assert_one_segment(served, file, title=f"Đóng trang giữa chừng {number}", duration_ms=60_000)
    assert len(offsets) >= 2
    assert all(0 < offset < files[0].stat().st_size for offset in offsets[:2])
    page.reload()
    expect(page.locator("li.file")).to_have_count(0)


def test_a_lost_line_is_waited_for(visit: Callable[..., Page], served: Served, line: Line, tmp_path: Path) -> None:
    file = wav(tmp_path / "mat-mang.wav", seconds=60, seed=13)
    page = visit(line)
    begun = begin(page, line, file, title="Mất mạng")
    line.cut()
    expect(begun.locator("[data-state]")).to_contain_text("mất kết nối với máy chủ", timeout=LONG_MS)
    expect(page.locator("#loan-bao")).to_contain_text("mat-mang.wav: mất kết nối với máy chủ")
    line.let_go()
    offsets = offsets_of(page)
    line.mend()
    expect(begun.locator("[data-outcome] .status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)
    assert offsets[0] > 0
    assert_one_segment(served, file, title="Mất mạng", duration_ms=60_000)


def test_an_upload_is_paused_and_taken_up_again(visit: Callable[..., Page], line: Line, tmp_path: Path) -> None:
    file = wav(tmp_path / "tam-dung.wav", seconds=60, seed=14)
    page = visit(line)
    begun = begin(page, line, file, title="Tạm dừng")
    begun.get_by_role("button", name="Tạm dừng").click()
    expect(begun.locator("[data-state]")).to_contain_text("đã tạm dừng")
    expect(page.locator("#loan-bao")).to_have_text("tam-dung.wav: đã tạm dừng; phần đã gửi vẫn còn trên máy chủ")
    line.let_go()
    offsets = offsets_of(page)
    begun.get_by_role("button", name="Gửi tiếp").click()
    expect(begun.locator("[data-outcome] .status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)
    assert offsets[0] > 0


def test_a_file_that_is_removed_is_gone_from_the_server(visit: Callable[..., Page], line: Line, tmp_path: Path) -> None:
    file = wav(tmp_path / "bo-di.wav", seconds=60, seed=15)
    page = visit(line)
    begun = begin(page, line, file, title="Bỏ đi")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        begun.get_by_role("button", name="Bỏ tệp này").click()
    assert ended.value.status == 204
    expect(page.locator("li.file")).to_have_count(0)
    gone = httpx.head(ended.value.url, headers={**_TUS, "Cookie": line.person.cookie}, timeout=LONGEST_S)
    assert gone.status_code in {404, 410}
    page.reload()
    expect(page.locator("li.file")).to_have_count(0)


def test_many_files_are_told_of_in_words_and_nothing_complains(
    visit: Callable[..., Page], served: Served, tmp_path: Path
) -> None:
    good = wav(tmp_path / "dich-vu-cong.wav", seed=16)
    short = wav(tmp_path / "qua-ngan.wav", seconds=12, seed=17)
    text = tmp_path / "loi-doc.txt"
    text.write_text("không phải âm thanh")
    page = visit(served, viewport=PHONE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/tai-len")
    choose(page, good, short, text)
    expect(page.get_by_role("button", name="Tải lên 3 tệp")).to_be_visible()
    expect(row(page, good).get_by_label("Tên bài")).to_have_value("Dich vu cong")
    row(page, good).get_by_label("Tên bài").fill("Dịch vụ công ở xã")
    once(page, "Nội dung").select_option("the-che")
    once(page, "Mức độ").select_option("urgent")
    once(page, "đến hết ngày").fill("2099-12-31")
    page.get_by_role("button", name="Tải lên 3 tệp").click()
    expect(row(page, text).locator("[data-state]")).to_contain_text("text/plain")
    expect(row(page, good).locator(".status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)
    expect(row(page, short).locator(".status").first).to_contain_text("chưa đạt", timeout=LONG_MS)
    expect(row(page, short)).to_contain_text("Phần được phát dài 12 giây, ngắn hơn mức 20 giây.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    made = served.segment("Dịch vụ công ở xã")
    told = {name: made[name] for name in ("topic", "language", "column", "priority", "valid_to")}
    assert told == {
        "topic": "the-che",
        "language": "vi",
        "column": "cchc",
        "priority": "urgent",
        "valid_to": "2099-12-31",
    }
    # The browser itself tells of each answer that is no success: the one for the text file.
    assert [each for each in complaints if "415" not in each] == []
    row(page, good).get_by_role("link", name="Mở bài").click()
    expect(page.locator("h1")).to_have_text("Dịch vụ công ở xã")


def test_files_are_dropped_anywhere_on_the_page(visit: Callable[..., Page], served: Served) -> None:
    page = visit(served)
    page.goto("/tai-len")
    page.evaluate(
        """() => {
        const dropped = new DataTransfer();
        for (const name of ["mot.wav", "hai.mp3"]) dropped.items.add(new File(["RIFF"], name, {type: "audio/wav"}));
        document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
    }"""
    )
    expect(page.locator("li.file")).to_have_count(2)
    expect(page.locator("li.file").first.get_by_label("Tên bài")).to_have_value("Mot")


def test_a_file_is_chosen_named_and_sent_by_keyboard(
    visit: Callable[..., Page], served: Served, tmp_path: Path
) -> None:
    page = visit(served)
    page.goto("/tai-len")
    page.locator("main a, main input:not([type=hidden]), main select, main button").first.focus()
    assert page.evaluate("document.activeElement.type") == "file"
    assert page.evaluate("getComputedStyle(document.querySelector('.drop label b')).outlineStyle") == "solid"
    choose(page, wav(tmp_path / "ban-phim.wav", seed=18))
    order = []
    expect(page.locator("li.file")).to_have_count(1)
    once(page, "Gửi duyệt ngay").focus()
    told = "document.activeElement.dataset.field ?? document.activeElement.dataset.act ?? document.activeElement.type"
    for _ in range(16):
        page.keyboard.press("Tab")
        order.append(page.evaluate(told))
    # As they stand: whether what is said once is for this file, its own fields, what can be done with it, the sending.
    fields = ["title", "topic", "language", "priority", "valid_from", "valid_to"]
    assert list(dict.fromkeys(order))[:9] == ["checkbox", *fields, "remove", "submit"]


def test_a_newer_recording_is_uploaded_from_the_segments_page(
    visit: Callable[..., Page], served: Served, tmp_path: Path
) -> None:
    page = visit(served)
    page.goto("/bai/b0002")
    page.get_by_role("link", name="Tải bản ghi mới cho bài này").click()
    newer = wav(tmp_path / "ban-moi.wav", seconds=22, seed=19)
    choose(page, newer)
    page.get_by_role("button", name="Tải lên", exact=True).click()
    expect(row(page, newer).locator(".status").first).to_contain_text("chờ duyệt", timeout=LONG_MS)
    row(page, newer).get_by_role("link", name="Mở bài b0002").click()
    expect(page.get_by_role("row").filter(has_text="ban-moi.wav")).to_contain_text("chờ duyệt")


@pytest.mark.parametrize("script", [True, False], ids=["with_script", "without_script"])
def test_a_segments_page_comes_to_its_verdict_by_itself(
    visit: Callable[..., Page],
    served: Served,
    tmp_path: Path,
    script: bool,  # noqa: FBT001  # a case of the test
) -> None:
    file = wav(tmp_path / "mot-tep.wav", seconds=120, seed=20 + script)
    page = visit(served, java_script_enabled=False)
    page.goto("/tai-len")
    choose(page, file)
    once(page, "Nội dung").select_option("mot-cua")
    page.get_by_label("Tên bài").fill(f"Không kịch bản {script}")
    page.get_by_role("button", name="Tải lên").click()
    expect(page).to_have_url(re.compile(r"/bai/b\d+$"))
    if script:
        address = page.url
        page = visit(served)
        page.goto(address)
    expect(page.locator("main")).to_contain_text("chờ duyệt", timeout=LONG_MS)
    expect(page.locator("progress")).to_have_count(0)
