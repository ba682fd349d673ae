"""Simulated annealing: changes tried, decided on, and the best plan met kept."""

import numpy as np

from schedules.planner.annealing.compiling import compiled, inlined
from schedules.planner.annealing.drawing import any_other_row, below, chance, pool_size, pooled
from schedules.planner.annealing.first_airings import recount
from schedules.planner.annealing.journal import recall, remember, roll_back, settle, take_out
from schedules.planner.annealing.layout import (
    BEFORE,
    BEST,
    COLUMN,
    COUNT,
    DAY,
    ENERGY,
    HELD,
    JOURNALED,
    LAST,
    MISSED,
    OPEN_DAY_COUNT,
    OPEN_DAYS,
    OWED_COUNT,
    PUBLISHED_COUNT,
    ROWS,
    TARGETS,
    WANTED,
    WANTED_COUNT,
    Floats,
    Ints,
)
from schedules.planner.annealing.moves import (
    add,
    drop,
    join,
    pass_on,
    renew,
    replace,
    replace_both,
    replace_elsewhere,
    shift,
    split,
    trade,
)
from schedules.planner.annealing.owing import answer, bring_back
from schedules.planner.annealing.placing import may_air, put, put_back
from schedules.planner.annealing.rows import items_at, may_change, slot_at
from schedules.planner.annealing.scoring import copy_scores, is_better, score

_PATIENCE = 3
"""Rounds that find nothing better, after which the search ends."""

_SPAN = 20.0
"""The most that an accepted change may cost, in units of the temperature."""

_POLISHINGS = 8
_POLISHED = 1000
"""The most segments tried in the place of one item at the end."""

_GAIN = 1e-09
"""What is less may be rounding."""


@inlined
def anneal(m: Ints, f: Floats, rounds: int, tries: int, warm: float, cold: float) -> None:
    """`rounds` of `tries` changes from warm to cold, each from the best plan met; then that is polished."""
    _start_from_best(m, f)
    copy_scores(m, f, LAST, BEST)
    if m[WANTED_COUNT] + m[OWED_COUNT] == 0 or m[OPEN_DAY_COUNT] == 0:
        return
    idle = 0
    for _ in range(rounds):
        if idle == _PATIENCE:
            break
        idle = 0 if _cool(m, f, tries, warm, cold) else idle + 1
        _start_from_best(m, f)
    for _ in range(_POLISHINGS):
        if not _polish(m, f):
            break
    remember(m)


@inlined
def _start_from_best(m: Ints, f: Floats) -> None:
    recall(m)
    recount(m)
    score(m, f)


@inlined
def _cool(m: Ints, f: Floats, tries: int, warm: float, cold: float) -> bool:
    """One round; says whether it met a better plan."""
    better = False
    for step in range(tries):
        left = 1.0 - step / tries
        temperature = cold + (warm - cold) * left * left * left
        # mostly about the temperature, seldom many times as much; a logarithm might differ between machines
        drawn = np.random.random()
        allowed = temperature * min(_SPAN, (1.0 - drawn) / (drawn + 0.02))
        if not _try(m, f):
            if m[JOURNALED]:
                roll_back(m)
        elif _decide(m, f, allowed) and is_better(m, f):
            better = True
            copy_scores(m, f, LAST, BEST)
            remember(m)
    return better


@inlined
def _try(m: Ints, f: Floats) -> bool:
    """One random change made, not yet decided on; False if it came to nothing."""
    if f[m[LAST] + MISSED] > 0 and (m[WANTED_COUNT] == 0 or chance(0.3)):
        return answer(m, f)
    if m[WANTED_COUNT] == 0:
        return False
    if m[PUBLISHED_COUNT] and chance(0.1):
        return bring_back(m)
    kind = np.random.random()
    if kind < 0.05 or m[ROWS] == 0:
        return add(m, m[m[WANTED] + below(m[WANTED_COUNT])])
    row = below(m[ROWS])
    if not may_change(m, row) or f[m[TARGETS] + m[slot_at(m, row) + COLUMN]] <= 0:
        return False
    return _try_one(m, row, kind) if kind < 0.8 else _try_two(m, row, kind)


@inlined
def _try_one(m: Ints, row: int, kind: float) -> bool:
    """A change of one slot: `kind` from 0.05 to 0.8."""
    if kind < 0.25:
        made = replace(m, row)
    elif kind < 0.37:
        made = shift(m, row)
    elif kind < 0.5:
        made = replace_elsewhere(m, row)
    elif kind < 0.6:
        made = join(m, row)
    elif kind < 0.67:
        made = drop(m, row)
    elif kind < 0.77:
        made = renew(m, row)
    else:
        made = split(m, row)
    return made


@inlined
def _try_two(m: Ints, row: int, kind: float) -> bool:
    """A change of two slots of a column: `kind` from 0.8 to 1."""
    other = any_other_row(m, row)
    if other < 0:
        return False
    if kind < 0.9:
        return replace_both(m, row, other)
    return trade(m, row, other) if kind < 0.96 else pass_on(m, row, other)


@compiled
def _decide(m: Ints, f: Floats, allowed: float) -> bool:
    """Keeps the change under way if it costs no more than is allowed."""
    copy_scores(m, f, LAST, BEFORE)
    if recount(m):
        score(m, f)
        if f[m[LAST] + ENERGY] <= f[m[BEFORE] + ENERGY] + allowed:
            settle(m)
            return True
    roll_back(m)
    recount(m)
    copy_scores(m, f, BEFORE, LAST)
    return False


@compiled
def _polish(m: Ints, f: Floats) -> bool:
    """Each item tried with each segment, each slot with each date: what gains is done; says whether anything did."""
    gained = False
    for row in range(m[ROWS]):
        slot = slot_at(m, row)
        if not m[slot + HELD] and f[m[TARGETS] + m[slot + COLUMN]] > 0:
            for at in range(m[slot + COUNT]):
                gained = _polish_item(m, f, row, at) or gained
            gained = _polish_day(m, f, row) or gained
    return gained


@inlined
def _polish_item(m: Ints, f: Floats, row: int, at: int) -> bool:
    slot = slot_at(m, row)
    column, gained = m[slot + COLUMN], False
    size = pool_size(m, column)
    first = below(size)
    for number in range(min(size, _POLISHED)):
        segment = pooled(m, column, (first + number) % size)
        if may_air(m, segment, column, m[slot + DAY]):
            take_out(m, row)
            m[items_at(m, row) + at] = segment
            if put_back(m, row):
                gained = _decide(m, f, -_GAIN) or gained
            else:
                roll_back(m)
    return gained


@inlined
def _polish_day(m: Ints, f: Floats, row: int) -> bool:
    slot, gained = slot_at(m, row), False
    for number in range(m[OPEN_DAY_COUNT]):
        day = m[m[OPEN_DAYS] + number]
        if day != m[slot + DAY]:
            take_out(m, row)
            m[slot + DAY] = day
            if put(m, row):
                gained = _decide(m, f, -_GAIN) or gained
            else:
                roll_back(m)
    return gained
