"""The trail at the command line."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.server.cli.command import did, loa
from tests.server.databases import behind, open_context
from tests.server.homes import copy_home


@pytest.fixture
def used(empty_home: Path, tmp_path: Path) -> Path:
    home = copy_home(empty_home, tmp_path / "home")
    for number in (1, 2, 3):
        span = ("--from", f"202{number}-01-01", "--to", f"202{number}-12-31")
        did(home, "campaigns", "add", f"cchc-{number}", "--name", f"CCHC {number}", "--ground", "Kế hoạch", *span)
    return home


def test_it_is_looked_into_checked_noted_and_taken_away(used: Path, tmp_path: Path) -> None:
    assert "thêm đợt tuyên truyền" in did(used, "audit", "list", "--subject", "cchc-2")
    found = json.loads(did(used, "audit", "list", "--query", "dot tuyen truyen", "--json"))
    assert [entry["subject"] for entry in found["items"]] == ["cchc-3", "cchc-2", "cchc-1"]
    key = found["items"][0]["id"]
    assert json.loads(did(used, "audit", "show", str(key)))["after"]["name"] == "CCHC 3"
    noted = did(used, "audit", "head").strip()
    assert did(used, "audit", "verify", "--head", noted).splitlines()[-1] == noted
    file = tmp_path / "nhat-ky.csv"
    did(used, "audit", "export", "--output", str(file), "--action", "campaign.")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert len(file.read_text("utf-8-sig").splitlines()) == 4
    lines = did(used, "audit", "export", "--format", "jsonl").splitlines()
    assert json.loads(lines[-1])["action"] == "audit.exported" or json.loads(lines[-1])["action"] == "audit.read"


def test_an_altered_entry_is_named_and_the_exit_status_says_so(used: Path) -> None:
    noted = did(used, "audit", "head").strip()
    with closing(open_context(home=used)) as context, behind(context) as rows:
        rows.execute("UPDATE audit_entry SET subject = 'cchc-9' WHERE subject = 'cchc-2'")
        [(key,)] = rows.execute("SELECT id FROM audit_entry WHERE subject = 'cchc-9'")
    done = loa(used, "audit", "verify")
    assert done.returncode == 1
    assert f"dòng {key}" in done.stdout
    assert json.loads(loa(used, "audit", "verify", "--json").stdout)["first_altered"] == key
    assert loa(used, "audit", "verify", "--head", "x").returncode == 2
    with closing(open_context(home=used)) as context, behind(context) as rows:
        rows.execute("DELETE FROM audit_entry WHERE id >= ?", (key,))
    assert loa(used, "audit", "verify").returncode == 0
    assert loa(used, "audit", "verify", "--head", noted).returncode == 1
