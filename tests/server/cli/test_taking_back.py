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
    did(home, "plan", "undo", MONTH)
    did(home, "plan", "publish", MONTH)
    in_force = loa(home, "plan", "restore", MONTH, "2")
    assert (in_force.returncode, in_force.stdout) == (2, "")
    assert "đang có hiệu lực" in in_force.stderr
    back = json.loads(did(home, "plan", "restore", MONTH, "1", "--json"))
    assert (back["number"], back["lost"], back["differing"]) == (1, [], 0)
    dropped = loa(home, "plan", "discard", MONTH)
    assert dropped.returncode == 0
    assert "0 lần sửa tay" in dropped.stderr
