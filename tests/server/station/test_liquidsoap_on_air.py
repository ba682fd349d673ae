"""Liquidsoap plays a station's slots into Icecast; the stream is recorded, and every item is heard in it."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from media.ffmpeg import Ffmpeg
from media.recordings import fingerprint_recording
from server.db.library import Audio, Rendition, Segment
from server.services.proofs import station_proof
from server.services.recording_decisions import confirm
from server.services.stream_recording import listen
from tests.server.air import SPOKEN, sound_of
from tests.server.station.days import Day, publish_day
from tests.server.station.icecasts import PASSWORD, icecast
from tests.server.station.sinks import ffmpeg
from tests.server.worlds import MONTH, World, build_world, local

STARTS = ["2026-12-01 05:30", "2026-12-01 05:31"]
SECONDS = 16
NASTY = 'Hỏi "đáp": một cửa\\, #{exit(1)} số'


@contextmanager
def liquidsoap(script: Path, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    with said.open("wb") as sink:
        process = subprocess.Popen(["liquidsoap", str(script)], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def spoken_segments(world: World) -> None:
    """Four segments in force with 16 s of speech each, as they would be after their intake."""
    for number, name in enumerate(SPOKEN[:4], 1):
        code = f"b{number:04d}"
        world.add_segment(code, title=f"{NASTY} {number}", seconds=SECONDS)
        path = world.context.scratch / f"{code}.mp3"
        words = [
            "-v",
            "error",
            "-y",
            "-i",
            str(sound_of(name)),
            "-t",
            str(SECONDS),
            "-ac",
            "1",
            "-b:a",
            "64k",
            str(path),
        ]
        subprocess.run([ffmpeg(), *words], check=True)
        air = fingerprint_recording(Ffmpeg.find(), path, scratch=world.context.scratch)
        stored = world.context.store.put(path)
        with world.change() as session:
            segment = session.exec(select(Segment).where(Segment.code == code)).one()
            audio = session.get_one(Audio, segment.audio_id)
            audio.fingerprint = air.fingerprint
            copy = session.exec(select(Rendition).where(Rendition.audio_id == segment.audio_id)).one()
            copy.sha256, copy.size = stored.sha256, stored.size


@pytest.mark.timeout(
    600
)  # it lasts as long as what is aired, and what is heard in it takes as long again on a busy machine
def test_liquidsoap_airs_a_stations_slots_into_icecast_and_a_recording_of_it_proves_every_item(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", tone=True, segments=0)
    world.now = local("2026-11-25 08:00")
    spoken_segments(world)
    keys = publish_day(world, STARTS)
    day = Day(world, tmp_path, player="liquidsoap")
    try:
        with icecast(tmp_path / "icecast") as port:
            day.cable.join()
            day.clock.hold(local(STARTS[0]) - timedelta(minutes=10))
            day.start("liquidsoap", "--icecast", f"http://source:{PASSWORD}@127.0.0.1:{port}/h654")
            day.until("the script", lambda: day.ended() == 0)
            day.start()
            day.heard(local(STARTS[0]) - timedelta(minutes=10))
            schedule = tmp_path / "kept" / "liquidsoap" / "schedule"
            day.until(
                "its schedule", lambda: schedule.exists() and all(schedule.read_text().count(key) == 4 for key in keys)
            )
            with liquidsoap(tmp_path / "kept" / "liquidsoap" / "loa.liq", tmp_path / "liquidsoap.said"):
                log = tmp_path / "icecast" / "error.log"
                day.until("it airs", lambda: log.exists() and "/h654" in log.read_text(), seconds=120)
                day.jump(local(STARTS[0]) - timedelta(seconds=8))
                recording = listen(
                    day.context,
                    "h654",
                    f"http://127.0.0.1:{port}/h654",
                    timedelta(seconds=108),
                    progress=lambda _share: None,
                )
                day.until("all is answered", lambda: sum(row.answer == "taken" for row in day.rows()) == 4)
            assert day.end(signal.SIGTERM) == 0
    finally:
        day.close()

    planned = {(key, f"b{2 * place + item:04d}") for place, key in enumerate(keys) for item in (1, 2)}
    assert (recording.found, recording.missing) == (4, 0)
    assert {(match.slot, match.segment) for match in recording.matches if match.found} == planned
    for match in recording.matches:
        confirm(day.context, "h654", recording.id, match.id)
    slots = [slot for slot in station_proof(day.context, "h654", MONTH).slots if slot.key in keys]
    assert [len(slot.items) for slot in slots] == [2, 2]
    assert {item.grade for slot in slots for item in slot.items} == {"heard"}
    assert [
        (entry.slot, entry.segment) for entry in day.entries() if entry.recording_id is None and entry.aired
    ] == sorted(planned)
