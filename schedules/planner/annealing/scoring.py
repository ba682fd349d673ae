"""What the plan as it is costs: shortfall, what is missed, published slots gone, the wishes."""

from schedules.planner.annealing.compiling import compiled
from schedules.planner.annealing.counting import rule_at
from schedules.planner.annealing.layout import (
    AGE,
    AGE_DAYS,
    AGES,
    AIR,
    ANSWERED,
    BEST,
    BROADCASTS,
    BY_LANGUAGE,
    BY_TOPIC,
    BY_WEEK,
    CHANGE,
    COLUMNS,
    COST,
    COSTS,
    DISTINCT,
    ENERGY,
    FREE_ROWS,
    GONE,
    HAS_LANGUAGES,
    IS_MAX,
    ITEMS,
    LANGUAGE_COUNT,
    LANGUAGE_SHARE,
    LANGUAGES,
    LAST,
    MISSED,
    MS,
    OWED,
    OWED_COUNT,
    OWED_TIMES,
    OWED_WIDTH,
    PASSED_ON,
    PENALTIES,
    PER_GONE,
    PER_MISSED,
    PER_MS_SHORT,
    PER_ROW,
    PUBLISHED_OF,
    REACH,
    REPETITION,
    ROWS,
    RULE_COUNT,
    SCORE_WIDTH,
    SHORT,
    SPREAD,
    SUM_WIDTH,
    SUMS,
    TARGET,
    TARGETS,
    TOPIC_COUNT,
    TOPIC_SHARE,
    TOPICS,
    TOTALS,
    TOTALS_AT,
    UNCHANGED,
    WEEK_COUNT,
    WEEK_SHARE,
    WEIGHT_WIDTH,
    WEIGHTS,
    Floats,
    Ints,
)


@compiled
def score(m: Ints, f: Floats) -> None:
    """Writes the scores of the plan as it is into LAST."""
    cost = 0.0
    for column in range(m[COLUMNS]):
        f[m[COSTS] + column] = _cost(m, f, column)
        cost += f[m[COSTS] + column]
    penalties, last = m[PENALTIES], m[LAST]
    cost += f[penalties + PER_ROW] * max(0, m[ROWS] - m[FREE_ROWS])
    short, missed = _short(m), _missed(m)
    gone = _gone(m) if f[penalties + PER_GONE] > 0 else 0
    f[last + ENERGY] = (
        cost + f[penalties + PER_MS_SHORT] * short + f[penalties + PER_MISSED] * missed + f[penalties + PER_GONE] * gone
    )
    f[last + SHORT] = short
    f[last + MISSED] = missed
    f[last + GONE] = gone
    f[last + COST] = cost


@compiled
def is_better(m: Ints, f: Floats) -> bool:
    """Whether LAST is better than BEST: shortfall, then airings missed, then published slots gone, then the cost."""
    last, best = m[LAST], m[BEST]
    for part in range(SHORT, COST):
        if f[last + part] != f[best + part]:
            return f[last + part] < f[best + part]
    return f[last + COST] < f[best + COST] - 1e-09


@compiled
def copy_scores(m: Ints, f: Floats, source: int, target: int) -> None:
    """Between LAST, BEFORE and BEST."""
    for part in range(SCORE_WIDTH):
        f[m[target] + part] = f[m[source] + part]


@compiled
def _short(m: Ints) -> int:
    """Milliseconds that minima lack."""
    short = 0
    for rule in range(m[RULE_COUNT]):
        this = rule_at(m, rule)
        if not m[this + IS_MAX]:
            short += max(0, m[this + MS] - m[m[TOTALS] + m[this + TOTALS_AT]])
    return short


@compiled
def _missed(m: Ints) -> int:
    missed = 0
    for number in range(m[OWED_COUNT]):
        missed += max(0, m[m[OWED] + number * OWED_WIDTH + OWED_TIMES] - m[m[ANSWERED] + number])
    return missed


@compiled
def _gone(m: Ints) -> int:
    gone = 0
    for column in range(m[COLUMNS]):
        gone += m[m[PUBLISHED_OF] + column] - m[m[SUMS] + column * SUM_WIDTH + UNCHANGED]
    return gone


@compiled
def _cost(m: Ints, f: Floats, column: int) -> float:
    """The weighted terms of a column, as schedules.evaluation counts them. The order of the sums decides the last bit."""
    target = f[m[TARGETS] + column]
    if target <= 0:
        return 0.0
    weights, sums = m[WEIGHTS] + column * WEIGHT_WIDTH, m[SUMS] + column * SUM_WIDTH
    total = 0.0
    if m[m[PUBLISHED_OF] + column]:
        total += f[weights + CHANGE] * (1 - m[sums + UNCHANGED] / m[m[PUBLISHED_OF] + column])
    air, items = m[sums + AIR], m[sums + ITEMS]
    if air <= 0:
        total += f[weights + TOPICS] + f[weights + SPREAD] + f[weights + TARGET]
        total += f[weights + REACH]
        return total + (f[weights + LANGUAGES] if m[HAS_LANGUAGES] else 0.0)
    total += f[weights + TOPICS] / 2 * _topics_apart(m, f, column, air)
    if m[BROADCASTS]:
        total += f[weights + SPREAD] / 2 * _weeks_apart(m, f, column, air)
    else:
        total += f[weights + SPREAD]
    if m[HAS_LANGUAGES]:
        total += f[weights + LANGUAGES] * _languages_short(m, f, column, air)
    total += f[weights + REPETITION] * (items - m[sums + DISTINCT]) / items
    total += f[weights + AGE] * m[sums + AGES] / AGE_DAYS / items
    total += f[weights + TARGET] * abs(air - target) / target
    return total + f[weights + REACH] * (1 - m[sums + PASSED_ON] / air)


@compiled
def _topics_apart(m: Ints, f: Floats, column: int, air: int) -> float:
    by_topic, shares = m[BY_TOPIC] + column * m[TOPIC_COUNT], m[TOPIC_SHARE] + column * m[TOPIC_COUNT]
    apart = 0.0
    for topic in range(m[TOPIC_COUNT]):
        if f[shares + topic] >= 0:
            apart += abs(m[by_topic + topic] / air - f[shares + topic])
    return apart


@compiled
def _weeks_apart(m: Ints, f: Floats, column: int, air: int) -> float:
    by_week, shares = m[BY_WEEK] + column * m[WEEK_COUNT], m[WEEK_SHARE]
    apart = 0.0
    for week in range(m[WEEK_COUNT]):
        if f[shares + week] >= 0:
            apart += abs(m[by_week + week] / air - f[shares + week])
    return apart


@compiled
def _languages_short(m: Ints, f: Floats, column: int, air: int) -> float:
    by_language, shares = m[BY_LANGUAGE] + column * m[LANGUAGE_COUNT], m[LANGUAGE_SHARE]
    short = 0.0
    for language in range(m[LANGUAGE_COUNT]):
        if f[shares + language] >= 0:
            short += max(0.0, f[shares + language] - m[by_language + language] / air)
    return short
