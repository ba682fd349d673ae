"""From one kind of database to the other by a backup, with commands alone: the figures are the same afterwards."""

import json
from pathlib import Path

from tests.postgresql import running_postgresql
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.databases import server

MONTH = str(NEXT_MONTH)


def test_a_province_moves_to_the_other_database_and_its_figures_are_equal(published_home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    key = did(published_home, "backup", "key").strip()
    made = json.loads(did(published_home, "backup", "make", "--to", str(folder), "--json", LOA_BACKUP_KEY=key))
    assert made["sealed"]
    assert (
        json.loads(did(published_home, "backup", "verify", "--to", str(folder), "--json", LOA_BACKUP_KEY=key))["faults"]
        == []
    )
    with running_postgresql() as other:
        other.create("moved")
        # Where these homes are on a server already, this one is a file.
        place = {"LOA_DATABASE_URL": "" if server() is not None else other.url("moved"), "LOA_BACKUP_KEY": key}
        home = tmp_path / "moved"
        asked = loa(home, "restore", "--to", str(folder), **place)
        assert asked.returncode == 2
        assert "--yes" in asked.stderr
        did(home, "restore", "--yes", "--to", str(folder), **place)
        for words in (
            ("check", MONTH, "--format", "json"),
            ("plan", "explain", "h654", MONTH),
            ("stations", "list", "--json"),
            ("segments", "list", "--json"),
        ):
            before, after = loa(published_home, *words), loa(home, *words, **place)
            assert (after.returncode, after.stdout) == (before.returncode, before.stdout), words
            assert len(after.stdout) > 100, (words, after.stderr)
        assert loa(home, "audit", "verify", **place).returncode == 0
        doctor = json.loads(did(home, "doctor", "--json", **place))
        assert "199" in next(each["seen"] for each in doctor if each["name"] == "Cơ sở dữ liệu")
        # What there was before is a backup too: here nothing but the schema.
        kinds = [
            each["kind"] for each in json.loads(did(home, "backup", "list", "--to", str(folder), "--json", **place))
        ]
        assert sorted(kinds) == ["full", "safety"]
