"""Units, stations and rules as they are on a day or in a month, in the old structure and the new."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from schedules.months import Month
from server.db.library import Audio
from server.db.plans import AirtimeRule
from server.db.registry import Blackout, BroadcastSession, OrganisationRole, Station, StationState
from server.services.context import Context
from server.services.local_time import ZONE, day_in, local_today, midnight
from server.services.refusals import BadField, UnknownStation, UnknownUnit
from server.services.registry import (
    get_station,
    get_unit,
    list_columns,
    list_organisations,
    list_rules,
    list_stations,
    list_topics,
    list_units,
)
from server.services.rows import identity
from tests.server.homes import MONTH, TODAY

BEFORE, AFTER = Month(2025, 6), Month(2025, 7)


@pytest.mark.parametrize(
    ("at", "today"),
    [
        (datetime(2026, 11, 30, 16, 59, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2028, 2, 28, 17, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_the_day_turns_at_17_utc(empty: Context, at: datetime, today: date) -> None:
    empty.clock = lambda: at
    assert local_today(empty) == today
    assert midnight(today).astimezone(UTC).hour == 17


def test_a_month_is_looked_at_on_its_day_nearest_to_today() -> None:
    assert day_in(MONTH, TODAY) == TODAY
    assert day_in(MONTH.next(), TODAY) == date(2026, 12, 1)
    assert day_in(MONTH.previous(), TODAY) == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("on", "levels"),
    [
        (date(2024, 5, 1), {"province": 1, "district": 15, "commune": 184}),
        (date(2025, 6, 30), {"province": 1, "district": 15, "commune": 184}),
        (date(2025, 7, 1), {"province": 1, "district": 0, "commune": 102}),
        (date(2026, 5, 1), {"province": 1, "district": 0, "commune": 102}),
    ],
)
def test_units_are_those_of_the_day(both: Context, on: date, levels: dict[str, int]) -> None:
    assert {level: list_units(both, on=on, level=level).total for level in levels} == levels


def test_units_stand_in_vietnamese_order_of_their_places(province: Context) -> None:
    names = [unit.name for unit in list_units(province, on=TODAY, level="district").items]
    assert names[:4] == ["Huyện Buôn Đôn", "Thị xã Buôn Hồ", "Thành phố Buôn Ma Thuột", "Huyện Cư Kuin"]


def test_units_below_a_unit_are_those_of_that_day(both: Context) -> None:
    krong_pac = list_units(both, on=BEFORE.last_date, parent="654")
    assert krong_pac.total == 16
    assert {unit.level for unit in krong_pac.items} == {"commune"}
    with pytest.raises(UnknownUnit) as refused:
        list_units(both, on=AFTER.first_date, parent="654")
    assert refused.value.unit == "654"


def test_the_province_is_one_unit_with_two_versions(both: Context) -> None:
    [before] = list_units(both, on=BEFORE.last_date, level="province").items
    [after] = list_units(both, on=AFTER.first_date, level="province").items
    assert before.id == after.id
    assert get_unit(both, before.id) == [before, after]


def test_a_unit_names_its_successors(both: Context) -> None:
    [old] = [unit for unit in list_units(both, on=BEFORE.last_date, query="24118").items if unit.code == "24118"]
    [new] = [unit for unit in list_units(both, on=AFTER.first_date, query="24121").items if unit.code == "24121"]
    assert old.successors == [new.id]
    assert new.successors == []


def test_an_unknown_unit_is_refused(province: Context) -> None:
    with pytest.raises(UnknownUnit):
        get_unit(province, 1_000_000)


@pytest.mark.parametrize(
    ("month", "districts", "communes"),
    [(Month(2024, 5), 15, 184), (BEFORE, 15, 184), (AFTER, 0, 102), (Month(2026, 5), 0, 102)],
)
def test_stations_are_those_of_the_month(both: Context, month: Month, districts: int, communes: int) -> None:
    assert list_stations(both, month=month, tier="district").total == districts
    assert list_stations(both, month=month, tier="commune").total == communes


def test_one_code_is_another_station_after_the_merger(both: Context) -> None:
    before, after = (get_station(both, "x24133", month).station for month in (BEFORE, AFTER))
    assert before.id != after.id
    assert (before.valid_to, after.valid_from) == (date(2025, 7, 1), date(2025, 7, 1))
    assert (before.district_code, after.district_code) == ("643", None)


@pytest.mark.parametrize("query", ["krong pac", "KRÔNG PẮC", "pac krong", "h654"])
def test_stations_are_found_however_they_are_typed(province: Context, query: str) -> None:
    assert "h654" in [station.code for station in list_stations(province, month=MONTH, query=query).items]


def test_a_district_stands_for_its_own_station_and_its_communes(province: Context) -> None:
    found = list_stations(province, month=MONTH, district="654")
    assert found.total == 17
    assert found.items[0].code == "h654"
    assert {station.district_code for station in found.items} == {"654"}
    assert {station.district_name for station in found.items} == {"Huyện Krông Pắc"}


def test_stations_are_cut_into_pages_without_loss(province: Context) -> None:
    whole = [station.code for station in list_stations(province, month=MONTH, limit=199).items]
    pages = [list_stations(province, month=MONTH, offset=offset, limit=50) for offset in (0, 50, 100, 150, 200)]
    assert [station.code for page in pages for station in page.items] == whole
    assert {page.total for page in pages} == {199}
    assert len(set(whole)) == 199


@pytest.mark.parametrize("asked", [{"offset": -1}, {"limit": 0}, {"tier": "province"}])
def test_what_no_list_has_is_refused(province: Context, asked: dict[str, object]) -> None:
    with pytest.raises(BadField):
        list_stations(province, month=MONTH, **asked)  # type: ignore[arg-type]  # one wrong value at a time


def test_a_station_has_the_name_the_plan_gives_it(province: Context) -> None:
    station = get_station(province, "h654", MONTH).station
    assert station.name == "Đài Truyền thanh - Truyền hình huyện Krông Pắc"
    assert (station.tier, station.unit_code, station.sample) == ("district", "654", True)


def test_a_commune_relays_the_evening_of_its_district(province: Context) -> None:
    commune = get_station(province, "x24490", MONTH)
    assert [(session.code, session.relays) for session in commune.sessions][:2] == [("s1", None), ("s2", "h654")]
    assert "x24490" in get_station(province, "h654", MONTH).relayed_by


@pytest.mark.parametrize("code", ["h999", "", "H654", "654"])
def test_an_unknown_station_is_refused_with_the_month(province: Context, code: str) -> None:
    with pytest.raises(UnknownStation) as refused:
        get_station(province, code, MONTH)
    assert refused.value.facts == {"station": code, "month": "2026-11"}


def test_a_station_of_another_time_is_unknown(both: Context) -> None:
    with pytest.raises(UnknownStation):
        get_station(both, "h654", AFTER)


def test_a_session_that_ended_before_the_month_is_not_shown(own_province: Context) -> None:
    with own_province.database.write() as session:
        station = session.exec(select(Station).where(Station.code == "h654")).one()
        for row in session.exec(select(BroadcastSession).where(BroadcastSession.station_id == station.id)):
            row.valid_to = MONTH.last_date if row.code == "s1" else MONTH.first_date - timedelta(days=1)
    assert [row.code for row in get_station(own_province, "h654", MONTH).sessions] == ["s1"]
    assert get_station(own_province, "h654", MONTH.next()).sessions == []


def test_states_and_outages_are_those_of_the_month(own_province: Context) -> None:
    with own_province.database.write() as session:
        station = session.exec(select(Station).where(Station.code == "h654")).one()
        for row in session.exec(select(StationState).where(StationState.station_id == station.id)):
            session.delete(row)
        key = identity(station)
        session.add(StationState(station_id=key, state="broken", valid_from=date(2026, 11, 20), note="Hỏng"))
        session.add(
            Blackout(
                station_id=key,
                starts_at=datetime(2026, 11, 30, 23, 0, tzinfo=ZONE),
                ends_at=datetime(2026, 12, 1, 1, 0, tzinfo=ZONE),
                note="Cắt điện",
            )
        )
    november, december = (get_station(own_province, "h654", month) for month in (MONTH, MONTH.next()))
    assert [(outage.kind, outage.ends_at) for outage in november.outages] == [
        ("broken", None),
        ("blackout", datetime(2026, 11, 30, 18, 0, tzinfo=UTC)),
    ]
    assert november.outages[0].starts_at == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
    assert [outage.kind for outage in december.outages] == ["broken", "blackout"]
    assert get_station(own_province, "h654", MONTH.previous()).outages == []
    assert (november.station.state, november.station.state_note) == ("broken", "Hỏng")
    assert get_station(own_province, "h654", MONTH.previous()).station.state == "working"


def test_an_outage_that_ended_on_the_last_midnight_is_not_the_next_months(own_province: Context) -> None:
    with own_province.database.write() as session:
        station = session.exec(select(Station).where(Station.code == "x24490")).one()
        for row in session.exec(select(StationState).where(StationState.station_id == station.id)):
            session.delete(row)
        session.add(
            StationState(
                station_id=identity(station),
                state="closed",
                valid_from=MONTH.last_date,
                valid_to=MONTH.next().first_date,
            )
        )
    assert [outage.kind for outage in get_station(own_province, "x24490", MONTH).outages] == ["closed"]
    assert get_station(own_province, "x24490", MONTH.next()).outages == []


def test_topics_are_the_tree_with_their_leads(province: Context) -> None:
    topics = list_topics(province)
    assert [topic.code for topic in topics if topic.parent is None] == ["a", "b", "c"]
    assert [topic.code for topic in topics if topic.parent == "c"] == [f"c{number:02d}" for number in range(1, 13)]
    assert {topic.code: topic.lead.name for topic in topics if topic.lead}["c04"] == "Sở Tư pháp"


def test_a_role_is_held_for_a_period(own_province: Context) -> None:
    with own_province.database.write() as session:
        session.exec(select(OrganisationRole)).one().valid_to = date(2025, 3, 1)
    before, after = (
        {
            organisation.code
            for organisation in list_organisations(own_province, on=on)
            if "monitor" in organisation.roles
        }
        for on in (date(2025, 2, 28), date(2025, 3, 1))
    )
    assert (before, after) == ({"so-tttt"}, set())


def test_the_column_shows_the_lengths_of_its_frame(province: Context) -> None:
    [column] = list_columns(province)
    with province.database.read() as session:
        lengths = dict(session.exec(select(Audio.file_name, Audio.duration_ms)).all())
    assert (column.opening_ms, column.closing_ms) == (lengths["cchc-opening.opus"], lengths["cchc-closing.opus"])
    assert (column.code, column.separation_days, column.max_per_month) == ("cchc", 2, 4)


def test_the_district_rule_of_section_iii_4_is_a_row(province: Context) -> None:
    rules = {rule.code: rule for rule in list_rules(province, month=MONTH)}
    district, commune = rules["cchc-huyen"], rules["cchc-xa"]
    assert (district.kind, district.period, district.ms, district.tier) == ("min", "month", 900_000, "district")
    assert (commune.kind, commune.period, commune.ms, commune.tier) == ("target", "month", 600_000, "commune")
    assert "III.4" in district.legal_ground


def test_a_rule_is_in_force_in_the_months_it_touches(own_province: Context) -> None:
    assert list_rules(own_province, month=Month(2021, 3)) == []
    with own_province.database.write() as session:
        rule = session.exec(select(AirtimeRule).where(AirtimeRule.code == "cchc-huyen")).one()
        rule.valid_to = date(2026, 12, 1)
    in_force = {
        str(month): [rule.code for rule in list_rules(own_province, month=month)] for month in (MONTH, MONTH.next())
    }
    assert in_force == {"2026-11": ["cchc-huyen", "cchc-xa"], "2026-12": ["cchc-xa"]}
    assert len(list_rules(own_province)) == 2


def test_a_rule_names_its_unit_by_the_code_of_that_time(own_both: Context) -> None:
    [province] = list_units(own_both, on=TODAY, level="province").items
    with own_both.database.write() as session:
        for rule in session.exec(select(AirtimeRule).order_by(col(AirtimeRule.code))):
            rule.unit_id = province.id
    assert {rule.unit for rule in list_rules(own_both, month=BEFORE)} == {"66"}
