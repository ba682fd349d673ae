"""Which number a month's next revision has: above all that were ever handed out, also those that a restore took back."""

import re
from collections.abc import Iterable, Mapping

from sqlmodel import Session, col, func, select

from schedules.months import Month
from server.db.delivering import StationCheckIn
from server.db.plans import PlanRevision
from server.db.records import Fact

_FLOOR = "revision_floor:"
_OF_MONTH = re.compile(r"(\d{4}-\d{2}):(\d{1,9})", re.ASCII)  # in the version of the manifest that a station has


def next_number(session: Session, month: Month) -> int:
    return max(0, newest_numbers(session).get(str(month), 0)) + 1


def newest_numbers(session: Session) -> dict[str, int]:
    """By month the highest number that was published here, or that a station says it plays by."""
    published = session.exec(
        select(PlanRevision.month, func.max(PlanRevision.number))
        .where(col(PlanRevision.number).is_not(None))
        .group_by(col(PlanRevision.month))
    ).all()
    found = {month: number or 0 for month, number in published}
    for name, value in session.exec(select(Fact.name, Fact.value).where(col(Fact.name).startswith(_FLOOR))):
        raise_to(found, {name.removeprefix(_FLOOR): int(value)})
    for version in session.exec(select(StationCheckIn.version).where(col(StationCheckIn.version).is_not(None))):
        raise_to(found, ((month, int(number)) for month, number in _OF_MONTH.findall(version or "")))
    return found


def raise_to(numbers: dict[str, int], others: Mapping[str, int] | Iterable[tuple[str, int]]) -> None:
    for month, number in dict(others).items():
        numbers[month] = max(number, numbers.get(month, 0))


def keep_floors(session: Session, numbers: Mapping[str, int]) -> None:
    """After a restore: what is published next is numbered above these."""
    for month, number in numbers.items():
        session.merge(Fact(name=f"{_FLOOR}{month}", value=str(number)))
