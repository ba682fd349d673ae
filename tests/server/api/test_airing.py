"""What stations say they aired, over HTTP: taken line by line, proved figure by figure."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlmodel import select

from server.db.library import Segment
from server.db.plans import PlanEntry, PlanRevision
from server.db.registry import Station
from server.services.local_time import ZONE
from server.services.rows import identity
from server.services.stored_plans import plans_of, published_of, read_slots, store_month_plans
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person, add_station_token
from tests.server.worlds import MONTH, World, local

MID_MONTH = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)  # 08:00 in Đắk Lắk
PROOF = "/api/v1/proof/2026-12/stations/h654"
SAY = "/api/v1/stations/h654/as-run"


@pytest.fixture
def december(world: World) -> World:
    """The plan of December is half over."""
    world.now = MID_MONTH
    return world


@pytest.fixture
def aired(december: World) -> Client:
    return client_of(december.context)


def past_slots(client: Client) -> list[dict[str, Any]]:
    slots = client.get(PROOF).json()["slots"]
    return [slot for slot in slots if datetime.fromisoformat(slot["starts_at"]) < MID_MONTH - timedelta(hours=1)]


def test_before_anybody_says_anything_the_past_is_unknown_or_missed_and_the_rest_to_come(aired: Client) -> None:
    proof = aired.get(PROOF).json()
    outcomes = {slot["outcome"] for slot in proof["slots"]}
    assert outcomes <= {"unknown", "missed", "upcoming"}
    assert "upcoming" in outcomes
    [verdict] = [each for each in proof["verdicts"] if each["kind"] == "min"]
    assert (verdict["reported_ms"], verdict["counted_ms"]) == (0, 0)
    assert verdict["planned_ms"] > 0
    assert proof["entries"] == []


def test_a_slot_that_is_said_to_have_been_aired_counts_with_the_entry_behind_it(aired: Client) -> None:
    slot = past_slots(aired)[0]
    said = aired.post(SAY, json={"statements": [{"id": "a1", "slot": slot["key"]}]}).json()
    assert (said["new"], said["known"], said["refused"]) == (1, 0, 0)
    proof = aired.get(PROOF).json()
    [shown] = [each for each in proof["slots"] if each["key"] == slot["key"]]
    assert shown["outcome"] == "aired"
    assert shown["reported_ms"] == shown["planned_ms"] == slot["planned_ms"]
    assert shown["logged_ms"] == 0  # a person's word
    [verdict] = [each for each in proof["verdicts"] if each["kind"] == "min"]
    assert verdict["counted_ms"] == sum(each["ms"] for each in verdict["evidence"]) > 0
    assert {uid for each in verdict["evidence"] for uid in each["entries"]} == {said["lines"][0]["entry"]}


def test_the_same_statements_ten_times_and_in_any_order_are_said_once(aired: Client) -> None:
    statements = [{"id": f"s{n}", "slot": slot["key"]} for n, slot in enumerate(past_slots(aired))]
    first = aired.post(SAY, json={"statements": statements}).json()
    assert first["new"] == len(statements) > 1
    once = aired.get(PROOF).json()
    for _ in range(9):
        again = aired.post(SAY, json={"statements": list(reversed(statements))}).json()
        assert (again["batch"], again["new"], again["known"]) == (None, 0, len(statements))
    assert aired.get(PROOF).json() == once


def test_a_correction_takes_the_place_of_what_it_corrects_even_when_it_comes_first(aired: Client) -> None:
    slot = past_slots(aired)[0]
    mended = {"id": "b2", "slot": slot["key"], "aired": False, "reason": "Mất điện", "corrects": "b1"}
    assert aired.post(SAY, json={"statements": [mended]}).json()["new"] == 1
    assert aired.post(SAY, json={"statements": [{"id": "b1", "slot": slot["key"]}]}).json()["new"] == 1
    [shown] = [each for each in aired.get(PROOF).json()["slots"] if each["key"] == slot["key"]]
    assert (shown["outcome"], shown["reported_ms"]) == ("missed", 0)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ({"slot": "no-such-slot"}, "airing.slot_unknown"),
        ({"title": "Tin"}, "airing.nothing_said"),
        ({"title": "Tin", "starts_at": "2026-12-20T05:00:00+07:00"}, "airing.not_yet"),
        ({"title": "Tin", "starts_at": "1970-01-01T00:00:00Z"}, "airing.too_long_ago"),
        ({"title": "Tin", "starts_at": "2026-12-15T05:00:00+07:00", "aired": False}, "airing.reason_missing"),
    ],
)
def test_what_can_not_be_is_refused_by_itself_with_its_reason(
    aired: Client, statement: dict[str, Any], code: str
) -> None:
    good = {"slot": past_slots(aired)[0]["key"]}
    said = aired.post(SAY, json={"statements": [statement, good]}).json()
    assert [(line["outcome"], line["code"]) for line in said["lines"]] == [("refused", code), ("new", None)]
    assert said["lines"][0]["detail"].endswith(".")


def test_a_dry_run_says_what_would_come_of_it_and_keeps_nothing(aired: Client) -> None:
    before = aired.get(PROOF).json()
    said = aired.post(SAY, json={"statements": [{"slot": past_slots(aired)[0]["key"]}], "dry_run": True}).json()
    assert (said["new"], said["batch"]) == (1, None)
    assert aired.get(PROOF).json() == before


def test_a_template_that_is_filled_in_comes_back_as_what_was_aired(aired: Client) -> None:
    template = aired.get("/api/v1/stations/h654/months/2026-12/log-template?format=csv")
    assert template.status_code == 200
    rows = list(csv.reader(io.StringIO(template.content.decode("utf-8-sig"))))
    done = rows[0].index("Đã phát")
    past = {slot["key"] for slot in past_slots(aired)}
    filled = [
        rows[0],
        *([*row[:done], "x", *row[done + 1 :]] for row in rows[1:] if row[rows[0].index("Khung phát")] in past),
    ]
    text = io.StringIO()
    csv.writer(text).writerows(filled)
    answer = aired.post("/api/v1/stations/h654/logs?kind=csv&name=t12.csv", content=text.getvalue().encode()).json()
    assert (answer["new"], answer["refused"]) == (len(filled) - 1, 0)
    proof = aired.get(PROOF).json()
    assert {slot["outcome"] for slot in proof["slots"] if slot["key"] in past} == {"aired"}
    assert {entry["grade"] for entry in proof["entries"]} == {"reported"}


def test_lines_of_another_station_in_a_log_are_refused_and_the_others_taken(aired: Client) -> None:
    log = "Đài,Ngày,Giờ bắt đầu,Tên bài,Đã phát\nh652,15/12/2026,05:00,Tin,x\nh654,15/12/2026,05:00,Tin,x\n"
    answer = aired.post("/api/v1/stations/h654/logs?kind=csv", content=log.encode()).json()
    assert [(line["outcome"], line["code"]) for line in answer["lines"]] == [
        ("refused", "airing.other_station"),
        ("new", None),
    ]


def test_what_a_station_aired_before_it_ended_can_be_said_when_it_is_gone(aired: Client, december: World) -> None:
    slot = past_slots(aired)[0]
    with december.change() as session:
        session.get_one(Station, december.keys["h654"]).valid_to = date(2026, 12, 15)
    december.now = datetime(2027, 2, 10, 1, 0, tzinfo=UTC)
    statements = [
        {"id": "s", "slot": slot["key"]},
        {"id": "t", "title": "Tin", "starts_at": "2026-12-14T23:59:59+07:00"},
        {"id": "u", "title": "Tin", "starts_at": "2026-12-15T00:00:00+07:00"},
    ]
    said = aired.post(SAY, json={"statements": statements}).json()
    assert [(line["outcome"], line["code"]) for line in said["lines"]] == [
        ("new", None),
        ("new", None),
        ("refused", "station.unknown"),
    ]


def test_midnight_at_the_stations_decides_the_month(aired: Client) -> None:
    statements = [
        {"title": "Cuối tháng 11", "starts_at": "2026-11-30T16:59:59Z"},
        {"title": "Đầu tháng 12", "starts_at": "2026-11-30T17:00:00Z"},
    ]
    lines = aired.post(SAY, json={"statements": statements}).json()["lines"]
    assert [line["month"] for line in lines] == ["2026-11", "2026-12"]


def test_what_was_known_at_an_earlier_moment_can_still_be_seen(aired: Client, december: World) -> None:
    slot = past_slots(aired)[0]
    december.now = MID_MONTH + timedelta(hours=1)
    aired.post(SAY, json={"statements": [{"slot": slot["key"]}]})
    then = aired.get(PROOF, params={"as_of": "2026-12-16T08:00:00+07:00"}).json()
    now = aired.get(PROOF).json()
    assert (len(then["entries"]), len(now["entries"])) == (0, 1)


def test_a_station_says_it_has_its_files_and_what_it_pulled_is_delivered(aired: Client, december: World) -> None:
    token = {"Authorization": f"Bearer {add_station_token(december.context, december.keys['h654'])}"}
    machine = Client(aired.app, base_url="http://127.0.0.1:8000")
    playlist = machine.get("/api/v1/stations/h654/months/2026-12/playlist.m3u8", headers=token).text
    addresses = [line for line in playlist.splitlines() if line.startswith("http")]
    assert all("&for=h654&" in address for address in addresses)
    assert machine.get(addresses[0]).status_code == 200
    sha256s = sorted({address.rpartition("/")[2].partition(".")[0] for address in addresses})
    known = machine.post("/api/v1/stations/h654/files", json={"files": [*sha256s, "0" * 64]}, headers=token).json()
    assert known == {"known": len(sha256s), "new": len(sha256s), "unknown": ["0" * 64]}
    [verdict] = [each for each in aired.get(PROOF).json()["verdicts"] if each["kind"] == "min"]
    assert verdict["delivered_ms"] > 0
    assert machine.get(addresses[0].replace("for=h654", "for=h652")).status_code == 401


def test_what_a_monitor_pulls_is_not_delivered_to_the_station(aired: Client) -> None:
    playlist = aired.get("/api/v1/stations/h654/months/2026-12/playlist.m3u8").text
    address = next(line for line in playlist.splitlines() if line.startswith("http"))
    assert aired.get(address).status_code == 200
    assert {slot["delivered_ms"] for slot in aired.get(PROOF).json()["slots"]} == {0}


def test_what_a_device_says_with_its_own_token_is_logged(aired: Client, december: World) -> None:
    token = {"Authorization": f"Bearer {add_station_token(december.context, december.keys['h654'])}"}
    machine = Client(aired.app, base_url="http://127.0.0.1:8000")
    slot = past_slots(aired)[0]
    assert machine.post(SAY, json={"statements": [{"slot": slot["key"]}]}, headers=token).json()["new"] == 1
    [shown] = [each for each in aired.get(PROOF).json()["slots"] if each["key"] == slot["key"]]
    assert shown["logged_ms"] == slot["planned_ms"]


def test_who_speaks_for_one_station_is_not_heard_for_another(december: World) -> None:
    person = add_person(december.context, "van-hanh", ["operator"], unit_id=december.keys["24490"])
    said = {"statements": [{"title": "x", "starts_at": local("2026-12-15 05:00").isoformat()}]}
    with client_of(december.context, who=person) as operator:
        assert operator.post(SAY, json=said).status_code == 403
        assert operator.post(SAY.replace("h654", "x24490"), json=said).json()["new"] == 1


def test_the_province_shows_every_station_with_its_figures(aired: Client) -> None:
    slot = past_slots(aired)[0]
    aired.post(SAY, json={"statements": [{"slot": slot["key"]}]})
    rows = aired.get("/api/v1/proof/2026-12").json()["stations"]
    of = {row["station"]["code"]: row for row in rows}
    [alone] = [each for each in aired.get(PROOF).json()["verdicts"] if each["kind"] == "min"]
    [among] = [each for each in of["h654"]["verdicts"] if each["kind"] == "min"]
    assert among == {**alone, "evidence": []}
    assert of["h654"]["entries"] == 1


def republish(world: World, starts: dict[str, datetime]) -> None:
    """December as it was, with some slots of the district station moved."""
    station = world.keys["h654"]
    with world.change() as session:
        old = published_of(session, MONTH)
        assert old is not None
        moved = [
            msgspec.structs.replace(slot, starts_at=starts.get(slot.key, slot.starts_at))
            for slot in read_slots(session, plans_of(old.id))[station]
        ]
        plan = store_month_plans(session, MONTH, {station: moved})[station]
        new = PlanRevision(**old.model_dump(exclude={"id", "number", "status"}), status="draft")
        session.add(new)
        session.flush()
        for entry in session.exec(select(PlanEntry).where(PlanEntry.revision_id == old.id)).all():
            own = entry.station_id == station
            facts = entry.model_dump(exclude={"id", "revision_id", "month_plan_id"})
            session.add(
                PlanEntry(**facts, revision_id=identity(new), month_plan_id=plan if own else entry.month_plan_id)
            )
        session.flush()
        new.status, new.number = "published", (old.number or 0) + 1


def test_half_a_minute_before_the_month_finds_the_slot_that_begins_with_it(aired: Client, december: World) -> None:
    republish(december, {aired.get(PROOF).json()["slots"][0]["key"]: local("2026-12-01 00:00")})
    item = aired.get(PROOF).json()["slots"][0]["items"][0]
    early = datetime.fromisoformat(item["starts_at"]) - timedelta(seconds=30)
    said = {"segment": item["segment"], "starts_at": early.isoformat(), "duration_ms": item["planned_ms"]}
    [line] = aired.post(SAY, json={"statements": [said]}).json()["lines"]
    assert (early.astimezone(ZONE).day, line["month"]) == (30, "2026-12")
    shown = aired.get(PROOF).json()
    assert shown["slots"][0]["items"][0]["outcome"] == "aired"
    assert shown["extras"] == []


def test_a_device_whose_clock_is_a_day_ahead_at_the_months_end_is_set_right(aired: Client, december: World) -> None:
    december.now = datetime(2027, 1, 3, tzinfo=UTC)
    machine = Client(aired.app, base_url="http://127.0.0.1:8000")
    machine.headers["Authorization"] = f"Bearer {add_station_token(december.context, december.keys['h654'])}"
    keys = [slot["key"] for slot in aired.get(PROOF).json()["slots"]][-4:]
    days = ("2026-12-26", "2026-12-28", "2026-12-30", "2026-12-31")
    republish(december, {key: local(f"{day} 05:0{n}") for n, (key, day) in enumerate(zip(keys, days, strict=True))})
    slots = aired.get(PROOF).json()["slots"][-4:]
    statements = [
        {
            "segment": item["segment"],
            "starts_at": (datetime.fromisoformat(item["starts_at"]) + timedelta(days=1)).isoformat(),
        }
        for slot in slots
        for item in slot["items"]
    ]
    lines = machine.post(SAY, json={"statements": statements}).json()["lines"]
    assert {line["month"] for line in lines} == {"2026-12"}
    shown = aired.get(PROOF).json()
    assert {item["outcome"] for slot in shown["slots"][-4:] for item in slot["items"]} == {"aired"}
    assert (shown["extras"], [doubt["code"] for doubt in shown["slots"][-1]["doubts"]]) == ([], ["clock_shifted"])


def test_a_segment_that_was_withdrawn_before_the_month_is_told_as_that_and_not_as_unknown(
    aired: Client, december: World
) -> None:
    slot = past_slots(aired)[0]
    planned = {item["segment"] for each in aired.get(PROOF).json()["slots"] for item in each["items"]}
    december.add_segment("cu", topic="mot-cua")
    with december.change() as session:
        row = session.exec(select(Segment).where(Segment.code == "cu")).one()
        row.state, row.valid_to = "withdrawn", date(2026, 10, 31)
        row.withdrawn_at = datetime(2026, 11, 1, tzinfo=UTC)
    assert "cu" not in planned
    statements = [{"slot": slot["key"], "segment": "cu"}, {"slot": slot["key"], "segment": "chua-tung-co"}]
    assert aired.post(SAY, json={"statements": statements}).json()["new"] == 2
    [shown] = [each for each in aired.get(PROOF).json()["slots"] if each["key"] == slot["key"]]
    codes = {doubt["segment"]: doubt["code"] for doubt in shown["doubts"] if "segment" in doubt}
    assert (codes["cu"], codes["chua-tung-co"]) == ("withdrawn", "unknown_segment")


def test_lines_of_a_code_that_changes_hands_in_mid_month_go_to_whoever_had_it_then(
    aired: Client, december: World
) -> None:
    with december.change() as session:
        session.get_one(Station, december.keys["h654"]).valid_to = date(2026, 12, 10)
    december.add_station("h654", unit="654", name="Đài hợp nhất", tier="district", valid_from=date(2026, 12, 10))
    log = "Ngày,Giờ bắt đầu,Tên bài,Đã phát\n09/12/2026,23:59:59,Tin cũ,x\n10/12/2026,00:00,Tin mới,x\n"
    answer = aired.post("/api/v1/stations/h654/logs?kind=csv", content=log.encode()).json()
    assert [line["outcome"] for line in answer["lines"]] == ["new", "new"]
    stations = aired.get("/api/v1/proof/2026-12").json()["stations"]
    assert sorted((row["station"]["name"], row["entries"]) for row in stations if row["station"]["code"] == "h654") == [
        ("Đài Truyền thanh - Truyền hình huyện Krông Pắc", 1),
        ("Đài hợp nhất", 1),
    ]
    assert [each["title"] for each in aired.get(PROOF).json()["entries"]] == ["Tin mới"]


def test_a_time_without_a_zone_is_refused_of_devices_and_local_in_a_table(aired: Client) -> None:
    said = {"statements": [{"title": "Tin", "starts_at": "2026-12-15T05:00:00"}]}
    assert aired.post(SAY, json=said).status_code == 400
    log = "Ngày,Giờ bắt đầu,Tên bài,Đã phát\n15/12/2026,05:00,Tin,x\n"
    assert aired.post("/api/v1/stations/h654/logs?kind=csv", content=log.encode()).json()["new"] == 1
    assert [each["starts_at"] for each in aired.get(PROOF).json()["entries"]] == ["2026-12-15T05:00:00+07:00"]
