"""What a station's row in a report says, from its verdicts; and from which grade minutes count, in words."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from schedules.as_run import Grade
from schedules.months import Month
from schedules.proof import ProofVerdict, Status

_POLICY = {
    Grade.PLANNED: "theo kế hoạch",
    Grade.DELIVERED: "tệp đã giao cho đài trở lên",
    Grade.REPORTED: "đài báo đã phát trở lên",
    Grade.LOGGED: "máy của đài ghi lại trở lên",
    Grade.HEARD: "nghe được trong bản ghi âm",
}
_STATUS = {
    Status.MET: "Đạt",
    Status.ON_TRACK: "Sắp đạt",
    Status.AT_RISK: "Có nguy cơ",
    Status.NO_DATA: "Chưa có số liệu",
    Status.NOT_MET: "Chưa đạt",
}
_WORST = tuple(Status)
_FREE = "Không quy định"
PROOF_FIGURES = (
    "required_ms",
    "planned_ms",
    "delivered_ms",
    "reported_ms",
    "logged_ms",
    "heard_ms",
    "counted_ms",
    "short_ms",
)


class StationFigures(NamedTuple):
    """`rules`: the codes of those that the figures are of, where a month has several minima; else none."""

    figures: dict[str, int]
    status: str
    words: str
    rules: tuple[str, ...] = ()


def station_figures(verdicts: Iterable[ProofVerdict]) -> StationFigures:
    """Of any months, summed month by month: each by the minimum that it misses most, met only where all minima are.

    A month without a minimum is told of by the largest of what was asked for as a wish, and nothing is required in it.
    """
    minima: list[ProofVerdict] = []
    figures = dict.fromkeys(PROOF_FIGURES, 0)
    several: dict[str, None] = {}
    for month in _months(verdicts):
        asked = [each for each in month if each.kind == "min"]
        minima += asked
        chosen = missed_most(asked) or max(month, key=lambda each: each.required_ms)
        for name in PROOF_FIGURES:
            figures[name] += getattr(chosen, name) if asked or name not in ("required_ms", "short_ms") else 0
        if len(asked) > 1:
            several[chosen.rule] = None
    if not minima:
        return StationFigures(figures, "none", _FREE)
    status = worst_of(minima)
    return StationFigures(figures, "met" if status is Status.MET else "not_met", _STATUS[status], tuple(several))


def missed_most(minima: Iterable[ProofVerdict]) -> ProofVerdict | None:
    """Of one month; where none is missed, or two alike, the larger."""
    return max(minima, key=lambda each: (each.short_ms, each.required_ms), default=None)


def worst_of(verdicts: Iterable[ProofVerdict]) -> Status:
    return max((each.status for each in verdicts), key=_WORST.index)


def policy_words(months: Sequence[tuple[Month, Grade]]) -> str:
    """Where it changed, each with the month from which it holds."""
    runs = [(grade, next(group)[0]) for grade, group in groupby(months, key=lambda each: each[1])]
    if len(runs) == 1:
        return _POLICY[runs[0][0]]
    return ", ".join(f"{_POLICY[grade]} (từ tháng {first.number}/{first.year})" for grade, first in runs)


def _months(verdicts: Iterable[ProofVerdict]) -> list[list[ProofVerdict]]:
    found: dict[tuple[str, ...], list[ProofVerdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.months, []).append(verdict)
    return list(found.values())
