"""Private addresses of calendars: who has one reads the calendar, while its owner may; nobody else learns anything."""

import logging
from datetime import timedelta

import pytest
from httpx import Response
from sqlmodel import select

from server.db.accounts import Account, Credential, RoleGrant
from server.db.plans import CalendarEvent
from server.db.registry import Station
from server.services import credential_issuing as issuing
from server.services import feeds
from server.services.local_time import local_today
from tests.server.api.conftest import Client, client_of
from tests.server.machines import code_of, feed, machine_of, token
from tests.server.people import acting, add_person
from tests.server.worlds import World

NOWHERE = "/api/v1/feeds/an-address-that-nobody-knows.ics"


def address(secret: str) -> str:
    return f"/api/v1/feeds/{secret}.ics"


@pytest.mark.parametrize(
    ("kind", "code", "same"),
    [
        ("station", "h654", "/api/v1/calendars/stations/h654.ics"),
        ("district", "654", "/api/v1/calendars/districts/654.ics"),
        ("province", "", "/api/v1/calendars/province.ics"),
    ],
)
def test_it_is_the_calendar_it_was_made_for(world: World, api: Client, kind: str, code: str, same: str) -> None:
    secret = feed(world.context, add_person(world.context, "ai", ["monitor"]), kind, code)
    with machine_of(world.context) as phone:
        answer = phone.get(address(secret))
        assert answer.status_code == 200
        assert answer.content == api.get(same).content
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers.get_list("cache-control") == ["no-store"]
        assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
        again = phone.get(address(secret), headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert phone.head(address(secret)).headers["etag"] == answer.headers["etag"]


def test_every_wrong_address_is_answered_like_one_that_nobody_knows(world: World) -> None:
    person = add_person(world.context, "ai", ["monitor"])
    right, gone = feed(world.context, person), feed(world.context, person, name="đã thu hồi")
    expired = feed(world.context, person, name="hết hạn")
    feeds.revoke_feed(acting(world.context, person), feeds.own_feeds(acting(world.context, person))[1].id)
    with world.change() as session:
        row = session.exec(select(Credential).where(Credential.name == "hết hạn")).one()
        row.expires_at = world.now
        session.add(row)
    with machine_of(world.context) as phone:
        nowhere = phone.get("/api/v1/feeds/a/b")
        wrong = [right[:-1], right + "x", right.upper(), gone, expired, token(world.context), "", "loa_feed_"]
        for path in [*map(address, wrong), f"/api/v1/feeds/{right}", f"/api/v1/feeds/{right}.txt", NOWHERE]:
            answer = phone.get(path)
            assert answer.status_code == 404
            assert _unnamed(answer) == _unnamed(nowhere), path
        other = phone.get("/api/v1/nowhere").json()
        told = nowhere.json()
        assert {name for name in told if told[name] != other[name]} == {"detail", "facts", "instance", "request"}
        assert told["instance"] == "/api/v1/feeds/-"
        assert phone.get(address(right)).status_code == 200


def test_it_ends_with_its_owners_role_reach_or_account(world: World) -> None:
    for number, change in enumerate(("role", "dates", "reach", "account")):
        person = add_person(world.context, f"ai{number}", ["operator"], unit_id=world.keys["24490"])
        secret = feed(world.context, person, "station", "x24490")
        with machine_of(world.context) as phone:
            assert phone.get(address(secret)).status_code == 200
            with world.change() as session:
                grant = session.exec(select(RoleGrant).where(RoleGrant.account_id == person.key)).one()
                account = session.get_one(Account, person.key)
                if change == "role":
                    grant.ended_at = world.now
                elif change == "dates":
                    grant.valid_to = local_today(world.context)
                elif change == "reach":
                    grant.unit_id = world.keys["24502"]
                else:
                    account.state = "disabled"
                session.add_all([grant, account])
            assert code_of(phone.get(address(secret))) == (404, "address.unknown"), change


def test_nobody_makes_one_beyond_their_reach(world: World) -> None:
    operator = add_person(world.context, "xa", ["operator"], unit_id=world.keys["24490"])
    producer = add_person(world.context, "bai", ["producer"])
    with client_of(world.context, who=operator) as client:
        for what in ("station:h654", "district:654", "province:"):
            assert client.post("/tai-khoan/lich", data={"what": what, "name": "x"}).status_code == 403, what
        assert client.post("/tai-khoan/lich", data={"what": "everything:", "name": "x"}).status_code == 400
        assert client.post("/tai-khoan/lich", data={"what": "station:x24490", "name": "x"}).status_code == 200
    with client_of(world.context, who=producer) as client:
        assert client.post("/tai-khoan/lich", data={"what": "station:x24490", "name": "x"}).status_code == 403
    with client_of(world.context) as client:
        for what in ("station:h999", "district:24490"):
            assert client.post("/tai-khoan/lich", data={"what": what, "name": "x"}).status_code == 404, what


def test_one_revokes_ones_own_only(world: World) -> None:
    one, other = (add_person(world.context, login, ["monitor"]) for login in ("a", "b"))
    secret = feed(world.context, one)
    number = feeds.own_feeds(acting(world.context, one))[0].id
    with client_of(world.context, who=other) as client:
        assert client.post(f"/tai-khoan/lich/{number}/thu-hoi").status_code == 404
    with client_of(world.context, who=one) as client:
        assert client.get(address(secret)).status_code == 200
        assert client.post(f"/tai-khoan/lich/{number}/thu-hoi", follow_redirects=False).status_code == 303
        assert client.get(address(secret)).status_code == 404


def test_a_stations_own_address_ends_with_the_station(world: World) -> None:
    secret = issuing.issue_station_feed(world.context, "x24490", "điện thoại của đài").secret
    with machine_of(world.context) as phone:
        assert phone.get(address(secret)).status_code == 200
        with world.change() as session:
            station = session.exec(select(Station).where(Station.code == "x24490")).one()
            station.valid_to = local_today(world.context)
            session.add(station)
        # Another station has the code now.
        world.add_station("x24490", unit="24490", name="Đài mới", valid_from=local_today(world.context))
        assert phone.get(address(secret)).status_code == 404


def test_many_wrong_addresses_make_the_sender_wait(world: World) -> None:
    person = add_person(world.context, "ai", ["monitor"])
    used, unseen = feed(world.context, person), feed(world.context, person, name="chưa dùng")
    with machine_of(world.context) as phone:
        assert phone.get(address(used)).status_code == 200
        for number in range(30):
            assert phone.get(address(f"loa_feed_{number}")).status_code == 404
        answer = phone.get(NOWHERE)
        assert code_of(answer) == (429, "request.too_many")
        assert int(answer.headers["retry-after"]) > 0
        assert phone.get(address(unseen)).status_code == 429
        assert phone.get(address(used)).status_code == 200


def test_a_fault_is_logged_without_the_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    secret = feed(world.context, add_person(world.context, "ai", ["monitor"]))
    with world.change() as session:  # what no calendar can be made of
        for row in session.exec(select(CalendarEvent)):
            row.items = [{"title": "x"}]
            session.add(row)
    with caplog.at_level(logging.DEBUG), machine_of(world.context) as phone:
        answer = phone.get(f"{address(secret)}?x={secret}")
    assert code_of(answer) == (500, "server.fault")
    assert secret not in answer.text
    assert "/api/v1/feeds/{file} failed" in caplog.text
    assert secret not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("loa"))


def test_when_it_was_used_is_written_down(world: World) -> None:
    person = add_person(world.context, "ai", ["monitor"])
    secret = feed(world.context, person)
    with machine_of(world.context) as phone:
        phone.get(address(secret))
    found = feeds.own_feeds(acting(world.context, person))[0]
    assert (found.last_used_at, found.last_address) == (world.now, "testclient")
    world.now += timedelta(days=1)
    with machine_of(world.context) as phone:
        phone.get(address(secret[:-1]))
    assert feeds.own_feeds(acting(world.context, person))[0].last_used_at == found.last_used_at


def _unnamed(answer: Response) -> tuple[bytes, list[tuple[str, str]]]:
    """All that it says but the name of its request."""
    name = answer.headers["x-request-id"]
    headers = [(key, value) for key, value in answer.headers.items() if key != "x-request-id"]
    return answer.content.replace(name.encode(), b""), headers
