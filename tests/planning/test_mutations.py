"""Instances with something of them replaced, taken away or doubled at random: planned without a break, or refused."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.checker.building import instance, rule, segment, slot
from tests.checker.facts import Json
from tests.planning.front_door import FrontDoor, assert_planned, assert_refused

Path = tuple[str | int, ...]

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2, 7, 0.5, 60_000, 3_600_000, 2**31, 2**53 - 1, 2**53, 2**64, 1e300, "", "a", "s1",
    "h1", "x1", "cchc", "vi", "min", "max", "target", "day", "month", "session", "urgent", "priority", "24:00", "00:00",
    "23:59", "2026-12", "2026-12-01", "2026-12-31", "9999-12-31", "0001-01-01", "2026-12-07T05:00:00+07:00",
    "2026-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "Europe/Berlin", "đ", "\u0000",
    [], {}, [1], ["h1"], [7], {"vi": 1}, [None],
]  # fmt: skip


def plain() -> Json:
    """With something of everything that an instance may have."""
    about = instance(
        freeze_hours=24,
        seed=3,
        weights={"topics": 4, "repetition": 3},
        published={
            "revision": 1,
            "slots": [slot("h1", "07 05:00", "s1", "s2"), slot("h1", "09 17:00", "s4"), slot("x1", "14 05:00", "s1")],
        },
        locked=[slot("h1", "21 05:00", "s3")],
        aired=[{"station": "h1", "segment": "s1", "date": "2026-11-30"}],
        replan="least",
    )
    about["segments"][4:] = [
        segment("s5", priority="urgent", valid_from="2026-12-10", valid_to="2026-12-30", stations=["h1"]),
        segment("s6", column=None, tiers=["commune"], separation_days=3, max_per_month=2),
        segment("s7", must_air={"times": 2, "from": "2026-12-03", "to": "2026-12-20"}),
    ]
    about["rules"].append(rule("m", kind="max", period="day", ms=600_000, languages=["vi"], count_frame=True))
    about["rules"].append(rule("r", ms=300_000, stations=["x1"], repeats=False, relayed=False))
    first = about["stations"][0]
    first["language_shares"] = {"vi": 0.5}
    first["exceptions"] = [
        {"session": "sang", "date": "2026-12-08"},
        {"session": "sang", "date": "2026-12-09", "start": "05:30", "end": "07:30"},
    ]
    first["blackouts"] = [{"from": "2026-12-15T00:00:00+07:00", "to": "2026-12-16T12:00:00+07:00"}]
    first["sessions"][0] |= {"from": "2026-01-01", "to": "2026-12-28"}
    return about


def places(value: Any, here: Path = ()) -> Iterator[Path]:
    if here:
        yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*here, key))


PLACES = sorted(places(plain()), key=str)
CHANGES = st.tuples(st.sampled_from(PLACES), st.sampled_from(["replace", "remove", "double"]), st.sampled_from(ODD))


def change(about: Json, place: Path, how: str, odd: Any) -> None:
    """Nothing where an earlier change took the place away."""
    *above, last = place
    holder: Any = about
    try:
        for key in above:
            holder = holder[key]
        found = holder[last]
    except (KeyError, IndexError, TypeError):
        return
    if how == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(found))
    elif how == "remove" and isinstance(holder, dict | list):
        del holder[last]
    elif isinstance(holder, dict | list):
        holder[last] = copy.deepcopy(odd)


def test_the_instance_that_is_changed_is_planned(door: FrontDoor) -> None:
    about = plain()
    assert_planned(about, door.solve(json.dumps(about).encode()))


# The door's folder and what it captures are made empty again by each use.
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(changes=st.lists(CHANGES, min_size=1, max_size=2))
def test_what_is_changed_at_random_is_planned_without_a_break_or_refused(
    door: FrontDoor, changes: list[tuple[Path, str, Any]]
) -> None:
    about = plain()
    for place, how, odd in changes:
        change(about, place, how, odd)
    answer = door.solve(json.dumps(about).encode())
    if answer.status == 0:
        assert_planned(about, answer)
    else:
        assert_refused(answer)
        assert " tại " in answer.said


def test_no_place_of_an_instance_may_hold_nonsense(door: FrontDoor) -> None:
    for place in PLACES:
        about = plain()
        change(about, place, "replace", {"x": [1]})
        answer = door.solve(json.dumps(about).encode())
        assert_refused(answer)
        assert " tại " in answer.said
