"""How the service is, in numbers: read together, in one short transaction, for metrics, the status page and the doctor.

Whoever asks within some seconds is told the same numbers, so many who look cost one look; and nobody waits long for a
database that does not answer: that it doesn't is the answer.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

from msgspec import Struct
from sqlalchemy import func, select
from sqlmodel import Session, col

from media.refusals import MediaRefusal
from media.stores import AudioStore
from schedules.months import Month
from server.db.accounts import OutgoingMail
from server.db.airing import AsRunEntry, MonthClosing, Recording, RecordingMatch, Reminder
from server.db.engine import Database
from server.db.errands import Errand
from server.db.intake import SegmentVersion, Upload
from server.db.measuring import DatabaseFacts, database_facts, time_limited
from server.db.plans import PlanningRun
from server.db.records import Fact
from server.services.backups import BACKUP_FACT
from server.services.context import Context
from server.services.disk import refusal_of
from server.services.footing_refusals import DatabaseUnreachable
from server.services.local_time import ZONE, midnight
from server.services.mail import WAITS as LETTERS_WAIT
from server.services.stations_seen import Silence, silence
from server.services.workers_seen import workers_seen

KEPT_S = 5.0
LONGEST_S = 3.0
_QUERIES_S = 2.0  # together with a connection that has to be made it stays below what who asks waits
LATELY = timedelta(days=1)
_A_FORTNIGHT = timedelta(days=14)
_MONTHS_BACK = 13
_NOBODYS = "0" * 64

T = TypeVar("T")


class Waiting(Struct, frozen=True, kw_only=True):
    """How much waits, and since when the oldest of it does."""

    count: int = 0
    oldest_at: datetime | None = None


class Going(Struct, frozen=True, kw_only=True):
    """Letters, or messages to webhooks: on their way, of those how many failed at least once; given up for good of those
    made within a fortnight.
    """

    waiting: Waiting
    failing: int
    given_up: int


class Stored(Struct, frozen=True, kw_only=True):
    """What the database tells.

    `processing`: recordings of segments on their way to their verdict, of which `troubled` met trouble of the machine.
    `refused`: those that their checks refused within a day, `unfinished` uploads that ran out of time within it.
    `errands`: what somebody asked for and waits to have done, such as a plan or a closing. `unheard` recordings of the air, `unjudged` segments heard in them that wait for somebody's word. `unclosed`: entries of
    months that are over which no closing has judged.
    """

    facts: DatabaseFacts
    workers: list[str]
    versions: dict[str, int]
    processing: Waiting
    troubled: int
    refused: int
    uploads: dict[str, int]
    unfinished: int
    errands: Waiting
    recordings: dict[str, int]
    unheard: Waiting
    unjudged: Waiting
    unclosed: Waiting
    stations: Silence
    letters: Going
    messages: Going
    backup_at: datetime | None


class Room(Struct, frozen=True, kw_only=True):
    """Of a disk, in bytes."""

    free: int
    size: int


class Measures(Struct, frozen=True, kw_only=True):
    """`stored` None: the database does not answer, `fault` is what was said instead. `store_answers` None: not yet known.

    `home` is the disk of what Loa keeps, `store` that of the sounds where they lie on another one of this machine.
    """

    at: datetime
    stored: Stored | None
    fault: str = ""
    store_answers: bool | None
    home: Room
    store: Room | None = None


def stored(database: Database, home: Path, now: datetime) -> Stored:
    """Raises what a database does that does not answer in time."""
    with database.read() as session, time_limited(session, _QUERIES_S):
        return Stored(
            facts=database_facts(session, database.place),
            workers=workers_seen(session, home, database.kind),
            **_segments(session, now),
            errands=_asked_for(session),
            recordings=_counts(session, Recording.state),
            unheard=_waiting(session, Recording.sent_at, col(Recording.state).in_(("waiting", "hearing"))),
            unjudged=_unjudged(session),
            unclosed=_unclosed(session, now),
            stations=silence(session, now),
            letters=_letters(session, now),
            messages=_messages(session, now),
            backup_at=_backup_at(session),
        )


def room(folder: Path) -> Room:
    usage = shutil.disk_usage(folder)
    return Room(free=usage.free, size=usage.total)


def store_answers(store: AudioStore) -> bool:
    try:
        store.exists(_NOBODYS)
    except (MediaRefusal, OSError):
        return False
    return True


def fault_of(error: BaseException, place: str) -> str | None:
    """What the database's silence is called; None where the error is another."""
    refusal = refusal_of(error, place)
    if refusal is None:
        return None
    return refusal.reason if isinstance(refusal, DatabaseUnreachable) else refusal.code


class Kept(Generic[T]):
    """What a look found, for some seconds. Looks are made in a thread of their own, one after the other."""

    def __init__(self, look: Callable[[], T], name: str) -> None:
        self._look = look
        self._thread = ThreadPoolExecutor(1, f"loa-{name}")
        self._lock = Lock()
        self._found: Future[T] | None = None
        self._ended = 0.0

    def ask(self) -> Future[T]:
        """Done already where the last look was made just now."""
        with self._lock:
            old = self._found is not None and self._found.done() and time.monotonic() - self._ended >= KEPT_S
            if self._found is None or old:
                self._found = self._thread.submit(self._looked)
            return self._found

    def _looked(self) -> T:
        try:
            return self._look()
        finally:
            self._ended = time.monotonic()

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


class Measured:
    """Of one process; it is closed with the service."""

    def __init__(self, context: Context, *, longest_s: float = LONGEST_S) -> None:
        self._context, self._longest_s = context, longest_s
        self._stored = Kept(lambda: stored(context.database, context.home, context.clock()), "measures")
        self._store = Kept(lambda: store_answers(context.store), "store")

    def now(self) -> Measures:
        """Within `longest_s`, whatever answers or does not."""
        asked: tuple[Future[Stored], Future[bool]] = (self._stored.ask(), self._store.ask())
        both: list[Future[Any]] = [*asked]
        wait(both, timeout=self._longest_s)
        return self._put_together(*asked)

    async def soon(self) -> Measures:
        """The same for an event loop: no thread is needed where all of them are busy."""
        asked = (self._stored.ask(), self._store.ask())
        waited: list[asyncio.Future[Any]] = [asyncio.wrap_future(each) for each in asked]
        for each in waited:
            each.add_done_callback(lambda done: done.cancelled() or done.exception())  # looked at below, if in time
        await asyncio.wait(waited, timeout=self._longest_s)
        return self._put_together(*asked)

    def _put_together(self, found: Future[Stored], answers: Future[bool]) -> Measures:
        home = room(self._context.home)
        store = room(self._context.home / "store") if (self._context.home / "store").is_dir() else None
        known, fault = self._of_database(found)
        return Measures(
            at=self._context.clock(),
            stored=known,
            fault=fault,
            store_answers=answers.result() if answers.done() else None,
            home=home,
            store=store if store is not None and store.size != home.size else None,
        )

    def close(self) -> None:
        self._stored.close()
        self._store.close()

    def _of_database(self, found: Future[Stored]) -> tuple[Stored | None, str]:
        if not found.done():
            return None, "database.slow"
        error = found.exception()
        if error is None:
            return found.result(), ""
        fault = fault_of(error, str(self._context.database.place))
        # What a database that is interrupted says has no name among the refusals.
        return None, fault or type(error).__name__


def _counts(session: Session, state: Any) -> dict[str, int]:
    rows = session.execute(select(col(state), func.count()).group_by(col(state))).all()
    return {str(name): int(count) for name, count in rows}


def _waiting(session: Session, since: Any, *where: Any) -> Waiting:
    count, oldest_at = session.execute(select(func.count(), func.min(col(since))).where(*where)).one()
    return Waiting(count=count, oldest_at=oldest_at)


def _asked_for(session: Session) -> Waiting:
    errands = _waiting(session, Errand.started_at, col(Errand.ended_at).is_(None))
    plans = _waiting(session, PlanningRun.started_at, col(PlanningRun.ended_at).is_(None))
    oldest = [each.oldest_at for each in (errands, plans) if each.oldest_at is not None]
    return Waiting(count=errands.count + plans.count, oldest_at=min(oldest, default=None))


def _segments(session: Session, now: datetime) -> dict[str, Any]:
    on_its_way = session.execute(
        select(col(SegmentVersion.created_at), col(SegmentVersion.refusal)).where(
            col(SegmentVersion.state) == "processing"
        )
    ).all()
    return {
        "versions": _counts(session, SegmentVersion.state),
        "processing": Waiting(count=len(on_its_way), oldest_at=min((at for at, _ in on_its_way), default=None)),
        "troubled": sum(1 for _, refusal in on_its_way if refusal is not None),
        "refused": _waiting(
            session,
            SegmentVersion.ended_at,
            col(SegmentVersion.state) == "rejected",
            col(SegmentVersion.ended_at) > now - LATELY,
        ).count,
        "uploads": _counts(session, Upload.state),
        "unfinished": _waiting(
            session, Upload.expires_at, col(Upload.state) == "expired", col(Upload.expires_at) > now - LATELY
        ).count,
    }


def _unjudged(session: Session) -> Waiting:
    count, oldest_at = session.execute(
        select(func.count(), func.min(col(Recording.sent_at)))
        .select_from(RecordingMatch)
        .join(Recording, col(Recording.id) == col(RecordingMatch.recording_id))
        .where(col(RecordingMatch.state) == "proposed", col(RecordingMatch.found).is_(True))
    ).one()
    return Waiting(count=count, oldest_at=oldest_at)


def _unclosed(session: Session, now: datetime) -> Waiting:
    """Entries are never deleted, so those of a month that are more than its closing sealed came after it. Where there is
    none they wait since the month ended: until then nobody could have closed it.
    """
    this_month = Month.of(now.astimezone(ZONE).date())
    first = this_month
    for _ in range(_MONTHS_BACK):
        first = first.previous()
    span = (str(first), str(this_month))
    closings: dict[str, tuple[int, datetime]] = {
        month: (entries, at)
        for month, entries, at in session.execute(
            select(col(MonthClosing.month), col(MonthClosing.entries), col(MonthClosing.as_of))
            .where(col(MonthClosing.month) >= span[0], col(MonthClosing.month) < span[1])
            .order_by(col(MonthClosing.number))
        )
    }
    counts = session.execute(
        select(col(AsRunEntry.month), func.count())
        .where(col(AsRunEntry.month) >= span[0], col(AsRunEntry.month) < span[1])
        .group_by(col(AsRunEntry.month))
    ).all()
    unclosed = 0
    oldest: list[datetime] = []
    for month, count in counts:
        sealed, until = closings.get(month, (0, None))
        if count <= sealed:
            continue
        unclosed += count - sealed
        if until is None:
            oldest.append(midnight(Month.parse(month).last_date + timedelta(days=1)).astimezone(UTC))
            continue
        late = _waiting(
            session, AsRunEntry.received_at, col(AsRunEntry.month) == month, col(AsRunEntry.received_at) > until
        )
        oldest += [late.oldest_at] if late.oldest_at is not None else []
    return Waiting(count=unclosed, oldest_at=min(oldest, default=None))


def _letters(session: Session, now: datetime) -> Going:
    unsent = col(OutgoingMail.sent_at).is_(None)
    hoped = (unsent, col(OutgoingMail.tries) <= len(LETTERS_WAIT))
    return Going(
        waiting=_waiting(session, OutgoingMail.queued_at, *hoped),
        failing=_waiting(session, OutgoingMail.queued_at, *hoped, col(OutgoingMail.failure).is_not(None)).count,
        given_up=_waiting(
            session,
            OutgoingMail.queued_at,
            unsent,
            col(OutgoingMail.tries) > len(LETTERS_WAIT),
            col(OutgoingMail.queued_at) > now - _A_FORTNIGHT,
        ).count,
    )


def _messages(session: Session, now: datetime) -> Going:
    hoped = (col(Reminder.channel) == "webhook", col(Reminder.next_try_at).is_not(None))
    given_up = (
        col(Reminder.channel) == "webhook",
        col(Reminder.sent_at).is_(None),
        col(Reminder.next_try_at).is_(None),
        col(Reminder.failure).is_not(None),
        col(Reminder.made_at) > now - _A_FORTNIGHT,
    )
    return Going(
        waiting=_waiting(session, Reminder.made_at, *hoped),
        failing=_waiting(session, Reminder.made_at, *hoped, col(Reminder.failure).is_not(None)).count,
        given_up=_waiting(session, Reminder.made_at, *given_up).count,
    )


def _backup_at(session: Session) -> datetime | None:
    fact = session.get(Fact, BACKUP_FACT)
    return datetime.fromisoformat(fact.value) if fact is not None else None
