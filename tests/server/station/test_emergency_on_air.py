"""From an approval at the service to the first sound at a station with a line."""

import signal
from pathlib import Path

import pytest

from server.services import vetting
from tests.server.station.days import Day, publish_day
from tests.server.vetted import add_draft, approve, lead_topics
from tests.server.worlds import build_world, local

CODE = "b0900"


def test_what_is_urgent_sounds_at_a_station_soon_after_its_approval_and_is_answered_and_logged(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    world = build_world(tmp_path / "home", tone=True, segments=2)
    world.now = local("2026-11-25 08:00")
    publish_day(world, ["2026-12-01 05:30"], items=1)
    lead_topics(world)
    add_draft(world, CODE, priority="urgent", tone=True)
    vetting.submit(world.context, CODE)
    day = Day(world, tmp_path)
    try:
        day.cable.join()
        day.start()
        day.heard(local("2026-11-28 09:00"))
        day.until("the manifest", (tmp_path / "kept" / "state.json").exists)
        approve(day.context, CODE)
        day.until("its sound", lambda: bool(day.sink.pieces()))
        day.until("its answer", lambda: any(answer.played_at for answer in day.emergency_answers()))
        day.until("its log", lambda: any(entry.segment == CODE for entry in day.entries()))
        assert day.end(signal.SIGKILL) < 0
        day.start()
        day.jump(local("2026-11-28 09:30"))
        day.until("nothing more to tell", lambda: all(row.answer == "taken" for row in day.rows()))
        assert day.end(signal.SIGTERM) == 0
    finally:
        day.close()

    [answer] = day.emergency_answers()
    assert answer.played_at is not None
    took = answer.played_at - day.calls()[0].at
    if pytestconfig.cache:
        kept = pytestconfig.cache.mkdir("loa-emergencies") / "sounded.txt"
        kept.write_text(f"from the approval to the first sound at a station: {took.total_seconds():.1f} s\n")
    assert took.total_seconds() < 60
    [piece] = day.sink.pieces()
    assert piece.right
    [entry] = day.entries()
    assert (entry.segment, entry.slot, entry.aired) == (CODE, None, True)
