"""What of a month's plan was aired, by whose word, and what counts: from rows to `schedules.reconciling` and back."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.airing_results import Reconciled
from schedules.as_run import Grade
from schedules.months import Month
from schedules.proof import ProofVerdict
from server.db.airing import AsRunBatch
from server.db.registry import Station
from server.services.context import Context
from server.services.errand_refusals import LeftOff
from server.services.local_time import ZONE, day_in, local_today
from server.services.proof_figures import figures_of
from server.services.proof_ground import ProofGround, grade_word
from server.services.proof_views import EntryView, ProvedStation, ProvinceProof, StationProof
from server.services.rights import Right
from server.services.rows import identity
from server.services.scopes import reached_stations
from server.services.statements import EntryRow
from server.services.stations import find_station, station_views, stations_in
from server.services.verdict_notes import notes_of
from server.services.views import StationView


def station_proof(context: Context, code: str, month: Month, *, as_of: datetime | None = None) -> StationProof:
    """One station's month, each figure with its evidence; `as_of` an earlier moment: as it was known then.

    Raises UnknownStation, NoPlan where nothing is published.
    """
    at = as_of or context.clock()
    with context.database.read() as session:
        station = find_station(session, code, month)
        ground = ProofGround(session, month, at, only=[station])
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
        figures = figures_of(session, ground, rows, context.proofs)
        proved = [
            ProvedStation(
                station=view,
                verdicts=[ground.view(each, evidence=False) for each in figures[view.id].verdicts],
                doubtful=figures[view.id].doubtful,
                entries=figures[view.id].entries,
            )
            for view in views
        ]
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


def proved_stations(
    context: Context,
    session: Session,
    month: Month,
    at: datetime,
    *,
    revision: int | None = None,
    wanted: Callable[[StationView], bool] | None = None,
) -> Iterator[Proved]:
    """Of the whole province, or those that are wanted, whatever who asks reaches. Raises NoPlan, NoStations, LeftOff."""
    day = day_in(month, local_today(context))
    only = None
    if wanted is not None:
        there = stations_in(session, month)
        only = [row for row, view in zip(there, station_views(session, there, day), strict=True) if wanted(view)]
    ground = ProofGround(session, month, at, revision=revision, only=only)
    if only is None:
        ground.read()
    views = station_views(session, ground.stations, day)
    segments = {segment.id: segment.topic for segment in ground.index.instance.segments}
    first_level = ground.index.first_level
    urgent = frozenset(segment.id for segment in ground.index.instance.segments if segment.priority == "urgent")
    topics = {code: first_level.get(topic, topic) for code, topic in segments.items()}
    for row, view in zip(ground.stations, views, strict=True):
        if context.jobs is not None and context.jobs.stopping:
            raise LeftOff
        reconciled, verdicts = ground.prove(row)
        yield Proved(row, view, reconciled, verdicts, ground.policy, topics, ground.titles, urgent)


def entry_views(session: Session, rows: list[EntryRow]) -> list[EntryView]:
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
            grade=grade_word(Grade(row.grade)),
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
