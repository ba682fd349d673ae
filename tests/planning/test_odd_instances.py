"""`loa plan solve` of instances that are odd and right all the same: planned, and judged by the checker."""

import json
from collections.abc import Callable

import pytest

from tests.checker.building import WEEK, column, instance, rule, segment, slot
from tests.checker.facts import Json
from tests.planning.front_door import FrontDoor, assert_planned

Edit = Callable[[Json], object]
ALL_DAY = {"id": "ngay", "weekdays": WEEK, "start": "00:00", "end": "24:00"}


def first(about: Json) -> Json:
    station: Json = about["stations"][0]
    return station


def in_zone(about: Json, zone: str, month: str, now: str) -> None:
    """All sessions lie about the hours at which clocks are put forward or back; the second station relays the first."""
    about.update(timezone=zone, month=month, now=now)
    for each in about["segments"]:
        each["valid_from"] = "2011-01-01"
    about["stations"][0]["sessions"] = [ALL_DAY, {"id": "dem", "weekdays": [7], "start": "01:30", "end": "03:30"}]
    about["stations"][1]["sessions"] = [
        {"id": "gio-mat", "weekdays": [7], "start": "02:00", "end": "03:00"},
        {"id": "tiep", "weekdays": WEEK, "start": "01:00", "end": "04:00", "relays": "h1"},
    ]


def published(about: Json, **changes: object) -> None:
    """A slot of two segments, of which the first was changed since."""
    about["published"] = {"revision": 1, "slots": [slot("h1", "07 05:00", "s1", "s2")]}
    about["columns"].append(column("khac"))
    about["segments"][0] |= changes


def named_anew(about: Json) -> None:
    """Codes of 64 characters, of other scripts, and such as file names could not be."""
    station, program = "đài " * 16, "😀" * 64
    first(about)["code"] = station
    about["stations"][1]["code"] = station[:-1] + "/"
    about["stations"][1]["sessions"][1]["relays"] = station
    about["columns"][0]["code"] = program
    for each in (*about["segments"], *about["rules"]):
        each["column"] = program
    about["segments"][0]["id"] = 'a/b\\c"d\n\u0000'


PLANNED: dict[str, Edit] = {
    "no station": lambda i: i.update(stations=[]),
    "no segment": lambda i: i.update(segments=[], topics=[]),
    "no rule": lambda i: i.update(rules=[]),
    "no session": lambda i: [each.update(sessions=[]) for each in i["stations"]],
    "a session of a minute": lambda i: first(i).update(sessions=[ALL_DAY | {"end": "00:01"}]),
    "sessions of whole days": lambda i: [each.update(sessions=[ALL_DAY]) for each in i["stations"]],
    "sessions that overlap": lambda i: first(i)["sessions"].extend(
        [ALL_DAY, {"id": "trua", "weekdays": WEEK, "start": "06:30", "end": "17:30"}]
    ),
    "two sessions that meet at midnight": lambda i: first(i).update(
        sessions=[ALL_DAY | {"start": "23:50"}, ALL_DAY | {"id": "dem", "end": "00:10"}]
    ),
    "a session across the month's end": lambda i: first(i)["sessions"][0].update(
        {"from": "2026-11-30", "to": "2027-01-02", "start": "00:00", "end": "24:00"}
    ),
    "a session that ends before it begins": lambda i: first(i)["sessions"][0].update(
        {"from": "2026-12-20", "to": "2026-12-01"}
    ),
    "exceptions that move to midnight": lambda i: first(i).update(
        exceptions=[{"session": "sang", "date": "2026-12-07", "start": "23:50", "end": "24:00"}]
    ),
    "exceptions outside the month": lambda i: first(i).update(
        exceptions=[{"session": "sang", "date": "9999-12-31"}, {"session": "sang", "date": "0001-01-01"}]
    ),
    "a blackout of all times": lambda i: first(i).update(
        blackouts=[{"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}]
    ),
    "blackouts that begin within a second": lambda i: first(i).update(
        blackouts=[
            {"from": f"2026-12-{day:02}T22:10:00.0005Z", "to": f"2026-12-{day:02}T22:15:01.5Z"} for day in range(1, 30)
        ]
    ),
    "segments longer than any slot": lambda i: [each.update(duration_ms=3_600_000) for each in i["segments"]],
    "segments of a thousandth of a second": lambda i: (
        [each.update(duration_ms=1) for each in i["segments"]],
        i["columns"][0].update(opening_ms=0, closing_ms=0, slot_min_ms=0),
    ),
    "lengths as great as they get": lambda i: (
        i["segments"][0].update(duration_ms=2**53 - 1, separation_days=2**53 - 1, max_per_month=2**53 - 1),
        i["columns"].append(column("dai", opening_ms=2**53 - 1, closing_ms=2**53 - 1, slot_max_ms=2**53 - 1)),
        i["rules"].extend(rule(f"r{n}", ms=2**53 - 1) for n in range(3)),
    ),
    "slots that may be empty": lambda i: i["columns"][0].update(slot_min_ms=0),
    "no slot long enough": lambda i: i["columns"][0].update(slot_min_ms=900_000, slot_max_ms=180_000),
    "an airing in a lifetime": lambda i: i["columns"][0].update(separation_days=10**6),
    "no freeze": lambda i: i.update(freeze_hours=0),
    "a freeze for ever": lambda i: i.update(freeze_hours=1e300),
    "no weights": lambda i: i.update(weights=dict.fromkeys(("topics", "spread", "repetition", "age", "target"), 0)),
    "heavy weights": lambda i: i.update(weights={"topics": 2**53 - 1, "age": 1e-300}),
    "topics without weight": lambda i: [each.update(weight=0) for each in i["topics"]],
    "a target of nothing": lambda i: i["rules"][1].update(ms=0),
    "a target beyond reach": lambda i: i["rules"][1].update(ms=10**12),
    "a minimum above its maximum": lambda i: i["rules"].append(rule("m", kind="max", ms=600_000)),
    "a maximum of nothing": lambda i: i["rules"].append(rule("m", kind="max", period="day", ms=0)),
    "rules and segments for nobody": lambda i: (
        i["segments"][0].update(stations=[], tiers=[]),
        i["rules"][0].update(stations=[], languages=[]),
    ),
    "shares of exactly one": lambda i: first(i).update(
        languages=["vi", "rad"], language_shares={"vi": 0.5, "rad": 0.5}
    ),
    "urgent for a closed station": lambda i: (
        i["segments"][0].update(priority="urgent", valid_from="2026-12-05"),
        first(i).update(blackouts=[{"from": "2026-11-30T17:00:00Z", "to": "2026-12-31T17:00:00Z"}]),
    ),
    "owed where nothing is on the air": lambda i: (
        i["segments"][0].update(must_air={"times": 2, "from": "2026-12-05", "to": "2026-12-07"}),
        first(i).update(sessions=[]),
    ),
    "owed from its end to its beginning": lambda i: i["segments"][0].update(
        must_air={"times": 1, "from": "2026-12-07", "to": "2026-12-05"}
    ),
    "valid from the end to the beginning": lambda i: i["segments"][0].update(
        valid_from="9999-12-31", valid_to="0001-01-01", priority="priority"
    ),
    "a month that is over": lambda i: i.update(now="2027-01-05T00:00:00Z"),
    "now in the year one": lambda i: i.update(now="0001-01-01T00:00:00+14:00"),
    "now in the last year": lambda i: i.update(now="9999-12-31T23:59:59-12:00"),
    "now elsewhere, within a second": lambda i: i.update(now="2026-12-10T12:34:56.789012-03:30"),
    "aired at all times": lambda i: i.update(
        aired=[{"station": "h1", "segment": "s1", "date": date} for date in ("0001-01-01", "2026-11-30", "9999-12-31")]
    ),
    "published what nobody knows": lambda i: i.update(
        now="2026-12-08T00:00:00+07:00",
        published={"revision": 1, "slots": [slot("h1", f"{day} 05:00", "gone") for day in ("07", "14")]},
    ),
    "published what is in another language since": lambda i: published(i, language="rad"),
    "published what is for other stations since": lambda i: published(i, stations=["x1"]),
    "published what is of another column since": lambda i: published(i, column="khac"),
    "published and made anew what is for another tier since": lambda i: (
        published(i, tiers=["commune"]),
        i.update(replan="free"),
    ),
    "published and locked under one name": lambda i: i.update(
        published={"revision": 1, "slots": [slot("h1", "07 05:00", "s1", id="a")]},
        locked=[slot("x1", "08 05:00", "s2", "s3", id="a")],
    ),
    "names of other scripts": named_anew,
    "any seed": lambda i: i.update(seed=-(2**200)),
    "a byte order mark": lambda _i: None,
    "days of 23 hours": lambda i: in_zone(i, "Europe/Berlin", "2026-03", "2026-03-01T00:00:00+01:00"),
    "days of 25 hours": lambda i: in_zone(i, "Europe/Berlin", "2026-10", "2026-09-29T00:00:00+02:00"),
    "now in the hour that comes twice": lambda i: (
        in_zone(i, "Europe/Berlin", "2026-10", "2026-10-25T02:30:00+02:00"),
        i.update(freeze_hours=1),
        [each.update(priority="urgent") for each in i["segments"]],
    ),
    "a month with a day that never was": lambda i: in_zone(i, "Pacific/Apia", "2011-12", "2011-11-28T00:00:00Z"),
}
LOCKS: dict[str, tuple[list[Json], set[str]]] = {
    "outside any session": ([slot("h1", "07 23:00", "s1")], {"H1"}),
    "within a second": ([slot("h1", "07 05:00", "s1") | {"start": "2026-12-07T05:00:30.5+07:00"}], {"H1"}),
    "overlapping": ([slot("h1", "07 05:00", "s1", "s2"), slot("h1", "07 05:01", "s3")], {"H1"}),
    "shorter than its items": ([slot("h1", "07 05:00", "s1", length_ms=1000)], {"H2"}),
    "empty": ([slot("h1", "07 05:00", length_ms=0)], {"H2"}),
    "forty days long": ([slot("h1", "07 05:00", "s1", length_ms=40 * 86_400_000)], {"H1", "H2"}),
    "of a segment that is gone": ([slot("h1", "07 05:00", "gone")], {"H3"}),
    "too near each other": ([slot("h1", "07 05:00", "s1"), slot("h1", "08 05:00", "s1")], {"H4"}),
    "above the maximum": ([slot("h1", "07 05:00", "s1", "s2", "s3")], {"H6"}),
    "relayed from nothing": ([slot("x1", "07 17:00", "s1", relayed_from="h1")], {"H7"}),
}


@pytest.mark.parametrize("case", PLANNED)
def test_it_is_planned_without_a_break(door: FrontDoor, case: str) -> None:
    about = instance()
    PLANNED[case](about)
    content = json.dumps(about).encode()
    answer = door.solve(b"\xef\xbb\xbf" + content if case == "a byte order mark" else content)
    assert_planned(about, answer)


@pytest.mark.parametrize("case", LOCKS)
def test_a_lock_that_breaks_a_rule_is_kept_and_told(door: FrontDoor, case: str) -> None:
    locked, codes = LOCKS[case]
    about = instance(locked=locked)
    about["rules"].append(rule("nhieu-nhat", kind="max", period="day", ms=400_000))
    plan = assert_planned(about, door.solve(json.dumps(about).encode()))
    names = {each["id"] for each in locked}
    assert {each["id"] for each in plan["slots"]} >= names
    told = {each["code"] for each in plan["conflicts"] if each["slot"] in names}
    assert codes <= told


def test_what_can_not_be_met_is_told_as_short(door: FrontDoor) -> None:
    about = instance()
    about["rules"].append(rule("nhieu-nhat", kind="max", ms=600_000))
    plan = assert_planned(about, door.solve(json.dumps(about).encode()))
    [minimum] = [each for each in plan["verdicts"] if each["rule"] == "III.4"]
    assert minimum["short_ms"] >= 300_000


def test_the_plan_may_take_the_place_of_the_instance(door: FrontDoor) -> None:
    about = instance()
    path = door.folder / "both.json"
    path.write_bytes(json.dumps(about).encode())
    status, said = door.run("plan", "solve", str(path), "--output", str(path))
    assert status == 0, said
    assert json.loads(path.read_bytes())["format"] == "loa-plan/1"


def test_many_topics_and_deep_ones_are_planned(door: FrontDoor) -> None:
    about = instance()
    about["topics"] += [{"code": f"z{n}", "parent": None, "weight": 1} for n in range(500)]
    about["topics"] += [{"code": f"t{n}", "parent": f"t{n - 1}" if n else "b", "weight": 0} for n in range(200)]
    about["segments"].append(segment("sau", topic="t199"))
    assert_planned(about, door.solve(json.dumps(about).encode()))
