"""Recalls and emergencies on the pages, as a lead, the monitor and a station's officer use them, without script."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from server.services import deliveries, vetting
from server.services.rights import Role
from server.services.segments import get_segment, withdraw_segment
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.vetted import add_draft, approve, lead_topics
from tests.server.web.reading import words
from tests.server.worlds import World

CODE = "b0900"
TODAY = "/dai/h654/hom-nay"


@pytest.fixture
def urgent(world: World) -> World:
    lead_topics(world)
    add_draft(world, CODE, priority="urgent", tone=True)
    vetting.submit(world.context, CODE)
    return world


@pytest.fixture
def lead(urgent: World) -> Iterator[Client]:
    who = add_person(urgent.context, "chu-tri", [Role.LEAD], organisation="snv")
    with client_of(urgent.context, who=who) as client:
        yield client


@pytest.fixture
def monitor(world: World) -> Iterator[Client]:
    with client_of(world.context, who=add_person(world.context, "giam-sat", [Role.MONITOR])) as client:
        yield client


@pytest.fixture
def officer(world: World) -> Iterator[Client]:
    who = add_person(world.context, "can-bo", [Role.OPERATOR], unit_id=world.keys["654"])
    with client_of(world.context, who=who) as client:
        yield client


def recall(world: World, code: str = "b0003") -> None:
    audio = get_segment(world.context, code).audio
    assert audio is not None
    deliveries.note_verified(world.context, "h654", [audio.broadcast_sha256])
    withdraw_segment(world.context, code, reason="Số liệu sai")


@pytest.mark.parametrize("address", ["/cho-duyet", f"/bai/{CODE}"])
def test_before_an_urgent_recording_is_approved_its_lead_reads_how_many_stations_air_it_at_once(
    lead: Client, address: str
) -> None:
    said = words(lead.get(address).text)
    assert "Bài khẩn cấp: 3 đài phát ngay khi bạn duyệt" in said
    assert "08:00 21/11/2026" in said


def test_nothing_of_the_kind_is_said_of_what_is_not_urgent(urgent: World, lead: Client) -> None:
    add_draft(urgent, "b0901", tone=True)
    vetting.submit(urgent.context, "b0901")
    assert "đài phát ngay khi bạn duyệt" not in words(lead.get("/bai/b0901").text)


def test_an_officer_hears_what_is_urgent_on_the_page_of_today_and_says_by_one_tap_that_it_was_played(
    urgent: World, officer: Client, monitor: Client
) -> None:
    approve(urgent.context, CODE)
    page = officer.get(TODAY).text
    assert "Hãy phát ngay" in page
    sounds = re.findall(r'src="(/api/v1/audio/[0-9a-f]{64}\.mp3)"', page)
    assert officer.get(sounds[0]).status_code == 200
    urgent.now += timedelta(seconds=50)
    told = officer.post(f"{TODAY}/khan-cap/1", follow_redirects=False)
    assert (told.status_code, told.headers["location"]) == (303, TODAY)
    assert "Hãy phát ngay" not in officer.get(TODAY).text
    shown = words(monitor.get("/khan-cap/1").text)
    assert "đã phát 1 / 3" in shown
    assert "sau 50 giây" in shown
    assert officer.post(f"{TODAY}/khan-cap/9").status_code == 404


def test_an_officer_without_a_program_says_by_one_tap_that_the_stick_is_clean(
    world: World, officer: Client, monitor: Client
) -> None:
    recall(world)
    assert "Bài đã thu hồi: hãy xóa khỏi USB" in officer.get(TODAY).text
    assert "1 đài chắc chắn đã tải tệp" in words(monitor.get("/thu-hoi/1").text)
    told = officer.post(f"{TODAY}/thu-hoi/1", follow_redirects=False)
    assert told.status_code == 303
    assert "hãy xóa khỏi USB" not in officer.get(TODAY).text
    assert "Còn 2 trên 3 đài chưa báo đã xóa; 0 đài chắc chắn" in words(monitor.get("/thu-hoi/1").text)
    assert officer.get(f"{TODAY}/thu-hoi/1", follow_redirects=False).headers["location"] == TODAY


def test_a_station_whose_program_answers_is_not_asked_to_clean_a_stick(world: World, officer: Client) -> None:
    recall(world)
    officer.post("/api/v1/stations/h654/check-in", json={"program": "tests", "now": world.now.isoformat()})
    assert "hãy xóa khỏi USB" not in officer.get(TODAY).text
    assert "Máy ở đài ✓ ổn liên lạc lần cuối" in words(officer.get("/dai/h654/2026-11").text)
    assert "Máy ở đài" in words(officer.get("/thang/2026-11/dai/h654").text)


def test_the_stations_of_a_recall_are_filtered_and_taken_along(world: World, monitor: Client) -> None:
    recall(world)
    rows = words(monitor.get("/thu-hoi/1?status=holding").text)
    assert "huyện Krông Pắc" in rows
    assert "xã Ea Yông" not in rows
    assert "xã Ea Yông" in words(monitor.get("/thu-hoi/1?q=ea yong").text)
    assert monitor.get("/thu-hoi/1?status=khong-co").status_code == 400
    answer = monitor.get("/thu-hoi/1/bang/csv?status=holding")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["Mã", "h654"]


def test_a_segments_page_leads_to_its_recall(world: World, monitor: Client) -> None:
    recall(world)
    page = monitor.get("/bai/b0003").text
    assert 'href="/thu-hoi/1"' in page
    assert "còn 3 đài chưa báo đã xóa" in words(page)


def test_a_call_is_ended_with_a_reason_by_who_may_release_it(urgent: World, lead: Client, monitor: Client) -> None:
    approve(urgent.context, CODE)
    assert "Kết thúc phát khẩn cấp" not in monitor.get("/khan-cap/1").text
    assert "Kết thúc phát khẩn cấp" in lead.get("/khan-cap/1").text
    refused = lead.post("/khan-cap/1/ket-thuc", data={"reason": ""})
    assert refused.status_code in {400, 422}
    assert 'role="alert"' in refused.text
    assert lead.post("/khan-cap/1/ket-thuc", data={"reason": "Bão đã tan"}, follow_redirects=False).status_code == 303
    assert "«Bão đã tan»" in words(lead.get("/khan-cap/1").text)
    lines = list(csv.reader(io.StringIO(monitor.get("/khan-cap/1/bang/csv").content.decode("utf-8-sig"))))
    assert len(lines) == 4


def test_stations_without_a_program_are_counted_and_shown_to_who_asks(
    world: World, monitor: Client, officer: Client
) -> None:
    nobody = words(monitor.get("/may-o-dai").text)
    assert "Chưa có máy nào của các đài liên lạc với Loa" in nobody
    assert "không có máy 3 đài" in nobody
    assert "xã Ea Yông" not in nobody
    assert "xã Ea Yông" in words(monitor.get("/may-o-dai?status=none").text)
    officer.post("/api/v1/stations/h654/check-in", json={"program": "tests", "now": world.now.isoformat()})
    shown = words(monitor.get("/may-o-dai").text)
    assert "huyện Krông Pắc" in shown
    assert "xã Ea Yông" not in shown
