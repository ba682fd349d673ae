"""Reading and writing: what is refused names the field."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schedules
from schedules.exchange import (
    InvalidInstance,
    InvalidPlan,
    check_instance,
    read_instance,
    read_plan,
    write_instance,
    write_plan,
)
from schedules.planner import make_plan
from tests.schedules.builders import at, instance, published, segment, session, slot, station

SCHEMAS = Path(schedules.__file__).parent
MOST_OF = {"id": "s", "weekdays": [1], "start": "05:00", "end": "06:00"}
STATION = {"code": "D", "tier": "x", "languages": ["vi"], "sessions": [MOST_OF]}
SEGMENT = {
    "id": "a",
    "duration_ms": 1,
    "topic": "t1",
    "language": "vi",
    "valid_from": "2026-12-01",
    "priority": "normal",
}
RULE = {"id": "r", "kind": "min", "period": "month", "ms": 1, "column": "c"}
SLOT = {
    "id": "x",
    "station": "D",
    "column": "c",
    "start": "2026-12-01T05:00:00+07:00",
    "length_ms": 1,
    "items": [],
}


def document(**given: Any) -> bytes:
    return json.dumps(json.loads(write_instance(instance())) | given).encode()


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())


@pytest.mark.parametrize(
    ("given", "path", "problem"),
    [
        ({"month": "2026-13"}, "month", "wrong_form"),
        ({"month": "0001-01"}, "month", "unknown_month"),
        ({"timezone": "Asia/Loa"}, "timezone", "unknown_timezone"),
        ({"now": "2026-11-25T08:00:00"}, "now", "not_a_time"),
        ({"colour": 1}, "colour", "unknown_field"),
        ({"seed": "1"}, "seed", "wrong_type"),
        ({"columns": []}, "columns", "wrong_length"),
        ({"stations": [STATION, STATION]}, "stations[1].code", "duplicate"),
        ({"stations": [STATION | {"sessions": [MOST_OF | {"relays": "E"}]}]}, "stations[0].sessions[0].relays", "unknown_station"),
        ({"stations": [STATION | {"sessions": [MOST_OF | {"relays": "D"}]}]}, "stations[0].sessions[0].relays", "circle"),
        ({"stations": [STATION | {"sessions": [MOST_OF, MOST_OF]}]}, "stations[0].sessions[1].id", "duplicate"),
        ({"stations": [STATION | {"sessions": [MOST_OF | {"end": "05:00"}]}]}, "stations[0].sessions[0].end", "not_later"),
        ({"stations": [STATION | {"sessions": [MOST_OF | {"weekdays": [8]}]}]}, "stations[0].sessions[0].weekdays[0]", "out_of_range"),
        ({"stations": [STATION | {"exceptions": [{"session": "q", "date": "2026-12-01"}]}]}, "stations[0].exceptions[0].session", "unknown_session"),
        ({"stations": [STATION | {"exceptions": [{"session": "s", "date": "2026-12-07"}] * 2}]}, "stations[0].exceptions[1].date", "duplicate"),
        ({"stations": [STATION | {"language_shares": {"vi": 0.6, "ede": 0.1}}]}, "stations[0].language_shares.ede", "foreign_language"),
        ({"stations": [STATION | {"languages": ["vi", "ede"], "language_shares": {"vi": 0.6, "ede": 0.5}}]}, "stations[0].language_shares", "above_one"),
        ({"stations": [STATION | {"language_shares": {"vi": 2}}]}, "stations[0].language_shares.vi", "out_of_range"),
        ({"segments": [SEGMENT, SEGMENT]}, "segments[1].id", "duplicate"),
        ({"segments": [SEGMENT | {"topic": "t9"}]}, "segments[0].topic", "unknown_topic"),
        ({"segments": [SEGMENT | {"column": "z"}]}, "segments[0].column", "unknown_column"),
        ({"segments": [SEGMENT | {"stations": ["D", "Z"]}]}, "segments[0].stations[1]", "unknown_station"),
        ({"segments": [{"id": "a"}]}, "segments[0].duration_ms", "missing"),
        ({"rules": [RULE | {"column": "z"}]}, "rules[0].column", "unknown_column"),
        ({"rules": [RULE | {"period": "day"}]}, "rules[0].period", "not_one_of"),
        ({"topics": [{"code": "t1", "parent": "t2", "weight": 1}, {"code": "t2", "parent": "t1", "weight": 1}]}, "topics[0].parent", "circle"),
        ({"topics": [{"code": "t1", "parent": "t7", "weight": 1}]}, "topics[0].parent", "unknown_topic"),
        ({"locked": [SLOT | {"start": "2026-12-31T17:00:00Z"}]}, "locked[0].start", "outside_month"),
        ({"published": {"revision": 1, "slots": [SLOT | {"start": "2026-11-30T23:59:00+07:00"}]}}, "published.slots[0].start", "outside_month"),
        ({"published": {"revision": 1, "slots": [SLOT | {"station": "Z"}]}}, "published.slots[0].station", "unknown_station"),
        ({"aired": [{"station": "Z", "segment": "a", "date": "2026-11-30"}]}, "aired[0].station", "unknown_station"),
    ],
)  # fmt: skip
def test_a_faulty_instance_is_refused_with_the_path_of_the_fault(
    given: dict[str, Any], path: str, problem: str
) -> None:
    with pytest.raises(InvalidInstance) as refusal:
        read_instance(document(**given))
    assert (refusal.value.path, refusal.value.problem) == (path, problem)


def test_a_refusal_carries_what_stands_there() -> None:
    with pytest.raises(InvalidInstance) as refusal:
        read_instance(document(timezone="Asia/Loa"))
    assert refusal.value.facts == {"path": "timezone", "problem": "unknown_timezone", "value": "Asia/Loa"}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[]", b'"x"'])
def test_what_is_no_instance_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInstance):
        read_instance(data)
    with pytest.raises(InvalidPlan):
        read_plan(data)


def test_the_last_instant_of_the_month_at_utc_plus_7_is_still_in_it() -> None:
    read_instance(
        document(locked=[SLOT | {"start": "2026-12-31T16:59:00Z"}, SLOT | {"id": "y", "start": "2026-11-30T17:00:00Z"}])
    )


def test_a_circle_of_relays_through_others_is_refused() -> None:
    stations = (
        station("D", sessions=(session(relays="E"),)),
        station("E", sessions=(session(relays="F"),)),
        station("F", sessions=(session(relays="E"),)),
    )
    with pytest.raises(InvalidInstance) as refusal:
        check_instance(instance(stations=stations))
    assert refusal.value.path == "stations[1].sessions[0].relays"


def test_an_instance_built_in_memory_is_checked_against_the_schema_too() -> None:
    with pytest.raises(InvalidInstance) as refusal:
        check_instance(instance(segments=(segment("s1", -1),)))
    assert refusal.value.path == "segments[0].duration_ms"


def test_an_instance_is_read_as_it_was_written() -> None:
    whole = instance(
        published=published(slot(at(2))),
        locked=(slot(at(3), locked=True),),
        segments=(segment("s1", 110, must_air={"times": 1, "from": "2026-12-01", "to": "2026-12-02"}),),
    )
    data = write_instance(whole)
    jsonschema.validate(json.loads(data), schema("instance"))
    assert write_instance(read_instance(data)) == data


def test_a_plan_is_valid_and_read_as_it_was_written() -> None:
    plan = make_plan(instance())
    data = write_plan(plan)
    jsonschema.validate(json.loads(data), schema("plan"))
    assert read_plan(data) == plan
    assert write_plan(read_plan(data)) == data


def test_fields_that_a_plan_may_have_beyond_the_schema_are_no_fault() -> None:
    plan = make_plan(instance())
    assert read_plan(json.dumps(json.loads(write_plan(plan)) | {"made_by": "x"}).encode()) == plan
