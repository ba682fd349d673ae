"""Refusals that are kept as rows, by code and facts, and become again what they were: an exception with its sentence."""

import math
from collections.abc import Iterator
from dataclasses import fields

from media.refusals import MediaRefusal
from schedules.refusals import ScheduleRefusal
from server.reports.refusals import ReportRefusal
from server.services.refusals import ServiceRefusal

Recorded = MediaRefusal | ScheduleRefusal | ReportRefusal | ServiceRefusal
RECORDED: tuple[type[Recorded], ...] = (MediaRefusal, ScheduleRefusal, ReportRefusal, ServiceRefusal)


def as_record(refusal: Recorded) -> dict[str, object]:
    return {"code": refusal.code, "facts": {name: _finite(value) for name, value in refusal.facts.items()}}


def from_record(record: dict[str, object]) -> Recorded:
    """The refusal as it was raised; a fact that its class did not have then is left to the class."""
    kind = _kinds()[str(record["code"])]
    facts = record["facts"]
    if not isinstance(facts, dict):
        raise TypeError(facts)
    return kind(**{field.name: facts[field.name] for field in fields(kind) if field.name in facts})


def _kinds() -> dict[str, type[Recorded]]:
    return {kind.code: kind for room in RECORDED for kind in _below(room)}


def _below(kind: type[Recorded]) -> Iterator[type[Recorded]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def _finite(value: object) -> object:
    # JSON has no word for the level of digital silence; the lowest that a meter shows stands for it.
    return -99.0 if isinstance(value, float) and not math.isfinite(value) else value
