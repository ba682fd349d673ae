"""Who decides on a recording, in which state, and what follows: every step, allowed and refused."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from server.db.records import AuditEntry
from server.services import credentials, vetting
from server.services.access_refusals import OutOfReach
from server.services.campaigns import CampaignChange, add_campaign
from server.services.context import Context
from server.services.credential_issuing import issue_key
from server.services.hidden import hash_of
from server.services.plans import read_basis
from server.services.refusals import (
    BadField,
    NothingToDecide,
    SegmentAlreadyWithdrawn,
    SegmentHasNoRecording,
    ServiceRefusal,
    UnknownVersion,
)
from server.services.rights import Role
from server.services.segments import get_segment, withdraw_segment
from server.services.vetting_queue import queue, remind_due, waiting_count
from server.services.vetting_refusals import (
    AlreadyApproved,
    NoReviewOpen,
    NotUrgent,
    NotWithdrawn,
    RecordingGone,
    SelfApproval,
    VettingOvertaken,
)
from tests.server.people import acting, add_person
from tests.server.vetted import add_draft, add_newer, lead_topics
from tests.server.worlds import BEFORE, MONTH, World, build_world

CODE = "b0001"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = build_world(tmp_path / "home", segments=0)
    lead_topics(made)
    yield made
    made.context.close()


@pytest.fixture
def maker(world: World) -> Context:
    return acting(world.context, add_person(world.context, "nguoi-gui", [Role.PRODUCER], organisation="snv"))


@pytest.fixture
def lead(world: World) -> Context:
    return acting(world.context, add_person(world.context, "chu-tri", [Role.LEAD], organisation="snv"))


@pytest.fixture
def second(world: World) -> Context:
    return acting(world.context, add_person(world.context, "chu-tri-hai", [Role.LEAD], organisation="snv"))


def state(context: Context, code: str = CODE) -> tuple[str, list[str]]:
    view = get_segment(context, code)
    return view.state, [version.state for version in view.versions]


def trail(context: Context) -> list[tuple[str, str]]:
    with context.database.read() as session:
        rows = session.exec(select(AuditEntry).where(AuditEntry.subject == CODE)).all()
        return [(entry.actor, entry.action) for entry in rows]


def test_a_recording_goes_from_draft_over_submitted_to_ready_and_is_planned_only_then(
    world: World, maker: Context, lead: Context
) -> None:
    add_draft(world, CODE)
    assert state(lead) == ("draft", ["draft"])
    handed_in = vetting.submit(maker, CODE)
    [version] = handed_in.versions
    assert (handed_in.state, version.state, handed_in.audio) == ("submitted", "submitted", None)
    assert (version.due_at, version.approvals_needed) == (BEFORE + timedelta(hours=48), 1)
    assert CODE not in _planned(world)
    approved = vetting.approve(lead, CODE, 1, "Hay")
    [version] = approved.versions
    assert (approved.state, version.state, version.in_force, version.due_at) == ("ready", "ready", True, None)
    assert CODE in _planned(world)
    assert [(step.action, step.actor, step.organisation, step.reason) for step in version.vetting] == [
        ("submitted", "nguoi-gui", "snv", ""),
        ("approved", "chu-tri", "snv", "Hay"),
    ]
    assert trail(world.context) == [("nguoi-gui", "segment.submitted"), ("chu-tri", "segment.approved")]


def test_what_is_returned_says_why_and_may_be_handed_in_again(world: World, maker: Context, lead: Context) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    with pytest.raises(BadField):
        vetting.return_(lead, CODE, 1, "  ")
    returned = vetting.return_(lead, CODE, 1, "Sai số liệu")
    assert (returned.state, returned.versions[0].vetting[-1].reason) == ("returned", "Sai số liệu")
    with pytest.raises(VettingOvertaken) as refused:
        vetting.approve(lead, CODE, 1)
    assert (refused.value.state, refused.value.by, refused.value.newer) == ("returned", "chu-tri", None)
    assert vetting.submit(maker, CODE).state == "submitted"
    assert vetting.approve(lead, CODE, 1).state == "ready"


def test_the_maker_decides_on_nothing_of_their_own(world: World) -> None:
    add_draft(world, CODE, made_by="ca-hai")
    both = acting(world.context, add_person(world.context, "ca-hai", [Role.PRODUCER, Role.LEAD], organisation="snv"))
    vetting.submit(both, CODE)
    for decide in (lambda: vetting.approve(both, CODE, 1), lambda: vetting.return_(both, CODE, 1, "Sai")):
        with pytest.raises(SelfApproval):
            decide()
    assert state(both) == ("submitted", ["submitted"])


def test_whoever_is_at_the_machine_is_one_person_only(world: World) -> None:
    add_draft(world, CODE, made_by="local")
    vetting.submit(world.context, CODE)
    with pytest.raises(SelfApproval):
        vetting.approve(world.context, CODE, 1)


def test_nobody_decides_on_what_another_organisation_answers_for(world: World, maker: Context) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    foreign = acting(world.context, add_person(world.context, "so-khac", [Role.LEAD], organisation="stp"))
    decisions: list[Callable[[Context], object]] = [
        lambda who: vetting.approve(who, CODE, 1),
        lambda who: vetting.return_(who, CODE, 1, "Sai"),
        lambda who: vetting.release(who, CODE, 1, "Gấp"),
        lambda who: vetting.confirm(who, CODE, 1),
        lambda who: vetting.dispute(who, CODE, 1, "Sai"),
        lambda who: vetting.restore(who, CODE, "Lại"),
    ]
    for decide in decisions:
        for who in (foreign, maker):
            with pytest.raises(OutOfReach):
                decide(who)
    with pytest.raises(OutOfReach):
        vetting.submit(foreign, CODE)


def test_what_is_not_waiting_is_not_decided_on(world: World, maker: Context, lead: Context) -> None:
    add_draft(world, CODE)
    refusals: list[tuple[type[ServiceRefusal], Callable[[], object]]] = [
        (NothingToDecide, lambda: vetting.approve(lead, CODE, 1)),
        (NothingToDecide, lambda: vetting.return_(lead, CODE, 1, "Sai")),
        (UnknownVersion, lambda: vetting.approve(lead, CODE, 2)),
        (NoReviewOpen, lambda: vetting.confirm(lead, CODE, 1)),
        (NoReviewOpen, lambda: vetting.dispute(lead, CODE, 1, "Sai")),
        (NotUrgent, lambda: vetting.release(lead, CODE, 1, "Gấp")),
        (NotWithdrawn, lambda: vetting.restore(lead, CODE, "Lại")),
        (SegmentHasNoRecording, lambda: withdraw_segment(lead, CODE, reason="Sai")),
    ]
    for refusal, decide in refusals:
        with pytest.raises(refusal):
            decide()
    vetting.submit(maker, CODE)
    with pytest.raises(NothingToDecide):
        vetting.submit(maker, CODE)


def test_an_approved_segment_keeps_its_recording_until_the_newer_one_is_approved(
    world: World, maker: Context, lead: Context
) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    vetting.approve(lead, CODE, 1)
    add_newer(world, CODE)
    waiting = vetting.submit(maker, CODE)
    assert (waiting.state, [version.in_force for version in waiting.versions]) == ("ready", [False, True])
    changed = vetting.approve(lead, CODE, 2)
    assert (changed.state, [version.in_force for version in changed.versions]) == ("ready", [True, False])


def test_a_newer_recording_takes_the_place_of_the_one_that_waits(world: World, maker: Context, lead: Context) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    add_newer(world, CODE)
    vetting.submit(maker, CODE)
    assert state(lead) == ("submitted", ["submitted", "discarded"])
    with pytest.raises(VettingOvertaken) as refused:
        vetting.approve(lead, CODE, 1)
    assert refused.value.newer == 2
    assert vetting.approve(lead, CODE, 2).state == "ready"


def test_of_two_who_decide_at_once_one_counts_and_the_other_is_told_who(
    world: World, maker: Context, lead: Context, second: Context
) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    start, told = threading.Barrier(2), list[VettingOvertaken]()

    def decide(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except VettingOvertaken as refusal:
            told.append(refusal)

    threads = [
        threading.Thread(target=decide, args=(lambda: vetting.approve(lead, CODE, 1),)),
        threading.Thread(target=decide, args=(lambda: vetting.return_(second, CODE, 1, "Sai"),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [version] = get_segment(world.context, CODE).versions
    [_submitted, counted] = version.vetting
    [refusal] = told
    assert (refusal.by, refusal.at) == (counted.actor, BEFORE.isoformat())
    assert version.state == {"approved": "ready", "returned": "returned"}[counted.action]


def test_where_two_must_approve_one_person_is_not_two(
    world: World, maker: Context, lead: Context, second: Context
) -> None:
    add_campaign(
        world.context,
        "hai-nguoi",
        CampaignChange(name="Hai người duyệt", legal_ground="KH 1", approvals=2, vetting_hours=12),
    )
    add_draft(world, CODE)
    [version] = vetting.submit(maker, CODE).versions
    assert (version.approvals_needed, version.due_at) == (2, BEFORE + timedelta(hours=12))
    first = vetting.approve(lead, CODE, 1)
    assert (first.state, first.versions[0].approvals) == ("submitted", 1)
    with pytest.raises(AlreadyApproved) as refused:
        vetting.approve(lead, CODE, 1)
    assert refused.value.needed == 1
    [item] = queue(lead).items
    assert (item.approved, item.open, queue(lead).waiting, queue(second).waiting) == (True, False, 0, 1)
    assert vetting.approve(second, CODE, 1).state == "ready"


def test_approvals_from_before_a_return_do_not_count(
    world: World, maker: Context, lead: Context, second: Context
) -> None:
    add_campaign(world.context, "hai", CampaignChange(name="Hai", legal_ground="KH 1", approvals=2))
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    vetting.approve(lead, CODE, 1)
    vetting.return_(second, CODE, 1, "Sai")
    vetting.submit(maker, CODE)
    assert vetting.approve(second, CODE, 1).state == "submitted"
    assert vetting.approve(lead, CODE, 1).state == "ready"


@pytest.mark.parametrize("approvals", [0, 3])
def test_a_campaign_asks_for_one_or_two_approvals(world: World, approvals: int) -> None:
    with pytest.raises(BadField):
        add_campaign(world.context, "sai", CampaignChange(name="Sai", legal_ground="KH 1", approvals=approvals))


def test_what_is_urgent_is_due_in_two_hours_and_may_be_released_by_its_maker(world: World, second: Context) -> None:
    both = acting(world.context, add_person(world.context, "ca-hai", [Role.PRODUCER, Role.LEAD], organisation="snv"))
    add_draft(world, CODE, made_by="ca-hai", priority="urgent")
    [version] = vetting.submit(both, CODE).versions
    assert version.due_at == BEFORE + timedelta(hours=2)
    with pytest.raises(BadField):
        vetting.release(both, CODE, 1, "")
    released = vetting.release(both, CODE, 1, "Bão đang vào")
    [version] = released.versions
    assert (released.state, version.in_force, version.review_open) == ("ready", True, True)
    assert version.due_at == BEFORE + timedelta(hours=24)
    with pytest.raises(SelfApproval):
        vetting.confirm(both, CODE, 1)
    [item] = queue(second).items
    assert (item.kind, item.open, queue(both).items[0].own) == ("review", True, True)
    confirmed = vetting.confirm(second, CODE, 1)
    assert (confirmed.state, confirmed.versions[0].review_open, confirmed.versions[0].due_at) == ("ready", False, None)
    with pytest.raises(VettingOvertaken) as refused:
        vetting.dispute(second, CODE, 1, "Sai")
    assert refused.value.by == "chu-tri-hai"


def test_what_is_disputed_is_withdrawn_for_that_reason(
    world: World, maker: Context, lead: Context, second: Context
) -> None:
    add_draft(world, CODE, priority="urgent")
    vetting.release(lead, CODE, 1, "Bão")
    with pytest.raises(OutOfReach):
        vetting.dispute(maker, CODE, 1, "Sai")
    with pytest.raises(SelfApproval):
        vetting.dispute(lead, CODE, 1, "Sai")
    disputed = vetting.dispute(second, CODE, 1, "Tin giả")
    assert (disputed.state, disputed.withdrawn_reason) == ("withdrawn", "Tin giả")
    assert queue(lead).items == []


def test_what_was_withdrawn_comes_back_only_when_it_is_approved_anew(tmp_path: Path) -> None:
    world = build_world(tmp_path / "sounding", segments=0, tone=True)
    lead_topics(world)
    lead = acting(world.context, add_person(world.context, "chu-tri", [Role.LEAD], organisation="snv"))
    maker = acting(world.context, add_person(world.context, "nguoi-gui", [Role.PRODUCER], organisation="snv"))
    add_draft(world, CODE, tone=True, valid_to=date(2026, 12, 20))
    vetting.submit(maker, CODE)
    vetting.approve(lead, CODE, 1)
    withdraw_segment(maker, CODE, reason="Nhầm")
    with pytest.raises(SegmentAlreadyWithdrawn):
        vetting.submit(maker, CODE)
    restored = vetting.restore(lead, CODE, "Không nhầm")
    assert (restored.state, restored.versions[0].state, restored.valid_to) == (
        "submitted",
        "submitted",
        date(2026, 12, 20),
    )
    assert restored.versions[0].vetting[-1].reason == "Không nhầm"
    assert CODE not in _planned(world)
    vetting.return_(lead, CODE, 1, "Còn sai")
    assert state(lead) == ("returned", ["returned"])
    vetting.submit(maker, CODE)
    back = vetting.approve(lead, CODE, 1)
    assert (back.state, back.withdrawn_reason, back.versions[0].in_force) == ("ready", None, True)
    assert CODE in _planned(world)
    world.context.close()


def test_what_has_no_sound_any_more_does_not_come_back(world: World, maker: Context, lead: Context) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    vetting.approve(lead, CODE, 1)
    withdraw_segment(lead, CODE, reason="Nhầm")
    with pytest.raises(RecordingGone):
        vetting.restore(lead, CODE, "Lại")
    assert state(lead)[0] == "withdrawn"


def test_the_queue_has_what_is_due_first_and_ones_own_last(world: World, lead: Context) -> None:
    for code, made_by in (("b0001", "chu-tri"), ("b0002", "nguoi-gui"), ("b0003", "nguoi-gui")):
        add_draft(world, code, made_by=made_by, priority="urgent" if code == "b0003" else "normal")
        vetting.submit(world.context, code)
    found = queue(lead)
    assert [(item.segment.code, item.own, item.overdue) for item in found.items] == [
        ("b0003", False, False),
        ("b0002", False, False),
        ("b0001", True, False),
    ]
    assert (found.total, found.waiting, found.overdue, waiting_count(lead)) == (3, 2, 0, 2)
    world.now = BEFORE + timedelta(hours=3)
    found = queue(lead)
    assert ([item.overdue for item in found.items], found.overdue) == ([True, False, False], 1)
    foreign = acting(world.context, add_person(world.context, "so-khac", [Role.LEAD], organisation="stp"))
    assert (queue(foreign).items, waiting_count(foreign)) == ([], 0)


def test_leads_are_reminded_once_a_day_from_four_hours_before(world: World, maker: Context) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    assert remind_due(world.context) == []
    world.now = BEFORE + timedelta(hours=44)
    assert remind_due(world.context) == [CODE]
    assert remind_due(world.context) == []
    world.now += timedelta(hours=24)
    assert remind_due(world.context) == [CODE]
    assert [action for _actor, action in trail(world.context)] == [
        "segment.submitted",
        "vetting.reminded",
        "vetting.reminded",
    ]
    with world.context.database.read() as session:
        overdue = session.exec(select(AuditEntry).where(AuditEntry.action == "vetting.reminded")).all()
    assert [entry.facts["overdue"] for entry in overdue] == [False, True]


def test_a_withdrawn_segment_waits_for_nobody(world: World, maker: Context, lead: Context) -> None:
    add_draft(world, CODE)
    vetting.submit(maker, CODE)
    vetting.approve(lead, CODE, 1)
    add_newer(world, CODE)
    vetting.submit(maker, CODE)
    withdraw_segment(maker, CODE, reason="Sai")
    assert (queue(lead).items, waiting_count(lead)) == ([], 0)
    with pytest.raises(SegmentAlreadyWithdrawn):
        vetting.approve(lead, CODE, 2)


def _planned(world: World) -> set[str]:
    """Segments that a plan of the month may air."""
    with world.context.database.read() as session:
        segments = read_basis(session, MONTH, world.now).instance.segments
    return {each.id for each in segments if each.valid_to is None or each.valid_to >= MONTH.first_date}


def test_whoever_issued_the_key_that_sent_a_recording_is_its_maker_too(world: World, second: Context) -> None:
    manager = add_person(world.context, "quan-tri", [Role.ADMINISTRATOR, Role.LEAD], organisation="snv")
    issued = issue_key(
        acting(world.context, manager), "snv", "nap bai", rights=["segments.send"], expires_on=date(2027, 6, 1)
    )
    script = credentials.who_of(world.context, hash_of(issued.secret)).who
    add_draft(world, CODE, made_by=script.name)
    vetting.submit(acting(world.context, manager), CODE)
    with pytest.raises(SelfApproval):
        vetting.approve(acting(world.context, manager), CODE, 1)
    assert vetting.approve(second, CODE, 1).state == "ready"
