"""The queue of what waits for a lead, and what a segment's page lets whom do about it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from server.services import vetting
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, acting, add_person
from tests.server.vetted import add_draft, lead_topics
from tests.server.web.reading import words
from tests.server.worlds import BEFORE, World

CODE = "b0100"


@pytest.fixture(autouse=True)
def world(world: World) -> World:
    lead_topics(world)
    add_draft(world, CODE, tone=True)
    return world


def person(world: World, login: str, *roles: Role, organisation: str = "snv") -> Person:
    return add_person(world.context, login, roles, organisation=organisation)


@pytest.fixture
def maker(world: World) -> Iterator[Client]:
    with client_of(world.context, who=person(world, "nguoi-gui", Role.PRODUCER)) as client:
        yield client


@pytest.fixture
def lead(world: World) -> Iterator[Client]:
    with client_of(world.context, who=person(world, "chu-tri", Role.LEAD)) as client:
        yield client


def hand_in(world: World, code: str = CODE) -> None:
    vetting.submit(acting(world.context, person(world, "nguoi-gui", Role.PRODUCER)), code)


def post(client: Client, address: str, **said: str) -> Any:
    return client.post(address, data={"number": "1", **said}, follow_redirects=False)


def test_an_empty_queue_says_so_and_the_menu_counts_what_waits(world: World, lead: Client) -> None:
    said = words(lead.get("/cho-duyet").text)
    assert "Không có bài nào chờ duyệt" in said
    assert "Chờ duyệt (" not in said
    hand_in(world)
    assert "Chờ duyệt (1)" in words(lead.get("/bai").text)


def test_the_queue_shows_what_a_lead_must_know_and_is_worked_without_script(world: World, lead: Client) -> None:
    hand_in(world)
    page = lead.get("/cho-duyet").text
    said = words(page)
    assert "1 bài chờ bạn." in said
    assert "Bài b0100" in said
    assert "người gửi: nguoi-gui, Sở Nội vụ" in said
    assert "hạn duyệt 08:00 22/11 · còn 48 giờ" in said.replace("2 ngày", "48 giờ")
    [sound] = re.findall(r'<audio [^>]*src="([^"]+)"', page)
    assert lead.get(sound).status_code == 200
    done = post(lead, f"/cho-duyet/{CODE}/duyet")
    assert (done.status_code, done.headers["location"]) == (303, "/cho-duyet?xong=duyet")
    assert "✓ Đã duyệt." in words(lead.get(done.headers["location"]).text)
    assert "✓ dùng được" in words(lead.get(f"/bai/{CODE}").text)


def test_what_is_overdue_says_so(world: World, lead: Client) -> None:
    hand_in(world)
    # Within the idle time of a session nothing is overdue that has two days.
    with world.change() as session:
        from sqlmodel import select

        from server.db.intake import SegmentVersion

        version = session.exec(select(SegmentVersion).where(SegmentVersion.state == "submitted")).one()
        version.due_at = BEFORE - timedelta(hours=3)
        session.add(version)
    said = words(lead.get("/cho-duyet").text)
    assert "✕ 1 bài quá hạn" in said
    assert "✕ quá hạn 3 giờ" in said


def test_a_return_needs_a_reason_and_keeps_what_was_typed(world: World, maker: Client, lead: Client) -> None:
    hand_in(world)
    refused = post(lead, f"/cho-duyet/{CODE}/tra-lai", reason="  ")
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    stale = post(lead, f"/cho-duyet/{CODE}/tra-lai", number="7", reason="Sai tên xã")
    assert (stale.status_code, 'value="Sai tên xã"' in stale.text) == (404, True)
    assert post(lead, f"/cho-duyet/{CODE}/tra-lai", reason="Sai tên xã").status_code == 303
    said = words(maker.get(f"/bai/{CODE}").text)
    assert "↩ bị trả lại : «Sai tên xã»" in said
    assert post(maker, f"/bai/{CODE}/gui-duyet").status_code == 303
    assert "◔ chờ duyệt" in words(maker.get(f"/bai/{CODE}").text)


def test_of_two_pages_that_are_open_the_second_is_told_who_decided(world: World, lead: Client) -> None:
    hand_in(world)
    vetting.approve(acting(world.context, person(world, "chu-tri-hai", Role.LEAD)), CODE, 1)
    late = post(lead, f"/cho-duyet/{CODE}/tra-lai", reason="Sai")
    assert late.status_code == 409
    assert "chu-tri-hai quyết định lúc 08:00 20/11/2026" in words(late.text)


def test_nobody_sees_what_they_may_not_do(world: World, maker: Client, lead: Client) -> None:
    assert maker.get("/cho-duyet").status_code == 403
    draft = words(maker.get(f"/bai/{CODE}").text)
    assert "Gửi duyệt" in draft
    assert "Trả lại" not in draft
    hand_in(world)
    assert "Trả lại" not in words(maker.get(f"/bai/{CODE}").text)
    assert "Trả lại" in words(lead.get(f"/bai/{CODE}").text)
    assert post(maker, f"/cho-duyet/{CODE}/duyet").status_code == 403


def test_ones_own_is_shown_and_left_to_others(world: World) -> None:
    both = person(world, "ca-hai", Role.PRODUCER, Role.LEAD)
    add_draft(world, "b0101", made_by="ca-hai")
    vetting.submit(acting(world.context, both), "b0101")
    with client_of(world.context, who=both) as client:
        page = client.get("/cho-duyet").text
        assert "của bạn, người khác duyệt" in words(page)
        assert 'action="/cho-duyet/b0101/duyet"' not in page
        assert post(client, "/cho-duyet/b0101/duyet").status_code == 403


def test_what_is_urgent_is_released_and_reviewed_on_its_page(world: World, lead: Client) -> None:
    add_draft(world, "b0101", priority="urgent")
    assert post(lead, "/bai/b0101/phat-ngay", reason="Bão").status_code == 303
    assert "Xem lại sau khi phát" in words(lead.get("/bai/b0101").text)
    with client_of(world.context, who=person(world, "chu-tri-hai", Role.LEAD)) as second:
        assert 'action="/cho-duyet/b0101/xac-nhan"' in second.get("/cho-duyet").text
        assert post(second, "/bai/b0101/xac-nhan").status_code == 303
    assert "Xem lại sau khi phát" not in words(lead.get("/bai/b0101").text)


def test_what_was_withdrawn_is_restored_on_its_page(world: World, lead: Client) -> None:
    hand_in(world)
    post(lead, f"/bai/{CODE}/duyet")
    assert lead.post(f"/api/v1/segments/{CODE}/withdraw", json={"reason": "Nhầm"}).status_code == 200
    assert "Khôi phục bài này" in words(lead.get(f"/bai/{CODE}").text)
    assert post(lead, f"/bai/{CODE}/khoi-phuc", reason="Không nhầm").status_code == 303
    assert "◔ chờ duyệt" in words(lead.get(f"/bai/{CODE}").text)


def test_addresses_of_decisions_lead_back_to_the_queue(lead: Client) -> None:
    back = lead.get(f"/cho-duyet/{CODE}/duyet", follow_redirects=False)
    assert (back.status_code, back.headers["location"]) == (302, "/cho-duyet")
    assert lead.get(f"/cho-duyet/{CODE}/khac").status_code == 404
