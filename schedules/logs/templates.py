"""Logs to fill in: a station's planned airings, a line each, with empty columns for what really happened."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from schedules.exports.cells import cell
from schedules.exports.printable import one_line
from schedules.logs.headings import HEADINGS

_PREFILLED = ("station", "date", "planned_at", "slot", "segment", "title", "planned_duration")
_TO_FILL_IN = ("aired", "starts_at", "duration", "reason")
_COLUMNS = (*_PREFILLED, *_TO_FILL_IN)
_WIDTHS = {"station": 10, "slot": 22, "segment": 14, "title": 60, "reason": 40}

# Part of the bytes of a workbook; a fixed one gives the same plan the same bytes.
_CREATED = datetime(2021, 1, 1)  # noqa: DTZ001 (the format has no zone)


class PlannedAiring(Struct, frozen=True, kw_only=True):
    """One item of a slot, or a whole slot without `segment`. `starts_at` is aware, `duration_ms` as it is planned."""

    station: str
    slot: str
    segment: str | None = None
    title: str
    starts_at: datetime
    duration_ms: int


def csv_template(
    airings: Iterable[PlannedAiring], zone: ZoneInfo, *, delimiter: Literal[",", ";", "\t"] = ","
) -> bytes:
    """UTF-8 with a byte order mark, for spreadsheets; dates and times in `zone`. `read_csv` reads it."""
    sheet = io.StringIO(newline="")
    rows = csv.writer(sheet, delimiter=delimiter)
    rows.writerow([HEADINGS[field] for field in _COLUMNS])
    for airing in airings:
        rows.writerow([cell(text) for text in _prefilled(airing, zone)] + [""] * len(_TO_FILL_IN))
    return ("\ufeff" + sheet.getvalue()).encode()


def xlsx_template(airings: Iterable[PlannedAiring], zone: ZoneInfo) -> bytes:
    """The same as a workbook, which offers yes and no as a list, and keeps "1:35" as it is typed. `read_xlsx` reads it."""
    from xlsxwriter import Workbook

    sink = io.BytesIO()
    book = Workbook(
        sink,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"created": _CREATED})
    # A column of texts takes what is typed for what it is; in any other "1:35" is an hour and 35 minutes.
    as_text = book.add_format({"num_format": "@", "locked": False})
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Nhật ký")
    sheet.freeze_panes(1, 0)
    for place, field in enumerate(_COLUMNS):
        sheet.set_column(place, place, _WIDTHS.get(field, 12), as_text)
        sheet.write_string(0, place, HEADINGS[field], heading)
    last = 0
    for last, airing in enumerate(airings, 1):
        for place, text in enumerate(_prefilled(airing, zone)):
            if text:
                sheet.write_string(last, place, text, as_text)
    aired = _COLUMNS.index("aired")
    sheet.data_validation(
        1,
        aired,
        max(last, 1),
        aired,
        {
            "validate": "list",
            "source": ["có", "không"],
            "error_type": "warning",
            "error_title": HEADINGS["aired"],
            "error_message": "Ghi «có» hoặc «không».",
        },
    )
    book.close()
    return sink.getvalue()


def _prefilled(airing: PlannedAiring, zone: ZoneInfo) -> list[str]:
    local = airing.starts_at.astimezone(zone)
    seconds = airing.duration_ms // 1000
    return [
        one_line(airing.station),
        f"{local:%d/%m}/{local.year:04d}",
        f"{local:%H:%M:%S}",
        one_line(airing.slot),
        one_line(airing.segment or ""),
        one_line(airing.title),
        # With hours, so that no spreadsheet takes minutes for them.
        f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}",
    ]
