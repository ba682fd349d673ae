"""The page on which administrators see how the service is."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from server.db.records import Fact
from server.services.backups import BACKUP_FACT
from server.services.check_ins import Said, check_in
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person, in_english
from tests.server.worlds import World


@pytest.fixture
def administrator(world: World) -> Iterator[Client]:
    with client_of(world.context, who=add_person(world.context, "quan-tri", [Role.ADMINISTRATOR])) as client:
        yield client


def rows(page: str) -> list[tuple[str, str]]:
    """Name and the word of its state, in the order of the page."""
    found = re.findall(r'<tr><th scope="row">(.*?)</th>', page, re.DOTALL)
    bare = [re.sub(r"<[^>]+>", "\n", row).split("\n") for row in found]
    texts = [[part.strip() for part in row if part.strip()] for row in bare]
    return [(each[0], each[-1]) for each in texts]


def test_what_needs_a_look_comes_first_with_its_mend(administrator: Client, world: World) -> None:
    said = Said(program="loa station", now=world.now, lacking=0, free_bytes=10**10)
    check_in(world.context, "h654", said)
    world.now += timedelta(days=2)
    page = administrator.get("/tinh-trang").text
    told = rows(page)
    assert {name for name, word in told[:3]} == {"Tiến trình làm việc nền", "Máy ở đài", "Sao lưu"}
    assert "1 trên 1 máy im lặng quá 24 giờ" in page
    assert '<a href="/may-o-dai">Máy ở đài</a>' in page
    assert "Chạy loa backup make mỗi ngày" in page
    assert {"Cơ sở dữ liệu", "Đĩa dữ liệu", "Kho âm thanh", "Tiến trình này"} <= {name for name, _ in told}
    assert "Không phần nào hỏng" in page


def test_what_is_mended_is_well_again_at_the_next_look(administrator: Client, world: World) -> None:
    assert ("Sao lưu", "cần xem") in rows(administrator.get("/tinh-trang").text)
    with world.change() as session:
        session.merge(Fact(name=BACKUP_FACT, value=world.now.isoformat()))
    # Many who look cost one look every few seconds.
    state = administrator.app.state
    state.measured.close()
    state.measured = type(state.measured)(world.context)
    assert ("Sao lưu", "ổn") in rows(administrator.get("/tinh-trang").text)


def test_it_is_in_the_menu_of_administrators_and_nobody_elses(administrator: Client, world: World) -> None:
    assert 'href="/tinh-trang"' in administrator.get("/quyen").text
    with client_of(world.context, who=add_person(world.context, "kiem-toan", [Role.AUDITOR])) as auditor:
        assert 'href="/tinh-trang"' not in auditor.get("/quyen").text
        assert auditor.get("/tinh-trang").status_code == 403


def test_it_is_there_in_english(administrator: Client) -> None:
    page = administrator.get("/tinh-trang", headers=in_english(administrator)).text
    assert "<h1>State of the service</h1>" in page
    assert "Run loa backup make every day" in page


def test_it_looks_again_by_itself(phone: Page) -> None:
    phone.clock.install()
    phone.goto("/tinh-trang")
    phone.evaluate("window.same = true; document.querySelector('[data-refreshed=parts] tbody').replaceChildren()")
    with phone.expect_response("**/tinh-trang"):
        phone.clock.fast_forward(15_000)
    expect(phone.get_by_role("rowheader", name="Kho âm thanh")).to_be_visible()
    assert phone.evaluate("window.same")
