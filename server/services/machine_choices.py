"""What an administrator can choose from where machines are given their tokens."""

from schedules.months import Month
from server.services import scopes
from server.services.context import Context
from server.services.local_time import local_today
from server.services.registry import list_stations
from server.services.rights import Right
from server.services.views import StationView

_ALL = 1_000_000


def managed_stations(context: Context) -> list[StationView]:
    """The stations of this month that the administrator sees to."""
    today = local_today(context)
    reached = scopes.reached_stations(context, Right.MACHINES_MANAGE)
    stations = list_stations(context, month=Month.of(today), limit=_ALL).items
    return [each for each in stations if reached is None or each.id in reached]
