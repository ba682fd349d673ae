"""Around midnight between two months: each statement is of one month, that of the airing that it speaks of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.as_run import AsRun, Grade, Tolerances
from schedules.clock_shifts import clock_shifts
from schedules.instants import DAY_MS, to_ms
from schedules.month_edges import edge_near, months_of
from schedules.months import Month
from schedules.places import lay_places
from schedules.problem import Slot
from tests.schedules.airings import MONTH_EDGE, NOVEMBER, NOW, aired_slot, minimum, proved, reconciled, said
from tests.schedules.builders import ZONE

DECEMBER = Month(2026, 12)
# The first runs over midnight into December, the second begins with it.
OVER = aired_slot("over", datetime(2026, 11, 30, 23, 57, tzinfo=ZONE), "a", "b")
FIRST = aired_slot("first", datetime(2026, 12, 1, 1, tzinfo=ZONE), "a")


def months(slots: Sequence[Slot], statements: Sequence[AsRun]) -> dict[str, Month]:
    laid, tolerances = lay_places(slots), Tolerances()
    return months_of(laid, statements, clock_shifts(laid, statements, tolerances), ZONE, tolerances)


@pytest.mark.parametrize(
    ("at", "segment", "month"),
    [
        ("2026-11-30 23:59:30", "a", NOVEMBER),
        ("2026-12-01 00:00:10", "b", NOVEMBER),  # the second item of the slot that began before midnight
        ("2026-12-01 00:59:30", "a", DECEMBER),
        ("2026-12-01 00:00:00", None, NOVEMBER),  # something else, in the time of that slot
        ("2026-12-01 00:10:00", None, DECEMBER),
        ("2026-11-30 22:00:00", "a", NOVEMBER),
        ("2026-12-01 05:00:00", "a", DECEMBER),
    ],
)
def test_a_statement_is_of_the_month_of_the_airing_that_is_nearest(at: str, segment: str | None, month: Month) -> None:
    start_ms = to_ms(datetime.fromisoformat(at).replace(tzinfo=ZONE))
    assert months([OVER, FIRST], [said("u", segment=segment, start_ms=start_ms)]) == {"u": month}


def test_a_minute_before_midnight_finds_the_slot_that_begins_with_the_month() -> None:
    midnight = aired_slot("m", datetime(2026, 12, 1, tzinfo=ZONE), "a")
    early = said("u", segment="a", start_ms=to_ms(midnight.start) - 30_000)
    assert months([midnight], [early]) == {"u": DECEMBER}
    result = reconciled([midnight], [early])
    assert proved(minimum(), result, month=DECEMBER).counted_ms == 120_000
    assert result.extras == ()


def test_a_slot_over_midnight_is_judged_whole_in_the_month_in_which_it_begins() -> None:
    told = [
        said("1", segment="a", start_ms=to_ms(OVER.start) + OVER.items[0].start_ms),
        said("2", segment="b", start_ms=to_ms(OVER.start) + OVER.items[1].start_ms),
    ]
    assert months([OVER, FIRST], told) == {"1": NOVEMBER, "2": NOVEMBER}
    assert proved(minimum(), reconciled([OVER], told)).counted_ms == 180_000


@pytest.mark.parametrize("by_ms", [DAY_MS, -DAY_MS, DAY_MS + 40_000])
def test_a_clock_that_is_a_day_off_is_seen_through_at_the_edge(by_ms: int) -> None:
    days = [datetime(2026, 11, 27, 5, tzinfo=ZONE) + timedelta(days=n) for n in range(8)]
    slots = [aired_slot(f"s{number}", day, "abrw"[number % 4]) for number, day in enumerate(days)]
    told = [
        said(
            f"u{number}",
            Grade.LOGGED,
            segment=slot.items[0].segment,
            start_ms=to_ms(slot.start) + slot.items[0].start_ms + by_ms,
            source="box",
        )
        for number, slot in enumerate(slots)
    ]
    assert months(slots, told) == {f"u{number}": Month.of(day) for number, day in enumerate(days)}


def test_only_what_lies_near_an_edge_is_looked_at_and_a_shared_clock_from_farther_away() -> None:
    def near(text: str, *, shared_clock: bool) -> Month | None:
        start_ms = to_ms(datetime.fromisoformat(text).replace(tzinfo=ZONE))
        return edge_near(start_ms, ZONE, Tolerances(), shared_clock=shared_clock)

    assert near("2026-11-30 22:59", shared_clock=False) is None
    assert near("2026-11-30 23:01", shared_clock=False) == DECEMBER
    assert near("2026-12-01 00:59", shared_clock=False) == NOVEMBER
    assert near("2026-11-30 00:00", shared_clock=True) == DECEMBER
    assert near("2026-12-02 00:30", shared_clock=True) == NOVEMBER
    assert near("2026-12-15 00:30", shared_clock=True) is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_counts_in_two_months_and_order_changes_nothing(data: st.DataObject) -> None:
    starts = data.draw(st.lists(st.sampled_from(MONTH_EDGE), min_size=1, max_size=5, unique=True))
    slots = [aired_slot(f"s{number}", start, "a", "b") for number, start in enumerate(starts)]
    told = [
        said(
            f"u{number}",
            segment=data.draw(st.sampled_from(["a", "b"])),
            start_ms=to_ms(data.draw(st.sampled_from(MONTH_EDGE))) + data.draw(st.integers(-2_000_000, 2_000_000)),
        )
        for number in range(data.draw(st.integers(1, 6)))
    ]
    of = months(slots, told)
    assert months(data.draw(st.permutations(slots)), data.draw(st.permutations(told))) == of
    counted: list[str] = []
    for month in (NOVEMBER.previous(), NOVEMBER, DECEMBER):
        here = [slot for slot in slots if Month.of(slot.start) == month]
        result = reconciled(here, [each for each in told if of[each.uid] == month])
        verdict = proved(minimum(), result, month=month, now_ms=NOW)
        counted += [uid for line in verdict.entries for uid in line.uids]
    assert len(counted) == len(set(counted))
