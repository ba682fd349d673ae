"""Workers in processes of their own share the work, and whoever lives finishes what those were at that were killed."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pytest
from sqlmodel import col, select

from server.db.intake import SegmentVersion
from server.services.context import Context
from server.services.intake import STEPS
from tests.server.databases import settings_of
from tests.server.jobs.serving import Served
from tests.server.jobs.test_killed import working_on_something
from tests.server.services.arriving import send, settle_in, tone, version_of

LONGEST_S = 120


class WorkerProcess:
    """A worker on a home, from the moment at which it says that it works; killed at the end."""

    def __init__(self, home: Path, *program: str, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *(program or ("server.cli", "worker"))],
            env={**kept, **settings_of(home), **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "Đang làm việc nền" in line:
                return self
        raise AssertionError(self.process.wait())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(60)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        assert self.process.stderr is not None
        self.process.stderr.close()


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


def sent(context: Context, folder: Path, count: int) -> list[int]:
    return [
        send(context, tone(folder, seed=number, seconds=20.0 + number), title=f"Bài {number}")
        for number in range(count)
    ]


def digest(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def are_done(context: Context, versions: list[int]) -> bool:
    with context.database.read() as session:
        states = session.exec(select(SegmentVersion.state).where(col(SegmentVersion.id).in_(versions))).all()
    return set(states) == {"submitted"}


def each_step_ended_once(context: Context, versions: list[int]) -> bool:
    with context.database.read() as session:
        found = session.exec(select(SegmentVersion).where(col(SegmentVersion.id).in_(versions))).all()
    ended = [Counter(str(entry["step"]) for entry in version.timeline if entry["ended_at"]) for version in found]
    return ended == [Counter(STEPS)] * len(versions)


def test_two_workers_share_what_waits_and_each_file_is_worked_on_once(home: Context, tmp_path: Path) -> None:
    versions = sent(home, tmp_path, 4)
    with WorkerProcess(home.home) as first, WorkerProcess(home.home) as second:
        wait_for(lambda: are_done(home, versions))
        assert (first.stop(), second.stop()) == (0, 0)
    assert each_step_ended_once(home, versions)


def test_a_worker_that_is_killed_at_its_work_is_followed_by_the_other(home: Context, tmp_path: Path) -> None:
    versions = sent(home, tmp_path, 3)
    with ExitStack() as both:
        first = both.enter_context(WorkerProcess(home.home))
        wait_for(lambda: working_on_something(home))
        second = both.enter_context(WorkerProcess(home.home))
        first.kill()
        wait_for(lambda: are_done(home, versions))
        assert second.stop() == 0
    assert each_step_ended_once(home, versions)


@pytest.mark.of_folder("ffmpeg is given the file of the store, which has its hash as a name")
def test_a_recording_that_kills_whoever_works_on_it_is_rejected_and_the_others_get_through(
    home: Context, tmp_path: Path
) -> None:
    deadly, harmless = sent(home, tmp_path, 2)
    script = tmp_path / "ffmpeg"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *{digest(tone(tmp_path, seed=0, seconds=20.0))}*) kill -9 $PPID ;; esac\n'
        f'exec "{home.ffmpeg.executable}" "$@"\n'
    )
    script.chmod(0o755)
    with WorkerProcess(home.home, LOA_FFMPEG=str(script)) as first:
        assert first.process.wait(LONGEST_S) == -signal.SIGKILL
    with home.database.write() as session:
        version = session.get_one(SegmentVersion, deadly)
        [identified, died] = version.timeline
        assert (identified["step"], died["step"], died["ended_at"]) == ("identify", "examine", None)
        # As after four more that died like this one.
        version.timeline = [identified, *[died] * 5]
        session.add(version)
    with WorkerProcess(home.home, LOA_FFMPEG=str(script)) as second:
        wait_for(lambda: are_done(home, [harmless]) and version_of(home, deadly).state == "rejected")
        assert second.stop() == 0
    assert (version_of(home, deadly).refusal or {})["code"] == "recording.deadly"


def test_what_a_stopped_worker_was_at_is_handed_over(home: Context, tmp_path: Path) -> None:
    versions = sent(home, tmp_path, 3)
    with ExitStack() as both:
        first = both.enter_context(WorkerProcess(home.home))
        wait_for(lambda: working_on_something(home))
        second = both.enter_context(WorkerProcess(home.home))
        assert first.stop() == 0
        wait_for(lambda: are_done(home, versions))
        assert second.stop() == 0
    assert each_step_ended_once(home, versions)


def test_what_is_sent_to_one_web_is_worked_on_elsewhere_and_seen_on_the_other(home: Context, tmp_path: Path) -> None:
    with (
        Served(home.home, LOA_WORKER="no") as one,
        Served(home.home, LOA_WORKER="no") as other,
        WorkerProcess(home.home) as worker,
    ):
        said = {"title": "Bài", "topic": "c01", "language": "vi", "column": ""}
        with tone(tmp_path).open("rb") as file, httpx.Client(headers=one.key, timeout=60) as client:
            reply = client.post(f"{one.address}/api/v1/segments", data=said, files={"file": ("a.wav", file)})
            assert reply.status_code == 201, reply.text
            code = reply.json()["code"]
            # Read your own write, wherever the next request goes.
            assert client.get(f"{other.address}/api/v1/segments/{code}").json()["state"] == "submitted"
            # One after the other is restarted while somebody asks who tries once more elsewhere.
            one.stop()
            for address in (one.address, other.address):
                try:
                    assert client.get(f"{address}/health/ready").status_code == 200
                    break
                except httpx.TransportError:
                    assert address == one.address
        assert worker.stop() == 0
