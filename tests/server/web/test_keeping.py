"""What was typed is not lost: where a session ended, where a form had grown old, and never to somebody else."""

from playwright.sync_api import Browser, expect

from server.api.forms import CSRF_HEADER
from server.services.sessions import end_all
from tests.server.api.conftest import BASE, Client
from tests.server.people import add_person, new_session
from tests.server.serving import served
from tests.server.web.reading import words
from tests.server.web.slow_lines import open_phone, signed_in
from tests.server.worlds import World

PAGE = "/dai/h654/hom-nay"
TYPED = {"slot": "h654.20261202T1700", "do": "not_aired", "reason": "Mất điện <cả xã>", "password": "bí mật lắm"}


def test_a_refused_form_gives_back_what_was_written_and_leads_to_its_page(api: Client) -> None:
    del api.headers[CSRF_HEADER.decode()]
    foreign = api.post(PAGE, data=TYPED, headers={"Referer": BASE + PAGE})
    assert foreign.status_code == 403
    assert "Mất điện &lt;cả xã&gt;</textarea>" in foreign.text
    assert "bí mật" not in foreign.text
    assert f'<a class="button" href="{PAGE}">' in foreign.text
    # What another page had sent in the reader's name is not put before the reader.
    for came in ({"Referer": "https://evil.example/"}, {}):
        assert "Mất điện" not in api.post(PAGE, data=TYPED, headers=came).text
    api.cookies.clear()
    ended = api.post(PAGE, data=TYPED, headers={"Referer": BASE + PAGE + "?xong=1"})
    assert ended.status_code == 401
    assert "Mất điện &lt;cả xã&gt;</textarea>" in ended.text
    assert 'href="/dang-nhap?tiep=%2Fdai%2Fh654%2Fhom-nay%3Fxong%3D1"' in ended.text


def test_who_may_not_learns_who_may(world: World, api: Client) -> None:
    add_person(world.context, "giam-sat-1", ["monitor"], organisation="snv")
    planner = new_session(world.context, add_person(world.context, "lap-lich-1", ["planner"]))
    refused = api.get("/thang/2026-12/don-doc", headers={"Cookie": planner.cookie})
    assert refused.status_code == 403
    assert "Giám sát: Cơ quan van-phong , Sở Nội vụ Hãy đề nghị một trong các cơ quan đó" in words(refused.text)
    assert "405" in (lost := words(api.get("/buoc-dau/xong").text))
    assert "Tìm đài, bài, tháng" in lost


def test_a_browser_fills_in_again_what_a_session_that_ended_refused(browser: Browser, world: World) -> None:
    person = add_person(world.context, "quan-tri-1", ["administrator"])
    with served(world.context) as site:
        page = open_phone(browser, site, person)
        page.goto("/quan-tri/tai-khoan")
        page.get_by_label("Tên đăng nhập").fill("nguyen-van-a")
        page.get_by_label("Họ và tên").fill("Nguyễn Văn A")
        page.get_by_label("Tên cơ quan mới").fill("Đài xã")
        page.get_by_label("Mã cơ quan mới").fill("dai-xa")
        with world.change() as session:
            end_all(session, person.key, at=world.now)
        page.get_by_role("button", name="Thêm tài khoản").click()
        expect(page.get_by_text("Điều bạn đã gõ chưa được gửi")).to_be_visible()
        # Somebody else at the same machine is not shown it.
        signed_in(page, site, add_person(world.context, "quan-tri-2", ["administrator"]))
        page.goto("/quan-tri/tai-khoan")
        expect(page.get_by_label("Họ và tên")).to_have_value("")
        signed_in(page, site, new_session(world.context, person))
        page.goto("/quan-tri/tai-khoan")
        expect(page.get_by_label("Họ và tên")).to_have_value("Nguyễn Văn A")
        expect(page.get_by_role("status").filter(has_text="đã được điền lại")).to_be_visible()
        page.get_by_role("button", name="Thêm tài khoản").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyễn Văn A")
        page.goto("/quan-tri/tai-khoan")
        expect(page.get_by_label("Họ và tên")).to_have_value("")
        page.context.close()
