"""Messages to webhooks are signed, tried again for hours, survive the service, and go nowhere they may not."""

import asyncio
import hashlib
import hmac
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from server.db.airing import Webhook
from server.db.records import AuditEntry
from server.services import reminders, webhooks
from server.services.context import Context
from server.services.outgoing import looked_up, require_address
from server.services.reminder_refusals import WebhookAddressRefused, WebhookKnown, WebhookUnknown
from server.services.reminder_views import ReminderView
from server.services.webhook_sending import ENDED, PRIVATE, WAITS, send_due
from tests.server.hooks import Receiver, open_receiver
from tests.server.worlds import MONTH, World, local, open_world

CODE = "h654"
# A service that is killed while it waits for the receiver's answer.
SERVICE = """
import sys
from datetime import datetime
from pathlib import Path
from tests.server.databases import open_context
from server.services.webhook_sending import send_due
at = datetime.fromisoformat(sys.argv[2])
send_due(open_context(home=Path(sys.argv[1]), private_webhooks=True, clock=lambda: at))
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as listening:
        yield listening


@pytest.fixture
def silent(published: World) -> World:
    """Late in December, and no station ever said a word; webhooks may point to this machine."""
    published.now = local("2026-12-28 09:00")
    published.context.private_webhooks = True
    return published


def urged(world: World, receiver: Receiver) -> str:
    """The secret of the webhook that a message is on its way to."""
    secret = webhooks.add_webhook(world.context, CODE, receiver.url).secret
    told = reminders.urge(world.context, MONTH, site="https://loa.example", channels=["webhook"])
    assert [made.address for made in told.made] == [f"{receiver.url.partition('/loa')[0]}/…"]
    return secret


def only(context: Context) -> ReminderView:
    [reminder] = reminders.list_reminders(context, MONTH)
    return reminder


def test_a_message_is_signed_and_tried_again_until_it_is_taken_also_by_a_service_that_was_begun_anew(
    silent: World, receiver: Receiver
) -> None:
    secret = urged(silent, receiver)
    receiver.answers = [(500, ""), (302, receiver.url)]
    assert send_due(silent.context) == 0
    assert (only(silent.context).state, only(silent.context).failure) == ("waiting", "HTTP 500")
    assert send_due(silent.context) == 0  # not due yet
    assert len(receiver.got) == 1
    silent.context.close()
    later = open_world(silent.context.home, now=silent.now + WAITS[0], keys=silent.keys)
    later.context.private_webhooks = True
    assert send_due(later.context) == 0
    assert only(later.context).failure == "HTTP 302"
    assert len(receiver.got) == 2  # and nobody went on to where it pointed
    later.now += WAITS[1]
    assert send_due(later.context) == 1
    sent = only(later.context)
    assert (sent.state, sent.tries, sent.failure, sent.sent_at) == ("sent", 3, None, later.now)
    later.now += timedelta(days=1)
    assert send_due(later.context) == 0
    assert len(receiver.got) == 3
    for path, headers, body in receiver.got:
        assert path == "/loa?khoa=1"
        signed = headers["Loa-Timestamp"].encode() + b"." + body
        assert headers["Loa-Signature"] == "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["Loa-Delivery"] == f"reminder-{sent.id}"
        said = json.loads(body)
        assert (said["event"], said["month"]) == ("station.urged", "2026-12")
        assert said["station"]["code"] == CODE
        assert said["figures"][0]["short_ms"] == 900_000
        assert said["text"] == sent.text
    later.context.close()


def test_a_service_that_is_killed_while_it_sends_has_it_sent_by_the_next_one(silent: World, receiver: Receiver) -> None:
    urged(silent, receiver)
    receiver.open.clear()
    command = [sys.executable, "-c", SERVICE, str(silent.context.home), silent.now.isoformat()]
    with subprocess.Popen(command) as service:
        while not receiver.got:
            assert service.poll() is None
        service.send_signal(signal.SIGKILL)
    receiver.open.set()
    assert (only(silent.context).state, only(silent.context).tries) == ("waiting", 1)
    silent.now += WAITS[0]
    assert send_due(silent.context) == 1
    assert only(silent.context).state == "sent"
    assert len({headers["Loa-Delivery"] for _, headers, _ in receiver.got}) == 1


def test_what_is_never_taken_is_given_up_after_the_last_try_and_said_so(silent: World, receiver: Receiver) -> None:
    urged(silent, receiver)
    receiver.answers = [(503, "")] * 10
    for wait in (*WAITS, WAITS[-1], WAITS[-1]):
        send_due(silent.context)
        silent.now += wait
    failed = only(silent.context)
    assert (failed.state, failed.failure, len(receiver.got)) == ("failed", "HTTP 503", len(WAITS) + 1)
    with silent.context.database.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "reminder.given_up")).all()
        assert [(entry.subject, entry.facts["reason"]) for entry in entries] == [(CODE, "HTTP 503")]


def test_nothing_goes_to_an_ended_webhook_nor_to_a_private_address_that_is_no_longer_allowed(
    silent: World, receiver: Receiver
) -> None:
    urged(silent, receiver)
    assert send_due(replace(silent.context, private_webhooks=False)) == 0
    assert (only(silent.context).state, only(silent.context).failure) == ("waiting", PRIVATE)
    [webhook] = webhooks.list_webhooks(silent.context, CODE)
    ended = webhooks.end_webhook(silent.context, CODE, webhook.number)
    assert webhooks.end_webhook(silent.context, CODE, webhook.number) == ended
    silent.now += WAITS[0]
    send_due(silent.context)
    assert (only(silent.context).state, only(silent.context).failure) == ("failed", ENDED)
    assert receiver.got == []


def test_a_receiver_that_is_gone_is_told_by_what_the_network_says(silent: World) -> None:
    with open_receiver() as gone:
        pass
    urged(silent, gone)
    assert send_due(silent.context) == 0
    assert "onnect" in (only(silent.context).failure or "")


def test_a_secret_is_told_once_and_kept_sealed(silent: World, receiver: Receiver) -> None:
    issued = webhooks.add_webhook(silent.context, CODE, f" {receiver.url} ")
    with pytest.raises(WebhookKnown):
        webhooks.add_webhook(silent.context, CODE, receiver.url)
    with silent.context.database.read() as session:
        [row] = session.exec(select(Webhook)).all()
        assert issued.secret not in row.secret
        assert webhooks.secret_of(silent.context, row) == issued.secret
        trail = "".join(str(entry.facts) for entry in session.exec(select(AuditEntry)))
        assert issued.secret not in trail
        assert "khoa=1" not in trail
    for station, number in ((CODE, 2), ("x24490", 1), (CODE, 2**70)):
        with pytest.raises(WebhookUnknown):
            webhooks.end_webhook(silent.context, station, number)
    webhooks.end_webhook(silent.context, CODE, 1)
    assert webhooks.add_webhook(silent.context, CODE, receiver.url).secret != issued.secret


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://may.example.vn/",
        "file:///etc/passwd",
        "https://",
        "https:///loa",
        "https://nguoi:mat-khau@may.example.vn/",
        "https://may.example.vn:0/",
        "https://may.example.vn:99999/",
        "https://may.example.vn/ loa",
        "https://may.example.vn/\nX: y",
        "https://máy.example.vn/",
        "https://may.example.vn/#a",
        "https://[::1/",
        "https://may.example.vn/" + "a" * 500,
    ],
)
def test_what_is_no_address_is_refused_also_where_private_ones_are_good(url: str) -> None:
    with pytest.raises(WebhookAddressRefused) as refused:
        require_address(url, private=True)
    assert not refused.value.private


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "loa.local",
        "db.internal",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "10.0.0.8",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 (an address to refuse)
        "224.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
    ],
)
def test_addresses_of_this_machine_and_of_private_networks_are_refused_unless_they_are_allowed(host: str) -> None:
    with pytest.raises(WebhookAddressRefused) as refused:
        require_address(f"http://{host}:8080/loa", private=False)
    assert refused.value.private
    assert require_address(f"http://{host}:8080/loa", private=True)


def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_looked_up() -> None:
    parts = urlsplit("http://localhost:8080/loa")
    with pytest.raises(WebhookAddressRefused):
        asyncio.run(looked_up(parts, private=False))
    assert asyncio.run(looked_up(parts, private=True)) in {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["may.example.vn", "8.8.8.8", "[2606:4700::1]", "xn--my-hia.example.vn"])
def test_public_addresses_are_good(host: str) -> None:
    assert require_address(f"https://{host}/loa?khoa=1", private=False) == f"https://{host}/loa?khoa=1"
