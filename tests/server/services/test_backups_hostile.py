"""What meddling, kills, full disks and changed keys do to a repository of backups: never worse than they have to."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db.records import Fact
from server.services import backup_restoring
from server.services.backup_checks import verify_backup
from server.services.backup_making import make_backup, prune_backups
from server.services.backup_refusals import (
    BackupDamaged,
    BackupKeyWrong,
    BackupRunning,
    BackupUnreadable,
    BackupUnsealed,
)
from server.services.backup_sealing import Sealing
from server.services.backups import DESCRIPTION, list_backups, read_backup, sound_place
from server.services.context import Context
from server.services.footing_refusals import DiskFull
from server.services.in_use import for_itself, in_use
from server.services.restored_secret import await_exchange, name_secret
from server.services.trail import verify as verify_trail
from tests.server import disks
from tests.server.cli.command import loa, started
from tests.server.databases import dump, open_context

PLAIN = Sealing(None)
KEY = Sealing(bytes(range(32)))
OTHER_KEY = Sealing(bytes(32))
BOTH = pytest.mark.parametrize("sealing", [PLAIN, KEY], ids=["plain", "sealed"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "small", mib=4) as place:
        yield place


def a_sound(folder: Path, name: str | None = None) -> Path:
    backup = read_backup(folder, name)
    return sound_place(folder, backup.sounds[0][0], backup.audio)


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def faults(context: Context, folder: Path, sealing: Sealing, name: str | None = None) -> list[str]:
    return verify_backup(context, folder, read_backup(folder, name), sealing).faults


@BOTH
def test_a_sound_that_was_cut_is_copied_again_by_the_next_backup(
    own_province: Context, folder: Path, sealing: Sealing
) -> None:
    first = make_backup(own_province, folder, sealing)
    os.truncate(a_sound(folder), 100)
    assert make_backup(own_province, folder, sealing).new_sounds == 1
    assert faults(own_province, folder, sealing) == faults(own_province, folder, sealing, first.name) == []


@BOTH
def test_a_sound_that_verifying_found_changed_is_copied_again_as_it_says(
    own_province: Context, folder: Path, sealing: Sealing
) -> None:
    make_backup(own_province, folder, sealing)
    flip(a_sound(folder), 500)
    assert len(faults(own_province, folder, sealing)) == 1
    assert make_backup(own_province, folder, sealing).new_sounds == 1
    assert faults(own_province, folder, sealing) == []


@BOTH
def test_the_last_good_copy_of_a_sound_outlives_the_store_and_pruning(
    own_province: Context, folder: Path, sealing: Sealing
) -> None:
    make_backup(own_province, folder, sealing)
    gone, size = read_backup(folder).sounds[0]
    own_province.store.delete(gone)
    made = make_backup(own_province, folder, sealing)
    assert made.missing == [gone]
    assert (gone, size) in read_backup(folder).sounds
    prune_backups(own_province, folder, keep=1)
    backup_restoring.restore(own_province, folder, read_backup(folder), sealing)
    own_province.store.verify(gone)


def test_each_backup_opens_with_the_key_that_it_was_made_with(own_province: Context, folder: Path) -> None:
    made = {sealing: make_backup(own_province, folder, sealing).name for sealing in (PLAIN, KEY, OTHER_KEY)}
    for sealing, name in made.items():
        assert faults(own_province, folder, sealing, name) == []
    sealed = sound_place(folder, read_backup(folder).sounds[0][0], read_backup(folder).audio)
    assert sealed.read_bytes().startswith(b"loa-sealed/1\n")
    prune_backups(own_province, folder, keep=1)
    assert faults(own_province, folder, OTHER_KEY) == []
    assert not list((folder / "audio").glob("*/*"))


def test_a_wrong_key_restores_nothing_writes_nothing_and_spoils_nothing(own_province: Context, folder: Path) -> None:
    make_backup(own_province, folder, KEY)
    before, files = dump(own_province), sorted(folder.rglob("*"))
    with pytest.raises(BackupKeyWrong):
        backup_restoring.restore(own_province, folder, read_backup(folder), OTHER_KEY)
    with pytest.raises(BackupKeyWrong):
        faults(own_province, folder, OTHER_KEY)
    assert dump(own_province) == before
    assert sorted(folder.rglob("*")) == files
    assert list(own_province.scratch.iterdir()) == []
    assert faults(own_province, folder, KEY) == []


@pytest.mark.parametrize("name", ["slot.jsonl.gz", "secret"])
@pytest.mark.parametrize("harm", ["flipped", "cut", "lost", "of another backup"])
@BOTH
def test_what_is_damaged_is_not_restored(
    own_province: Context, folder: Path, name: str, harm: str, sealing: Sealing
) -> None:
    older = make_backup(own_province, folder, sealing, kind="safety")
    with own_province.database.write() as session:
        session.add(Fact(name="later", value="1"))
    make_backup(own_province, folder, sealing)
    backup = read_backup(folder)
    path = folder / backup.name / name
    if harm == "flipped":
        flip(path, path.stat().st_size // 2)
    elif harm == "cut":
        os.truncate(path, path.stat().st_size // 2)
    elif harm == "lost":
        path.unlink()
    elif name == "secret":
        path.write_bytes(b"another's")
    else:
        shutil.copyfile(folder / older.name / "fact.jsonl.gz", folder / backup.name / "fact.jsonl.gz")
    before, secret = dump(own_province), (own_province.home / "secret").read_bytes()
    assert faults(own_province, folder, sealing)
    with pytest.raises((BackupDamaged, BackupKeyWrong)):
        backup_restoring.restore(own_province, folder, backup, sealing)
    context = open_context(home=own_province.home, clock=own_province.clock)
    after = dump(context)
    assert {each: rows for each, rows in after.items() if each not in {"fact", "audit_entry"}} == {
        each: rows for each, rows in before.items() if each not in {"fact", "audit_entry"}
    }
    assert (context.home / "secret").read_bytes() == secret
    context.close()


def test_a_damaged_sound_is_not_restored_and_leaves_nothing_behind(own_province: Context, folder: Path) -> None:
    make_backup(own_province, folder, PLAIN)
    backup = read_backup(folder)
    own_province.store.delete(backup.sounds[0][0])
    flip(a_sound(folder), 500)
    spoiled = own_province.store
    with pytest.raises(BackupDamaged):
        backup_restoring.restore(own_province, folder, backup, PLAIN)
    assert list(own_province.scratch.iterdir()) == []
    assert not spoiled.exists(backup.sounds[0][0])


def test_pruning_takes_nothing_while_a_description_cannot_be_read(own_province: Context, folder: Path) -> None:
    make_backup(own_province, folder, PLAIN)
    newest = make_backup(own_province, folder, PLAIN)
    path = folder / newest.name / DESCRIPTION
    whole = path.read_bytes()
    flip(path, len(whole) // 2)
    files = sorted(folder.rglob("*"))
    with pytest.raises(BackupUnreadable):
        prune_backups(own_province, folder, keep=1)
    assert sorted(folder.rglob("*")) == files
    path.write_bytes(whole)
    assert faults(own_province, folder, PLAIN, newest.name) == []


def test_two_installations_do_not_write_into_one_folder_at_once(
    own_province: Context, empty_home: Path, folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(empty_home, tmp_path / "other")
    other = open_context(home=tmp_path / "other", clock=own_province.clock)
    refused = []

    def while_it_runs(done: int, _of: int) -> None:
        if done == 1:
            with pytest.raises(BackupRunning):
                make_backup(other, folder, PLAIN)
            refused.append(done)

    make_backup(own_province, folder, PLAIN, progress=while_it_runs)
    other.close()
    assert refused == [1]
    assert faults(own_province, folder, PLAIN) == []


def test_a_full_disk_refuses_a_backup_and_keeps_those_before(
    own_province: Context, empty_home: Path, small_disk: Path, tmp_path: Path
) -> None:
    shutil.copytree(empty_home, tmp_path / "other")
    small = open_context(home=tmp_path / "other", clock=own_province.clock)
    folder = small_disk / "backups"
    before = make_backup(small, folder, PLAIN)
    with pytest.raises(DiskFull):
        make_backup(own_province, folder, PLAIN)
    assert [each.name for each in list_backups(folder)] == [before.name]
    assert not list(folder.rglob(".*.part"))
    assert faults(small, folder, PLAIN) == []
    small.close()


def test_a_full_disk_is_not_told_as_a_damaged_backup(own_province: Context, folder: Path, small_disk: Path) -> None:
    make_backup(own_province, folder, PLAIN)
    shutil.rmtree(own_province.scratch)
    own_province.scratch.symlink_to(small_disk)
    (small_disk / "full").write_bytes(bytes(3_900_000))
    with pytest.raises(DiskFull):
        verify_backup(own_province, folder, read_backup(folder), PLAIN)
    assert [path.name for path in small_disk.iterdir()] == ["full"]


@pytest.mark.of_folder("sounds come to the disk that is full")
def test_a_full_disk_refuses_a_restore_and_leaves_what_is_there(
    own_province: Context, empty_home: Path, folder: Path, small_disk: Path
) -> None:
    name = make_backup(own_province, folder, PLAIN).name
    shutil.copytree(empty_home, small_disk / "home")
    small = open_context(home=small_disk / "home", clock=own_province.clock)
    secret = (small.home / "secret").read_bytes()
    with pytest.raises(DiskFull):
        backup_restoring.restore(small, folder, read_backup(folder, name), PLAIN)
    small.close()
    again = open_context(home=small.home, clock=own_province.clock)
    assert dump(again)["station"] == []
    assert verify_trail(again).whole
    assert list(again.scratch.iterdir()) == []
    assert not list(again.home.glob("*.restored*"))
    assert (again.home / "secret").read_bytes() == secret
    again.close()


def killed_when(running: "subprocess.Popen[bytes]", sign: Path, pattern: str) -> None:
    """As soon as it has written something of that name, or has ended."""
    while running.poll() is None and not any(sign.glob(pattern)):
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    running.wait()


@pytest.mark.parametrize("sign", [".*.part", ".*.part/slot.jsonl.gz", ".*.part/secret", "audio/*/*"])
def test_a_backup_killed_at_any_of_its_steps_counts_for_nothing(own_province: Context, folder: Path, sign: str) -> None:
    before = make_backup(own_province, folder, PLAIN)
    if sign.startswith("audio"):
        shutil.rmtree(folder / "audio")
    own_province.database.close()
    killed_when(started(own_province.home, folder, "backup", "make"), folder, sign)
    assert before.name in [each.name for each in list_backups(folder)]
    make_backup(own_province, folder, PLAIN)
    for each in list_backups(folder):
        assert faults(own_province, folder, PLAIN, each.name) == []
    assert not list(folder.glob(".*.part"))


@pytest.mark.parametrize("sign", ["in-use.lock", "*.restored", "*.restored-wal", "*.restored-journal"])
def test_a_restore_killed_at_any_of_its_steps_leaves_the_old_or_the_new(
    own_province: Context, folder: Path, sign: str
) -> None:
    name = make_backup(own_province, folder, PLAIN).name
    with own_province.database.write() as session:
        session.add(Fact(name="later", value="1"))
    own_province.database.close()
    chance = random.Random(sign)  # noqa: S311 (moments to kill at)
    for _ in range(2):
        running = started(own_province.home, folder, "restore", name, "--yes")
        while running.poll() is None and not any(own_province.home.glob(sign)):
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.6))
        running.send_signal(signal.SIGKILL)
        running.wait()
        context = open_context(home=own_province.home, clock=own_province.clock)
        assert verify_trail(context).whole
        assert len(dump(context)["station"]) == 199
        context.close()
        for each in list_backups(folder):
            assert read_backup(folder, each.name).tables
    done = backup_restoring.restore(own_province, folder, read_backup(folder, name), PLAIN)
    assert done.backup == name


def test_a_description_that_was_written_without_the_key_is_not_believed(own_province: Context, folder: Path) -> None:
    older = make_backup(own_province, folder, KEY)
    newest = make_backup(own_province, folder, KEY)
    path = folder / newest.name / DESCRIPTION
    whole = path.read_bytes()
    described = json.loads(whole)
    # Another's mark, none, and one that says the backup was never sealed.
    others = json.loads((folder / older.name / DESCRIPTION).read_bytes())["mark"]
    told = described["backup"] | {"sealed": False, "audio": "audio"}
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    unsealed = f'{{"backup":{text},"sha256":"{hashlib.sha256(text.encode()).hexdigest()}"}}'
    for forged in (
        whole.replace(described["mark"].encode(), others.encode()),
        whole.replace(described["mark"].encode(), b""),
        unsealed.encode(),
    ):
        path.write_bytes(forged)
        assert read_backup(folder).name == newest.name  # anybody may look
        with pytest.raises((BackupKeyWrong, BackupUnsealed)):
            read_backup(folder, sealing=KEY)
    path.write_bytes(whole)
    assert read_backup(folder, sealing=KEY).name == newest.name
    with pytest.raises(BackupKeyWrong):
        read_backup(folder, sealing=OTHER_KEY)


def test_with_a_key_what_was_made_without_one_is_taken_only_where_that_is_meant(
    own_province: Context, folder: Path
) -> None:
    made = make_backup(own_province, folder, PLAIN)
    with pytest.raises(BackupUnsealed):
        read_backup(folder, sealing=KEY)
    assert read_backup(folder, sealing=KEY, unsealed=True).name == made.name
    assert read_backup(folder, sealing=PLAIN).name == made.name


def test_a_secret_comes_into_force_with_its_database_or_not_at_all(own_province: Context, folder: Path) -> None:
    """Killed before the database was exchanged, and between that and the secret."""
    make_backup(own_province, folder, PLAIN)
    theirs = (own_province.home / "secret").read_bytes()
    mine = bytes(32)
    (own_province.home / "secret").write_bytes(mine)
    await_exchange(own_province.home, theirs)

    def found() -> bytes:
        context = open_context(home=own_province.home, clock=own_province.clock)
        context.close()
        return context.secret

    assert found() == mine
    with own_province.database.write() as session:
        name_secret(session, theirs)
    assert found() == theirs
    assert found() == theirs
    assert (own_province.home / "secret.before").read_bytes() == mine
    backup_restoring.restore(own_province, folder, read_backup(folder), PLAIN)
    assert found() == theirs


def test_a_command_waits_for_no_restore_and_spoils_none(own_province: Context, folder: Path) -> None:
    make_backup(own_province, folder, PLAIN)
    own_province.database.close()
    with for_itself(own_province.home, own_province.database.place):
        refused = loa(own_province.home, "segments", "list")
        again = loa(own_province.home, "restore", "--yes", "--to", str(folder))
    assert (refused.returncode, again.returncode) == (3, 3)
    assert "loa serve" in refused.stderr
    with in_use(own_province.home, own_province.database.place):  # as a command has it
        assert loa(own_province.home, "restore", "--yes", "--to", str(folder)).returncode == 3
        assert loa(own_province.home, "segments", "list").returncode == 0
