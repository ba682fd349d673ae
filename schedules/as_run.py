"""What was aired, as values: statements of stations, devices and recordings about their air.

Times are whole milliseconds since the epoch (`schedules.instants`), durations whole milliseconds. A statement is only
ever added; one that corrects another names it. Statements are told apart by `uid`, never by when they came.
"""

from enum import IntEnum

from msgspec import Struct


class Grade(IntEnum):
    """How well something is known, the weakest first."""

    PLANNED = 0  # nobody has said anything yet
    DELIVERED = 1  # the station has the files, verified by their hashes
    REPORTED = 2  # a person says so
    LOGGED = 3  # the device that played it says so
    HEARD = 4  # it was found in a recording of the air


class AsRun(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One statement about a station's air.

    With `slot` and no `segment` it speaks of the whole slot, all its items as planned; with both, of one item; with
    none of them of something that was aired then, known by its `title` alone. `aired` False says that it was not
    aired, and `reason` why. `start_ms` is by the true clock, as far as it is known, and None where only the slot is
    known; of a whole slot the start of the slot. `duration_ms` is how long it sounded; None: whole, as planned; of a whole
    slot from its start on, opening included. `covers_from_ms` and `covers_to_ms`, of HEARD statements that something was
    not aired, bound the recording in which it was looked for (None: all of it was covered). `source` names the device or
    batch whose clock gave `start_ms`; "" where nobody's clock is shared. `judged`: it is the decision of who looked at
    what had been said until `made_at_ms`, of which `corrects` names one; see `schedules.judgements`.
    """

    uid: str
    station: str
    grade: Grade
    made_at_ms: int
    aired: bool = True
    slot: str | None = None
    segment: str | None = None
    title: str = ""
    start_ms: int | None = None
    duration_ms: int | None = None
    reason: str = ""
    corrects: str | None = None
    source: str = ""
    covers_from_ms: int | None = None
    covers_to_ms: int | None = None
    judged: bool = False


class Tolerances(Struct, frozen=True, kw_only=True):
    """How far what was aired may lie from what was planned and still be that.

    `late_ms`: a start that is off by more, either way, is `late` (or early) and still counts; `match_ms`: a start that
    is off by more belongs to no slot; `short_ms` and `short_share`: missing airtime is told as `short` when it is more
    than both. `report_within_ms`: after a slot's end, so long nothing said is `unknown`, then it is missed.
    `clock_agree_ms`: the starts of one source that are off by amounts no further apart are off by the same.
    """

    late_ms: int = 120_000
    match_ms: int = 3_600_000
    short_ms: int = 3_000
    short_share: float = 0.02
    report_within_ms: int = 72 * 3_600_000
    clock_agree_ms: int = 60_000
