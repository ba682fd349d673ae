"""A month as a report tells of it: as it was closed where it was, as it is known now where it was not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select

from schedules.airing_results import ItemResult, Outcome, SlotResult
from schedules.as_run import Grade
from schedules.months import Month
from schedules.proof import ProofVerdict, Status
from server.db.airing import ClosedFigure, MonthClosing
from server.db.library import Segment, Topic
from server.db.registry import Organisation, Station
from server.reports.figures import Missed
from server.services.closing_hashes import SEAL
from server.services.context import Context
from server.services.local_time import day_in, local_today
from server.services.proof_views import ProofView
from server.services.proofs import Proved, proved_stations
from server.services.refusals import NoPlan, NoStations
from server.services.report_periods import Extent
from server.services.report_refusals import NothingLed
from server.services.rows import identity
from server.services.scopes import led_topics
from server.services.stations import station_views
from server.services.views import StationView

_NOBODY = 0  # no organisation has this key


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a report looks at. `led` are the codes of the topics that an organisation leads; None: all airtime.

    `topic_of` has each segment's own topic.
    """

    extent: Extent
    at: datetime
    led: frozenset[str] | None = None
    topic_of: Mapping[str, str] = field(default_factory=dict)

    def is_led(self, item: ItemResult) -> bool:
        return self.led is None or self.topic_of.get(item.item.segment) in self.led

    def reaches(self, view: StationView) -> bool:
        return self.extent.kind != "district" or self.extent.code in {view.unit_code, view.district_code}


@dataclass(frozen=True, slots=True, kw_only=True)
class StationMonth:
    """`slots` with the items that the report looks at; `verdicts` without evidence where the month is closed."""

    key: int
    view: StationView
    verdicts: Sequence[ProofVerdict]
    slots: Sequence[SlotResult] = ()
    urgent: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class MonthAccount:
    """`topics`: airings, planned and counted milliseconds by topic, the first-level one unless a lead's are looked at."""

    month: Month
    policy: Grade
    closing: MonthClosing | None
    stations: list[StationMonth]
    missed: list[Missed] = field(default_factory=list)
    segments: dict[str, set[str]] = field(default_factory=dict)
    topics: dict[str, list[int]] = field(default_factory=dict)


def ground_of(session: Session, extent: Extent, at: datetime) -> Ground:
    """Raises NothingLed."""
    if extent.kind != "lead":
        return Ground(extent=extent, at=at)
    office = session.exec(select(Organisation.id).where(Organisation.code == extent.code)).first()
    # Without those that nobody leads, which `led_topics` gives to everybody.
    led = led_topics(session, office) - led_topics(session, _NOBODY) if office is not None else set()
    if not led:
        raise NothingLed(organisation=extent.code)
    topics = session.exec(select(Segment.code, Topic.code).join(Topic, col(Topic.id) == col(Segment.topic_id)))
    codes = session.exec(select(Topic.code).where(col(Topic.id).in_(led)))
    return Ground(extent=extent, at=at, led=frozenset(codes), topic_of=dict(topics.all()))


def account_of(context: Context, session: Session, month: Month, ground: Ground) -> MonthAccount | None:
    """None where nothing is published for the month, or none of its stations lies in the district."""
    closing = closing_until(session, month)
    at, revision = (ground.at, None) if closing is None else (closing.as_of, closing.revision)
    wanted = ground.reaches if ground.extent.kind == "district" else None
    try:
        proved = list(proved_stations(context, session, month, at, revision=revision, wanted=wanted))
    except (NoPlan, NoStations):
        proved = []
    if closing is not None:
        policy = Grade(msgspec.convert(closing.policy["counts_from"], int))
        found = _closed_month(context, session, month, closing, proved)
    elif proved:
        policy = proved[0].policy
        found = [_open_month(each) for each in proved]
    else:
        return None
    titles, first_level = (proved[0].titles, proved[0].topics) if proved else ({}, {})
    account = MonthAccount(month=month, policy=policy, closing=closing, stations=[])
    for each in found:
        if not ground.reaches(each.view):
            continue
        station = each if ground.led is None else _led_alone(each, ground)
        if station is not None:
            account.stations.append(station)
            for slot in station.slots:
                _add(account, station, slot, ground.topic_of if ground.led is not None else first_level, titles)
    # Nothing of what is led stands in the plan: a figure too.
    return account if account.stations or ground.led is not None else None


def closing_until(session: Session, month: Month, last: int | None = None) -> MonthClosing | None:
    """The month's latest closing or amendment, with a key up to `last`."""
    query = select(MonthClosing).where(MonthClosing.month == str(month))
    if last is not None:
        query = query.where(col(MonthClosing.id) <= last)
    return session.exec(query.order_by(col(MonthClosing.id).desc()).limit(1)).first()


def closed_verdicts(session: Session, closing: MonthClosing) -> dict[int, tuple[str, str, list[ProofVerdict]]]:
    """By station: its code and name on that day, and its verdicts, in the order of the closing."""
    rows = session.exec(
        select(ClosedFigure).where(ClosedFigure.closing_id == identity(closing)).order_by(col(ClosedFigure.id))
    )
    found: dict[int, tuple[str, str, list[ProofVerdict]]] = {}
    for row in rows:
        verdicts = found.setdefault(row.station_id, (row.station, row.station_name, []))[2]
        if row.rule != SEAL:
            verdicts.append(_verdict(msgspec.convert(row.figures, ProofView), row.station, closing.month))
    return found


def lead_figures(station: StationMonth, policy: Grade) -> dict[str, int]:
    """Of what is led: nothing is required, so nothing is short."""
    shown = [item.shown for slot in station.slots for item in slot.items]
    return {
        "required_ms": 0,
        "planned_ms": sum(each.planned_ms for each in shown),
        "delivered_ms": sum(each.delivered_ms for each in shown),
        "reported_ms": sum(each.reported_ms for each in shown),
        "logged_ms": sum(each.logged_ms for each in shown),
        "heard_ms": sum(each.heard_ms for each in shown),
        "counted_ms": sum(each.counted_ms(policy) for each in shown),
        "short_ms": 0,
    }


def _open_month(proved: Proved) -> StationMonth:
    return StationMonth(
        key=identity(proved.row),
        view=proved.view,
        verdicts=proved.verdicts,
        slots=proved.reconciled.slots,
        urgent=proved.urgent,
    )


def _closed_month(
    context: Context, session: Session, month: Month, closing: MonthClosing, proved: Iterable[Proved]
) -> list[StationMonth]:
    """The stations of the closing with their names and verdicts of that day, whatever became of them since."""
    known = {identity(each.row): each for each in proved}
    # What has no verdict had left the month already, and only its entries were sealed; or no rule asks for anything.
    closed = {key: each for key, each in closed_verdicts(session, closing).items() if each[2] or key in known}
    gone = session.exec(select(Station).where(col(Station.id).in_(closed.keys() - known.keys()))).all()
    views = station_views(session, gone, day_in(month, local_today(context)))
    lost = {identity(row): view for row, view in zip(gone, views, strict=True)}
    found = []
    for key, (code, name, verdicts) in closed.items():
        still = known.get(key)
        view = msgspec.structs.replace(still.view if still else lost[key], code=code, name=name)
        slots = still.reconciled.slots if still else ()
        urgent = still.urgent if still else frozenset[str]()
        found.append(StationMonth(key=key, view=view, verdicts=verdicts, slots=slots, urgent=urgent))
    return found


def _verdict(view: ProofView, station: str, month: str) -> ProofVerdict:
    return ProofVerdict(
        rule=view.rule,
        station=station,
        months=(month,),
        kind=view.kind,
        policy=Grade[view.policy.upper()],
        required_ms=view.required_ms,
        planned_ms=view.planned_ms,
        delivered_ms=view.delivered_ms,
        reported_ms=view.reported_ms,
        logged_ms=view.logged_ms,
        heard_ms=view.heard_ms,
        counted_ms=view.counted_ms,
        short_ms=view.short_ms,
        to_come_ms=view.to_come_ms,
        awaited_ms=0,
        settled_ms=view.planned_ms,
        said=True,
        status=Status(view.status),
    )


def _led_alone(station: StationMonth, ground: Ground) -> StationMonth | None:
    slots = []
    for slot in station.slots:
        items = tuple(item for item in slot.items if ground.is_led(item))
        if items:
            slots.append(replace(slot, items=items, planned_ms=sum(item.shown.planned_ms for item in items)))
    return replace(station, slots=slots) if slots else None


def _add(
    account: MonthAccount,
    station: StationMonth,
    slot: SlotResult,
    topics: Mapping[str, str],
    titles: Mapping[str, str],
) -> None:
    if slot.outcome is Outcome.MISSED:
        said = next((reason.facts.get("said", "") for reason in slot.why if reason.code == "not_aired"), "")
        account.missed.append(
            Missed(
                station=station.view.name,
                starts_at=slot.slot.start,
                what=", ".join(titles.get(item.item.segment, item.item.segment) for item in slot.items),
                length_ms=slot.planned_ms,
                reason=str(said) or "Không có báo cáo",
            )
        )
    for item in slot.items:
        topic = topics.get(item.item.segment, "")
        account.segments.setdefault(topic, set()).add(item.item.segment)
        sums = account.topics.setdefault(topic, [0, 0, 0])
        sums[0] += item.shown.counted_ms(account.policy) > 0
        sums[1] += item.shown.planned_ms
        sums[2] += item.shown.counted_ms(account.policy)
