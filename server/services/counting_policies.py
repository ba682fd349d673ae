"""By which policy a month's airtime counts: its campaign's, and once the month is closed for ever as it was then."""

import msgspec
from msgspec import Struct
from sqlalchemy import String, cast, select
from sqlmodel import Session, col

from schedules.as_run import Grade, Tolerances
from schedules.months import Month
from server.db.airing import MonthClosing
from server.services.campaign_counting import tolerances_of
from server.services.campaigns import campaign_of

DEFAULT_POLICY = Grade.REPORTED


class _Closed(Struct, frozen=True, kw_only=True):
    """As `MonthClosing.policy` has it."""

    counts_from: Grade
    tolerances: Tolerances


def policy_of(session: Session, month: Month) -> tuple[Grade, Tolerances]:
    """The weakest grade that counts, and how far what was aired may lie from the plan."""
    text = session.scalars(
        select(cast(col(MonthClosing.policy), String)).where(
            col(MonthClosing.month) == str(month), col(MonthClosing.number) == 0
        )
    ).first()
    if text is not None:
        try:
            closed = msgspec.json.decode(text, type=_Closed)
        except msgspec.DecodeError:
            # Somebody meddled with it: `verify_closings` names it and nothing is closed over it; the rest can be read.
            pass
        else:
            return closed.counts_from, closed.tolerances
    campaign = campaign_of(session, month)
    return Grade(campaign.counts_from) if campaign else DEFAULT_POLICY, tolerances_of(campaign)
