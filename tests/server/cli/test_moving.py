"""From one kind of database to the other by a backup, with commands alone: the figures are the same afterwards."""

import json
from pathlib import Path

import pytest

from server.db.place import DATABASE_FILE, DatabasePlace
from server.services.in_use import in_use
from tests.postgresql import running_postgresql
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.databases import server
from tests.server.homes import copy_home

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
        done = loa(home, "restore", "--yes", "--to", str(folder), **place)
        assert done.returncode == 0, done.stderr
        assert done.stderr.splitlines()[-1].endswith(f" --yes --to {folder}")  # what undoes it, as it has to be written
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
        assert "199" in next(each["seen"] for each in doctor if each["name"] == "Dữ liệu")
        # What there was before is a backup too: here nothing but the schema.
        kinds = [
            each["kind"] for each in json.loads(did(home, "backup", "list", "--to", str(folder), "--json", **place))
        ]
        assert sorted(kinds) == ["full", "safety"]


@pytest.mark.of_sqlite("a damaged file of its own")
def test_a_damaged_file_is_named_kept_and_replaced_by_the_backup(published_home: Path, tmp_path: Path) -> None:
    home = copy_home(published_home, tmp_path / "home")
    folder = tmp_path / "backups"
    did(home, "backup", "make", "--to", str(folder))
    before = did(home, "stations", "list", "--json")
    (home / DATABASE_FILE).write_bytes(b"damaged" * 1000)
    found = loa(home, "stations", "list")
    assert found.returncode == 3
    assert DATABASE_FILE in found.stderr
    assert loa(home, "restore", "--to", str(folder)).returncode == 3
    with in_use(home, DatabasePlace.file(home / DATABASE_FILE)):
        refused = loa(home, "restore", "--yes", "--to", str(folder))
    assert refused.returncode == 3
    assert "loa serve" in refused.stderr
    assert (home / DATABASE_FILE).read_bytes().startswith(b"damaged")
    did(home, "restore", "--yes", "--to", str(folder))
    assert did(home, "stations", "list", "--json") == before
    assert (home / f"{DATABASE_FILE}.damaged").read_bytes().startswith(b"damaged")
