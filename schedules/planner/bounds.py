"""What no plan of a station can avoid: bounds on shortfall and owed airings missed, each rule and debt by itself.

A search that has reached them need not look on. They are cheap and not tight: what rules and debts take from each
other is not looked at.
"""

from schedules.owed import Owed
from schedules.planner.rule_totals import RuleTotals
from schedules.planner.station_draft import StationDraft


def unavoidable(draft: StationDraft) -> tuple[int, int]:
    """(shortfall in milliseconds, owed airings missed) of the best plan, or less. The draft has no own slots yet."""
    short = sum(max(0, rule.short() - _most_counted(draft, rule)) for rule in draft.minima)
    missed = sum(
        max(0, owed.times - answered - _most_airings(draft, owed))
        for owed, answered in zip(draft.owed, draft.answered, strict=True)
    )
    return short, missed


def _most_counted(draft: StationDraft, rule: RuleTotals) -> int:
    """Milliseconds that own slots can add to what the rule counts."""
    tables, column = draft.tables, rule.column
    shape = tables.columns[column]
    slots = content = 0
    for day, gaps in enumerate(draft.gaps):
        longest = min(shape.slot_max_ms, max((end - start for start, end in gaps), default=0)) - shape.frame_ms
        if longest > 0:
            more = max(0, shape.max_slots_per_day - draft.day_counts[column][day])
            slots += more
            content += more * longest
    supply = 0
    for segment in draft.pools[column]:
        if rule.counts[segment]:
            days = [day for day in range(len(tables.dates)) if draft.gaps[day]]
            times = _times_apart(draft, segment, column, days)
            if rule.exact:
                times = min(times, 1)
            supply += times * tables.duration[segment]
    return min(content, supply) + slots * rule.frame


def _times_apart(draft: StationDraft, segment: int, column: int, days: list[int]) -> int:
    """How often the segment can air in the column on these dates beside what is fixed."""
    tables = draft.tables
    apart = tables.separation(segment, column)
    most = tables.limit(segment, column) - len(draft.airings.get(segment, ()))
    times, last = 0, -apart
    for day in days:
        if times < most and day - last >= apart and draft.may_air(segment, day, column):
            times, last = times + 1, day
    return times


def _most_airings(draft: StationDraft, owed: Owed) -> int:
    """How many own airings can answer what is owed."""
    tables = draft.tables
    segment = tables.segment_number[owed.segment.id]
    most = 0
    for column, pool in enumerate(draft.pools):
        if segment not in pool:
            continue
        shape = tables.columns[column]
        least = max(shape.slot_min_ms, shape.frame_ms + tables.duration[segment])
        if least > shape.slot_max_ms:
            continue
        earliest = max(owed.from_ms, draft.not_before((segment,)))
        days = [
            day
            for day, gaps in enumerate(draft.gaps)
            if draft.day_counts[column][day] < shape.max_slots_per_day
            and any(max(start, earliest) < owed.until_ms and max(start, earliest) + least <= end for start, end in gaps)
        ]
        most += _times_apart(draft, segment, column, days)
    return most
