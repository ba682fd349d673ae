"""Looking into the trail: entries by who, what, when and words; reading it leaves an entry a day for each reader."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec import Struct
from sqlalchemy import ColumnElement
from sqlmodel import col, func, select

from schedules.folding import fold
from server.db.records import AuditEntry
from server.db.trail_lines import TrailLine, trail_lines
from server.services.action_words import action_words
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.listing import one_of, words_of
from server.services.local_time import local_today, midnight
from server.services.plain_text import shown
from server.services.refusals import BadField, EndNotAfterStart
from server.services.trail_refusals import UnknownEntry
from server.services.views import Page

ORIGINS = ("web", "api", "cli", "jobs", "start")
LONGEST_FILTER = 200
_PAGE = 1000
_MOST_NUMBER = 2**63  # beyond, readers of JSON differ
_FIRST, _LAST = date(1950, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """`query`: words in any order, however their marks were typed. `action` ending with a dot: all on that subject.

    `since` and `until` are local days, both included; `until_id` is the newest entry that counts.
    """

    query: str = ""
    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    origin: str | None = None
    since: date | None = None
    until: date | None = None
    until_id: int | None = None


class EntryView(Struct, frozen=True, kw_only=True):
    """`what` is `action` in words; `facts`, `before` and `after` are as they were recorded.

    `at` is null, and `readable` false, where somebody wrote into the file what Loa never writes.
    """

    id: int
    at: datetime | None
    actor: str
    origin: str
    address: str | None
    action: str
    what: str
    subject: str
    facts: dict[str, object]
    before: dict[str, object] | None
    after: dict[str, object] | None
    hash: str
    readable: bool


def search(context: Context, wanted: TrailFilter, *, offset: int = 0, limit: int = 50) -> Page[EntryView]:
    """Newest first. Raises BadField, EndNotAfterStart."""
    words = words_of(wanted.query)
    where = conditions(wanted)
    _note_reading(context)
    if words:
        found: list[EntryView] = []
        total = 0
        for line in _all(context, where):
            if matches(line, words):
                if offset <= total < offset + limit:
                    found.append(entry_view(line))
                total += 1
        return Page(items=found, total=total, offset=offset, limit=limit)
    with context.database.read() as session:
        lines = trail_lines(session, where, most=limit, offset=offset, newest_first=True)
        items = [entry_view(line) for line in lines]
        total = session.exec(select(func.count()).select_from(AuditEntry).where(*where)).one()
    return Page(items=items, total=total, offset=offset, limit=limit)


def get_entry(context: Context, entry: int) -> EntryView:
    """Raises UnknownEntry."""
    _note_reading(context)
    with context.database.read() as session:
        for line in trail_lines(session, [col(AuditEntry.id) == entry], most=1):
            return entry_view(line)
    raise UnknownEntry(entry=entry)


def conditions(wanted: TrailFilter) -> list[ColumnElement[bool]]:
    """All but the words. Raises BadField, EndNotAfterStart."""
    _require_sense(wanted)
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (col(AuditEntry.actor), wanted.actor),
        (col(AuditEntry.subject), wanted.subject),
        (col(AuditEntry.origin), wanted.origin),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.action is not None:
        action = col(AuditEntry.action)
        whole = not wanted.action.endswith(".")
        found.append(action == wanted.action if whole else action.startswith(wanted.action, autoescape=True))
    if wanted.since is not None:
        found.append(col(AuditEntry.at) >= midnight(wanted.since))
    if wanted.until is not None:
        found.append(col(AuditEntry.at) < midnight(wanted.until + timedelta(days=1)))
    if wanted.until_id is not None:
        found.append(col(AuditEntry.id) <= wanted.until_id)
    return found


def _require_sense(wanted: TrailFilter) -> None:
    for name, value in (("actor", wanted.actor), ("subject", wanted.subject), ("action", wanted.action)):
        if value is not None and (len(value) > LONGEST_FILTER or not value.isprintable()):
            raise BadField(field=name, value=shown(value), expected="printable")
    one_of("origin", wanted.origin, ORIGINS)
    for name, day in (("since", wanted.since), ("until", wanted.until)):
        if day is not None and not _FIRST <= day <= _LAST:
            raise BadField(field=name, value=str(day), expected=f"{_FIRST} … {_LAST}")
    if wanted.since is not None and wanted.until is not None and wanted.until < wanted.since:
        raise EndNotAfterStart(start=str(wanted.since), end=str(wanted.until))


def matches(line: TrailLine, words: set[str]) -> bool:
    """Each word is somewhere in who, where, what (also in words), the subject or the facts."""
    pieces = [
        _folded_words(_said(line.action)),
        *(_folded(_said(each)) for each in (line.actor, line.subject, line.address)),
        fold(_texts_of(_json_of(line.facts))),
    ]
    text = "\n".join(pieces)
    return all(word in text for word in words)


def entry_view(line: TrailLine) -> EntryView:
    at = _moment(line.at)
    facts, before, after = _object(line.facts), _object(line.before), _object(line.after)
    action = _said(line.action)
    return EntryView(
        id=line.id,
        at=at,
        actor=_said(line.actor),
        origin=_said(line.origin),
        address=_said(line.address) if line.address is not None else None,
        action=action,
        what=action_words(action),
        subject=_said(line.subject),
        facts=facts or {},
        before=before,
        after=after,
        hash=_said(line.hash),
        readable=at is not None
        and facts is not None
        and all(
            told is not None or raw in {None, b"null"} for told, raw in ((before, line.before), (after, line.after))
        ),
    )


def _all(context: Context, where: list[ColumnElement[bool]]) -> Iterator[TrailLine]:
    below: list[ColumnElement[bool]] = []
    while True:
        with context.database.read() as session:
            lines = list(trail_lines(session, [*where, *below], most=_PAGE, newest_first=True))
        yield from lines
        if len(lines) < _PAGE:
            return
        below = [col(AuditEntry.id) < lines[-1].id]


def _note_reading(context: Context) -> None:
    """Who looks into it is on it too: the first look of a local day, through each door."""
    at = context.clock()
    since = midnight(local_today(context))
    actor = context.who.name
    seen = select(AuditEntry.id).where(
        col(AuditEntry.at) >= since, AuditEntry.actor == actor, AuditEntry.action == "audit.read"
    )
    seen = seen.where(AuditEntry.origin == context.origin).limit(1)
    with context.database.read() as session:
        if session.exec(seen).first() is not None:
            return
    with disk_refusals(context.home), context.database.write() as session:
        if session.exec(seen).first() is None:
            record(session, context, at=at, action="audit.read", subject=actor)


def _moment(value: bytes | None) -> datetime | None:
    try:
        return datetime.fromisoformat((value or b"").decode()).replace(tzinfo=UTC)
    except ValueError:
        return None


def _said(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _json_of(value: bytes | None) -> object:
    """None also for what is no JSON."""
    try:
        return _clean(json.loads(value)) if value is not None else None
    except (ValueError, RecursionError):
        return None


def _object(value: bytes | None) -> dict[str, object] | None:
    found = _json_of(value)
    return found if isinstance(found, dict) else None


def _clean(value: object) -> object:
    """What JSON can hold and an answer can't: halves of characters, numbers without end."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and abs(value) >= _MOST_NUMBER:
        return str(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {str(_clean(name)): _clean(each) for name, each in value.items()}
    return value


def _texts_of(value: object) -> str:
    """All that stands in it but the names of fields, with spaces between."""
    if isinstance(value, dict):
        return " ".join(_texts_of(each) for each in value.values())
    if isinstance(value, list):
        return " ".join(_texts_of(each) for each in value)
    return "" if value is None else str(value)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return fold(text)


def _folded_words(action: str) -> str:
    return f"{action} {_folded(action_words(action))}"
