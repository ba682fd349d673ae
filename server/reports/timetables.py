"""What a station plays in a week or a month, to print and hang beside the player: when, which files, for how long."""

from server.reports.report_words import Words, office_words
from server.reports.stick_figures import StickFigures, StickSlot
from server.reports.typesetting import pdf_of
from server.reports.wording import SAMPLE, clock, day, length, period_words, text, weekday


def timetable_pdf(stick: StickFigures) -> bytes:
    """The same figures give the same bytes. Raises FontsMissing."""
    return pdf_of("timetable", _words(stick), made_at=stick.as_of)


def _words(stick: StickFigures) -> Words:
    whose = f"{text(stick.station)} ({text(stick.area)})" if stick.area else text(stick.station)
    days = sorted({slot.starts_at.date() for slot in stick.slots})
    title = "LỊCH PHÁT"
    return {
        **office_words(stick.office, year=stick.last.year),
        "sample": SAMPLE if stick.sample else "",
        "title": title,
        "file_title": f"{title} {day(stick.first)}",
        "period": f"{whose}, {period_words(stick.first, stick.last)}",
        "revisions": "; ".join(stick.revisions),
        "days": [
            {
                "day": f"{weekday(each)}, {day(each)}",
                "lines": [_line(slot) for slot in stick.slots if slot.starts_at.date() == each],
            }
            for each in days
        ],
    }


def _line(slot: StickSlot) -> Words:
    return {
        "time": clock(slot.starts_at),
        "column": text(slot.column),
        "titles": [text(title) for title in slot.titles],
        "files": [each.path.rpartition("/")[2] for each in slot.files],
        "length": length(slot.length_ms),
    }
