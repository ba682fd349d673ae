"""What came of planned air, case by case."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schedules.airing_reasons import REASONS, Reason
from schedules.airing_results import Outcome
from schedules.as_run import AsRun, Grade
from schedules.forecast import Cause, causes, expect
from schedules.instants import DAY_MS, HOUR_MS, to_ms
from schedules.months import Month
from schedules.problem import Slot
from schedules.proof import Status, summed
from tests.schedules.airings import NOVEMBER, aired_slot, minimum, proved, reconciled, said
from tests.schedules.builders import ZONE, at

SLOT = aired_slot("s", at(3, month=11), "a", "b")
START = to_ms(SLOT.start)
FIRST = START + SLOT.items[0].start_ms
WEEK = [aired_slot(f"s{day}", at(day, month=11), "a") for day in range(2, 8)]


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [each.code for each in reasons]


OUTCOMES: list[tuple[list[AsRun], int, list[str], str]] = [
    ([], START, ["upcoming", "upcoming"], "upcoming"),
    ([], START + HOUR_MS, ["unknown", "unknown"], "unknown"),
    ([], START + 4 * DAY_MS, ["missed", "missed"], "missed"),
    ([said("1", slot="s")], START + HOUR_MS, ["aired", "aired"], "aired"),
    ([said("1", slot="s", start_ms=START + 120_001)], START + HOUR_MS, ["late", "late"], "late"),
    ([said("1", slot="s", start_ms=START + 120_000)], START + HOUR_MS, ["aired", "aired"], "aired"),
    ([said("1", slot="s", duration_ms=165_000)], START + HOUR_MS, ["aired", "short"], "short"),
    ([said("1", slot="s", aired=False, reason="mất điện")], START + HOUR_MS, ["missed", "missed"], "missed"),
    ([said("1", slot="s"), said("2", slot="s", segment="b", aired=False)], START, ["aired", "missed"], "short"),
    ([said("1", slot="s", segment="a", duration_ms=117_000)], START + HOUR_MS, ["aired", "unknown"], "unknown"),
    ([said("1", slot="s", segment="a", duration_ms=116_999)], START + HOUR_MS, ["short", "unknown"], "unknown"),
    ([said("1", title="tin", start_ms=FIRST, duration_ms=60_000)], START, ["substituted", "upcoming"], "substituted"),
]


@pytest.mark.parametrize("case", OUTCOMES, ids=lambda case: f"{case[3]}-{len(case[0])}")
def test_an_outcome_follows_from_what_was_said_and_when(case: tuple[list[AsRun], int, list[str], str]) -> None:
    statements, now_ms, items, slot = case
    result = reconciled([SLOT], statements, now_ms=now_ms).slots[0]
    assert ([each.outcome for each in result.items], result.outcome) == (items, slot)


def test_a_recording_that_covers_it_beats_a_person_and_the_slot_is_doubtful() -> None:
    person = said("p", slot="s", segment="a")
    missing: dict[str, Any] = {"slot": "s", "segment": "a", "aired": False, "covers_from_ms": START}
    covering = said("h", Grade.HEARD, **missing, covers_to_ms=START + HOUR_MS)
    result = reconciled([SLOT], [person, covering])
    assert result.slots[0].items[0].outcome == Outcome.MISSED
    assert codes(result.slots[0].doubtful) == ["contradicted"]
    verdict = proved(minimum(), result)
    assert (verdict.reported_ms, verdict.heard_ms, verdict.counted_ms) == (120_000, 0, 0)
    too_early = said("h", Grade.HEARD, **missing, covers_to_ms=FIRST + 60_000)
    result = reconciled([SLOT], [person, too_early])
    assert result.slots[0].items[0].outcome == Outcome.AIRED
    assert "not_covered" in codes(result.slots[0].why)


def test_a_correction_counts_even_when_it_comes_before_what_it_corrects() -> None:
    first = said("1", slot="s")
    second = said("2", slot="s", aired=False, made_at_ms=2, corrects="1")
    third = said("3", slot="s", duration_ms=75_000, made_at_ms=3, corrects="2")
    for statements in ([third], [third, second], [second, third, first]):
        assert reconciled([SLOT], statements).slots[0].reported_ms == 60_000


def test_what_a_person_says_does_not_correct_a_recording() -> None:
    heard = said("h", Grade.HEARD, slot="s", segment="a", aired=False)
    result = reconciled([SLOT], [heard, said("p", slot="s", segment="a", corrects="h", made_at_ms=9)])
    assert proved(minimum(), result).counted_ms == 0


@pytest.mark.parametrize("by_ms", [DAY_MS, -DAY_MS, 17 * 60_000, -17 * 60_000])
def test_a_device_clock_that_was_wrong_is_set_right_when_three_items_agree(by_ms: int) -> None:
    def log(slots: list[Slot]) -> list[AsRun]:
        return [
            said(each.id, Grade.LOGGED, segment="a", source="box", start_ms=to_ms(each.start) + 15_000 + by_ms)
            for each in slots
        ]

    apart = WEEK[::2]
    result = reconciled(apart, log(apart))
    assert [each.outcome for each in result.slots] == ["aired"] * 3
    assert codes(result.slots[0].doubtful) == ["clock_shifted"]
    two = reconciled(apart[:2], log(apart[:2]))
    assert "clock_shifted" not in codes(two.slots[0].why)


def test_one_programme_that_began_late_is_no_wrong_clock() -> None:
    slot = aired_slot("s", at(3, month=11), "a", "b", "w")
    log = [
        said(
            item.segment,
            Grade.LOGGED,
            slot="s",
            segment=item.segment,
            source="box",
            start_ms=START + item.start_ms + 600_000,
        )
        for item in slot.items
    ]
    assert [each.outcome for each in reconciled([slot], log).slots[0].items] == ["late"] * 3


def test_what_is_aired_around_midnight_counts_in_the_month_of_its_slot_at_utc_plus_7() -> None:
    last = aired_slot("last", datetime(2026, 11, 30, 23, 59, tzinfo=ZONE), "a")
    first = aired_slot("first", datetime(2026, 12, 1, 0, 5, tzinfo=ZONE), "b")
    statements = [
        said("1", segment="a", start_ms=to_ms(last.start) + 90_000),
        said("2", segment="b", start_ms=to_ms(first.start) - 240_000),
    ]
    result = reconciled([first, last], statements)
    assert to_ms(last.start) == to_ms(datetime.fromisoformat("2026-11-30T16:59:00+00:00"))
    assert proved(minimum(), result).counted_ms == 120_000
    assert proved(minimum(), result, month=Month(2026, 12)).counted_ms == 60_000


def test_a_known_substitute_counts_at_most_what_the_slots_own_items_left() -> None:
    statements = [
        said("1", slot="s", segment="a"),
        said("2", slot="s", segment="w", start_ms=FIRST + 120_000),
        said("3", slot="s", segment="foreign"),
    ]
    result = reconciled([SLOT], statements)
    assert [each.outcome for each in result.slots[0].items] == ["aired", "substituted"]
    verdict = proved(minimum(), result)
    assert verdict.counted_ms <= verdict.planned_ms == 180_000
    assert {"no_room", "something_else"} <= set(codes(result.slots[0].why))


def test_several_substitutes_count_no_more_than_the_slot_had() -> None:
    result = reconciled([SLOT], [said("1", slot="s", segment="w"), said("2", slot="s", segment="r")])
    assert proved(minimum(), result).counted_ms == 180_000


def test_two_airings_without_a_slot_go_to_two_slots() -> None:
    later = aired_slot("later", at(3, 5, 30, month=11), "a")
    log = [said(f"{off}", Grade.LOGGED, segment="a", start_ms=FIRST + off) for off in (0, 600_000)]
    result = reconciled([SLOT, later], log)
    assert [each.logged_ms for each in result.slots] == [120_000, 120_000]
    assert proved(minimum(), result).counted_ms == 240_000


def test_a_right_clock_stays_right_where_the_same_is_aired_every_day() -> None:
    log = [said(each.id, Grade.LOGGED, segment="a", source="box", start_ms=to_ms(each.start) + 15_000) for each in WEEK]
    result = reconciled(WEEK, log)
    assert [each.outcome for each in result.slots] == ["aired"] * 6
    assert not result.doubtful


def test_each_odd_statement_is_told_and_doubted() -> None:
    odd = [
        said("1", slot="s", segment="a", duration_ms=500_000),
        said("2", slot="s", segment="a", duration_ms=20_000),
        said("3", slot="s", segment="b", start_ms=START + 2 * HOUR_MS),
        said("4", slot="gone", segment="nobody", start_ms=START - DAY_MS),
        said("5", segment="w", start_ms=START + 10 * DAY_MS),
    ]
    result = reconciled([SLOT], odd)
    assert codes(result.slots[0].doubtful) == ["cut_to_planned", "off_schedule", "disagreeing"]
    assert [codes(each.doubtful) for each in result.extras] == [["unknown_segment", "unknown_slot"], ["withdrawn"]]
    assert result.slots[0].reported_ms == 180_000


STATUSES: list[tuple[int, list[AsRun], timedelta, Status]] = [
    (180_000, [said("1", slot="s")], timedelta(hours=1), Status.MET),
    (180_000, [], timedelta(hours=1), Status.ON_TRACK),
    (180_001, [], timedelta(hours=1), Status.AT_RISK),
    (180_000, [], timedelta(days=4), Status.NO_DATA),
    (180_000, [said("1", slot="s", aired=False)], timedelta(days=4), Status.AT_RISK),
    (180_000, [said("1", slot="s", aired=False)], timedelta(days=40), Status.NOT_MET),
    (0, [], timedelta(days=40), Status.MET),
]


@pytest.mark.parametrize("case", STATUSES, ids=lambda case: f"{case[3]}-{case[0]}")
def test_a_status_follows_from_what_counts_and_what_can_still_come(
    case: tuple[int, list[AsRun], timedelta, Status],
) -> None:
    required_ms, statements, later, status = case
    now_ms = to_ms(SLOT.start + later)
    result = reconciled([SLOT], statements, now_ms=now_ms)
    assert proved(minimum(ms=required_ms), result, now_ms=now_ms).status == status


def test_a_good_month_does_not_make_good_a_bad_one() -> None:
    result = reconciled([SLOT], [said("1", slot="s")])
    good = proved(minimum(ms=100_000), result)
    bad = proved(minimum(ms=100_000), result, month=NOVEMBER.next())
    quarter = summed([good, bad])
    assert (quarter.required_ms, quarter.counted_ms, quarter.short_ms) == (200_000, 180_000, 100_000)
    assert quarter.status == Status.NO_DATA
    assert quarter.months == ("2026-11", "2026-12")


def test_a_silent_station_is_expected_to_miss_and_told_why() -> None:
    now_ms = to_ms(WEEK[-1].start)
    result = reconciled(WEEK, [], now_ms=now_ms)
    verdict = proved(minimum(ms=700_000), result, now_ms=now_ms)
    forecast = expect(verdict, causes(verdict, result, column="c", now_ms=now_ms))
    assert forecast.misses
    assert forecast.counted_ms == 0 < forecast.expected_ms < verdict.to_come_ms + verdict.awaited_ms
    assert [each.code for each in forecast.reasons] == [
        Cause.NOT_DELIVERED,
        Cause.NOTHING_REPORTED,
        Cause.SLOTS_MISSED,
    ]


def test_with_nothing_left_to_come_the_forecast_is_what_counts() -> None:
    verdict = proved(minimum(), reconciled([SLOT], [said("1", slot="s")]))
    assert expect(verdict).expected_ms == verdict.counted_ms == 180_000


def test_every_reason_has_a_code_of_its_own() -> None:
    tags = [kind.__struct_config__.tag for kind in REASONS]
    assert len(set(tags)) == len(tags) == 23
