"""Webhook messages that are due are sent, each signed; what fails is tried again for some hours, then given up.

What is sent, by POST, is JSON. `Loa-Signature` is "v1=" and the HMAC-SHA-256 (hex), with the webhook's secret as key
(UTF-8), over `Loa-Timestamp` (seconds since the epoch), a full stop, and the body. `Loa-Delivery` is the same at each
try of a message. An answer of 2xx takes it.
"""

import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.airing import Reminder, Webhook
from server.services import audit
from server.services.context import Context
from server.services.outgoing import post
from server.services.reminder_refusals import WebhookAddressRefused, WebhookUnreachable
from server.services.reminders import views_of
from server.services.rows import identity
from server.services.webhooks import living_webhooks, secret_of

# Why a message did not arrive, beside what the network says.
ENDED, UNREADABLE, PRIVATE, KILLED = "webhook_ended", "secret_unreadable", "address_private", "broken_off"
# How long after each try that failed; one more try after the last.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60))
_MOST_AT_ONCE = 100
# Receivers that are silent keep nobody else waiting long.
_SIDE_BY_SIDE = 8
_TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    url: str
    body: bytes
    headers: dict[str, str]


def send_due(context: Context, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """How many were taken. A message that waits is put off before it is sent, so two processes do not send the same.

    A process that is killed in between has it tried again after the wait; it may then arrive twice.
    """
    due = _due(context)
    if not due:
        return 0
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="loa-webhooks") as threads:
        return sum(threads.map(lambda key: not stopping() and _send(context, key), due))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """As it stands in the header."""
    made = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"v1={made.hexdigest()}"


def _due(context: Context) -> list[int]:
    with context.database.read() as session:
        rows = session.exec(
            select(Reminder)
            .where(Reminder.channel == "webhook", col(Reminder.next_try_at) <= context.clock())
            .order_by(col(Reminder.next_try_at), col(Reminder.id))
            .limit(_MOST_AT_ONCE)
        ).all()
        return [identity(row) for row in rows]


def _send(context: Context, key: int) -> bool:
    message = _take(context, key)
    if message is None:
        return False
    try:
        status = post(message.url, message.body, message.headers, private=context.private_webhooks)
        failure = None if status in _TAKEN else f"HTTP {status}"
    except WebhookUnreachable as refusal:
        failure = refusal.reason
    except WebhookAddressRefused:
        failure = PRIVATE
    _note(context, key, failure)
    return failure is None


def _take(context: Context, key: int) -> Message | None:
    """The message, put off; None where somebody else has taken it or there is nowhere to send it any more."""
    at = context.clock()
    with context.database.write() as session:
        row = session.get_one(Reminder, key)
        if row.next_try_at is None or row.next_try_at > at:
            return None
        if row.tries > len(WAITS):
            _give_up(session, context, row, row.failure or KILLED)  # killed in the middle of the last try
            return None
        row.next_try_at = at + WAITS[min(row.tries, len(WAITS) - 1)]
        row.tries += 1
        session.add(row)
        webhook = living_webhooks(session, row.station_id).get(row.address)
        if webhook is None:
            _give_up(session, context, row, ENDED)
            return None
        secret = secret_of(context, webhook)
        if secret is None:
            _give_up(session, context, row, UNREADABLE)
            return None
        return _message(session, context, row, webhook, secret)


def _message(session: Session, context: Context, row: Reminder, webhook: Webhook, secret: str) -> Message:
    month = Month.parse(row.month)
    station = views_of(context, session, month, {row.station_id})[row.station_id]
    body = msgspec.json.encode(
        {
            "event": "station.urged",
            "id": identity(row),
            "station": {"code": station.code, "name": station.name},
            "month": row.month,
            "made_at": row.made_at,
            "figures": row.figures,
            "text": row.text,
        }
    )
    timestamp = str(int(context.clock().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Loa",
        "Loa-Delivery": f"reminder-{identity(row)}",
        "Loa-Timestamp": timestamp,
        "Loa-Signature": signature(secret, timestamp, body),
    }
    return Message(url=webhook.url, body=body, headers=headers)


def _note(context: Context, key: int, failure: str | None) -> None:
    with context.database.write() as session:
        row = session.get_one(Reminder, key)
        if failure is None:
            row.sent_at, row.next_try_at, row.failure = context.clock(), None, None
        elif row.tries > len(WAITS):
            _give_up(session, context, row, failure)
        else:
            row.failure = failure
        session.add(row)


def _give_up(session: Session, context: Context, row: Reminder, failure: str) -> None:
    row.next_try_at, row.failure = None, failure
    session.add(row)
    station = views_of(context, session, Month.parse(row.month), {row.station_id})[row.station_id]
    audit.record(
        session,
        context,
        at=context.clock(),
        action="reminder.given_up",
        subject=station.code,
        number=identity(row),
        month=row.month,
        reason=failure,
    )
