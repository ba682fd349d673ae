"""Why a station's month is as it is, and what would mend it: counted from rows, told in words."""

from collections.abc import Callable, Iterable

from msgspec import to_builtins
from msgspec.structs import replace

from schedules.breaks import breaks, slots_by_station
from schedules.evaluation import verdicts_of
from schedules.evaluation_terms import wishes
from schedules.laid_slots import LaidSlot, lay
from schedules.missed_reasons import missed_facts, missed_reasons
from schedules.months import Month
from schedules.owed import missed_airings
from schedules.plan import Conflict, TermScores
from schedules.problem import Instance, Slot, Weights
from schedules.problem_index import ProblemIndex, StationView
from schedules.shortfall_reasons import Frozen, MonthOver, Reason
from schedules.term_figures import TermFigures, term_figures
from server.services.break_sentences import conflict_sentence
from server.services.context import Context
from server.services.explanation_views import (
    ColumnTermsView,
    ConflictView,
    ExplainedVerdictView,
    ExplanationView,
    MendView,
    MissedAiringView,
    StationWords,
    TermView,
)
from server.services.instances import build_instance
from server.services.local_time import day_in, local_today
from server.services.mend_sentences import mend_sentence, no_mend_sentence
from server.services.missed_sentences import missed_sentence
from server.services.naming import Names
from server.services.plan_ground import read_ground, with_sessions
from server.services.reasons import reason_sentences
from server.services.rows import identity
from server.services.stations import find_station, station_views
from server.services.term_sentences import term_sentence, term_words
from server.services.verdicts import judge, verdict_view
from server.services.views import VerdictView

Progress = Callable[[int, int], None]


def station_words(context: Context, code: str, month: Month) -> StationWords:
    """Of the published plan, else the draft, and nothing that takes planning. Raises UnknownStation, NoPlan."""
    with context.database.read() as session:
        station = find_station(session, code, month)
        ground = read_ground(session, month, draft=False)
        names = with_sessions(session, ground.names, identity(station))
    named = ground.codes[identity(station)]
    index = ProblemIndex(ground.instance)
    return _words(index, index.view(named), ground.slots, names)


def explain(
    context: Context, code: str, month: Month, *, draft: bool = False, progress: Progress | None = None
) -> ExplanationView:
    """All of it, of the published plan, else the draft (with `draft` of the draft alone).

    Mends are sought as of now, by planning: some seconds for each minimum that is short. `progress` is told (plannings
    made, at most so many). Raises UnknownStation, NoPlan, NoDraft.
    """
    from schedules.planner.reasons import Reasons  # the planner takes long to import

    with context.database.read() as session:
        station = find_station(session, code, month)
        ground = read_ground(session, month, draft=draft)
        names = with_sessions(session, ground.names, identity(station))
        today = build_instance(session, month, as_of=context.clock())
        [view] = station_views(session, [station], day_in(month, local_today(context)))
    named = ground.codes[identity(station)]
    index = ProblemIndex(ground.instance)
    at = index.view(named)
    laid = lay(index, at, slots_by_station(ground.slots).get(named, ()))
    verdicts = verdicts_of(at, laid, Reasons(index, ground.slots))
    # judged as the only one: targets of all others would be counted too
    alone = replace(ground.instance, stations=(at.station,))
    judged = judge(alone, verdicts, ground.slots, index=index)[named]
    told = _words(index, at, ground.slots, names)
    return ExplanationView(
        station=view,
        month=str(month),
        revision=ground.revision,
        verdicts=[
            _explained(
                verdict_view(each, view, ground.texts),
                names,
                today=today,
                slots=ground.slots,
                named=named,
                progress=progress,
            )
            for each in judged
        ],
        columns=told.columns,
        missed=told.missed,
        conflicts=told.conflicts,
    )


def _explained(
    verdict: VerdictView,
    names: Names,
    *,
    today: Instance,
    slots: tuple[Slot, ...],
    named: str,
    progress: Progress | None,
) -> ExplainedVerdictView:
    reasons = reason_sentences(verdict, names)
    if verdict.kind != "min" or not verdict.short_ms:
        return ExplainedVerdictView(verdict=verdict, reasons=reasons, mend=None, alternatives=[], no_mend=None)
    from schedules.mends import Mend, find_mends  # the planner takes long to import

    def told(mend: Mend) -> MendView:
        return MendView(
            size=mend.size,
            steps=[to_builtins(step) for step in mend.steps],
            sentence=mend_sentence(mend, names),
        )

    found = find_mends(today, slots, named, verdict.rule, progress=progress)
    if found.mend is not None and not found.mend.steps:
        # nothing stands in its way any more: what the planner said then holds no longer
        reasons = []
    return ExplainedVerdictView(
        verdict=verdict,
        reasons=reasons,
        mend=told(found.mend) if found.mend is not None else None,
        alternatives=[told(each) for each in found.alternatives],
        no_mend=None if found.mend is not None else no_mend_sentence(_over(found.reasons), found.tried),
    )


def _over(reasons: tuple[Reason, ...]) -> str | None:
    """Whether there is time left to mend anything in."""
    return next((str(to_builtins(each)["code"]) for each in reasons if isinstance(each, MonthOver | Frozen)), None)


def _words(index: ProblemIndex, view: StationView, slots: tuple[Slot, ...], names: Names) -> StationWords:
    planned = slots_by_station(slots)
    laid = lay(index, view, planned.get(view.station.code, ()))
    return StationWords(
        columns=_columns(index.instance, wishes(index, view, laid), term_figures(index, view, laid), names),
        missed=_missed(index, view, laid, names),
        conflicts=_conflicts(
            (told for each in breaks(index, view, laid, planned) if each.conflict for told in each.as_conflicts()),
            names,
        ),
    )


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


def _missed(index: ProblemIndex, view: StationView, laid: list[LaidSlot], names: Names) -> list[MissedAiringView]:
    reasons = missed_reasons(index, view, laid)
    return [
        MissedAiringView(
            segment=missed.segment,
            title=names.segments.get(missed.segment, missed.segment),
            missed=missed.missed,
            why=[missed_facts(reason) for reason in reasons.get(missed.segment, ())],
            sentences=[missed_sentence(reason) for reason in reasons.get(missed.segment, ())],
        )
        for missed in missed_airings(index, view, laid)
    ]


def _conflicts(conflicts: Iterable[Conflict], names: Names) -> list[ConflictView]:
    """One for what several slots break together, though each of them is listed with the plan."""
    found: dict[tuple[str, str], list[Conflict]] = {}
    for each in conflicts:
        found.setdefault((each.code, conflict_sentence(each, names)), []).append(each)
    return [
        ConflictView(code=code, slots=[each.slot for each in listed], what=listed[0].what, sentence=sentence)
        for (code, sentence), listed in found.items()
    ]
