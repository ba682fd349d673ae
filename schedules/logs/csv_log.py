"""Logs as CSV, as spreadsheets and programs write it: commas, semicolons or tabs, with a byte order mark or without."""

import csv
import io
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from schedules.exports.cells import uncell
from schedules.logs.lines import LogUnreadable, Reading, decoded
from schedules.logs.rows import Row, find_headings, read_rows

_DELIMITERS = (",", ";", "\t")


def read_csv(data: bytes, zone: ZoneInfo) -> Reading:
    """Lines are numbered as an editor numbers them. Raises LogUnreadable.

    The delimiter is the one with which the most headings are known.
    """
    text = decoded(data)
    return read_rows(_rows(text, _delimiter(text)), zone)


def _delimiter(text: str) -> str:
    known = {}
    for delimiter in _DELIMITERS:
        try:
            found = find_headings(_rows(text, delimiter))
            known[delimiter] = len(found[1]) if found else 0
        except LogUnreadable:  # with another it may be readable; else this is raised again when the rows are read
            known[delimiter] = 1
    return max(known, key=lambda delimiter: known[delimiter])


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise LogUnreadable(problem="cell_too_long", value=str(number)) from error
        yield number, [uncell(text) for text in row]
