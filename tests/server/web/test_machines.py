"""The pages of machines and of one's own calendar addresses: secrets are shown once, forms keep what was typed."""

import re

import pytest

from server.services import credential_issuing as issuing
from tests.server.api.conftest import Client, client_of
from tests.server.machines import bearer, machine_of, token
from tests.server.people import add_person
from tests.server.worlds import World

SECRET = re.compile(r"loa_(?:st|key|feed)_[A-Za-z0-9_-]{43}")
PULLED = "/api/v1/stations/h654/months/2026-12/playlist.m3u8"


def test_a_token_is_shown_once_and_works(world: World, api: Client) -> None:
    typed = {"station": "h654", "name": "máy phát", "expires_on": ""}
    answer = api.post("/ma-truy-cap/dai", data=typed, follow_redirects=False)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    secret = set(SECRET.findall(answer.text)).pop()
    assert f"http://loa:{secret}@127.0.0.1:8000/api/v1/stations/h654/months/" in answer.text
    assert "loa_st_" not in api.get("/ma-truy-cap").text
    assert secret[-4:] in api.get("/ma-truy-cap").text
    with machine_of(world.context) as machine:
        assert machine.get(PULLED, headers=bearer(secret)).status_code == 200


def test_a_form_that_is_sent_again_makes_no_second_token(api: Client) -> None:
    typed = {"station": "h654", "name": "máy phát"}
    assert api.post("/ma-truy-cap/dai", data=typed).status_code == 200
    again = api.post("/ma-truy-cap/dai", data=typed)
    assert again.status_code == 409
    assert not SECRET.search(again.text)
    assert 'value="máy phát"' in again.text
    assert '<option value="h654" selected>' in again.text
    number = api.get("/api/v1/tokens").json()["items"][0]["id"]
    changed = api.post(f"/ma-truy-cap/dai/{number}/doi")
    assert SECRET.search(changed.text)
    again = api.post(f"/ma-truy-cap/dai/{number}/doi")
    assert (again.status_code, SECRET.search(again.text)) == (409, None)
    assert api.get("/api/v1/tokens").json()["total"] == 2


def test_a_key_keeps_its_ticks_when_it_is_refused(api: Client) -> None:
    typed = {"organisation": "snv", "name": "báo cáo", "expires_on": "2031-01-01", "right.months.read": "on"}
    refused = api.post("/ma-truy-cap/khoa", data=typed)
    assert refused.status_code == 422
    assert 'name="right.months.read" checked' in refused.text
    assert 'name="right.audit.read" checked' not in refused.text
    made = api.post("/ma-truy-cap/khoa", data=typed | {"expires_on": "2027-01-01"})
    assert made.status_code == 200
    assert "Authorization: Bearer loa_key_" in made.text


def test_a_list_is_filtered_by_station_and_state(world: World, api: Client) -> None:
    token(world.context, name="mã số một")
    token(world.context, "x24490", name="mã số hai")
    gone = issuing.issue_token(world.context, "h654", "mã số ba").credential.id
    assert api.post(f"/ma-truy-cap/dai/{gone}/thu-hoi", follow_redirects=False).headers["location"] == "/ma-truy-cap"

    def shown(query: str) -> set[str]:
        page = api.get(f"/ma-truy-cap{query}")
        assert page.status_code == 200
        return set(re.findall(r"mã số (?:một|hai|ba)", page.text))

    assert shown("") == {"mã số một", "mã số hai"}
    assert shown("?dai=h654") == {"mã số một"}
    assert shown("?dai=h654&tinh_trang=revoked") == {"mã số ba"}
    assert shown("?tinh_trang=all") == {"mã số một", "mã số hai", "mã số ba"}
    assert shown("?tinh_trang=nonsense&offset=-5") == {"mã số một", "mã số hai", "mã số ba"}


@pytest.mark.parametrize("path", ["/ma-truy-cap/dai", "/ma-truy-cap/khoa", "/ma-truy-cap/dai/1/doi"])
def test_the_address_of_a_form_asked_for_leads_to_the_page(reader: Client, path: str) -> None:
    answer = reader.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, "/ma-truy-cap")


def test_what_is_not_there_can_not_be_changed(api: Client) -> None:
    for path in ("dai/99/doi", "dai/99/thu-hoi", "khoa/99999999999999999999/thu-hoi", "gi-do/1/thu-hoi"):
        assert api.post(f"/ma-truy-cap/{path}").status_code == 404, path


def test_ones_own_address_is_shown_once_with_a_code_for_the_camera(api: Client) -> None:
    assert '<option value="station:h654" selected>' in api.get("/tai-khoan/lich?dai=h654").text
    made = api.post("/tai-khoan/lich", data={"what": "district:654", "name": "điện thoại"})
    assert made.headers["cache-control"] == "no-store"
    secret = set(SECRET.findall(made.text)).pop()
    assert f'href="webcal://127.0.0.1:8000/api/v1/feeds/{secret}.ics"' in made.text
    assert '<svg viewBox="0 0' in made.text
    assert " style=" not in made.text
    assert "loa_feed_" not in api.get("/tai-khoan/lich").text
    assert "Huyện Krông Pắc, cả các xã" in api.get("/tai-khoan/lich").text
    again = api.post("/tai-khoan/lich", data={"what": "district:654", "name": "điện thoại"})
    assert again.status_code == 409
    assert 'value="điện thoại"' in again.text
    assert '<option value="district:654" selected>' in again.text


def test_an_operator_chooses_among_their_stations_alone(world: World) -> None:
    with client_of(
        world.context, who=add_person(world.context, "xa", ["operator"], unit_id=world.keys["24490"])
    ) as client:
        offered = re.findall(r'<option value="([a-z]+:[^"]*)"', client.get("/tai-khoan/lich").text)
    assert offered == ["station:x24490"]
    with client_of(
        world.context, who=add_person(world.context, "huyen", ["operator"], unit_id=world.keys["654"])
    ) as client:
        offered = re.findall(r'<option value="([a-z]+:[^"]*)"', client.get("/tai-khoan/lich").text)
    assert offered == ["district:654", "station:h654", "station:x24502", "station:x24490"]
    with client_of(world.context, who=add_person(world.context, "bai", ["producer"])) as client:
        page = client.get("/tai-khoan/lich")
    assert page.status_code == 200
    assert "<select" not in page.text


def test_a_stations_page_tells_how_phones_and_players_get_its_schedule(reader: Client) -> None:
    page = reader.get("/dai/h654/2026-12").text
    assert 'href="/tai-khoan/lich?dai=h654"' in page
    assert "http://loa:MÃ@127.0.0.1:8000/api/v1/stations/h654/months/2026-12/playlist.m3u8" in page
    assert "webcal:" not in page


@pytest.mark.parametrize("path", ["/ma-truy-cap", "/tai-khoan/lich"])
def test_without_our_forms_token_nothing_is_made(api: Client, path: str) -> None:
    del api.headers["x-csrf-token"]
    refused = api.post("/ma-truy-cap/dai" if path == "/ma-truy-cap" else path, data={"name": "x", "csrf": "y"})
    assert refused.status_code == 403
