"""What each standing statement speaks of: an item as planned, something else in a slot's time, or nothing planned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schedules.as_run import AsRun, Tolerances
from schedules.clock_shifts import ClockShift, clock_shifts
from schedules.places import Place, Places, nearest, part_shown, slot_at
from schedules.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one statement says of one place, or of what it calls a segment or title.

    `start_ms` is set right by `shift`; `late_by_ms` how far it is off. `said_ms` as claimed, None: whole. `whole`: it
    speaks of the slot; what another of its grade says of the item itself comes before it. `planned_ms`: the length
    planned for what it speaks of, item or slot.
    """

    standing: Standing
    ms: int
    said_ms: int | None
    start_ms: int | None
    planned_ms: int | None = None
    late_by_ms: int | None = None
    whole: bool = False
    by_time: bool = False
    shift: ClockShift | None = None

    @property
    def statement(self) -> AsRun:
        return self.standing.statement


@dataclass(slots=True, kw_only=True)
class Matched:
    """`places` by the place's number, `instead` by slot number and (segment, title), `extra` what matches nothing."""

    places: dict[int, list[Said]] = field(default_factory=dict)
    instead: dict[tuple[int, str, str], list[Said]] = field(default_factory=dict)
    extra: list[Said] = field(default_factory=list)


def match(laid: Places, held: Sequence[Standing], tolerances: Tolerances, clocks: Mapping[str, ClockShift]) -> Matched:
    """Every statement of `held` (sorted by uid) in its place.

    One that names a slot of the station goes there: to the item of its segment, to all items when it names none, else
    beside them as something else. One without a slot goes to the nearest planned start of its segment within
    `match_ms`, one statement of a grade and source to one place (beside a judgement of it): closest first, then by start
    and uid. What finds no
    place but lies in a slot's time is something else in that slot; what is left is extra. What is said not to have
    been aired and finds no place is extra too, unless it was judged so; a
    judgement without a slot takes no place. `clocks`: see `schedules.reconciling`.
    """
    matched = Matched()
    shifts = {**clocks, **clock_shifts(laid, (each.statement for each in held), tolerances)}
    open_ones: list[Said] = []
    for each in held:
        said = _said(each, shifts)
        slot_number = None if said.statement.slot is None else laid.numbers.get(said.statement.slot)
        if slot_number is None:
            open_ones.append(said)
        else:
            _into_slot(laid, matched, slot_number, said)
    left = _by_time(laid, matched, open_ones, tolerances)
    for said in left:
        number = slot_at(laid, said.start_ms) if said.start_ms is not None else None
        if number is None or not (said.statement.aired or said.statement.judged):
            matched.extra.append(said)
        else:
            _beside(matched, number, said)
    return matched


def _said(standing: Standing, shifts: dict[str, ClockShift]) -> Said:
    statement = standing.statement
    shift = shifts.get(statement.source) if statement.start_ms is not None else None
    start_ms = statement.start_ms
    if start_ms is not None and shift is not None:
        start_ms -= shift.by_ms
    return Said(
        standing=standing,
        ms=(statement.duration_ms or 0) if statement.aired else 0,
        said_ms=statement.duration_ms,
        start_ms=start_ms,
        shift=shift,
    )


def _into_slot(laid: Places, matched: Matched, slot_number: int, said: Said) -> None:
    statement = said.statement
    if statement.segment is not None:
        meant = [place for place in laid.of_slot[slot_number] if place.item.segment == statement.segment]
        if meant:
            _at(matched, nearest(meant, said.start_ms), said)
        elif statement.aired or statement.judged:
            _beside(matched, slot_number, said)
        else:
            matched.extra.append(said)
        return
    late_by_ms = None if said.start_ms is None else said.start_ms - laid.starts[slot_number]
    for place in laid.of_slot[slot_number]:
        if not statement.aired:
            ms = 0
        elif said.said_ms is None:
            ms = place.planned_ms
        else:
            ms = part_shown(place.item, said.said_ms)
        _add(
            matched,
            place,
            Said(
                standing=said.standing,
                ms=ms,
                said_ms=said.said_ms if statement.aired else None,
                start_ms=said.start_ms,
                planned_ms=laid.slots[slot_number].length_ms,
                late_by_ms=late_by_ms,
                whole=True,
                shift=said.shift,
            ),
        )


def _at(matched: Matched, place: Place, said: Said, *, by_time: bool = False) -> None:
    statement = said.statement
    if not statement.aired:
        ms = 0
    elif said.said_ms is None:
        ms = place.planned_ms
    else:
        ms = max(0, min(said.said_ms, place.planned_ms))
    _add(
        matched,
        place,
        Said(
            standing=said.standing,
            ms=ms,
            said_ms=said.said_ms if statement.aired else None,
            start_ms=said.start_ms,
            planned_ms=place.planned_ms,
            late_by_ms=None if said.start_ms is None else said.start_ms - place.start_ms,
            by_time=by_time,
            shift=said.shift,
        ),
    )


def _add(matched: Matched, place: Place, said: Said) -> None:
    matched.places.setdefault(place.number, []).append(said)


def _beside(matched: Matched, slot_number: int, said: Said) -> None:
    statement = said.statement
    key = (slot_number, statement.segment or "", "" if statement.segment is not None else statement.title)
    matched.instead.setdefault(key, []).append(said)


def _by_time(laid: Places, matched: Matched, open_ones: Iterable[Said], tolerances: Tolerances) -> list[Said]:
    """Gives statements without a slot their places; returns those that found none."""
    taken = {
        (said.statement.grade, said.statement.source, number)
        for number, saids in matched.places.items()
        for said in saids
        if not said.whole and not said.statement.judged
    }
    pairs: list[tuple[int, int, str, int, Said]] = []
    left: dict[str, Said] = {}
    for said in open_ones:
        left[said.statement.uid] = said
        if said.start_ms is None or said.statement.judged:
            continue
        for place in laid.of_segment.get(said.statement.segment or "", ()):
            off = abs(said.start_ms - place.start_ms)
            if off <= tolerances.match_ms:
                pairs.append((off, said.start_ms, said.statement.uid, place.number, said))
    pairs.sort(key=lambda pair: pair[:4])
    for _, _, uid, number, said in pairs:
        key = (said.statement.grade, said.statement.source, number)
        if uid in left and key not in taken:
            taken.add(key)
            del left[uid]
            _at(matched, laid.places[number], said, by_time=True)
    return list(left.values())
