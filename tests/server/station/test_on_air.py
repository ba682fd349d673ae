"""What a station's air really sounds like, decoded into a file, and what its log says of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.station.on_air import OnAir
from server.station.player import find_player
from tests.server.station.airs import Air, soon, step_until


@pytest.fixture
def air(tmp_path: Path) -> Iterator[Air]:
    air = Air(tmp_path)
    yield air
    air.close()


def heard(air: Air) -> list[tuple[str | None, str, str]]:
    return [(row.segment, row.state, row.why) for row in air.rows()]


def over(air: Air, count: int) -> bool:
    return sum(row.state != "sounding" for row in air.rows()) == count


def killed(on_air: OnAir) -> None:
    """The player of what sounds."""
    assert on_air._now is not None
    on_air._now.sounding._child.kill()
    on_air._now.sounding._child.wait()


def test_a_slot_sounds_in_order_whole_and_on_time(air: Air) -> None:
    starts = soon(0.5)
    air.give(air.slot(starts, "a", "b", "c"))
    step_until(air.on_air(), lambda: over(air, 3))

    pieces = air.sink.pieces()
    assert [piece.file.name[:-4] for piece in pieces] == [sound.sha256 for sound in air.given.slots[0].sounds]
    assert all(piece.right and piece.start_s == 0 and piece.seconds > 1.9 for piece in pieces)
    assert pieces[0].at >= starts.timestamp()
    assert heard(air) == [("a", "over", ""), ("b", "over", ""), ("c", "over", "")]
    assert [row.heard_ms for row in air.rows()] == [2000, 2000, 2000]
    assert all(row.begun_ms >= row.due_ms for row in air.rows())


def test_who_starts_in_the_middle_of_a_slot_enters_it_in_the_middle(air: Air) -> None:
    air.slot(soon(), "a", "b", seconds=9)  # its sounds are made before the time is looked at
    air.give(air.slot(datetime.now(UTC) - timedelta(seconds=15), "a", "b", seconds=9))
    step_until(air.on_air(), lambda: over(air, 1))
    (piece,) = air.sink.pieces()
    assert 6 <= piece.start_s < 9
    assert piece.right
    (row,) = air.rows()
    assert (row.segment, row.state, row.why) == ("b", "over", "joined")
    assert row.heard_ms < 4_000


def test_who_starts_a_moment_late_begins_at_the_beginning(air: Air) -> None:
    air.slot(soon(), "a", seconds=3)
    air.give(air.slot(datetime.now(UTC) - timedelta(seconds=1), "a", seconds=3))
    step_until(air.on_air(), lambda: over(air, 1))
    (piece,) = air.sink.pieces()
    assert piece.start_s == 0
    assert [(row.why, row.heard_ms) for row in air.rows()] == [("", 3000)]


def test_a_player_that_crashes_is_started_again_where_it_was(air: Air) -> None:
    air.give(air.slot(soon(), "a", seconds=5))
    on_air = air.on_air()
    step_until(on_air, lambda: len(air.sink.pieces()) == 1 and air.sink.pieces()[0].seconds > 1.5)
    killed(on_air)
    step_until(on_air, lambda: over(air, 1))

    first, second = air.sink.pieces()
    assert 1 < second.start_s < 4.5
    assert first.right
    assert second.right
    assert [told.what for told in air.told] == ["begins_segment", "player_failed", "begins_segment"]
    assert [row.state for row in air.rows()] == ["over"]


def test_a_missing_player_is_told_and_one_that_comes_plays(air: Air) -> None:
    sink = air.player
    air.player = lambda: find_player("no-such-player {file}")
    air.give(air.slot(soon(0.1), "a", "b", seconds=3))
    on_air = air.on_air()
    step_until(on_air, lambda: any(told.what == "player_missing" for told in air.told))
    air.player = sink
    step_until(on_air, lambda: over(air, 2))
    assert [told.detail for told in air.told if told.what == "player_missing"] == ["no-such-player"]
    assert heard(air)[1] == ("b", "over", "")


def test_a_sound_that_is_not_there_is_missed_and_the_next_is_played(air: Air) -> None:
    air.give(air.slot(soon(0.1), "lacking", "b", seconds=5.5))
    step_until(air.on_air(), lambda: over(air, 2))
    assert heard(air) == [("lacking", "missed", "lacking"), ("b", "over", "")]


def test_a_sound_that_comes_late_is_entered_in_the_middle(air: Air) -> None:
    slot = air.slot(soon(0.1), "lacking", seconds=9)
    air.give(slot)
    on_air = air.on_air()
    step_until(on_air, lambda: datetime.now(UTC) > slot.starts_at + timedelta(seconds=6))
    assert air.sink.pieces() == []
    sha256 = slot.sounds[0].sha256
    air.there[sha256] = air.folder / f"{sha256}.mp3"
    step_until(on_air, lambda: over(air, 1))
    (piece,) = air.sink.pieces()
    assert piece.right
    assert 6 < piece.start_s < 8


def test_an_emergency_sounds_at_once_and_then_what_is_due(air: Air) -> None:
    slot = air.slot(soon(0.1), "a", seconds=9)
    air.give(slot)
    on_air = air.on_air()
    step_until(on_air, lambda: len(air.sink.pieces()) == 1 and air.sink.pieces()[0].seconds > 1)
    called = time.time()
    air.give(slot, emergencies=(air.emergency(1),))
    step_until(on_air, lambda: over(air, 2))

    before, emergency, after = air.sink.pieces()
    assert emergency.at - called < 2
    assert emergency.start_s == 0
    assert [piece.right for piece in (before, emergency, after)] == [True, True, True]
    assert after.file == before.file
    assert 2 < after.start_s < 7
    rows = {row.segment: row for row in air.rows()}
    assert (rows["khan"].state, rows["khan"].why, rows["khan"].heard_ms) == ("over", "", 2000)
    assert (rows["a"].state, rows["a"].why) == ("over", "emergency")
    assert 4_000 < rows["a"].heard_ms < 7_500


def test_what_is_recalled_while_it_sounds_ends_at_once_and_never_sounds_again(air: Air) -> None:
    slot = air.slot(soon(0.1), "a", "b", seconds=4)
    air.give(slot)
    on_air = air.on_air()
    step_until(on_air, lambda: len(air.sink.pieces()) == 1 and air.sink.pieces()[0].seconds > 0.5)
    air.give(slot, recalled=(slot.sounds[0].sha256,))
    step_until(on_air, lambda: over(air, 2))
    first, second = air.sink.pieces()
    assert first.seconds < 2.5
    assert (second.file.name[:-4], second.right) == (slot.sounds[1].sha256, True)
    assert heard(air) == [("a", "over", "recalled"), ("b", "over", "")]


def test_a_stop_and_a_new_start_go_on_in_the_same_sound_and_the_same_row(air: Air) -> None:
    air.give(air.slot(soon(0.1), "a", seconds=8))
    on_air = air.on_air()
    step_until(on_air, lambda: len(air.sink.pieces()) == 1 and air.sink.pieces()[0].seconds > 1)
    on_air.stop()
    assert heard(air) == [("a", "sounding", "stopped")]
    step_until(air.on_air(), lambda: over(air, 1))
    first, second = air.sink.pieces()
    assert second.start_s > 0.5
    assert first.right
    assert second.right
    (row,) = air.rows()
    assert 6_000 < row.heard_ms <= 8_000


def test_after_a_kill_what_sounded_is_closed_as_far_as_it_was_known(air: Air) -> None:
    slot = air.slot(soon(0.1), "a", seconds=3)
    air.give(slot)
    on_air = air.on_air()
    step_until(on_air, lambda: any(row.heard_ms >= 1_000 for row in air.rows()))
    killed(on_air)
    again = air.on_air()
    time.sleep(3)
    air.give(slot)
    time.sleep(5.5)
    step_until(again, lambda: over(air, 1))
    (row,) = air.rows()
    assert (row.state, row.why) == ("over", "killed")
    assert 1_000 <= row.heard_ms < 2_500


def test_nothing_is_played_twice_after_a_new_start(air: Air) -> None:
    air.give(air.slot(soon(0.1), "a", seconds=2))
    step_until(air.on_air(), lambda: over(air, 1))
    on_air = air.on_air()
    for _step in range(20):
        on_air.step()
    assert len(air.sink.pieces()) == 1


def test_a_filler_sounds_where_a_slot_has_nothing_to_play_and_ends_with_the_gap(air: Air) -> None:
    filler = air.file("nhac", 3)
    air.give(air.slot(soon(0.1), "lacking", "b", seconds=6))
    step_until(air.on_air(filler=filler), lambda: over(air, 2))
    pieces = air.sink.pieces()
    assert [piece.file for piece in pieces[:2]] == [filler, filler]
    assert pieces[-1].file.name[:-4] == air.given.slots[0].sounds[1].sha256
    assert all(row.segment in {"lacking", "b"} for row in air.rows())


def test_a_relay_that_cannot_be_reached_gives_way_to_the_stations_own_files(air: Air) -> None:
    slot = air.slot(soon(0.1), "a", "b", seconds=3, relayed_from="h654")
    air.give(slot)
    step_until(
        air.on_air(relay="http://127.0.0.1:9/air"),
        lambda: sum(row.kind == "segment" for row in air.rows()) == 2 and over(air, 3),
    )
    assert any(told.what == "relay_lost" for told in air.told)
    own = [piece for piece in air.sink.pieces() if piece.file.suffix == ".mp3"]
    assert [piece.file.name[:-4] for piece in own] == [sound.sha256 for sound in slot.sounds]
    relay = next(row for row in air.rows() if row.kind == "relay")
    assert (relay.state, relay.heard_ms) == ("missed", 0)


def test_where_the_equipment_itself_relays_the_player_is_silent(air: Air) -> None:
    air.give(air.slot(soon(0.1), "a", seconds=1, relayed_from="h654"), air.slot(soon(1.5), "b", seconds=1))
    step_until(air.on_air(relay="line"), lambda: over(air, 1))
    assert heard(air) == [("b", "over", "")]


def test_a_player_that_ends_at_once_just_before_a_sounds_end_has_not_been_heard(air: Air) -> None:
    """As ffplay does on a machine without a sound card: it ends well."""
    air.give(air.slot(soon(-2.2), "a", seconds=3.5))
    air.player = lambda: find_player("true {start} {file}")
    step_until(air.on_air(), lambda: over(air, 1))
    (row,) = air.rows()
    assert (row.state, row.heard_ms, row.why) == ("missed", 0, "player")


def test_what_another_slot_left_no_time_for_is_not_said_to_have_given_way_to_an_emergency(air: Air) -> None:
    begins = soon(0.1)
    air.give(air.slot(begins, "a", seconds=8), air.slot(begins + timedelta(seconds=1), "b", seconds=1))
    step_until(air.on_air(), lambda: over(air, 2))
    assert ("b", "missed", "other") in heard(air)
