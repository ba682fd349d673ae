"""The main job by command: plan, publish, check, export; then a segment is withdrawn and calendars follow."""

import csv
import io
import json
import os
import subprocess
from pathlib import Path

import pytest
import vobject

from tests.players import liquidsoap_plays, mpd_reads
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.homes import copy_home

MONTH = str(NEXT_MONTH)


def events_of(path: Path) -> dict[str, tuple[int, str, str]]:
    """UID → sequence, status, description, as vobject reads the file."""
    calendar = vobject.readOne(path.read_text(encoding="utf-8"))
    return {
        event.uid.value: (int(event.sequence.value), event.status.value, event.description.value)
        for event in calendar.vevent_list
    }


def test_every_district_station_is_planned_at_fifteen_minutes_or_more(published_home: Path) -> None:
    done = loa(published_home, "check", MONTH, "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert (found["basis"], found["revision"], found["met"]) == ("published", 1, True)
    assert found["stations"] == {"district": 15, "commune": 184}
    assert len(found["verdicts"]) == 15
    assert {verdict["status"] for verdict in found["verdicts"]} == {"met"}
    assert min(verdict["planned_ms"] for verdict in found["verdicts"]) >= 900_000
    assert len(found["targets"]) == 184


def test_the_check_as_a_table_and_as_csv_says_the_same(published_home: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(did(published_home, "check", MONTH, "--format", "csv").lstrip("\ufeff"))))
    table = did(published_home, "check", MONTH)
    assert len(rows) == 199
    assert "15/15 quy định đạt" in table
    assert "Đài Truyền thanh - Truyền hình huyện Krông Pắc" in table


def test_an_exported_month_is_read_by_mpd_and_its_first_slot_played_by_liquidsoap(
    published_home: Path, tmp_path: Path
) -> None:
    summary = json.loads(
        did(published_home, "export", "playlist", "h654", MONTH, "--output", str(tmp_path / "thang"), "--json")
    )
    listed = mpd_reads(tmp_path / "thang", summary["playlist"], play=False)
    assert sum(seconds for _title, seconds in listed) == pytest.approx(
        summary["duration_ms"] / 1000, abs=0.5 * len(listed)
    )
    slots = json.loads(did(published_home, "plan", "show", "h654", MONTH, "--json"))["slots"]
    shortest = min(slots, key=lambda slot: slot["length_ms"])
    words = (
        "export",
        "playlist",
        "h654",
        MONTH,
        "--slot",
        shortest["key"],
        "--output",
        str(tmp_path / "khung"),
        "--json",
    )
    playlist = json.loads(did(published_home, *words))["playlist"]
    played = liquidsoap_plays(tmp_path / "khung", playlist)
    assert len(played) == len(shortest["items"]) + 2
    for path in (tmp_path / "thang").rglob("*"):
        assert path.name.isascii()


def test_the_exported_calendar_is_read_by_vobject_and_calcurse(published_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "h654.ics"
    did(published_home, "export", "ical", "h654", MONTH, "--output", str(file))
    slots = json.loads(did(published_home, "plan", "show", "h654", MONTH, "--json"))["slots"]
    assert len(events_of(file)) == len(slots)
    environment = {**os.environ, "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8"}
    book = str(tmp_path / "calcurse")
    said = subprocess.run(["calcurse", "-D", book, "-i", str(file)], env=environment, capture_output=True, check=True)
    assert f"{len(slots)} apps" in said.stdout.decode()


def test_a_withdrawn_segment_leaves_the_plan_and_calendars_follow(published_home: Path, tmp_path: Path) -> None:
    home = copy_home(published_home, tmp_path / "home")
    before = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))
    segment = before["slots"][0]["items"][0]["segment"]
    did(home, "export", "ical", "h654", MONTH, "--output", str(tmp_path / "before.ics"))

    did(home, "segments", "withdraw", segment, "--reason", "Nội dung đã cũ")
    did(home, "plan", "make", MONTH)
    did(home, "plan", "publish", MONTH)

    after = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))
    did(home, "export", "ical", "h654", MONTH, "--output", str(tmp_path / "after.ics"))
    old, new = events_of(tmp_path / "before.ics"), events_of(tmp_path / "after.ics")

    assert segment not in {item["segment"] for slot in after["slots"] for item in slot["items"]}
    contents = [
        {slot["key"]: (slot["starts_at"], slot["items"]) for slot in month["slots"]} for month in (before, after)
    ]
    untouched = sum(contents[1].get(key) == content for key, content in contents[0].items())
    assert untouched == sum(segment not in {i["segment"] for i in slot["items"]} for slot in before["slots"])
    assert sum(new.get(uid) == event for uid, event in old.items()) == untouched
    changed = {uid for uid, event in old.items() if new[uid] != event}
    assert changed
    assert all(new[uid][0] == old[uid][0] + 1 for uid in changed)
    gone = set(contents[0]) - set(contents[1])
    assert sum(status == "CANCELLED" for _sequence, status, _description in new.values()) == len(gone)
    first = json.loads(did(home, "plan", "show", "h654", MONTH, "--revision", "1", "--json"))
    assert first["slots"] == before["slots"]


def test_two_structures_are_planned_each_in_its_own_time(both_home: Path, tmp_path: Path) -> None:
    home = copy_home(both_home, tmp_path / "home")
    for month, stations, verdicts in (
        ("2024-05", {"district": 15, "commune": 184}, 15),
        ("2026-05", {"commune": 102}, 0),
    ):
        did(home, "plan", "make", month)
        done = loa(home, "check", month, "--format", "json")
        found = json.loads(done.stdout)
        assert done.returncode == 0
        assert found["stations"] == stations
        assert len(found["verdicts"]) == verdicts
        assert len(found["targets"]) == sum(stations.values()) - verdicts


def test_the_exported_problem_is_solved_again_without_a_database(published_home: Path, tmp_path: Path) -> None:
    instance, plan, again = tmp_path / "bai-toan.json", tmp_path / "lich.json", tmp_path / "lai.json"
    did(published_home, "plan", "export", MONTH, "--instance", str(instance), "--plan", str(plan))
    did(tmp_path / "nowhere", "plan", "solve", str(instance), "--output", str(again))
    assert not (tmp_path / "nowhere").exists()
    kept, solved = json.loads(plan.read_text()), json.loads(again.read_text())
    assert (kept["format"], solved["format"]) == ("loa-plan/1", "loa-plan/1")
    assert solved["slots"] == kept["slots"]


def test_an_instance_with_a_fault_is_refused_with_its_place(published_home: Path, tmp_path: Path) -> None:
    instance = tmp_path / "bai-toan.json"
    did(published_home, "plan", "export", MONTH, "--instance", str(instance))
    faulty = json.loads(instance.read_text())
    faulty["stations"][3]["sessions"][0]["weekdays"] = [8]
    instance.write_text(json.dumps(faulty))
    done = loa(published_home, "plan", "solve", str(instance), "--output", str(tmp_path / "x.json"))
    assert done.returncode == 2
    assert "stations[3].sessions[0].weekdays" in done.stderr
    assert not (tmp_path / "x.json").exists()
