"""The verdicts of very many stations in little time: the figures of `schedules.proof` without their explanations.

Nearly all statements are plain (`schedules.quick_claims`): then none has to be looked at beside another. `quick_proof`
does exactly that much, and says None where there is more to it: then `schedules.reconciling` and `schedules.proof`
have to do it, which come to the same figures.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schedules.as_run import Grade, Tolerances
from schedules.proof import ProofVerdict, verdict_of
from schedules.quick_claims import QuickClaims, Row, quick_claims
from schedules.rule_counting import Figures, Sums, count
from schedules.station_plans import RulePlaces, StationPlan

_SAID = (Grade.REPORTED, Grade.LOGGED, Grade.HEARD)


class QuickProof(NamedTuple):
    """`verdicts`: one a rule in the rules' order, without `entries`. `doubtful`: so many slots wait to be reviewed;
    `beside`: as in `schedules.quick_claims`."""

    verdicts: tuple[ProofVerdict, ...]
    doubtful: int
    beside: bool = False


def quick_proof(
    ready: StationPlan,
    rows: Sequence[Row],
    starts: Sequence[int | None],
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> QuickProof | None:
    """None: not a plain case. `rows` and their `starts` in any order; the same row again changes nothing."""
    claims = quick_claims(ready, rows, starts, tolerances)
    if claims is None:
        return None
    return proof_of(ready, claims, delivered=delivered, policy=policy, now_ms=now_ms, tolerances=tolerances)


def proof_of(
    ready: StationPlan,
    claims: QuickClaims,
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> QuickProof | None:
    """`claims` stay the same while nobody says anything more and the plan is the same, so keep them.

    None: something is said of what is still to come.
    """
    if claims.last_ms > now_ms:
        return None
    figures = _figures(ready, claims, delivered=delivered, policy=policy, now_ms=now_ms, tolerances=tolerances)
    over = ready.month_ends_ms <= now_ms
    said = [known for known in claims.shown if known]
    verdicts = tuple(
        verdict_of(
            each.rule,
            _sums(ready, each, figures),
            station=ready.station,
            month=ready.month,
            policy=policy,
            said=any(max(map(known.__getitem__, each.numbers), default=-1) >= 0 for known in said),
            over=over,
        )
        for each in ready.rules
    )
    return QuickProof(verdicts, len(claims.doubtful), claims.beside)


def _figures(
    ready: StationPlan,
    claims: QuickClaims,
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> Figures:
    none = [0] * len(ready.planned)
    had = delivered.get
    in_time = [
        planned_ms if (at := had(segment)) is not None and at <= start_ms else 0
        for planned_ms, start_ms, segment in zip(ready.planned, ready.starts, ready.segments, strict=True)
    ]
    # The strongest statement counts where it is strong enough; where none is, it is as if nothing had been said.
    counted = [-1] * len(none)
    for grade, known in zip(_SAID, claims.shown, strict=True):
        if known and grade >= policy:
            counted = [stronger if stronger >= 0 else weaker for weaker, stronger in zip(counted, known, strict=True)]
    if policy == Grade.PLANNED:
        counted = [planned_ms if ms < 0 else ms for ms, planned_ms in zip(counted, ready.planned, strict=True)]
    elif policy == Grade.DELIVERED:
        counted = [ms if ms >= 0 else at_ms or -1 for ms, at_ms in zip(counted, in_time, strict=True)]
    reported, logged, heard = claims.shown
    heard_sums = list(map(max, heard, none)) if heard else none
    logged_sums = list(map(max, logged, heard_sums)) if logged else heard_sums
    reported_sums = list(map(max, reported, logged_sums)) if reported else logged_sums
    settled, to_come, awaited = _outlook(ready, counted, now_ms, tolerances.report_within_ms)
    return Figures(
        planned=ready.planned,
        delivered=list(map(max, reported_sums, in_time)),
        reported=reported_sums,
        logged=logged_sums,
        heard=heard_sums,
        counted=list(map(max, counted, none)),
        to_come=to_come,
        awaited=awaited,
        settled=settled,
    )


def _outlook(
    ready: StationPlan, counted: Sequence[int], now_ms: int, within_ms: int
) -> tuple[list[int], list[int], list[int]]:
    """What is settled, is still to come, and is waited for; `counted` -1 where nothing is known that is enough."""
    none = [0] * len(ready.planned)
    if min(counted, default=0) >= 0 or ready.last_ms + within_ms <= now_ms:
        return ready.planned, none, none
    settled, to_come, awaited = none, none.copy(), none.copy()
    for number, (ms, planned_ms, start_ms) in enumerate(zip(counted, ready.planned, ready.starts, strict=True)):
        ended_ms = start_ms + planned_ms
        if ms >= 0 or ended_ms + within_ms <= now_ms:
            settled[number] = planned_ms
        elif ended_ms <= now_ms:
            awaited[number] = planned_ms
        else:
            to_come[number] = planned_ms
    return settled, to_come, awaited


def _sums(ready: StationPlan, each: RulePlaces, figures: Figures) -> Sums:
    if each.slots is not None:
        return count(each.rule, each.slots, figures, ready.occurrences)[0]
    lists = (
        figures.planned,
        figures.delivered,
        figures.reported,
        figures.logged,
        figures.heard,
        figures.counted,
        figures.to_come,
        figures.awaited,
        figures.settled,
    )
    if each.all_items:
        return Sums(*map(sum, lists))
    return Sums(*[sum(map(values.__getitem__, each.numbers)) for values in lists])
