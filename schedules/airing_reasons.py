"""Why an item, a slot or a statement came out as it did: a value for each kind of reason, and whom it rests on.

Every reason has `uids`, sorted: the statements behind it. A reason with `doubt` puts its slot on the review queue.
Times are milliseconds since the epoch, durations and offsets milliseconds; an offset is positive when it was later.
`REASONS` lists all kinds in the order in which they are told.
"""

from itertools import pairwise
from typing import Any, ClassVar, get_args

from msgspec import Struct, to_builtins

from schedules.as_run import Grade


class Reason(Struct, frozen=True, kw_only=True, tag_field="code"):
    """What all reasons have."""

    doubt: ClassVar[bool] = False

    uids: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return str(self.__struct_config__.tag)

    @property
    def facts(self) -> dict[str, Any]:
        """All but the code, as JSON values."""
        facts: dict[str, Any] = to_builtins(self)
        del facts["code"]
        return facts


class Decided(Reason, frozen=True, kw_only=True, tag="decided"):
    """The strongest statement says that `ms` of `planned_ms` were aired."""

    grade: Grade
    ms: int
    planned_ms: int


class NotAired(Reason, frozen=True, kw_only=True, tag="not_aired"):
    """The strongest statement says that it was not aired; `said` is its reason in its own words."""

    grade: Grade
    said: str


class Short(Reason, frozen=True, kw_only=True, tag="short"):
    """More is missing than the tolerances allow."""

    ms: int
    planned_ms: int


class Late(Reason, frozen=True, kw_only=True, tag="late"):
    """It began `by_ms` after its planned start (negative: before), more than is tolerated; it counts all the same."""

    by_ms: int


class MatchedByTime(Reason, frozen=True, kw_only=True, tag="matched_by_time"):
    """The statement names no slot; this was the nearest planned start of its segment, `by_ms` away."""

    by_ms: int


class CutToPlanned(Reason, frozen=True, kw_only=True, tag="cut_to_planned"):
    """Said to have sounded longer than planned, beyond tolerance; no more than planned counts."""

    doubt: ClassVar[bool] = True

    said_ms: int
    planned_ms: int


class ClockShifted(Reason, frozen=True, kw_only=True, tag="clock_shifted"):
    """The clock of `source` was `by_ms` ahead (negative: behind): `items` items agree. Its times were set right."""

    doubt: ClassVar[bool] = True

    source: str
    by_ms: int
    items: int


class OffSchedule(Reason, frozen=True, kw_only=True, tag="off_schedule"):
    """The statement names the slot, but a start that is too far off to be that."""

    doubt: ClassVar[bool] = True

    by_ms: int


class Contradicted(Reason, frozen=True, kw_only=True, tag="contradicted"):
    """A weaker statement says aired where the deciding one says not, or the other way round; the stronger counts."""

    doubt: ClassVar[bool] = True

    grade: Grade
    ms: int
    weaker: Grade
    weaker_ms: int


class SaidAgain(Reason, frozen=True, kw_only=True, tag="said_again"):
    """Several statements of one grade say the same of one item; it counts once."""

    grade: Grade
    times: int


class Disagreeing(Reason, frozen=True, kw_only=True, tag="disagreeing"):
    """Several statements of one grade say different things of one item; the most that one of them shows counts.

    `with_slot`: what is said of the whole slot says otherwise than what is said of the item, which counts.
    """

    doubt: ClassVar[bool] = True

    grade: Grade
    least_ms: int
    most_ms: int
    with_slot: bool = False


class AheadOfTime(Reason, frozen=True, kw_only=True, tag="ahead_of_time"):
    """Said to have been aired in a slot that has not begun; it counts for nothing as long as that is so."""

    doubt: ClassVar[bool] = True


class NotCovered(Reason, frozen=True, kw_only=True, tag="not_covered"):
    """The recording in which it was not found does not cover its time, so it says nothing."""


class Corrected(Reason, frozen=True, kw_only=True, tag="corrected"):
    """The statement that counts (first of `holds`) stands in the place of those in `uids`."""

    holds: str


class Judged(Reason, frozen=True, kw_only=True, tag="judged"):
    """The one in `uids` decided on what the statements in `over` say of the item: they count no more."""

    over: tuple[str, ...]
    said: str


class SomethingElse(Reason, frozen=True, kw_only=True, tag="something_else"):
    """Something else sounded in its time: a segment, or what is known by its title alone. `ms` of it was shown."""

    segment: str | None
    title: str
    ms: int


class NoRoom(Reason, frozen=True, kw_only=True, tag="no_room"):
    """A substitute is said to have sounded `said_ms`; what the slot's own items left is `ms`."""

    doubt: ClassVar[bool] = True

    segment: str | None
    title: str
    said_ms: int
    ms: int


class Withdrawn(Reason, frozen=True, kw_only=True, tag="withdrawn"):
    """Said to have been aired although the segment was valid until `valid_to` (ISO date) only."""

    doubt: ClassVar[bool] = True

    segment: str
    valid_to: str


class UnknownSegment(Reason, frozen=True, kw_only=True, tag="unknown_segment"):
    """Nobody knows the segment; it counts nowhere."""

    doubt: ClassVar[bool] = True

    segment: str


class UnknownSlot(Reason, frozen=True, kw_only=True, tag="unknown_slot"):
    """The statement names a slot that the station does not have."""

    doubt: ClassVar[bool] = True

    slot: str


class NotDelivered(Reason, frozen=True, kw_only=True, tag="not_delivered"):
    """The station did not have the file when it was due."""

    segment: str


class NothingSaid(Reason, frozen=True, kw_only=True, tag="nothing_said"):
    """It was over at `ended_ms`; a statement is waited for until `until_ms`."""

    ended_ms: int
    until_ms: int


class NotDue(Reason, frozen=True, kw_only=True, tag="not_due"):
    """It ends at `ends_ms` only."""

    ends_ms: int


AiringReason = (
    Decided
    | NotAired
    | Short
    | Late
    | MatchedByTime
    | CutToPlanned
    | ClockShifted
    | OffSchedule
    | Contradicted
    | SaidAgain
    | Disagreeing
    | AheadOfTime
    | NotCovered
    | Corrected
    | Judged
    | SomethingElse
    | NoRoom
    | Withdrawn
    | UnknownSegment
    | UnknownSlot
    | NotDelivered
    | NothingSaid
    | NotDue
)

REASONS: tuple[type[Reason], ...] = get_args(AiringReason)

_ORDER = {kind: place for place, kind in enumerate(REASONS)}


def in_order(reasons: set[AiringReason]) -> tuple[AiringReason, ...]:
    """Each once, by kind as in `REASONS`, then by the statements behind it and what it says."""
    if len(reasons) < 2:
        return tuple(reasons)
    ordered = sorted(reasons, key=_place)
    # Writing each out takes longer than all else, and hardly ever do two have one place.
    if any(_place(one) == _place(other) for one, other in pairwise(ordered)):
        ordered.sort(key=lambda each: (*_place(each), repr(each)))
    return tuple(ordered)


def _place(reason: Reason) -> tuple[int, tuple[str, ...]]:
    return _ORDER[type(reason)], reason.uids
