"""What somebody decided of doubtful air settles the doubt, until something new is said."""

from schedules.airing_results import Outcome, Reconciled
from schedules.as_run import AsRun, Grade
from schedules.instants import HOUR_MS, to_ms
from tests.schedules.airings import aired_slot, minimum, proved, reconciled, said
from tests.schedules.builders import at

SLOT = aired_slot("s", at(3, month=11), "a", "b")
START = to_ms(SLOT.start)
PERSON = said("p", slot="s")  # of both items
DEVICE = said("d", Grade.LOGGED, slot="s", segment="a", aired=False, reason="mất sóng", source="box")


def judged(uid: str, grade: Grade, **given: object) -> AsRun:
    return said(uid, grade, **({"made_at_ms": 5, "judged": True, "corrects": "d", "slot": "s", "segment": "a"} | given))


def of_first(result: Reconciled) -> tuple[Outcome, int, list[str]]:
    item = result.slots[0].items[0]
    return item.outcome, item.shown.decided_ms, [each.code for each in result.slots[0].doubtful]


def test_a_weaker_statement_that_is_accepted_counts_at_its_own_grade_and_the_doubt_is_gone() -> None:
    assert of_first(reconciled([SLOT], [PERSON, DEVICE])) == (Outcome.MISSED, 0, ["contradicted"])
    result = reconciled([SLOT], [PERSON, DEVICE, judged("j", Grade.REPORTED)])
    assert of_first(result) == (Outcome.AIRED, 120_000, [])
    assert [proved(minimum(), result, grade).counted_ms for grade in (Grade.REPORTED, Grade.LOGGED)] == [180_000, 0]


def test_what_is_judged_not_aired_says_nothing_of_the_other_items_of_a_statement_on_the_whole_slot() -> None:
    result = reconciled([SLOT], [PERSON, DEVICE, judged("j", Grade.LOGGED, aired=False, reason="đã hỏi đài")])
    assert of_first(result) == (Outcome.MISSED, 0, [])
    assert result.slots[0].items[1].outcome == Outcome.AIRED
    [why] = [each for each in result.slots[0].items[0].why if each.code == "judged"]
    assert why.facts == {"uids": ("j",), "over": ("d", "p"), "said": "đã hỏi đài"}


def test_the_last_judgement_holds_and_no_station_can_correct_it() -> None:
    statements = [PERSON, DEVICE, judged("j", Grade.LOGGED, aired=False), judged("k", Grade.REPORTED, made_at_ms=6)]
    undone = said("u", slot="s", segment="a", aired=False, corrects="k", made_at_ms=6)
    for more in ([], [undone]):
        assert of_first(reconciled([SLOT], [*statements, *more])) == (Outcome.AIRED, 120_000, [])


def test_what_is_said_after_it_is_a_new_doubt_and_decides_only_when_it_is_better_than_all_that_was_judged() -> None:
    before = [PERSON, DEVICE, judged("j", Grade.LOGGED, aired=False)]
    again = said("p2", slot="s", segment="a", made_at_ms=6)
    assert of_first(reconciled([SLOT], [*before, again])) == (Outcome.MISSED, 0, ["contradicted"])
    heard = said("h", Grade.HEARD, slot="s", segment="a", made_at_ms=6, duration_ms=120_000)
    assert of_first(reconciled([SLOT], [*before, heard])) == (Outcome.AIRED, 120_000, ["contradicted"])


def test_a_start_that_is_far_off_and_a_withdrawn_segment_are_no_doubt_once_they_are_accepted() -> None:
    old = aired_slot("w", at(20, month=11), "w")
    start_ms = to_ms(old.start) + 3 * HOUR_MS
    told = said("p", slot="w", segment="w", start_ms=start_ms)
    doubtful = reconciled([old], [told]).slots[0]
    assert [each.code for each in doubtful.doubtful] == ["off_schedule", "withdrawn"]
    accepted = judged("j", Grade.REPORTED, slot="w", segment="w", start_ms=start_ms, corrects="p")
    settled = reconciled([old], [told, accepted]).slots[0]
    assert (settled.outcome, settled.doubtful) == (Outcome.LATE, ())


def test_what_sounded_beside_the_plan_is_judged_like_an_item() -> None:
    first_ms = START + SLOT.items[0].start_ms
    elsewhere = {"slot": "s", "segment": "r", "duration_ms": 900_000}
    told = said("p", **elsewhere)
    assert [each.code for each in reconciled([SLOT], [told]).slots[0].doubtful] == ["cut_to_planned"]
    accepted = reconciled([SLOT], [told, judged("j", Grade.REPORTED, corrects="p", **elsewhere)]).slots[0]
    assert (accepted.outcome, accepted.doubtful) == (Outcome.SUBSTITUTED, ())
    denied = judged("j", Grade.REPORTED, corrects="p", slot="s", segment="r", aired=False)
    settled = reconciled([SLOT], [told, denied]).slots[0]
    assert (settled.outcome, settled.substitutes[0].shown.decided_ms, settled.doubtful) == (Outcome.MISSED, 0, ())

    untitled = said("t", title="tin", start_ms=first_ms, duration_ms=60_000)
    gone = judged(
        "j", Grade.REPORTED, slot=None, segment=None, title="tin", start_ms=first_ms, corrects="t", aired=False
    )
    result = reconciled([SLOT], [untitled, gone])
    assert (result.slots[0].outcome, result.extras) == (Outcome.MISSED, ())


def test_a_statement_that_belongs_nowhere_is_settled_by_a_judgement_in_its_place() -> None:
    lost = said("p", slot="gone", segment="nobody")
    assert [each.code for each in reconciled([SLOT], [lost]).extras[0].doubtful] == ["unknown_segment", "unknown_slot"]
    kept = judged("j", Grade.REPORTED, slot=None, segment="nobody", corrects="p")
    [extra] = reconciled([SLOT], [lost, kept]).extras
    assert (extra.statement.uid, extra.doubtful) == ("j", ())
