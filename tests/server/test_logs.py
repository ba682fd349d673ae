"""The log takes what users write for what it is: one line, nothing that moves a cursor."""

import logging

import pytest

from server.logs import OneLine, visible


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
