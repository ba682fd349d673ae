"""A station's row in a report: by the minimum missed most, month by month; and the words for what counts."""

from schedules.as_run import Grade
from schedules.months import Month
from schedules.proof import ProofVerdict, Status
from server.services.report_verdicts import policy_words, station_figures

MINUTE = 60_000


def verdict(rule: str, month: str = "2026-12", *, required: int, counted: int, kind: str = "min") -> ProofVerdict:
    short = 0 if kind == "max" else max(0, required - counted)
    return ProofVerdict(
        rule=rule,
        station="h654",
        months=(month,),
        kind=kind,
        policy=Grade.REPORTED,
        required_ms=required * MINUTE,
        planned_ms=counted * MINUTE,
        delivered_ms=0,
        reported_ms=counted * MINUTE,
        logged_ms=0,
        heard_ms=0,
        counted_ms=counted * MINUTE,
        short_ms=short * MINUTE,
        to_come_ms=0,
        awaited_ms=0,
        settled_ms=0,
        said=True,
        status=Status.NOT_MET if short else Status.MET,
    )


def minutes(verdicts: list[ProofVerdict]) -> tuple[list[int], str, tuple[str, ...]]:
    found = station_figures(verdicts)
    figures = [found.figures[f"{name}_ms"] // MINUTE for name in ("required", "counted", "short")]
    return figures, found.status, found.rules


def test_of_two_minima_the_one_missed_most_is_told_of_and_both_must_be_met() -> None:
    larger, smaller = verdict("cchc", required=15, counted=16), verdict("e-de", required=5, counted=2)
    for order in ([larger, smaller], [smaller, larger]):
        assert minutes(order) == ([5, 2, 3], "not_met", ("e-de",))
    assert minutes([larger, verdict("e-de", required=5, counted=5)]) == ([15, 16, 0], "met", ("cchc",))


def test_a_rule_that_follows_another_in_mid_year_drops_none_of_its_months() -> None:
    year = [verdict("old", f"2026-{number:02d}", required=15, counted=14) for number in range(1, 7)]
    year += [verdict("new", f"2026-{number:02d}", required=20, counted=21) for number in range(7, 13)]
    assert minutes(year) == ([6 * 15 + 6 * 20, 6 * 14 + 6 * 21, 6], "not_met", ())


def test_a_month_without_a_minimum_adds_what_was_aired_and_requires_nothing() -> None:
    wished = verdict("wish", "2026-11", required=10, counted=4, kind="target")
    assert minutes([wished]) == ([0, 4, 0], "none", ())
    assert minutes([wished, verdict("cchc", required=15, counted=15)]) == ([15, 19, 0], "met", ())


def test_each_grade_from_which_minutes_counted_is_told_with_its_first_month() -> None:
    reported = [(Month(2026, number), Grade.REPORTED) for number in (10, 11)]
    assert policy_words(reported) == "đài báo đã phát trở lên"
    assert policy_words([*reported, (Month(2026, 12), Grade.LOGGED)]) == (
        "đài báo đã phát trở lên (từ tháng 10/2026), máy của đài ghi lại trở lên (từ tháng 12/2026)"
    )
