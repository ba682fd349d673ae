"""What all statements about one thing show together, grade by grade, and where they disagree."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schedules.airing_reasons import (
    AheadOfTime,
    AiringReason,
    ClockShifted,
    Contradicted,
    Corrected,
    CutToPlanned,
    Decided,
    Disagreeing,
    Judged,
    MatchedByTime,
    NotAired,
    NotCovered,
    OffSchedule,
    SaidAgain,
)
from schedules.as_run import Grade, Tolerances
from schedules.judgements import Judgement, judgement_of
from schedules.matching import Said
from schedules.places import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the statements of one grade say of one thing: the most that one of them shows. `saids` by uid.

    `gave_way`: what the grade says of the whole slot where `saids` are of the item itself.
    """

    grade: Grade
    ms: int
    aired: bool
    saids: tuple[Said, ...]
    gave_way: tuple[Said, ...] = ()

    @property
    def uids(self) -> tuple[str, ...]:
        return tuple(said.statement.uid for said in self.saids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """`of` has the grades at which something was said, the strongest last; `unheard` the recordings that miss it;
    `ahead` what is said to have been aired before its slot has begun.

    Where somebody judged, `of` begins with the `judgement`, and has what is stronger than all that it decided on.
    """

    of: tuple[Claim, ...]
    unheard: tuple[Said, ...] = ()
    ahead: tuple[Said, ...] = ()
    judgement: Judgement | None = None

    @property
    def deciding(self) -> Claim | None:
        return self.of[-1] if self.of else None

    def shown_ms(self, grade: Grade) -> int:
        """The most that one statement of the grade or a stronger one shows."""
        most = 0
        for claim in self.of:
            if claim.ms > most and claim.grade >= grade:
                most = claim.ms
        return most

    @property
    def start(self) -> Said | None:
        """The statement whose start is believed: of the strongest grade that knows one, what shows most, then by uid."""
        for claim in reversed(self.of):
            timed = [said for said in claim.saids if said.late_by_ms is not None and said.statement.aired]
            if timed:
                return min(timed, key=lambda said: (-said.ms, said.statement.uid))
        return None


def claims_of(saids: Iterable[Said], place: Place | None, *, begun: bool) -> Claims:
    """What was said of `place`, or of a substitute (None).

    What a grade says of the item itself comes before what it says of the whole slot. A recording that did not have it
    says so only when it covers the planned time. Nothing was aired yet in a slot that has not `begun`.
    """
    heard: list[Said] = []
    unheard: list[Said] = []
    ahead: list[Said] = []
    ordered = list(saids)
    if len(ordered) > 1:
        ordered.sort(key=lambda each: each.statement.uid)
    for said in ordered:
        if said.statement.aired and not begun:
            ahead.append(said)
        else:
            (heard if place is None or _covers(said, place) else unheard).append(said)
    judgement = judgement_of(heard)
    by_grade: dict[Grade, list[Said]] = {}
    for said in heard if judgement is None else (judgement.said, *judgement.stronger):
        by_grade.setdefault(said.statement.grade, []).append(said)
    claims = []
    for grade in sorted(by_grade):
        about = by_grade[grade]
        own = tuple(said for said in about if not said.whole) or tuple(about)
        empty = place is not None and place.planned_ms == 0
        ms = max(said.ms for said in own)
        aired = any(said.statement.aired and (said.ms > 0 or empty) for said in own)
        gave_way = () if own[0].whole else tuple(said for said in about if said.whole)
        claims.append(Claim(grade=grade, ms=ms, aired=aired, saids=own, gave_way=gave_way))
    return Claims(of=tuple(claims), unheard=tuple(unheard), ahead=tuple(ahead), judgement=judgement)


def _covers(said: Said, place: Place) -> bool:
    statement = said.statement
    if statement.aired or statement.grade != Grade.HEARD:
        return True
    covers_from, covers_to = statement.covers_from_ms, statement.covers_to_ms
    return (covers_from is None or covers_from <= place.start_ms) and (covers_to is None or place.end_ms <= covers_to)


def claim_reasons(claims: Claims, planned_ms: int, tolerances: Tolerances) -> Iterator[AiringReason]:
    """What the statements themselves give to tell; `planned_ms` of the item, of a substitute its own length."""
    deciding = claims.deciding
    if deciding is not None:
        yield from _deciding_reasons(deciding, planned_ms)
        for weaker in claims.of[:-1]:
            if weaker.aired != deciding.aired:
                yield Contradicted(
                    uids=tuple(sorted(deciding.uids + weaker.uids)),
                    grade=deciding.grade,
                    ms=deciding.ms,
                    weaker=weaker.grade,
                    weaker_ms=weaker.ms,
                )
    if claims.judgement is not None:
        yield from _judgement_reasons(claims.judgement)
    elif claims.ahead:
        yield AheadOfTime(uids=tuple(said.statement.uid for said in claims.ahead))
    if claims.unheard:
        yield NotCovered(uids=tuple(said.statement.uid for said in claims.unheard))
    for claim in claims.of:
        if at_odds := [said for said in claim.gave_way if said.statement.aired not in _flags(claim)]:
            yield _disagreeing(claim, at_odds)
        elif len(claim.saids) > 1:
            yield _told_twice(claim, tolerances)
        for said in claim.saids:
            yield from _said_reasons(said, planned_ms, tolerances)


def _deciding_reasons(claim: Claim, planned_ms: int) -> Iterator[AiringReason]:
    if claim.aired:
        yield Decided(uids=claim.uids, grade=claim.grade, ms=claim.ms, planned_ms=planned_ms)
    else:
        told = [said.statement.reason for said in claim.saids if said.statement.reason]
        yield NotAired(uids=claim.uids, grade=claim.grade, said=told[0] if told else "")


def _judgement_reasons(judgement: Judgement) -> Iterator[AiringReason]:
    statement, ms = judgement.said.statement, judgement.said.ms
    over = tuple(said.statement.uid for said in judgement.over)
    yield Judged(uids=(statement.uid,), over=over, said=statement.reason)
    for said in judgement.weaker:
        if said.statement.aired != statement.aired:
            yield Contradicted(
                uids=tuple(sorted((statement.uid, said.statement.uid))),
                grade=statement.grade,
                ms=ms,
                weaker=said.statement.grade,
                weaker_ms=said.ms,
            )


def _flags(claim: Claim) -> set[bool]:
    return {said.statement.aired for said in claim.saids}


def _disagreeing(claim: Claim, at_odds: Sequence[Said] = ()) -> AiringReason:
    saids = (*claim.saids, *at_odds)
    return Disagreeing(
        uids=tuple(sorted(said.statement.uid for said in saids)),
        grade=claim.grade,
        least_ms=min(said.ms for said in saids),
        most_ms=max(said.ms for said in saids),
        with_slot=bool(at_odds),
    )


def _told_twice(claim: Claim, tolerances: Tolerances) -> AiringReason:
    least, most = min(said.ms for said in claim.saids), claim.ms
    starts = [said.start_ms for said in claim.saids if said.start_ms is not None]
    apart = max(starts) - min(starts) if starts else 0
    if len(_flags(claim)) > 1 or most - least > tolerances.short_ms or apart > tolerances.late_ms:
        return _disagreeing(claim)
    return SaidAgain(uids=claim.uids, grade=claim.grade, times=len(claim.saids))


def _said_reasons(said: Said, planned_ms: int, tolerances: Tolerances) -> Iterator[AiringReason]:
    uids = (said.statement.uid,)
    if said.planned_ms is not None:
        planned_ms = said.planned_ms
    if said.said_ms is not None and is_less(planned_ms, said.said_ms, tolerances):
        yield CutToPlanned(uids=uids, said_ms=said.said_ms, planned_ms=planned_ms)
    if said.shift is not None:
        yield ClockShifted(uids=uids, source=said.shift.source, by_ms=said.shift.by_ms, items=said.shift.items)
    if said.by_time and said.late_by_ms is not None:
        yield MatchedByTime(uids=uids, by_ms=said.late_by_ms)
    elif said.late_by_ms is not None and abs(said.late_by_ms) > tolerances.match_ms:
        yield OffSchedule(uids=uids, by_ms=said.late_by_ms)
    if said.standing.instead_of:
        yield Corrected(uids=said.standing.instead_of, holds=said.statement.uid)


def is_less(ms: int, than_ms: int, tolerances: Tolerances) -> bool:
    """Whether what is missing is more than both tolerances allow."""
    missing = than_ms - ms
    return missing > tolerances.short_ms and missing > tolerances.short_share * than_ms
