"""One's own account and everybody's, as pages; and where each role lands."""

import re
from collections.abc import Iterator

import pytest

from server.db.accounts import Account
from server.services import accounts, passwords
from server.services.role_grants import NewRole, give_role
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, add_person, form_token_of
from tests.server.web.reading import words
from tests.server.worlds import BEFORE, World

PHRASE, OTHER = "ngựa pin ghim đúng", "bốn con cá vàng bơi"
PEOPLE = "/quan-tri/tai-khoan"


@pytest.fixture
def administrator(world: World) -> Person:
    person = add_person(world.context, "quan-tri", ["administrator"], organisation="snv")
    with world.change() as session:
        row = session.get_one(Account, person.key)
        row.password_hash, row.password_set_at = passwords.hashed(PHRASE), BEFORE
        session.add(row)
    return person


@pytest.fixture
def client(world: World, administrator: Person) -> Iterator[Client]:
    with client_of(world.context, who=administrator) as client:
        client.follow_redirects = False
        yield client


def test_my_account_shows_who_i_am_and_where_i_am_signed_in(client: Client) -> None:
    said = words(client.get("/tai-khoan").text)
    assert "Người quan-tri" in said
    assert "Sở Nội vụ" in said
    assert "Quản trị" in said
    assert "phiên này" in said


def test_my_password_is_changed_on_my_page(client: Client) -> None:
    address = "/tai-khoan/mat-khau"
    unlike = client.post(address, data={"present": PHRASE, "new": OTHER, "again": PHRASE})
    assert unlike.status_code == 400
    assert "không giống nhau" in unlike.text
    wrong = client.post(address, data={"present": OTHER, "new": OTHER, "again": OTHER})
    assert wrong.status_code == 403
    assert OTHER not in wrong.text
    done = client.post(address, data={"present": PHRASE, "new": OTHER, "again": OTHER})
    assert done.headers["location"] == "/tai-khoan?xong=mat-khau"
    assert "Đã đổi mật khẩu" in client.get(done.headers["location"]).text
    assert client.get(address).status_code == 302


def test_my_other_sessions_are_ended_one_by_one_or_all(world: World, client: Client) -> None:
    for _ in range(2):
        add_person(world.context, "quan-tri")
    ends = re.findall(r'action="(/tai-khoan/phien/\d+/ket-thuc)"', client.get("/tai-khoan").text)
    assert len(ends) == 3
    assert client.post(ends[-1]).headers["location"] == "/tai-khoan?xong=phien"
    assert client.post("/tai-khoan/phien/ket-thuc").status_code == 303
    assert client.post("/tai-khoan/phien/9999999999999999999999/ket-thuc").status_code == 404
    left = re.findall(r'action="(/tai-khoan/phien/\d+/ket-thuc)"', client.get("/tai-khoan").text)
    assert len(left) == 1
    assert client.post(left[0]).headers["location"] == "/dang-nhap?xong=ra"
    assert client.get("/tai-khoan").status_code == 303


def test_accounts_are_listed_searched_and_added(world: World, client: Client) -> None:
    new = {"login": "hoa.nt", "name": "Nguyễn Thị Hoa", "organisation": "snv"}
    done = client.post(PEOPLE, data=new)
    assert done.headers["location"] == f"{PEOPLE}/hoa.nt"
    twice = client.post(PEOPLE, data=new)
    assert twice.status_code == 409
    assert 'value="Nguyễn Thị Hoa"' in twice.text
    found = words(client.get(f"{PEOPLE}?q=thi+hoa").text)
    assert "1 tài khoản" in found
    assert "chưa đặt mật khẩu" in found
    assert "Không có tài khoản nào khớp" in client.get(f"{PEOPLE}?q=khong-ai").text
    assert client.get(f"{PEOPLE}?role=vua").status_code == 400
    own = {
        "login": "nam.tv",
        "name": "Trần Văn Nam",
        "organisation_code": "ubnd-h654",
        "organisation_name": "UBND huyện",
    }
    assert client.post(PEOPLE, data=own).status_code == 303
    assert accounts.get_account(world.context, "nam.tv").organisation_name == "UBND huyện"


def test_roles_are_given_and_ended_on_the_page_of_an_account(world: World, client: Client) -> None:
    add_person(world.context, "hoa.nt", organisation="snv")
    here = f"{PEOPLE}/hoa.nt"
    wrong = client.post(f"{here}/giao-vai-tro", data={"role": "producer", "unit": "654", "last_day": "2026-12-31"})
    assert wrong.status_code == 400
    assert "không giới hạn theo địa bàn" in wrong.text
    assert 'value="2026-12-31"' in wrong.text
    given = {
        "role": "operator",
        "organisation": "snv",
        "unit": "654",
        "valid_from": "2026-01-01",
        "last_day": "2026-12-31",
    }
    assert client.post(f"{here}/giao-vai-tro", data=given).status_code == 303
    said = words(client.get(here).text)
    assert "Huyện Krông Pắc" in said
    assert "đến hết 31/12/2026" in said
    [role] = accounts.get_account(world.context, "hoa.nt").roles
    assert client.post(f"{here}/ket-thuc-vai-tro", data={"grant": "x"}).status_code == 404
    assert client.post(f"{here}/ket-thuc-vai-tro", data={"grant": str(role.id), "last_day": "mai"}).status_code == 400
    assert client.post(f"{here}/ket-thuc-vai-tro", data={"grant": str(role.id)}).status_code == 303
    assert accounts.get_account(world.context, "hoa.nt").roles == []


def test_a_link_is_shown_once_and_kept_by_no_cache(world: World, client: Client) -> None:
    add_person(world.context, "hoa.nt")
    shown = client.post(f"{PEOPLE}/hoa.nt/lien-ket", data={"hours": "24"})
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    [link] = re.findall(r"http://127.0.0.1:8000(/mat-khau/[\w-]{43})", shown.text)
    assert link not in client.get(f"{PEOPLE}/hoa.nt").text
    assert client.get(link).status_code == 200
    assert client.post(f"{PEOPLE}/hoa.nt/lien-ket", data={"hours": "9999"}).status_code == 400


def test_the_last_administrator_is_told_why_not(world: World, client: Client) -> None:
    refused = client.post(f"{PEOPLE}/quan-tri/khoa")
    assert refused.status_code == 409
    assert "là quản trị duy nhất" in words(refused.text)
    add_person(world.context, "hoa.nt")
    assert client.post(f"{PEOPLE}/hoa.nt/khoa").status_code == 303
    assert "đã khóa" in client.get(f"{PEOPLE}/hoa.nt").text
    assert client.post(f"{PEOPLE}/hoa.nt/mo-khoa").status_code == 303
    assert client.post(f"{PEOPLE}/hoa.nt/ket-thuc-phien").status_code == 303


def test_addresses_of_nothing_are_unknown(client: Client) -> None:
    assert client.get(f"{PEOPLE}/khong.co").status_code == 404
    assert client.post(f"{PEOPLE}/khong.co/khoa").status_code == 404
    assert client.post(f"{PEOPLE}/quan-tri/xoa").status_code == 404
    assert client.get(f"{PEOPLE}/quan-tri/xoa").status_code == 404
    assert client.get(f"{PEOPLE}/quan-tri/khoa").status_code == 302


def test_a_merged_unit_is_offered_no_more_but_shown_with_what_came_of_it(world: World, client: Client) -> None:
    add_person(world.context, "hoa.nt", organisation="snv")
    give_role(world.context, "hoa.nt", NewRole(role="operator", unit="24490"))
    assert "Xã Ea Yông" in words(client.get(f"{PEOPLE}/hoa.nt").text)


@pytest.mark.usefixtures("administrator")
def test_only_administrators_come_here(world: World) -> None:
    monitor = add_person(world.context, "giam-sat", ["monitor"])
    with client_of(world.context, who=monitor) as client:
        page = client.get("/tai-khoan")
        assert PEOPLE not in page.text
        assert "/cho-duyet" not in page.text
        assert client.get(PEOPLE).status_code == 403
        assert client.post(PEOPLE, data={"csrf": form_token_of(world.context, monitor)}).status_code == 403


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        (["monitor"], "/thang/2026-11"),
        (["planner", "lead"], "/thang/2026-11"),
        (["auditor"], "/thang/2026-11"),
        (["administrator"], "/thang/2026-11"),
        (["lead", "producer"], "/cho-duyet"),
        (["producer"], "/tai-len"),
        (["operator", "producer"], "/dai/h654/hom-nay"),
        ([], "/tai-khoan"),
    ],
)
def test_everybody_lands_where_their_work_is(world: World, roles: list[str], place: str) -> None:
    person = add_person(world.context, "ai-do", roles, unit_id=world.keys["654"] if "operator" in roles else None)
    with client_of(world.context, who=person) as client:
        assert client.get("/", follow_redirects=False).headers["location"] == place


def test_an_operator_of_no_station_lands_on_the_month(world: World) -> None:
    with client_of(world.context, who=add_person(world.context, "ai-do", ["operator"])) as client:
        assert client.get("/", follow_redirects=False).headers["location"] == "/thang/2026-11"


def test_buttons_that_one_may_not_press_are_not_shown(world: World) -> None:
    with client_of(world.context, who=add_person(world.context, "lap-lich", ["planner"])) as client:
        assert "Lập lại" in client.get("/thang/2026-12").text
        assert 'href="/tai-len"' not in client.get("/bai").text
    with client_of(world.context, who=add_person(world.context, "san-xuat", ["monitor", "producer"])) as client:
        assert "Lập lại" not in client.get("/thang/2026-12").text
        assert 'href="/tai-len"' in client.get("/bai").text
