"""To which month a statement without a slot belongs, where it was made near midnight between two months.

Each statement is of one month only, so that nothing counts in two: the month of the planned airing that it finds.
"""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from schedules.as_run import AsRun, Tolerances
from schedules.clock_shifts import ClockShift
from schedules.instants import DAY_MS, from_ms, to_ms
from schedules.months import Month
from schedules.places import Places, nearest, slot_at


def edge_near(start_ms: int, zone: ZoneInfo, tolerances: Tolerances, *, shared_clock: bool) -> Month | None:
    """The other month whose plan it may speak of; a clock that others share may be off by a day."""
    reach_ms = tolerances.match_ms + (DAY_MS + tolerances.late_ms if shared_clock else 0)
    own = Month.of(from_ms(start_ms, zone))
    first_ms, end_ms = (to_ms(bound) for bound in own.bounds(zone))
    if start_ms - first_ms <= reach_ms:
        return own.previous()
    return own.next() if end_ms - start_ms <= reach_ms else None


def months_of(
    laid: Places,
    statements: Sequence[AsRun],
    clocks: Mapping[str, ClockShift],
    zone: ZoneInfo,
    tolerances: Tolerances,
) -> dict[str, Month]:
    """By uid: the month of the nearest planned start of its segment within `match_ms`, else of the slot in whose time
    it lies, a slot that runs over midnight being of the month in which it starts, else of its own start.

    `laid`: the station's slots of the months on both sides; `clocks`: the sources known to be wrong; of statements
    without a start nothing is told.
    """
    found: dict[str, Month] = {}
    for statement in statements:
        if statement.start_ms is None:
            continue
        shift = clocks.get(statement.source)
        start_ms = statement.start_ms - (shift.by_ms if shift is not None else 0)
        near = [
            place
            for place in laid.of_segment.get(statement.segment or "", ())
            if abs(place.start_ms - start_ms) <= tolerances.match_ms
        ]
        number = nearest(near, start_ms).slot_number if near else slot_at(laid, start_ms)
        at_ms = start_ms if number is None else laid.starts[number]
        found[statement.uid] = Month.of(from_ms(at_ms, zone))
    return found
