"""The log of what was really played: through kills, a damaged file and a disk that takes nothing."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.station.clock import Measured
from server.station.log import Airing, Log


def airing(number: int, *, state: str = "over", kind: str = "segment", slot: str | None = "h654.1") -> Airing:
    return Airing(
        id=f"{number:032x}",
        kind=kind,
        title=f'Bài "{number}"',
        segment=f"b{number:04d}" if kind in {"segment", "emergency"} else None,
        slot=slot,
        due_ms=number * 1000,
        ends_ms=number * 1000 + 500,
        duration_ms=500,
        heard_ms=500,
        state=state,
    )


class Told(list[tuple[str, str]]):
    def __call__(self, what: str, detail: str) -> None:
        self.append((what, detail))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def log(tmp_path: Path, told: Told) -> Iterator[Log]:
    log = Log(tmp_path / "log.sqlite", tell=told)
    yield log
    log.close()


def test_what_is_over_and_not_answered_is_to_be_sent_the_oldest_first(log: Log) -> None:
    for each in (
        airing(3),
        airing(1),
        airing(2, state="sounding"),
        airing(4, kind="opening"),
        airing(5, state="missed"),
    ):
        log.keep(each)
    log.keep(airing(6, kind="relay", slot=None))
    log.keep(airing(7, kind="relay"))
    assert [each.due_ms for each in log.to_send(10)] == [1000, 3000, 5000, 7000]
    log.answered({airing(1).id: ("taken", ""), airing(3).id: ("refused", "Không phải khung của đài.")})
    assert [each.due_ms for each in log.to_send(10)] == [5000, 7000]
    assert [(each.due_ms, each.told) for each in log.refused()] == [(3000, "Không phải khung của đài.")]


def test_a_log_is_there_again_after_a_kill_at_any_moment(tmp_path: Path, told: Told) -> None:
    script = (
        "import sys, itertools\nfrom pathlib import Path\nfrom server.station.log import Log\n"
        "from tests.server.station.test_as_run_log import airing\n"
        "log = Log(Path(sys.argv[1]), tell=print)\n"
        "for number in itertools.count(1):\n    log.keep(airing(number))\n    print(number, flush=True)\n"
    )
    path = tmp_path / "log.sqlite"
    for kept in (20, 35, 50):
        process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout as said:
            while int(said.readline()) < kept:
                pass
            process.kill()
        process.wait()
        log = Log(path, tell=told)
        assert len(log.to_send(10_000)) >= kept
        log.close()
    assert told == []


@pytest.mark.parametrize("damage", ["overwritten", "half", "text"])
def test_a_damaged_log_is_set_aside_and_what_can_be_read_keeps_its_ids(tmp_path: Path, told: Told, damage: str) -> None:
    path = tmp_path / "log.sqlite"
    log = Log(path, tell=told)
    for number in range(1, 400):
        log.keep(airing(number))
    log.close()
    content = path.read_bytes()
    path.write_bytes(
        {
            "overwritten": content[:30_000] + b"\xff" * 8_192 + content[38_192:],
            "half": content[: len(content) // 2],
            "text": b"<html>no database</html>" * 100,
        }[damage]
    )
    again = Log(path, tell=told)
    again.keep(airing(1_000))
    known = {each.id for each in again.to_send(10_000)}
    again.close()
    assert told == [("damaged", str(tmp_path / "log.sqlite.damaged-1"))]
    assert airing(1_000).id in known
    assert known <= {airing(number).id for number in (*range(1, 400), 1_000)}
    if damage == "overwritten":
        assert len(known) > 1
    third = Log(path, tell=told)
    assert {each.id for each in third.to_send(10_000)} == known
    third.close()


def test_while_nothing_can_be_written_the_log_is_kept_in_memory_and_written_as_soon_as_it_can_be(
    tmp_path: Path, told: Told
) -> None:
    path = tmp_path / "log.sqlite"
    log = Log(path, tell=told)
    log.keep(airing(1))
    full = sqlite3.connect(path, isolation_level=None)
    assert log._database is not None
    log._database.execute(f"PRAGMA max_page_count = {full.execute('PRAGMA page_count').fetchone()[0]}")
    full.close()
    for number in range(2, 60):
        log.keep(airing(number))
    assert log.trouble == "database or disk is full"
    assert len(log.since(0)) == 59
    log._database.execute("PRAGMA max_page_count = 100000")
    log.keep(airing(60))
    assert log.trouble == ""
    assert len(log.to_send(100)) == 60
    log.close()
    assert told == [("unwritable", "database or disk is full")]


def test_a_folder_that_is_not_there_loses_nothing_until_it_is(tmp_path: Path, told: Told) -> None:
    log = Log(tmp_path / "thẻ" / "log.sqlite", tell=told)
    log.keep(airing(1))
    assert [each.id for each in log.since(0)] == [airing(1).id]
    (tmp_path / "thẻ").mkdir()
    log.keep(airing(2))
    assert len(log.to_send(10)) == 2
    log.close()
    assert [what for what, _detail in told] == ["unwritable"]


def test_what_is_known_of_the_clock_is_kept(log: Log) -> None:
    assert log.measured() is None
    measured = Measured(boot="one", true_at_start_ms=1, ahead_ms=-2, unsure_ms=3)
    log.keep_measured(measured)
    assert log.measured() == measured


def test_a_folder_that_was_removed_under_it_and_made_again_has_a_log_again(tmp_path: Path, told: Told) -> None:
    folder = tmp_path / "đài"
    folder.mkdir()
    log = Log(folder / "log.sqlite", tell=told)
    log.keep(airing(1))
    shutil.rmtree(folder)
    log.keep(airing(2))
    assert (bool(log.trouble), [what for what, _detail in told]) == (True, ["unwritable"])
    folder.mkdir()
    log.keep(airing(3))
    assert log.trouble == ""
    log.close()
    again = Log(folder / "log.sqlite", tell=told)
    assert [each.due_ms for each in again.to_send(9)] == [2000, 3000]
    again.close()


def test_a_damaged_log_that_another_set_aside_is_written_to_no_more(tmp_path: Path, told: Told) -> None:
    path = tmp_path / "log.sqlite"
    one, other = Log(path, tell=told), Log(path, tell=told)
    one.keep(airing(1))
    path.rename(tmp_path / "log.sqlite.damaged-1")
    for ending in ("-wal", "-shm"):
        (tmp_path / f"log.sqlite{ending}").rename(tmp_path / f"log.sqlite.damaged-1{ending}")
    other.keep(airing(2))
    one.keep(airing(3))
    one.close()
    assert [each.due_ms for each in other.to_send(9)] == [2000, 3000]
    other.close()
