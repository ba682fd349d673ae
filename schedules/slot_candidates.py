"""Which segments would serve a slot best: each is tried in it, and ranked by what the station's month is then worth.

Ranked as plans are: by what rules lack, then by owed airings that are missed, then by the wishes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schedules.change_effects import StationWorth, station_worth
from schedules.editing import AddSlot, AlterSlot, Attempt, ChangesNothing, PlanInHand
from schedules.problem import Slot

Filling = tuple[str, ...]
Made = Callable[[Filling], AddSlot | AlterSlot]
"""The change that gives the slot these segments."""

_MOST_ADDED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """`segments` is what the slot holds with it, `length_ms` how long it then lasts, `worth` of the station's month."""

    segment: str
    segments: Filling
    length_ms: int
    worth: StationWorth

    @property
    def score(self) -> tuple[int, int, float]:
        """The lower the better."""
        return self.worth.short_ms, self.worth.must_airs_missed, sum(each.cost for each in self.worth.terms)


def candidates(
    plan: PlanInHand, made: Made, fillings: Iterable[tuple[str, Filling]], *, most: int, growing: bool = False
) -> list[Candidate]:
    """The best that break nothing anew, also at those who relay the station; `fillings`: a segment, and all with it.

    `growing`: more is to come into the slot, and it may be too short yet.
    """
    found: list[Candidate] = []
    tried = _tried(plan, made, fillings, growing=growing)
    for each in sorted(tried, key=lambda each: (each.score, each.segment)):
        if len(found) == most:
            break
        if _is_fine(plan.attempt(made(each.segments), first=True), growing=growing):
            found.append(each)
    return found


def filled(plan: PlanInHand, made: Made, have: Filling, *, column: str, station: str, length_ms: int) -> Filling:
    """`have` with the best segments after them, or without the last ones, so that the slot is about `length_ms` long.

    A segment is added, or left out, as long as that brings the length nearer; one always stays. Nothing is promised:
    what it would break is for an attempt to say.
    """
    length = _length(plan, made, have) if have else plan.index.columns[column].frame_ms
    while len(have) > 1 and length > length_ms:
        shorter = _length(plan, made, have[:-1])
        if abs(shorter - length_ms) >= abs(length - length_ms):
            break
        have, length = have[:-1], shorter
    known = [each.id for each in plan.index.eligible(plan.index.view(station), column)]
    for _ in range(_MOST_ADDED):
        if length >= length_ms:
            break
        tried = list(_tried(plan, made, [(code, (*have, code)) for code in known if code not in have], growing=True))
        nearer = [each for each in tried if abs(each.length_ms - length_ms) < abs(length - length_ms)]
        if not nearer:
            break
        best = min(nearer, key=lambda each: (each.score, each.segment))
        have, length = best.segments, best.length_ms
        known = [each.segment for each in tried]  # what breaks something beside fewer segments does beside more
    return have


def _tried(
    plan: PlanInHand, made: Made, fillings: Iterable[tuple[str, Filling]], *, growing: bool = False
) -> Iterable[Candidate]:
    """Those that break nothing at the station itself."""
    for segment, segments in fillings:
        try:
            attempt = plan.attempt(made(segments), alone=True)
        except ChangesNothing:
            continue
        after = attempt.changed[0].after
        if after is None or not _is_fine(attempt, growing=growing):
            continue
        left = [slot for slot in plan.by_station.get(after.station, ()) if slot.id != after.id]
        worth = station_worth(plan.index, after.station, [*left, after])
        yield Candidate(segment=segment, segments=segments, length_ms=after.length_ms, worth=worth)


def _is_fine(attempt: Attempt, *, growing: bool) -> bool:
    return all(growing and each.what == "too_short" for each in attempt.broken)


def _length(plan: PlanInHand, made: Made, segments: Filling) -> int:
    try:
        after = plan.attempt(made(segments), alone=True).changed[0].after
    except ChangesNothing:
        after = _as_it_is(plan, made(segments))
    return after.length_ms if after is not None else 0


def _as_it_is(plan: PlanInHand, change: AddSlot | AlterSlot) -> Slot | None:
    return plan.slot(change.station, change.slot) if isinstance(change, AlterSlot) else None
