"""The calendar of a station's month and the pages of its slots, as they are without script."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest

from schedules.editing import AlterSlot
from server.services.editing import edit_draft
from server.services.plans import station_month
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.services.conftest import published, published_home  # noqa: F401  # fixtures of a small district
from tests.server.services.editing import edited, in_hand, lock, move, on, own_slots
from tests.server.services.plan_reading import darken
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World

LICH = "/dai/h654/2026-12/lich"
SLOT = "/dai/h654/2026-12/khung/2026-12-19-1700"  # b0004 and b0002


@pytest.fixture
def client(published: World) -> Iterator[Client]:  # noqa: F811  # the fixture above
    person = add_person(published.context, "lap-lich", ["planner"])
    with client_of(published.context, who=person) as client:
        yield client


def version(world: World) -> str:
    return str(station_month(world.context, "h654", MONTH, draft=True).revision.version)


def sent(client: Client, address: str, world: World, **fields: object) -> str:
    """The page that a form leads to; `do` says whether it is stored."""
    data = {name.replace("_", "-"): value for name, value in fields.items()}
    answer = client.post(address, data={"phien-ban": version(world), **data})
    assert "text/html" in answer.headers["content-type"]
    return str(answer.text)


def day(page: str, number: int) -> str:
    """The words of a day's cell of the month."""
    found = re.search(rf'<td data-on="2026-12-{number:02}"[\s\S]*?</td>', page)
    assert found is not None
    return words(found[0])


def offered(page: str) -> list[str]:
    """The starts on buttons."""
    return re.findall(r'name="toi" value="([^"]+)"', page)


def items(page: str) -> list[str]:
    """Segments of the slot's own form, in order."""
    return re.findall(r'<input type="hidden" name="bai" value="([^"]+)"><label>', page)


def typed(page: str, name: str) -> list[str]:
    return [unescape(each) for each in re.findall(rf'name="{name}" value="([^"]*)"', page)]


def test_a_month_shows_days_slots_and_what_stays_or_differs(client: Client, published: World) -> None:  # noqa: F811
    first, second, third = own_slots(published)[:3]
    edited(published, move(first, first.starts_at + timedelta(days=1)))
    edited(published, lock(second))
    darken(published, "h654", "2026-12-08 05:30", "2026-12-08 07:00")
    page = client.get(LICH).text
    assert re.findall(r'<th scope="col">([^<]+)', page)[:7] == [
        "Thứ Hai",
        "Thứ Ba",
        "Thứ Tư",
        "Thứ Năm",
        "Thứ Sáu",
        "Thứ Bảy",
        "Chủ nhật",
    ]
    assert "17:00 Thứ Bảy 05/12/2026 3:05 1 bài Tuyên truyền CCHC → dời giờ" in day(page, 5)
    assert "đã khóa" in day(page, 13)
    assert "△ có lúc không phát" in day(page, 8)
    assert "30 /11: ngoài tháng này" in words(page)
    assert f'href="{SLOT}"' in page
    assert third.starts_at.day == 19
    relaying = client.get("/dai/x24490/2026-12/lich").text
    assert "tiếp âm Đài Truyền thanh - Truyền hình huyện Krông Pắc" in day(relaying, 19)
    january = client.get("/dai/h654/2027-01/lich").text
    assert "Tháng 1/2027 chưa có lịch." in words(january)
    week = client.get(f"{LICH}?xem=tuan&ngay=2026-12-08").text
    assert "△ không phát 05:30–06:30" in words(week)
    heights = [int(each) for each in re.findall(r'has-slot"><svg width="1" height="(\d+)"', week)]
    assert heights == [5 * 4]  # 3:20, in minutes begun
    assert re.findall(r'rel="(?:prev|next)" href="[^"]+ngay=([\d-]+)"', week) == ["2026-12-01", "2026-12-15"]
    published.now = on(second.starts_at.date(), "07:00")
    assert "hôm nay" in day(client.get(LICH).text, 13)


def test_who_only_reads_sees_what_is_published_and_no_form(published: World) -> None:  # noqa: F811
    first = own_slots(published)[0]
    edited(published, move(first, first.starts_at + timedelta(days=1)))
    reader = add_person(published.context, "theo-doi", ["monitor"])
    with client_of(published.context, who=reader) as client:
        page = client.get(LICH).text
        assert "17:00" in day(page, 4)
        slot = client.get(SLOT).text
        refused = client.post(LICH, data={"viec": "bo", "khung": first.key, "do": "luu"})
    for each in (page, slot):
        assert not re.findall(r'<form[^>]* action="/dai', each)
        assert "calendar.js" not in each
    assert "Đã sửa tay" not in slot
    assert refused.status_code == 403


def test_a_move_is_tried_stored_and_undone(client: Client, published: World) -> None:  # noqa: F811
    slot = own_slots(published)[2]
    page = sent(client, SLOT, published, viec="doi", khung=slot.key, ngay="2026-12-19", gio="17:30", do="xem-truoc")
    assert "Nếu lưu: Dời khung 17:00 Thứ Bảy 19/12 đến 17:30 Thứ Bảy 19/12." in words(page)
    assert "Ít thay đổi 0 % 20 % ▼ kém hơn" in words(page)
    assert "Đổi theo ở 2 đài tiếp âm" in words(page)
    assert "17:30" in typed(page, "gio")
    assert own_slots(published)[2] == slot
    answer = client.post(
        SLOT,
        data={"viec": "doi", "khung": slot.key, "ngay": "2026-12-19", "gio": "17:30", "do": "luu"},
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, SLOT.replace("1700", "1730"))
    page = client.get(answer.headers["location"]).text
    assert "→ dời giờ so với bản công bố: 17:00 · 4:50" in words(page)
    assert re.search(r"Thứ Sáu 08:00 20/11/2026: Dời khung [^(]+ \(lap-lich\)", words(page))
    assert client.get(SLOT).status_code == 404
    by_key = client.get(f"/dai/h654/2026-12/khung/{slot.key}", follow_redirects=False)
    assert by_key.headers["location"] == SLOT.replace("1700", "1730")
    [entry] = typed(page, "lan")
    sent(client, LICH, published, viec="hoan-tac", lan=entry, do="luu")
    assert own_slots(published)[2] == slot
    again = sent(client, LICH, published, viec="hoan-tac", lan=entry, do="luu")
    assert "không hoàn tác được nữa" in words(again)


def test_what_is_refused_keeps_what_was_typed_and_offers_the_nearest_starts(client: Client, published: World) -> None:  # noqa: F811
    slot = own_slots(published)[2]
    fields = {"viec": "doi", "khung": slot.key, "ngay": "2026-12-19", "gio": "18:28"}
    page = sent(client, SLOT, published, **fields, do="luu")
    assert (
        "✕ Khung 18:28 19/12/2026 nằm ngoài các buổi phát của đài, hoặc vào lúc đài không phát. Chưa lưu gì."
        in words(page)
    )
    assert "18:28" in typed(page, "gio")
    assert offered(page)[0] == "2026-12-19T18:25:00+07:00"
    sent(client, SLOT, published, **fields, toi=offered(page)[0])
    assert own_slots(published)[2].starts_at == on(slot.starts_at.date(), "18:25")
    for wrong, sentence in (
        ({"gio": "25:00"}, "giờ viết giờ:phút"),
        ({"ngay": "19/12"}, "ngày viết YYYY-MM-DD"),
        ({"viec": "dai", "do-dai": "lâu"}, "số phút, ví dụ 5"),
        ({"viec": "bay"}, "bay"),
        ({"phien-ban": "x"}, "một số"),
        ({"khung": "khong-co"}, "không có khung phát khong-co"),
    ):
        assert sentence in words(client.post(LICH, data={**fields, "do": "luu", **wrong}).text)
    mine = version(published)
    edited(published, lock(own_slots(published)[0]))
    stale = client.post(LICH, data={**fields, "phien-ban": mine, "do": "luu"})
    assert stale.status_code == 409
    assert "Có người vừa sửa lịch tháng này." in words(stale.text)
    assert "đã khóa" in day(stale.text, 4)


def test_the_items_of_a_slot_are_ordered_replaced_added_and_taken_out(client: Client, published: World) -> None:  # noqa: F811
    slot = own_slots(published)[2]
    first, second = (item.segment for item in slot.items)
    page = client.get(SLOT).text
    assert items(page) == [first, second]
    assert page.count("<audio") == 2
    fields = {"viec": "bai", "khung": slot.key, "bai": [first, second]}
    page = sent(client, SLOT, published, **fields, thu_tu=["1", "2"], xuong="1")
    assert items(page) == [second, first]
    assert "Nếu lưu: Đổi thứ tự bài của khung" in words(page)
    page = sent(client, SLOT, published, **fields, thu_tu=["2", "1"], do="luu")
    assert items(page) == [second, first]
    assert [item.segment for item in own_slots(published)[2].items] == [second, first]
    page = client.get(f"{SLOT}?thay=1").text
    assert f"Thay bài «{own_slots(published)[2].items[0].title}»" in words(page)
    found = re.search(r'<section aria-labelledby="thay">[\s\S]*?</section>', page)
    assert found is not None
    forms = re.findall(r"<form[\s\S]*?</form>", found[0])
    assert len(forms) > 1
    assert all(re.search("▲ tốt hơn|▼ kém hơn|= như cũ|▼ thiếu thêm", words(form)) for form in forms)
    best = typed(forms[0], "bai")
    assert best[1] == first
    page = sent(client, SLOT, published, viec="bai", khung=slot.key, bai=best, do="luu")
    assert items(page) == best
    page = sent(client, SLOT, published, viec="bai", khung=slot.key, bai=best, thu_tu=["1", "2"], bo_bai="1")
    assert items(page) == [first]
    assert "khung" in words(page)
    page = sent(client, SLOT, published, viec="dai", khung=slot.key, do_dai="8", do="luu")
    assert len(items(page)) > 2
    assert items(page)[:2] == best


def test_a_slot_is_added_locked_and_removed_by_forms(client: Client, published: World) -> None:  # noqa: F811
    before = in_hand(published)
    page = client.get(f"{LICH}?them=2026-12-08").text
    assert typed(page, "ngay") == ["2026-12-08"]
    assert typed(page, "gio") == ["05:00"]
    fields = {"viec": "them", "chuyen-muc": "cchc", "ngay": "2026-12-08", "gio": "05:10", "do-dai": "6"}
    page = sent(client, LICH, published, **fields, do="xem-truoc")
    assert "Nếu lưu: Thêm khung 05:10 Thứ Ba 08/12" in words(page)
    chosen = re.findall(r'type="checkbox" name="bai" value="([^"]+)" checked', page)
    assert chosen
    assert in_hand(published) == before
    page = sent(client, LICH, published, **fields, bai=chosen, do="luu")
    assert "05:10" in day(page, 8)
    added = next(slot for slot in own_slots(published) if slot.starts_at.day == 8)
    assert [item.segment for item in added.items] == chosen
    here = "/dai/h654/2026-12/khung/2026-12-08-0510"
    page = sent(client, here, published, viec="khoa", khung=added.key, do="luu")
    assert "Đang khóa: muốn sửa thì mở khóa trước." in words(page)
    assert "Dời khung" not in re.sub("Vừa lưu[^.]+", "", words(page)).partition("Đã sửa tay")[0]
    page = sent(client, here, published, viec="bo", khung=added.key, do="luu")
    assert "đang khóa; muốn sửa thì mở khóa trước" in words(page)
    sent(client, here, published, viec="mo", khung=added.key, do="luu")
    page = sent(client, here, published, viec="bo", khung=added.key, do="luu")
    assert "Lịch phát tháng 12/2026" in words(page)
    assert in_hand(published) == before
    for wrong in ({"chuyen-muc": "khac"}, {"do-dai": ""}, {"ngay": "2026-11-30"}):
        refused = client.post(LICH, data={**fields, **wrong, "do": "luu"})
        assert 400 <= refused.status_code < 500
    assert in_hand(published) == before


def test_titles_of_any_length_and_direction_do_no_harm(client: Client, published: World) -> None:  # noqa: F811
    title = "Một cửa 📻 \u202egnort cửa\u202c " * 12
    published.add_segment("b0099", title=title, seconds=200)
    slot = own_slots(published)[2]
    edit_draft(published.context, MONTH, AlterSlot(station="h654", slot=slot.key, segments=("b0099",)))
    page = client.get(SLOT).text
    assert f"<bdi>{title}</bdi>" in unescape(page)
