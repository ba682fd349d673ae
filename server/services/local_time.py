"""Days as people at the stations count them: the province keeps one zone."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from schedules.months import Month
from server.services.context import Context

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def local_today(context: Context) -> date:
    """At 17:00 UTC the stations' next day has begun."""
    return context.clock().astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """The first minute of the local day, aware."""
    return datetime.combine(day, time.min, ZONE)


def day_in(month: Month, today: date) -> date:
    """Today, or the day of the month that is nearest to it: the day on which a month is looked at."""
    return min(max(today, month.first_date), month.last_date)
