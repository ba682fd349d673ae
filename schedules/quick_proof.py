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

_REPORTED, _LOGGED = int(Grade.REPORTED), int(Grade.LOGGED)


class QuickProof(NamedTuple):
    """`verdicts`: one a rule in the rules' order, without `entries`. `doubtful`: so many slots wait to be reviewed."""

    verdicts: tuple[ProofVerdict, ...]
    doubtful: int


def quick_proof(
    ready: StationPlan,
    rows: Sequence[Row],
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> QuickProof | None:
    """None: not a plain case. `rows` in any order; the same row again changes nothing."""
    claims = quick_claims(ready, rows, tolerances)
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
) -> QuickProof:
    """`claims` stay the same while nobody says anything more and the plan is the same, so keep them."""
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
    return QuickProof(verdicts, len(claims.doubtful))


def _figures(
    ready: StationPlan,
    claims: QuickClaims,
    *,
    delivered: Mapping[str, int],
    policy: Grade,
    now_ms: int,
    tolerances: Tolerances,
) -> Figures:
    nothing = [-1] * len(ready.planned)
    reported, logged, heard = (known or nothing for known in claims.shown)
    had = delivered.get
    in_time = [
        planned_ms if (at := had(segment)) is not None and at <= start_ms else 0
        for planned_ms, start_ms, segment in zip(ready.planned, ready.starts, ready.segments, strict=True)
    ]
    plan_counts, files_count = policy == Grade.PLANNED, policy == Grade.DELIVERED
    needs_log, needs_hearing = policy > _REPORTED, policy > _LOGGED
    decided: list[bool] = []
    counted: list[int] = []
    for planned_ms, in_time_ms, reported_ms, logged_ms, heard_ms in zip(
        ready.planned, in_time, reported, logged, heard, strict=True
    ):
        if heard_ms >= 0:
            known, counts = True, heard_ms
        elif logged_ms >= 0:
            known, counts = not needs_hearing, logged_ms
        elif reported_ms >= 0:
            known, counts = not needs_log, reported_ms
        elif plan_counts:
            known, counts = True, planned_ms
        else:
            known, counts = files_count and in_time_ms > 0, in_time_ms
        decided.append(known)
        counted.append(counts if known else 0)
    heard_sums = _at_least(heard, [0] * len(nothing))
    logged_sums = _at_least(logged, heard_sums)
    reported_sums = _at_least(reported, logged_sums)
    settled, to_come, awaited = _outlook(ready, decided, now_ms, tolerances.report_within_ms)
    return Figures(
        planned=ready.planned,
        delivered=list(map(max, reported_sums, in_time)),
        reported=reported_sums,
        logged=logged_sums,
        heard=heard_sums,
        counted=counted,
        to_come=to_come,
        awaited=awaited,
        settled=settled,
    )


def _at_least(shown: list[int], stronger: list[int]) -> list[int]:
    return list(map(max, shown, stronger))


def _outlook(
    ready: StationPlan, decided: Sequence[bool], now_ms: int, within_ms: int
) -> tuple[list[int], list[int], list[int]]:
    """What is settled, is still to come, and is waited for."""
    none = [0] * len(ready.planned)
    if all(decided) or ready.last_ms + within_ms <= now_ms:
        return ready.planned, none, none
    settled, to_come, awaited = none, none.copy(), none.copy()
    for number, (known, planned_ms, start_ms) in enumerate(zip(decided, ready.planned, ready.starts, strict=True)):
        ended_ms = start_ms + planned_ms
        if known or ended_ms + within_ms <= now_ms:
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
