"""Which of a station's statements stand: each once, corrections in the place of what they correct."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from schedules.as_run import AsRun, Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A statement that holds, and the uids, sorted, of those in whose place it stands."""

    statement: AsRun
    instead_of: tuple[str, ...] = ()


def standing(statements: Iterable[AsRun]) -> list[Standing]:
    """The statements that hold, sorted by uid, whatever the order and however often they come.

    Statements of one uid are one. Corrections, and corrections of them, belong together with what they correct, known
    or not (it may still be on its way). Of these, none that was itself corrected holds, and of the rest the one last
    made, at equal times that of the greater uid; where all are corrected in a circle, the last made of all. What a
    weaker grade says cannot correct a stronger one, and none but a judgement can correct a judgement: it stands beside it. A judgement that names a slot holds by
    itself (`schedules.judgements`) and takes nothing's place. Grades below REPORTED say nothing of the air.
    """
    known: dict[str, AsRun] = {}
    for statement in statements:
        if statement.grade < Grade.REPORTED:
            continue
        other = known.get(statement.uid)
        # one uid said in two ways is a fault of the sender: the same of the two must hold in any order
        if other is None or (other != statement and _said(other) < _said(statement)):
            known[statement.uid] = statement
    groups: dict[str, list[AsRun]] = {}
    for uid, statement in known.items():
        groups.setdefault(_root(known, uid), []).append(statement)
    held = [_holding(known, group) for group in groups.values()]
    held.sort(key=lambda each: each.statement.uid)
    return held


def _said(statement: AsRun) -> tuple[int, bytes]:
    return statement.made_at_ms, msgspec.json.encode(statement)


def _corrects(known: dict[str, AsRun], statement: AsRun) -> str | None:
    target = statement.corrects
    if target is None or target == statement.uid or (statement.judged and statement.slot is not None):
        return None
    corrected = known.get(target)
    if corrected is None:
        return target
    weaker = corrected.grade > statement.grade or (corrected.judged and not statement.judged)
    return None if weaker else target


def _root(known: dict[str, AsRun], uid: str) -> str:
    seen = {uid}
    while (statement := known.get(uid)) is not None:
        target = _corrects(known, statement)
        if target is None:
            return uid
        if target in seen:
            return min(_circle(known, target))
        seen.add(target)
        uid = target
    return uid


def _circle(known: dict[str, AsRun], uid: str) -> set[str]:
    circle: set[str] = set()
    while uid not in circle:
        circle.add(uid)
        uid = _corrects(known, known[uid]) or uid
    return circle


def _holding(known: dict[str, AsRun], group: Sequence[AsRun]) -> Standing:
    if len(group) == 1:
        target = _corrects(known, group[0])
        return Standing(statement=group[0], instead_of=() if target is None else (target,))
    corrected = {_corrects(known, each) for each in group}
    left = [each for each in group if each.uid not in corrected] or group
    holds = max(left, key=lambda each: (each.made_at_ms, each.uid))
    others = {each.uid for each in group} | {target for target in corrected if target is not None}
    return Standing(statement=holds, instead_of=tuple(sorted(others - {holds.uid})))
