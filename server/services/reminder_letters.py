"""Official letters that urge (công văn đôn đốc): made here to be signed, and sent by others."""

from msgspec.structs import replace

from schedules.months import Month
from server.reports.figures import LetterFigures, Office
from server.reports.letters import letter_docx
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.refusals import BadField
from server.services.reminder_refusals import NobodyToUrge
from server.services.reminder_texts import mend_by
from server.services.reminder_views import Lacking
from server.services.reminders import ONCE_IN, add_reminder, chosen, told_since, whom_to_urge
from server.services.report_figures import report_figures
from server.services.reports import FORMATS
from server.services.views import Export

_SMALL_WORDS = {"và", "của", "các"}


def make_letter(context: Context, month: Month, *, station: str = "", district: str = "") -> Export:
    """The letter (.docx) to one station, or on all of a district's that are usually urged; kept as a reminder of each.

    Of one day it is one reminder, however often it is made. Raises BadField unless one of the two is given,
    UnknownStation, OutOfReach, NothingToUrge, NobodyToUrge, NoPlan.
    """
    if bool(station) == bool(district):
        raise BadField(field="station", value=station, expected="station, district")
    urged = chosen(context, month, [station]) if station else _of_district(context, month, district)
    content = letter_docx(_figures(context, month, urged, district=district))
    at = context.clock()
    with disk_refusals(context.home), context.database.write() as session:
        recent = told_since(session, month, at - ONCE_IN)
        new = [each for each in urged if (each.station.id, "letter") not in recent]
        for each in new:
            add_reminder(session, context, each, month, channel="letter", address="", text=each.text, at=at)
            record(
                session,
                context,
                at=at,
                action="reminder.made",
                subject=each.station.code,
                month=str(month),
                channels=["letter"],
            )
    return Export(
        content=content,
        media_type=FORMATS["docx"],
        file_name=f"don-doc-{month}-{station or district}.docx",
        etag="",
        modified_at=at,
    )


def _of_district(context: Context, month: Month, district: str) -> list[Lacking]:
    found = [
        each
        for each in whom_to_urge(context, month)
        if each.usual and district in {each.station.district_code, each.station.unit_code}
    ]
    if not found:
        raise NobodyToUrge(month=str(month))
    return found


def _figures(context: Context, month: Month, urged: list[Lacking], *, district: str) -> LetterFigures:
    """The same figures as in the month's report."""
    figures = report_figures(context, str(month))
    codes = {each.station.code for each in urged}
    first = urged[0].station
    office = (first.district_name or first.unit_name) if district else first.unit_name
    return LetterFigures(
        office=_office(figures.office),
        subject=f"đôn đốc phát chuyên mục {figures.campaign} {figures.period}",
        to=(
            f"UBND {office[:1].lower()}{office[1:]};",
            "Các đài truyền thanh nêu trong văn bản này." if len(urged) > 1 else f"{first.name}.",
        ),
        period=figures.period,
        campaign=figures.campaign,
        legal_grounds=tuple(f"Căn cứ: {each.rstrip(' .;')};" for each in figures.legal_grounds),
        as_of=figures.as_of,
        policy=figures.policy,
        by=mend_by(context, month),
        rows=tuple(row for row in figures.rows if row.code in codes),
        sample=figures.sample,
    )


def _office(office: Office) -> Office:
    """A letter's number names the office by the first letters of its name."""
    words = [word for word in office.agency.split() if word.lower() not in _SMALL_WORDS and word[0].isalpha()]
    number = "".join(word[0] for word in words).upper() or "……"
    return replace(office, number=number, recipients=("Như trên;", "Lưu: VT."))
