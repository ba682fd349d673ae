"""Every refusal that any room can raise has its sentence, its status and its code."""

import errno
import importlib
import pkgutil
import re
import sqlite3
import string
from collections.abc import Iterator
from dataclasses import fields
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import click
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

import media
import schedules
import server
from server.answers.shape import GIVEN, MACHINE, expectation, system_words
from server.cli.main import build
from server.errors import ANSWERS, REFUSALS, Refusal, answer, as_refusal
from server.services.closing_refusals import MonthNotClosed
from server.services.footing_refusals import DatabaseBusy, DatabaseDamaged, DiskFull, HomeUnwritable
from server.services.refusals import BadField, OutputUnwritable
from server.services.reminder_refusals import NobodyToUrge

EXAMPLES: dict[object, object] = {str: "‹chữ›", int: 61_500, float: -23.5, bool: True, type(None): None}


def load_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def kinds_below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from kinds_below(below)


@pytest.fixture(scope="module")
def kinds() -> list[type[Refusal]]:
    for package in (media, schedules, server):
        load_all(package)
    return [kind for room in REFUSALS for kind in kinds_below(room)]


def values_of(wanted: object) -> list[object]:
    """An example of each kind that a fact may be."""
    if get_origin(wanted) in (Union, UnionType):
        return [value for part in get_args(wanted) for value in values_of(part)]
    if get_origin(wanted) in (list, tuple):
        return [["‹một›", "‹hai›"], []]
    return [EXAMPLES[wanted]]


def examples(kind: type[Refusal]) -> Iterator[Refusal]:
    """Refusals of the kind whose facts between them take every kind of value that they may."""
    hints = get_type_hints(kind)
    choices = {field.name: values_of(hints[field.name]) for field in fields(kind)}
    for turn in range(max((len(values) for values in choices.values()), default=1)):
        facts: dict[str, Any] = {name: values[turn % len(values)] for name, values in choices.items()}
        yield kind(**facts)
    if "timed_out" in choices or "declared" in choices:
        name = "timed_out" if "timed_out" in choices else "declared"
        yield kind(**{each: values[0] for each, values in choices.items()} | {name: False})


def test_every_refusal_has_an_answer_and_no_answer_is_for_nothing(kinds: list[type[Refusal]]) -> None:
    assert {kind.__name__ for kind in kinds} - {kind.__name__ for kind in ANSWERS} == set()
    assert {kind.__name__ for kind in ANSWERS} - {kind.__name__ for kind in kinds} == set()


def test_codes_are_dotted_and_each_is_one_refusals(kinds: list[type[Refusal]]) -> None:
    codes = [kind.code for kind in kinds]
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(\.[a-z_]+)+", code)] == []
    assert sorted(codes) == sorted(set(codes))


def test_every_refusal_makes_a_whole_sentence_from_its_facts(kinds: list[type[Refusal]]) -> None:
    for kind in kinds:
        for refusal in examples(kind):
            told = answer(refusal)
            assert re.search(r"\.$|: loa [a-z]+( [^ ]+)*$", told.sentence), told.sentence
            assert not re.search(r"[{}]|None|True|False|\(\)|«»", told.sentence), told.sentence
            assert 400 <= told.http <= 599
            assert told.exit in {GIVEN, MACHINE}
            assert refusal.code in str(refusal)


def test_a_mend_in_a_sentence_is_a_command_there_is(kinds: list[type[Refusal]]) -> None:
    named = {
        tuple(word for word in command.split()[1:3] if set(word) <= set(string.ascii_lowercase))
        for kind in kinds
        for refusal in examples(kind)
        for command in re.findall(r"(?<=: )loa [a-z]+(?: [a-z]+)?", answer(refusal).sentence)
    }
    assert named
    for words in named:
        command: click.Command | None = build()
        for word in words:
            assert isinstance(command, click.Group), words
            command = command.get_command(click.Context(command), word)
        assert command is not None, words


def test_facts_are_what_programs_can_read(kinds: list[type[Refusal]]) -> None:
    for kind in kinds:
        for refusal in examples(kind):
            for value in refusal.facts.values():
                assert isinstance(value, str | int | float | bool | list | None), kind


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("characters:1:200", "từ 1 đến 200 ký tự"),
        ("one_line", "một dòng chữ không có ký tự điều khiển"),
        ("≥ 1", "≥ 1"),
    ],
)
def test_what_was_wanted_is_told_in_words(expected: str, words: str) -> None:
    assert expectation(expected) == words
    said = answer(BadField(field="title", value="x", expected=expected)).sentence
    assert said == f"Tiêu đề là «x»; cần {words}."


def test_a_month_in_a_sentence_is_written_as_on_the_pages() -> None:
    assert answer(MonthNotClosed(month="2026-10", number=None)).sentence.startswith("Tháng 10/2026 chưa chốt.")
    assert "tháng 1/2026" in answer(NobodyToUrge(month="2026-01")).sentence


def test_the_systems_words_are_told_in_vietnamese() -> None:
    assert system_words("No such file or directory") == "không có tệp này"
    assert system_words("something new") == "something new"


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "/x"), DiskFull),
        (OSError(errno.EROFS, "Read-only file system", "/x"), OutputUnwritable),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), OutputUnwritable),
    ],
)
def test_what_the_system_refuses_is_a_refusal(error: OSError, refusal: type[Exception]) -> None:
    found = as_refusal(error)
    assert isinstance(found, refusal)
    assert getattr(found, "path", None) == "/x"


def test_what_sqlite_refuses_is_a_refusal(tmp_path: Any) -> None:
    (tmp_path / "junk.sqlite").write_bytes(b"not a database at all" * 100)
    path = tmp_path / "small.sqlite"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE t (x)")
    holder.execute("PRAGMA max_page_count = 2")
    asked = sqlite3.connect(path, isolation_level=None, timeout=0)
    read_only = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    junk = sqlite3.connect(tmp_path / "junk.sqlite")
    cases = [
        (holder, "INSERT INTO t VALUES (zeroblob(1000000))", DiskFull),
        (read_only, "INSERT INTO t VALUES (1)", HomeUnwritable),
        (junk, "SELECT * FROM t", DatabaseDamaged),
    ]
    for connection, statement, refusal in cases:
        with pytest.raises(sqlite3.DatabaseError) as raised:
            connection.execute(statement)
        assert isinstance(as_refusal(raised.value), refusal)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError) as raised:
        asked.execute("BEGIN IMMEDIATE")
    assert isinstance(as_refusal(raised.value), DatabaseBusy)
    for connection in (holder, asked, read_only, junk):
        connection.close()


def test_what_sqlalchemy_wraps_is_unwrapped(tmp_path: Any) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/none/x.sqlite")
    with pytest.raises(OperationalError) as raised, engine.connect():
        pass
    assert isinstance(as_refusal(raised.value), HomeUnwritable)


def test_a_fault_of_ours_stays_what_it_is() -> None:
    for error in (KeyError("x"), sqlite3.IntegrityError("UNIQUE"), OSError(errno.EPIPE, "Broken pipe")):
        assert as_refusal(error) is error
