"""Letters that leave: queued in the transaction of what they tell of, sent by a round that tries again for days.

Bodies can hold links that open an account, so they are sealed while they wait and forgotten once they are gone.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from server.db.accounts import OutgoingMail
from server.services import audit
from server.services.context import Context
from server.services.mail_refusals import MailServerRefused
from server.services.mail_server import (
    Letter,
    MailServer,
    connected,
    deliver,
    is_final,
    reason_of,
    require_letter,
)
from server.services.rows import identity
from server.services.sealed import seal, unseal

# How long after each try that failed; after the last the letter is given up.
WAITS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60, 24 * 60, 24 * 60)
)
_PURPOSE = "mail"
_MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Of a letter: `next_try_at` None once it was sent or given up; `failure` is the last try's."""

    tries: int
    sent_at: datetime | None
    next_try_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    sent: int
    failed: int


def queue(session: Session, context: Context, *, key: str, address: str, subject: str, body: str) -> bool:
    """In the caller's transaction; whether it is a letter more: the same key is one letter, however often it is queued.

    Without a mail server nothing is queued. Raises AddressBad, LetterBroken.
    """
    require_letter(address, subject)
    if context.mail is None or session.exec(select(OutgoingMail.id).where(OutgoingMail.key == key)).first() is not None:
        return False
    at = context.clock()
    session.add(
        OutgoingMail(
            key=key,
            address=address,
            subject=subject,
            body=seal(context.secret, _PURPOSE, body, bound=key),
            queued_at=at,
            next_try_at=at,
        )
    )
    return True


def whereabouts(session: Session, keys: Iterable[str]) -> dict[str, Whereabouts]:
    """Of the letters that were queued under these keys."""
    rows = session.exec(select(OutgoingMail).where(col(OutgoingMail.key).in_(list(keys)))).all()
    return {
        row.key: Whereabouts(
            tries=min(row.tries, len(WAITS)),
            sent_at=row.sent_at,
            next_try_at=row.next_try_at if row.sent_at is None and row.tries <= len(WAITS) else None,
            failure=row.failure,
        )
        for row in rows
    }


def send_due(context: Context, server: MailServer, *, stopping: Callable[[], bool] = lambda: False) -> Sent:
    """Hands over what is due; what fails waits longer each time, a day at most, and is given up after `WAITS`.

    Each letter is put off before it is handed over, so two processes do not send the same. A process that is killed
    between the handing over and the note of it has sent a letter that will be sent once more: twice at most for each
    such death, with one Message-ID.
    """
    due = _due(context)
    sent = failed = 0
    while due and not stopping():
        try:
            with connected(server) as smtp:
                while due and not stopping():
                    key = due.pop(0)
                    letter = _take(context, key)
                    if letter is None:
                        continue
                    try:
                        deliver(smtp, server, letter)
                    except Exception as error:  # noqa: BLE001 (whatever it was is kept beside the letter)
                        _failed(context, key, reason_of(error), final=is_final(error))
                        failed += 1
                        break  # on a new line, whatever state this one is in
                    _sent(context, key)
                    sent += 1
        except MailServerRefused as refusal:
            # One by one they would all wait for the same silence.
            for key in due:
                if _take(context, key) is not None:
                    _failed(context, key, refusal.reason, final=False)
                    failed += 1
            due = []
    return Sent(sent=sent, failed=failed)


def send_now(server: MailServer, *, address: str, subject: str, body: str) -> None:
    """One letter, past the queue, to try the settings. Raises AddressBad, LetterBroken, MailServerRefused."""
    import smtplib

    require_letter(address, subject)
    letter = Letter(id=_id("now", address, body), address=address, subject=subject, body=body)
    with connected(server) as smtp:
        try:
            deliver(smtp, server, letter)
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerRefused(host=server.host, port=server.port, reason=reason_of(error)) from error


def _due(context: Context) -> list[int]:
    with context.database.read() as session:
        rows = session.exec(
            select(OutgoingMail)
            .where(
                col(OutgoingMail.sent_at).is_(None),
                OutgoingMail.tries <= len(WAITS),
                OutgoingMail.next_try_at <= context.clock(),
            )
            .order_by(col(OutgoingMail.next_try_at), col(OutgoingMail.id))
            .limit(_MOST_AT_ONCE)
        ).all()
        return [identity(row) for row in rows]


def _take(context: Context, key: int) -> Letter | None:
    """The letter, put off; None where somebody else has taken it or it can't be read any more."""
    at = context.clock()
    with context.database.write() as session:
        row = session.get_one(OutgoingMail, key)
        if row.sent_at is not None or row.next_try_at > at or row.tries > len(WAITS):
            return None
        row.next_try_at = at + WAITS[min(row.tries, len(WAITS) - 1)]
        row.tries += 1
        session.add(row)
        body = unseal(context.secret, _PURPOSE, row.body, bound=row.key, at=at)
        if body is None:
            _give_up(session, context, row, "sealed by an installation with another secret")
            return None
        return Letter(id=_id(row.key, row.queued_at.isoformat()), address=row.address, subject=row.subject, body=body)


def _sent(context: Context, key: int) -> None:
    with context.database.write() as session:
        row = session.get_one(OutgoingMail, key)
        row.sent_at, row.failure, row.body = context.clock(), None, ""
        session.add(row)


def _failed(context: Context, key: int, reason: str, *, final: bool) -> None:
    with context.database.write() as session:
        row = session.get_one(OutgoingMail, key)
        if final or row.tries > len(WAITS):
            _give_up(session, context, row, reason)
        else:
            row.failure = reason
            session.add(row)


def _give_up(session: Session, context: Context, row: OutgoingMail, reason: str) -> None:
    row.failure, row.body, row.tries = reason, "", len(WAITS) + 1
    session.add(row)
    audit.record(session, context, at=context.clock(), action="mail.given_up", subject=row.address, reason=reason)


def _id(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
