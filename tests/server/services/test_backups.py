"""A backup brings back every row and sound, in either database; what is not as it was is found; nothing is lost by it."""

import gzip
import hashlib
import json
import random
import shutil
import signal
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from server.db.delivering import StationCheckIn
from server.db.engine import Database
from server.db.intake import Upload, UploadPiece
from server.db.place import DATABASE_FILE
from server.db.plans import CalendarEvent
from server.db.records import Fact
from server.services import backup_restoring
from server.services.backup_checks import load_backup, verify_backup
from server.services.backup_making import make_backup, prune_backups
from server.services.backup_refusals import (
    BackupKeyMissing,
    BackupKeyWrong,
    BackupRunning,
    BackupSecretOther,
    BackupTooNew,
    BackupUnreadable,
    LoaIsRunning,
    UnknownBackup,
)
from server.services.backup_sealing import PIECE, Sealing
from server.services.backups import BACKUP_FACT, DESCRIPTION, list_backups, read_backup, sound_place
from server.services.calendar_floors import SEQUENCE_FACT
from server.services.claims import claimed
from server.services.context import Context
from server.services.in_use import in_use
from server.services.plans import make_plan, plan_in_force, publish_plan
from server.services.restored_secret import SECRET_FACT
from server.services.trail import verify as verify_trail
from tests.server.cli.command import started
from tests.server.databases import dump, open_context
from tests.server.worlds import MONTH, World

PLAIN = Sealing(None)
KEY = Sealing(bytes(range(32)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def world(published: World) -> World:
    """A district with a published month, whose sounds are really in the store."""
    return published


def rows_of(context: Context) -> dict[str, list[str]]:
    """All that a backup holds; what is said of backups themselves comes and goes with them."""
    found = dump(context)
    found["audit_entry"] = [row for row in found["audit_entry"] if "backup." not in row]
    own = (BACKUP_FACT, SECRET_FACT, SEQUENCE_FACT, "revision_floor")
    found["fact"] = [row for row in found["fact"] if not any(name in row for name in own)]
    return found


def anew(world: World) -> Context:
    """The home as the next process finds it."""
    return open_context(home=world.context.home, clock=world.context.clock)


def test_every_row_and_sound_comes_back(own_province: Context, folder: Path) -> None:
    before = rows_of(own_province)
    made = make_backup(own_province, folder, PLAIN)
    assert made.rows > 1_000
    assert made.sounds == made.new_sounds > 28
    assert made.missing == []
    found = verify_backup(own_province, folder, read_backup(folder), PLAIN)
    assert (found.faults, found.rows, found.sounds) == ([], made.rows, made.sounds)
    with own_province.database.write() as session:
        session.add(Fact(name="later", value="1"))
    gone = read_backup(folder).sounds[0][0]
    own_province.store.delete(gone)
    done = backup_restoring.restore(own_province, folder, read_backup(folder), PLAIN)
    context = open_context(home=own_province.home, clock=own_province.clock)
    assert rows_of(context) == before
    assert verify_trail(context).whole
    context.store.verify(gone)
    # Undone by the backup that was made on the way.
    backup_restoring.restore(context, folder, read_backup(folder, done.safety.name), PLAIN)
    context = open_context(home=own_province.home, clock=own_province.clock)
    with context.database.read() as session:
        assert session.get(Fact, "later") is not None
    context.close()


def test_either_database_takes_what_the_other_gave(world: World, folder: Path, tmp_path: Path) -> None:
    make_backup(world.context, folder, PLAIN)
    backup = read_backup(folder)
    other = Database(tmp_path / "other.sqlite")
    load_backup(other, folder, backup, PLAIN)
    moved = replace(world.context, database=other)
    assert dump(moved)["slot"] == dump(world.context)["slot"]
    assert [len(rows) for rows in dump(moved).values()] == [
        len(rows) - (name in {"fact", "audit_entry"}) for name, rows in dump(world.context).items()
    ]
    assert verify_trail(moved).whole
    with other.write() as session:
        session.add(Fact(name="after", value="1"))
    other.close()
    assert backup.database == world.context.database.kind


def test_a_backup_of_another_secret_than_the_one_that_is_set_is_refused_and_its_own_is_told(
    empty: Context, folder: Path
) -> None:
    make_backup(empty, folder, KEY)
    backup = read_backup(folder)
    assert backup_restoring.secret_of(folder, backup, KEY) == empty.secret
    empty.close()
    other = open_context(home=empty.home, clock=empty.clock, secret=b"2" * 32)
    with pytest.raises(BackupSecretOther):
        backup_restoring.restore(other, folder, backup, KEY)
    other.close()
    same = open_context(home=empty.home, clock=empty.clock, secret=empty.secret)
    backup_restoring.restore(same, folder, backup, KEY)


def test_bytes_of_uploads_on_their_way_are_begun_again_after_a_restore(empty: Context, folder: Path) -> None:
    with empty.database.write() as session:
        at = empty.clock()
        session.add(
            Upload(
                id="u", file_name="a", media_type="audio/wav", size=9, stored=5, fields={}, created_at=at, expires_at=at
            )
        )
        session.flush()
        session.add(UploadPiece(upload_id="u", start=0, size=5, name="u/0"))
    make_backup(empty, folder, PLAIN)
    backup_restoring.restore(empty, folder, read_backup(folder), PLAIN)
    context = open_context(home=empty.home, clock=empty.clock)
    with context.database.read() as session:
        assert session.get_one(Upload, "u").stored == 0
        assert session.exec(select(UploadPiece)).all() == []
    context.close()


ODD = ["", "ê̆ Ƀuôn 🎙", "a\n\t\"'\\ b", "\u2028", "x" * 100_000, "{}", "null"]


def test_odd_texts_come_back_as_they_were(empty: Context, folder: Path) -> None:
    with empty.database.write() as session:
        session.add_all(Fact(name=f"odd {number}", value=value) for number, value in enumerate(ODD))
    before = rows_of(empty)
    make_backup(empty, folder, KEY)
    backup_restoring.restore(empty, folder, read_backup(folder), KEY)
    context = open_context(home=empty.home, clock=empty.clock)
    assert rows_of(context) == before
    context.close()


def test_only_what_is_new_is_copied_again(own_province: Context, folder: Path) -> None:
    first = make_backup(own_province, folder, PLAIN)
    second = make_backup(own_province, folder, PLAIN)
    assert (second.sounds, second.new_sounds) == (first.sounds, 0)
    assert second.name != first.name
    assert [each.name for each in list_backups(folder)] == [second.name, first.name]
    assert read_backup(folder).name == second.name


def test_a_sound_that_is_lost_is_named_and_the_rest_is_backed_up(own_province: Context, folder: Path) -> None:
    lost = make_backup(own_province, folder, PLAIN)
    gone = read_backup(folder).sounds[3][0]
    own_province.store.delete(gone)
    shutil.rmtree(folder)
    made = make_backup(own_province, folder, PLAIN)
    assert made.missing == [gone]
    assert made.sounds == lost.sounds - 1
    assert verify_backup(own_province, folder, read_backup(folder), PLAIN).faults == []


def flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 0x10
    path.write_bytes(content)


@pytest.mark.parametrize("sealing", [PLAIN, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("which", ["table", "sound", "description"])
def test_a_changed_byte_in_any_file_is_found(world: World, folder: Path, sealing: Sealing, which: str) -> None:
    make_backup(world.context, folder, sealing)
    backup = read_backup(folder)
    # Of tables all hold rows; sounds of this district are made up, and so missing.
    names = [f"{table.name}.jsonl.gz" for table in backup.tables if table.rows]
    place = sound_place(folder, hashlib.sha256(b"sound").hexdigest(), backup.audio)
    if which == "sound":
        place.parent.mkdir(parents=True, exist_ok=True)
        sealing.write(place, place.name, [b"sound"])
        backup = replace_sounds(folder, backup.name, [(place.name, 5)])
    chance = random.Random(11)  # noqa: S311 (places of bytes)
    for _ in range(4):
        path = {
            "table": folder / backup.name / chance.choice(names),
            "sound": place,
            "description": folder / backup.name / DESCRIPTION,
        }[which]
        whole = path.read_bytes()
        # The head of a compressed file has bytes that mean nothing.
        flipped(
            path, chance.randrange(16, max(17, len(whole) - 8)) if which == "table" else chance.randrange(len(whole))
        )
        if which == "description":
            with pytest.raises(BackupUnreadable):
                read_backup(folder, backup.name)
        else:
            assert verify_backup(world.context, folder, backup, sealing).faults, path
        path.write_bytes(whole)
    assert verify_backup(world.context, folder, read_backup(folder), sealing).faults == []


def replace_sounds(folder: Path, name: str, sounds: list[tuple[str, int]]) -> object:
    path = folder / name / DESCRIPTION
    told = json.loads(path.read_bytes())["backup"] | {"sounds": sounds}
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(f'{{"backup":{text},"sha256":"{digest}"}}', "utf-8")
    return read_backup(folder, name)


def test_a_cut_table_and_a_lost_one_are_found(world: World, folder: Path) -> None:
    make_backup(world.context, folder, PLAIN)
    backup = read_backup(folder)
    path = folder / backup.name / "slot.jsonl.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert verify_backup(world.context, folder, backup, PLAIN).faults
    path.unlink()
    assert verify_backup(world.context, folder, backup, PLAIN).faults
    path.write_bytes(gzip.compress(b"\n".join(gzip.decompress(whole).split(b"\n")[1:])))
    assert verify_backup(world.context, folder, backup, PLAIN).faults


def test_what_is_sealed_says_nothing_and_opens_with_its_key_alone(own_province: Context, folder: Path) -> None:
    make_backup(own_province, folder, KEY)
    backup = read_backup(folder)
    secret = (own_province.home / "secret").read_bytes()
    for path in folder.rglob("*"):
        if path.is_file() and path.name != DESCRIPTION:
            content = path.read_bytes()
            assert content.startswith(b"loa-sealed/1\n")
            assert secret not in content
            assert b"Krong" not in content
    assert verify_backup(own_province, folder, backup, KEY).faults == []
    with pytest.raises(BackupKeyMissing):
        verify_backup(own_province, folder, backup, PLAIN)
    with pytest.raises(BackupKeyWrong):
        verify_backup(own_province, folder, backup, Sealing(bytes(32)))
    before = rows_of(own_province)
    assert rows_of(own_province) == before


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_pieces_of_any_size_come_back_and_none_can_be_left_out_or_moved(tmp_path: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)  # noqa: S311 (bytes of a test)
    path = tmp_path / "a"
    KEY.write(path, "a", [content[:100], content[100:]])
    assert b"".join(KEY.read(path, "a")) == content
    sealed = path.read_bytes()
    for wrong in (sealed[:-1], sealed[: 13 + 16 + PIECE + 16] if size > PIECE else sealed[:-5]):
        path.write_bytes(wrong)
        with pytest.raises(BackupKeyWrong):
            b"".join(KEY.read(path, "a"))
    path.write_bytes(sealed)
    with pytest.raises(BackupKeyWrong):
        b"".join(KEY.read(path, "b"))


def test_nothing_is_restored_while_loa_serves(world: World, folder: Path) -> None:
    make_backup(world.context, folder, PLAIN)
    with (
        in_use(world.context.home, world.context.database.place),
        in_use(world.context.home, world.context.database.place),
        pytest.raises(LoaIsRunning),
    ):
        backup_restoring.restore(world.context, folder, read_backup(folder), PLAIN)
    with pytest.raises(LoaIsRunning), in_use(world.context.home, world.context.database.place):
        backup_restoring.restore(world.context, folder, read_backup(folder), PLAIN)
    assert [each.kind for each in list_backups(folder)] == ["full"]


def test_two_backups_at_once_are_one(world: World, folder: Path) -> None:
    with claimed(world.context, "backup"), pytest.raises(BackupRunning):
        make_backup(world.context, folder, PLAIN)
    assert make_backup(world.context, folder, PLAIN).rows


def test_old_ones_are_pruned_with_the_sounds_of_none(own_province: Context, folder: Path) -> None:
    make_backup(own_province, folder, PLAIN)
    stray = sound_place(folder, "0" * 64)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    newest = make_backup(own_province, folder, PLAIN)
    assert len(prune_backups(own_province, folder, keep=1)) == 1
    assert [each.name for each in list_backups(folder)] == [newest.name]
    assert not stray.exists()
    assert verify_backup(own_province, folder, read_backup(folder), PLAIN).faults == []


def test_last_weeks_backup_never_gives_stations_an_older_number(world: World, folder: Path) -> None:
    make_backup(world.context, folder, PLAIN)
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    preview = backup_restoring.preview_restore(world.context, read_backup(folder))
    assert [(each.month, each.now, each.then) for each in preview.months] == [("2026-12", 3, 1)]
    backup_restoring.restore(world.context, folder, read_backup(folder), PLAIN)
    context = anew(world)
    in_force = plan_in_force(context, MONTH)
    assert in_force is not None
    assert in_force.number == 1
    # A station had meanwhile heard of more than this server ever knew again.
    with context.database.write() as session:
        session.add(
            StationCheckIn(
                station_id=world.keys["h654"],
                at=context.clock(),
                program="loa",
                version="2026-12:7~r0~0123456789ab",
                lacking=0,
                trouble="",
            )
        )
    make_plan(context, MONTH)
    assert publish_plan(context, MONTH).revision.number == 8
    context.close()


def test_without_check_ins_the_number_goes_on_above_what_was_there(world: World, folder: Path) -> None:
    make_backup(world.context, folder, PLAIN)
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    backup_restoring.restore(world.context, folder, read_backup(folder), PLAIN)
    context = anew(world)
    make_plan(context, MONTH)
    assert publish_plan(context, MONTH).revision.number == 3
    context.close()


def test_a_newer_schema_is_refused_and_nothing_changed(world: World, folder: Path) -> None:
    make_backup(world.context, folder, PLAIN)
    backup = read_backup(folder)
    newer = type(backup)(**{name: getattr(backup, name) for name in backup.__struct_fields__} | {"schema": "9999"})
    before = dump(world.context)
    with pytest.raises(BackupTooNew):
        backup_restoring.restore(world.context, folder, newer, PLAIN)
    assert dump(world.context) == before
    with pytest.raises(UnknownBackup):
        read_backup(folder, "20200101T000000Z")


@pytest.fixture
def filled(own_province: Context, folder: Path) -> Context:
    make_backup(own_province, folder, PLAIN)
    with own_province.database.write() as session:
        session.add(Fact(name="later", value="1"))
    own_province.database.close()
    return own_province


def test_a_backup_that_is_killed_leaves_those_before_and_the_next_goes_on(filled: Context, folder: Path) -> None:
    chance = random.Random(5)  # noqa: S311 (moments to kill at)
    shutil.rmtree(folder / "audio")
    for _ in range(3):
        running = started(filled.home, folder, "backup", "make")
        time.sleep(chance.uniform(0.8, 1.6))
        running.send_signal(signal.SIGKILL)
        running.wait()
        for each in list_backups(folder):
            assert each.tables
    made = make_backup(filled, folder, PLAIN)
    assert verify_backup(filled, folder, read_backup(folder, made.name), PLAIN).faults == []
    assert not list(folder.glob(".*.part"))


def test_a_restore_that_is_killed_leaves_the_old_or_the_new(filled: Context, folder: Path) -> None:
    chance = random.Random(6)  # noqa: S311 (moments to kill at)
    name = list_backups(folder)[-1].name
    for _ in range(4):
        running = started(filled.home, folder, "restore", name, "--yes")
        time.sleep(chance.uniform(1.0, 3.0))
        running.send_signal(signal.SIGKILL)
        running.wait()
        context = open_context(home=filled.home, clock=filled.clock)
        assert verify_trail(context).whole
        with context.database.read() as session:
            later = session.get(Fact, "later")
            restored = session.exec(select(Fact.name).where(Fact.name == "later")).first() is None
        assert (later is None) == restored
        assert len(dump(context)["station"]) == 199
        context.close()
    if filled.database.kind == "sqlite":
        assert (filled.home / DATABASE_FILE).exists()


def events_of(context: Context) -> dict[str, tuple[int, datetime, bool]]:
    with context.database.read() as session:
        rows = session.exec(select(CalendarEvent)).all()
    return {row.uid: (row.sequence, row.starts_at, row.cancelled) for row in rows}


@pytest.mark.parametrize("lost", ["", "all of it"], ids=["over what is there", "after all was lost"])
def test_after_a_restore_no_calendar_has_an_event_below_what_programs_have_seen(
    world: World, folder: Path, tmp_path: Path, lost: str
) -> None:
    make_backup(world.context, folder, PLAIN)
    for code in ("b0001", "b0002"):
        world.now += timedelta(hours=1)
        world.withdraw(code)
        make_plan(world.context, MONTH)
        publish_plan(world.context, MONTH)
    seen = events_of(world.context)
    assert max(sequence for sequence, _, _ in seen.values()) > 0
    world.now += timedelta(hours=1)
    if lost:
        place = open_context(home=tmp_path / "anew", clock=world.context.clock)
        backup_restoring.restore(place, folder, read_backup(folder), PLAIN)
        context = open_context(home=tmp_path / "anew", clock=world.context.clock)
    else:
        backup_restoring.restore(world.context, folder, read_backup(folder), PLAIN)
        context = anew(world)
    restored = events_of(context)
    assert all(sequence > seen[uid][0] for uid, (sequence, _, _) in restored.items() if uid in seen)
    make_plan(context, MONTH)
    publish_plan(context, MONTH)
    # Also those that are new again.
    assert all(sequence > seen[uid][0] for uid, (sequence, _, _) in events_of(context).items() if uid in seen)
    context.close()
