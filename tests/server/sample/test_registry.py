"""The sample's stations: real units and names, and everything drawn the same on every machine."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from unicodedata import is_normalized

import pytest

from server.sample import catalogue, registry
from server.sample.registry import SampleStation

MONTHS = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 2, 1), date(2028, 2, 29), date(2024, 5, 31)]


def old_stations() -> list[SampleStation]:
    return registry.stations_2021(catalogue.read_units("2021"))


def new_stations() -> list[SampleStation]:
    return registry.stations_2025(
        catalogue.read_units("2025"), catalogue.read_successors(), catalogue.read_units("2021")
    )


def test_2021_has_15_district_and_184_commune_stations() -> None:
    assert Counter(station.tier for station in old_stations()) == {"district": 15, "commune": 184}


def test_2025_has_102_commune_stations_and_no_district() -> None:
    assert Counter(station.tier for station in new_stations()) == {"commune": 102}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("h643", "Đài Truyền thanh - Truyền hình thành phố Buôn Ma Thuột"),
        ("h644", "Đài Truyền thanh - Truyền hình thị xã Buôn Hồ"),
        ("h654", "Đài Truyền thanh - Truyền hình huyện Krông Pắc"),
        ("h652", "Đài Truyền thanh - Truyền hình huyện M'Đrắk"),
        ("x24490", "Đài truyền thanh thị trấn Phước An"),
        ("x24154", "Đài truyền thanh phường Khánh Xuân"),
        ("x24169", "Đài truyền thanh xã Ea Kao"),
    ],
)
def test_stations_are_called_what_the_plan_calls_them(code: str, name: str) -> None:
    assert {station.code: station.name for station in old_stations()}[code] == name


def test_the_same_code_is_another_unit_after_the_merger() -> None:
    names = {station.code: station.name for station in new_stations()}
    assert names["x24490"] == "Đài truyền thanh xã Krông Pắc"
    assert names["x24133"] == "Đài truyền thanh phường Buôn Ma Thuột"


@pytest.mark.parametrize("stations", [old_stations(), new_stations()], ids=["2021", "2025"])
def test_codes_are_unique_and_names_are_clean(stations: list[SampleStation]) -> None:
    assert len({station.code for station in stations}) == len(stations)
    for station in stations:
        assert is_normalized("NFC", station.name)
        assert station.name == " ".join(station.name.split())


def test_communes_relay_their_own_district_in_the_evening_only() -> None:
    parents = {unit.code: unit.parent_code for unit in catalogue.read_units("2021")}
    codes = {station.code for station in old_stations()}
    for station in old_stations():
        relays = {session.code: session.relays for session in station.sessions if session.relays}
        if station.tier == "commune":
            assert relays == {"s2": f"h{parents[station.unit_code]}"}
            assert relays["s2"] in codes
        else:
            assert relays == {}


def test_nobody_relays_in_2025() -> None:
    assert not [session for station in new_stations() for session in station.sessions if session.relays]


def test_sessions_are_the_usual_ones_and_do_not_overlap() -> None:
    times = {
        (station.tier, session.code): (session.start, session.end)
        for station in old_stations()
        for session in station.sessions
    }
    assert times[("district", "s1")] == ("05:00", "07:00")
    assert times[("district", "s2")] == ("17:00", "18:30")
    assert times[("commune", "s1")] == ("05:00", "06:30")
    assert times[("commune", "s2")] == ("16:30", "18:00")
    for station in old_stations() + new_stations():
        assert all(earlier.end <= later.start for earlier, later in pairwise(station.sessions))


def test_about_a_third_outside_buon_ma_thuot_speak_rade_and_nobody_inside() -> None:
    district = {unit.code: unit.parent_code for unit in catalogue.read_units("2021")}
    inside = {code for code, parent in district.items() if "643" in (code, parent)}
    outside = [station for station in old_stations() if station.unit_code not in inside]
    rade = [station for station in outside if "rad" in station.languages]
    assert 0.25 < len(rade) / len(outside) < 0.45
    assert all(station.languages == ("vi",) for station in old_stations() if station.unit_code in inside)


def test_an_evening_in_rade_and_a_share_for_it_go_together_on_some_of_those_who_speak_it() -> None:
    for stations in (old_stations(), new_stations()):
        evening = [station for station in stations if any(session.code == "s3" for session in station.sessions)]
        rade = [station for station in stations if "rad" in station.languages]
        assert 0 < len(evening) < len(rade)
        for station in stations:
            assert station.languages[0] == "vi"
            assert station.language_shares == ({"rad": 0.1} if station in evening else {})
            assert set(station.language_shares) <= set(station.languages)


def test_mnong_and_gia_rai_are_few_and_where_those_peoples_live() -> None:
    area = {unit.code: unit.parent_code for unit in catalogue.read_units("2021")}
    where = {"cmo": {"647", "652", "653", "656"}, "jra": {"645", "646"}}
    for language, districts in where.items():
        speaking = [station for station in old_stations() if language in station.languages]
        assert 5 <= len(speaking) <= 40
        assert all(station.unit_code in districts or area[station.unit_code] in districts for station in speaking)
    assert any("cmo" in station.languages for station in new_stations())
    assert any("jra" in station.languages for station in new_stations())


def test_every_technology_is_in_use() -> None:
    assert {station.technology for station in old_stations()} == {"wired", "fm", "both", "ip"}


@pytest.mark.parametrize("month", MONTHS)
def test_one_station_in_twenty_is_broken_for_part_of_the_month(month: date) -> None:
    for stations, broken in ((old_stations(), 10), (new_stations(), 5)):
        outages = registry.outages(stations, month)
        assert len({outage.station for outage in outages}) == len(outages) == broken
        for outage in outages:
            assert (outage.first_date.year, outage.first_date.month) == (month.year, month.month)
            assert (outage.last_date.year, outage.last_date.month) == (month.year, month.month)
            assert 3 <= (outage.last_date - outage.first_date).days + 1 <= 12
            assert outage.last_date.day <= 14 or outage.station.startswith("x")


def test_other_stations_break_in_other_months() -> None:
    november, december = (registry.outages(old_stations(), month) for month in MONTHS[:2])
    assert {outage.station for outage in november} != {outage.station for outage in december}


@pytest.mark.parametrize("month", MONTHS)
def test_exceptions_and_blackouts_are_few_within_the_month_and_on_working_stations(month: date) -> None:
    for stations in (old_stations(), new_stations()):
        broken = {outage.station for outage in registry.outages(stations, month)}
        exceptions, blackouts = registry.exceptions(stations, month), registry.blackouts(stations, month)
        assert (len(exceptions), len(blackouts)) == (3, 2)
        sessions = {(station.code, session.code) for station in stations for session in station.sessions}
        for exception in exceptions:
            assert (exception.station, exception.session) in sessions
            assert (exception.start is None) == (exception.end is None)
            assert (exception.date.year, exception.date.month) == (month.year, month.month)
            assert exception.station not in broken
        for blackout in blackouts:
            assert blackout.start < blackout.end
            assert blackout.start.utcoffset() == blackout.end.utcoffset() == timedelta(hours=7)
            assert {(day.year, day.month) for day in (blackout.start, blackout.end)} == {(month.year, month.month)}
            assert blackout.station not in broken
        assert len({exception.station for exception in exceptions}) == 3


def test_one_of_the_exceptions_cancels_a_districts_morning() -> None:
    cancelled = [exception for exception in registry.exceptions(old_stations(), MONTHS[0]) if exception.start is None]
    assert any(exception.station.startswith("h") and exception.session == "s1" for exception in cancelled)


def test_the_province_is_the_same_every_time_and_whatever_the_order_of_its_stations() -> None:
    assert old_stations() == old_stations()
    stations, month = old_stations(), MONTHS[0]
    for events in (registry.outages, registry.exceptions, registry.blackouts):
        assert events(stations, month) == events(stations[::-1], month)
        assert events(stations, month) == events(stations, month.replace(day=30))


def test_the_district_rule_is_fifteen_minutes_and_the_communes_have_a_target() -> None:
    rules = {rule.code: rule for rule in registry.airtime_rules()}
    assert (rules["cchc-huyen"].kind, rules["cchc-huyen"].tier, rules["cchc-huyen"].ms) == ("min", "district", 900_000)
    assert (rules["cchc-xa"].kind, rules["cchc-xa"].tier, rules["cchc-xa"].ms) == ("target", "commune", 600_000)
    assert all("III.4" in rule.legal_ground and "/QĐ-UBND" not in rule.legal_ground for rule in rules.values())
    assert {rule.column for rule in rules.values()} == {column.code for column in registry.columns()}
