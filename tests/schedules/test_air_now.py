"""What is due at a moment: month ends, midnight and UTC+7 first."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.air_now import LATE, Air, LaidOut, air_at, laid_out, passed_between
from schedules.manifest import Emergency, Manifest, MovedSession, RecalledSegment, SessionOnAir, SlotToPlay, SoundToPlay

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def sha(name: str) -> str:
    return name.encode().hex().ljust(64, "0")[:64]


def slot(starts: str, *names: str, seconds: int = 60, opening: int = 5, relayed_from: str | None = None) -> SlotToPlay:
    """An opening and then segments with these names, `seconds` each."""
    sounds = [
        SoundToPlay(kind="opening", title="Nhạc hiệu", start_ms=0, duration_ms=opening * 1000, sha256=sha("mo-dau"))
    ]
    for place, name in enumerate(names):
        sounds.append(
            SoundToPlay(
                kind="segment",
                title=f"Bài {name}",
                start_ms=(opening + place * seconds) * 1000,
                duration_ms=seconds * 1000,
                sha256=sha(name),
                segment=name,
            )
        )
    begins = at(starts)
    return SlotToPlay(
        key=f"h654.{begins:%Y%m%dT%H%M}",
        column="cchc",
        starts_at=begins,
        length_ms=(opening + len(names) * seconds) * 1000,
        sounds=tuple(sounds),
        relayed_from=relayed_from,
    )


def manifest(*slots: SlotToPlay, **facts: object) -> Manifest:
    whole: dict[str, object] = {
        "station": "h654",
        "station_name": "Đài huyện",
        "timezone": "Asia/Ho_Chi_Minh",
        "version": "1",
        "months": (),
        "sessions": (),
        "files": (),
    }
    return Manifest(**{**whole, "slots": slots, **facts})  # type: ignore[arg-type]


def emergency(number: int, name: str = "khan", *, approved: str, until: str) -> Emergency:
    return Emergency(
        number=number,
        segment=name,
        title="Lũ về",
        approved_at=at(approved),
        until=at(until),
        duration_ms=20_000,
        sha256=sha(name),
    )


def air(laid: LaidOut, moment: str | datetime, **facts: object) -> Air:
    now = at(moment) if isinstance(moment, str) else moment
    return air_at(laid, now, **{"has": lambda _sha256: True, **facts})  # type: ignore[arg-type]


def named(found: Air) -> tuple[str | None, int]:
    return (found.due.segment or found.due.kind if found.due else None), found.offset_ms


@pytest.mark.parametrize(
    ("starts", "moment", "due"),
    [
        ("2026-11-30T23:59", "2026-11-30T23:59:59", ("a", 54_000)),
        ("2026-11-30T23:59", "2026-12-01T00:00:05", ("b", 0)),
        ("2026-11-30T23:59", "2026-12-01T00:00:45", ("b", 40_000)),
        ("2026-12-31T23:59:30", "2027-01-01T00:00:10", ("a", 35_000)),
        ("2026-12-01T00:00", "2026-11-30T17:00:00+00:00", ("opening", 0)),
        ("2026-12-01T00:00", "2026-11-30T16:59:59+00:00", (None, 0)),
        ("2026-12-01T06:59", "2026-12-01T07:00:00", ("a", 55_000)),
        ("2026-12-01T05:00", "2026-12-01T05:01:05", ("b", 0)),
        ("2026-12-01T05:00", "2026-12-01T05:02:05", (None, 0)),
    ],
)
def test_a_sound_is_due_from_its_start_to_its_end_over_midnight_and_the_end_of_a_month(
    starts: str, moment: str, due: tuple[str | None, int]
) -> None:
    laid = laid_out(manifest(slot(starts, "a", "b")), relays=False)
    now = datetime.fromisoformat(moment)
    assert named(air(laid, now if now.tzinfo else at(moment))) == due


def test_who_is_late_by_a_moment_begins_at_the_beginning_and_who_is_later_in_the_middle() -> None:
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a")), relays=False)
    assert named(air(laid, at("2026-12-01T05:00:05") + LATE)) == ("a", 0)
    assert named(air(laid, at("2026-12-01T05:00:05") + LATE + SECOND)) == ("a", 6_000)


def test_a_short_sound_that_others_made_late_is_still_played_whole() -> None:
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a", "b", seconds=1)), relays=False)
    over = {due.id for due in laid.sounds[:2]}
    assert named(air(laid, "2026-12-01T05:00:09", over=over)) == ("b", 0)
    assert named(air(laid, "2026-12-01T05:00:13", over=over)) == (None, 0)


def test_what_was_begun_is_entered_where_it_would_be_by_now() -> None:
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a")), relays=False)
    opening, item = laid.sounds
    assert named(air(laid, "2026-12-01T05:00:08", over={opening.id}, heard_ms={item.id: 1_000})) == ("a", 3_000)
    assert named(air(laid, "2026-12-01T05:01:06", over={opening.id}, heard_ms={item.id: 1_000})) == (None, 0)


def test_what_sounds_may_end_a_moment_late_and_no_more() -> None:
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a", "b")), relays=False)
    playing = laid.sounds[1].id
    assert named(air(laid, "2026-12-01T05:01:07", playing=playing))[0] == "a"
    assert named(air(laid, "2026-12-01T05:01:11", playing=playing))[0] == "b"


def test_an_emergency_is_due_over_anything_until_it_was_played() -> None:
    call = emergency(7, approved="2026-12-01T05:00:10", until="2026-12-02T05:00")
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a"), emergencies=(call,)), relays=False)
    found = air(laid, "2026-12-01T05:00:20", playing=laid.sounds[1].id)
    assert found.due is not None
    assert (found.due.emergency, found.offset_ms) == (7, 0)
    back = air(laid, "2026-12-01T05:00:40", over={found.due.id}, heard_ms={laid.sounds[1].id: 10_000})
    assert named(back) == ("a", 35_000)
    assert named(air(laid, "2026-12-03T05:00")) == (None, 0)


def test_an_emergency_that_was_cut_goes_on_where_it_was() -> None:
    call = emergency(7, approved="2026-12-01T05:00:10", until="2026-12-02T05:00")
    laid = laid_out(manifest(emergencies=(call,)), relays=False)
    assert named(air(laid, "2026-12-01T09:00", heard_ms={laid.emergencies[0].id: 8_000})) == ("khan", 8_000)


def test_an_emergency_whose_sound_is_not_there_yet_holds_nothing_up() -> None:
    call = emergency(7, approved="2026-12-01T05:00:00", until="2026-12-02T05:00")
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a"), emergencies=(call,)), relays=False)
    assert named(air(laid, "2026-12-01T05:00:30", has=lambda sha256: sha256 != sha("khan")))[0] == "a"


def test_what_was_recalled_is_never_due_even_where_a_slot_still_names_it() -> None:
    recall = RecalledSegment(
        number=1,
        kind="withdrawn",
        segment="a",
        title="",
        reason="",
        recalled_at=at("2026-12-01T04:00"),
        files=(sha("a"),),
    )
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a", "b"), recalls=(recall,)), relays=False)
    assert all(due.segment != "a" for due in laid.sounds)
    found = air(laid, "2026-12-01T05:00:30")
    assert found.due is None


def test_a_relayed_slot_is_the_relay_or_where_that_is_silent_its_own_sounds() -> None:
    relayed = manifest(slot("2026-12-01T17:00", "a", relayed_from="h654"))
    assert named(air(laid_out(relayed, relays=True), "2026-12-01T17:00:30")) == ("relay", 30_000)
    assert named(air(laid_out(relayed, relays=False), "2026-12-01T17:00:30")) == ("a", 25_000)
    silent = laid_out(relayed, relays=True, silent={relayed.slots[0].key})
    assert named(air(silent, "2026-12-01T17:00:30")) == ("a", 25_000)


def test_what_a_relayed_session_leaves_free_is_relayed() -> None:
    evening = SessionOnAir(code="s2", name="Chiều", weekdays=(2,), starts="17:00", ends="18:30", relays="h654")
    laid = laid_out(manifest(slot("2026-12-01T17:10", "a"), sessions=(evening,)), relays=True)
    for moment, due in {"16:59:59": None, "17:00:00": "relay", "17:10:00": "opening", "18:29:59": "relay"}.items():
        assert named(air(laid, f"2026-12-01T{moment}", relays=True))[0] == due
    assert named(air(laid, "2026-12-02T17:00:00", relays=True))[0] is None
    assert air(laid, "2026-12-01T17:00:00", relays=True, over={air(laid, "2026-12-01T17:00", relays=True).due.id}).gap  # type: ignore[union-attr]


def test_a_session_that_was_moved_for_a_day_is_relayed_at_its_other_time_and_a_cancelled_one_is_not() -> None:
    moved = (MovedSession(on=date(2026, 12, 1), starts="19:00", ends="19:30"), MovedSession(on=date(2026, 12, 8)))
    evening = SessionOnAir(code="s2", name="", weekdays=(2,), starts="17:00", ends="18:30", relays="h654", moved=moved)
    laid = laid_out(manifest(sessions=(evening,)), relays=True)
    on_air = {
        "2026-12-01T17:30": None,
        "2026-12-01T19:10": "relay",
        "2026-12-08T17:30": None,
        "2026-12-15T17:30": "relay",
    }
    assert {moment: named(air(laid, moment, relays=True))[0] for moment in on_air} == on_air


def test_a_session_that_ends_after_midnight_is_on_in_the_next_day() -> None:
    night = SessionOnAir(code="s3", name="Đêm", weekdays=(1,), starts="23:00", ends="00:30", relays="h654")
    laid = laid_out(manifest(sessions=(night,)), relays=True)
    assert named(air(laid, "2026-12-01T00:10", relays=True)) == (
        "relay",
        70 * 60_000,
    )  # the 30th of November is a Monday
    assert named(air(laid, "2026-12-02T00:10", relays=True)) == (None, 0)


def test_a_slot_without_its_sounds_is_a_gap_and_not_silence_by_plan() -> None:
    laid = laid_out(manifest(slot("2026-12-01T05:00", "a")), relays=False)
    assert air(laid, "2026-12-01T05:00:30", has=lambda _sha256: False).gap
    assert not air(laid, "2026-12-01T06:00").gap


def test_a_moved_slot_is_another_airing_and_the_same_slot_the_same() -> None:
    one, other = slot("2026-12-01T05:00", "a"), slot("2026-12-01T17:00", "a")
    first = laid_out(manifest(one), relays=False).sounds[1].id
    assert laid_out(manifest(one, other), relays=False).sounds[1].id == first
    assert laid_out(manifest(other), relays=False).sounds[1].id != first


STARTS = st.lists(st.integers(0, 3_000), min_size=1, max_size=6, unique=True)


@settings(deadline=None, max_examples=40)
@given(STARTS, st.lists(st.integers(2, 60), min_size=1, max_size=5), st.integers(80, 700), st.sampled_from([0, 50]))
def test_a_day_that_is_stepped_through_plays_each_sound_once_and_none_after_its_time(
    minutes: list[int], lengths: list[int], step_ms: int, slow_ms: int
) -> None:
    """Slots over the end of a month; each sound ends by itself, as long after its beginning as it lasts."""
    begins = at("2026-11-30T00:00")
    slots = []
    for minute in sorted({each - each % 12 for each in minutes}):
        start = begins + timedelta(minutes=minute)
        sounds, offset = [], 0
        for place, length in enumerate(lengths):
            sounds.append(
                SoundToPlay(
                    kind="segment",
                    title="",
                    start_ms=offset,
                    duration_ms=length * 1000,
                    sha256=sha(f"{place}"),
                    segment=f"{place}",
                )
            )
            offset += length * 1000
        slots.append(SlotToPlay(key=f"k{minute}", column="c", starts_at=start, length_ms=offset, sounds=tuple(sounds)))
    laid = laid_out(manifest(*slots), relays=False)
    over: set[str] = set()
    playing, ends = None, begins
    played: list[str] = []
    for one in slots:
        now = one.starts_at - SECOND
        while now < one.starts_at + timedelta(milliseconds=one.length_ms) + 2 * LATE:
            if playing is not None and now >= ends:
                over.add(playing)
                playing = None
            found = air(laid, now, over=over, playing=playing)
            if found.due is not None and found.due.id != playing:
                assert now < max(found.due.ends_at, found.due.starts_at + LATE + SECOND)
                assert found.due.starts_at <= now
                assert found.offset_ms == 0
                playing = found.due.id
                played.append(playing)
                ends = now + timedelta(milliseconds=found.due.duration_ms + slow_ms)
            now += timedelta(milliseconds=step_ms)
    assert played == [due.id for due in laid.sounds]
    assert {due.id for due in passed_between(laid, begins, begins + timedelta(days=4))} == set(played)


@given(st.integers(0, 200_000))
def test_at_any_moment_the_answer_is_the_same_in_every_zone(ms: int) -> None:
    laid = laid_out(manifest(slot("2026-11-30T23:58:30", "a", "b")), relays=False)
    now = at("2026-11-30T23:58:00") + timedelta(milliseconds=ms)
    assert air(laid, now) == air(laid, now.astimezone(UTC))
