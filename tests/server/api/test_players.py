"""A browser is paired with a station by its operators: by a token of that station, which they and administrators take back."""

from tests.server.api.conftest import Client, client_of
from tests.server.machines import bearer, code_of, machine_of
from tests.server.people import add_person
from tests.server.worlds import World

PLAYERS = "/api/v1/stations/h654/players"


def operator(world: World) -> Client:
    return client_of(world.context, who=add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["654"]))


def test_a_paired_browser_may_what_a_token_of_its_station_may_and_nothing_else(world: World) -> None:
    with operator(world) as officer, machine_of(world.context) as browser:
        issued = officer.post(PLAYERS, json={"name": "Máy phát trong trình duyệt"})
        assert (issued.status_code, issued.headers["cache-control"]) == (201, "no-store")
        own = bearer(issued.json()["secret"])
        assert browser.get("/api/v1/stations/h654/manifest", headers=own).status_code == 200
        assert code_of(browser.get("/api/v1/stations/x24490/manifest", headers=own)) == (403, "access.out_of_reach")
        assert code_of(browser.get(PLAYERS, headers=own)) == (403, "access.right_missing")
        assert code_of(browser.post(PLAYERS, json={"name": "x"}, headers=own)) == (403, "access.right_missing")


def test_operators_take_back_what_they_paired_and_no_other_token(world: World, api: Client) -> None:
    other = api.post("/api/v1/tokens", json={"station": "h654", "name": "máy phát"}).json()["credential"]["id"]
    with operator(world) as officer, machine_of(world.context) as browser:
        issued = officer.post(PLAYERS, json={"name": "phòng máy"}).json()
        number, own = issued["credential"]["id"], bearer(issued["secret"])
        assert [each["name"] for each in officer.get(PLAYERS).json()] == ["phòng máy"]
        assert code_of(officer.post(f"{PLAYERS}/{other}/revoke")) == (404, "credential.not_found")
        elsewhere = f"/api/v1/stations/x24490/players/{number}/revoke"
        assert code_of(officer.post(elsewhere)) == (404, "credential.not_found")
        assert officer.post(f"{PLAYERS}/{number}/revoke").json()["state"] == "revoked"
        assert officer.get(PLAYERS).json() == []
        assert code_of(browser.get("/api/v1/stations/h654/manifest", headers=own)) == (401, "credential.revoked")


def test_a_name_is_given_once_and_the_trail_tells_who_paired_what(world: World, api: Client) -> None:
    with operator(world) as officer:
        officer.post(PLAYERS, json={"name": "phòng máy"})
        assert code_of(officer.post(PLAYERS, json={"name": "phòng máy"})) == (409, "credential.name_taken")
    [entry] = api.get("/api/v1/audit", params={"action": "token.issued"}).json()["items"]
    assert (entry["actor"], entry["subject"]) == ("can-bo", "h654/phòng máy")
    assert entry["after"]["what"] == {"player": "browser"}


def test_administrators_see_and_revoke_it_among_all_tokens(world: World, api: Client) -> None:
    with operator(world) as officer:
        number = officer.post(PLAYERS, json={"name": "phòng máy"}).json()["credential"]["id"]
    assert [each["id"] for each in api.get("/api/v1/tokens").json()["items"]] == [number]
    assert api.post(f"/api/v1/tokens/{number}/revoke").json()["state"] == "revoked"


def test_nobody_is_paired_from_beyond_the_station(world: World) -> None:
    elsewhere = add_person(world.context, "can-bo-xa", ["operator"], unit_id=world.keys["24490"])
    with client_of(world.context, who=elsewhere) as officer:
        assert code_of(officer.post(PLAYERS, json={"name": "x"})) == (403, "access.out_of_reach")
    monitor = add_person(world.context, "giam-sat", ["monitor"])
    with client_of(world.context, who=monitor) as reader:
        assert code_of(reader.post(PLAYERS, json={"name": "x"})) == (403, "access.right_missing")


def test_the_players_page_shows_paired_browsers_to_who_pairs_them_alone(world: World) -> None:
    page = "/dai/h654/may-phat"
    with operator(world) as officer, machine_of(world.context) as browser:
        own = bearer(officer.post(PLAYERS, json={"name": "máy ở phòng phát"}).json()["secret"])
        assert "máy ở phòng phát" in officer.get(page).text
        assert "máy ở phòng phát" not in browser.get(page, headers=own).text
    with client_of(world.context, who=add_person(world.context, "giam-sat", ["monitor"])) as reader:
        answer = reader.get(page)
        assert (answer.status_code, "máy ở phòng phát" in answer.text) == (200, False)
