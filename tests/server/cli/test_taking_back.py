"""Coming back and taking back on the command line."""

import json
from pathlib import Path

from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.homes import copy_home

MONTH = str(NEXT_MONTH)


def test_a_change_is_undone_a_draft_dropped_and_an_earlier_revision_comes_back(
    published_home: Path, tmp_path: Path
) -> None:
    home = copy_home(published_home, tmp_path / "home")
    shown = json.loads(did(home, "plan", "show", "h654", MONTH, "--json"))
    slot = [slot["key"] for slot in shown["slots"] if slot["relayed_from"] is None][-1]
    did(home, "plan", "edit", "remove", "h654", MONTH, slot)
    undone = json.loads(did(home, "plan", "undo", MONTH, "--json"))
    assert undone["stations"][0]["slots"][0]["after"]["key"] == slot
    did(home, "plan", "publish", MONTH)
    back = loa(home, "plan", "restore", MONTH, "1")
    assert back.returncode == 0
    assert "theo bản số 1: 0 khung không trở lại như cũ được" in back.stderr
    dropped = loa(home, "plan", "discard", MONTH)
    assert dropped.returncode == 0
    assert "0 lần sửa tay" in dropped.stderr
