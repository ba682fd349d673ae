"""The smallest mend among the kinds there are, each tried by planning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schedules.mends.kinds import Kind, Kinds
from schedules.mends.steps import LowerMinimum, Mend, apply
from schedules.mends.trying import Trials
from schedules.problem import Instance, Slot
from schedules.shortfall_reasons import DoesNotCombine, Frozen, MonthOver, Reason, RulesContradict

Progress = Callable[[int, int], None]

_MOST_TRIALS = 60
"""Plannings for one rule; after them what was found is the answer."""

_MOST_ALTERNATIVES = 2
_RULES_SIZE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`mend`: the smallest; `alternatives`: the smallest of other kinds, up to two. `reasons`: why the rule can not be
    met as things are now. `tried`: plannings made."""

    mend: Mend | None
    alternatives: tuple[Mend, ...]
    reasons: tuple[Reason, ...]
    tried: int


class _OutOfTrialsError(Exception):
    pass


def find_mends(
    instance: Instance, slots: Iterable[Slot], station: str, rule: str, *, progress: Progress | None = None
) -> Found:
    """How the minimum `rule` of the station could be met; `slots` are those of the plan, of its parents too.

    Nothing is looked for in a month that is past. Where nothing is short of these slots any more, or only for what may
    be aired no longer, planning once more is all that is tried. `progress` is told (plannings made, at
    most so many). Same arguments, same answer.
    """
    return _Search(instance, tuple(slots), station, rule, progress).find()


class _Search:
    def __init__(
        self, instance: Instance, slots: tuple[Slot, ...], station: str, rule: str, progress: Progress | None
    ) -> None:
        self.trials = Trials(instance, station, slots)
        self.rule = rule
        self.progress = progress
        self.short_ms = self.trials.before.short.get(rule, 0)
        self.kinds = Kinds(self.trials.instance, station, self.trials.slots, rule, self.short_ms).all()
        self._known: dict[tuple[tuple[int, int], ...], bool] = {}

    def find(self) -> Found:
        reasons = self.trials.reasons(self.rule)
        if any(isinstance(each, MonthOver | Frozen) for each in reasons):
            return Found(mend=None, alternatives=(), reasons=reasons, tried=0)
        named: list[Mend] = []
        again = Mend(steps=(), size=0)
        if not self.short_ms:
            mend = again if self._planned(again) else None
            return Found(mend=mend, alternatives=(), reasons=reasons, tried=self.trials.done)
        if all(isinstance(each, DoesNotCombine) for each in reasons) and self._planned(again):
            return Found(mend=again, alternatives=(), reasons=reasons, tried=self.trials.done)
        try:
            found = self._singly() or self._together()
        except _OutOfTrialsError:
            found = []
        contradicted = [each for each in reasons if isinstance(each, RulesContradict)]
        if contradicted:
            least = min(each.most_ms for each in contradicted)
            found.append(Mend(steps=(LowerMinimum(rule=self.rule, ms=least),), size=_RULES_SIZE + 1))
        for mend in sorted(found, key=lambda each: each.size):
            if len(named) <= _MOST_ALTERNATIVES and self._planned(mend):
                named.append(mend)
        return Found(
            mend=named[0] if named else None,
            alternatives=tuple(named[1:]),
            reasons=reasons,
            tried=self.trials.done,
        )

    def _singly(self) -> list[Mend]:
        """What helps by itself, the smallest amount of each kind."""
        found = []
        for number, kind in enumerate(self.kinds):
            amount = self._least(number, kind, {})
            if amount is not None:
                found.append(self._mend({number: amount}))
        return found

    def _least(self, number: int, kind: Kind, others: dict[int, int]) -> int | None:
        """The smallest amount that helps beside others, None if not even the most does."""
        if not self._helps(others | {number: kind.most}):
            return None
        fails, helps, stride = 0, kind.most, 1
        while fails + stride < helps:
            if self._helps(others | {number: fails + stride}):
                helps = fails + stride
                break
            fails, stride = fails + stride, stride * 2
        while helps - fails > 1:
            middle = (fails + helps) // 2
            if self._helps(others | {number: middle}):
                helps = middle
            else:
                fails = middle
        return helps

    def _together(self) -> list[Mend]:
        """All kinds at their most, then each left out that the rest does without, the largest first, and lessened."""
        amounts = {number: kind.most for number, kind in enumerate(self.kinds)}
        if not amounts or not self._helps(amounts):
            return []
        order = sorted(amounts, key=lambda number: -self._size({number: amounts[number]}))
        for number in order:
            rest = {each: amount for each, amount in amounts.items() if each != number}
            if rest and self._helps(rest):
                amounts = rest
        for number in [each for each in order if each in amounts]:
            others = {each: amount for each, amount in amounts.items() if each != number}
            least = self._least(number, self.kinds[number], others)
            amounts[number] = least if least is not None else amounts[number]
        return [self._mend(amounts)]

    def _helps(self, amounts: dict[int, int]) -> bool:
        key = tuple(sorted(amounts.items()))
        if key not in self._known:
            if self.trials.done >= _MOST_TRIALS:
                raise _OutOfTrialsError
            self._known[key] = self.trials.helps(self.rule, apply(self.trials.instance, self._mend(amounts)))
            self._tell()
        return self._known[key]

    def _planned(self, mend: Mend) -> bool:
        planned = self.trials.is_planned(self.rule, apply(self.trials.instance, mend))
        self._tell()
        return planned

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.trials.done, _MOST_TRIALS)

    def _mend(self, amounts: dict[int, int]) -> Mend:
        steps = tuple(self.kinds[number].step(amount) for number, amount in sorted(amounts.items()))
        return Mend(steps=steps, size=self._size(amounts))

    def _size(self, amounts: dict[int, int]) -> int:
        return sum(self.kinds[number].base + amount for number, amount in amounts.items())
