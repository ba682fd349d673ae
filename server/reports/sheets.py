"""A plain table as .xlsx: real lengths and counts to sort, filter and add up."""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

_DAY_MS = 86_400_000
_WIDTHS = {"text": 26, "length": 13, "count": 11}


def table_xlsx(name: str, headings: Sequence[tuple[str, str]], rows: Sequence[Sequence[str | int]]) -> bytes:
    """`headings` with the kind of their column: text, length (cells in milliseconds, shown in whole seconds), count.

    `name` is the sheet's, 31 letters at most. Texts stay texts, also those that begin like a formula.
    """
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    looks = {
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "length": book.add_format({"num_format": "[h]:mm:ss", "valign": "top"}),
    }
    for place, (heading, kind) in enumerate(headings):
        sheet.set_column(place, place, _WIDTHS[kind])
        sheet.write_string(0, place, heading, bold)
        for line, row in enumerate(rows, start=1):
            value = row[place]
            if isinstance(value, str):
                sheet.write_string(line, place, value, looks[kind])
            else:
                seconds = value // 1000 * 1000 / _DAY_MS
                sheet.write_number(line, place, seconds if kind == "length" else value, looks[kind])
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, len(rows)), len(headings) - 1)
    book.close()
    return made.getvalue()
