"""Why a minimum is missed: a value for each kind of reason, carried by verdicts as {"code": …} with its facts.

A reason is binding: without what it names the shortfall could be smaller. `needed_ms` is what the rule asks for
beyond what kept and relayed slots give; `available_ms` the most that the named limit alone leaves of it.
"""

from datetime import date
from typing import Any

from msgspec import Struct, ValidationError, convert, to_builtins


class NoSessions(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_sessions"):
    """No session occurs on any date of the month, blackouts aside."""


class Dark(Struct, frozen=True, kw_only=True, tag_field="code", tag="dark"):
    """Blackouts and cancellations cover all that is left of the month: `days` dates of it."""

    days: int


class MonthOver(Struct, frozen=True, kw_only=True, tag_field="code", tag="month_over"):
    """Nothing can be added to a month that is past."""


class Frozen(Struct, frozen=True, kw_only=True, tag_field="code", tag="frozen"):
    """What is left of the month lies before the freeze."""


class NoOccurrence(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_occurrence"):
    """Sessions occurred, none does (or has free time) in what is left of the month."""


class NoSegments(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_segments"):
    """No segment counts; those of the problem by what keeps each out first. `languages`: the rule's, if it limits."""

    column: str = ""
    other_column: int = 0
    other_language: int = 0
    not_meant: int = 0
    not_valid: int = 0
    languages: tuple[str, ...] = ()


class SegmentsTooLong(Struct, frozen=True, kw_only=True, tag_field="code", tag="segments_too_long"):
    """The shortest segment that counts is longer than any slot's content."""

    shortest_ms: int
    most_ms: int


class SegmentsTooShort(Struct, frozen=True, kw_only=True, tag_field="code", tag="segments_too_short"):
    """All segments that are valid on a date do not fill the shortest slot together."""

    total_ms: int
    least_ms: int


class SessionsTooShort(Struct, frozen=True, kw_only=True, tag_field="code", tag="sessions_too_short"):
    """The longest free time is shorter than any slot that can be made."""

    longest_ms: int
    least_ms: int


class NotEnoughSegments(Struct, frozen=True, kw_only=True, tag_field="code", tag="not_enough_segments"):
    """`after`: the last date with more valid segments than the `left` that remain to the end. `once`: repeats are
    not counted."""

    segments: int
    available_ms: int
    needed_ms: int
    after: date | None = None
    left: int = 0
    once: bool = False


class Separation(Struct, frozen=True, kw_only=True, tag_field="code", tag="separation"):
    """Without the distance between airings of a segment there would be enough. `days` is the column's."""

    available_ms: int
    needed_ms: int
    days: int | None = None


class MonthlyLimit(Struct, frozen=True, kw_only=True, tag_field="code", tag="monthly_limit"):
    """Without the limit of airings a month there would be enough. `times` is the column's."""

    available_ms: int
    needed_ms: int
    times: int


class NoRoom(Struct, frozen=True, kw_only=True, tag_field="code", tag="no_room"):
    """Free time, slots a day and their longest length."""

    available_ms: int
    needed_ms: int


class SlotsPerDay(Struct, frozen=True, kw_only=True, tag_field="code", tag="slots_per_day"):
    """With one slot more a date there would be more room."""

    most: int


class DarkDays(Struct, frozen=True, kw_only=True, tag_field="code", tag="dark_days"):
    """Dates left without broadcast by blackouts and cancellations."""

    days: int


class DaysPast(Struct, frozen=True, kw_only=True, tag_field="code", tag="days_past"):
    """Broadcast dates before `first`, from which on slots can be added."""

    days: int
    first: date


class MaxRule(Struct, frozen=True, kw_only=True, tag_field="code", tag="max_rule"):
    rule: str
    available_ms: int
    needed_ms: int


class RulesContradict(Struct, frozen=True, kw_only=True, tag_field="code", tag="rules_contradict"):
    """Maximum `rule` allows less a month than the minimum asks for, whatever is planned."""

    rule: str
    most_ms: int
    least_ms: int


class DoesNotCombine(Struct, frozen=True, kw_only=True, tag_field="code", tag="does_not_combine"):
    """Each limit alone would leave enough; the planner found no plan that keeps all."""

    needed_ms: int


Reason = (
    NoSessions
    | Dark
    | MonthOver
    | Frozen
    | NoOccurrence
    | NoSegments
    | SegmentsTooLong
    | SegmentsTooShort
    | SessionsTooShort
    | NotEnoughSegments
    | Separation
    | MonthlyLimit
    | NoRoom
    | SlotsPerDay
    | DarkDays
    | DaysPast
    | MaxRule
    | RulesContradict
    | DoesNotCombine
)


def as_facts(reason: Reason) -> dict[str, Any]:
    """{"code": …} with JSON values."""
    facts: dict[str, Any] = to_builtins(reason)
    return facts


def read_reason(facts: dict[str, Any]) -> Reason | None:
    """None for a code or facts that are not known here: plans may come from elsewhere."""
    try:
        reason: Reason = convert(facts, Reason)
    except ValidationError:
        return None
    return reason
