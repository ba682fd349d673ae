"""What Liquidsoap's script wrote down is taken into the as-run log once, whenever it is looked at."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.station.clock import StationClock
from server.station.liquidsoap import folder_of, take_aired
from server.station.log import Log
from server.station.settings import StationSettings
from tests.server.station.sealing import KEY


@pytest.fixture
def settings(tmp_path: Path) -> StationSettings:
    found = StationSettings(
        path=tmp_path / "loa-station.toml",
        server="http://127.0.0.1:9",
        station="h654",
        token="",
        key=KEY,
        folder=tmp_path,
    )
    folder_of(found).mkdir()
    return found


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log.sqlite", tell=lambda what, detail: pytest.fail(f"{what} {detail}"))
    yield log
    log.close()


def begin(key: str, at: float, *, seconds: int) -> str:
    due_ms = round(at * 1000)
    facts = {
        "title": "Bài\u2028",
        "loa_id": key,
        "loa_kind": "segment",
        "loa_segment": key,
        "loa_slot": "h654.1",
        "loa_due_ms": str(due_ms),
        "loa_ends_ms": str(due_ms + seconds * 1000),
        "loa_duration_ms": str(seconds * 1000),
    }
    return f"begin\t{key}\t{at}\t{json.dumps(list(facts.items()), ensure_ascii=False)}\n"


def end(key: str, at: float) -> str:
    return f"end\t{key}\t{at}\t\n"


def test_what_was_cut_is_heard_once_however_often_it_is_looked_at(settings: StationSettings, log: Log) -> None:
    aired, clock, now = folder_of(settings) / "aired", StationClock(), round(time.time())
    # The end of the first was never written: Liquidsoap was killed.
    aired.write_text(begin("first", now - 60, seconds=300) + begin("cut", now - 30, seconds=20) + end("cut", now - 25))
    for _ in range(4):
        take_aired(settings, log, clock)
    assert {row.id: row.heard_ms for row in log.since(0)} == {"cut": 5_000}
    with aired.open("a") as file:
        file.write(begin("cut", now - 20, seconds=20) + end("cut", now - 17))
    for _ in range(2):
        take_aired(settings, log, clock)
    assert {row.id: row.heard_ms for row in log.since(0)} == {"cut": 8_000}


def test_a_line_that_is_still_being_written_is_taken_when_it_is_whole(settings: StationSettings, log: Log) -> None:
    aired, clock, now = folder_of(settings) / "aired", StationClock(), round(time.time())
    told = begin("one", now - 20, seconds=20) + end("one", now)
    aired.write_text(told[: told.rindex(f"\t{now}") + 4])
    assert take_aired(settings, log, clock) == 0
    aired.write_text(told)
    take_aired(settings, log, clock)
    assert [(row.id, row.heard_ms) for row in log.since(0)] == [("one", 20_000)]
