"""Slots as files by command."""

import json
from datetime import date
from pathlib import Path
from zipfile import ZipFile

from schedules.exchange import read_instance, read_plan
from tests.checker import check
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.worlds import build_world

MONTH = str(NEXT_MONTH)


def test_each_slot_of_a_day_becomes_one_file_beside_a_playlist(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_world(home, tone=True).context.close()
    did(home, "plan", "make", MONTH)
    did(home, "plan", "publish", MONTH)
    slots = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))["slots"]
    day = slots[0]["starts_at"][:10]
    wanted = [slot for slot in slots if slot["starts_at"].startswith(day)]
    words = ("export", "programmes", "h654", MONTH, "--day", day, "--output", str(tmp_path / "ra"))
    said = json.loads(did(home, *words, "--json"))
    files = sorted(path.name for path in (tmp_path / "ra").iterdir())
    assert (said["files"], len(files)) == (len(wanted), len(wanted) + 1)
    assert files[0].startswith(f"001-{day}-")
    assert all(name.isascii() for name in files)
    again = loa(home, *words)
    assert (again.returncode, again.stdout) == (0, "")
    assert f"{len(wanted)} khung phát" in again.stderr

    refused = loa(home, "export", "programmes", "h999", MONTH, "--output", str(tmp_path / "khac"))
    assert (refused.returncode, (tmp_path / "khac").exists()) == (2, False)


def test_a_bundle_is_written_as_one_file_or_not_at_all(tmp_path: Path) -> None:
    home, written = tmp_path / "home", tmp_path / "goi.zip"
    build_world(home, tone=True).context.close()
    did(home, "plan", "make", MONTH)
    did(home, "plan", "publish", MONTH)
    slots = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))["slots"]
    words = ("export", "bundle", "h654", MONTH, "--output", str(written))
    said = json.loads(did(home, *words, "--json"))
    first = written.read_bytes()
    assert said["size"] == len(first)
    with ZipFile(written) as opened:
        assert opened.testzip() is None
        assert len([name for name in opened.namelist() if name.endswith(".mp3")]) == len(slots)
        assert len(opened.namelist()) == said["files"]
    again = loa(home, *words)
    assert (again.returncode, again.stdout) == (0, "")
    assert f"{said['files']} tệp" in again.stderr
    assert written.read_bytes() == first

    year, week, _day = date.fromisoformat(slots[0]["starts_at"][:10]).isocalendar()
    items = tmp_path / "tuan.zip"
    did(home, "export", "bundle", "h654", f"{year}-W{week:02d}", "--per", "item", "--output", str(items))
    with ZipFile(items) as opened:
        assert f"ngay-{slots[0]['starts_at'][:10]}.m3u8" in opened.namelist()

    for span in ("2026-W60", "2026-13", "2031-01", "x"):
        refused = loa(home, "export", "bundle", "h654", span, "--output", str(tmp_path / "khac.zip"))
        assert (refused.returncode, (tmp_path / "khac.zip").exists()) == (2, False), refused.stderr
    nowhere = loa(home, *words[:-1], str(tmp_path / "khong" / "co.zip"))
    assert nowhere.returncode == 3


def test_the_published_province_breaks_no_rule_and_says_of_itself_what_a_second_count_finds(
    published_home: Path, tmp_path: Path
) -> None:
    problem, answer = tmp_path / "instance.json", tmp_path / "plan.json"
    did(published_home, "plan", "export", MONTH, "--instance", str(problem), "--plan", str(answer))
    assert len(read_instance(problem.read_bytes()).stations) == 199
    assert read_plan(answer.read_bytes()).month == MONTH
    report = check(json.loads(problem.read_bytes()), json.loads(answer.read_bytes()))
    assert report.breaks == []
    assert report.differences == []
    assert report.shortfall_ms == 0


def test_a_problem_and_its_plan_are_not_written_to_one_file(published_home: Path, tmp_path: Path) -> None:
    both = tmp_path / "both.json"
    said = loa(published_home, "plan", "export", MONTH, "--instance", str(both), "--plan", str(both))
    assert said.returncode == 2
    assert "hai tệp khác nhau" in said.stderr
    assert not both.exists()


def test_a_device_is_written_to_and_stays_what_it_is(published_home: Path) -> None:
    assert loa(published_home, "plan", "export", MONTH, "--plan", "/dev/full").returncode != 0
    assert Path("/dev/full").is_char_device()
