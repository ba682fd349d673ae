"""The planner: a month's slots for all stations, from an instance alone.

`make_plan` is the whole of it.
"""

from schedules.planner.province import make_plan

__all__ = ["make_plan"]
