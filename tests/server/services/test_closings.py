"""A month that is closed stays as it was: through all that is changed later, and whoever meddles is found."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from server.db.library import Segment
from server.db.registry import Station
from server.services.accounts import disable_account
from server.services.acting import acting_for
from server.services.as_run import Said, say
from server.services.campaigns import CampaignChange, add_campaign
from server.services.closing_checks import fault_sentence, verify_closings
from server.services.closing_refusals import (
    AmendmentReasonMissing,
    HistoryDamaged,
    MonthNotClosed,
    MonthNotOver,
    NothingToAmend,
)
from server.services.closings import close_month, closed_figures, closing_of, list_closings
from server.services.history_checks import history_sentences, verify_history
from server.services.proofs import province_proof, station_proof
from server.services.refusals import NoPlan
from server.services.rights import Right, Role
from server.services.trail import verify
from tests.server.databases import behind as past_triggers
from tests.server.people import add_person
from tests.server.worlds import MONTH, World

# In Đắk Lắk December ends at 17:00 UTC.
LAST_MOMENT = datetime(2026, 12, 31, 16, 59, 59, 999_999, tzinfo=UTC)
NEW_YEAR = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)


@pytest.fixture
def over(published: World) -> World:
    """The first minute after December at the stations; the district station told of all its slots but the last."""
    published.now = NEW_YEAR - timedelta(minutes=1)
    slots = [slot.key for slot in station_proof(published.context, "h654", MONTH).slots]
    assert len(slots) > 1
    say(
        published.context,
        [Said(line=number, slot=key) for number, key in enumerate(slots[:-1], 1)],
        source="page",
        station="h654",
    )
    published.now = NEW_YEAR
    return published


def say_late(world: World, *, after: timedelta = timedelta(days=1)) -> str:
    """The last slot, told of a day late; its entry."""
    world.now += after
    last = station_proof(world.context, "h654", MONTH).slots[-1].key
    [line] = say(world.context, [Said(line=1, slot=last)], source="page", station="h654").lines
    assert (line.outcome, line.amends) == ("new", True)
    return line.entry or ""


def behind(world: World, statement: str, *values: object) -> None:
    with past_triggers(world.context) as database:
        database.execute(statement, values)


def an_entry(world: World) -> str:
    return station_proof(world.context, "h654", MONTH).entries[0].uid


def test_a_month_is_closed_from_its_local_end_on_and_not_a_microsecond_sooner(over: World) -> None:
    over.now = LAST_MOMENT
    with pytest.raises(MonthNotOver) as refused:
        close_month(over.context, MONTH)
    assert refused.value.ends_at == "2027-01-01T00:00:00+07:00"
    over.now = NEW_YEAR
    closing = close_month(over.context, MONTH)
    assert (closing.number, closing.revision, closing.closed_at) == (0, 1, NEW_YEAR)
    assert closing_of(over.context, MONTH) == closing
    assert list_closings(over.context) == [closing]


def test_a_month_without_a_published_plan_is_not_closed(district: World) -> None:
    district.now = NEW_YEAR
    with pytest.raises(NoPlan):
        close_month(district.context, MONTH)
    with pytest.raises(MonthNotClosed):
        closed_figures(district.context, MONTH)


def test_the_figures_are_those_of_the_proof_with_names_and_evidence(over: World) -> None:
    proof = province_proof(over.context, MONTH)
    close_month(over.context, MONTH)
    closed = closed_figures(over.context, MONTH)
    shown = [(row.station.code, row.station.name, verdict) for row in proof.stations for verdict in row.verdicts]
    assert [(each.station, each.station_name, each.verdict) for each in closed.figures] == shown
    own = closed_figures(over.context, MONTH, station="h654").figures
    assert [each.verdict for each in own] == station_proof(over.context, "h654", MONTH).verdicts
    assert own[0].verdict.evidence


def test_closing_and_amending_are_on_the_trail(over: World) -> None:
    close_month(over.context, MONTH)
    say_late(over)
    close_month(over.context, MONTH, reason="Nhật ký giấy đến muộn")
    assert verify(over.context).whole
    with past_triggers(over.context) as database:
        told = database.execute("SELECT action, subject FROM audit_entry WHERE action LIKE 'month.%' ORDER BY id")
        assert told == [("month.closed", "2026-12"), ("month.amended", "2026-12")]


def test_a_closed_month_is_amended_only_by_something_new_and_with_a_reason(over: World) -> None:
    first = close_month(over.context, MONTH)
    before = closed_figures(over.context, MONTH)
    over.now += timedelta(hours=1)
    with pytest.raises(NothingToAmend):
        close_month(over.context, MONTH, reason="Thử")
    say_late(over)
    with pytest.raises(AmendmentReasonMissing):
        close_month(over.context, MONTH, reason="  ")
    second = close_month(over.context, MONTH, reason="Nhật ký giấy đến muộn")
    assert (second.number, second.entries, second.reason) == (1, first.entries + 1, "Nhật ký giấy đến muộn")
    assert closed_figures(over.context, MONTH, 0) == before
    amended = closed_figures(over.context, MONTH)
    assert amended.closing == second
    assert amended.figures[0].verdict.counted_ms > before.figures[0].verdict.counted_ms
    assert verify_closings(over.context) == []
    with pytest.raises(MonthNotClosed):
        closed_figures(over.context, MONTH, 2)


def test_nothing_that_is_ended_disabled_withdrawn_or_renamed_later_changes_a_closed_figure_or_name(
    over: World,
) -> None:
    add_person(over.context, "quan-tri", [Role.ADMINISTRATOR])
    add_person(over.context, "giam-sat", [Role.MONITOR])
    close_month(acting_for(over.context, "giam-sat", right=Right.MONTHS_CLOSE), MONTH)
    before = closed_figures(over.context, MONTH), closed_figures(over.context, MONTH, station="h654")
    over.now += timedelta(days=3)
    over.withdraw("b0001")
    disable_account(over.context, "giam-sat")
    with over.change() as session:
        for station in session.exec(select(Station)):
            station.name, station.valid_to = f"Đài mới {station.code}", date(2026, 12, 1)
        for segment in session.exec(select(Segment)):
            segment.title = "Tên khác"
    with over.change() as session:
        [district] = session.exec(select(Station).where(Station.code == "h654")).all()
        district.code = "h654-cu"
    assert (closed_figures(over.context, MONTH), closed_figures(over.context, MONTH, station="h654")) == before
    assert before[0].closing.closed_by == "giam-sat"
    assert verify_closings(over.context) == []


def test_a_station_that_left_the_month_keeps_its_entries_sealed(over: World) -> None:
    with over.change() as session:
        [district] = session.exec(select(Station).where(Station.code == "h654")).all()
        district.valid_from = date(2027, 1, 1)
    close_month(over.context, MONTH)
    assert "h654" not in {each.station for each in closed_figures(over.context, MONTH).figures}
    with past_triggers(over.context) as database:
        [(uid,)] = database.execute("SELECT uid FROM as_run_entry ORDER BY id LIMIT 1")
    behind(over, "UPDATE as_run_entry SET reason = 'x' WHERE uid = ?", uid)
    assert [(each.station, each.uid, each.how) for each in verify_closings(over.context)] == [("h654", uid, "altered")]


def test_whoever_removes_a_closing_with_all_that_tells_of_it_is_found_by_the_trail(over: World) -> None:
    close_month(over.context, MONTH)
    say_late(over)
    behind(over, "DELETE FROM closed_figure")
    behind(over, "DELETE FROM month_closing")
    behind(over, "DELETE FROM audit_entry WHERE action = 'month.closed'")
    assert verify_closings(over.context) == []
    found = verify_history(over.context)
    assert not found.whole
    assert any("nhật ký" in sentence.lower() for sentence in history_sentences(found))


def test_the_log_in_which_an_entry_came_is_sealed_with_it(over: World) -> None:
    close_month(over.context, MONTH)
    assert verify_history(over.context).whole
    behind(over, "UPDATE as_run_batch SET source = 'api', said_by = 'may'")
    assert {(each.what, each.how) for each in verify_closings(over.context)} == {("entry", "altered")}


@pytest.mark.parametrize(
    "change",
    [
        "title = 'Bài khác'",
        "grade = 4",
        "aired = false",
        "duration_ms = 999999",
        "said_by = 'ai-khac'",
        "amends = true",
        "judged = true",
        pytest.param(
            "title = CAST(x'ff' AS TEXT)", marks=pytest.mark.of_sqlite("PostgreSQL keeps no text that is none")
        ),
    ],
)
def test_an_entry_that_was_altered_is_named(over: World, change: str) -> None:
    uid = an_entry(over)
    close_month(over.context, MONTH)
    behind(over, f"UPDATE as_run_entry SET {change} WHERE uid = ?", uid)  # noqa: S608 (its own texts)
    [fault] = verify_closings(over.context)
    assert (fault.what, fault.how, fault.month, fault.station, fault.uid) == (
        "entry",
        "altered",
        "2026-12",
        "h654",
        uid,
    )
    assert uid in fault_sentence(fault)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM as_run_entry WHERE uid = ?",
        "UPDATE as_run_entry SET month = '2026-11' WHERE uid = ?",
        "UPDATE as_run_entry SET received_at = '2027-06-01 00:00:00.000000' WHERE uid = ?",
    ],
)
def test_an_entry_that_was_taken_out_of_the_month_is_named(over: World, statement: str) -> None:
    uid = an_entry(over)
    close_month(over.context, MONTH)
    behind(over, statement, uid)
    assert [(each.what, each.how, each.uid) for each in verify_closings(over.context)] == [("entry", "missing", uid)]


def test_an_entry_that_was_slipped_in_is_named_and_what_came_later_is_not(over: World) -> None:
    close_month(over.context, MONTH)
    say_late(over)
    assert verify_closings(over.context) == []
    columns = (
        "station_id, month, batch_id, grade, aired, slot, title, reason, made_at, received_at, said_by, amends, judged"
    )
    behind(
        over,
        f"INSERT INTO as_run_entry (uid, {columns}) SELECT 'gia', {columns} FROM as_run_entry WHERE NOT amends LIMIT 1",  # noqa: S608 (its own texts)
    )
    [fault] = verify_closings(over.context)
    assert (fault.what, fault.how, fault.station, fault.uid) == ("entry", "added", "h654", "gia")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE closed_figure SET figures = '{\"counted_ms\": 1}' WHERE rule = 'cchc-huyen'",
            ("altered", "h654", "cchc-huyen"),
        ),
        (
            "UPDATE closed_figure SET station_name = 'Đài khác' WHERE rule = 'cchc-huyen'",
            ("altered", "h654", "cchc-huyen"),
        ),
        pytest.param(
            "UPDATE closed_figure SET figures = '{' WHERE rule = 'cchc-huyen'",
            ("altered", "h654", "cchc-huyen"),
            marks=pytest.mark.of_sqlite("PostgreSQL keeps no JSON that is none"),
        ),
        ("DELETE FROM closed_figure WHERE rule = 'cchc-huyen'", ("missing", "h654", "cchc-huyen")),
        ("DELETE FROM closed_figure WHERE rule = '' AND station = 'h654'", ("missing", "h654", "")),
        (
            "UPDATE closed_figure SET figures = '{\"entries\": {}, \"verdicts\": {}}' WHERE rule = '' AND station = 'h654'",
            ("altered", "h654", ""),
        ),
        (
            (
                "INSERT INTO closed_figure (closing_id, station_id, rule, station, station_name, figures)"
                " SELECT closing_id, station_id, 'bia', station, station_name, figures FROM closed_figure"
                " WHERE rule = 'cchc-huyen'"
            ),
            ("added", "h654", "bia"),
        ),
    ],
)
def test_a_figure_that_is_not_as_it_was_closed_is_named(
    over: World, statement: str, expected: tuple[str, str, str]
) -> None:
    close_month(over.context, MONTH)
    behind(over, statement)
    found = verify_closings(over.context)
    assert [(each.what, each.month, each.number) for each in found] == [("figure", "2026-12", 0)]
    assert (found[0].how, found[0].station, found[0].rule) == expected


@pytest.mark.parametrize(
    "change",
    [
        "closed_by = 'ai-khac'",
        "closed_at = '2027-01-05 00:00:00.000000'",
        "policy = '{}'",
        pytest.param("policy = 'x'", marks=pytest.mark.of_sqlite("PostgreSQL keeps no JSON that is none")),
        "reason = 'Khác'",
        "revision = 7",
        "hash = ''",
    ],
)
def test_a_closing_that_was_altered_is_named_and_nothing_is_closed_over_it(over: World, change: str) -> None:
    close_month(over.context, MONTH)
    behind(over, f"UPDATE month_closing SET {change}")  # noqa: S608 (its own texts)
    [fault] = verify_closings(over.context)
    assert (fault.what, fault.how, fault.month, fault.number) == ("closing", "altered", "2026-12", 0)
    say_late(over)
    with pytest.raises(HistoryDamaged) as refused:
        close_month(over.context, MONTH, reason="Đến muộn")
    assert (refused.value.trail, refused.value.faults) == (False, 1)


def test_a_closing_that_was_taken_out_is_named_and_the_chain_after_it_broken(over: World) -> None:
    close_month(over.context, MONTH)
    say_late(over)
    close_month(over.context, MONTH, reason="Đến muộn")
    behind(over, "DELETE FROM month_closing WHERE number = 0")
    found = [(each.what, each.how, each.number) for each in verify_closings(over.context)]
    assert found == [("closing", "altered", 1), ("closing", "missing", 0)]


def test_nothing_is_closed_over_a_broken_audit_trail(over: World) -> None:
    behind(over, "UPDATE audit_entry SET actor = 'ai-khac' WHERE action = 'airing.said'")
    with pytest.raises(HistoryDamaged) as refused:
        close_month(over.context, MONTH)
    assert refused.value.trail is True
    assert closing_of(over.context, MONTH) is None


def test_a_closed_month_counts_for_ever_as_it_did_whatever_its_campaign_says_later(over: World) -> None:
    close_month(over.context, MONTH)
    say_late(over)
    add_campaign(
        over.context,
        "cchc",
        CampaignChange(name="CCHC", legal_ground="Kế hoạch", counts_from="heard", tolerances={"late_ms": 0}),
    )
    close_month(over.context, MONTH, reason="Báo muộn")
    for closing in list_closings(over.context):
        assert closed_figures(over.context, MONTH, closing.number).figures[0].verdict.policy == "reported"
    [verdict] = [each for each in station_proof(over.context, "h654", MONTH).verdicts if each.kind == "min"]
    assert (verdict.policy, verdict.counted_ms > 0) == ("reported", True)
