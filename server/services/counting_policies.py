"""By which policy a month's airtime counts: its campaign's, and once the month is closed for ever as it was then."""

from typing import Any

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.as_run import Grade, Tolerances
from schedules.months import Month
from server.db.airing import MonthClosing
from server.services.campaign_counting import tolerances_of
from server.services.campaigns import campaign_of

DEFAULT_POLICY = Grade.REPORTED


def policy_of(session: Session, month: Month) -> tuple[Grade, Tolerances]:
    """The weakest grade that counts, and how far what was aired may lie from the plan."""
    closed: dict[str, Any] | None = session.scalars(
        select(col(MonthClosing.policy)).where(col(MonthClosing.month) == str(month), col(MonthClosing.number) == 0)
    ).first()
    if closed is not None:
        return Grade(closed["counts_from"]), msgspec.convert(closed["tolerances"], Tolerances)
    campaign = campaign_of(session, month)
    return Grade(campaign.counts_from) if campaign else DEFAULT_POLICY, tolerances_of(campaign)
