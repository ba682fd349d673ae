"""Stations that are short are urged with their own figures; what was opened and answered is seen by who urged them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from server.db.accounts import Account
from server.db.plans import AirtimeRule
from server.services import reminder_answers, reminder_letters, reminders
from server.services.access_refusals import OutOfReach
from server.services.as_run import Said, say
from server.services.mail import send_due
from server.services.mail_refusals import MailServerMissing
from server.services.proofs import station_proof
from server.services.refusals import BadField, UnknownStation
from server.services.reminder_refusals import (
    AnswerMissing,
    NobodyToUrge,
    NothingToAnswer,
    NothingToUrge,
    ReminderUnknown,
)
from server.services.reminder_views import Lacking, Urged
from server.services.rights import Role
from server.services.trail import verify
from tests.server.mailboxes import Mailbox, open_mailbox
from tests.server.people import Person, acting, add_person
from tests.server.reports.reading import squeezed, word_text
from tests.server.worlds import MONTH, World, local

SITE = "https://loa.tinh.example"
CODE = "h654"


@pytest.fixture
def silent(published: World) -> World:
    """Late in December, and no station ever said a word."""
    published.now = local("2026-12-28 09:00")
    return published


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with open_mailbox() as server:
        yield server


def officer(world: World, login: str, unit: str | None, *, email: bool = True) -> Person:
    person = add_person(world.context, login, [Role.OPERATOR], unit_id=world.keys[unit] if unit else None)
    with world.change() as session:
        session.get_one(Account, person.key).email = f"{login}@tinh.example" if email else None
    return person


def urged(world: World, *channels: str, **order: object) -> Urged:
    return reminders.urge(world.context, MONTH, site=SITE, channels=channels or ("page",), **order)  # type: ignore[arg-type]


def only(world: World) -> Lacking:
    [lacking] = reminders.whom_to_urge(world.context, MONTH)
    return lacking


def test_nobody_is_urged_while_all_are_on_their_way(published: World) -> None:
    assert reminders.whom_to_urge(published.context, MONTH) == []
    with pytest.raises(NobodyToUrge):
        urged(published)
    with pytest.raises(NothingToUrge):
        urged(published, stations=[CODE])


def test_a_station_is_told_its_own_figures_and_slots(silent: World) -> None:
    lacking = only(silent)
    assert (lacking.station.code, lacking.usual, lacking.last_urged_at) == (CODE, True, None)
    proof = station_proof(silent.context, CODE, MONTH)
    [figure] = lacking.figures
    assert (figure.required_ms, figure.counted_ms, figure.short_ms) == (900_000, 0, 900_000)
    assert figure.to_come_ms == proof.verdicts[0].to_come_ms
    assert lacking.missed == sum(slot.outcome == "missed" for slot in proof.slots) > 0
    assert "được tính 0:00 trên 15:00 (phút:giây), còn thiếu 15:00" in lacking.text
    assert f"{lacking.missed} khung không phát hoặc chưa báo" in lacking.text
    assert "Chậm nhất: 31/12/2026." in lacking.text
    silent.now = local("2027-01-10 09:00")
    assert "Chậm nhất: 17/01/2027." in only(silent).text


def test_what_a_station_reports_is_no_longer_asked_of_it(silent: World) -> None:
    past = [slot for slot in station_proof(silent.context, CODE, MONTH).slots if slot.starts_at < silent.now]
    say(silent.context, [Said(line=1, slot=past[0].key, aired=True)], source="page", station=CODE)
    assert only(silent).missed == len(past) - 1
    assert only(silent).figures[0].counted_ms == past[0].planned_ms


def test_a_notice_is_opened_by_the_stations_people_and_answered_once(silent: World) -> None:
    [made] = urged(silent).made
    assert (made.channel, made.state, made.opened_at) == ("page", "sent", None)
    assert made.text == only(silent).text
    stranger, own = officer(silent, "xa-khac", "24490"), officer(silent, "can-bo", "654")
    monitor = add_person(silent.context, "giam-sat", [Role.MONITOR])
    for person in (stranger, monitor):
        assert len(reminder_answers.notices(acting(silent.context, person), CODE, MONTH)) == 1
    assert reminders.list_reminders(silent.context, MONTH)[0].opened_at is None
    silent.now += timedelta(hours=1)
    mine = acting(silent.context, own)
    assert len(reminder_answers.notices(mine, CODE, MONTH.next())) == 1
    opened_at = silent.now
    silent.now += timedelta(hours=1)
    with pytest.raises(AnswerMissing):
        reminder_answers.answer(mine, CODE, MONTH, " \n ")
    reminder_answers.answer(mine, CODE, MONTH, "Đài hỏng máy phát,\nsẽ phát bù từ mai.")
    [seen] = reminders.list_reminders(silent.context, MONTH)
    assert (seen.opened_at, seen.answered_at, seen.answered_by) == (opened_at, silent.now, "can-bo")
    assert seen.answer == "Đài hỏng máy phát,\nsẽ phát bù từ mai."
    assert reminder_answers.notices(mine, CODE, MONTH) == []
    with pytest.raises(NothingToAnswer):
        reminder_answers.answer(mine, CODE, MONTH, "Lần nữa")
    assert verify(silent.context).whole


def test_nobody_is_told_the_same_twice_within_a_day_unless_asked_for(silent: World) -> None:
    urged(silent)
    [left] = urged(silent).left_out
    assert (left.station, left.channel, left.why) == (CODE, "page", "urged_today")
    assert len(urged(silent, again=True).made) == 1
    silent.now += timedelta(days=1)
    assert len(urged(silent, stations=[CODE, CODE]).made) == 1
    assert only(silent).last_urged_at == silent.now


def test_mail_goes_to_those_nearest_to_the_station_and_its_link_tells_that_it_was_opened(
    silent: World, post: Mailbox
) -> None:
    with pytest.raises(MailServerMissing):
        urged(silent, "email")
    officer(silent, "tinh", None)
    writing = replace(silent.context, mail=post.server)
    told = reminders.urge(writing, MONTH, site=SITE, channels=["email"])
    assert [made.address for made in told.made] == ["tinh@tinh.example"]
    officer(silent, "khong-thu", "654", email=False)
    officer(silent, "huyen", "654")
    officer(silent, "xa", "24490")
    told = reminders.urge(
        writing, MONTH, site=SITE, channels=["email"], again=True, texts={CODE: "Đề nghị đài\r\nphát bù."}
    )
    assert [(made.address, made.state) for made in told.made] == [("huyen@tinh.example", "waiting")]
    post.refusals = ["451 later"] * 2
    send_due(writing, post.server)
    waiting = reminders.list_reminders(writing, MONTH)[0]
    assert (waiting.state, waiting.tries, waiting.failure) == ("waiting", 1, "451 later")
    silent.now += timedelta(minutes=2)
    send_due(writing, post.server)
    letter = next(each for each in post.letters if each["To"] == "huyen@tinh.example")
    assert "12/2026" in str(letter["Subject"])
    said = letter.get_content().replace("\r\n", "\n")
    assert said.startswith("Đề nghị đài\nphát bù.\n")
    number, _, signature = said.partition(f"{SITE}/don-doc/")[2].partition("\n")[0].partition("/")
    assert reminders.list_reminders(writing, MONTH)[0].state == "sent"
    for wrong in ((int(number), "0" * 64), (int(number) + 1, signature), (2**70, signature)):
        with pytest.raises(ReminderUnknown):
            reminder_answers.follow_link(writing, *wrong)
    assert reminder_answers.follow_link(writing, int(number), signature) == (CODE, str(MONTH))
    assert reminders.list_reminders(writing, MONTH)[0].opened_at == silent.now


def test_mail_that_nobody_takes_is_told_to_who_sent_it(silent: World, post: Mailbox) -> None:
    officer(silent, "huyen", "654")
    post.nobodies = {"huyen@tinh.example"}
    writing = replace(silent.context, mail=post.server)
    reminders.urge(writing, MONTH, site=SITE, channels=["email", "webhook"])
    send_due(writing, post.server)
    [failed] = reminders.list_reminders(writing, MONTH)
    assert failed.state == "failed"
    assert "nobody here" in (failed.failure or "")


def test_what_there_is_no_way_to_send_is_left_out_and_says_why(silent: World, post: Mailbox) -> None:
    writing = replace(silent.context, mail=post.server)
    told = reminders.urge(writing, MONTH, site=SITE, channels=["page", "email", "webhook"])
    assert [made.channel for made in told.made] == ["page"]
    assert [(each.channel, each.why) for each in told.left_out] == [("email", "no_address"), ("webhook", "no_webhook")]


def test_only_stations_within_reach_that_are_short_are_urged(silent: World) -> None:
    silent.add_unit("652", "Huyện M'Đrắk", level="district", kind="Huyện", parent="66")
    monitor = add_person(silent.context, "giam-sat-huyen", [Role.MONITOR], unit_id=silent.keys["652"])
    elsewhere = replace(silent, context=acting(silent.context, monitor))
    assert reminders.whom_to_urge(elsewhere.context, MONTH) == []
    with pytest.raises(OutOfReach):
        urged(elsewhere, stations=[CODE])
    urged(silent)
    assert reminders.list_reminders(elsewhere.context, MONTH) == []
    with pytest.raises(NothingToUrge):
        urged(silent, stations=["x24490"])
    with pytest.raises(UnknownStation):
        urged(silent, stations=["khong-co"])
    for channels in ((), ("letter",)):
        with pytest.raises(BadField):
            reminders.urge(silent.context, MONTH, site=SITE, channels=channels)


def test_an_official_letter_has_the_figures_of_the_page_and_is_kept_as_a_reminder(silent: World) -> None:
    with silent.change() as session:
        for rule in session.exec(select(AirtimeRule)):
            rule.legal_ground = "Kế hoạch năm 2021."
    export = reminder_letters.make_letter(silent.context, MONTH, station=CODE)
    assert export.file_name == "don-doc-2026-12-h654.docx"
    text = squeezed(word_text(export.content))
    for words in (
        "V/v đôn đốc phát chuyên mục Tuyên truyền CCHC tháng 12 năm 2026",
        "UBND huyện Krông Pắc",
        "Đài Truyền thanh - Truyền hình huyện Krông Pắc phải phát ít nhất 15 phút",
        "đã được tính 0 giây, còn thiếu 15 phút",
        "chậm nhất ngày 31 tháng 12 năm 2026",
    ):
        assert squeezed(words) in text
    assert squeezed("Căn cứ: Kế hoạch năm 2021;") in text
    of_district = reminder_letters.make_letter(silent.context, MONTH, district="654")
    assert squeezed("còn thiếu 15 phút") in squeezed(word_text(of_district.content))
    [kept] = reminders.list_reminders(silent.context, MONTH)
    assert (kept.channel, kept.state, kept.sent_at) == ("letter", "made", None)
    with pytest.raises(NobodyToUrge):
        reminder_letters.make_letter(silent.context, MONTH, district="652")
    with pytest.raises(BadField):
        reminder_letters.make_letter(silent.context, MONTH)
