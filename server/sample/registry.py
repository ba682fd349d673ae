"""The sample's stations, rules, campaign and column as values.

Everything is drawn from digests of station codes and months, so that two machines make the same province. Names and
units are real; sessions follow what such stations usually do; technology, languages and faults are made up.
"""

import calendar
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from server.sample.catalogue import SuccessorRow, UnitRow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

Tier = Literal["district", "commune"]
Technology = Literal["wired", "fm", "both", "ip"]

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
TUESDAY_THURSDAY_SATURDAY = (2, 4, 6)

_BUON_MA_THUOT = "643"
_EA_HLEO, _EA_SUP = "645", "646"
_BUON_DON, _MDRAK, _KRONG_BONG, _LAK = "647", "652", "653", "656"
_CAMPAIGN = "Kế hoạch tuyên truyền cải cách hành chính nhà nước năm 2021 trên địa bàn tỉnh Đắk Lắk"
_PLAN = f"{_CAMPAIGN}, mục III.4"
_IN_FORCE_FROM = date(2021, 4, 1)  # the first whole month of the plan


class SampleSession(msgspec.Struct, frozen=True, kw_only=True):
    """A recurring broadcast; `weekdays` are ISO (1 = Monday), `start` and `end` are local HH:MM, `relays` a station."""

    code: str
    name: str
    weekdays: tuple[int, ...]
    start: str
    end: str
    relays: str | None = None


class SampleStation(msgspec.Struct, frozen=True, kw_only=True):
    """`unit_code` belongs to the unit rows it was made from; `language_shares` sum to at most 1."""

    code: str
    name: str
    tier: Tier
    unit_code: str
    languages: tuple[str, ...]
    language_shares: dict[str, float]
    technology: Technology
    sessions: tuple[SampleSession, ...]


class SampleOutage(msgspec.Struct, frozen=True, kw_only=True):
    """The station is broken from `first_date` to `last_date`, both included."""

    station: str
    first_date: date
    last_date: date
    note: str


class SampleException(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence cancelled (no times) or moved to local HH:MM times."""

    station: str
    session: str
    date: date
    start: str | None = None
    end: str | None = None
    note: str


class SampleBlackout(msgspec.Struct, frozen=True, kw_only=True):
    """Half-open, aware; nothing is placed in it."""

    station: str
    start: datetime
    end: datetime
    note: str


class SampleColumn(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    slot_min_ms: int
    slot_max_ms: int
    max_slots_per_day: int
    separation_days: int
    max_per_month: int


class SampleRule(msgspec.Struct, frozen=True, kw_only=True):
    """So much of a column in each calendar month on every station of a tier."""

    code: str
    title: str
    kind: Literal["min", "target"]
    period: Literal["month"]
    ms: int
    column: str
    tier: Tier
    legal_ground: str
    valid_from: date
    valid_to: date | None


class SampleCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """With the planner's own weights; without end, as the rules of the plan are."""

    code: str
    name: str
    legal_ground: str
    valid_from: date


def stations_2021(units: Sequence[UnitRow]) -> list[SampleStation]:
    """A station for each district and each commune, in the units' order; a commune relays its district's evening."""
    area = {unit.code: unit.parent_code for unit in units if unit.level == "commune"}
    area |= {unit.code: unit.code for unit in units if unit.level == "district"}
    return [_station(unit, area[unit.code]) for unit in units if unit.level != "province"]


def stations_2025(
    units: Sequence[UnitRow], successors: Iterable[SuccessorRow], former_units: Iterable[UnitRow]
) -> list[SampleStation]:
    """A station for each of the communes since July 2025; there is nobody left to relay.

    Which languages are spoken follows from the district a commune was in (most of its parts); the half that was
    Phú Yên has no rows in `successors` and is taken as Vietnamese.
    """
    former_area = {unit.code: unit.parent_code for unit in former_units if unit.level == "commune"}
    votes: dict[str, Counter[str]] = {}
    for row in successors:
        if district := former_area.get(row.old_code):
            votes.setdefault(row.new_code, Counter())[district] += 1
    area = {code: count.most_common(1)[0][0] for code, count in votes.items()}
    return [_station(unit, area.get(unit.code)) for unit in units if unit.level == "commune"]


def outages(stations: Iterable[SampleStation], month: date) -> list[SampleOutage]:
    """About one station in twenty is broken for 3 to 12 days of the month that `month` lies in.

    A district station is whole again by the 15th, so that a sample loaded late in a month can still meet its minimum.
    """
    ranked = _ranked(stations, month, "outage")
    broken = ranked[: round(len(ranked) / 20)]
    return sorted((_outage(station, month) for station in broken), key=lambda outage: outage.station)


def exceptions(stations: Iterable[SampleStation], month: date) -> list[SampleException]:
    """Three in a month: a top-tier station cancels a morning, a commune cancels one, a commune starts late."""
    everyone = _never_broken(stations, month)
    top = [station for station in everyone if station.tier == "district"] or everyone
    communes = [station for station in everyone if station.tier == "commune"]
    a_top = _ranked(top, month, "cancel")[0].code
    quiet, late = [station.code for station in _ranked(communes, month, "exception") if station.code != a_top][:2]
    return [
        SampleException(
            station=a_top, session="s1", date=_day(a_top, month, "cancel"), note="Nghỉ buổi sáng để bảo dưỡng máy phát."
        ),
        SampleException(
            station=quiet, session="s1", date=_day(quiet, month, "cancel"), note="Nghỉ buổi sáng do cắt điện."
        ),
        SampleException(
            station=late,
            session="s1",
            date=_day(late, month, "late"),
            start="05:30",
            end="07:00",
            note="Phát muộn nửa giờ do sửa cụm loa.",
        ),
    ]


def blackouts(stations: Iterable[SampleStation], month: date) -> list[SampleBlackout]:
    """Two in a month: a commune without power for an evening, a commune silent for a day and a half."""
    communes = [station for station in _never_broken(stations, month) if station.tier == "commune"]
    dark, silent = [station.code for station in _ranked(communes, month, "blackout")[:2]]
    dark_day, silent_day = _day(dark, month, "blackout"), _day(silent, month, "blackout")
    return [
        SampleBlackout(
            station=dark,
            start=datetime.combine(dark_day, time(16, 0), ZONE),
            end=datetime.combine(dark_day, time(18, 30), ZONE),
            note="Cắt điện theo lịch của ngành điện.",
        ),
        SampleBlackout(
            station=silent,
            start=datetime.combine(silent_day, time(12, 0), ZONE),
            end=datetime.combine(silent_day + timedelta(days=2), time(0, 0), ZONE),
            note="Di dời cụm loa.",
        ),
    ]


def columns() -> list[SampleColumn]:
    return [
        SampleColumn(
            code="cchc",
            name="Tuyên truyền CCHC",
            slot_min_ms=180_000,
            slot_max_ms=900_000,
            max_slots_per_day=2,
            separation_days=2,
            max_per_month=4,
        )
    ]


def campaigns() -> list[SampleCampaign]:
    """The plan of 2021; its own number and day are blank and are not printed."""
    return [
        SampleCampaign(
            code="cchc-2021",
            name=_CAMPAIGN,
            legal_ground="Ban hành kèm theo Quyết định của Chủ tịch Ủy ban nhân dân tỉnh Đắk Lắk, tháng 3/2021; thực "
            "hiện Quyết định số 3242/QĐ-UBND ngày 30/12/2020 của UBND tỉnh về Kế hoạch cải cách hành chính Nhà nước "
            "tỉnh Đắk Lắk năm 2021.",
            valid_from=_IN_FORCE_FROM,
        )
    ]


def airtime_rules() -> list[SampleRule]:
    """Section III.4 from the first whole month of the plan on; the plan's own number is blank and is not printed."""
    return [
        SampleRule(
            code="cchc-huyen",
            title="Đài huyện: chuyên mục Tuyên truyền CCHC ít nhất 15 phút mỗi tháng",
            kind="min",
            period="month",
            ms=900_000,
            column="cchc",
            tier="district",
            legal_ground=f"{_PLAN}: Đài Truyền thanh - Truyền hình các huyện, thị xã, thành phố mở chuyên mục, "
            "thời lượng mỗi tháng ít nhất 15 phút.",
            valid_from=_IN_FORCE_FROM,
            valid_to=None,
        ),
        SampleRule(
            code="cchc-xa",
            title="Đài xã: tăng cường phát chuyên mục Tuyên truyền CCHC, hướng tới 10 phút mỗi tháng",
            kind="target",
            period="month",
            ms=600_000,
            column="cchc",
            tier="commune",
            legal_ground=f"{_PLAN}: Đài truyền thanh các xã, phường, thị trấn tăng cường phát tin, bài; kế hoạch không "
            "ấn định số phút, 10 phút là mức của bộ dữ liệu mẫu.",
            valid_from=_IN_FORCE_FROM,
            valid_to=None,
        ),
    ]


def _station(unit: UnitRow, area: str | None) -> SampleStation:
    district = unit.level == "district"
    code = f"{'h' if district else 'x'}{unit.code}"
    kind = "Đài Truyền thanh - Truyền hình" if district else "Đài truyền thanh"
    languages = _languages(code, area, district=district)
    evening_rade = "rad" in languages and _draw(code, "evening") < 0.5
    return SampleStation(
        code=code,
        name=f"{kind} {unit.type}{unit.name[len(unit.type) :]}",
        tier="district" if district else "commune",
        unit_code=unit.code,
        languages=languages,
        language_shares={"rad": 0.1} if evening_rade else {},
        technology=_technology(code, district=district),
        sessions=_sessions(unit, evening_rade=evening_rade),
    )


def _sessions(unit: UnitRow, *, evening_rade: bool) -> tuple[SampleSession, ...]:
    if unit.level == "district":
        daily = (_daily("s1", "05:00", "07:00"), _daily("s2", "17:00", "18:30"))
    else:
        relays = f"h{unit.parent_code}" if unit.parent_code != "66" else None
        daily = (_daily("s1", "05:00", "06:30"), _daily("s2", "16:30", "18:00", relays))
    if not evening_rade:
        return daily
    rade = SampleSession(
        code="s3", name="Chương trình tiếng Ê Đê", weekdays=TUESDAY_THURSDAY_SATURDAY, start="18:45", end="19:00"
    )
    return (*daily, rade)


def _daily(code: str, start: str, end: str, relays: str | None = None) -> SampleSession:
    name = "Buổi sáng" if code == "s1" else "Buổi chiều"
    return SampleSession(code=code, name=name, weekdays=EVERY_DAY, start=start, end=end, relays=relays)


def _languages(code: str, area: str | None, *, district: bool) -> tuple[str, ...]:
    """Vietnamese everywhere; Ê Đê on a third outside Buôn Ma Thuột; M'Nông and Gia Rai where those peoples live.

    A district station is twice as likely to have a language as a commune's: it speaks to all of its communes.
    """
    if area is None or area == _BUON_MA_THUOT:
        return ("vi",)
    share: Mapping[str, float] = {
        "rad": 1 / 3,
        "cmo": {_LAK: 0.7, _BUON_DON: 0.5, _KRONG_BONG: 0.3, _MDRAK: 0.3}.get(area, 0.0),
        "jra": {_EA_HLEO: 0.4, _EA_SUP: 0.4}.get(area, 0.0),
    }
    return ("vi", *(language for language, part in share.items() if _draw(code, language) < part * (1 + district)))


def _technology(code: str, *, district: bool) -> Technology:
    shares: Mapping[Technology, float] = (
        {"fm": 0.6, "both": 0.4} if district else {"wired": 0.3, "fm": 0.4, "both": 0.1, "ip": 0.2}
    )
    drawn = _draw(code, "technology")
    for technology, share in shares.items():
        if drawn < share:
            return technology
        drawn -= share
    return "fm"


def _outage(station: SampleStation, month: date) -> SampleOutage:
    days = 14 if station.tier == "district" else calendar.monthrange(month.year, month.month)[1]
    key = (station.code, f"{month:%Y-%m}")
    length = 3 + int(_draw(*key, "length") * 10)
    first = 1 + int(_draw(*key, "first") * (days - length + 1))
    notes = ("Hỏng máy phát, đang chờ linh kiện.", "Đứt dây loa sau mưa giông.", "Cháy tăng âm, đã báo sửa chữa.")
    return SampleOutage(
        station=station.code,
        first_date=month.replace(day=first),
        last_date=month.replace(day=first + length - 1),
        note=notes[int(_draw(*key, "note") * len(notes))],
    )


def _never_broken(stations: Iterable[SampleStation], month: date) -> list[SampleStation]:
    everyone = list(stations)
    broken = {outage.station for outage in outages(everyone, month)}
    return [station for station in everyone if station.code not in broken]


def _day(station: str, month: date, what: str) -> date:
    """Between the 5th and the 25th: clear of month ends, so that an event of two days stays in its month."""
    return month.replace(day=5 + int(_draw(station, f"{month:%Y-%m}", what, "day") * 21))


def _ranked(stations: Iterable[SampleStation], month: date, what: str) -> list[SampleStation]:
    return sorted(stations, key=lambda station: _draw(station.code, f"{month:%Y-%m}", what))


def _draw(*words: str) -> float:
    """A number in [0, 1) that depends on the words alone."""
    digest = hashlib.sha256("\n".join(words).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
