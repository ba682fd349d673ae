"""Urging stations that are short in a month: whom, with what words, by which channels; and what was sent.

By page is a notice on the station's own pages. E-mail goes the way of all letters (`services.mail`), webhooks that of
`services.webhook_sending`; both are tried again by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func
from sqlmodel import Session, col, select

from schedules.airing_results import Outcome
from schedules.months import Month
from schedules.proof import ProofVerdict, Status
from server.db.airing import Reminder
from server.db.registry import Station
from server.services import mail
from server.services.access_refusals import OutOfReach
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import signed
from server.services.local_time import day_in, local_today
from server.services.mail_refusals import MailServerMissing
from server.services.plain_text import paragraphs
from server.services.proof_views import ProofView
from server.services.proofs import Proved, proved_stations
from server.services.refusals import BadField
from server.services.reminder_refusals import NobodyToUrge, NothingToUrge
from server.services.reminder_texts import mail_of, reminder_text
from server.services.reminder_views import (
    CHANNELS,
    Lacking,
    LeftOut,
    ReminderView,
    ShortFigure,
    Urged,
    letter_key,
    reminder_views,
)
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.station_people import StationPeople
from server.services.stations import find_station, station_views
from server.services.verdicts import rule_texts
from server.services.views import StationView
from server.services.webhooks import living_webhooks
from server.texts import _

LONGEST_TEXT = 4000
# The same station is not urged by the same channel about the same month again within that time.
ONCE_IN = timedelta(days=1)
LINK = "/don-doc/"
PURPOSE = "reminder"
_LACKING = {"email": "no_address", "webhook": "no_webhook"}
_SHORT = {Status.AT_RISK, Status.NO_DATA, Status.NOT_MET}
_URGENT = {Status.AT_RISK, Status.NOT_MET}


def whom_to_urge(context: Context, month: Month) -> list[Lacking]:
    """The stations within reach that are short of a minimum and not on their way to it. Raises NoPlan, NoStations."""
    reached = reached_stations(context, Right.STATIONS_URGE)
    with context.database.read() as session:
        found = _lacking(context, session, month, context.clock())
        return [each for each in found if reached is None or each.station.id in reached]


def urge(
    context: Context,
    month: Month,
    *,
    site: str,
    stations: Sequence[str] | None = None,
    channels: Iterable[str],
    texts: Mapping[str, str] | None = None,
    again: bool = False,
) -> Urged:
    """Each of the stations by each of the channels (page, email, webhook); what is left out says why.

    `stations` are codes of the month, None: all that are usually urged. `texts` by code stand in the place of what is
    made of the figures. `site` is the service's own address, for links. Within a day nobody is told twice by a channel
    unless `again`. Raises BadField, MailServerMissing, OutOfReach, UnknownStation, NothingToUrge, NobodyToUrge, NoPlan.
    """
    wanted = _channels(context, channels)
    asked = chosen(context, month, stations)
    given = {code: paragraphs("text", text, longest=LONGEST_TEXT) for code, text in (texts or {}).items()}
    at = context.clock()
    with disk_refusals(context.home), context.database.write() as session:
        recent = set() if again else told_since(session, month, at - ONCE_IN)
        people = StationPeople(session, local_today(context))
        made: list[Reminder] = []
        left_out: list[LeftOut] = []
        for each in asked:
            text = given.get(each.station.code) or each.text
            used = []
            for channel in wanted:
                addresses = _addresses(session, people, each.station, channel)
                why = "" if addresses else _LACKING[channel]
                if (each.station.id, channel) in recent:
                    why = "urged_today"
                if why:
                    left_out.append(
                        LeftOut(station=each.station.code, station_name=each.station.name, channel=channel, why=why)
                    )
                    continue
                used.append(channel)
                made += [
                    add_reminder(session, context, each, month, channel=channel, address=address, text=text, at=at)
                    for address in addresses
                ]
            if used:
                record(
                    session,
                    context,
                    at=at,
                    action="reminder.made",
                    subject=each.station.code,
                    month=str(month),
                    channels=used,
                )
        views = {each.station.id: each.station for each in asked}
        for row in made:
            if row.channel == "email":
                _mail(session, context, row, views[row.station_id].name, f"{site}{link_to(context, identity(row))}")
        return Urged(made=reminder_views(session, made, views), left_out=left_out)


def list_reminders(context: Context, month: Month) -> list[ReminderView]:
    """Of the stations within reach, the newest first: what was sent, opened and answered."""
    reached = reached_stations(context, Right.STATIONS_URGE)
    with context.database.read() as session:
        query = select(Reminder).where(Reminder.month == str(month)).order_by(col(Reminder.id).desc())
        rows = [row for row in session.exec(query) if reached is None or row.station_id in reached]
        return reminder_views(session, rows, views_of(context, session, month, {row.station_id for row in rows}))


def views_of(context: Context, session: Session, month: Month, keys: Iterable[int]) -> dict[int, StationView]:
    """Of the stations with these keys, as they are in the month."""
    stations = session.exec(select(Station).where(col(Station.id).in_(list(keys)))).all()
    views = station_views(session, stations, day_in(month, local_today(context)))
    return {view.id: view for view in views}


def add_reminder(
    session: Session,
    context: Context,
    lacking: Lacking,
    month: Month,
    *,
    channel: str,
    address: str,
    text: str,
    at: datetime,
) -> Reminder:
    """In the caller's transaction, which records it. What is on a page is sent; a webhook's message is due."""
    row = Reminder(
        station_id=lacking.station.id,
        month=str(month),
        channel=channel,
        address=address,
        text=text,
        figures=msgspec.to_builtins(lacking.figures),
        made_at=at,
        made_by=context.who.name,
        sent_at=at if channel == "page" else None,
        next_try_at=at if channel == "webhook" else None,
    )
    session.add(row)
    session.flush()
    return row


def link_to(context: Context, number: int) -> str:
    """The path of a reminder's own address: whoever has it can say that it was opened, and nothing else."""
    return f"{LINK}{number}/{signed(context.secret, PURPOSE, str(number))}"


def _channels(context: Context, channels: Iterable[str]) -> list[str]:
    wanted = set(channels)
    if not wanted or not wanted <= set(CHANNELS):
        raise BadField(field="channels", value=", ".join(sorted(wanted)), expected=", ".join(CHANNELS))
    if "email" in wanted and context.mail is None:
        raise MailServerMissing
    return [channel for channel in CHANNELS if channel in wanted]


def chosen(context: Context, month: Month, stations: Sequence[str] | None) -> list[Lacking]:
    """The stations with these codes, or those that are usually urged. Raises what `urge` does about them."""
    if stations is not None and not stations:
        raise BadField(field="stations", value="", expected=_("ít nhất một mã đài"))
    known = whom_to_urge(context, month)
    if stations is None:
        usual = [each for each in known if each.usual]
        if not usual:
            raise NobodyToUrge(month=str(month))
        return usual
    by_code = {each.station.code: each for each in known}
    reached = reached_stations(context, Right.STATIONS_URGE)
    with context.database.read() as session:
        for code in stations:
            key = identity(find_station(session, code, month))
            if reached is not None and key not in reached:
                raise OutOfReach(right=Right.STATIONS_URGE, named=code)
            if code not in by_code:
                raise NothingToUrge(station=code, month=str(month))
    return [by_code[code] for code in dict.fromkeys(stations)]


def _lacking(context: Context, session: Session, month: Month, at: datetime) -> list[Lacking]:
    rules = {code: name for code, (name, _ground) in rule_texts(session).items()}
    people = StationPeople(session, local_today(context))
    last = dict(
        session.exec(
            select(Reminder.station_id, func.max(col(Reminder.made_at)))
            .where(Reminder.month == str(month))
            .group_by(col(Reminder.station_id))
        ).all()
    )
    return [
        _one(context, session, proved, short, month=month, at=at, rules=rules, people=people, last=last)
        for proved in proved_stations(context, session, month, at)
        if (short := [each for each in proved.verdicts if is_short(each)])
    ]


def is_short(verdict: ProofVerdict | ProofView) -> bool:
    """Of a minimum, and nothing says that it will be met."""
    return verdict.kind == "min" and verdict.status in _SHORT and verdict.short_ms > 0


def _one(
    context: Context,
    session: Session,
    proved: Proved,
    short: Sequence[ProofVerdict],
    *,
    month: Month,
    at: datetime,
    rules: Mapping[str, str],
    people: StationPeople,
    last: Mapping[int, datetime],
) -> Lacking:
    view = proved.view
    figures = [
        ShortFigure(
            rule=each.rule,
            rule_name=rules.get(each.rule, each.rule),
            required_ms=each.required_ms,
            counted_ms=each.counted_ms,
            short_ms=each.short_ms,
            to_come_ms=each.to_come_ms,
            status=each.status.value,
        )
        for each in short
    ]
    missed = [each.slot.start for each in proved.reconciled.slots if each.outcome is Outcome.MISSED]
    return Lacking(
        station=view,
        figures=figures,
        missed=len(missed),
        usual=bool(missed) or any(each.status in _URGENT for each in short),
        text=reminder_text(context, name=view.name, month=month, at=at, figures=figures, missed=missed),
        addresses=len(people.addresses(proved.row.unit_id)),
        webhooks=len(living_webhooks(session, view.id)),
        last_urged_at=last.get(view.id),
    )


def told_since(session: Session, month: Month, since: datetime) -> set[tuple[int, str]]:
    """Stations, by their keys, and the channels by which they were urged about the month after that time."""
    rows = session.exec(
        select(Reminder.station_id, Reminder.channel).where(Reminder.month == str(month), col(Reminder.made_at) > since)
    )
    return set(rows.all())


def _addresses(session: Session, people: StationPeople, station: StationView, channel: str) -> list[str]:
    """One for each message by the channel."""
    if channel == "email":
        return people.addresses(session.get_one(Station, station.id).unit_id)
    return sorted(living_webhooks(session, station.id)) if channel == "webhook" else [""]


def _mail(session: Session, context: Context, row: Reminder, name: str, link: str) -> None:
    subject, body = mail_of(name=name, month=Month.parse(row.month), text=row.text, link=link)
    mail.queue(session, context, key=letter_key(row), address=row.address, subject=subject, body=body)
