"""Campaigns: what a province plans for in some months, on which ground, and what its planner weighs there.

A campaign holds for whole months: for each of which it has a day. No two share a month, so that each month has one
set of weights; a month without a campaign is planned with the planner's defaults. What changes here changes no plan:
the next planning of a month weighs anew.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec
from msgspec import UNSET, Struct, UnsetType
from sqlmodel import Session, col, select

from schedules.as_run import Grade
from schedules.months import Month
from schedules.problem import Weights
from server.db.plans import Campaign
from server.services.audit import record
from server.services.campaign_counting import DEFAULT_TOLERANCES, within, write_counting
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.plain_text import one_line, shown
from server.services.refusals import (
    BadField,
    CampaignExists,
    CampaignsShareMonth,
    EndNotAfterStart,
    UnknownCampaign,
    UnknownWeight,
)

LONGEST_NAME, LONGEST_GROUND = 200, 1000
MOST_WEIGHT = 1000.0  # the wishes only weigh against each other; costs stay sums that floats tell apart
MOST_FREEZE_HOURS = 744.0  # a month of 31 days
MOST_SEED = 2**31 - 1
DEFAULT_WEIGHTS: dict[str, float] = {name: float(weight) for name, weight in msgspec.structs.asdict(Weights()).items()}
DEFAULT_FREEZE = timedelta(hours=24)
DEFAULT_APPROVALS, MOST_APPROVALS = 1, 2
DEFAULT_VETTING = timedelta(hours=48)
LEAST_VETTING_HOURS, MOST_VETTING_HOURS = 1.0, 744.0

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class CampaignView(Struct, frozen=True, kw_only=True):
    """`weights` has all of them in their order; dates are local, both included, null where there is no end.

    Slots of a published plan that start within `freeze_hours` stay as they are when the month is planned anew. A
    recording that is handed in while the campaign is in force needs so many `approvals`, within `vetting_hours`.

    `counts_from` is the weakest grade of evidence by which airtime counts, one of `COUNTING`; `tolerances` has all of
    `schedules.as_run.Tolerances`; what is heard in a recording at `heard_from` at least is an entry at once, above 1
    always a person decides. These three hold for open months at once; a month that is closed keeps its own.
    """

    code: str
    name: str
    legal_ground: str
    weights: dict[str, float]
    freeze_hours: float
    seed: int
    approvals: int
    vetting_hours: float
    counts_from: str
    tolerances: dict[str, float]
    heard_from: float
    valid_from: date | None
    valid_to: date | None
    sample: bool


class CampaignChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not given stays as it is, of a new campaign as it is by default; `weights` and `tolerances` may name only some."""

    name: str | UnsetType = UNSET
    legal_ground: str | UnsetType = UNSET
    weights: dict[str, float] | UnsetType = UNSET
    freeze_hours: float | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    approvals: int | UnsetType = UNSET
    vetting_hours: float | UnsetType = UNSET
    counts_from: str | UnsetType = UNSET
    tolerances: dict[str, float] | UnsetType = UNSET
    heard_from: float | UnsetType = UNSET
    valid_from: date | UnsetType | None = UNSET
    valid_to: date | UnsetType | None = UNSET


def list_campaigns(context: Context) -> list[CampaignView]:
    """The earliest first."""
    with context.database.read() as session:
        rows = session.exec(select(Campaign)).all()
        ordered = sorted(rows, key=lambda row: (row.valid_from or date.min, row.code))
        return [_view(row) for row in ordered]


def get_campaign(context: Context, code: str) -> CampaignView:
    """Raises UnknownCampaign."""
    with context.database.read() as session:
        return _view(_find(session, code))


def campaign_in(context: Context, month: Month) -> CampaignView | None:
    """The campaign that weighs in that month."""
    with context.database.read() as session:
        row = campaign_of(session, month)
        return None if row is None else _view(row)


def add_campaign(context: Context, code: str, given: CampaignChange) -> CampaignView:
    """With name and ground. Raises BadField, CampaignExists, CampaignsShareMonth, EndNotAfterStart, UnknownWeight,
    UnknownTolerance."""
    if not _CODE.fullmatch(code):
        raise BadField(field="code", value=shown(code), expected="code")
    with disk_refusals(context.home), context.database.write() as session:
        if session.exec(select(Campaign).where(Campaign.code == code)).first() is not None:
            raise CampaignExists(campaign=code)
        row = Campaign(code=code, name="", legal_ground="", weights={})
        _write(row, _whole(given))
        _require_own_months(session, row)
        session.add(row)
        view = _view(row)
        _record(session, context, "campaign.added", code, before=None, after=view)
    return view


def change_campaign(context: Context, code: str, given: CampaignChange) -> CampaignView:
    """Raises UnknownCampaign, BadField, CampaignsShareMonth, EndNotAfterStart, UnknownWeight,
    UnknownTolerance.

    What changes nothing leaves no trace.
    """
    with disk_refusals(context.home), context.database.write() as session:
        row = _find(session, code)
        before = _view(row)
        _write(row, given)
        _require_own_months(session, row)
        after = _view(row)
        if after != before:
            session.add(row)
            _record(session, context, "campaign.changed", code, before=before, after=after)
    return after


def campaign_of(session: Session, month: Month) -> Campaign | None:
    """Of whole months: the campaign that has a day of it."""
    return session.exec(
        select(Campaign)
        .where(col(Campaign.valid_from).is_(None) | (col(Campaign.valid_from) <= month.last_date))
        .where(col(Campaign.valid_to).is_(None) | (col(Campaign.valid_to) >= month.first_date))
        .order_by(col(Campaign.code))
    ).first()


def freeze_of(session: Session, month: Month) -> timedelta:
    """Slots of that month nearer than this are kept by the planner whatever they hold."""
    campaign = campaign_of(session, month)
    return DEFAULT_FREEZE if campaign is None else timedelta(hours=campaign.freeze_hours)


def _find(session: Session, code: str) -> Campaign:
    row = session.exec(select(Campaign).where(Campaign.code == code)).first()
    if row is None:
        known = session.exec(select(Campaign.code).order_by(col(Campaign.code))).all()
        raise UnknownCampaign(campaign=shown(code), known=list(known))
    return row


def _view(row: Campaign) -> CampaignView:
    return CampaignView(
        code=row.code,
        name=row.name,
        legal_ground=row.legal_ground,
        weights=DEFAULT_WEIGHTS | row.weights,
        freeze_hours=float(row.freeze_hours),
        seed=row.seed,
        approvals=row.approvals,
        vetting_hours=float(row.vetting_hours),
        counts_from=Grade(row.counts_from).name.lower(),
        tolerances=DEFAULT_TOLERANCES | row.tolerances,
        heard_from=float(row.heard_from),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        sample=row.sample,
    )


def _whole(given: CampaignChange) -> CampaignChange:
    """What every campaign must have is asked for, also where it is not given."""
    name = "" if given.name is UNSET else given.name
    ground = "" if given.legal_ground is UNSET else given.legal_ground
    return msgspec.structs.replace(given, name=name, legal_ground=ground)


def _write(row: Campaign, given: CampaignChange) -> None:
    """Only what is given. Raises BadField, EndNotAfterStart, UnknownWeight, UnknownTolerance."""
    if given.name is not UNSET:
        row.name = one_line("name", given.name, longest=LONGEST_NAME)
    if given.legal_ground is not UNSET:
        row.legal_ground = one_line("legal_ground", given.legal_ground, longest=LONGEST_GROUND)
    if given.weights is not UNSET:
        row.weights = _weights(DEFAULT_WEIGHTS | row.weights, given.weights)
    if given.freeze_hours is not UNSET:
        row.freeze_hours = within("freeze_hours", given.freeze_hours, MOST_FREEZE_HOURS)
    if given.seed is not UNSET:
        row.seed = int(within("seed", given.seed, MOST_SEED))
    if given.approvals is not UNSET:
        row.approvals = int(within("approvals", given.approvals, MOST_APPROVALS, least=DEFAULT_APPROVALS))
    if given.vetting_hours is not UNSET:
        row.vetting_hours = within("vetting_hours", given.vetting_hours, MOST_VETTING_HOURS, least=LEAST_VETTING_HOURS)
    write_counting(row, given.counts_from, given.tolerances, given.heard_from)
    if given.valid_from is not UNSET:
        row.valid_from = given.valid_from
    if given.valid_to is not UNSET:
        row.valid_to = given.valid_to
    if row.valid_from is not None and row.valid_to is not None and row.valid_to < row.valid_from:
        raise EndNotAfterStart(start=row.valid_from.isoformat(), end=row.valid_to.isoformat())


def _weights(before: Mapping[str, float], given: Mapping[str, float]) -> dict[str, float]:
    """Those that are not the default."""
    for name in given:
        if name not in DEFAULT_WEIGHTS:
            raise UnknownWeight(weight=shown(name), known=list(DEFAULT_WEIGHTS))
    now = dict(before) | {name: within(f"weights.{name}", value, MOST_WEIGHT) for name, value in given.items()}
    return {name: weight for name, weight in now.items() if weight != DEFAULT_WEIGHTS[name]}


def _require_own_months(session: Session, row: Campaign) -> None:
    """Raises CampaignsShareMonth."""
    begins, ends = _months(row)
    for other in session.exec(select(Campaign).where(Campaign.code != row.code).order_by(col(Campaign.code))):
        other_begins, other_ends = _months(other)
        if max(begins, other_begins) <= min(ends, other_ends):
            raise CampaignsShareMonth(campaign=row.code, other=other.code)


def _months(row: Campaign) -> tuple[date, date]:
    """The first days of its first and last month."""
    return (row.valid_from or date.min).replace(day=1), (row.valid_to or date.max).replace(day=1)


def _record(
    session: Session, context: Context, action: str, code: str, *, before: CampaignView | None, after: CampaignView
) -> None:
    record(
        session,
        context,
        at=context.clock(),
        action=action,
        subject=code,
        before=msgspec.to_builtins(before),
        after=msgspec.to_builtins(after),
    )
