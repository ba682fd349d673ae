"""Checking a month: what is planned against what the rules in force ask."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from msgspec.structs import replace
from sqlalchemy import select
from sqlmodel import col

from schedules.evaluation import evaluate
from schedules.months import Month
from schedules.problem import Slot
from schedules.problem_index import ProblemIndex
from server.db.library import Segment
from server.services import registry
from server.services.context import Context
from server.services.instances import build_instance, slots_as_values, station_codes
from server.services.local_time import ZONE
from server.services.plan_views import ALL
from server.services.reasons import reason_sentences
from server.services.rights import Right
from server.services.scopes import reached_stations
from server.services.spreadsheet_cells import BYTE_ORDER_MARK, as_lines
from server.services.stations import stations_in
from server.services.stored_plans import draft_of, plans_of, published_of, read_slots
from server.services.verdicts import Judged, given_reasons, judge, rule_texts, verdict_view
from server.services.views import MonthCheck, VerdictView
from server.texts import _

Reason = dict[str, object]


def check_month(context: Context, month: Month) -> MonthCheck:
    """The published plan, else the draft, else nothing, counted against the rules and segments of today.

    Of the stations that who asks reaches. An item that is not valid any more on the date it is planned for counts nowhere. Raises NoStations, NoColumns.
    """
    reached = reached_stations(context, Right.MONTHS_READ)
    views = [
        view
        for view in registry.list_stations(context, month=month, limit=ALL).items
        if reached is None or view.id in reached
    ]
    with context.database.read() as session:
        plan = published_of(session, month) or draft_of(session, month)
        instance = build_instance(session, month, as_of=context.clock())
        codes = station_codes(stations_in(session, month))
        stored = read_slots(session, plans_of(plan.id)) if plan else {}
        given = given_reasons(session, plan, codes) if plan else {}
        texts = rule_texts(session)
        rows = session.execute(
            select(col(Segment.code), col(Segment.withdrawn_at)).where(col(Segment.withdrawn_at).is_not(None))
        )
        withdrawn = {code: at for code, at in rows if at is not None}
    index = ProblemIndex(instance)
    slots, dropped = _still_valid(index, slots_as_values(stored, codes), withdrawn)

    def reasons(rule: str, station: str) -> tuple[Reason, ...]:
        found: list[Reason] = [] if plan else [{"code": "no_plan"}]
        if station in dropped:
            found.append({"code": "no_longer_valid", "segments": sorted(dropped[station])})
        return (*found, *given.get((rule, station), ()))

    evaluation = evaluate(instance, slots, index=index, reasons=reasons)
    judged = judge(instance, evaluation.verdicts, slots, index=index)
    ranked = sorted(
        (
            (-_missing(each), position, verdict_view(each, view, texts))
            for position, view in enumerate(views)
            for each in judged.get(codes[view.id], [])
        ),
        key=lambda found: found[:2],
    )
    found = [view for _short, _position, view in ranked]
    verdicts = [view for view in found if view.kind != "target"]
    return MonthCheck(
        month=str(month),
        basis=plan.status if plan else "none",
        revision=plan.number if plan else None,
        stations=dict(Counter(view.tier for view in views)),
        met=all(view.status == "met" for view in verdicts),
        verdicts=verdicts,
        targets=[view for view in found if view.kind == "target"],
    )


def check_as_csv(check: MonthCheck) -> bytes:
    """For spreadsheets: UTF-8 with a byte order mark, a line for each verdict, targets after them."""
    headings = (
        _("Tháng"),
        _("Mã đài"),
        _("Đài"),
        _("Cấp"),
        _("Mã quy định"),
        _("Quy định"),
        _("Loại"),
        _("Cần (ms)"),
        _("Kế hoạch (ms)"),
        _("Thiếu (ms)"),
        _("Kết quả"),
        _("Vì sao"),
        _("Căn cứ"),
    )
    rows = [_line(check.month, verdict) for verdict in (*check.verdicts, *check.targets)]
    return BYTE_ORDER_MARK.encode() + as_lines([headings, *rows])


def _line(month: str, verdict: VerdictView) -> tuple[str | int, ...]:
    return (
        month,
        verdict.station,
        verdict.station_name,
        verdict.tier,
        verdict.rule,
        verdict.rule_name,
        verdict.kind,
        verdict.required_ms,
        verdict.planned_ms,
        verdict.short_ms,
        verdict.status,
        " ".join(reason_sentences(verdict)),
        verdict.legal_ground,
    )


def _missing(judged: Judged) -> int:
    return max(judged.short_ms, judged.planned_ms - judged.required_ms if judged.kind == "max" else 0)


def _still_valid(
    index: ProblemIndex, slots: Sequence[Slot], withdrawn: Mapping[str, datetime]
) -> tuple[list[Slot], dict[str, set[str]]]:
    """The slots without the items whose segments have been withdrawn or run out, and those segments by station."""
    kept: list[Slot] = []
    dropped: dict[str, set[str]] = {}
    for slot in slots:
        day = slot.start.astimezone(index.zone).date()
        gone = {
            item.segment
            for item in slot.items
            if (segment := index.segments.get(item.segment)) is None
            or (
                segment.valid_to is not None
                and segment.valid_to < day
                and not _aired_before(withdrawn.get(item.segment), slot.start, day)
            )
        }
        if gone:
            dropped.setdefault(slot.station, set()).update(gone)
        kept.append(
            replace(slot, items=tuple(item for item in slot.items if item.segment not in gone)) if gone else slot
        )
    return kept, dropped


def _aired_before(withdrawn: datetime | None, start: datetime, day: date) -> bool:
    """Whether it went out on the day of its withdrawal, before it: withdrawing takes back no airtime."""
    return withdrawn is not None and start < withdrawn and withdrawn.astimezone(ZONE).date() == day
