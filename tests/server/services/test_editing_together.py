"""Two who change one draft at a time, and processes that end in the middle of a change."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import event

from schedules.editing import Change
from server.services.editing import EditView
from server.services.refusals import DraftChanged
from tests.server.services.editing import (
    counted,
    edited,
    in_hand,
    lock,
    move,
    own_slots,
    remove,
    version_of,
)
from tests.server.worlds import World

DIES = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import event
from schedules.editing import AlterSlot
from schedules.months import Month
from tests.server.databases import open_context
from server.services.editing import edit_draft

home, now, slot, start, at = sys.argv[1:]
context = open_context(home=Path(home), clock=lambda: datetime.fromisoformat(now))

@event.listens_for(context.database.engine, "before_cursor_execute")
def watch(_connection, _cursor, statement, *_rest):
    if statement.startswith(at):
        os.kill(os.getpid(), signal.SIGKILL)

edit_draft(context, Month(2026, 12), AlterSlot(station="h654", slot=slot, start=datetime.fromisoformat(start)))
"""


@pytest.mark.parametrize("opened", [False, True], ids=["a draft", "what is published"])
def test_of_two_who_change_the_same_version_one_wins_and_the_other_is_told_both_versions(
    published: World,
    opened: bool,  # noqa: FBT001 - a case of the table
) -> None:
    first, second, third = own_slots(published)[:3]
    if not opened:
        edited(published, lock(third))
    version = version_of(published)
    together = Barrier(2)

    def editor(change: Change) -> EditView | DraftChanged:
        together.wait()
        try:
            return edited(published, change, version=version)
        except DraftChanged as refusal:
            return refusal

    with ThreadPoolExecutor(2) as editors:
        ends = list(editors.map(editor, (remove(first), move(second, "2026-12-05 05:00"))))
    [won] = [end for end in ends if isinstance(end, EditView)]
    [lost] = [end for end in ends if isinstance(end, DraftChanged)]
    assert (lost.given, lost.found) == (version, version + 1) == (version, won.version)
    removed = first.key not in {slot.key for slot in own_slots(published)}
    moved = next(slot for slot in own_slots(published) if slot.key == second.key).starts_at != second.starts_at
    assert [removed, moved] == [isinstance(end, EditView) for end in ends]


def test_many_editors_who_look_again_lose_no_change(published: World) -> None:
    """Each tries until its change is in: all of them are in the end, in as many versions."""
    slots = own_slots(published)[:4]
    version = version_of(published)

    def insists(number: int) -> int:
        refusals = 0
        while True:
            try:
                edited(published, lock(slots[number]), version=version_of(published))
            except DraftChanged:
                refusals += 1
                continue
            return refusals

    with ThreadPoolExecutor(len(slots)) as editors:
        list(editors.map(insists, range(len(slots))))
    assert version_of(published) == version + len(slots)
    assert {slot.key for slot in own_slots(published) if slot.locked} == {slot.key for slot in slots}


@pytest.mark.parametrize(
    "at", ["DELETE FROM plan_entry", "INSERT INTO slot_item", "INSERT INTO plan_entry", "INSERT INTO audit_entry"]
)
@pytest.mark.parametrize("drafted", [True, False], ids=["a draft", "what is published"])
def test_a_process_that_is_killed_while_it_stores_a_change_leaves_all_as_it_was(
    published: World,
    at: str,
    drafted: bool,  # noqa: FBT001 - a case of the table
) -> None:
    slot, other = own_slots(published)[:2]
    if drafted:
        edited(published, lock(other))
    before = (version_of(published), in_hand(published), counted(published))
    published.context.close()
    words = [str(published.context.home), published.now.isoformat(), slot.key, "2026-12-05T05:00+07:00", at]
    done = subprocess.run([sys.executable, "-c", DIES, *words], check=False, timeout=120)
    assert done.returncode == -signal.SIGKILL
    assert (version_of(published), in_hand(published), counted(published)) == before
    assert edited(published, move(slot, "2026-12-05 05:00"), version=before[0]).stored


def test_a_transaction_that_fails_at_its_end_leaves_all_as_it_was(published: World) -> None:
    class Broken(Exception):
        pass

    slot = own_slots(published)[0]
    before = (version_of(published), in_hand(published), counted(published))

    def fail(_connection: object) -> None:
        raise Broken

    event.listen(published.context.database.engine, "commit", fail)
    try:
        with pytest.raises(Broken):
            edited(published, remove(slot))
    finally:
        event.remove(published.context.database.engine, "commit", fail)
    assert (version_of(published), in_hand(published), counted(published)) == before
