"""CSV for spreadsheets: UTF-8 with a byte order mark, and no text that they would take for a formula."""

import csv
import io
from collections.abc import Iterable

from schedules.exports.cells import cell

BYTE_ORDER_MARK = "\ufeff"


def as_lines(rows: Iterable[Iterable[str | int]]) -> bytes:
    """Lines of a CSV, without the mark: it stands before the first of them only."""
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows([cell(value) for value in row] for row in rows)
    return sheet.getvalue().encode("utf-8", "replace")
