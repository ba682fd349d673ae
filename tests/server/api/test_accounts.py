"""Accounts over the API, and who asks."""

from collections.abc import Iterator

import pytest

from server.db.accounts import Account
from server.services import passwords
from server.services.access_refusals import UnknownCredential
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, add_person
from tests.server.worlds import BEFORE, World

HERE = "/api/v1/accounts"


@pytest.fixture
def administrator(world: World) -> Person:
    person = add_person(world.context, "quan-tri", ["administrator"], organisation="snv")
    with world.change() as session:
        row = session.get_one(Account, person.key)
        row.password_hash, row.password_set_at = passwords.hashed("ngựa pin ghim đúng"), BEFORE
        session.add(row)
    return person


@pytest.fixture
def client(world: World, administrator: Person) -> Iterator[Client]:
    with client_of(world.context, who=administrator) as client:
        yield client


def test_an_account_is_added_given_a_role_and_a_link(client: Client) -> None:
    added = client.post(HERE, json={"login": "hoa.nt", "name": "Nguyễn Thị Hoa", "organisation": "snv"})
    assert added.status_code == 201
    assert added.json()["has_password"] is False
    role = {"role": "operator", "unit": "654", "valid_to": "2027-01-01"}
    given = client.post(f"{HERE}/hoa.nt/roles", json=role)
    assert given.status_code == 201
    [held] = given.json()["roles"]
    assert (held["unit"], held["valid_to"], held["holds"]) == ("654", "2027-01-01", True)
    link = client.post(f"{HERE}/hoa.nt/links", json={"hours": 24}).json()
    assert link["path"].startswith("/mat-khau/")
    assert client.get(link["path"]).status_code == 200
    assert client.get(f"{HERE}?q=hoa&role=operator&state=active").json()["total"] == 1
    ended = client.post(f"{HERE}/hoa.nt/roles/{held['id']}/end", json={})
    assert (ended.status_code, ended.json()["roles"]) == (200, [])
    assert client.post(f"{HERE}/hoa.nt/disable").json()["state"] == "disabled"
    assert client.post(f"{HERE}/hoa.nt/enable").json()["state"] == "active"
    shown = client.get(f"{HERE}/hoa.nt")
    assert "hash" not in shown.text
    assert "secret" not in shown.text


def test_the_list_comes_in_pages(client: Client) -> None:
    found = client.get(f"{HERE}?limit=1")
    assert len(found.json()["items"]) == 1
    assert "link" not in found.headers or 'rel="next"' in found.headers["link"]


@pytest.mark.parametrize(
    ("address", "body", "status", "code"),
    [
        ("", {"login": "x", "name": "A", "organisation": "snv"}, 400, "field.bad"),
        ("", {"login": "quan-tri", "name": "A", "organisation": "snv"}, 409, "account.exists"),
        ("", {"login": "abc", "name": "A", "organisation": "zz"}, 404, "organisation.unknown"),
        ("", {"login": "abc", "name": "A", "organisation": "snv", "password": "x"}, 400, "request.invalid"),
        ("", {"login": "abc"}, 400, "request.invalid"),
        ("/quan-tri/roles", {"role": "vua"}, 400, "field.bad"),
        ("/quan-tri/roles", {"role": "administrator"}, 409, "role.held"),
        ("/quan-tri/roles", {"role": "operator", "topic": "mot-cua"}, 400, "role.takes_no_scope"),
        ("/quan-tri/roles/1/end", {}, 409, "account.last_administrator"),
        ("/quan-tri/roles/1/end", {"last_day": "mai"}, 400, "request.invalid"),
        ("/quan-tri/roles/99/end", {}, 404, "role.unknown"),
        ("/quan-tri/disable", None, 409, "account.last_administrator"),
        ("/quan-tri/links", {"hours": 0}, 400, "field.bad"),
        ("/khong.co/links", {}, 404, "account.unknown"),
        ("/khong.co/disable", None, 404, "account.unknown"),
    ],
)
def test_what_is_refused_says_why(
    client: Client, address: str, body: dict[str, str] | None, status: int, code: str
) -> None:
    answer = client.post(HERE + address, json=body) if body is not None else client.post(HERE + address)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_others_than_administrators_are_refused(world: World) -> None:
    monitor = add_person(world.context, "giam-sat", ["monitor"])
    with client_of(world.context, who=monitor) as client:
        for answer in (client.get(HERE), client.post(HERE, json={}), client.get(f"{HERE}/quan-tri")):
            assert (answer.status_code, answer.json()["code"]) == (403, "access.right_missing")


def test_who_asks_is_told_who_they_are(world: World) -> None:
    monitor = add_person(world.context, "giam-sat", ["monitor"], organisation="snv")
    with client_of(world.context, who=monitor) as client:
        me = client.get("/api/v1/me").json()
    assert (me["kind"], me["name"], me["organisation"], me["roles"]) == ("person", "giam-sat", "snv", ["monitor"])
    assert "months.read" in me["rights"]
    assert "own" in me["rights"]
    assert "accounts.manage" not in me["rights"]


def test_who_shows_nothing_or_something_that_is_no_good_is_nobody(client: Client) -> None:
    client.cookies.clear()
    assert client.get("/api/v1/me").json()["code"] == "access.sign_in_needed"
    refused = client.get("/api/v1/me", headers={"Authorization": "Bearer khong"})
    assert (refused.status_code, refused.json()["code"]) == (401, UnknownCredential.code)
