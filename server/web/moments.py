"""Moments as people tell them: how long ago or until, with weekday, date and time in Vietnamese time beside it."""

from datetime import datetime, timedelta

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from server import formats
from server.services.local_time import ZONE
from server.texts import _

NEAR = timedelta(days=7)
"""What is nearer is told by how far it is, what is further by its date."""


def full(value: datetime) -> str:
    """For example «17:15 Thứ Ba 08/12/2026»."""
    local = value.astimezone(ZONE)
    return f"{formats.clock(value, ZONE)} {formats.weekday(local.date())} {formats.day(local.date())}"


def distance(value: datetime, now: datetime) -> str:
    """Rounded down, for example «3 giờ trước» or «2 ngày nữa»."""
    seconds = int((value - now).total_seconds())
    minutes, hours, days = abs(seconds) // 60, abs(seconds) // 3600, abs(seconds) // 86_400
    if not minutes:
        return _("vừa xong") if seconds <= 0 else _("ngay bây giờ")
    if days:
        return _("{days} ngày trước", days=days) if seconds < 0 else _("{days} ngày nữa", days=days)
    if hours:
        return _("{hours} giờ trước", hours=hours) if seconds < 0 else _("{hours} giờ nữa", hours=hours)
    return _("{minutes} phút trước", minutes=minutes) if seconds < 0 else _("{minutes} phút nữa", minutes=minutes)


@pass_context
def when(context: Context, value: datetime) -> Markup:
    """A filter: what is near by how far it is from the page's moment, all else by its date; the other is its title."""
    now: datetime = context["asked_at"]
    shown, besides = full(value), distance(value, now)
    if abs(value - now) < NEAR:
        shown, besides = besides, shown
    stamp = f"{value.astimezone(ZONE):%Y-%m-%dT%H:%M:%S%z}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(f"{stamp[:-2]}:{stamp[-2:]}", besides, shown)
