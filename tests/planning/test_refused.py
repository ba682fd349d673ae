"""What contradicts itself is refused, with the path of the fault, and not planned as something else."""

import copy
import json
from collections.abc import Callable

import pytest

from schedules.exchange import read_instance
from schedules.refusals import ScheduleRefusal
from tests.checker.building import instance, segment, slot
from tests.checker.facts import Json
from tests.checker.instance_rules import instance_faults

Fault = Callable[[Json], object]


def station(about: Json) -> Json:
    first: Json = about["stations"][0]
    return first


FAULTS: dict[str, Fault] = {
    "a segment twice": lambda i: i["segments"].append(segment("s1")),
    "a topic twice": lambda i: i["topics"].append(i["topics"][0]),
    "a column twice": lambda i: i["columns"].append(i["columns"][0]),
    "a station twice": lambda i: i["stations"].append(station(i)),
    "a rule twice": lambda i: i["rules"].append(i["rules"][0]),
    "a session twice": lambda i: station(i)["sessions"].append(station(i)["sessions"][0]),
    "a published slot twice": lambda i: i.update(
        published={"revision": 1, "slots": [slot("h1", "07 05:00", "s1")] * 2}
    ),
    "a locked slot twice": lambda i: i.update(locked=[slot("h1", "07 05:00", "s1")] * 2),
    "a segment of no topic": lambda i: i["segments"][0].update(topic="z"),
    "a segment of no column": lambda i: i["segments"][0].update(column="z"),
    "a segment for no station": lambda i: i["segments"][0].update(stations=["z"]),
    "a topic under none": lambda i: i["topics"][0].update(parent="z"),
    "a rule of no column": lambda i: i["rules"][0].update(column="z"),
    "a rule for no station": lambda i: i["rules"][0].update(stations=["z"]),
    "a relay of no station": lambda i: station(i)["sessions"][0].update(relays="z"),
    "a slot of no station": lambda i: i.update(locked=[slot("z", "07 05:00", "s1")]),
    "a slot of no column": lambda i: i.update(locked=[slot("h1", "07 05:00", "s1", column="z")]),
    "topics in a circle": lambda i: i["topics"][0].update(parent="a1"),
    "a station that relays itself": lambda i: station(i)["sessions"][0].update(relays="h1"),
    "relays in a circle": lambda i: station(i)["sessions"][0].update(relays="x1"),
    "an exception of no session": lambda i: station(i).update(exceptions=[{"session": "z", "date": "2026-12-07"}]),
    "two exceptions a date": lambda i: station(i).update(exceptions=[{"session": "sang", "date": "2026-12-07"}] * 2),
    "a session that ends first": lambda i: station(i)["sessions"][0].update(end="04:00"),
    "shares above one": lambda i: station(i).update(languages=["vi", "rad"], language_shares={"vi": 0.7, "rad": 0.4}),
    "a share of a foreign language": lambda i: station(i).update(language_shares={"rad": 0.1}),
    "a locked slot before the month": lambda i: i.update(
        locked=[slot("h1", "07 05:00", "s1") | {"start": "2026-11-30T16:59:00Z"}]
    ),
    "a published slot after the month": lambda i: i.update(
        published={"revision": 1, "slots": [slot("h1", "07 05:00", "s1") | {"start": "2026-12-31T17:00:00Z"}]}
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_an_instance_that_contradicts_itself_is_refused(case: str) -> None:
    about = copy.deepcopy(instance())
    FAULTS[case](about)
    assert len(instance_faults(about)) == 1 or "circle" in case or "twice" in case
    with pytest.raises(ScheduleRefusal):
        read_instance(json.dumps(about).encode())


def test_slots_on_the_months_first_and_last_minute_are_taken() -> None:
    first = slot("h1", "07 05:00", "s1", id="first") | {"start": "2026-11-30T17:00:00Z"}
    last = slot("h1", "07 05:00", "s1", id="last") | {"start": "2026-12-31T16:59:00Z"}
    about = instance(locked=[first, last])
    assert not instance_faults(about)
    read_instance(json.dumps(about).encode())


def test_what_is_gone_since_it_aired_or_was_published_is_no_fault() -> None:
    about = instance(
        locked=[slot("h1", "07 05:00", "gone")],
        aired=[{"station": "h1", "segment": "gone", "date": "2026-11-30"}],
    )
    assert not instance_faults(about)
    read_instance(json.dumps(about).encode())
