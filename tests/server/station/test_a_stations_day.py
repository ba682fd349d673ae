"""A day at a station whose line and power fail: every planned slot is played, and each sound logged once."""

import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.server.station.days import Day, publish_day
from tests.server.worlds import build_world, local

STARTS = [f"2026-12-01 05:{minute}" for minute in (30, 31, 32, 33)]
SECOND = timedelta(seconds=1)


def test_every_planned_slot_is_played_and_logged_once_through_outages_and_kills(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", tone=True, segments=8)
    world.now = local("2026-11-25 08:00")
    keys = publish_day(world, STARTS)
    day = Day(world, tmp_path)
    try:
        # All files come; then the first slot begins, with the service there.
        day.cable.join()
        day.start()
        day.until("all files", lambda: (found := day.check_in()) is not None and found.lacking == 0)
        day.end(signal.SIGTERM)
        day.start()
        day.heard(local(STARTS[0]) - 4 * SECOND)
        day.until("the first slot", lambda: len(day.played(keys[0])) == 4)

        # The line goes, and the program is killed while the second slot sounds.
        day.jump(local(STARTS[1]) - 4 * SECOND)
        day.cable.cut()
        day.until(
            "its first segment",
            lambda: any(row.kind == "segment" and row.slot == keys[1] and row.heard_ms for row in day.rows()),
        )
        day.end(signal.SIGKILL)
        day.start()
        day.until(
            "the second slot",
            lambda: (
                len([row for row in day.rows() if row.slot == keys[1] and row.state == "over"]) >= 3
                and not any(row.state == "sounding" for row in day.rows())
            ),
        )

        # The power fails between two slots; the third sounds with no line at all.
        day.end(signal.SIGKILL)
        day.clock.hold(local(STARTS[2]) - 8 * SECOND)
        day.cable.join()
        day.start()
        day.heard(local(STARTS[2]) - 8 * SECOND)
        day.cable.cut()
        day.until("the third slot", lambda: len(day.played(keys[2])) == 4)
        assert day.end(signal.SIGTERM) == 0

        # The line is back.
        day.clock.hold(local(STARTS[3]) - 4 * SECOND)
        day.cable.join()
        day.start()
        day.heard(local(STARTS[3]) - 4 * SECOND)
        day.until("the fourth slot", lambda: len(day.played(keys[3])) == 4)
        day.until("all is answered", lambda: all(row.answer == "taken" for row in day.rows() if row.segment))
        assert day.end(signal.SIGTERM) == 0
    finally:
        day.close()

    told = Counter((entry.slot, entry.segment) for entry in day.entries())
    planned = {(key, f"b{2 * place + item:04d}") for place, key in enumerate(keys) for item in (1, 2)}
    assert set(told) == planned
    assert set(told.values()) == {1}
    assert all(entry.aired for entry in day.entries())
    assert all(piece.right for piece in day.sink.pieces())
    for row in day.rows():
        assert row.due_ms <= row.begun_ms < row.ends_ms + 5_000


def test_a_folder_that_was_taken_away_under_the_program_is_filled_again_at_once(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", tone=True, segments=2)
    world.now = local("2026-11-25 08:00")
    publish_day(world, ["2026-12-01 05:30"])
    day = Day(world, tmp_path)
    kept = tmp_path / "kept"

    def is_full() -> bool:
        return (kept / "state.json").exists() and len(list(kept.glob("files/*.mp3"))) == len(files)

    try:
        day.cable.join()
        day.start()
        day.until("all files", lambda: (found := day.check_in()) is not None and found.lacking == 0)
        files = list(kept.glob("files/*.mp3"))
        kept.rename(tmp_path / "gone")
        day.until("the same anew", is_full)
        assert day.end(signal.SIGTERM) == 0
    finally:
        day.close()
    assert files
