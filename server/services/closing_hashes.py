"""What a closing's hashes are made of, and the same made anew from the rows as they lie in the database.

An entry's hash is over all its columns as SQLite keeps them, the log that it came in, and the recording in which it was
heard with what was heard there. `entries_hash` is over the station, uid and hash of each,
in the order of stations and uids; `figures_hash` over the hash of each figure, in the order of stations and rules; the
closing's own over the hash of the closing before it, of whichever month, and all its columns.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from server.db.airing import AsRunBatch, AsRunEntry, ClosedFigure, MonthClosing, Recording, RecordingMatch
from server.db.raw_rows import RawRow, raw_rows
from server.services.audit import hash_over

# A station's line beside its verdicts has no rule: it holds the hash of each of its entries and verdicts, by which
# one that was changed is found.
SEAL = ""

_ENTRY_COLUMNS = (
    "id",
    "uid",
    "station_id",
    "month",
    "batch_id",
    "grade",
    "aired",
    "slot",
    "segment",
    "title",
    "starts_at",
    "duration_ms",
    "reason",
    "corrects",
    "made_at",
    "received_at",
    "said_by",
    "recording_id",
    "covers_from",
    "covers_to",
    "amends",
    "judged",
)
_BATCH_COLUMNS = ("source", "sha256", "name", "said_by", "received_at")
_RECORDING_COLUMNS = ("station_id", "sha256", "file_name", "sent_by", "sent_at", "claimed_at", "begins_at", "length_ms")
_MATCH_COLUMNS = ("segment", "slot", "found", "start_ms", "end_ms", "heard_ms", "speed", "confidence", "parts")
_FIGURE_COLUMNS = ("station_id", "rule", "station", "station_name", "figures")
_CLOSING_TEXTS = ("month", "closed_by", "entries_hash", "figures_hash", "reason")


class EntryHash(NamedTuple):
    station_id: str
    uid: str
    hash: str


class FigureHash(NamedTuple):
    station_id: int
    rule: str
    station: str
    figures: Mapping[str, Any]
    hash: str


class LyingClosing(NamedTuple):
    """A closing as it lies; `hash_of_it` is what its columns make, None where they can't be what was ever written."""

    id: int
    month: str
    number: int
    as_of: datetime | None
    entries: int
    entries_hash: str
    figures: int
    figures_hash: str
    hash: str
    hash_of_it: str | None


def entry_hashes(
    session: Session, month: str, as_of: datetime, *, stations: Sequence[int] | None = None
) -> list[EntryHash]:
    """Of the entries of the month that had been received by then, of all stations or of those."""
    where: tuple[ColumnElement[bool], ...] = (col(AsRunEntry.month) == month, col(AsRunEntry.received_at) <= as_of)
    if stations is not None:
        where = (*where, col(AsRunEntry.station_id).in_(stations))
    batches = _sources(session, AsRunBatch, _BATCH_COLUMNS, ("id",), named_by=AsRunEntry.batch_id, where=where)
    recordings = _sources(
        session, Recording, _RECORDING_COLUMNS, ("id",), named_by=AsRunEntry.recording_id, where=where
    )
    matches = _sources(
        session,
        RecordingMatch,
        _MATCH_COLUMNS,
        ("recording_id", "entry_uid"),
        named_by=AsRunEntry.recording_id,
        where=where,
    )
    found = []
    for row in raw_rows(session, AsRunEntry, _ENTRY_COLUMNS, where, ("station_id", "uid")):
        texts: list[object] = [_text(row[name]) for name in _ENTRY_COLUMNS]
        texts.append(batches.get((row["batch_id"],)))
        if row["recording_id"] is not None:
            texts += [recordings.get((row["recording_id"],)), matches.get((row["recording_id"], row["uid"]))]
        found.append(EntryHash(_text(row["station_id"]) or "", _text(row["uid"]) or "", hash_over("", texts)))
    return found


def _sources(
    session: Session,
    table: type[AsRunBatch | Recording | RecordingMatch],
    names: Sequence[str],
    keys: Sequence[str],
    *,
    named_by: object,
    where: Sequence[ColumnElement[bool]],
) -> dict[tuple[bytes | None, ...], list[str | None]]:
    """By `keys`, what the rows say from which the entries of `where` come."""
    named = select(cast("Any", named_by)).where(*where)
    rows = raw_rows(session, table, (*keys, *names), (col(getattr(table, keys[0])).in_(named),), ("id",))
    return {tuple(row[key] for key in keys): [_text(row[name]) for name in names] for row in rows}


def hash_of_entries(entries: Iterable[EntryHash]) -> str:
    return hash_over("", [list(entry) for entry in entries])


def figure_hash(figure: ClosedFigure) -> FigureHash:
    said = [figure.station_id, figure.rule, figure.station, figure.station_name, figure.figures]
    return FigureHash(figure.station_id, figure.rule, figure.station, figure.figures, hash_over("", said))


def lying_figures(session: Session, closing_id: int) -> list[FigureHash]:
    """A figure that can't be what was ever written has the hash ""."""
    where = (col(ClosedFigure.closing_id) == closing_id,)
    return [
        _lying_figure(row) for row in raw_rows(session, ClosedFigure, _FIGURE_COLUMNS, where, ("station_id", "rule"))
    ]


def hash_of_figures(figures: Iterable[FigureHash]) -> str:
    return hash_over("", [figure.hash for figure in sorted(figures, key=lambda each: (each.station_id, each.rule))])


def closing_hash(before: str, closing: MonthClosing) -> str:
    return _closing_hash(
        before,
        [closing.closed_at, closing.as_of],
        [getattr(closing, name) for name in _CLOSING_TEXTS],
        [closing.number, closing.revision, closing.entries, closing.figures],
        closing.policy,
    )


def lying_closings(session: Session) -> list[LyingClosing]:
    """All, in the order in which they were made; each is held against the hash that the one before it keeps."""
    names = ("id", "number", "closed_at", "as_of", "revision", "policy", "entries", "figures", "hash", *_CLOSING_TEXTS)
    found: list[LyingClosing] = []
    for row in raw_rows(session, MonthClosing, names, (), ("id",)):
        found.append(_lying_closing(row, found[-1].hash if found else ""))
    return found


def _closing_hash(
    before: str,
    times: Sequence[datetime],
    texts: Sequence[object],
    numbers: Sequence[object],
    policy: object,
) -> str:
    moments = [each.astimezone(UTC).isoformat(timespec="microseconds") for each in times]
    return hash_over(before, [*moments, *texts, *numbers, policy])


def _lying_closing(row: RawRow, before: str) -> LyingClosing:
    as_of = made = None
    try:
        as_of = _moment(row["as_of"])
        made = _closing_hash(
            before,
            [_moment(row["closed_at"]), as_of],
            [_strict(row[name]) for name in _CLOSING_TEXTS],
            [_number(row[name]) for name in ("number", "revision", "entries", "figures")],
            json.loads(row["policy"] or b""),
        )
    except (ValueError, RecursionError):
        made = None
    return LyingClosing(
        id=_whole(row["id"]),
        month=_text(row["month"]) or "",
        number=_whole(row["number"]),
        as_of=as_of,
        entries=_whole(row["entries"]),
        entries_hash=_text(row["entries_hash"]) or "",
        figures=_whole(row["figures"]),
        figures_hash=_text(row["figures_hash"]) or "",
        hash=_text(row["hash"]) or "",
        hash_of_it=made,
    )


def _lying_figure(row: RawRow) -> FigureHash:
    station_id, rule, station = _whole(row["station_id"]), _text(row["rule"]) or "", _text(row["station"]) or ""
    try:
        figures = json.loads(row["figures"] or b"")
        said = [station_id, _strict(row["rule"]), _strict(row["station"]), _strict(row["station_name"]), figures]
        made = hash_over("", said)
    except (ValueError, RecursionError):
        return FigureHash(station_id, rule, station, {}, "")
    return FigureHash(station_id, rule, station, figures if isinstance(figures, dict) else {}, made)


def _moment(value: bytes | None) -> datetime:
    return datetime.fromisoformat((value or b"").decode()).replace(tzinfo=UTC)


def _strict(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")


def _number(value: bytes | None) -> int | None:
    return None if value is None else int(value)


def _whole(value: bytes | None) -> int:
    """-1 for what is no whole number: no row that was ever written has it."""
    try:
        return int(value or b"")
    except ValueError:
        return -1
