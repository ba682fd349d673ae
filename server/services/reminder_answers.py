"""What came of urging, from the station's side: the notice on its pages, the link in its mail, its answer."""

from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.airing import Reminder
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import is_signed
from server.services.local_time import local_today
from server.services.plain_text import paragraphs
from server.services.reminder_refusals import AnswerMissing, NothingToAnswer, ReminderUnknown
from server.services.reminder_views import ReminderView, reminder_views
from server.services.reminders import PURPOSE, views_of
from server.services.rows import identity, is_key
from server.services.station_people import StationPeople
from server.services.stations import find_station

LONGEST_ANSWER = 2000


def station_reminders(context: Context, code: str, month: Month) -> list[ReminderView]:
    """All about the month, the newest first, without the addresses that they went to. Raises UnknownStation."""
    with context.database.read() as session:
        station = find_station(session, code, month)
        rows = session.exec(
            select(Reminder)
            .where(Reminder.station_id == identity(station), Reminder.month == str(month))
            .order_by(col(Reminder.id).desc())
        ).all()
        views = views_of(context, session, month, {identity(station)})
        return reminder_views(session, rows, views, addresses=False)


def notices(context: Context, code: str, month: Month) -> list[ReminderView]:
    """What stands on the pages of the station that has the code in the month: the last unanswered notice of each month.

    Where who asks is one of the station's people, it is noted that all of them were shown. Raises UnknownStation.
    """
    with context.database.read() as session:
        station = find_station(session, code, month)
        rows = session.exec(
            select(Reminder)
            .where(Reminder.station_id == identity(station), Reminder.channel == "page")
            .where(col(Reminder.answered_at).is_(None))
            .order_by(col(Reminder.id))
        ).all()
        if not rows:
            return []
        unseen = [identity(row) for row in rows if row.opened_at is None]
        mine = context.who.account_id in StationPeople(session, local_today(context)).keys(station.unit_id)
        last = {row.month: row for row in rows}
        shown = reminder_views(session, last.values(), views_of(context, session, month, {identity(station)}))
    if mine and unseen:
        _note_opened(context, unseen)
    return shown


def follow_link(context: Context, number: int, signature: str) -> tuple[str, str]:
    """Notes that the link in the mail was followed; the station's code and the month. Raises ReminderUnknown."""
    if not is_key(number) or not is_signed(context.secret, signature, PURPOSE, str(number)):
        raise ReminderUnknown(number=number)
    with context.database.read() as session:
        row = session.get(Reminder, number)
        if row is None:
            raise ReminderUnknown(number=number)
        [view] = views_of(context, session, Month.parse(row.month), {row.station_id}).values()
        unseen = row.opened_at is None
        month = row.month
    if unseen:
        _note_opened(context, [number])
    return view.code, month


def answer(context: Context, code: str, month: Month, text: str) -> list[ReminderView]:
    """The station's answer to all about the month that is unanswered, by whatever channel it came; these.

    Raises UnknownStation, BadField, AnswerMissing, NothingToAnswer.
    """
    said = paragraphs("answer", text, longest=LONGEST_ANSWER)
    if not said:
        raise AnswerMissing(station=code)
    at = context.clock()
    with disk_refusals(context.home), context.database.write() as session:
        station = find_station(session, code, month)
        rows = _unanswered(session, identity(station), month)
        if not rows:
            raise NothingToAnswer(station=code, month=str(month))
        for row in rows:
            row.answered_at, row.answered_by, row.answer = at, context.who.name, said
            session.add(row)
        record(
            session,
            context,
            at=at,
            action="reminder.answered",
            subject=code,
            month=str(month),
            reminders=[identity(row) for row in rows],
        )
        return reminder_views(session, rows, views_of(context, session, month, {identity(station)}), addresses=False)


def _unanswered(session: Session, station_id: int, month: Month) -> list[Reminder]:
    query = select(Reminder).where(Reminder.station_id == station_id, Reminder.month == str(month))
    return list(session.exec(query.where(col(Reminder.answered_at).is_(None)).order_by(col(Reminder.id))))


def _note_opened(context: Context, keys: list[int]) -> None:
    with disk_refusals(context.home), context.database.write() as session:
        for row in session.exec(select(Reminder).where(col(Reminder.id).in_(keys), col(Reminder.opened_at).is_(None))):
            row.opened_at = context.clock()
            session.add(row)
