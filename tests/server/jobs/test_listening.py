"""While the service runs, what waits to be heard is heard; a killed service goes on at its next start."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session

from server.db.airing import Recording
from server.jobs.listening import rounds
from server.services.claims import claimed
from server.services.context import Context
from server.services.hearing import hear_recording, waiting_recordings
from server.services.recordings import copy_in, recording_view, take_recording
from tests.server import air
from tests.server.worlds import build_world


class Elsewhere:
    """Jobs of which none is asked for here."""

    stopping = False

    def enqueue(self, session: Session, version_id: int) -> None:
        raise AssertionError((session, version_id))


async def until_none_waits(context: Context) -> None:
    async with rounds(context, every_s=0.05):
        while await asyncio.to_thread(waiting_recordings, context):  # noqa: ASYNC110 (the rows are all that tells)
            await asyncio.sleep(0.05)


async def until_told(context: Context, told: Callable[[], bool], mend: Callable[[], None]) -> None:
    async with rounds(context, every_s=0.05):
        while not told():  # noqa: ASYNC110 (the log is all that tells)
            await asyncio.sleep(0.05)
        mend()
        while await asyncio.to_thread(waiting_recordings, context):  # noqa: ASYNC110 (the rows are all that tells)
            await asyncio.sleep(0.05)


def test_trouble_with_the_database_is_logged_and_listening_goes_on_after_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = build_world(tmp_path / "home", column=False)
    context = replace(world.context, jobs=Elsewhere())
    key = take_recording(context, "h654", copy_in(context, air.sound_of(air.STRANGER)), file_name="a.opus")

    def rename(before: str, after: str) -> None:
        with world.context.database.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")

    rename("recording", "away")
    told = lambda: "recordings that wait could not be looked for" in caplog.text  # noqa: E731
    asyncio.run(until_told(context, told, lambda: rename("away", "recording")))
    assert recording_view(context, "h654", key).state == "heard"
    world.context.close()


def test_recordings_that_wait_are_heard_in_the_background(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", column=False)
    context = replace(world.context, jobs=Elsewhere())
    sounds = [air.silence(tmp_path / "lang.wav"), air.sound_of(air.STRANGER)]
    keys = [take_recording(context, "h654", copy_in(context, file), file_name=file.name) for file in sounds]
    assert waiting_recordings(context) == keys
    asyncio.run(until_none_waits(context))
    assert [recording_view(context, "h654", key).state for key in keys] == ["refused", "heard"]
    world.context.close()


def test_each_process_listens_to_another_recording(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", column=False)
    sounds = [air.silence(tmp_path / "lang.wav"), air.sound_of(air.STRANGER)]
    first, second = (
        take_recording(world.context, "h654", copy_in(world.context, file), file_name=file.name) for file in sounds
    )
    with claimed(world.context, f"recording-{first}"):
        assert not hear_recording(world.context, first)
        assert hear_recording(world.context, second)
    assert [recording_view(world.context, "h654", key).state for key in (first, second)] == ["waiting", "heard"]
    world.context.close()


def test_a_recording_that_whoever_listens_dies_of_is_refused(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home", column=False)
    key = take_recording(world.context, "h654", copy_in(world.context, air.sound_of(air.STRANGER)), file_name="a.opus")

    def left_off(_: float) -> None:
        raise KeyboardInterrupt

    for _ in range(6):
        with pytest.raises(KeyboardInterrupt):
            hear_recording(world.context, key, left_off)
    with world.context.database.write() as session:
        recording = session.get_one(Recording, key)
        assert recording.begun == 0
        # As five processes left it that died at it.
        recording.begun = 5
        session.add(recording)
    assert hear_recording(world.context, key)
    view = recording_view(world.context, "h654", key)
    assert view.trouble is not None
    assert (view.state, view.trouble.code) == ("refused", "recording.deadly")
    world.context.close()
