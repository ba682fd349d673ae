"""`loa aired`: what was aired is said, sent and listed from the machine itself, and `loa campaigns` says how it counts."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from schedules.months import Month
from server.services.local_time import ZONE
from tests.server.cli.command import did, loa
from tests.server.worlds import build_world


def test_what_was_aired_is_said_tried_sent_and_listed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_world(home, now=datetime.now(ZONE), column=False).context.close()
    yesterday = datetime.now(ZONE) - timedelta(days=1)
    month = str(Month.of(yesterday))
    at = f"{yesterday:%d/%m/%Y} 05:00"
    said = json.loads(did(home, "aired", "say", "h654", "--at", at, "--title", "Tin", "--length", "3:12", "--json"))
    assert (said["new"], said["lines"][0]["month"]) == (1, month)

    log = tmp_path / "log.csv"
    lines = f"h654,{yesterday:%d/%m/%Y},05:10,Ca nhạc,x\nh652,{yesterday:%d/%m/%Y},05:10,Tin,x\n"
    log.write_text(f"Đài,Ngày,Giờ bắt đầu,Tên bài,Đã phát\n{lines}", "utf-8")
    tried = loa(home, "aired", "send", "h654", str(log), "--dry-run")
    assert tried.returncode == 2  # one line can't be taken
    assert "mới" in tried.stdout
    assert "không nhận" in tried.stdout
    assert "chưa lưu gì" in tried.stderr
    assert loa(home, "aired", "send", "h654", str(log)).returncode == 2
    again = json.loads(loa(home, "aired", "send", "h654", str(log), "--json").stdout)
    assert (again["new"], again["known"], again["refused"]) == (0, 1, 1)

    listed = json.loads(did(home, "aired", "list", "h654", month, "--json"))
    assert [(each["title"], each["duration_ms"], each["grade"]) for each in listed] == [
        ("Tin", 192_000, "reported"),
        ("Ca nhạc", None, "reported"),
    ]
    assert "Ca nhạc" in did(home, "aired", "list", "h654", month)


def test_what_can_not_be_said_is_refused_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_world(home, now=datetime.now(ZONE), column=False).context.close()
    for wrong in (["--at", "hôm qua"], ["--slot", "khong-co"], ["--at", "05/12/2024 05:00", "--not-aired"], []):
        done = loa(home, "aired", "say", "h654", *wrong)
        assert (done.returncode, done.stderr.startswith("Lỗi: ")) == (2, True), wrong


def test_how_airtime_counts_is_set_with_the_campaign(tmp_path: Path) -> None:
    home = tmp_path / "home"
    build_world(home, now=datetime.now(ZONE), column=False).context.close()
    did(home, "campaigns", "add", "cchc", "--name", "CCHC", "--ground", "Kế hoạch", "--counts-from", "logged")
    change = ("campaigns", "set", "cchc", "--tolerance", "late_ms=180000", "--heard-from", "0.9")
    done = loa(home, *change)
    assert "Tháng đã chốt giữ nguyên" in done.stderr
    shown = json.loads(did(home, "campaigns", "show", "cchc", "--json"))
    assert (shown["counts_from"], shown["tolerances"]["late_ms"], shown["heard_from"]) == ("logged", 180_000, 0.9)
    assert loa(home, "campaigns", "set", "cchc", "--tolerance", "later_ms=1").returncode == 2
