"""The log takes what users write for what it is: one line, nothing that moves a cursor."""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.logs import REQUEST_ID, OneLine, Unfailing, json_lines, visible


def logged(message: str, *arguments: object, error: BaseException | None = None) -> str:
    told = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.LogRecord("loa.tests", logging.ERROR, __file__, 1, message, arguments, told)
    record.exc_text = "as another handler\nwrote it" if error is not None else None
    return OneLine().format(record) + "\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("b0001\n2026-12-01 ERROR loa: giả", "b0001\\x0a2026-12-01 ERROR loa: giả"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x1b[2J\x1b[31mđỏ", "\\x1b[2J\\x1b[31mđỏ"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eđảo", "\\u202eđảo"),
        ("\u2028dòng", "\\u2028dòng"),
        ("\ud800", "\\ud800"),
        ("\0", "\\x00"),
        ("Krông Pắc M'Đrắk 📻", "Krông Pắc M'Đrắk 📻"),
    ],
)
def test_what_users_write_stays_in_its_line(given: str, shown: str) -> None:
    assert visible(given) == shown
    line = logged("%s failed", given)
    assert line.endswith(f"ERROR loa.tests: {shown} failed\n")
    assert line.count("\n") == 1


def test_a_traceback_cant_pass_for_lines_of_the_log() -> None:
    try:
        raise ValueError("x\n2026-12-01 ERROR loa: giả\x1b[2J")  # noqa: TRY301 (a traceback is wanted)
    except ValueError as error:
        lines = logged("failed", error=error).splitlines()
    assert len(lines) > 2
    assert all(line.startswith("  | ") for line in lines[1:])
    assert "\x1b" not in "".join(lines)


def test_a_line_for_machines_is_one_object_whatever_is_in_it() -> None:
    told = "\x1b[2J\u202eđảo\n\ud800 📻"
    record = logging.LogRecord("loa.tests", logging.WARNING, __file__, 1, "%s came", (told,), None)
    record.file = told
    with named("k3f9"):
        line = json_lines().format(record)
    assert not set(line) & {"\n", "\x1b", "\u202e"}
    found = json.loads(line)
    assert found.pop("at").endswith("Z")
    said = told.replace("\ud800", "\\ud800")
    assert found == {
        "event": f"{said} came",
        "file": said,
        "level": "warning",
        "logger": "loa.tests",
        "request": "k3f9",
    }


def test_a_line_for_machines_holds_the_whole_traceback() -> None:
    try:
        raise ValueError("x")  # noqa: TRY301 (a traceback is wanted)
    except ValueError as error:
        told = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("loa.tests", logging.ERROR, __file__, 1, "failed", (), told)
    found = json.loads(json_lines().format(record))
    assert "test_logs.py" in found["exception"]
    assert found["exception"].endswith("ValueError: x")


def test_what_is_said_while_a_request_is_answered_names_it() -> None:
    with named("k3f9"):
        assert logged("failed").endswith("failed [k3f9]\n")
    assert logged("failed").endswith("failed\n")


def test_lines_that_find_no_room_are_lost_and_counted(say_to: Callable[[Path], Unfailing], tmp_path: Path) -> None:
    full = say_to(Path("/dev/full"))
    full.handle(logging.LogRecord("loa.tests", logging.ERROR, __file__, 1, "a", (), None))
    full.handle(logging.LogRecord("loa.tests", logging.ERROR, __file__, 1, "%d", ("no number",), None))
    assert full.lost == 2
    some = say_to(tmp_path / "log")
    some.handle(logging.LogRecord("loa.tests", logging.ERROR, __file__, 1, "a", (), None))
    assert (some.lost, (tmp_path / "log").read_text().endswith(" a\n")) == (0, True)


@pytest.fixture
def say_to() -> Iterator[Callable[[Path], Unfailing]]:
    opened: list[int] = []

    def say(path: Path) -> Unfailing:
        opened.append(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        handler = Unfailing(opened[-1])
        handler.setFormatter(OneLine())
        return handler

    yield say
    for descriptor in opened:
        os.close(descriptor)


@contextmanager
def named(request: str) -> Iterator[None]:
    token = REQUEST_ID.set(request)
    yield
    REQUEST_ID.reset(token)
