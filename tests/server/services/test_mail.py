"""Letters, from the transaction that tells of something to a mail server that is really there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from server.db.accounts import OutgoingMail
from server.db.records import AuditEntry
from server.services import mail
from server.services.mail import Sent, queue, send_due, send_now
from server.services.mail_refusals import AddressBad, LetterBroken, MailServerRefused
from server.services.mail_server import is_address
from tests.server.mailboxes import PASSWORD, USER, Mailbox, open_mailbox, write_certificate
from tests.server.worlds import World

BODY = "Chào chị Lan,\n\nhttp://loa.tinh.example/mat-khau/bi-mat-cua-chi\n.\nBuôn Ma Thuột"
HEADERS = [
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def district(district: World, mailbox: Mailbox) -> World:
    district.context.mail = mailbox.server
    return district


def put(world: World, key: str = "1", address: str = "lan@tinh.example", subject: str = "Đặt lại mật khẩu") -> bool:
    with world.context.database.write() as session:
        return queue(session, world.context, key=key, address=address, subject=subject, body=BODY)


def rows(world: World) -> list[OutgoingMail]:
    with world.context.database.read() as session:
        return list(session.exec(select(OutgoingMail).order_by(OutgoingMail.key)).all())


def test_a_letter_arrives_as_it_was_written(district: World, mailbox: Mailbox) -> None:
    assert put(district)
    assert send_due(district.context, mailbox.server) == Sent(sent=1, failed=0)
    [letter] = mailbox.letters
    assert letter["subject"] == "Đặt lại mật khẩu"
    assert letter["from"] == "Loa Đắk Lắk <loa@tinh.example>"
    assert letter["to"] == "lan@tinh.example"
    assert letter["auto-submitted"] == "auto-generated"
    assert letter["message-id"].endswith("@tinh.example>")
    assert letter.get_content().replace("\r\n", "\n").strip() == BODY
    assert mailbox.envelopes == [("loa@tinh.example", ["lan@tinh.example"])]


def test_a_letter_goes_once(district: World, mailbox: Mailbox) -> None:
    put(district)
    send_due(district.context, mailbox.server)
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=0)
    assert len(mailbox.letters) == 1


def test_the_same_key_is_one_letter_even_after_it_is_gone(district: World, mailbox: Mailbox) -> None:
    assert put(district)
    assert not put(district, address="khac@tinh.example")
    send_due(district.context, mailbox.server)
    assert not put(district)
    assert [row.address for row in rows(district)] == ["lan@tinh.example"]


def test_a_letter_of_what_was_rolled_back_is_none(district: World) -> None:
    class Broken(Exception):
        pass

    def fails_later() -> None:
        with district.context.database.write() as session:
            queue(session, district.context, key="1", address="lan@tinh.example", subject="x", body="x")
            raise Broken

    with pytest.raises(Broken):
        fails_later()
    assert rows(district) == []


def test_without_a_mail_server_nothing_is_queued(district: World) -> None:
    district.context.mail = None
    assert not put(district)
    assert rows(district) == []


def test_a_body_is_sealed_while_it_waits_and_forgotten_once_it_is_gone(district: World, mailbox: Mailbox) -> None:
    put(district)
    [row] = rows(district)
    assert "bi-mat" not in row.body
    send_due(district.context, mailbox.server)
    [row] = rows(district)
    assert (row.body, row.sent_at) == ("", district.now)


def test_a_server_that_fails_is_tried_again_later_and_later(district: World, mailbox: Mailbox) -> None:
    put(district)
    mailbox.refusals = ["451 4.3.0 come again", "452 4.2.2 full"]
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=1)
    [row] = rows(district)
    assert (row.failure, row.tries, row.sent_at) == ("451 4.3.0 come again", 1, None)
    district.now += timedelta(seconds=59)
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=0)
    district.now += timedelta(seconds=1)
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=1)
    district.now += timedelta(minutes=5)
    assert send_due(district.context, mailbox.server) == Sent(sent=1, failed=0)
    [row] = rows(district)
    assert (row.failure, row.tries, row.sent_at) == (None, 3, district.now)


def test_waits_grow_up_to_a_day() -> None:
    assert sorted(mail.WAITS) == list(mail.WAITS)
    assert mail.WAITS[-1] == timedelta(days=1)


def test_a_letter_that_never_goes_is_given_up_and_the_reason_kept(district: World, mailbox: Mailbox) -> None:
    put(district)
    mailbox.refusals = ["451 4.3.0 never"] * 100
    for wait in (*mail.WAITS, timedelta(days=1), timedelta(days=1)):
        send_due(district.context, mailbox.server)
        district.now += wait
    assert mailbox.tried == len(mail.WAITS) + 1
    [row] = rows(district)
    assert (row.failure, row.sent_at, row.body) == ("451 4.3.0 never", None, "")
    with district.context.database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "mail.given_up")).one()
    assert (entry.subject, entry.facts) == ("lan@tinh.example", {"reason": "451 4.3.0 never"})


def test_an_address_that_nobody_has_is_given_up_at_once_and_holds_up_no_other(
    district: World, mailbox: Mailbox
) -> None:
    mailbox.nobodies = {"khong-co@tinh.example"}
    put(district, "1", "khong-co@tinh.example")
    put(district, "2")
    put(district, "3", "khong-co@tinh.example")
    assert send_due(district.context, mailbox.server) == Sent(sent=1, failed=2)
    assert [row.failure for row in rows(district)] == ["550 5.1.1 nobody here", None, "550 5.1.1 nobody here"]
    district.now += timedelta(days=10)
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=0)


def test_a_letter_that_fails_holds_up_no_other(district: World, mailbox: Mailbox) -> None:
    for key in ("1", "2", "3"):
        put(district, key)
    mailbox.refusals = ["554 5.6.0 not this one"]
    assert send_due(district.context, mailbox.server) == Sent(sent=2, failed=1)


def test_a_server_that_is_away_is_waited_for(district: World, mailbox: Mailbox) -> None:
    for key in ("1", "2"):
        put(district, key)
    gone = replace(mailbox.server, port=9)
    assert send_due(district.context, gone) == Sent(sent=0, failed=2)
    assert all(row.failure and "refused" in row.failure.lower() for row in rows(district))
    district.now += timedelta(minutes=1)
    assert send_due(district.context, mailbox.server) == Sent(sent=2, failed=0)


def test_whoever_stops_leaves_the_rest_for_later(district: World, mailbox: Mailbox) -> None:
    for key in ("1", "2", "3"):
        put(district, key)
    send_due(district.context, mailbox.server, stopping=lambda: len(mailbox.letters) == 1)
    assert len(mailbox.letters) == 1
    send_due(district.context, mailbox.server)
    assert len(mailbox.letters) == 3


def test_killed_before_the_note_of_it_a_letter_goes_twice_with_one_id(district: World, mailbox: Mailbox) -> None:
    class Killed(BaseException):
        pass

    put(district)
    clock = district.context.clock
    calls = iter(range(100))

    def dies_when_it_was_taken():  # type: ignore[no-untyped-def]
        if mailbox.letters and next(calls) == 0:
            raise Killed
        return clock()

    with pytest.raises(Killed):
        send_due(replace(district.context, clock=dies_when_it_was_taken), mailbox.server)
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=0)
    district.now += timedelta(minutes=1)
    assert send_due(district.context, mailbox.server) == Sent(sent=1, failed=0)
    district.now += timedelta(days=1)
    assert send_due(district.context, mailbox.server) == Sent(sent=0, failed=0)
    first, second = mailbox.letters
    assert first["message-id"] == second["message-id"]


def test_two_that_send_at_once_send_each_letter_once(district: World, mailbox: Mailbox) -> None:
    from threading import Thread

    for key in range(6):
        put(district, str(key), f"nguoi-{key}@tinh.example")
    both = [Thread(target=send_due, args=(district.context, mailbox.server)) for _each in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(str(letter["to"]) for letter in mailbox.letters) == [f"nguoi-{n}@tinh.example" for n in range(6)]


def test_a_letter_of_another_installation_is_given_up(district: World, mailbox: Mailbox) -> None:
    put(district)
    send_due(replace(district.context, secret=b"x" * 32), mailbox.server)
    assert mailbox.letters == []
    assert rows(district)[0].failure is not None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lan",
        "@tinh.example",
        "lan@",
        "lan@tinh.example\r\nBcc: x@y.example",
        "lan@tinh.example\nx",
        "lan@tinh.example,x@y.example",
        "Lan <lan@tinh.example>",
        '"l an"@tinh.example',
        "lan..le@tinh.example",
        ".lan@tinh.example",
        "lan@-tinh.example",
        "lan@tinh..example",
        "lân@tinh.example",
        "lan@tỉnh.example",
        "lan@tinh.example ",
        f"{'l' * 65}@tinh.example",
        f"lan@{'t' * 64}.example",
        f"lan@{'tinh.' * 60}example",
        "lan@tinh.example\x00",
        "-oX@tinh.example>",
    ],
)
def test_what_is_no_address_is_not_written_to(district: World, address: str) -> None:
    with pytest.raises(AddressBad):
        put(district, address=address)
    assert rows(district) == []


@pytest.mark.parametrize(
    "address", ["lan@tinh.example", "l.e+loa@thu.tinh.example", "LAN_1@A-B.example", "a@localhost"]
)
def test_what_is_an_address_is(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "subject", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "", " ", "a\x00", "a\x85b", "a\u2028b", "\ud800"]
)
def test_a_subject_is_one_line(district: World, subject: str) -> None:
    with pytest.raises(LetterBroken):
        put(district, subject=subject)
    assert rows(district) == []


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(subject=st.text(min_size=1, max_size=200), body=st.text(max_size=500))
def test_no_text_brings_a_header_of_its_own(mailbox: Mailbox, subject: str, body: str) -> None:
    before = len(mailbox.letters)
    try:
        send_now(mailbox.server, address="lan@tinh.example", subject=subject, body=body)
    except LetterBroken:
        return
    letter = mailbox.letters[before]
    assert sorted(letter.keys()) == HEADERS
    assert mailbox.envelopes[before] == ("loa@tinh.example", ["lan@tinh.example"])


@pytest.mark.parametrize("tls", ["start", "implicit"])
def test_the_line_is_safe_and_the_server_learns_who_we_are(tmp_path: Path, tls: str) -> None:
    certificate = write_certificate(tmp_path / "may-chu.pem")
    with open_mailbox(tls=tls, certificate=certificate, asks_name=True) as mailbox:  # type: ignore[arg-type]  # one of the ways
        safe = replace(mailbox.server, tls=tls, authorities=certificate, user=USER, password=PASSWORD)
        send_now(safe, address="lan@tinh.example", subject="Thử", body="x")
        assert len(mailbox.letters) == 1
        with pytest.raises(MailServerRefused) as refused:
            send_now(replace(safe, password="sai"), address="lan@tinh.example", subject="Thử", body="x")  # noqa: S106 (wrong)
        assert "535" in refused.value.reason
        assert PASSWORD not in str(refused.value)
        with pytest.raises(MailServerRefused) as refused:
            send_now(replace(safe, authorities=None), address="lan@tinh.example", subject="Thử", body="x")
        assert "certificate" in refused.value.reason.lower()
        assert len(mailbox.letters) == 1


def test_a_certificate_for_another_host_is_none(tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path / "may-chu.pem", host="127.0.0.2")
    with open_mailbox(tls="start", certificate=certificate) as mailbox:
        server = replace(mailbox.server, tls="start", authorities=certificate)
        with pytest.raises(MailServerRefused):
            send_now(server, address="lan@tinh.example", subject="Thử", body="x")
        assert mailbox.letters == []


def test_a_server_that_offers_no_tls_gets_nothing_where_tls_is_wanted(mailbox: Mailbox) -> None:
    with pytest.raises(MailServerRefused):
        send_now(replace(mailbox.server, tls="start"), address="lan@tinh.example", subject="Thử", body="x")
    assert mailbox.letters == []


def test_a_refusal_by_the_server_is_told_when_one_waits_for_it(mailbox: Mailbox) -> None:
    mailbox.refusals = ["554 5.7.1 spam"]
    with pytest.raises(MailServerRefused) as refused:
        send_now(mailbox.server, address="lan@tinh.example", subject="Thử", body="x")
    assert refused.value.reason == "554 5.7.1 spam"


def test_a_password_does_not_show() -> None:
    assert PASSWORD not in repr(replace(Mailbox().server, password=PASSWORD))
