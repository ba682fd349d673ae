"""Why a station's month is as it is, and where a segment is aired or why nowhere: counted from rows, told in words."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.breaks import breaks, slots_by_station
from schedules.evaluation_terms import wishes
from schedules.laid_slots import lay
from schedules.months import Month
from schedules.owed import missed_airings
from schedules.plan import Conflict, MustAirMissed, TermScores
from schedules.problem import Instance, Slot, Weights
from schedules.problem_index import ProblemIndex
from schedules.term_figures import TermFigures, term_figures
from server.db.library import ProgrammeColumn, Segment, Topic
from server.db.plans import PlanRevision
from server.db.registry import BroadcastSession
from server.services.break_sentences import conflict_sentence
from server.services.context import Context
from server.services.explanation_views import (
    ColumnTermsView,
    ConflictView,
    MissedAiringView,
    StationWords,
    TermView,
)
from server.services.instances import build_instance, slots_as_values, station_codes
from server.services.naming import Names, slot_names
from server.services.plan_views import revision_view
from server.services.refusals import NoDraft, NoPlan
from server.services.rows import identity
from server.services.stations import find_station, stations_in
from server.services.stored_plans import draft_of, plans_of, published_of, read_slots
from server.services.term_sentences import term_sentence, term_words
from server.services.verdicts import rule_texts
from server.services.views import RevisionView


def station_words(context: Context, code: str, month: Month) -> StationWords:
    """Of the published plan, else the draft, and nothing that takes planning. Raises UnknownStation, NoPlan."""
    with context.database.read() as session:
        station = find_station(session, code, month)
        ground = _ground(session, month, draft=False)
        names = _with_sessions(session, ground.names, identity(station))
    named = ground.codes[identity(station)]
    index = ProblemIndex(ground.instance)
    view = index.view(named)
    planned = slots_by_station(ground.slots)
    laid = lay(index, view, planned.get(named, ()))
    return StationWords(
        columns=_columns(ground.instance, wishes(index, view, laid), term_figures(index, view, laid), names),
        missed=[_missed(each, names) for each in missed_airings(index, view, laid)],
        conflicts=_conflicts(
            (told for each in breaks(index, view, laid, planned) if each.conflict for told in each.as_conflicts()),
            names,
        ),
    )


class _Ground(NamedTuple):
    """A month's problem and plan with what things are called. `texts` are the rules' names and legal grounds."""

    revision: RevisionView
    instance: Instance
    slots: tuple[Slot, ...]
    codes: dict[int, str]
    names: Names
    texts: dict[str, tuple[str, str]]


def _ground(session: Session, month: Month, *, draft: bool) -> _Ground:
    revision = _revision(session, month, draft=draft)
    instance = build_instance(session, month, as_of=revision.as_of, below=revision.number)
    stations = stations_in(session, month)
    codes = station_codes(stations)
    slots = slots_as_values(read_slots(session, plans_of(revision.id)), codes)
    texts = rule_texts(session)
    database = session.connection()
    names = Names(
        segments=dict(database.execute(select(col(Segment.code), col(Segment.title))).all()),
        stations={codes[identity(row)]: row.name for row in stations},
        rules={code: name for code, (name, _) in texts.items()},
        columns=dict(database.execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all()),
        topics=dict(database.execute(select(col(Topic.code), col(Topic.name))).all()),
        slots=slot_names(slots),
    )
    return _Ground(revision_view(revision), instance, slots, codes, names, texts)


def _revision(session: Session, month: Month, *, draft: bool) -> PlanRevision:
    drafted = draft_of(session, month)
    if draft:
        if drafted is None:
            raise NoDraft(month=str(month))
        return drafted
    found = published_of(session, month) or drafted
    if found is None:
        raise NoPlan(month=str(month))
    return found


def _with_sessions(session: Session, names: Names, station: int) -> Names:
    """The names of one station's sessions: their codes say nothing without it."""
    rows = session.connection().execute(
        select(col(BroadcastSession.code), col(BroadcastSession.name)).where(
            col(BroadcastSession.station_id) == station
        )
    )
    return replace(names, sessions=dict(rows.all()))


def _columns(
    instance: Instance, terms: Iterable[TermScores], figures: Iterable[TermFigures], names: Names
) -> list[ColumnTermsView]:
    return [
        ColumnTermsView(
            column=scores.column,
            column_name=names.column(scores.column),
            airtime_ms=counted.airtime_ms,
            target_ms=counted.target_ms,
            cost=scores.cost,
            terms=[_term(instance.weights, name, value, counted, names) for name, value in scores.terms.items()],
        )
        for scores, counted in zip(terms, figures, strict=True)
    ]


def _term(weights: Weights, name: str, value: float, figures: TermFigures, names: Names) -> TermView:
    told, weight = term_words(name), float(getattr(weights, name))
    return TermView(
        term=name,
        name=told.name,
        meaning=told.meaning,
        value=value,
        weight=weight,
        weighted=weight * value,
        sentence=term_sentence(name, value, figures, names),
    )


def _missed(missed: MustAirMissed, names: Names) -> MissedAiringView:
    return MissedAiringView(
        segment=missed.segment,
        title=names.segments.get(missed.segment, missed.segment),
        missed=missed.missed,
        why=[],
        sentences=[],
    )


def _conflicts(conflicts: Iterable[Conflict], names: Names) -> list[ConflictView]:
    """One for what several slots break together, though each of them is listed with the plan."""
    found: dict[tuple[str, str], list[Conflict]] = {}
    for each in conflicts:
        found.setdefault((each.code, conflict_sentence(each, names)), []).append(each)
    return [
        ConflictView(code=code, slots=[each.slot for each in listed], what=listed[0].what, sentence=sentence)
        for (code, sentence), listed in found.items()
    ]
