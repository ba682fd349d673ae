"""Which copies a station wants, and when: before midnight, over midnight, soonest first."""

from datetime import datetime, time, timedelta

import pytest

from schedules.manifest import Copy, Emergency, File, Manifest, SlotToPlay, SoundToPlay
from server.station.line import MOST_CUTS, Line
from server.station.state import LineMeasure
from server.station.wanting import Manner, Need, Night, needs_of
from tests.server.worlds import local

NIGHT = Night(begins=time(22), ends=time(5))
NOON = local("2026-12-01 12:00")


def sha(letter: str, kind: str = "broadcast") -> str:
    return {"broadcast": letter * 64, "light_opus": letter * 63 + "1", "light_mp3": letter * 63 + "2"}[kind]


def file(letter: str, **sizes: int) -> File:
    """Copies by kind with their sizes in bytes."""
    sizes = sizes or {"broadcast": 3_000_000, "light_opus": 500_000, "light_mp3": 900_000}
    copies = tuple(
        Copy(kind=kind, sha256=sha(letter, kind), size=size, media_type="audio/mpeg", path=f"/{letter}{kind}")
        for kind, size in sizes.items()
    )
    return File(sha256=sha(letter), copies=copies)


def slot(starts: datetime, *letters: str, length_ms: int = 600_000) -> SlotToPlay:
    sounds = tuple(
        SoundToPlay(kind="segment", title=f"Bài {letter}", start_ms=at * 1000, duration_ms=1000, sha256=sha(letter))
        for at, letter in enumerate(letters)
    )
    return SlotToPlay(key=f"{starts}", column="CCHC", starts_at=starts, length_ms=length_ms, sounds=sounds)


def manifest(*slots: SlotToPlay, emergencies: tuple[Emergency, ...] = ()) -> Manifest:
    return Manifest(
        station="h654",
        station_name="Đài",
        timezone="Asia/Ho_Chi_Minh",
        version="1",
        months=(),
        sessions=(),
        slots=slots,
        files=tuple(file(letter) for letter in "abcde"),
        emergencies=emergencies,
    )


def manner(**facts: object) -> Manner:
    return Manner(**{"copies": "auto", "night": None, "local": NOON, **facts})  # type: ignore[arg-type]  # as given


def need(hours: float, *, of: File | None = None) -> Need:
    return Need(file=of or file("a"), title="Bài", at=NOON + timedelta(hours=hours))


def chosen(one: Need, how: Manner, *, good: bool = True, kbit: int | None = None) -> str | None:
    copy = how.copy_of(one, good_line=good, seconds_for=lambda size: size * 8 / 1000 / kbit if kbit else None)
    return copy.kind if copy else None


def test_sounds_are_needed_in_the_order_in_which_they_are_aired_and_each_once() -> None:
    plan = manifest(slot(NOON, "b", "a"), slot(NOON + timedelta(days=1), "c", "a"))
    assert [(each.title, each.at) for each in needs_of(plan, NOON)] == [
        ("Bài b", NOON),
        ("Bài a", NOON + timedelta(seconds=1)),
        ("Bài c", NOON + timedelta(days=1)),
    ]


def test_a_slot_that_is_over_needs_nothing_and_one_that_runs_still_does() -> None:
    plan = manifest(slot(NOON, "a"))
    assert len(needs_of(plan, NOON + timedelta(minutes=9))) == 1
    assert needs_of(plan, NOON + timedelta(minutes=10)) == []


def test_what_is_urgent_comes_before_everything() -> None:
    call = Emergency(
        number=1,
        segment="khan",
        title="Lũ quét",
        approved_at=NOON,
        until=NOON + timedelta(hours=1),
        duration_ms=1000,
        sha256=sha("e"),
    )
    plan = manifest(slot(NOON, "a"), emergencies=(call,))
    assert [each.title for each in needs_of(plan, NOON)] == ["Lũ quét", "Bài a"]
    assert [each.title for each in needs_of(plan, NOON + timedelta(hours=1))] == []


def test_a_night_goes_over_midnight() -> None:
    clocks = ("21:59", "22:00", "23:59", "00:00", "04:59", "05:00")
    assert [clock for clock in clocks if NIGHT.holds(local(f"2026-12-01 {clock}"))] == list(clocks[1:-1])


def test_a_night_may_lie_within_one_day() -> None:
    night = Night(begins=time(1), ends=time(4))
    clocks = ("00:30", "01:00", "03:59", "04:00")
    assert [clock for clock in clocks if night.holds(local(f"2026-12-01 {clock}"))] == ["01:00", "03:59"]


def test_the_next_night_begins_today_or_tomorrow() -> None:
    assert NIGHT.next_after(local("2026-12-31 21:59")) == local("2026-12-31 22:00")
    assert NIGHT.next_after(local("2026-12-31 22:00")) == local("2027-01-01 22:00")


def test_on_a_good_line_the_broadcast_copy_is_fetched_on_a_bad_one_the_lightest() -> None:
    assert chosen(need(9), manner()) == "broadcast"
    assert chosen(need(9), manner(), good=False) == "light_opus"


def test_what_would_come_too_late_is_fetched_as_the_lightest_copy() -> None:
    # 3 MB at 300 kbit/s last 80 s, and two minutes are left for what goes wrong
    assert chosen(need(0.1), manner(), kbit=300) == "broadcast"
    assert chosen(need(0.05), manner(), kbit=300) == "light_opus"


def test_by_day_only_what_is_aired_before_the_night_has_begun_is_fetched() -> None:
    by_day = manner(night=NIGHT)
    assert chosen(need(9), by_day) == "light_opus"
    assert chosen(need(10.9), by_day) == "light_opus"
    assert chosen(need(11), by_day) is None
    assert chosen(need(11), manner(night=NIGHT, local=local("2026-12-01 22:00"))) == "broadcast"


def test_light_copies_that_the_settings_ask_for_need_not_wait_for_the_night() -> None:
    assert chosen(need(20), manner(night=NIGHT, copies="light_mp3")) == "light_mp3"
    assert chosen(need(20), manner(night=NIGHT, copies="broadcast")) is None
    assert chosen(need(2), manner(night=NIGHT, copies="broadcast")) == "broadcast"


def test_where_there_is_no_such_copy_the_next_best_is_taken() -> None:
    only = file("a", broadcast=10)
    assert chosen(need(2, of=only), manner(copies="light_opus")) == "broadcast"
    both = file("a", broadcast=10, light_mp3=5)
    assert chosen(need(2, of=both), manner(copies="light_opus")) == "light_mp3"


def test_a_light_copy_is_bettered_when_the_line_is_good_and_by_night() -> None:
    one = need(20)
    light = {sha("a", "light_opus")}

    def better(how: Manner, *, good: bool = True) -> str | None:
        copy = how.better_of(one, lambda each: each.sha256 in light, good_line=good)
        return copy.kind if copy else None

    assert better(manner()) == "broadcast"
    assert better(manner(), good=False) is None
    assert better(manner(night=NIGHT)) is None
    assert better(manner(copies="light_opus")) is None


class Clock:
    """Stands still but for waiting."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += seconds


def line(before: LineMeasure | None = None, *, limit_kbit: int | None = None) -> tuple[Line, Clock]:
    clock = Clock()
    return Line(before or LineMeasure(), now=NOON, limit_kbit=limit_kbit, clock=clock, wait=clock.wait), clock


def test_a_limit_is_kept_however_the_pieces_fall() -> None:
    limited, clock = line(limit_kbit=128)
    for size in (1, 15_999, 64_000, 80_000):
        limited.spend(size)
    assert clock.at == pytest.approx(160_000 * 8 / 128_000)


def test_waiting_for_the_limit_is_not_saved_up() -> None:
    limited, clock = line(limit_kbit=128)
    clock.at = 3600.0
    limited.spend(16_000)
    assert clock.at == pytest.approx(3601.0)


def test_a_line_is_bad_when_it_is_slow_or_breaks_often_and_good_again_after_clean_files() -> None:
    slow, _clock = line()
    assert slow.good
    slow.passed(100_000, 10.0)
    assert (slow.kbit, slow.good) == (80, False)
    breaking, _clock = line()
    for _ in range(MOST_CUTS + 1):
        breaking.cut()
    assert not breaking.good
    breaking.whole()
    assert breaking.good


def test_what_was_measured_holds_for_a_day() -> None:
    slow = LineMeasure(kbit=64, at=NOON - timedelta(hours=23))
    assert not line(slow)[0].good
    assert line(LineMeasure(kbit=64, at=NOON - timedelta(hours=25)))[0].good
    assert line(LineMeasure(kbit=64, at=NOON + timedelta(days=900)))[0].good
