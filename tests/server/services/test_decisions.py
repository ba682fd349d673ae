"""A recording that stopped on its way waits for a person, and what the person decides is on record."""

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlmodel import func, select

from media.refusals import NotAudio
from server.db.library import Audio, Rendition
from server.db.records import AuditEntry
from server.services import vetting
from server.services.context import Context
from server.services.intake import discard, keep, overrule, settle
from server.services.refusals import (
    BadField,
    NothingToDecide,
    NotOverrulable,
    NotTheLead,
    RecordingUnfit,
    UnknownSegment,
    UnknownVersion,
)
from server.services.rights import Role
from server.services.segments import add_segment, get_segment
from tests.server.homes import NOW
from tests.server.people import acting, add_person
from tests.server.services.arriving import beginning, said, send, settle_in, tone
from tests.server.vetted import ANOTHER, approve


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


def unfit(context: Context, folder: Path, *, topic: str = "c01", seed: int = 1, replaces: str | None = None) -> None:
    with pytest.raises(RecordingUnfit):
        settle(context, send(context, tone(folder, seed=seed, seconds=12), topic=topic, replaces=replaces))


def entry_of(context: Context, action: str) -> AuditEntry:
    with context.database.read() as session:
        return session.exec(select(AuditEntry).where(AuditEntry.action == action)).one()


def test_the_topics_lead_overrules_failed_checks_with_a_reason_on_record(home: Context, tmp_path: Path) -> None:
    unfit(home, tmp_path)
    view = overrule(home, "b0001", reason="  Thông báo  khẩn ", lead="snv")
    [version] = view.versions
    assert (view.state, version.state, version.in_force, view.audio) == ("submitted", "submitted", False, None)
    assert version.decision is not None
    assert (version.decision.action, version.decision.reason, version.decision.lead, version.decision.at) == (
        "overruled",
        "Thông báo khẩn",
        "snv",
        NOW,
    )
    assert [check.name for check in version.checks if check.level == "fail"] == ["duration"]
    assert not version.can_overrule
    entry = entry_of(home, "segment.overruled")
    assert (entry.subject, entry.facts["number"], entry.facts["reason"], entry.facts["lead"]) == (
        "b0001",
        1,
        "Thông báo khẩn",
        "snv",
    )


def test_nobody_but_the_lead_overrules_and_is_told_who_it_is(home: Context, tmp_path: Path) -> None:
    unfit(home, tmp_path)
    for given in ("stp", "", "SNV"):
        with pytest.raises(NotTheLead) as refused:
            overrule(home, "b0001", reason="Khẩn", lead=given)
        assert refused.value.facts == {"topic": "c01", "given": given, "lead": "snv"}
    assert get_segment(home, "b0001").state == "rejected"


def test_a_topic_that_nobody_leads_is_overruled_by_nobody(home: Context, tmp_path: Path) -> None:
    unfit(home, tmp_path, topic="x")
    with pytest.raises(NotTheLead) as refused:
        overrule(home, "b0001", reason="Khẩn", lead="snv")
    assert refused.value.lead is None


def test_a_file_that_cannot_be_aired_cannot_be_overruled(home: Context, tmp_path: Path) -> None:
    text = tmp_path / "loi.mp3"
    text.write_text("Đây là văn bản.\n" * 50, encoding="utf-8")
    with pytest.raises(NotAudio):
        settle(home, send(home, text))
    with pytest.raises(NotOverrulable):
        overrule(home, "b0001", reason="Khẩn", lead="snv")


def test_what_is_overruled_and_sounds_like_another_waits_for_the_producer(home: Context, tmp_path: Path) -> None:
    whole = tone(tmp_path)
    add_segment(home, whole, file_name="a.wav", new=said())
    with pytest.raises(RecordingUnfit):
        settle(home, send(home, beginning(whole, seconds=15)))
    assert overrule(home, "b0002", reason="Khẩn", lead="snv").state == "held"
    view = keep(home, "b0002", reason="Bản rút gọn")
    assert view.state == "submitted"
    assert entry_of(home, "segment.overruled").facts["reason"] == "Khẩn"
    assert entry_of(home, "segment.kept").facts["reason"] == "Bản rút gọn"


def test_the_producer_keeps_what_sounds_like_another(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    held = settle(home, send(home, tone(tmp_path, level=0.2)))
    assert held.state == "held"
    view = keep(home, "b0002")
    [version] = view.versions
    assert (view.state, version.in_force) == ("submitted", False)
    assert version.decision is not None
    assert (version.decision.action, version.decision.reason, version.decision.lead) == ("kept", "", None)
    assert [likeness.segment for likeness in version.likenesses] == ["b0001"]


def test_the_producer_discards_what_sounds_like_another_and_its_bytes_may_come_again(
    home: Context, tmp_path: Path
) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    twin = tone(tmp_path, level=0.2)
    settle(home, send(home, twin))
    view = discard(home, "b0002", reason="Gửi nhầm")
    [version] = view.versions
    assert (view.state, view.audio, version.state, version.audio) == ("discarded", None, "discarded", None)
    assert version.decision is not None
    assert version.decision.reason == "Gửi nhầm"
    with home.database.read() as session:
        assert session.exec(select(func.count()).select_from(Audio)).one() == 1
        assert session.exec(select(func.count()).select_from(Rendition)).one() == 3
    assert entry_of(home, "segment.discarded").facts["reason"] == "Gửi nhầm"
    again = settle(home, send(home, twin))
    assert (again.code, again.state) == ("b0003", "held")
    assert [likeness.segment for likeness in again.versions[0].likenesses] == ["b0001"]


def test_a_discarded_newer_recording_leaves_the_segment_as_it_was(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    before = approve(home, "b0001")
    unfit(home, tmp_path, seed=2, replaces="b0001")
    view = discard(home, "b0001")
    assert (view.state, view.audio) == ("ready", before.audio)
    assert [(version.number, version.state) for version in view.versions] == [(2, "discarded"), (1, "ready")]


def test_an_older_version_can_be_decided_on_by_its_number(home: Context, tmp_path: Path) -> None:
    unfit(home, tmp_path)
    settle(home, send(home, tone(tmp_path, seed=2), replaces="b0001"))
    view = overrule(home, "b0001", number=1, reason="Cũng được", lead="snv")
    assert [(version.number, version.state, version.in_force) for version in view.versions] == [
        (2, "submitted", False),
        (1, "draft", False),
    ]


def test_there_is_nothing_to_decide_on_what_goes_its_way_or_is_done(home: Context, tmp_path: Path) -> None:
    add_segment(home, tone(tmp_path), file_name="a.wav", new=said())
    send(home, tone(tmp_path, seed=2))
    for code, state in (("b0001", "submitted"), ("b0002", "processing")):
        for decide in (keep, discard, lambda home, code: overrule(home, code, reason="A", lead="snv")):
            with pytest.raises(NothingToDecide) as refused:
                decide(home, code)
            assert (refused.value.segment, refused.value.number, refused.value.state) == (code, 1, state)


def test_a_decision_names_what_there_is_and_says_why(home: Context, tmp_path: Path) -> None:
    send(home, tone(tmp_path))
    with pytest.raises(UnknownSegment):
        overrule(home, "b0009", reason="A", lead="snv")
    with pytest.raises(UnknownVersion) as unknown:
        overrule(home, "b0001", number=2, reason="A", lead="snv")
    assert unknown.value.facts == {"segment": "b0001", "number": 2}
    for reason in (" ", "hai\ndòng", "a" * 501):
        with pytest.raises(BadField):
            overrule(home, "b0001", reason=reason, lead="snv")


def test_people_decide_for_an_organisation_that_they_lead_for(home: Context, tmp_path: Path) -> None:
    unfit(home, tmp_path)
    lead = acting(home, add_person(home, "chu-tri", [Role.LEAD], organisation="snv"))
    other = acting(home, add_person(home, "so-khac", [Role.LEAD], organisation="stp"))
    for given in (None, "snv", "stp"):
        with pytest.raises(NotTheLead):
            overrule(other, "b0001", reason="Khẩn", lead=given)
    with pytest.raises(NotTheLead):
        overrule(lead, "b0001", reason="Khẩn", lead="stp")
    decision = overrule(lead, "b0001", reason="Khẩn").versions[0].decision
    assert decision is not None
    assert (decision.actor, decision.lead) == ("chu-tri", "snv")


def test_a_draft_and_what_was_returned_may_be_given_up(home: Context, tmp_path: Path) -> None:
    for number, seed in enumerate((1, 2), start=1):
        new = replace(said(), submit=False)
        add_segment(home, tone(tmp_path, seed=seed), file_name="a.wav", new=new)
        code = f"b{number:04d}"
        if number == 2:
            vetting.submit(home, code)
            vetting.return_(dataclasses.replace(home, who=ANOTHER), code, 1, "Sai")
        assert discard(home, code).state == "discarded"
    with home.database.read() as session:
        assert session.exec(select(func.count()).select_from(Audio)).one() == 0
