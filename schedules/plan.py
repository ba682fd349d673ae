"""An answer to a planning problem: the values of the exchange format `loa-plan/1` (`plan.schema.json`)."""

from typing import Any, Literal

from msgspec import Struct

from schedules.problem import Code, Duration, MonthText, Positive, Share, Slot


class Verdict(Struct, frozen=True, kw_only=True):
    """What a rule of kind `min` or `max` says of a station.

    For a maximum `required_ms` is the most allowed, `planned_ms` the fullest period, `short_ms` 0.
    A reason is {"code": …} with facts, all of them JSON values.
    """

    rule: Code
    station: Code
    required_ms: Duration
    planned_ms: Duration
    short_ms: Duration
    reasons: tuple[dict[str, Any], ...] = ()


class TermScores(Struct, frozen=True, kw_only=True):
    """The wishes of a station and column: each term unweighted, `cost` their weighted sum."""

    station: Code
    column: Code
    terms: dict[str, float]
    cost: float


class MustAirMissed(Struct, frozen=True, kw_only=True):
    """Owed airings that the plan has no place for."""

    segment: Code
    station: Code
    missed: Positive


class Conflict(Struct, frozen=True, kw_only=True):
    """What a kept or relayed slot breaks beside others of those: `code` is H1 to H7, `what` a fact for machines."""

    slot: Code
    station: Code
    code: str
    what: str


class Plan(Struct, frozen=True, kw_only=True):
    """Slots sorted by station and start; `uncovered` is the share of eligible segments aired nowhere."""

    format: Literal["loa-plan/1"]
    month: MonthText
    slots: tuple[Slot, ...]
    verdicts: tuple[Verdict, ...]
    terms: tuple[TermScores, ...]
    must_air_missed: tuple[MustAirMissed, ...]
    conflicts: tuple[Conflict, ...]
    uncovered: Share
