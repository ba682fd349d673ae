"""All that the proof of a month rests on, from rows to `schedules.reconciling` and `schedules.proof`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.airing_results import Reconciled
from schedules.as_run import Grade
from schedules.clock_shifts import ClockShift
from schedules.forecast import causes, expect
from schedules.instants import from_ms, to_ms
from schedules.months import Month
from schedules.problem import Slot
from schedules.problem_index import ProblemIndex
from schedules.proof import ProofVerdict, prove
from schedules.reconciling import reconcile
from server.db.airing import AsRunEntry, Delivery
from server.db.library import Rendition, Segment
from server.db.plans import AirtimeRule, PlanEntry
from server.db.proof_rows import planned_segments
from server.db.registry import Station
from server.services.counting_policies import policy_of
from server.services.forecast_sentences import forecast_view
from server.services.forecast_views import ForecastView
from server.services.instances import bare_code, codes_in, month_instance, slots_as_values
from server.services.kept_proofs import KeptProofs
from server.services.local_time import ZONE
from server.services.month_edges import clocks_at_edges
from server.services.proof_views import AiredItemView, AiredSlotView, EvidenceView, ProofView
from server.services.refusals import NoPlan, NoStations
from server.services.rows import among, identity
from server.services.statements import EntryRow, entries_where, statement_of
from server.services.stations import stations_in
from server.services.stored_plans import plans_of, published_of, read_slots
from server.services.verdicts import rule_texts


class ProofGround:
    """What the proof of a month rests on, read once for all stations; what concerns a station is to be `read`.

    `revision`: the published plan of that number, or the one before it, in the place of the one in force.
    """

    def __init__(
        self,
        session: Session,
        month: Month,
        at: datetime,
        *,
        only: Sequence[Station] | None = None,
        revision: int | None = None,
        kept: KeptProofs | None = None,
    ) -> None:
        """`only` those are looked at, and read; `kept` spares reading what never changes. Raises NoPlan, NoStations."""
        plan = published_of(session, month, below=None if revision is None else revision + 1)
        if plan is None:
            raise NoPlan(month=str(month))
        self._session = session
        self.month, self.at = month, at
        # Of a few stations no other segments are wanted than those that concern them.
        self._only_named = only is not None
        self.revision, self.version, self.plan_id = plan.number or 0, plan.version, identity(plan)
        self.stations = stations_in(session, month) if only is None else list(only)
        if not self.stations:
            raise NoStations(month=str(month))
        self.codes = codes_in(session, month) if only is None else {}
        self.slots: dict[str, list[Slot]] = {}
        self.titles: dict[str, str] = {}
        self.entries: dict[int, list[EntryRow]] = {}
        self._delivered: dict[int, Mapping[str, int]] = {}
        self._texts = rule_texts(session)
        self.policy, self.tolerances = policy_of(session, month)
        self._clocks: dict[int, dict[str, ClockShift]] = {}
        self._named: set[str] = set()
        if only is None:

            def planned() -> set[str]:
                return planned_segments(session, self.plan_id)

            self._named = set(kept.planned(self.plan_id, planned) if kept is not None else planned())
            self.index = self._indexed()
        else:
            self._read(only)
            self._named = self._segments_there()
            self.index = self._indexed()

    def read(self, only: Station | None = None) -> None:
        """The slots, entries and files of all stations, or of the one only; of no other any more."""
        self._read(None if only is None else [only])
        there = self._segments_there()
        if not there <= self._named:
            self._named |= there
            self.index = self._indexed()

    def _read(self, only: Sequence[Station] | None) -> None:
        plans = plans_of(self.plan_id)
        keys = None if only is None else [identity(station) for station in only]
        if keys is not None:
            plans = plans.where(col(PlanEntry.station_id).in_(keys))
        stored = read_slots(self._session, plans)
        self.titles = {item.segment: item.title for listed in stored.values() for slot in listed for item in slot.items}
        if only is not None and not self.codes:
            relayed = {slot.relayed_from for listed in stored.values() for slot in listed if slot.relayed_from}
            called = {station.code for station in only} | relayed | set(map(bare_code, relayed))
            self.codes = codes_in(self._session, self.month, called)
        self.slots = {}
        for slot in slots_as_values(stored, self.codes):
            self.slots.setdefault(slot.station, []).append(slot)
        self.entries = _entries(self._session, self.month, self.at, keys)
        self._delivered = _deliveries(self._session, self.at, keys)
        self._clocks = clocks_at_edges(self._session, self.month, self.entries, self.tolerances)

    def _segments_there(self) -> set[str]:
        """Those that are planned, and those that were said to be aired, however long ago they were withdrawn."""
        named = {item.segment for slots in self.slots.values() for slot in slots for item in slot.items}
        said = {row.segment for rows in self.entries.values() for row in rows if row.segment is not None}
        said -= named | self._named
        known = self._session.scalars(select(col(Segment.code)).where(among(col(Segment.code), said))) if said else ()
        return named | said.intersection(known)

    def _indexed(self) -> ProblemIndex:
        return ProblemIndex(
            month_instance(
                self._session,
                self.month,
                self.stations,
                self.codes,
                as_of=self.at,
                named=self._named,
                only_named=self._only_named,
                with_sessions=_counts_sessions(self._session),
            )
        )

    def reconciled(self, station: Station) -> Reconciled:
        """Of a station that was read."""
        code = self.codes[identity(station)]
        return reconcile(
            self.slots.get(code, ()),
            [statement_of(row) for row in self.entries.get(identity(station), ())],
            segments=self.index.segments,
            meant=self.index.view(code).meant,
            delivered=self._delivered.get(identity(station), {}),
            now_ms=to_ms(self.at),
            zone=ZONE,
            tolerances=self.tolerances,
            clocks=self._clocks.get(identity(station)),
        )

    def prove(self, station: Station) -> tuple[Reconciled, list[ProofVerdict]]:
        """Of a station that was read."""
        code = self.codes[identity(station)]
        view = self.index.view(code)
        reconciled = self.reconciled(station)
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
                now_ms=to_ms(self.at),
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
            policy=grade_word(verdict.policy),
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
                    slot=each.slot,
                    segment=each.segment,
                    ms=each.ms,
                    grade=grade_word(each.grade),
                    entries=list(each.uids),
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
            found.append(forecast_view(expect(verdict, why), self._texts, over=self.over))
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
                        grade=grade_word(item.shown.decided_by) if item.shown.decided_by is not None else None,
                        why=[{"code": reason.code, **reason.facts} for reason in item.why],
                        entries=list(item.shown.uids),
                    )
                    for item in each.items
                ],
                doubts=[{"code": reason.code, **reason.facts} for reason in each.doubtful],
            )
            for each in reconciled.slots
        ]


def grade_word(grade: Grade) -> str:
    return grade.name.lower()


def _counts_sessions(session: Session) -> bool:
    """Whether any rule has to know when a session begins and ends: only a maximum of one does."""
    query = select(col(AirtimeRule.id)).where(col(AirtimeRule.kind) == "max", col(AirtimeRule.period) == "session")
    return session.connection().execute(query.limit(1)).first() is not None


def _entries(session: Session, month: Month, at: datetime, stations: Sequence[int] | None) -> dict[int, list[EntryRow]]:
    """By station: what had been received by then, in the order of uids."""
    conditions = [col(AsRunEntry.month) == str(month), col(AsRunEntry.received_at) <= at]
    if stations is not None:
        conditions.append(col(AsRunEntry.station_id).in_(stations))
    found: dict[int, list[EntryRow]] = {}
    for row in entries_where(session, *conditions):
        found.setdefault(row.station_id, []).append(row)
    return found


def _deliveries(session: Session, at: datetime, stations: Sequence[int] | None) -> dict[int, Mapping[str, int]]:
    """By station and segment: when it first had a file of the segment's recording."""
    query = (
        select(col(Delivery.station_id), col(Segment.code), col(Delivery.at))
        .join(Rendition, col(Rendition.sha256) == col(Delivery.sha256))
        .join(Segment, col(Segment.audio_id) == col(Rendition.audio_id))
        .where(col(Delivery.at) <= at)
    )
    if stations is not None:
        query = query.where(col(Delivery.station_id).in_(stations))
    found: dict[int, dict[str, int]] = {}
    for station, segment, moment in session.connection().execute(query):
        had = found.setdefault(station, {})
        had[segment] = min(to_ms(moment), had.get(segment, to_ms(moment)))
    return dict(found)
