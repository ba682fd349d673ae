"""What is shown of urging: whom to urge, what was sent to whom, and what came of it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlmodel import Session

from server.db.airing import Reminder
from server.services import mail
from server.services.outgoing import shown_address
from server.services.rows import identity
from server.services.views import StationView

CHANNELS = ("page", "email", "webhook")


class ShortFigure(Struct, frozen=True, kw_only=True):
    """A minimum that the station is short of; `to_come_ms` is planned and still to come."""

    rule: str
    rule_name: str
    required_ms: int
    counted_ms: int
    short_ms: int
    to_come_ms: int
    status: str


class Lacking(Struct, frozen=True, kw_only=True):
    """A station that is short; `missed` are its slots that were not aired, or not reported in time.

    `usual`: it is urged where no stations are named. `text` is what it would be told. `addresses` and `webhooks` are
    how many there are to send to; `last_urged_at` is of the month, by whatever channel.
    """

    station: StationView
    figures: list[ShortFigure]
    missed: int
    usual: bool
    text: str
    addresses: int
    webhooks: int
    last_urged_at: datetime | None


class ReminderView(Struct, frozen=True, kw_only=True):
    """state: waiting (for its next try), sent, failed (given up), made (a letter on paper, which others send).

    `address` of a webhook ends behind its host. `opened_at`: it was shown to somebody of the station, or the link in
    the mail was followed.
    """

    id: int
    station: str
    station_name: str
    month: str
    channel: str
    address: str
    text: str
    figures: list[ShortFigure]
    made_at: datetime
    made_by: str
    state: str
    tries: int
    sent_at: datetime | None
    next_try_at: datetime | None
    failure: str | None
    opened_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    answer: str


class LeftOut(Struct, frozen=True, kw_only=True):
    """why: urged_today, no_address, no_webhook."""

    station: str
    station_name: str
    channel: str
    why: str


class Urged(Struct, frozen=True, kw_only=True):
    made: list[ReminderView]
    left_out: list[LeftOut]


def letter_key(reminder: Reminder) -> str:
    """Of its letter among those that leave by e-mail."""
    return f"reminder {identity(reminder)}"


def reminder_views(
    session: Session, rows: Iterable[Reminder], stations: dict[int, StationView], *, addresses: bool = True
) -> list[ReminderView]:
    """In their order; `stations` by their keys. Without `addresses` nobody's is told."""
    shown = list(rows)
    letters = mail.whereabouts(session, [letter_key(row) for row in shown if row.channel == "email"])
    return [_view(row, stations[row.station_id], letters, addresses=addresses) for row in shown]


def _view(
    row: Reminder, station: StationView, letters: dict[str, mail.Whereabouts], *, addresses: bool
) -> ReminderView:
    own = mail.Whereabouts(tries=row.tries, sent_at=row.sent_at, next_try_at=row.next_try_at, failure=row.failure)
    way = letters.get(letter_key(row), own) if row.channel == "email" else own
    address = shown_address(row.address) if row.channel == "webhook" else row.address
    return ReminderView(
        id=identity(row),
        station=station.code,
        station_name=station.name,
        month=row.month,
        channel=row.channel,
        address=address if addresses else "",
        text=row.text,
        figures=msgspec.convert(row.figures, list[ShortFigure]),
        made_at=row.made_at,
        made_by=row.made_by,
        state=_state(row.channel, way),
        tries=way.tries,
        sent_at=way.sent_at,
        next_try_at=way.next_try_at,
        failure=None if way.sent_at else way.failure,
        opened_at=row.opened_at,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        answer=row.answer,
    )


def _state(channel: str, way: mail.Whereabouts) -> str:
    if channel == "letter":
        return "made"
    if way.sent_at is not None:
        return "sent"
    return "failed" if way.next_try_at is None else "waiting"
