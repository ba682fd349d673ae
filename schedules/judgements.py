"""Judgements: what somebody decided on an airing about which the statements left a doubt.

A judgement holds against everything that had been said of the same item, or of the same thing beside the plan, when
it was made, of whatever grade; of several judgements the one last made holds, at equal times that of the greater uid.
It has the grade of the statement that it accepts, so that a decision never makes evidence better than it is. What is
said later stands beside it: of a stronger grade than all that was judged it decides, else it has no weight against the
judgement and is told where it contradicts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schedules.matching import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`over`: what it decided on. What was said since is `weaker`, without any weight against it, or `stronger`."""

    said: Said
    over: tuple[Said, ...]
    weaker: tuple[Said, ...]
    stronger: tuple[Said, ...]


def judgement_of(saids: Sequence[Said]) -> Judgement | None:
    """`saids` of one thing."""
    judged = [said for said in saids if said.statement.judged]
    if not judged:
        return None
    holds = max(judged, key=lambda said: (said.statement.made_at_ms, said.statement.uid))
    over: list[Said] = []
    later: list[Said] = []
    for said in saids:
        if said is not holds:
            known = said.statement.judged or said.statement.made_at_ms <= holds.statement.made_at_ms
            (over if known else later).append(said)
    grade = max(said.statement.grade for said in (holds, *over))
    return Judgement(
        said=holds,
        over=tuple(over),
        weaker=tuple(said for said in later if said.statement.grade <= grade),
        stronger=tuple(said for said in later if said.statement.grade > grade),
    )


def is_denied(saids: Sequence[Said]) -> bool:
    """Whether somebody decided that it was not aired, and nothing better has been said since."""
    judgement = judgement_of(saids)
    return judgement is not None and not judgement.said.statement.aired and not judgement.stronger
