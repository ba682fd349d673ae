"""Where a station will stand at the end of the month if nothing changes, and why.

Of what is still to come, as much is expected to count as of what was due so far. Early in the month little was due, so
a prior is mixed in: as if half an hour had been due and all of it counted. A month that is only planned is expected to
be aired as it is planned: who has given no cause for doubt is not doubted.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from schedules.airing_results import ItemResult, Outcome, Reconciled, SlotResult
from schedules.as_run import Grade
from schedules.instants import DAY_MS
from schedules.proof import ProofVerdict

PRIOR_MS = 1_800_000
SILENT_DAYS = 3


class Cause(StrEnum):
    """Why a station will miss its minimum, in the order in which they are told; each with its facts."""

    TOO_LITTLE_PLANNED = "too_little_planned"
    """Even all that is planned is not enough: `ms` short of what is required."""
    NOT_DELIVERED = "not_delivered"
    """`items` items, `ms` of airtime, that are waited for or begin within a day, without files at the station."""
    NOTHING_REPORTED = "nothing_reported"
    """Nothing was said of what was due in the last `days` whole days, at least `SILENT_DAYS`."""
    SLOTS_MISSED = "slots_missed"
    """`items` slots missed, short or substituted, `ms` of airtime that was planned in them and does not count."""
    WEAKLY_PROVED = "weakly_proved"
    """`ms` of airtime are said to have been aired, but by grades below the policy's."""


class ForecastReason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`ms` of airtime; `items` and `days` where the cause has them."""

    code: Cause
    ms: int = 0
    items: int = 0
    days: int = 0


class Forecast(Struct, frozen=True, kw_only=True):
    """`share_percent`: the part of due airtime that counted, prior mixed in, 0 to 100, rounded down; `expected_ms`:
    what will count at the end of the month; `misses`: less than required; `reasons` only then."""

    rule: str
    station: str
    counted_ms: int
    open_ms: int
    share_percent: int
    expected_ms: int
    required_ms: int
    short_ms: int
    misses: bool
    reasons: tuple[ForecastReason, ...] = ()


def expect(verdict: ProofVerdict, reasons: Sequence[ForecastReason] = ()) -> Forecast:
    """The forecast of a minimum's verdict (`schedules.proof.prove` or `schedules.quick_proof`).

    Expected is what counts, and of `to_come_ms` and `awaited_ms` the share of `settled_ms` that counted, at most all;
    with nothing open that is exactly what counts. `reasons` from `causes`, kept when it misses.
    """
    open_ms = verdict.to_come_ms + verdict.awaited_ms
    part, whole = _share(verdict)
    expected_ms = verdict.counted_ms + open_ms * part // whole
    misses = expected_ms < verdict.required_ms
    return Forecast(
        rule=verdict.rule,
        station=verdict.station,
        counted_ms=verdict.counted_ms,
        open_ms=open_ms,
        share_percent=part * 100 // whole,
        expected_ms=expected_ms,
        required_ms=verdict.required_ms,
        short_ms=max(0, verdict.required_ms - expected_ms),
        misses=misses,
        reasons=tuple(reasons) if misses else (),
    )


def expect_with(verdict: ProofVerdict, more_ms: int) -> Forecast:
    """What is expected with `more_ms` of airtime planned beside what is there."""
    planned_ms, to_come_ms = verdict.planned_ms + more_ms, verdict.to_come_ms + more_ms
    return expect(replace(verdict, planned_ms=planned_ms, to_come_ms=to_come_ms))


def lacking_ms(verdict: ProofVerdict) -> int:
    """The least airtime to plan beside what is there, with which what is expected is enough."""
    part, whole = _share(verdict)
    open_ms = -(-(verdict.required_ms - verdict.counted_ms) * whole // part)
    return max(0, open_ms - verdict.to_come_ms - verdict.awaited_ms)


def _share(verdict: ProofVerdict) -> tuple[int, int]:
    """Of what was due, prior mixed in: what counted, and all of it."""
    return min(verdict.counted_ms, verdict.settled_ms) + PRIOR_MS, verdict.settled_ms + PRIOR_MS


def causes(verdict: ProofVerdict, reconciled: Reconciled, *, column: str, now_ms: int) -> tuple[ForecastReason, ...]:
    """What keeps the station's rule from being met, from its slots of the rule's `column` in `reconciled`."""
    slots = [each for each in reconciled.slots if each.slot.column == column]
    found = [
        _too_little(verdict),
        _not_delivered(slots, verdict.policy, now_ms),
        _silent(slots, now_ms),
        _missed(slots, verdict.policy),
        _weak(verdict),
    ]
    return tuple(each for each in found if each is not None)


def _too_little(verdict: ProofVerdict) -> ForecastReason | None:
    lacking = verdict.required_ms - verdict.planned_ms
    return ForecastReason(code=Cause.TOO_LITTLE_PLANNED, ms=lacking) if lacking > 0 else None


def _items(slots: Iterable[SlotResult]) -> Iterable[ItemResult]:
    return (item for slot in slots for item in slot.items)


def _not_delivered(slots: Iterable[SlotResult], policy: Grade, now_ms: int) -> ForecastReason | None:
    without = [
        item.shown.planned_ms
        for item in _items(slots)
        if item.shown.delivered_ms == 0
        and not item.shown.decides(policy)
        and not item.overdue
        and item.start_ms <= now_ms + DAY_MS
    ]
    return ForecastReason(code=Cause.NOT_DELIVERED, items=len(without), ms=sum(without)) if without else None


def _silent(slots: Iterable[SlotResult], now_ms: int) -> ForecastReason | None:
    due = [item for item in _items(slots) if item.due]
    unsaid_since = max((item.end_ms for item in due if item.shown.decided_by is not None), default=0)
    unsaid = [item.end_ms for item in due if item.end_ms > unsaid_since]
    days = (now_ms - min(unsaid)) // DAY_MS if unsaid else 0
    return ForecastReason(code=Cause.NOTHING_REPORTED, days=days, items=len(unsaid)) if days >= SILENT_DAYS else None


def _missed(slots: Iterable[SlotResult], policy: Grade) -> ForecastReason | None:
    lost = {
        slot.slot.id: sum(item.shown.planned_ms - item.shown.counted_ms(policy) for item in slot.items if item.due)
        for slot in slots
        if slot.outcome in {Outcome.MISSED, Outcome.SHORT, Outcome.SUBSTITUTED}
    }
    return ForecastReason(code=Cause.SLOTS_MISSED, items=len(lost), ms=sum(lost.values())) if lost else None


def _weak(verdict: ProofVerdict) -> ForecastReason | None:
    weak = verdict.reported_ms - verdict.counted_ms
    return ForecastReason(code=Cause.WEAKLY_PROVED, ms=weak) if weak > 0 and verdict.policy > Grade.REPORTED else None
