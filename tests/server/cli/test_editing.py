"""Changing a draft by hand on the command line."""

import json
from pathlib import Path

from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.homes import copy_home

MONTH = str(NEXT_MONTH)


def test_a_slot_is_looked_up_moved_locked_and_what_is_refused_is_told(published_home: Path, tmp_path: Path) -> None:
    home = copy_home(published_home, tmp_path / "home")
    shown = json.loads(did(home, "plan", "show", "h654", MONTH, "--draft", "--json"))
    first, second = [slot for slot in shown["slots"] if slot["relayed_from"] is None][:2]
    assert first["key"] in did(home, "plan", "show", "h654", MONTH, "--draft")
    version = shown["revision"]["version"]

    onto = loa(home, "plan", "edit", "move", "h654", MONTH, first["key"], second["starts_at"])
    assert (onto.returncode, onto.stdout) == (2, "")
    assert onto.stderr.startswith("Lỗi: H")
    assert onto.stderr.count("\n") == 1

    tried = loa(home, "plan", "edit", "remove", "h654", MONTH, first["key"], "--dry-run")
    assert tried.returncode == 0
    assert "h654" in tried.stdout
    assert "chưa lưu gì" in tried.stderr
    done = json.loads(
        did(home, "plan", "edit", "lock", "h654", MONTH, first["key"], "--version", str(version), "--json")
    )
    assert (done["version"], done["opened"], done["stored"]) == (version + 1, 1, True)
    stale = loa(home, "plan", "edit", "unlock", "h654", MONTH, first["key"], "--version", str(version))
    assert stale.returncode == 2
    assert str(version) in stale.stderr
    assert str(version + 1) in stale.stderr
