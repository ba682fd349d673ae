"""Webhooks of stations: where a station's own system wants to be told. Each has a secret that signs what it gets."""

from datetime import datetime

from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.airing import Webhook
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hidden import new_secret
from server.services.local_time import local_today
from server.services.outgoing import require_address, shown_address
from server.services.reminder_refusals import WebhookKnown, WebhookUnknown
from server.services.rows import identity, is_key
from server.services.sealed import seal, unseal
from server.services.stations import find_station

_PURPOSE = "webhook"


class WebhookView(Struct, frozen=True, kw_only=True):
    """`ended_at` is set once nothing is sent there any more."""

    number: int
    station: str
    url: str
    made_at: datetime
    made_by: str
    ended_at: datetime | None


class IssuedWebhook(Struct, frozen=True, kw_only=True):
    """The only time that the secret is told."""

    webhook: WebhookView
    secret: str


def add_webhook(context: Context, code: str, url: str) -> IssuedWebhook:
    """For the station that has the code this month. Raises UnknownStation, WebhookAddressRefused, WebhookKnown."""
    kept = require_address(url.strip(), private=context.private_webhooks)
    secret = new_secret()
    with disk_refusals(context.home), context.database.write() as session:
        station = identity(find_station(session, code, Month.of(local_today(context))))
        known = living_webhooks(session, station).get(kept)
        if known is not None:
            raise WebhookKnown(url=shown_address(kept), number=identity(known))
        row = Webhook(
            station_id=station,
            url=kept,
            secret=seal(context.secret, _PURPOSE, secret, bound=f"{station} {kept}"),
            made_at=context.clock(),
            made_by=context.who.name,
        )
        session.add(row)
        session.flush()
        record(
            session,
            context,
            at=context.clock(),
            action="webhook.added",
            subject=code,
            number=identity(row),
            address=shown_address(kept),
        )
        return IssuedWebhook(webhook=_view(row, code), secret=secret)


def end_webhook(context: Context, code: str, number: int) -> WebhookView:
    """Nothing more is sent there, nor what still waits; once more is the same. Raises UnknownStation, WebhookUnknown."""
    with disk_refusals(context.home), context.database.write() as session:
        station = identity(find_station(session, code, Month.of(local_today(context))))
        row = session.get(Webhook, number) if is_key(number) else None
        if row is None or row.station_id != station:
            raise WebhookUnknown(station=code, number=number)
        if row.ended_at is None:
            row.ended_at = context.clock()
            session.add(row)
            record(session, context, at=row.ended_at, action="webhook.ended", subject=code, number=number)
        return _view(row, code)


def list_webhooks(context: Context, code: str) -> list[WebhookView]:
    """Of the station, the newest first, also those that have ended. Raises UnknownStation."""
    with context.database.read() as session:
        station = identity(find_station(session, code, Month.of(local_today(context))))
        rows = session.exec(select(Webhook).where(Webhook.station_id == station).order_by(col(Webhook.id).desc()))
        return [_view(row, code) for row in rows]


def living_webhooks(session: Session, station_id: int) -> dict[str, Webhook]:
    """By their addresses."""
    rows = session.exec(select(Webhook).where(Webhook.station_id == station_id, col(Webhook.ended_at).is_(None)))
    return {row.url: row for row in rows}


def secret_of(context: Context, row: Webhook) -> str | None:
    """None: sealed by an installation with another secret."""
    return unseal(context.secret, _PURPOSE, row.secret, bound=f"{row.station_id} {row.url}", at=context.clock())


def _view(row: Webhook, code: str) -> WebhookView:
    return WebhookView(
        number=identity(row),
        station=code,
        url=row.url,
        made_at=row.made_at,
        made_by=row.made_by,
        ended_at=row.ended_at,
    )
