"""Machines over HTTP: what a token or key opens, and all the ways in which one is no good."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from server.db.accounts import Credential
from server.db.records import AuditEntry
from server.db.registry import Station
from server.services import credential_issuing as issuing
from server.services.credentials import who_of
from server.services.hidden import hash_of
from server.services.local_time import local_today
from tests.server.api.conftest import Client, client_of
from tests.server.machines import basic, bearer, code_of, feed, key, machine_of, token
from tests.server.people import add_person
from tests.server.worlds import World

OWN = "/api/v1/stations/h654/months/2026-12/playlist.m3u8"
OTHER = "/api/v1/stations/x24490/months/2026-12/playlist.m3u8"


@pytest.mark.parametrize("shown", [bearer, basic])
@pytest.mark.parametrize(
    "path",
    [
        OWN,
        "/api/v1/stations/h654/months/2026-12/calendar.ics",
        "/api/v1/stations/h654/months/2026-12/days/2026-12-01/playlist.json",
        "/api/v1/calendars/stations/h654.ics",
    ],
)
def test_a_stations_token_pulls_what_the_station_plays(world: World, shown: object, path: str) -> None:
    secret = token(world.context)
    with machine_of(world.context) as machine:
        assert machine.get(path, headers=shown(secret)).status_code == 200  # type: ignore[operator]  # one of two functions
        assert machine.get(path).status_code == 401


def test_any_user_name_goes_with_a_token_as_password(world: World) -> None:
    secret = token(world.context)
    with machine_of(world.context) as machine:
        for user in ("loa", "", "ai-đó", "h654"):
            assert machine.get(OWN, headers=basic(secret, user)).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        OTHER,
        "/api/v1/calendars/stations/x24490.ics",
        "/api/v1/calendars/districts/654.ics",
        "/api/v1/calendars/province.ics",
        "/api/v1/stations/h999/months/2026-12/playlist.m3u8",
        "/api/v1/stations",
        "/api/v1/plans/2026-12/stations/h654",
        "/api/v1/segments",
        "/api/v1/tokens",
        "/api/v1/keys",
        "/ma-truy-cap",
        "/thang/2026-12",
        "/tai-khoan/lich",
    ],
)
def test_a_stations_token_opens_nothing_else(world: World, path: str) -> None:
    with machine_of(world.context) as machine:
        assert machine.get(path, headers=bearer(token(world.context))).status_code == 403


def test_a_stations_token_hears_what_its_station_airs_and_nothing_else(world: World) -> None:
    world.add_segment("la", title="Không có trong lịch", tone=True, seconds=2)
    with client_of(world.context) as people:
        aired = people.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]["items"][0]["sha256"]
        unaired = people.get("/api/v1/segments/la").json()["audio"]["broadcast_sha256"]
    with machine_of(world.context) as machine:
        shown = bearer(token(world.context))
        assert machine.get(f"/api/v1/audio/{aired}.mp3", headers=shown).status_code == 200
        assert code_of(machine.get(f"/api/v1/audio/{unaired}.mp3", headers=shown)) == (403, "access.out_of_reach")


def test_tokens_are_not_to_be_swapped_between_stations(world: World) -> None:
    mine, theirs = token(world.context), token(world.context, "x24490")
    with machine_of(world.context) as machine:
        assert machine.get(OTHER, headers=bearer(theirs)).status_code == 200
        assert code_of(machine.get(OTHER, headers=bearer(mine))) == (403, "access.out_of_reach")
        assert code_of(machine.get(OWN, headers=bearer(theirs))) == (403, "access.out_of_reach")


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-1], lambda s: s[1:], lambda s: s.upper(), lambda s: s + "x", lambda _: ""]
)
@pytest.mark.parametrize("shown", [bearer, basic])
def test_a_damaged_token_is_unknown(world: World, damage: object, shown: object) -> None:
    secret = damage(token(world.context))  # type: ignore[operator]  # one of some functions
    with machine_of(world.context) as machine:
        answer = machine.get(OWN, headers=shown(secret))  # type: ignore[operator]  # one of two functions
    assert code_of(answer) == (401, "credential.unknown")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Digest x", "Bearer", "Basic !!!", "Basic w4M=", "", "loa_st_x"])
def test_what_is_no_credential_is_unknown(world: World, header: str) -> None:
    with machine_of(world.context) as machine:
        assert code_of(machine.get(OWN, headers={"Authorization": header})) == (401, "credential.unknown")


def test_a_token_ends_with_its_last_day_in_the_stations_zone(world: World) -> None:
    secret = token(world.context, until=local_today(world.context))
    with machine_of(world.context) as machine:
        world.now = datetime(2026, 11, 20, 16, 59, 59, tzinfo=UTC)
        assert machine.get(OWN, headers=bearer(secret)).status_code == 200
        world.now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
        answer = machine.get(OWN, headers=bearer(secret))
        assert code_of(answer) == (401, "credential.expired")
        assert "máy phát" in answer.json()["detail"]


def test_a_revoked_token_works_no_more_from_that_moment(world: World) -> None:
    issued = issuing.issue_token(world.context, "h654", "máy phát")
    with machine_of(world.context) as machine:
        assert machine.get(OWN, headers=bearer(issued.secret)).status_code == 200
        issuing.revoke(world.context, "station", issued.credential.id)
        assert code_of(machine.get(OWN, headers=bearer(issued.secret))) == (401, "credential.revoked")


def test_the_token_of_a_station_that_is_gone_works_no_more(world: World) -> None:
    secret = token(world.context)
    with world.change() as session:
        station = session.exec(select(Station).where(Station.code == "h654")).one()
        station.valid_to = local_today(world.context) + timedelta(days=1)
        session.add(station)
    with machine_of(world.context) as machine:
        path = "/api/v1/calendars/stations/h654.ics"
        assert machine.get(path, headers=bearer(secret)).status_code == 200
        world.now += timedelta(days=1)
        assert code_of(machine.get(path, headers=bearer(secret))) == (401, "credential.station_gone")


def test_a_changed_token_lives_another_day_beside_the_new_one(world: World) -> None:
    old = issuing.issue_token(world.context, "h654", "máy phát")
    new = issuing.rotate(world.context, "station", old.credential.id)
    with machine_of(world.context) as machine:
        world.now += timedelta(hours=24) - timedelta(seconds=1)
        assert machine.get(OWN, headers=bearer(old.secret)).status_code == 200
        world.now += timedelta(seconds=1)
        assert code_of(machine.get(OWN, headers=bearer(old.secret))) == (401, "credential.expired")
        assert machine.get(OWN, headers=bearer(new.secret)).status_code == 200


def test_a_key_does_what_it_was_given_and_no_more(world: World) -> None:
    reads = key(world.context, "months.read", "registry.read")
    with machine_of(world.context) as machine:
        assert machine.get("/api/v1/plans/2026-12/stations/h654", headers=bearer(reads)).status_code == 200
        assert machine.get("/api/v1/stations", headers=bearer(reads)).status_code == 200
        assert code_of(machine.get(OWN, headers=bearer(reads))) == (403, "access.right_missing")
        planned = machine.post("/api/v1/plans/2026-12/runs", json={}, headers=bearer(reads))
        assert code_of(planned) == (403, "access.right_missing")


def test_a_key_of_a_unit_stays_in_it(world: World) -> None:
    pulls = key(world.context, "exports.pull", unit="24490")
    with machine_of(world.context) as machine:
        assert machine.get(OTHER, headers=bearer(pulls)).status_code == 200
        assert code_of(machine.get(OWN, headers=bearer(pulls))) == (403, "access.out_of_reach")
        assert code_of(machine.get("/api/v1/calendars/province.ics", headers=bearer(pulls))) == (
            403,
            "access.out_of_reach",
        )


def test_two_organisations_keys_of_one_name_are_two_in_the_trail(world: World) -> None:
    add_person(world.context, "ai", organisation="khac")
    names = [
        who_of(world.context, hash_of(key(world.context, "segments.send", organisation=each, name="gửi bài"))).who.name
        for each in ("snv", "khac")
    ]
    assert names == ["key:snv/gửi bài", "key:khac/gửi bài"]


def test_the_address_of_a_feed_is_no_token(world: World) -> None:
    secret = feed(world.context, add_person(world.context, "ai", ["operator"]))
    with machine_of(world.context) as machine:
        assert code_of(machine.get(OWN, headers=bearer(secret))) == (401, "credential.unknown")


def test_when_and_from_where_a_token_was_used_is_written_down(world: World) -> None:
    issued = issuing.issue_token(world.context, "h654", "máy phát")
    with machine_of(world.context) as machine:
        machine.get(OWN, headers=bearer(issued.secret))
    found = issuing.list_credentials(world.context, "station", limit=10).items[0]
    assert (found.last_used_at, found.last_address) == (world.now, "testclient")


def test_administrators_see_to_machines_over_the_api(api: Client) -> None:
    made = api.post("/api/v1/tokens", json={"station": "h654", "name": "máy phát", "expires_on": "2027-01-31"})
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    secret, told = made.json()["secret"], made.json()["credential"]
    assert secret.startswith("loa_st_")
    assert secret.endswith(told["hint"])
    assert told["expires_at"] == "2027-02-01T00:00:00+07:00" or told["expires_at"].startswith("2027-01-31T17:00:00")
    listed = api.get("/api/v1/tokens?station=h654&state=living")
    assert [each["name"] for each in listed.json()["items"]] == ["máy phát"]
    assert secret not in listed.text
    number = told["id"]
    rotated = api.post(f"/api/v1/tokens/{number}/rotate")
    assert rotated.status_code == 201
    assert code_of(api.post(f"/api/v1/tokens/{number}/rotate")) == (409, "credential.replaced")
    assert api.post(f"/api/v1/tokens/{number}/revoke").json()["state"] == "revoked"
    assert code_of(api.post(f"/api/v1/keys/{number}/revoke")) == (404, "credential.not_found")
    made = api.post(
        "/api/v1/keys",
        json={"organisation": "snv", "name": "báo cáo", "rights": ["months.read"], "expires_on": "2027-06-30"},
    )
    assert made.json()["credential"]["rights"] == ["months.read"]
    assert api.get("/api/v1/keys").json()["total"] == 1


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("tokens", {"station": "h999", "name": "x"}, "station.unknown"),
        ("tokens", {"station": "h654", "name": ""}, "field.bad"),
        ("tokens", {"station": "h654", "name": "x" * 81}, "field.bad"),
        ("tokens", {"station": "h654", "name": "x", "expires_on": "2026-11-19"}, "credential.expiry_refused"),
        ("tokens", {"station": "h654", "name": "x", "rights": []}, "request.invalid"),
        ("tokens", {"station": "h654", "name": "có rồi"}, "credential.name_taken"),
        ("keys", {"organisation": "snv", "name": "x", "rights": [], "expires_on": "2026-12-01"}, "credential.without_rights"),
        ("keys", {"organisation": "không", "name": "x", "rights": ["months.read"], "expires_on": "2026-12-01"}, "organisation.unknown"),
        ("keys", {"organisation": "snv", "name": "x", "rights": ["segments.vet"], "expires_on": "2026-12-01"}, "credential.right_refused"),
        ("keys", {"organisation": "snv", "name": "x", "rights": ["machines.manage"], "expires_on": "2026-12-01"}, "credential.right_refused"),
        ("keys", {"organisation": "snv", "name": "x", "rights": ["months.read"], "expires_on": "2027-11-21"}, "credential.expiry_refused"),
        ("keys", {"organisation": "snv", "name": "x", "rights": ["months.read"], "expires_on": "2026-12-01", "unit": "x"}, "unit.unknown"),
    ],
)  # fmt: skip
def test_what_can_not_be_issued_is_refused(
    world: World, api: Client, path: str, body: dict[str, object], code: str
) -> None:
    token(world.context, name="có rồi")
    assert api.post(f"/api/v1/{path}", json=body).json()["code"] == code


def test_a_name_is_free_again_when_its_token_is_revoked(world: World) -> None:
    issued = issuing.issue_token(world.context, "h654", "máy phát")
    issuing.issue_token(world.context, "x24490", "máy phát")
    issuing.revoke(world.context, "station", issued.credential.id)
    assert issuing.issue_token(world.context, "h654", "máy phát").credential.state == "living"


def test_only_administrators_see_to_machines(world: World) -> None:
    for role in ("monitor", "planner", "lead", "producer", "operator", "auditor"):
        with client_of(world.context, who=add_person(world.context, role, [role])) as client:
            for path in ("/api/v1/tokens", "/api/v1/keys", "/ma-truy-cap"):
                assert client.get(path).status_code == 403, (role, path)
            assert client.post("/api/v1/tokens", json={"station": "h654", "name": "x"}).status_code == 403


def test_a_units_administrator_sees_to_its_stations_alone(world: World) -> None:
    theirs = issuing.issue_token(world.context, "h654", "của huyện")
    wide = issuing.issue_key(
        world.context, "snv", "rộng", rights=["months.read"], expires_on=local_today(world.context)
    )
    person = add_person(world.context, "xa", ["administrator"], unit_id=world.keys["24490"])
    with client_of(world.context, who=person) as client:

        def issue_key(**facts: object) -> int:
            usual = {"organisation": "snv", "name": "k", "rights": ["exports.pull"], "expires_on": "2026-12-01"}
            return client.post("/api/v1/keys", json=usual | facts).status_code

        assert client.post("/api/v1/tokens", json={"station": "x24490", "name": "của xã"}).status_code == 201
        for station in ("h654", "x24502", "h999"):
            made = client.post("/api/v1/tokens", json={"station": station, "name": "x"})
            assert code_of(made) == (403, "access.out_of_reach"), station
        assert [each["name"] for each in client.get("/api/v1/tokens").json()["items"]] == ["của xã"]
        assert client.get("/api/v1/keys").json()["items"] == []
        for path in (f"tokens/{theirs.credential.id}", f"keys/{wide.credential.id}"):
            for action in ("revoke", "rotate"):
                assert code_of(client.post(f"/api/v1/{path}/{action}")) == (404, "credential.not_found")
        assert issue_key() == issue_key(unit="654") == issue_key(unit="24490", rights=["audit.read"]) == 403
        assert issue_key(unit="24490") == 201


def test_the_trail_tells_of_all_and_holds_no_secret(world: World) -> None:
    person = add_person(world.context, "ai", ["operator"])
    issued = issuing.issue_token(world.context, "h654", "máy phát")
    changed = issuing.rotate(world.context, "station", issued.credential.id)
    issuing.revoke(world.context, "station", changed.credential.id)
    issuing.revoke(world.context, "station", changed.credential.id)
    secrets = [issued.secret, changed.secret, key(world.context, "months.read"), feed(world.context, person)]
    with world.context.database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()  # type: ignore[arg-type]  # a column
        kept = session.exec(select(Credential)).all()
    told = [entry.action for entry in entries if entry.action.partition(".")[0] in {"token", "key", "feed"}]
    assert told == ["token.issued", "token.rotated", "token.revoked", "key.issued", "feed.issued"]
    written = "".join(entry.model_dump_json() for entry in entries) + "".join(row.model_dump_json() for row in kept)
    assert not [secret for secret in secrets if secret in written]
    assert not [secret for secret in secrets if hash_of(secret) in "".join(e.model_dump_json() for e in entries)]


def test_a_token_that_asks_too_often_waits_until_the_minute_is_over(world: World) -> None:
    secret, other = token(world.context), token(world.context, "x24490")
    with machine_of(world.context) as machine:
        machine.app.gate.pace.most = 3  # type: ignore[attr-defined]  # our own application
        world.now = world.now.replace(second=20)
        assert [machine.get(OWN, headers=bearer(secret)).status_code for _ in range(3)] == [200] * 3
        answer = machine.get(OWN, headers=bearer(secret))
        assert code_of(answer) == (429, "request.too_many")
        assert answer.headers["retry-after"] == "40"
        assert machine.get(OTHER, headers=bearer(other)).status_code == 200
        world.now += timedelta(seconds=40)
        assert machine.get(OWN, headers=bearer(secret)).status_code == 200


def test_after_many_wrong_tokens_no_more_are_looked_at_but_a_good_one_goes_on(world: World) -> None:
    good, unseen = token(world.context), token(world.context, name="chưa dùng")
    with machine_of(world.context) as machine:
        assert machine.get(OWN, headers=bearer(good)).status_code == 200
        for number in range(30):
            assert machine.get(OWN, headers=bearer(f"loa_st_{number}")).status_code == 401
        answer = machine.get(OWN, headers=bearer("loa_st_x"))
        assert code_of(answer) == (429, "request.too_many")
        assert 0 < int(answer.headers["retry-after"]) <= 300
        assert machine.get(OWN, headers=bearer(unseen)).status_code == 429
        token(world.context, name="một thay đổi")  # nothing is known by heart any more
        assert machine.get(OWN, headers=bearer(good)).status_code == 200
