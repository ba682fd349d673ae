"""Reports of what was aired: a month, a quarter or a year, of the province or a district, as values and documents.

The documents are Vietnamese, whatever language who asks reads: they go to Vietnamese offices.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session, col, select

from schedules.airing_results import Outcome, SlotResult
from schedules.as_run import Grade
from schedules.months import InvalidMonth, Month
from schedules.proof import ProofVerdict, Status, summed
from server.db.library import ProgrammeColumn, Topic
from server.db.plans import AirtimeRule, Campaign
from server.db.registry import Organisation, OrganisationRole, Station, UnitVersion
from server.formats import day, length
from server.reports.figures import Missed, Office, ReportFigures, Scope, StationRow, TopicRow, TrendRow
from server.reports.pdf_reports import report_pdf
from server.reports.spreadsheets import report_xlsx
from server.reports.word_reports import report_docx
from server.services.campaigns import campaign_of
from server.services.context import Context
from server.services.listing import touches
from server.services.local_time import ZONE, local_today
from server.services.proofs import Proved, proved_stations
from server.services.refusals import BadField, NoPlan
from server.services.rows import identity
from server.services.views import Export, StationView

FORMATS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MOST_MISSED = 500
_TREND_MONTHS = 6
_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})))?", re.ASCII)
_AIRED = {Outcome.AIRED, Outcome.LATE, Outcome.SHORT}
_POLICY = {
    Grade.PLANNED: "theo kế hoạch",
    Grade.DELIVERED: "tệp đã giao cho đài trở lên",
    Grade.REPORTED: "đài báo đã phát trở lên",
    Grade.LOGGED: "máy của đài ghi lại trở lên",
    Grade.HEARD: "nghe được trong bản ghi âm",
}
_STATUS = {
    Status.MET: "Đạt",
    Status.ON_TRACK: "Sắp đạt",
    Status.AT_RISK: "Có nguy cơ",
    Status.NO_DATA: "Chưa có số liệu",
    Status.NOT_MET: "Chưa đạt",
}
_FIGURES = (
    "required_ms",
    "planned_ms",
    "delivered_ms",
    "reported_ms",
    "logged_ms",
    "heard_ms",
    "counted_ms",
    "short_ms",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`text` as in addresses: 2026-12, 2026-Q4 or 2026."""

    text: str
    kind: str
    words: str
    months: tuple[Month, ...]

    @property
    def first(self) -> date:
        return self.months[0].first_date

    @property
    def last(self) -> date:
        return self.months[-1].last_date


def period_of(text: str) -> Period:
    """Raises BadField."""
    found = _PERIOD.fullmatch(text)
    expected = BadField(field="period", value=text, expected="2026-12, 2026-Q4, 2026")
    if found is None:
        raise expected
    try:
        year = int(found[1])
        if found[3]:
            month = Month.parse(text)
            words = f"tháng {month.number:02d}" if month.number < 3 else f"tháng {month.number}"
            return Period(text=text, kind="month", words=f"{words} năm {year}", months=(month,))
        if found[2]:
            quarter = int(found[2])
            months = tuple(Month(year, 3 * quarter - 2 + each) for each in range(3))
            roman = ("I", "II", "III", "IV")[quarter - 1]
            return Period(text=text, kind="quarter", words=f"quý {roman} năm {year}", months=months)
        return Period(text=text, kind="year", words=f"năm {year}", months=tuple(Month(year, n) for n in range(1, 13)))
    except InvalidMonth as error:
        raise expected from error


def make_report(context: Context, period: str, *, format: str, district: str | None = None) -> Export:  # noqa: A002 (the word that people use for it)
    """Raises BadField, NoPlan where no month of the period has a published plan, FontsMissing."""
    if format not in FORMATS:
        raise BadField(field="format", value=format, expected=", ".join(FORMATS))
    figures = report_figures(context, period, district=district)
    render = {"docx": report_docx, "pdf": report_pdf, "xlsx": report_xlsx}[format]
    place = f"-{district}" if district else ""
    return Export(
        content=render(figures),
        media_type=FORMATS[format],
        file_name=f"bao-cao-{period}{place}.{format}",
        etag="",
        modified_at=figures.as_of,
    )


def report_figures(
    context: Context, period: str, *, district: str | None = None, as_of: datetime | None = None
) -> ReportFigures:
    """What the three documents and the page say. `district` is a unit's code; minutes are those of its stations.

    A station stands in it for the months of the period in which it was there; each month's shortfall is its own.
    Raises BadField, NoPlan.
    """
    span = period_of(period)
    at = as_of or context.clock()
    with context.database.read() as session:
        months = [_month(context, session, month, at, district) for month in span.months]
        known = [month for month in months if month is not None]
        if not known:
            raise NoPlan(month=period)
        accounts = _accounts(known)
        rows = tuple(_row(position, account) for position, account in enumerate(accounts, 1))
        campaign = next((found for month in reversed(span.months) if (found := campaign_of(session, month))), None)
        policy = known[-1].policy
        return ReportFigures(
            kind=span.kind,  # type: ignore[arg-type]  # one of the three
            period=span.words,
            first=span.first,
            last=span.last,
            scope=_scope(district, accounts),
            office=_office(session, local_today(context)),
            campaign=_column(session, accounts),
            legal_grounds=_grounds(session, campaign, span),
            as_of=at.astimezone(ZONE),
            policy=_POLICY[policy],
            sentences=_sentences(span, rows, known),
            rows=rows,
            topics=_topics(session, known),
            trend=_trend(context=context, session=session, span=span, known=known, at=at, district=district),
            missed=tuple(each for month in known for each in month.missed)[:_MOST_MISSED],
            sample=any(account.view.sample for account in accounts),
        )


@dataclass(slots=True, kw_only=True)
class _Account:
    """A station over the months of the period in which it was there."""

    row: Station
    view: StationView
    verdicts: dict[str, list[ProofVerdict]] = field(default_factory=dict)
    slots: int = 0
    aired: int = 0
    urgent: int = 0


@dataclass(slots=True, kw_only=True)
class _MonthAccount:
    month: Month
    policy: Grade
    stations: list[Proved]
    missed: list[Missed]
    # By first-level topic: segments, airings, planned and counted milliseconds.
    segments: dict[str, set[str]]
    topics: dict[str, list[int]]


def _month(
    context: Context, session: Session, month: Month, at: datetime, district: str | None
) -> _MonthAccount | None:
    try:
        proved = [each for each in proved_stations(context, session, month, at) if _within(each.view, district)]
    except NoPlan:
        return None
    if not proved:
        return None
    account = _MonthAccount(month=month, policy=proved[0].policy, stations=proved, missed=[], segments={}, topics={})
    for station in proved:
        for slot in station.reconciled.slots:
            _add_slot(account, station, slot)
    return account


def _within(view: StationView, district: str | None) -> bool:
    return district is None or district in {view.unit_code, view.district_code}


def _add_slot(account: _MonthAccount, station: Proved, slot: SlotResult) -> None:
    if slot.outcome is Outcome.MISSED:
        said = next((reason.facts.get("said", "") for reason in slot.why if reason.code == "not_aired"), "")
        account.missed.append(
            Missed(
                station=station.view.name,
                starts_at=slot.slot.start,
                what=", ".join(station.titles.get(item.item.segment, item.item.segment) for item in slot.items),
                length_ms=slot.planned_ms,
                reason=str(said) or "Không có báo cáo",
            )
        )
    for item in slot.items:
        topic = station.topics.get(item.item.segment, "")
        account.segments.setdefault(topic, set()).add(item.item.segment)
        sums = account.topics.setdefault(topic, [0, 0, 0])
        sums[0] += item.shown.counted_ms(account.policy) > 0
        sums[1] += item.shown.planned_ms
        sums[2] += item.shown.counted_ms(account.policy)


def _accounts(months: Sequence[_MonthAccount]) -> list[_Account]:
    """In the order of the last month; stations that were gone by then follow."""
    found: dict[int, _Account] = {}
    for month in months:
        for station in month.stations:
            account = found.setdefault(identity(station.row), _Account(row=station.row, view=station.view))
            account.view = station.view
            for verdict in station.verdicts:
                account.verdicts.setdefault(verdict.rule, []).append(verdict)
            slots = station.reconciled.slots
            account.slots += len(slots)
            account.urgent += sum(any(item.item.segment in station.urgent for item in slot.items) for slot in slots)
            account.aired += sum(slot.outcome in _AIRED for slot in slots)
    last = [identity(station.row) for station in months[-1].stations]
    gone = [key for key in found if key not in set(last)]
    return [found[key] for key in (*last, *gone)]


def _row(position: int, account: _Account) -> StationRow:
    """By the station's minimum; where it has none, by the largest of what it was asked for as a wish."""
    verdicts = [summed(each) for each in account.verdicts.values()]
    minima = [each for each in verdicts if each.kind == "min"]
    chosen = max(minima or verdicts, key=lambda each: each.required_ms, default=None)
    figures = {name: getattr(chosen, name) if chosen else 0 for name in _FIGURES}
    asked = bool(minima)
    if not asked:
        figures |= {"required_ms": 0, "short_ms": 0}
    return StationRow(
        position=position,
        code=account.view.code,
        name=account.view.name,
        area=account.view.district_name or account.view.unit_name,
        tier=account.view.tier,  # type: ignore[arg-type]  # one of the two
        slots_planned=account.slots,
        slots_aired=account.aired,
        urgent=account.urgent,
        status="none" if not asked or chosen is None else "met" if chosen.status is Status.MET else "not_met",
        status_words="Không quy định" if not asked or chosen is None else _STATUS[chosen.status],
        note=f"Có đến hết {day(account.view.valid_to)}" if account.view.valid_to else "",
        **figures,
    )


def _scope(district: str | None, accounts: Sequence[_Account]) -> Scope:
    if district is None:
        return Scope(kind="province")
    view = accounts[0].view
    return Scope(kind="district", name=view.district_name or view.unit_name)


def _office(session: Session, on: date) -> Office:
    """The organisation that monitors on that day, and the province that it is of."""
    monitor = session.exec(
        select(Organisation.name)
        .join(OrganisationRole, col(OrganisationRole.organisation_id) == col(Organisation.id))
        .where(OrganisationRole.role == "monitor")
        .where(touches(col(OrganisationRole.valid_from), col(OrganisationRole.valid_to), on, on))
        .order_by(col(Organisation.id))
    ).first()
    province = session.exec(
        select(UnitVersion)
        .where(UnitVersion.level == "province")
        .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), on, on))
    ).first()
    kind, place = (province.kind, province.name) if province else ("tỉnh", "……………………")
    place = place.removeprefix(f"{kind.capitalize()} ")
    return Office(
        agency_over=f"UBND {kind.lower()} {place}",
        agency=monitor or "……………………",
        place=place,
        number="BC-",
        signer_title="Giám đốc",
        recipients=("UBND tỉnh;", "Sở Nội vụ;", "Lưu: VT."),
    )


def _column(session: Session, accounts: Sequence[_Account]) -> str:
    """The name of the column that most stations owe time to, or have a rule about."""
    rules = Counter(rule for account in accounts for rule, found in account.verdicts.items() if found)
    columns = dict(
        session.exec(
            select(AirtimeRule.code, ProgrammeColumn.name)
            .join(ProgrammeColumn, col(ProgrammeColumn.id) == col(AirtimeRule.column_id))
            .order_by(col(AirtimeRule.kind))
        ).all()
    )
    return next((columns[rule] for rule, _ in rules.most_common() if rule in columns), "")


def _grounds(session: Session, campaign: Campaign | None, span: Period) -> tuple[str, ...]:
    rules = session.exec(
        select(AirtimeRule.legal_ground)
        .where(touches(col(AirtimeRule.valid_from), col(AirtimeRule.valid_to), span.first, span.last))
        .where(AirtimeRule.kind == "min")
        .order_by(col(AirtimeRule.code))
    )
    grounds = [campaign.legal_ground] if campaign else []
    return tuple(dict.fromkeys(each for each in (*grounds, *rules) if each))


def _sentences(span: Period, rows: Sequence[StationRow], months: Sequence[_MonthAccount]) -> tuple[str, ...]:
    asked = [row for row in rows if row.required_ms > 0]
    met = sum(row.status == "met" for row in asked)
    counted, required = sum(row.counted_ms for row in asked), sum(row.required_ms for row in asked)
    others = [row for row in rows if row.required_ms == 0]
    told = [
        f"Trong {span.words}, {met} trên {len(asked)} đài có quy định thời lượng đã đạt; tổng thời lượng được tính là {length(counted)} trên {length(required)} phải phát (phút:giây)."
    ]
    if others:
        aired = sum(row.counted_ms > 0 for row in others)
        told.append(f"{aired} trên {len(others)} đài không có mức bắt buộc cũng đã phát chuyên mục.")
    missing = [month for month in span.months if month not in {each.month for each in months}]
    if missing:
        told.append(f"Chưa có lịch công bố cho: {', '.join(f'{month.number}/{month.year}' for month in missing)}.")
    return tuple(told)


def _topics(session: Session, months: Sequence[_MonthAccount]) -> tuple[TopicRow, ...]:
    leads = dict(session.exec(select(Organisation.id, Organisation.name)).all())
    made = []
    for topic in session.exec(select(Topic).where(col(Topic.parent_id).is_(None)).order_by(col(Topic.position))):
        sums = [month.topics.get(topic.code, [0, 0, 0]) for month in months]
        segments = set().union(*(month.segments.get(topic.code, set()) for month in months))
        made.append(
            TopicRow(
                topic=topic.name,
                lead=leads.get(topic.lead_organisation_id, "") if topic.lead_organisation_id else "",
                segments=len(segments),
                airings=sum(each[0] for each in sums),
                planned_ms=sum(each[1] for each in sums),
                counted_ms=sum(each[2] for each in sums),
            )
        )
    return tuple(made)


def _trend(
    *,
    context: Context,
    session: Session,
    span: Period,
    known: Sequence[_MonthAccount],
    at: datetime,
    district: str | None,
) -> tuple[TrendRow, ...]:
    """The months of the period, of a month also those before it that have a published plan."""
    accounts = list(known)
    month = span.months[0]
    while span.kind == "month" and len(accounts) < _TREND_MONTHS:
        month = month.previous()
        before = _month(context, session, month, at, district)
        if before is None:
            break
        accounts.insert(0, before)
    return tuple(_trend_row(account) for account in accounts)


def _trend_row(account: _MonthAccount) -> TrendRow:
    minima = [
        max(found, key=lambda each: each.required_ms)
        for station in account.stations
        if (found := [each for each in station.verdicts if each.kind == "min" and each.required_ms > 0])
    ]
    return TrendRow(
        month=str(account.month),
        stations_met=sum(each.status is Status.MET for each in minima),
        stations=len(minima),
        required_ms=sum(each.required_ms for each in minima),
        counted_ms=sum(each.counted_ms for each in minima),
    )
