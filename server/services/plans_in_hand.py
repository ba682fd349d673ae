"""A month's plan as somebody who changes it by hand finds it: the draft, or where there is none what is published."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from schedules.editing import PlanInHand
from schedules.months import Month
from server.db.plans import PlanRevision
from server.services.context import Context
from server.services.plans import PlanBasis, default_as_of, read_basis
from server.services.refusals import DraftChanged, NoPlan
from server.services.rows import identity
from server.services.stations import find_station
from server.services.stored_plans import draft_of, published_of


class Held(NamedTuple):
    """`station` is what the month's problem calls the one that was asked for."""

    revision: PlanRevision
    basis: PlanBasis
    plan: PlanInHand
    station: str


def plan_in_hand(
    session: Session, context: Context, month: Month, station: str, *, version: int | None, at: datetime
) -> Held:
    """Judged by the rows at `at`; a month that is over and was never published as it would have been beforehand.

    Raises NoPlan, DraftChanged where there is another `version`, UnknownStation.
    """
    published = published_of(session, month)
    revision = draft_of(session, month) or published
    if revision is None:
        raise NoPlan(month=str(month))
    if version is not None and version != revision.version:
        raise DraftChanged(month=str(month), given=version, found=revision.version)
    as_of = at if published is not None else default_as_of(context, month)
    basis = read_basis(session, month, as_of, station)
    named = basis.codes[identity(find_station(session, station, month))]
    return Held(revision, basis, PlanInHand(basis.instance, basis.slots()), named)
