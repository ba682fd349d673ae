"""What rules say of stations in a month, in the shape that revisions keep and views show."""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.breaks import slots_by_station
from schedules.laid_slots import lay
from schedules.plan import Verdict
from schedules.problem import Instance, Rule, Slot
from schedules.problem_index import ProblemIndex
from server.db.plans import AirtimeRule, PlanEntry, PlanRevision
from server.services.views import StationView, VerdictView


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One rule for one station; kinds and periods as in the exchange format, status met or not_met."""

    rule: str
    kind: str
    period: str
    column: str
    required_ms: int
    planned_ms: int
    short_ms: int
    status: str
    reasons: list[dict[str, object]]


def judge(
    instance: Instance, verdicts: Iterable[Verdict], slots: Iterable[Slot], *, index: ProblemIndex | None = None
) -> dict[str, list[Judged]]:
    """By station: its verdicts in the instance's order, then for each column its largest target."""
    rules = {rule.id: rule for rule in instance.rules}
    judged: dict[str, list[Judged]] = {station.code: [] for station in instance.stations}
    for verdict in verdicts:
        rule = rules[verdict.rule]
        missed = verdict.short_ms > 0 or (rule.kind == "max" and verdict.planned_ms > verdict.required_ms)
        judged[verdict.station].append(
            Judged(
                rule=rule.id,
                kind=rule.kind,
                period=rule.period,
                column=rule.column,
                required_ms=verdict.required_ms,
                planned_ms=verdict.planned_ms,
                short_ms=verdict.short_ms,
                status="not_met" if missed else "met",
                reasons=list(verdict.reasons),
            )
        )
    index = index or ProblemIndex(instance)
    planned = slots_by_station(slots)
    for station in instance.stations:
        targets = _targets(index.rules_of(station))
        if not targets:
            continue
        laid = lay(index, index.view(station.code), planned.get(station.code, ()))
        for rule in targets:
            airtime = sum(slot.airtime_ms for slot in laid if slot.column.code == rule.column)
            judged[station.code].append(
                Judged(
                    rule=rule.id,
                    kind="target",
                    period=rule.period,
                    column=rule.column,
                    required_ms=rule.ms,
                    planned_ms=airtime,
                    short_ms=max(0, rule.ms - airtime),
                    status="met" if airtime >= rule.ms else "not_met",
                    reasons=[],
                )
            )
    return judged


def given_reasons(
    session: Session, plan: PlanRevision, codes: Mapping[int, str]
) -> dict[tuple[str, str], list[dict[str, object]]]:
    """What the planner said when it made the plan, by rule and station code."""
    rows = session.execute(
        select(col(PlanEntry.station_id), col(PlanEntry.verdicts)).where(col(PlanEntry.revision_id) == plan.id)
    )
    return {
        (each.rule, codes[station]): each.reasons
        for station, verdicts in rows
        if station in codes
        for each in msgspec.convert(verdicts, list[Judged])
    }


def _targets(rules: Iterable[Rule]) -> list[Rule]:
    largest: dict[str, Rule] = {}
    for rule in rules:
        if rule.kind == "target" and rule.ms > 0 and rule.ms > getattr(largest.get(rule.column), "ms", 0):
            largest[rule.column] = rule
    return list(largest.values())


def rule_texts(session: Session) -> dict[str, tuple[str, str]]:
    """Name and legal ground of every rule by its code."""
    rows = session.connection().execute(
        select(col(AirtimeRule.code), col(AirtimeRule.name), col(AirtimeRule.legal_ground))
    )
    return {code: (name, legal_ground) for code, name, legal_ground in rows}


def verdict_view(judged: Judged, station: StationView, texts: Mapping[str, tuple[str, str]]) -> VerdictView:
    name, legal_ground = texts.get(judged.rule, (judged.rule, ""))
    return VerdictView(
        rule=judged.rule,
        rule_name=name,
        kind=judged.kind,
        period=judged.period,
        column=judged.column,
        station=station.code,
        station_name=station.name,
        tier=station.tier,
        required_ms=judged.required_ms,
        planned_ms=judged.planned_ms,
        short_ms=judged.short_ms,
        status=judged.status,
        reasons=judged.reasons,
        legal_ground=legal_ground,
    )
