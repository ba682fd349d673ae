"""The planner's pages of a month, without script: the matrix, publishing, revisions, taking back."""

import re
from collections import Counter
from html import unescape

import pytest
from sqlalchemy import event

from server.services.plans import list_revisions, publish_plan
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.services.editing import edited, free_day, lock, move, on, own_slots, remove, version_of
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World

HERE = "/thang/2026-12"


def cell(page: str, day: int) -> str:
    """What is said of the district's slots on that day."""
    found = re.search(rf'/dai/h654/2026-12/lich\?ngay=2026-12-{day:02d}" aria-label="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def form_of(page: str, action: str) -> dict[str, str]:
    form = re.search(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, action
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))


def test_the_matrix_tells_each_slot_and_what_the_draft_changes_of_it(world: World, api: Client) -> None:
    gone, moved, locked = own_slots(world)[:3]
    day = free_day(world)
    for change in (lock(locked), move(moved, on(day)), remove(gone)):
        edited(world, change)
    page = api.get(f"{HERE}/ke-hoach").text
    assert 'aria-current="page">Bản nháp' in page
    assert "So với bản công bố số 1: 6 khung đổi ở 3 đài." in words(page)
    assert re.fullmatch(r"\S+ \S+ [\d/]+: [\d:]+, dài [\d:]+, \d+ bài, bỏ", cell(page, gone.starts_at.day))
    assert f"05:10, dài {moved.length_ms // 60000}:" in cell(page, day.day)
    assert cell(page, day.day).endswith(f"dời giờ, trước là {moved.starts_at:%H:%M %d/%m/%Y}")
    assert cell(page, locked.starts_at.day).endswith("đã khóa")
    assert "Hoàn tác" in words(page)
    assert f"bỏ khung {gone.starts_at:%H:%M %d/%m/%Y} của đài h654" in words(page)
    for sign in ("●", "○", "■", "+", "−", "→"):
        assert sign in page
    published = api.get(f"{HERE}/ke-hoach?ban=1").text
    assert 'aria-current="page">Bản công bố số 1' in published
    assert "bỏ" not in cell(published, gone.starts_at.day)
    assert "h654" not in words(api.get(f"{HERE}/ke-hoach?chi=doi&q=ea+kly").text.partition("<tbody>")[2])
    assert "Không có đài nào khớp" in words(api.get(f"{HERE}/ke-hoach?q=khong+co").text)


def test_months_without_a_plan_or_stations_say_what_to_do_first(world: World, api: Client) -> None:
    page = api.get("/thang/2027-06/ke-hoach").text
    assert "Lập lịch cần có trước: các buổi phát của đài" in words(page)
    assert 'action="/thang/2027-06/lap-lich"' in page
    assert "Tháng 6/2027 chưa có bản nháp nào. Lập lịch trước" in words(api.get("/thang/2027-06/cong-bo").text)
    assert "chưa có bản nào" in words(api.get("/thang/2027-06/ban").text)
    assert "không có bản nháp" in words(api.get(f"{HERE}/ke-hoach?ban=nhap").text)
    assert api.get(f"{HERE}/ke-hoach?ban=7").status_code == 404
    assert api.get(f"{HERE}/ban/7").status_code == 404
    for asked in ("ban=x", "chi=x", "sort=x", "offset=-1", "offset=x"):
        assert api.get(f"{HERE}/ke-hoach?{asked}").status_code == 400
    with world.change() as session:
        session.connection().exec_driver_sql("update station set valid_from = '2030-01-01'")
    assert "chưa có đài nào" in words(api.get("/thang/2020-01/ke-hoach").text)


def test_a_month_is_published_as_it_was_shown_and_the_page_after_says_what_follows(world: World, api: Client) -> None:
    gone = own_slots(world)[0]
    edited(world, remove(gone))
    page = api.get(f"{HERE}/cong-bo").text
    assert "Công bố bản số 2: 3 khung đổi ở 3 đài." in words(page)
    assert "− bỏ 1" in words(page)
    assert "2 đài tiếp âm đổi theo" in words(page)
    assert "✕ còn thiếu : 1 đài chưa đủ thời lượng bắt buộc" in words(page)
    assert "0 khung mới, 0 khung sửa, 3 khung hủy" in words(page)
    done = api.post(f"{HERE}/cong-bo", data=form_of(page, f"{HERE}/cong-bo"), follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, f"{HERE}/ban/2?vua=cong-bo")
    after = words(api.get(done.headers["location"]).text)
    assert "Đã công bố bản số 2. 0 khung mới, 0 khung sửa, 3 khung hủy ở 3 đài." in after
    assert "không cần gửi công văn hay đôn đốc" in after
    again = api.get(f"{HERE}/cong-bo").text
    assert "Không có bản nháp nào chờ công bố. Đang có hiệu lực là bản số 2" in words(again)


def test_of_two_who_publish_the_second_is_shown_what_became_of_the_draft(world: World, api: Client) -> None:
    first, second = own_slots(world)[:2]
    edited(world, remove(first))
    looked_at = form_of(api.get(f"{HERE}/cong-bo").text, f"{HERE}/cong-bo")
    edited(world, remove(second))
    late = api.post(f"{HERE}/cong-bo", data=looked_at)
    assert late.status_code == 409
    assert "Có người vừa sửa hoặc lập lại lịch tháng này." in words(late.text)
    assert "Công bố bản số 2: 6 khung đổi ở 3 đài." in words(late.text)
    assert [each.number for each in list_revisions(world.context, MONTH)] == [None, 1]
    now = form_of(late.text, f"{HERE}/cong-bo")
    assert api.post(f"{HERE}/cong-bo", data=now, follow_redirects=False).status_code == 303
    gone = api.post(f"{HERE}/cong-bo", data=now)
    assert gone.status_code == 409
    assert "có người vừa công bố hoặc bỏ nó" in words(gone.text)
    assert "Đang có hiệu lực là bản số 2" in words(gone.text)
    assert api.post(f"{HERE}/cong-bo", data={"version": "x"}).status_code == 400


def test_an_earlier_revision_is_come_back_to_and_published(world: World, api: Client) -> None:
    kept = {slot.key for slot in own_slots(world)}
    edited(world, remove(own_slots(world)[0]))
    publish_plan(world.context, MONTH)
    listed = words(api.get(f"{HERE}/ban").text)
    assert listed.index("Bản công bố số 2 ✓ đang có hiệu lực") < listed.index("Bản công bố số 1")
    assert "Trở lại bản này" not in words(api.get(f"{HERE}/ban/2").text)
    page = api.get(f"{HERE}/ban/1").text
    assert f"{len(kept)} khung của các đài trở lại như cũ" in words(page)
    form = form_of(page, f"{HERE}/ban/1/tro-lai")
    edited(world, lock(own_slots(world)[0]))
    late = api.post(f"{HERE}/ban/1/tro-lai", data=form)
    assert late.status_code == 409
    assert "1 lần sửa tay mất theo" in words(late.text)
    back = api.post(f"{HERE}/ban/1/tro-lai", data=form_of(late.text, f"{HERE}/ban/1/tro-lai"))
    assert str(back.url).endswith("/cong-bo")
    assert "Công bố bản số 3: 3 khung đổi ở 3 đài." in words(back.text)
    api.post(f"{HERE}/cong-bo", data=form_of(back.text, f"{HERE}/cong-bo"))
    assert {slot.key for slot in own_slots(world)} == kept
    assert api.post(f"{HERE}/ban/3/tro-lai", data=form).status_code == 409


def test_a_draft_is_dropped_and_its_last_change_undone_from_the_page(world: World, api: Client) -> None:
    slots = own_slots(world)
    edited(world, remove(slots[0]))
    edited(world, remove(slots[1]))
    page = api.get(f"{HERE}/thay-doi").text
    undone = api.post(f"{HERE}/ban-nhap/hoan-tac", data=form_of(page, f"{HERE}/ban-nhap/hoan-tac"))
    assert str(undone.url).endswith("/ke-hoach")
    assert "3 khung đổi ở 3 đài" in words(undone.text)
    late = api.post(f"{HERE}/ban-nhap/bo", data=form_of(page, f"{HERE}/ban-nhap/bo"))
    assert late.status_code == 409
    assert "Có người vừa sửa hoặc lập lại lịch tháng này." in words(late.text)
    dropped = api.post(f"{HERE}/ban-nhap/bo", data=form_of(late.text, f"{HERE}/ban-nhap/bo"))
    assert 'aria-current="page"' not in dropped.text.partition("<main")[2].partition("nav")[0]
    assert [each.number for each in list_revisions(world.context, MONTH)] == [1]
    assert {slot.key for slot in own_slots(world)} == {slot.key for slot in slots}
    gone = api.post(f"{HERE}/ban-nhap/hoan-tac", data={"version": str(version_of(world))})
    assert gone.status_code == 409
    for address in ("ban-nhap", "ban-nhap/bo", "ban-nhap/hoan-tac", "ban/1/tro-lai"):
        assert api.get(f"{HERE}/{address}", follow_redirects=False).status_code == 302


def test_who_may_not_plan_reads_what_would_be_published_and_has_no_button(world: World) -> None:
    edited(world, remove(own_slots(world)[0]))
    with client_of(world.context, who=add_person(world.context, "xem", [Role.MONITOR])) as monitor:
        page = monitor.get(f"{HERE}/cong-bo").text
        assert "trang này cho xem trước" in words(page)
        for address in ("cong-bo", "ke-hoach", "ban", "thay-doi"):
            posts = re.findall(r'method="post" action="([^"]+)"', monitor.get(f"{HERE}/{address}").text)
            assert [action for action in posts if action.startswith("/thang/")] == []
        assert monitor.post(f"{HERE}/cong-bo", data={"version": "2"}).status_code == 403


@pytest.mark.parametrize("address", ["ke-hoach", "cong-bo"])
def test_more_stations_take_no_more_queries(world: World, api: Client, address: str) -> None:
    edited(world, remove(own_slots(world)[0]))
    asked: list[str] = []
    event.listen(world.context.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    api.get(f"{HERE}/{address}")
    few = len(asked)
    for number in range(30):
        world.add_station(f"x3{number:03d}", unit="24490", name=f"Đài truyền thanh số {number}", relays="h654")
    asked.clear()
    assert api.get(f"{HERE}/{address}").status_code == 200
    more = [each for each in asked if each.startswith("SELECT")]
    assert 0 < len(more) <= few + 8, Counter(each[:110] for each in more).most_common(3)
