"""What a report says, as values: of a month, a quarter or a year, of the province, a district or a topic's lead.

Of months that are closed it says what was closed; the documents are Vietnamese, whatever language who asks reads.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct
from sqlmodel import Session, col, select

from schedules.airing_results import Outcome
from schedules.proof import ProofVerdict, Status
from server.db.airing import MonthClosing
from server.db.library import Topic
from server.db.registry import Organisation
from server.formats import day, moment
from server.reports.figures import Change, ReportFigures, Scope, StationRow, TopicRow, TrendRow
from server.reports.wording import length
from server.services.campaigns import campaign_of
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.refusals import NoPlan
from server.services.report_months import (
    Ground,
    MonthAccount,
    StationMonth,
    account_of,
    closed_verdicts,
    ground_of,
    lead_figures,
)
from server.services.report_offices import column_of, grounds_of, office_of, rule_names
from server.services.report_periods import Extent, Period, extent_of, period_of
from server.services.report_verdicts import PROOF_FIGURES, missed_most, policy_words, station_figures, worst_of
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import has_everywhere
from server.services.views import StationView

_TREND_MONTHS = 6
_UNITS = "phút:giây; từ 1 giờ trở lên là giờ:phút:giây"
_AIRED = {Outcome.AIRED, Outcome.LATE, Outcome.SHORT}


class Gathered(Struct, frozen=True, kw_only=True):
    """`closing_id`, `closing_hash`: of the last closing that the figures rest on, None and "" where there is none.

    `final`: the period is over, and each of its months that has a plan is closed.
    """

    figures: ReportFigures
    closing_id: int | None
    closing_hash: str
    final: bool


def report_figures(
    context: Context, period: str, *, district: str | None = None, lead: str | None = None
) -> ReportFigures:
    """What the three documents and the page say. `district` is a unit's code, `lead` an organisation's.

    A station stands in it for the months of the period in which it was there; each month's shortfall is its own.
    Raises BadField, NoPlan, NothingLed.
    """
    return gather(context, period_of(period), extent_of(district=district, lead=lead)).figures


def gather(context: Context, span: Period, extent: Extent) -> Gathered:
    """Raises NoPlan where no month of the period has a published plan, NothingLed."""
    now = context.clock()
    with context.database.read() as session:
        ground = ground_of(session, extent, now)
        months = [account_of(context, session, month, ground) for month in span.months]
        known = [month for month in months if month is not None]
        if not known:
            raise NoPlan(month=span.text)
        closings = [month.closing for month in known if month.closing is not None]
        last = max(closings, key=identity, default=None)
        closed = len(closings) == len(known)
        final = closed and span.last < local_today(context)
        accounts = _accounts(known)
        names = rule_names(session)
        rows = tuple(_row(position, account, ground, names) for position, account in enumerate(accounts, 1))
        campaign = next((found for month in reversed(span.months) if (found := campaign_of(session, month))), None)
        lead = _lead_name(session, extent)
        own = lead if not has_everywhere(context.who, Right.REPORTS_MAKE, local_today(context)) else None
        changes = tuple(change for month in known for change in _changes(session, month, extent))
        topics = _topics(session, known, ground)
        figures = ReportFigures(
            kind=span.kind,
            period=span.words,
            first=span.first,
            last=span.last,
            scope=_scope(extent, accounts, lead),
            office=office_of(session, local_today(context), agency=own, maker=context.who.organisation_id),
            campaign=column_of(
                session,
                (rule for each in accounts for rule in dict.fromkeys(verdict.rule for verdict in each.verdicts)),
            ),
            legal_grounds=grounds_of(session, campaign, span.first, span.last),
            as_of=(last.as_of if final and last is not None else now).astimezone(ZONE),
            policy=policy_words([(month.month, month.policy) for month in known]),
            sentences=(
                *(_told_of_lead(span, rows, topics, lead) if lead else _told(span, rows)),
                *_told_of_closings(span, months, changes, final=final),
            ),
            rows=rows,
            topics=topics,
            trend=_trend(context, session, span, known, ground),
            missed=tuple(each for month in known for each in month.missed),
            changes=changes,
            sample=any(account.view.sample for account in accounts),
        )
        return Gathered(
            figures=figures,
            closing_id=None if last is None else identity(last),
            closing_hash="" if last is None else last.hash,
            final=final,
        )


@dataclass(slots=True, kw_only=True)
class _Account:
    """A station over the months of the period in which it was there."""

    view: StationView
    verdicts: list[ProofVerdict] = field(default_factory=list)
    led: list[dict[str, int]] = field(default_factory=list)
    slots: int = 0
    aired: int = 0
    urgent: int = 0

    def add(self, month: MonthAccount, station: StationMonth) -> None:
        self.view = station.view
        self.verdicts += station.verdicts
        self.led.append(lead_figures(station, month.policy))
        self.slots += len(station.slots)
        self.urgent += sum(any(item.item.segment in station.urgent for item in slot.items) for slot in station.slots)
        self.aired += sum(slot.outcome in _AIRED for slot in station.slots)


def _accounts(months: Sequence[MonthAccount]) -> list[_Account]:
    """In the order of the last month; stations that were gone by then follow."""
    found: dict[int, _Account] = {}
    for month in months:
        for station in month.stations:
            found.setdefault(station.key, _Account(view=station.view)).add(month, station)
    last = [station.key for station in months[-1].stations]
    gone = [key for key in found if key not in set(last)]
    return [found[key] for key in (*last, *gone)]


def _row(position: int, account: _Account, ground: Ground, names: Mapping[str, str]) -> StationRow:
    notes = [f"Có đến hết {day(account.view.valid_to)}"] if account.view.valid_to else []
    if ground.led is None:
        figures, status, words, rules = station_figures(account.verdicts)
        if rules:
            notes.append(f"Đài có nhiều mức bắt buộc; số liệu theo mức thiếu nhiều nhất: {_named(rules, names)}")
    else:
        figures = {name: sum(each[name] for each in account.led) for name in PROOF_FIGURES}
        status, words = "none", _aired_words(figures["counted_ms"], figures["planned_ms"])
    return StationRow(
        position=position,
        code=account.view.code,
        name=account.view.name,
        area=account.view.district_name or account.view.unit_name,
        tier=account.view.tier,  # type: ignore[arg-type]  # one of the two
        slots_planned=account.slots,
        slots_aired=account.aired,
        urgent=account.urgent,
        status=status,  # type: ignore[arg-type]  # one of the three
        status_words=words,
        note=". ".join(notes),
        **figures,
    )


def _named(rules: Iterable[str], names: Mapping[str, str]) -> str:
    return "; ".join(f"«{names.get(rule, rule)}»" for rule in rules)


def _aired_words(counted_ms: int, planned_ms: int) -> str:
    if counted_ms >= planned_ms:
        return "Đã phát đủ"
    return "Phát một phần" if counted_ms else "Chưa phát"


def _lead_name(session: Session, extent: Extent) -> str | None:
    if extent.kind != "lead":
        return None
    return session.exec(select(Organisation.name).where(Organisation.code == extent.code)).one()


def _scope(extent: Extent, accounts: Sequence[_Account], lead: str | None) -> Scope:
    if extent.kind == "district":
        return Scope(kind="district", name=accounts[0].view.district_name or accounts[0].view.unit_name)
    return Scope(kind=extent.kind, name=lead or "")


def _told(span: Period, rows: Sequence[StationRow]) -> list[str]:
    asked = [row for row in rows if row.required_ms > 0]
    met = sum(row.status == "met" for row in asked)
    counted, required = sum(row.counted_ms for row in asked), sum(row.required_ms for row in asked)
    others = [row for row in rows if row.required_ms == 0]
    told = [
        f"Trong {span.words}, {met} trên {len(asked)} đài có quy định thời lượng đã đạt; tổng thời lượng được tính là {length(counted)} trên {length(required)} phải phát ({_UNITS})."
    ]
    if others:
        aired = sum(row.counted_ms > 0 for row in others)
        told.append(
            f"{aired} trên {len(others)} đài không có mức bắt buộc cũng đã phát chuyên mục."
            if aired
            else f"Trong {len(others)} đài không có mức bắt buộc, chưa đài nào phát chuyên mục."
        )
    return told


def _told_of_lead(span: Period, rows: Sequence[StationRow], topics: Sequence[TopicRow], lead: str) -> list[str]:
    aired = sum(row.counted_ms > 0 for row in rows)
    segments, airings = sum(row.segments for row in topics), sum(row.airings for row in topics)
    counted, planned = sum(row.counted_ms for row in rows), sum(row.planned_ms for row in rows)
    return [
        f"Trong {span.words}, {segments} bài thuộc các nội dung do {lead} chủ trì có trong lịch của {len(rows)} đài; {aired} đài đã phát, tất cả {airings} lượt; tổng thời lượng được tính là {length(counted)} trên {length(planned)} theo kế hoạch ({_UNITS})."
    ]


def _told_of_closings(
    span: Period, months: Sequence[MonthAccount | None], changes: Sequence[Change], *, final: bool
) -> list[str]:
    told = []
    missing = [month for month, account in zip(span.months, months, strict=True) if account is None]
    if missing:
        told.append(f"Chưa có lịch công bố cho: {', '.join(f'{month.number}/{month.year}' for month in missing)}.")
    known = [month for month in months if month is not None]
    told += [_told_of_amendment(each.closing) for each in known if each.closing is not None and each.closing.number]
    if changes:
        told.append(
            f"So với lần chốt đầu, số liệu của {len({each.station for each in changes})} đài đã thay đổi (phụ lục)."
        )
    if not final:
        unclosed = [f"{each.month.number}/{each.month.year}" for each in known if each.closing is None]
        why = f"tháng {', '.join(unclosed)} chưa chốt" if unclosed else "kỳ báo cáo chưa kết thúc"
        told.append(f"Số liệu tạm tính: {why}.")
    return told


def _told_of_amendment(closing: MonthClosing) -> str:
    year, number = closing.month.split("-")
    reason = closing.reason.rstrip(" .")
    return f"Số liệu tháng {int(number)}/{year} đã chốt bổ sung lần {closing.number} lúc {moment(closing.closed_at, ZONE)}; lý do: {reason}."


def _changes(session: Session, account: MonthAccount, extent: Extent) -> list[Change]:
    """What amendments changed of the figures; what is led is not closed by itself."""
    closing = account.closing
    if closing is None or closing.number == 0 or extent.kind == "lead":
        return []
    first = session.exec(
        select(MonthClosing).where(MonthClosing.month == closing.month, MonthClosing.number == 0)
    ).one()
    before = closed_verdicts(session, first)
    made = []
    for station in account.stations:
        _code, _name, verdicts = before.get(station.key, ("", "", []))
        was, was_status, was_words, _rules = station_figures(verdicts)
        now, status, words, _rules = station_figures(station.verdicts)
        if (was, was_status, was_words) != (now, status, words):
            names = ("planned", "reported", "counted", "short")
            made.append(
                Change(
                    month=closing.month,
                    station=station.view.name,
                    status_before=was_words,
                    status_words=words,
                    **{f"{name}_before_ms": was[f"{name}_ms"] for name in names},
                    **{f"{name}_ms": now[f"{name}_ms"] for name in names},
                )
            )
    return made


def _topics(session: Session, months: Sequence[MonthAccount], ground: Ground) -> tuple[TopicRow, ...]:
    leads = dict(session.exec(select(Organisation.id, Organisation.name)).all())
    topics = session.exec(select(Topic).order_by(col(Topic.position), col(Topic.id))).all()
    shown = [each for each in topics if each.parent_id is None] if ground.led is None else _led(topics, ground.led)
    made = []
    for topic in shown:
        sums = [month.topics.get(topic.code, [0, 0, 0]) for month in months]
        segments = set().union(*(month.segments.get(topic.code, set()) for month in months))
        if ground.led is not None and not segments and any(each.parent_id == topic.id for each in topics):
            continue  # a heading over others
        lead = leads.get(topic.lead_organisation_id, "") if topic.lead_organisation_id else ""
        made.append(
            TopicRow(
                topic=topic.name,
                lead=lead,
                segments=len(segments),
                airings=sum(each[0] for each in sums),
                planned_ms=sum(each[1] for each in sums),
                counted_ms=sum(each[2] for each in sums),
            )
        )
    return tuple(made)


def _led(topics: Sequence[Topic], led: frozenset[str]) -> list[Topic]:
    """Each below the one that it is a part of."""

    def below(parent: int | None) -> Iterable[Topic]:
        for topic in topics:
            if topic.parent_id == parent:
                yield topic
                yield from below(topic.id)

    return [topic for topic in below(None) if topic.code in led]


def _trend(
    context: Context, session: Session, span: Period, known: Sequence[MonthAccount], ground: Ground
) -> tuple[TrendRow, ...]:
    """The months of the period, of a month also those before it that have a published plan. Of a lead's topics nothing
    is required that months could be held against.
    """
    if ground.led is not None:
        return ()
    accounts = list(known)
    month = span.months[0]
    while span.kind == "month" and len(accounts) < _TREND_MONTHS:
        month = month.previous()
        before = account_of(context, session, month, ground)
        if before is None:
            break
        accounts.insert(0, before)
    return tuple(_trend_row(account) for account in accounts)


def _trend_row(account: MonthAccount) -> TrendRow:
    asked = [
        found
        for station in account.stations
        if (found := [each for each in station.verdicts if each.kind == "min" and each.required_ms > 0])
    ]
    chosen = [most for minima in asked if (most := missed_most(minima))]
    return TrendRow(
        month=str(account.month),
        stations_met=sum(worst_of(minima) is Status.MET for minima in asked),
        stations=len(asked),
        required_ms=sum(each.required_ms for each in chosen),
        counted_ms=sum(each.counted_ms for each in chosen),
    )
