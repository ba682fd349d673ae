"""Why a segment is aired nowhere, from the smallest problem that has each reason."""

from datetime import date
from typing import Any

import pytest

from schedules.laid_slots import lay
from schedules.missed_reasons import Crowded, NoFreeTime, NotValid, TooLong, TooMany, WindowPast, missed_reasons
from schedules.problem import Instance, MustAir, Segment
from schedules.problem_index import ProblemIndex
from schedules.whereabouts import NoExchange, OthersBetter, why_nowhere
from tests.schedules.builders import at, column, instance, maximum, segment, session, slot, station


def with_one(wanted: Segment, **given: Any) -> Instance:
    return instance(segments=(segment("s1", 110), wanted), **given)


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        (segment("x", valid_to=date(2026, 11, 30)), {}, "NotValidThisMonth"),
        (segment("x", column="d"), {"columns": (column(), column("d"))}, "ColumnNotPlanned"),
        (segment("x"), {"rules": ()}, "ColumnNotPlanned"),
        (segment("x", language="rad"), {}, "NoSuchLanguage"),
        (segment("x", tiers=("commune",)), {}, "MeantForNone"),
        (
            segment("x", valid_from=date(2026, 12, 9), valid_to=date(2026, 12, 9)),
            {"stations": (station(sessions=(session(weekdays=(1,)),)),)},
            "NotBroadcasting",
        ),
        (segment("x", 1000), {}, "LongerThanSlots"),
        (segment("x", 500), {"stations": (station(sessions=(session(end="05:05"),)),)}, "LongerThanSessions"),
        (
            segment("x", 30, valid_from=date(2026, 12, 30)),
            {"columns": (column(slot_min_ms=600_000),)},
            "NoRoomBesideKept",
        ),
        (segment("x", 120), {"rules": (instance().rules[0], maximum(60_000, "day"))}, "NoRoomBesideKept"),
    ],
)
def test_what_keeps_a_segment_out_everywhere(wanted: Segment, given: dict[str, Any], expected: str) -> None:
    assert type(why_nowhere(with_one(wanted, **given), (), "x")).__name__ == expected


def test_a_segment_that_others_beat_is_exchanged_in_where_it_costs_least() -> None:
    old = segment("x", 110, valid_from=date(2026, 1, 1))
    problem = with_one(old)
    told: list[tuple[int, int]] = []
    slots = (slot(at(3), (("s1", 110),)), slot(at(20), (("s1", 110),)))
    reason = why_nowhere(problem, slots, "x", progress=lambda done, most: told.append((done, most)))

    assert isinstance(reason, OthersBetter)
    assert (reason.station, reason.instead, reason.tried) == ("D", "s1", 1)
    assert reason.slot in {each.id for each in slots}
    assert told == [(1, 1)]


def test_a_segment_that_fits_no_slot_of_the_plan_is_told_so() -> None:
    assert isinstance(why_nowhere(with_one(segment("x", 110)), (), "x"), NoExchange)


# owed airings


def why_missed(wanted: Segment, **given: Any) -> Any:
    index = ProblemIndex(instance(segments=(wanted,), rules=(), **given))
    view = index.view("D")
    [reason] = missed_reasons(index, view, lay(index, view, ()))[wanted.id]
    return reason


def owing(times: int = 1, first: int = 3, last: int = 9) -> MustAir:
    return MustAir(times=times, from_date=date(2026, 12, first), to_date=date(2026, 12, last))


def test_why_an_owed_airing_is_missed() -> None:
    assert isinstance(why_missed(segment("a", must_air=owing()), now=at(20)), WindowPast)
    assert isinstance(why_missed(segment("a", must_air=owing(), valid_from=date(2026, 12, 10))), NotValid)
    assert isinstance(why_missed(segment("a", 1000, must_air=owing())), TooLong)
    short = station(sessions=(session(end="05:02"),))
    assert isinstance(why_missed(segment("a", 200, must_air=owing()), stations=(short,)), NoFreeTime)
    assert why_missed(segment("a", must_air=owing(times=3, first=3, last=6))) == TooMany(
        times=3, most=2, separation_days=2, max_per_month=4
    )
    assert isinstance(why_missed(segment("a", must_air=owing())), Crowded)
