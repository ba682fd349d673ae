"""`loa plan solve` of files that are no instance: one sentence with the path of the fault, nothing written."""

import json
from collections.abc import Callable

import pytest

from tests.checker.building import instance, segment, slot
from tests.checker.facts import Json
from tests.planning.front_door import FrontDoor, assert_refused

Edit = Callable[[Json], object]


def first(about: Json) -> Json:
    station: Json = about["stations"][0]
    return station


def session(about: Json) -> Json:
    found: Json = first(about)["sessions"][0]
    return found


EDITS: dict[str, tuple[Edit, str]] = {
    "no column": (lambda i: i.update(columns=[]), "columns"),
    "no language": (lambda i: first(i).update(languages=[]), "stations[0].languages"),
    "no weekday": (lambda i: session(i).update(weekdays=[]), "stations[0].sessions[0].weekdays"),
    "a weekday twice": (lambda i: session(i).update(weekdays=[1, 1]), "stations[0].sessions[0].weekdays"),
    "a segment without sound": (lambda i: i["segments"][1].update(duration_ms=0), "segments[1].duration_ms"),
    "no slot a day": (lambda i: i["columns"][0].update(max_slots_per_day=0), "columns[0].max_slots_per_day"),
    "no airing a month": (lambda i: i["columns"][0].update(max_per_month=0), "columns[0].max_per_month"),
    "no separation": (lambda i: i["columns"][0].update(separation_days=0), "columns[0].separation_days"),
    "a freeze backwards": (lambda i: i.update(freeze_hours=-1), "freeze_hours"),
    "a weight below nothing": (lambda i: i.update(weights={"topics": -0.1}), "weights.topics"),
    "a weight of nothing known": (lambda i: i.update(weights={"topic": 1}), "weights.topic"),
    "a weight that costs can't hold": (lambda i: i.update(weights={"age": 1e308}), "weights.age"),
    "a length of many bits": (lambda i: i["rules"][0].update(ms=2**63), "rules[0].ms"),
    "a length of more than JSON keeps": (lambda i: i["columns"][0].update(opening_ms=2**53), "columns[0].opening_ms"),
    "a length as a fraction": (lambda i: i["rules"][0].update(ms=900_000.5), "rules[0].ms"),
    "a length as text": (lambda i: i["rules"][0].update(ms="900000"), "rules[0].ms"),
    "a length as a truth": (lambda i: i["rules"][0].update(ms=True), "rules[0].ms"),
    "stations as an object": (lambda i: i.update(stations={}), "stations"),
    "a station as a number": (lambda i: i.update(stations=[3]), "stations[0]"),
    "a field of its own": (lambda i: i["topics"][0].update(màu="đỏ"), "topics[0].màu"),
    "a field missing": (lambda i: i["segments"][0].pop("topic"), "segments[0].topic"),
    "another format": (lambda i: i.update(format="loa-instance/2"), "format"),
    "a zone that is none": (lambda i: i.update(timezone="Mars/Phobos"), "timezone"),
    "a zone that is a path": (lambda i: i.update(timezone="../../etc/passwd"), "timezone"),
    "a month of no year": (lambda i: i.update(month="2026-13"), "month"),
    "a month long ago": (lambda i: i.update(month="1899-12"), "month"),
    "a month by the sun's clock": (lambda i: i.update(month="1906-06"), "month"),
    "a time without offset": (lambda i: i.update(now="2026-11-29T00:00:00"), "now"),
    "a day that is none": (lambda i: i["segments"][0].update(valid_from="2026-02-30"), "segments[0].valid_from"),
    "a clock that is none": (lambda i: session(i).update(start="5:00"), "stations[0].sessions[0].start"),
    "a session over midnight": (
        lambda i: session(i).update(start="23:00", end="01:00"),
        "stations[0].sessions[0].end",
    ),
    "a session from midnight's end": (lambda i: session(i).update(start="24:00"), "stations[0].sessions[0].start"),
    "an exception over midnight": (
        lambda i: first(i).update(
            exceptions=[{"session": "sang", "date": "2026-12-07", "start": "23:00", "end": "01:00"}]
        ),
        "stations[0].exceptions[0].end",
    ),
    "a blackout backwards": (
        lambda i: first(i).update(blackouts=[{"from": "2026-12-08T00:00:00Z", "to": "2026-12-07T00:00:00Z"}]),
        "stations[0].blackouts[0].to",
    ),
    "shares above one": (
        lambda i: first(i).update(languages=["vi", "rad"], language_shares={"vi": 0.8, "rad": 0.5}),
        "stations[0].language_shares",
    ),
    "one share above one": (lambda i: first(i).update(language_shares={"vi": 2}), "stations[0].language_shares.vi"),
    "a code too long": (lambda i: i["segments"][0].update(id="a" * 65), "segments[0].id"),
    "a code of nothing": (lambda i: i["segments"][0].update(id=""), "segments[0].id"),
    "a segment twice": (lambda i: i["segments"].append(segment("s1")), "segments[6].id"),
    "topics in a circle": (
        lambda i: i["topics"].extend(
            [{"code": "p", "parent": "q", "weight": 0}, {"code": "q", "parent": "p", "weight": 0}]
        ),
        "topics[3].parent",
    ),
    "relays in a circle": (lambda i: session(i).update(relays="x1"), "stations[0].sessions[0].relays"),
    "a rule by the week": (lambda i: i["rules"][0].update(period="week"), "rules[0].period"),
    "a minimum by the day": (lambda i: i["rules"][0].update(period="day"), "rules[0].period"),
    "a lock in another month": (
        lambda i: i.update(locked=[slot("h1", "07 05:00", "s1") | {"start": "2027-01-07T05:00:00+07:00"}]),
        "locked[0].start",
    ),
}

GOOD = json.dumps(instance()).encode()
FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "không phải JSON"),
    "half a document": (GOOD[:1000], "không phải JSON"),
    "two documents": (GOOD * 2, "không phải JSON"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "không phải JSON"),
    "another encoding": (GOOD.replace(b"sang", b"s\xe1ng"), "không phải JSON"),
    "half a character": (GOOD.replace(b'"sang"', b'"\\ud800"'), "không phải JSON"),
    "not a number": (GOOD.replace(b'"weight": 3', b'"weight": NaN'), "không phải JSON"),
    "a number beyond floats": (GOOD.replace(b'"weight": 3', b'"weight": 1e400'), "tại topics[0].weight: nằm ngoài"),
    "a number of 5,000 digits": (GOOD.replace(b'"ms": 900000', b'"ms": ' + b"9" * 5000), "tại rules[0].ms: nằm ngoài"),
    "a list": (b"[]", "sai kiểu dữ liệu"),
    "a plan": (b'{"format": "loa-plan/1", "month": "2026-12"}', "tại format"),
    "lists in lists": (b"[" * 100_000, "sai kiểu dữ liệu"),
    "lists in lists in a field": (GOOD[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "tại x"),
    "objects in objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "tại a"),
    "a word of ten million letters": (GOOD.replace(b'"sang"', b'"' + b"a" * 10**7 + b'"'), "sessions[0].id"),
    "a line end in a clock": (GOOD.replace(b'"05:00"', b'"05:00\\n"'), r"(giá trị «05:00\u000a»)"),
}


@pytest.mark.parametrize("case", EDITS)
def test_what_is_wrong_is_told_with_its_path(door: FrontDoor, case: str) -> None:
    edit, path = EDITS[case]
    about = instance()
    edit(about)
    answer = door.solve(json.dumps(about).encode())
    assert_refused(answer)
    assert f" tại {path}: " in answer.said


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_instance_is_told_as_what_it_is(door: FrontDoor, case: str) -> None:
    content, told = FILES[case]
    answer = door.solve(content)
    assert_refused(answer)
    assert told in answer.said
    assert len(answer.said) < 500


def test_a_folder_or_nothing_in_the_place_of_the_instance_is_told(door: FrontDoor) -> None:
    target = str(door.folder / "plan.json")
    for source, told in ((door.folder, "đây là thư mục"), (door.folder / "none.json", "không có tệp này")):
        status, said = door.run("plan", "solve", str(source), "--output", target)
        assert (status, said) == (2, f"Lỗi: Không đọc được tệp {source} ({told}).\n")


def test_a_plan_that_can_not_be_written_is_told_and_leaves_nothing(door: FrontDoor) -> None:
    source = door.folder / "instance.json"
    source.write_bytes(json.dumps(instance(rules=[])).encode())
    status, said = door.run("plan", "solve", str(source), "--output", str(door.folder / "none" / "plan.json"))
    assert (status, "Không ghi được ra" in said) == (3, True)
    status, said = door.run("plan", "solve", str(source), "--output", str(door.folder))
    assert (status, "--output" in said) == (2, True)
    assert [path.name for path in door.folder.iterdir()] == ["instance.json"]
