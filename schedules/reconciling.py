"""What of a station's planned air was aired: every item and slot with its outcome, its figures and the reasons.

Times are milliseconds since the epoch, durations milliseconds of airtime. The result depends on what was said only:
not on the order in which statements came, how often, or what came late.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from schedules.airing_reasons import (
    AiringReason,
    Late,
    NoRoom,
    NotDelivered,
    NotDue,
    NothingSaid,
    Short,
    SomethingElse,
    UnknownSegment,
    UnknownSlot,
    Withdrawn,
    in_order,
)
from schedules.airing_results import Extra, ItemResult, Outcome, Reconciled, Shown, SlotResult, Substitute
from schedules.as_run import AsRun, Grade, Tolerances
from schedules.claims import Claims, claim_reasons, claims_of, is_less
from schedules.clock_shifts import ClockShift
from schedules.instants import from_ms
from schedules.judgements import is_denied
from schedules.matching import Matched, Said, match
from schedules.places import Place, Places, lay_places
from schedules.problem import Segment, Slot
from schedules.standing import standing


def reconcile(
    slots: Iterable[Slot],
    statements: Iterable[AsRun],
    *,
    segments: Mapping[str, Segment],
    meant: Container[str],
    delivered: Mapping[str, int],
    now_ms: int,
    zone: ZoneInfo,
    tolerances: Tolerances,
    clocks: Mapping[str, ClockShift] | None = None,
) -> Reconciled:
    """What was aired of one station's slots.

    `slots`: of one month, better with those of the days beside it, so that what was aired around midnight finds its
    own (`schedules.proof` counts each in the month that its start is in, in `zone`). `segments`: all that may be named,
    withdrawn ones too (`valid_to` the day before). `meant`: those whose language and targeting fit the station.
    `delivered`: when the station first had the file of a segment, verified; in time when by the planned start.
    `clocks`: sources that are known to have been wrong from what is not among `statements`. What is said to have been
    aired in a slot that begins after `now_ms`, clocks set right, is told and shows nothing.

    See `schedules.standing` for which statements hold, `schedules.matching` for what they speak of,
    `schedules.clock_shifts` for devices with a wrong clock, `schedules.airing_reasons` for what is told.
    """
    laid = lay_places(slots)
    held = standing(statements)
    matched = match(laid, held, tolerances, clocks or {})
    bench = _Bench(
        laid=laid,
        matched=matched,
        judged=frozenset(each.statement.uid for each in held if each.statement.judged),
        segments=segments,
        meant=meant,
        delivered=delivered,
        now_ms=now_ms,
        zone=zone,
        tolerances=tolerances,
    )
    return Reconciled(
        slots=tuple(bench.slot(number) for number in range(len(laid.slots))),
        extras=tuple(
            bench.beyond_plan(said)
            for said in sorted(
                matched.extra,
                key=lambda said: (said.start_ms is None, said.start_ms or 0, said.statement.uid),
            )
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    laid: Places
    matched: Matched
    judged: frozenset[str]
    segments: Mapping[str, Segment]
    meant: Container[str]
    delivered: Mapping[str, int]
    now_ms: int
    zone: ZoneInfo
    tolerances: Tolerances

    def slot(self, number: int) -> SlotResult:
        slot = self.laid.slots[number]
        places = self.laid.of_slot[number]
        start_ms = self.laid.starts[number]
        begun = start_ms <= self.now_ms
        claims = [claims_of(self.matched.places.get(place.number, ()), place, begun=begun) for place in places]
        beside = sorted((key, saids) for key, saids in self.matched.instead.items() if key[0] == number)
        room_ms = sum(place.planned_ms for place in places) - sum(
            each.deciding.ms for each in claims if each.deciding is not None
        )
        substitutes = []
        for (_, segment, title), saids in beside:
            substitute = self._substitute(slot, segment or None, title, saids, room_ms, begun=begun)
            room_ms -= substitute.shown.decided_ms
            substitutes.append(substitute)
        others = [said for _, saids in beside if begun and not is_denied(saids) for said in saids]
        items = tuple(self._item(place, each, others, substitutes) for place, each in zip(places, claims, strict=True))
        why = in_order(
            {reason for told in [each.why for each in items] + [each.why for each in substitutes] for reason in told}
        )
        return SlotResult(
            slot=slot,
            start_ms=start_ms,
            date=from_ms(start_ms, self.zone).date(),
            outcome=_of_slot([each.outcome for each in items], over=start_ms + slot.length_ms <= self.now_ms),
            planned_ms=sum(each.shown.planned_ms for each in items),
            delivered_ms=sum(each.shown.delivered_ms for each in items),
            reported_ms=sum(each.shown.reported_ms for each in items),
            logged_ms=sum(each.shown.logged_ms for each in items),
            heard_ms=sum(each.shown.heard_ms for each in items),
            items=items,
            substitutes=tuple(substitutes),
            why=why,
            doubtful=self._doubtful(why),
        )

    def _doubtful(self, why: Iterable[AiringReason]) -> tuple[AiringReason, ...]:
        """Without what rests on judgements alone: that is settled."""
        return tuple(each for each in why if each.doubt and not (each.uids and self.judged.issuperset(each.uids)))

    def _item(self, place: Place, claims: Claims, others: list[Said], substitutes: list[Substitute]) -> ItemResult:
        planned_ms = place.planned_ms
        at = self.delivered.get(place.item.segment)
        in_time = at is not None and at <= place.start_ms
        shown = _shown(claims, planned_ms, planned_ms if in_time else 0)
        replaced = [said for said in others if _overlap(said, place)]
        due = place.end_ms <= self.now_ms
        until_ms = place.end_ms + self.tolerances.report_within_ms
        overdue = until_ms <= self.now_ms
        deciding = claims.deciding
        why: set[AiringReason] = set(claim_reasons(claims, planned_ms, self.tolerances))
        if deciding is not None and deciding.aired:
            outcome = Outcome.AIRED
            start = claims.start
            if start is not None and start.late_by_ms is not None and abs(start.late_by_ms) > self.tolerances.late_ms:
                outcome = Outcome.LATE
                why.add(Late(uids=(start.statement.uid,), by_ms=start.late_by_ms))
            if is_less(deciding.ms, planned_ms, self.tolerances):
                outcome = Outcome.SHORT
                why.add(Short(uids=deciding.uids, ms=deciding.ms, planned_ms=planned_ms))
            why |= self._about_segment(place.item.segment, place.start_ms, deciding.uids)
        elif replaced:
            outcome = Outcome.SUBSTITUTED
            why |= _replacing(replaced, substitutes)
        elif deciding is not None or overdue:
            outcome = Outcome.MISSED
        elif due:
            outcome = Outcome.UNKNOWN
        else:
            outcome = Outcome.UPCOMING
        if deciding is None:
            why.add(NothingSaid(ended_ms=place.end_ms, until_ms=until_ms) if due else NotDue(ends_ms=place.end_ms))
        if not in_time and place.start_ms <= self.now_ms and not (deciding is not None and deciding.aired):
            why.add(NotDelivered(segment=place.item.segment))
        return ItemResult(
            position=place.position,
            item=place.item,
            start_ms=place.start_ms,
            end_ms=place.end_ms,
            outcome=outcome,
            shown=shown,
            due=due,
            overdue=overdue,
            why=in_order(why),
            saids=_by_uid(self.matched.places.get(place.number, ())),
        )

    def _substitute(
        self, slot: Slot, segment_id: str | None, title: str, saids: list[Said], room_ms: int, *, begun: bool
    ) -> Substitute:
        segment = self.segments.get(segment_id) if segment_id is not None else None
        if segment is None:
            whole = max(said.ms for said in saids)
        else:
            whole = segment.duration_ms
            saids = [_of_length(said, whole) for said in saids]
        claims = claims_of(saids, None, begun=begun)
        deciding = claims.deciding
        said_ms = deciding.ms if deciding is not None else 0
        uids = deciding.uids if deciding is not None else ()
        room_ms = max(0, room_ms)
        why: set[AiringReason] = set(claim_reasons(claims, whole, self.tolerances))
        if deciding is not None and not is_denied(saids):
            why.add(SomethingElse(uids=uids, segment=segment_id, title=title, ms=min(said_ms, room_ms)))
        if said_ms > room_ms:
            why.add(NoRoom(uids=uids, segment=segment_id, title=title, said_ms=said_ms, ms=room_ms))
        if segment_id is not None:
            why |= self._about_segment(segment_id, self._start_of(slot, claims), uids)
        shown = _shown(claims, 0, 0, most_ms=room_ms)
        return Substitute(
            segment=segment_id,
            title=title,
            counts=segment is not None
            and segment.column in {None, slot.column}
            and (slot.relayed_from is None or segment.id in self.meant),
            shown=shown,
            why=in_order(why),
            saids=_by_uid(saids),
        )

    def _start_of(self, slot: Slot, claims: Claims) -> int:
        starts = [said.start_ms for claim in claims.of for said in claim.saids if said.start_ms is not None]
        return min(starts) if starts else self.laid.starts[self.laid.numbers[slot.id]]

    def beyond_plan(self, said: Said) -> Extra:
        statement = said.statement
        uids = (statement.uid,)
        why: set[AiringReason] = set(claim_reasons(claims_of([said], None, begun=True), said.ms, self.tolerances))
        if statement.slot is not None and statement.slot not in self.laid.numbers:
            why.add(UnknownSlot(uids=uids, slot=statement.slot))
        if statement.segment is not None and statement.aired:
            why |= self._about_segment(statement.segment, said.start_ms, uids)
        told = in_order(why)
        return Extra(
            said=said,
            why=told,
            doubtful=self._doubtful(told),
        )

    def _about_segment(self, code: str, start_ms: int | None, uids: tuple[str, ...]) -> set[AiringReason]:
        segment = self.segments.get(code)
        if segment is None:
            return {UnknownSegment(uids=uids, segment=code)}
        if start_ms is None or segment.valid_to is None or from_ms(start_ms, self.zone).date() <= segment.valid_to:
            return set()
        return {Withdrawn(uids=uids, segment=code, valid_to=segment.valid_to.isoformat())}


def _by_uid(saids: Iterable[Said]) -> tuple[Said, ...]:
    return tuple(sorted(saids, key=lambda said: said.statement.uid))


def _shown(claims: Claims, planned_ms: int, delivered_ms: int, *, most_ms: int | None = None) -> Shown:
    def cut(ms: int) -> int:
        return ms if most_ms is None else min(ms, most_ms)

    deciding = claims.deciding
    reported_ms = cut(claims.shown_ms(Grade.REPORTED))
    return Shown(
        planned_ms=planned_ms,
        delivered_ms=max(delivered_ms, reported_ms),
        reported_ms=reported_ms,
        logged_ms=cut(claims.shown_ms(Grade.LOGGED)),
        heard_ms=cut(claims.shown_ms(Grade.HEARD)),
        decided_by=None if deciding is None else deciding.grade,
        decided_ms=0 if deciding is None else cut(deciding.ms),
        uids=() if deciding is None else deciding.uids,
    )


def _of_length(said: Said, whole_ms: int) -> Said:
    """What a statement shows of a substitute that is known: None is whole, and no more than whole counts."""
    if not said.statement.aired:
        return said
    return replace(said, ms=whole_ms if said.said_ms is None else max(0, min(said.said_ms, whole_ms)))


def _overlap(said: Said, place: Place) -> bool:
    """Whether it may have sounded in the item's time: without a start or length it may."""
    if said.start_ms is None:
        return True
    if said.start_ms >= place.end_ms:
        return False
    return said.said_ms is None or said.start_ms + said.said_ms > place.start_ms


def _replacing(others: Iterable[Said], substitutes: Iterable[Substitute]) -> set[AiringReason]:
    uids = {said.statement.uid for said in others}
    return {
        reason
        for substitute in substitutes
        for reason in substitute.why
        if isinstance(reason, SomethingElse) and not uids.isdisjoint(reason.uids)
    }


def _of_slot(outcomes: Iterable[Outcome], *, over: bool) -> Outcome:
    """One outcome for all items: what is most worth knowing about the slot. Without items by time alone."""
    found = set(outcomes)
    if not found:
        return Outcome.UNKNOWN if over else Outcome.UPCOMING
    if len(found) == 1:
        return found.pop()
    if Outcome.SUBSTITUTED in found:
        return Outcome.SUBSTITUTED
    aired = found & {Outcome.AIRED, Outcome.LATE, Outcome.SHORT}
    if Outcome.MISSED in found:
        return Outcome.SHORT if aired else Outcome.MISSED
    for outcome in (Outcome.UNKNOWN, Outcome.UPCOMING, Outcome.SHORT):
        if outcome in found:
            return outcome
    return Outcome.LATE
