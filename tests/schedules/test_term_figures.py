"""The figures behind the wishes are those that the wishes are made of."""

import pytest

from schedules.evaluation_terms import wishes
from schedules.laid_slots import lay
from schedules.plan import TermScores
from schedules.planner import make_plan
from schedules.problem import Instance, Slot
from schedules.problem_index import ProblemIndex
from schedules.term_figures import TermFigures, term_figures
from tests.schedules.builders import at, instance, minimum, published, segment, session, slot, station


def told(whole: Instance, slots: tuple[Slot, ...], code: str = "D") -> tuple[TermFigures, TermScores]:
    index = ProblemIndex(whole)
    view = index.view(code)
    laid = lay(index, view, [each for each in slots if each.station == code])
    [figures], [terms] = term_figures(index, view, laid), list(wishes(index, view, laid))
    return figures, terms


def relayed_and_shared() -> Instance:
    parent = station(languages=("vi", "rad"), language_shares={"rad": 0.4})
    child = station("X", tier="commune", sessions=(session(start="05:00", end="05:30", relays="D"),))
    spoken = [segment(f"s{n}", 90 + 20 * n, topic=f"t{1 + n % 2}", language="rad" if n % 3 else "vi") for n in range(8)]
    before = published(slot(at(3), (("s0", 90),)), slot(at(7, 6), (("s3", 150),)))
    return instance(stations=(parent, child), segments=tuple(spoken), published=before, replan="free")


@pytest.mark.parametrize("whole", [instance(), relayed_and_shared()], ids=["alone", "relayed"])
def test_the_terms_follow_from_the_figures(whole: Instance) -> None:
    figures, scores = told(whole, make_plan(whole).slots)
    terms = scores.terms
    assert figures.airtime_ms > 0
    assert terms["topics"] == pytest.approx(sum(abs(each.share - each.wished) for each in figures.topics) / 2)
    assert terms["repetition"] == pytest.approx((figures.items - figures.segments) / figures.items)
    assert terms["target"] == pytest.approx(abs(figures.airtime_ms - figures.target_ms) / figures.target_ms)
    assert terms["languages"] == pytest.approx(sum(max(0, each.wished - each.share) for each in figures.languages))
    if figures.passed_on_ms is not None:
        assert terms["reach"] == pytest.approx(1 - figures.passed_on_ms / figures.airtime_ms)
    if figures.published:
        assert terms["change"] == pytest.approx(figures.changed / figures.published)


def test_published_slots_that_are_gone_are_counted_as_changed() -> None:
    whole = relayed_and_shared()
    figures, _ = told(whole, (slot(at(3), (("s0", 90),)),))
    assert (figures.published, figures.changed) == (2, 1)


def test_a_week_that_only_begins_in_the_month_is_a_week() -> None:
    # 1 December 2026 is a Tuesday, 31 December a Thursday: five ISO weeks.
    figures, _ = told(instance(), (slot(at(1)), slot(at(31), (("s2", 130),))))
    assert (figures.weeks, figures.weeks_aired) == (5, 2)


def test_weeks_without_a_session_are_no_weeks_to_air_in() -> None:
    late = station(sessions=(session(from_date=at(15).date()),))
    figures, _ = told(instance(stations=(late,)), (slot(at(15)),))
    assert (figures.weeks, figures.weeks_aired) == (3, 1)


def test_without_airtime_there_are_no_shares_and_no_age() -> None:
    figures, _ = told(instance(), ())
    assert (figures.airtime_ms, figures.items, figures.mean_age_days) == (0, 0, None)
    assert {each.share for each in figures.topics} == {0.0}


def test_a_station_without_minimum_or_target_has_no_figures() -> None:
    whole = instance(rules=(minimum(tiers=("commune",)),))
    index = ProblemIndex(whole)
    assert term_figures(index, index.view("D"), []) == []
