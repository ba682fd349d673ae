import csv
import io
from datetime import timedelta

import pytest

from schedules.months import Month
from server.services.checks import check_as_csv, check_month
from server.services.plans import make_plan, publish_plan, station_month
from server.services.reasons import reason_sentences
from server.services.refusals import NoStations
from server.services.segments import withdraw_segment
from tests.server.worlds import MONTH, World


def test_without_a_plan_every_minimum_is_short_by_all_of_it(district: World) -> None:
    check = check_month(district.context, MONTH)

    [verdict] = check.verdicts
    assert (check.basis, check.revision, check.met) == ("none", None, False)
    assert check.stations == {"district": 1, "commune": 2}
    assert (verdict.station, verdict.required_ms, verdict.planned_ms, verdict.short_ms) == ("h654", 900_000, 0, 900_000)
    assert verdict.status == "not_met"
    assert reason_sentences(verdict) == ["Tháng này chưa có lịch."]


def test_a_published_plan_is_checked_and_a_draft_only_before_there_is_one(district: World) -> None:
    make_plan(district.context, MONTH)
    drafted = check_month(district.context, MONTH)
    publish_plan(district.context, MONTH)
    make_plan(district.context, MONTH)
    published = check_month(district.context, MONTH)

    assert (drafted.basis, drafted.revision, drafted.met) == ("draft", None, True)
    assert (published.basis, published.revision, published.met) == ("published", 1, True)
    assert drafted.verdicts == published.verdicts


def test_verdicts_count_the_minutes_of_the_plan(published: World) -> None:
    check = check_month(published.context, MONTH)

    planned = sum(slot.airtime_ms for slot in station_month(published.context, "h654", MONTH).slots)
    assert [(each.station, each.planned_ms, each.short_ms) for each in check.verdicts] == [("h654", planned, 0)]
    assert check.verdicts[0].legal_ground == "Kế hoạch, mục III.4"


def test_a_target_decides_nothing_and_stands_apart(published: World) -> None:
    published.add_rule("nhieu", kind="target", ms=90_000_000, tier="commune")
    check = check_month(published.context, MONTH)

    assert check.met
    assert [(each.rule, each.status) for each in check.targets] == [("nhieu", "not_met"), ("nhieu", "not_met")]
    assert {each.kind for each in check.verdicts} == {"min"}


def test_the_worst_stands_first_and_equals_in_vietnamese_order(district: World) -> None:
    for code, name in (("655", "Đắk Mil"), ("656", "Êa Súp"), ("657", "An Khê")):
        district.add_unit(code, f"Huyện {name}", level="district", kind="Huyện", parent="66")
        district.add_station(f"h{code}", unit=code, tier="district", name=name)
    district.add_rule("lon", kind="min", ms=1_200_000, tier="district", stations=["h656"])

    check = check_month(district.context, MONTH)
    assert [(each.station, each.short_ms) for each in check.verdicts] == [
        ("h656", 1_200_000),
        ("h657", 900_000),
        ("h654", 900_000),
        ("h655", 900_000),
        ("h656", 900_000),
    ]


def test_a_withdrawn_segment_in_a_published_slot_counts_nowhere(published: World) -> None:
    slots = station_month(published.context, "h654", MONTH).slots
    segment = slots[-1].items[0].segment
    lost = sum(item.duration_ms for slot in slots for item in slot.items if item.segment == segment)
    whole = sum(slot.airtime_ms for slot in slots)
    published.withdraw(segment)

    [verdict] = check_month(published.context, MONTH).verdicts
    assert verdict.planned_ms == whole - lost
    assert verdict.short_ms == max(0, 900_000 - verdict.planned_ms)
    assert verdict.short_ms > 0
    assert reason_sentences(verdict) == [f"Trong lịch có bài đã rút hoặc hết hạn, không tính: {segment}."]


def test_what_was_aired_before_a_withdrawal_still_counts(published: World) -> None:
    slots = station_month(published.context, "h654", MONTH).slots
    before = check_month(published.context, MONTH).verdicts
    published.now = slots[-1].starts_at + timedelta(days=1)
    published.withdraw(slots[0].items[0].segment)

    assert check_month(published.context, MONTH).verdicts == before


def test_what_went_out_on_the_day_of_a_withdrawal_still_counts(published: World) -> None:
    before = check_month(published.context, MONTH).verdicts
    last = station_month(published.context, "h654", MONTH).slots[-1]
    published.now = last.starts_at + timedelta(hours=2)
    withdraw_segment(published.context, last.items[0].segment, reason="sai")
    assert check_month(published.context, MONTH).verdicts == before


@pytest.mark.parametrize("text", ["1900-01", "2199-12"])
def test_the_first_and_last_months_there_are_can_be_checked(district: World, text: str) -> None:
    assert check_month(district.context, Month.parse(text)).basis == "none"


def test_a_maximum_that_is_passed_is_not_met(published: World) -> None:
    published.add_rule("tran", kind="max", ms=60_000, tier="district")
    check = check_month(published.context, MONTH)

    assert not check.met
    first = check.verdicts[0]
    assert (first.rule, first.kind, first.status, first.short_ms) == ("tran", "max", "not_met", 0)
    assert first.planned_ms > first.required_ms


def test_a_month_without_stations_is_refused(district: World) -> None:
    with district.change() as session:
        session.connection().exec_driver_sql("UPDATE station SET valid_to = '2026-12-01'")

    with pytest.raises(NoStations):
        check_month(district.context, MONTH)
    assert check_month(district.context, Month(2026, 11)).stations == {"district": 1, "commune": 2}


def test_the_sheet_opens_in_excel_and_holds_every_verdict(district: World) -> None:
    with district.change() as session:
        session.connection().exec_driver_sql("UPDATE station SET name = '=cmd|x, \"Krông\nPắc\"' WHERE code = 'h654'")
    check = check_month(district.context, MONTH)
    sheet = check_as_csv(check)

    assert sheet.startswith(b"\xef\xbb\xbf")
    head, *lines = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))
    assert head[:3] == ["Tháng", "Mã đài", "Đài"]
    assert [line[1] for line in lines] == ["h654", "x24502", "x24490"]
    assert lines[0][2] == '\'=cmd|x, "Krông\nPắc"'
    assert lines[0][7:10] == ["900000", "0", "900000"]
