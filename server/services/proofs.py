"""What of a month's plan was aired, by whose word, and what counts: from rows to `schedules.reconciling` and back."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.airing_results import Reconciled
from schedules.as_run import Grade
from schedules.forecast import causes, expect
from schedules.instants import from_ms, to_ms
from schedules.months import Month
from schedules.problem_index import ProblemIndex
from schedules.proof import ProofVerdict, prove
from schedules.reconciling import reconcile
from server.db.airing import AsRunBatch, AsRunEntry, Delivery
from server.db.library import Rendition, Segment
from server.db.registry import Station
from server.services.context import Context
from server.services.counting_policies import policy_of
from server.services.forecast_sentences import cause_sentence, forecast_sentence
from server.services.forecast_views import ForecastView
from server.services.instances import build_instance, slots_as_values, station_codes
from server.services.local_time import ZONE, day_in, local_today
from server.services.month_edges import clocks_at_edges
from server.services.proof_views import (
    AiredItemView,
    AiredSlotView,
    EntryView,
    EvidenceView,
    ProofView,
    ProvedStation,
    ProvinceProof,
    StationProof,
)
from server.services.refusals import NoPlan
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.statements import statement_of
from server.services.stations import find_station, station_views, stations_in
from server.services.stored_plans import plans_of, published_of, read_slots
from server.services.verdict_notes import notes_of
from server.services.verdicts import rule_texts
from server.services.views import StationView


def station_proof(context: Context, code: str, month: Month, *, as_of: datetime | None = None) -> StationProof:
    """One station's month, each figure with its evidence; `as_of` an earlier moment: as it was known then.

    Raises UnknownStation, NoPlan where nothing is published.
    """
    at = as_of or context.clock()
    with context.database.read() as session:
        station = find_station(session, code, month)
        ground = ProofGround(session, month, at, only=station)
        reconciled, verdicts = ground.prove(station)
        [view] = station_views(session, [station], day_in(month, local_today(context)))
        entries = ground.entries.get(identity(station), [])
        return StationProof(
            station=view,
            month=str(month),
            as_of=at,
            revision=ground.revision,
            verdicts=[ground.view(each, evidence=True) for each in verdicts],
            slots=ground.slot_views(reconciled),
            extras=[extra.statement.uid for extra in reconciled.extras],
            entries=entry_views(session, entries),
            notes=notes_of(session, identity(station), month, at),
            forecasts=ground.forecasts(reconciled, verdicts),
        )


def province_proof(context: Context, month: Month, *, as_of: datetime | None = None) -> ProvinceProof:
    """Every station that who asks reaches, districts first. Raises NoPlan, NoStations."""
    at = as_of or context.clock()
    reached = reached_stations(context, Right.MONTHS_READ)
    with context.database.read() as session:
        ground = ProofGround(session, month, at)
        rows = [row for row in ground.stations if reached is None or identity(row) in reached]
        views = station_views(session, rows, day_in(month, local_today(context)))
        proved = []
        for row, view in zip(rows, views, strict=True):
            reconciled, verdicts = ground.prove(row)
            proved.append(
                ProvedStation(
                    station=view,
                    verdicts=[ground.view(each, evidence=False) for each in verdicts],
                    doubtful=len(reconciled.doubtful),
                    entries=len(ground.entries.get(identity(row), ())),
                )
            )
        return ProvinceProof(month=str(month), as_of=at, revision=ground.revision, stations=proved)


class Proved(NamedTuple):
    """A station's month as it was reconciled; `topics` are the first-level topics of segments, by their codes."""

    row: Station
    view: StationView
    reconciled: Reconciled
    verdicts: list[ProofVerdict]
    policy: Grade
    topics: Mapping[str, str]
    titles: Mapping[str, str]
    urgent: frozenset[str]  # segments


def proved_stations(context: Context, session: Session, month: Month, at: datetime) -> Iterator[Proved]:
    """Of the whole province, whatever who asks reaches. Raises NoPlan, NoStations."""
    ground = ProofGround(session, month, at)
    views = station_views(session, ground.stations, day_in(month, local_today(context)))
    segments = {segment.id: segment.topic for segment in ground.index.instance.segments}
    first_level = ground.index.first_level
    urgent = frozenset(segment.id for segment in ground.index.instance.segments if segment.priority == "urgent")
    topics = {code: first_level.get(topic, topic) for code, topic in segments.items()}
    for row, view in zip(ground.stations, views, strict=True):
        reconciled, verdicts = ground.prove(row)
        yield Proved(row, view, reconciled, verdicts, ground.policy, topics, ground.titles, urgent)


def _grade(grade: Grade) -> str:
    return grade.name.lower()


class ProofGround:
    """All that the proof of a month rests on, read once; with `only` for one station."""

    def __init__(self, session: Session, month: Month, at: datetime, *, only: Station | None = None) -> None:
        plan = published_of(session, month)
        if plan is None:
            raise NoPlan(month=str(month))
        self.month, self.at = month, at
        self.revision, self.version = plan.number or 0, plan.version
        self.stations = stations_in(session, month)
        self.codes = station_codes(self.stations)
        self.entries = _entries(session, month, at, None if only is None else identity(only))
        said = {row.segment for rows in self.entries.values() for row in rows if row.segment is not None}
        # What was aired may have been withdrawn long before the month.
        named = said.intersection(session.scalars(select(col(Segment.code)))) if said else set()
        self.index = ProblemIndex(build_instance(session, month, as_of=at, locks_of_draft=False, named=named))
        stored = read_slots(session, plans_of(plan.id))
        self.titles = {item.segment: item.title for listed in stored.values() for slot in listed for item in slot.items}
        slots = slots_as_values(stored, self.codes)
        self.slots = {code: [slot for slot in slots if slot.station == code] for code in self._wanted(only)}
        self._delivered = _deliveries(session, at, None if only is None else identity(only))
        self._texts = rule_texts(session)
        self.policy, self.tolerances = policy_of(session, month)
        self._clocks = clocks_at_edges(session, month, self.entries, self.tolerances)

    def _wanted(self, only: Station | None) -> list[str]:
        return list(self.codes.values()) if only is None else [self.codes[identity(only)]]

    def prove(self, station: Station) -> tuple[Reconciled, list[ProofVerdict]]:
        code = self.codes[identity(station)]
        view = self.index.view(code)
        now_ms = to_ms(self.at)
        reconciled = reconcile(
            self.slots[code],
            [statement_of(row) for row in self.entries.get(identity(station), ())],
            segments=self.index.segments,
            meant=view.meant,
            delivered=self._delivered.get(identity(station), {}),
            now_ms=now_ms,
            zone=ZONE,
            tolerances=self.tolerances,
            clocks=self._clocks.get(identity(station)),
        )
        verdicts = [
            prove(
                rule,
                reconciled,
                station=code,
                month=self.month,
                zone=ZONE,
                segments=self.index.segments,
                columns=self.index.columns,
                meant=view.meant,
                occurrences=view.occurrences,
                policy=self.policy,
                now_ms=now_ms,
            )
            for rule in self.index.rules_of(view.station)
        ]
        return reconciled, verdicts

    def view(self, verdict: ProofVerdict, *, evidence: bool) -> ProofView:
        name, ground = self._texts.get(verdict.rule, (verdict.rule, ""))
        return ProofView(
            rule=verdict.rule,
            rule_name=name,
            legal_ground=ground,
            kind=verdict.kind,
            policy=_grade(verdict.policy),
            required_ms=verdict.required_ms,
            planned_ms=verdict.planned_ms,
            delivered_ms=verdict.delivered_ms,
            reported_ms=verdict.reported_ms,
            logged_ms=verdict.logged_ms,
            heard_ms=verdict.heard_ms,
            counted_ms=verdict.counted_ms,
            short_ms=verdict.short_ms,
            to_come_ms=verdict.to_come_ms,
            status=verdict.status.value,
            evidence=[
                EvidenceView(
                    slot=each.slot, segment=each.segment, ms=each.ms, grade=_grade(each.grade), entries=list(each.uids)
                )
                for each in (verdict.entries if evidence else ())
            ],
        )

    def forecasts(self, reconciled: Reconciled, verdicts: list[ProofVerdict]) -> list[ForecastView]:
        """Of the minima among the verdicts that `prove` gave."""
        columns = {rule.id: rule.column for rule in self.index.instance.rules}
        found = []
        for verdict in verdicts:
            if verdict.kind != "min" or not verdict.required_ms:
                continue
            why = causes(verdict, reconciled, column=columns[verdict.rule], now_ms=to_ms(self.at))
            told = expect(verdict, why)
            name, ground = self._texts.get(verdict.rule, (verdict.rule, ""))
            found.append(
                ForecastView(
                    rule=verdict.rule,
                    rule_name=name,
                    legal_ground=ground,
                    counted_ms=told.counted_ms,
                    open_ms=told.open_ms,
                    share_percent=told.share_percent,
                    expected_ms=told.expected_ms,
                    required_ms=told.required_ms,
                    short_ms=told.short_ms,
                    misses=told.misses,
                    causes=list(told.reasons),
                    sentences=[
                        forecast_sentence(told, over=self.over),
                        *(cause_sentence(each) for each in told.reasons),
                    ],
                )
            )
        return found

    @property
    def over(self) -> bool:
        return self.month.bounds(ZONE)[1] <= self.at

    def slot_views(self, reconciled: Reconciled) -> list[AiredSlotView]:
        return [
            AiredSlotView(
                key=each.slot.id,
                column=each.slot.column,
                starts_at=each.slot.start,
                length_ms=each.slot.length_ms,
                relayed_from=each.slot.relayed_from,
                outcome=each.outcome.value,
                planned_ms=each.planned_ms,
                delivered_ms=each.delivered_ms,
                reported_ms=each.reported_ms,
                logged_ms=each.logged_ms,
                heard_ms=each.heard_ms,
                items=[
                    AiredItemView(
                        segment=item.item.segment,
                        title=self.titles.get(item.item.segment, item.item.segment),
                        starts_at=from_ms(item.start_ms, ZONE),
                        planned_ms=item.shown.planned_ms,
                        shown_ms=item.shown.decided_ms,
                        outcome=item.outcome.value,
                        grade=_grade(item.shown.decided_by) if item.shown.decided_by is not None else None,
                        why=[{"code": reason.code, **reason.facts} for reason in item.why],
                        entries=list(item.shown.uids),
                    )
                    for item in each.items
                ],
                doubts=[{"code": reason.code, **reason.facts} for reason in each.doubtful],
            )
            for each in reconciled.slots
        ]


def _entries(session: Session, month: Month, at: datetime, station_id: int | None) -> dict[int, list[AsRunEntry]]:
    """By station: what had been received by then, in the order of uids."""
    query = select(AsRunEntry).where(col(AsRunEntry.month) == str(month), col(AsRunEntry.received_at) <= at)
    if station_id is not None:
        query = query.where(col(AsRunEntry.station_id) == station_id)
    found: dict[int, list[AsRunEntry]] = {}
    for row in session.scalars(query.order_by(col(AsRunEntry.station_id), col(AsRunEntry.uid))):
        found.setdefault(row.station_id, []).append(row)
    return found


def _deliveries(session: Session, at: datetime, station_id: int | None) -> dict[int, Mapping[str, int]]:
    """By station and segment: when it first had a file of the segment's recording."""
    query = (
        select(col(Delivery.station_id), col(Segment.code), col(Delivery.at))
        .join(Rendition, col(Rendition.sha256) == col(Delivery.sha256))
        .join(Segment, col(Segment.audio_id) == col(Rendition.audio_id))
        .where(col(Delivery.at) <= at)
    )
    if station_id is not None:
        query = query.where(col(Delivery.station_id) == station_id)
    found: dict[int, dict[str, int]] = {}
    for station, segment, moment in session.connection().execute(query):
        had = found.setdefault(station, {})
        had[segment] = min(to_ms(moment), had.get(segment, to_ms(moment)))
    return dict(found)


def entry_views(session: Session, rows: list[AsRunEntry]) -> list[EntryView]:
    """Of one station, in the order in which they came."""
    batches = {row.batch_id for row in rows}
    sources = dict(
        session.connection()
        .execute(select(col(AsRunBatch.id), col(AsRunBatch.source)).where(col(AsRunBatch.id).in_(batches)))
        .all()
    )
    grades = {row.uid: row.grade for row in rows}
    corrected: dict[str, list[str]] = {}
    for row in rows:
        # What is known less well can't take the place of what is known better (`schedules.standing`).
        # A judgement of an item leaves what was said of others in its place.
        if row.corrects and not (row.judged and row.slot) and row.grade >= grades.get(row.corrects, row.grade):
            corrected.setdefault(row.corrects, []).append(row.uid)
    return [
        EntryView(
            uid=row.uid,
            source=sources[row.batch_id],
            grade=_grade(Grade(row.grade)),
            aired=row.aired,
            slot=row.slot,
            segment=row.segment,
            title=row.title,
            starts_at=row.starts_at.astimezone(ZONE) if row.starts_at else None,
            duration_ms=row.duration_ms,
            reason=row.reason,
            corrects=row.corrects,
            corrected_by=corrected.get(row.uid, []),
            said_by=row.said_by,
            received_at=row.received_at.astimezone(ZONE),
            amends=row.amends,
            judged=row.judged,
        )
        for row in sorted(rows, key=lambda row: (row.received_at, row.uid))
    ]
