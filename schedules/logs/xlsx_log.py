"""Logs as Excel workbooks; `schedules.logs.workbook_bounds` counts first what reading them will come to."""

import io
from zoneinfo import ZoneInfo

from schedules.logs.lines import LogUnreadable, Reading, bounded
from schedules.logs.rows import Row, find_headings, read_rows
from schedules.logs.workbook_bounds import checked_workbook


def read_xlsx(data: bytes, zone: ZoneInfo) -> Reading:
    """The first sheet that has headings. Lines are the rows' numbers in the sheet. Raises LogUnreadable.

    Of a formula what it last came to is read, as the workbook keeps it.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    checked = checked_workbook(bounded(data))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(checked))
        for sheet in book.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            cells = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            rows: list[Row] = list(enumerate(cells, 1))
            if find_headings(rows):
                return read_rows(rows, zone)
    except (CalamineError, OSError, ValueError) as error:
        raise LogUnreadable(problem="not_xlsx") from error
    raise LogUnreadable(problem="no_headings")
