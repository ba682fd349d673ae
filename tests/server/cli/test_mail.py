"""`loa mail test`: whether the settings of the mail server are right."""

from pathlib import Path

from tests.server.cli.command import did, loa
from tests.server.mailboxes import SENDER, open_mailbox

TO = "lan@tinh.example"


def test_a_letter_is_sent_and_the_server_named(tmp_path: Path) -> None:
    with open_mailbox() as mailbox:
        url = f"smtp://127.0.0.1:{mailbox.port}?tls=none"
        did(tmp_path, "mail", "test", TO, LOA_SMTP_URL=url, LOA_MAIL_FROM=SENDER)
        assert [str(letter["to"]) for letter in mailbox.letters] == [TO]


def test_a_server_that_refuses_is_told_of_in_its_own_words(tmp_path: Path) -> None:
    with open_mailbox() as mailbox:
        mailbox.nobodies = {TO}
        url = f"smtp://127.0.0.1:{mailbox.port}?tls=none"
        done = loa(tmp_path, "mail", "test", TO, LOA_SMTP_URL=url, LOA_MAIL_FROM=SENDER)
    assert done.returncode == 3
    assert "550 5.1.1 nobody here" in done.stderr


def test_without_a_server_the_settings_are_named(tmp_path: Path) -> None:
    done = loa(tmp_path, "mail", "test", TO)
    assert done.returncode == 2
    assert "LOA_SMTP_URL" in done.stderr


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    done = loa(tmp_path, "mail", "test", "lan", LOA_SMTP_URL="smtp://127.0.0.1", LOA_MAIL_FROM=SENDER)
    assert done.returncode == 2
    assert "«lan»" in done.stderr
