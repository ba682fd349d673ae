from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from schedules.exchange import check_instance
from schedules.months import Month
from schedules.problem import Blackout as ProblemBlackout
from schedules.problem import Instance, Rule, Station
from server.db.registry import Blackout, BroadcastSession, SessionException, StationState
from server.db.registry import Station as StationRow
from server.services.instances import build_instance
from server.services.plans import make_plan, publish_plan
from server.services.refusals import NoColumns, NoStations
from tests.server.worlds import MONTH, World, build_world, local


def instance_of(world: World, month: Month = MONTH) -> Instance:
    with world.context.database.read() as session:
        instance = build_instance(session, month, as_of=world.now)
    check_instance(instance)
    return instance


def station_of(instance: Instance, code: str) -> Station:
    return next(station for station in instance.stations if station.code == code)


def rule_of(instance: Instance, code: str) -> Rule | None:
    return next((rule for rule in instance.rules if rule.id == code), None)


def dark(start: str, end: str) -> ProblemBlackout:
    return ProblemBlackout(from_time=local(start), to_time=local(end))


def test_an_instance_is_accepted_by_the_exchange_format_and_counts_the_clock_in_local_time(district: World) -> None:
    instance = instance_of(district)

    assert instance.now == district.now
    assert instance.now.isoformat() == "2026-11-20T08:00:00+07:00"
    assert [station.code for station in instance.stations] == ["h654", "x24490", "x24502"]
    assert [column.opening_ms for column in instance.columns] == [10_000]
    assert instance.published is None


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "blackouts"),
    [
        (date(2026, 12, 31), None, [dark("2026-12-01 00:00", "2026-12-31 00:00")]),
        (date(2026, 12, 1), date(2027, 1, 1), []),
        (None, date(2026, 12, 2), [dark("2026-12-02 00:00", "2027-01-01 00:00")]),
        (
            date(2026, 12, 10),
            date(2026, 12, 20),
            [dark("2026-12-01 00:00", "2026-12-10 00:00"), dark("2026-12-20 00:00", "2027-01-01 00:00")],
        ),
    ],
)
def test_a_station_there_for_part_of_the_month_is_dark_for_the_rest(
    district: World, valid_from: date | None, valid_to: date | None, blackouts: list[ProblemBlackout]
) -> None:
    district.add_unit("24508", "Xã Ea Phê", parent="654")
    district.add_station("x24508", unit="24508", name="Đài xã Ea Phê", valid_from=valid_from, valid_to=valid_to)

    assert list(station_of(instance_of(district), "x24508").blackouts) == blackouts


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "there"),
    [(None, date(2026, 12, 1), False), (date(2027, 1, 1), None, False), (date(2026, 12, 31), None, True)],
)
def test_a_station_is_there_when_it_shares_a_day_with_the_month(
    district: World, valid_from: date | None, valid_to: date | None, *, there: bool
) -> None:
    district.add_unit("24508", "Xã Ea Phê", parent="654")
    district.add_station("x24508", unit="24508", name="Đài xã Ea Phê", valid_from=valid_from, valid_to=valid_to)

    assert ("x24508" in {station.code for station in instance_of(district).stations}) == there


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "blackouts"),
    [
        (date(2026, 11, 20), date(2026, 12, 3), [dark("2026-12-01 00:00", "2026-12-03 00:00")]),
        (date(2026, 12, 31), None, [dark("2026-12-31 00:00", "2027-01-01 00:00")]),
        (date(2026, 11, 1), date(2026, 12, 1), []),
        (date(2027, 1, 1), None, []),
    ],
)
def test_a_fault_is_dark_from_local_midnight_to_local_midnight_within_the_month(
    district: World, valid_from: date, valid_to: date | None, blackouts: list[ProblemBlackout]
) -> None:
    with district.change() as session:
        session.add(
            StationState(station_id=district.keys["h654"], state="broken", valid_from=valid_from, valid_to=valid_to)
        )

    assert list(station_of(instance_of(district), "h654").blackouts) == blackouts


@pytest.mark.parametrize(
    ("start", "end", "blackouts"),
    [
        ("2026-11-30 23:00", "2026-12-01 00:30", [dark("2026-12-01 00:00", "2026-12-01 00:30")]),
        ("2026-12-31 23:59", "2027-01-01 02:00", [dark("2026-12-31 23:59", "2027-01-01 00:00")]),
        ("2026-11-30 22:00", "2026-12-01 00:00", []),
        ("2027-01-01 00:00", "2027-01-01 02:00", []),
    ],
)
def test_a_blackout_counts_in_the_month_of_local_time(
    district: World, start: str, end: str, blackouts: list[ProblemBlackout]
) -> None:
    with district.change() as session:
        session.add(Blackout(station_id=district.keys["h654"], starts_at=local(start), ends_at=local(end)))

    assert list(station_of(instance_of(district), "h654").blackouts) == blackouts


def test_a_station_that_works_again_is_not_dark(district: World) -> None:
    with district.change() as session:
        session.add(StationState(station_id=district.keys["h654"], state="working", valid_from=date(2026, 12, 1)))

    assert station_of(instance_of(district), "h654").blackouts == ()


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "there"),
    [
        (None, date(2026, 12, 1), True),
        (None, date(2026, 11, 30), False),
        (date(2026, 12, 31), None, True),
        (date(2027, 1, 1), None, False),
    ],
)
def test_a_session_s_dates_are_both_included(
    district: World, valid_from: date | None, valid_to: date | None, *, there: bool
) -> None:
    with district.change() as session:
        row = session.exec(
            select(BroadcastSession).where(
                BroadcastSession.station_id == district.keys["h654"], BroadcastSession.code == "s1"
            )
        ).one()
        row.valid_from, row.valid_to = valid_from, valid_to
        session.add(row)

    assert ("s1" in {each.id for each in station_of(instance_of(district), "h654").sessions}) == there


def test_exceptions_of_the_month_alone_come_along(district: World) -> None:
    with district.change() as session:
        row = session.exec(
            select(BroadcastSession).where(
                BroadcastSession.station_id == district.keys["h654"], BroadcastSession.code == "s1"
            )
        ).one()
        for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1)):
            session.add(SessionException(session_id=row.id or 0, on_date=day))

    exceptions = station_of(instance_of(district), "h654").exceptions
    assert [exception.date for exception in exceptions] == [date(2026, 12, 1), date(2026, 12, 31)]


def test_a_parent_that_is_gone_is_relayed_no_more(district: World) -> None:
    with district.change() as session:
        parent = session.exec(select(StationRow).where(StationRow.code == "h654")).one()
        parent.valid_to = date(2026, 12, 1)
        session.add(parent)

    instance = instance_of(district)
    assert [station.code for station in instance.stations] == ["x24490", "x24502"]
    assert all(each.relays is None for station in instance.stations for each in station.sessions)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "there"),
    [
        (date(2026, 12, 31), None, True),
        (date(2027, 1, 1), None, False),
        (date(2026, 1, 1), date(2026, 12, 1), True),
        (date(2026, 1, 1), date(2026, 11, 30), False),
    ],
)
def test_segments_valid_on_a_date_of_the_month_come_along(
    district: World, valid_from: date, valid_to: date | None, *, there: bool
) -> None:
    district.add_segment("b0099", valid_from=valid_from, valid_to=valid_to)

    assert ("b0099" in {segment.id for segment in instance_of(district).segments}) == there


def test_a_withdrawn_segment_that_is_published_stays_with_its_last_day(published: World) -> None:
    used = {item.segment for slot in instance_of(published).published.slots for item in slot.items}  # type: ignore[union-attr]  # it is published
    published.withdraw(min(used))

    segments = {segment.id: segment for segment in instance_of(published).segments}
    assert segments[min(used)].valid_to == date(2026, 11, 19)


def test_a_segment_meant_for_stations_that_are_not_there_names_only_those_that_are(district: World) -> None:
    district.add_segment("b0099", stations=["x24490", "x99999"])

    [segment] = [each for each in instance_of(district).segments if each.id == "b0099"]
    assert segment.stations == ("x24490",)


@pytest.mark.parametrize(
    ("facts", "stations"),
    [
        ({}, None),
        ({"stations": ["x24490", "x99999"]}, ("x24490",)),
        ({"stations": ["x24490", "x24502"], "unit": "24502"}, ("x24502",)),
        ({"unit": "654"}, ("h654", "x24490", "x24502")),
        ({"unit": "24490"}, ("x24490",)),
    ],
)
def test_a_rule_s_scope_becomes_stations(
    district: World, facts: dict[str, object], stations: tuple[str, ...] | None
) -> None:
    facts = dict(facts)
    if "unit" in facts:
        facts["unit_id"] = district.keys[str(facts.pop("unit"))]
    district.add_rule("r", kind="target", ms=60_000, tier="commune", **facts)

    rule = rule_of(instance_of(district), "r")
    assert rule is not None
    assert (rule.stations, rule.tiers) == (stations, ("commune",))


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "there"),
    [
        (date(2026, 12, 31), None, True),
        (date(2027, 1, 1), None, False),
        (None, date(2026, 12, 2), True),
        (None, date(2026, 12, 1), False),
    ],
)
def test_a_rule_is_in_force_when_it_holds_on_a_day_of_the_month(
    district: World, valid_from: date | None, valid_to: date | None, *, there: bool
) -> None:
    district.add_rule("r", kind="target", ms=1, tier="commune", valid_from=valid_from, valid_to=valid_to)

    assert (rule_of(instance_of(district), "r") is not None) == there


def test_what_the_months_beside_air_counts_for_distance(published: World) -> None:
    aired = instance_of(published, MONTH.next()).aired

    slots = instance_of(published).published.slots  # type: ignore[union-attr]  # it is published
    assert {(each.station, each.segment, each.date) for each in aired} == {
        (slot.station, item.segment, slot.start.date()) for slot in slots for item in slot.items
    }


def test_a_code_given_to_another_station_inherits_no_airings(published: World) -> None:
    with published.change() as session:
        old = session.exec(select(StationRow).where(StationRow.code == "x24490")).one()
        old.valid_to = date(2027, 1, 1)
        session.add(old)
    published.add_unit("24490b", "Xã Ea Yông mới", parent="66", valid_from=date(2027, 1, 1))
    published.add_station("x24490", unit="24490b", name="Đài xã Ea Yông mới", valid_from=date(2027, 1, 1))

    january = instance_of(published, MONTH.next())
    assert "x24490" in {station.code for station in january.stations}
    assert "x24490" not in {airing.station for airing in january.aired}
    assert "x24502" in {airing.station for airing in january.aired}


def test_a_code_that_changes_hands_within_the_month_names_two_stations(district: World) -> None:
    with district.change() as session:
        old = session.exec(select(StationRow).where(StationRow.code == "x24490")).one()
        old.valid_to = date(2026, 12, 16)
        session.add(old)
    district.add_station("x24490", unit="24490", name="Đài mới", valid_from=date(2026, 12, 16))

    instance = instance_of(district)
    assert [station.code for station in instance.stations] == ["h654", "x24490", "x24490~2026-12-16", "x24502"]
    assert station_of(instance, "x24490").blackouts[0].to_time == local("2026-12-16 00:00")
    assert station_of(instance, "x24490~2026-12-16").blackouts[0].from_time == local("2026-12-16 00:00")


def test_slots_of_a_station_that_is_gone_are_not_published_any_more(published: World) -> None:
    with published.change() as session:
        gone = session.exec(select(StationRow).where(StationRow.code == "x24490")).one()
        gone.valid_to = date(2026, 12, 1)
        session.add(gone)

    slots = instance_of(published).published.slots  # type: ignore[union-attr]  # it is published
    assert {slot.station for slot in slots} == {"h654", "x24502"}


def test_the_revision_before_one_is_what_it_was_planned_against(published: World) -> None:
    make_plan(published.context, MONTH)
    publish_plan(published.context, MONTH)

    with published.context.database.read() as session:
        revisions = [
            build_instance(session, MONTH, as_of=published.now, below=below).published for below in (None, 2, 1)
        ]
    assert [revision and revision.revision for revision in revisions] == [2, 1, None]


def test_without_stations_or_columns_there_is_nothing_to_plan(district: World) -> None:
    with district.change() as session:
        for station in session.exec(select(StationRow)):
            station.valid_to = date(2026, 12, 1)
            session.add(station)
    with pytest.raises(NoStations):
        instance_of(district)


def test_without_a_column_there_is_nothing_to_fill(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", column=False)

    with pytest.raises(NoColumns):
        instance_of(world)
    world.context.close()
