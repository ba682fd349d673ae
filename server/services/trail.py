"""Whether the trail is whole: each entry's hash covers the one before, so what was altered, taken out or moved shows.

What the chain alone can't show is an end that was cut off, or a whole chain that was written anew: for that somebody
notes the head (how many entries, and the last one's hash) elsewhere, and has it looked for later.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec import Struct
from sqlmodel import col, func, select

from server.db.records import AuditEntry
from server.db.trail_lines import TrailLine, trail_lines
from server.formats import number
from server.services.audit import hash_over
from server.services.context import Context
from server.services.trail_refusals import BadHead
from server.texts import _

PAGE = 1000
_HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64}|)")
_MOST_TOLD = 20


class TrailHead(Struct, frozen=True, kw_only=True):
    """How many entries there are, and the hash of the last ("" where there is none)."""

    entries: int
    hash: str

    @property
    def text(self) -> str:
        return f"{self.entries}:{self.hash}"


class MissingEntries(Struct, frozen=True, kw_only=True):
    """Entries from `first` to `last`, both included, that once were there."""

    first: int
    last: int


class TrailReport(Struct, frozen=True, kw_only=True):
    """`altered` entries say something else than their hash covers, or don't follow on the one before them.

    `first_altered` is the first of them. `missing` names at most 20 gaps. `noted` is the head that was looked for,
    `noted_found` whether the chain has it.
    """

    whole: bool
    entries: int
    head: str
    altered: int
    first_altered: int | None
    missing: list[MissingEntries]
    noted: TrailHead | None
    noted_found: bool | None
    checked_at: datetime


def parse_head(text: str) -> TrailHead:
    """COUNT:HASH, as `head` writes it. Raises BadHead."""
    found = _HEAD.fullmatch(text.strip())
    if found is None or (found[1] == "0") != (found[2] == ""):
        raise BadHead(given=text[:120])
    return TrailHead(entries=int(found[1]), hash=found[2])


def head(context: Context) -> TrailHead:
    """As the rows say; whether they are as they were written is for `verify` to say."""
    with context.database.read() as session:
        entries = session.exec(select(func.count()).select_from(AuditEntry)).one()
        last = session.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1)).first()
    return TrailHead(entries=entries, hash=last or "")


def verify(context: Context, *, noted: TrailHead | None = None) -> TrailReport:
    """Computes the whole chain anew, some entries at a time; what is added meanwhile waits for the next time."""
    check = _Check(noted=noted)
    with context.database.read() as session:
        last = session.exec(select(func.max(col(AuditEntry.id)))).one() or 0
    while check.at < last:
        with context.database.read() as session:
            seen = check.at
            for line in trail_lines(session, [col(AuditEntry.id) > check.at], most=PAGE):
                if line.id > last:
                    break
                check.take(line)
        if check.at == seen:
            break
    found = check.noted_found
    return TrailReport(
        whole=not check.altered and not check.missing and found is not False,
        entries=check.entries,
        head=check.hash,
        altered=check.altered,
        first_altered=check.first_altered,
        missing=check.missing,
        noted=noted,
        noted_found=found,
        checked_at=context.clock(),
    )


def report_sentences(report: TrailReport) -> list[str]:
    """What was found, the first in brief."""
    if report.whole:
        said = [
            _(
                "Nhật ký nguyên vẹn: {entries} dòng, dòng nào cũng nối đúng vào dòng trước.",
                entries=number(report.entries),
            )
        ]
    else:
        said = [_("Nhật ký đã bị thay đổi ngoài Loa.")]
    if report.first_altered is not None:
        said.append(
            _(
                "Dòng đầu tiên không khớp là dòng {entry}: nội dung của nó, hoặc của dòng ngay trước nó, không còn như lúc ghi. Số dòng không khớp: {altered}.",
                entry=report.first_altered,
                altered=number(report.altered),
            )
        )
    said += [
        _("Thiếu dòng {first}.", first=gap.first)
        if gap.first == gap.last
        else _("Thiếu các dòng từ {first} đến {last}.", first=gap.first, last=gap.last)
        for gap in report.missing
    ]
    if report.noted is not None:
        said.append(
            _("Số ghi {noted} có trong nhật ký: đến dòng đó không có gì mất hay bị viết lại.", noted=report.noted.text)
            if report.noted_found
            else _(
                "Số ghi {noted} không có trong nhật ký: phần cuối đã bị cắt, hoặc nhật ký đã bị viết lại.",
                noted=report.noted.text,
            )
        )
    return said


@dataclass(kw_only=True)
class _Check:
    noted: TrailHead | None
    at: int = 0
    entries: int = 0
    hash: str = ""
    altered: int = 0
    first_altered: int | None = None
    missing: list[MissingEntries] = field(default_factory=list)
    _found: bool = False

    @property
    def noted_found(self) -> bool | None:
        if self.noted is None:
            return None
        return self._found or (self.noted.entries == 0)

    def take(self, line: TrailLine) -> None:
        if line.id > self.at + 1 and len(self.missing) < _MOST_TOLD:
            self.missing.append(MissingEntries(first=self.at + 1, last=line.id - 1))
        kept = _text(line.hash)
        if kept is None or _hash_of(self.hash, line) != kept:
            self.altered += 1
            if self.first_altered is None:
                self.first_altered = line.id
        self.at = line.id
        self.entries += 1
        # From what is kept on, so that one altered entry is not all that follow.
        self.hash = kept or ""
        if self.noted is not None and self.entries == self.noted.entries:
            self._found = kept == self.noted.hash


def _hash_of(before: str, line: TrailLine) -> str | None:
    """None where the line can't be what was ever written."""
    try:
        at = datetime.fromisoformat(line.at.decode()) if line.at is not None else None
        if at is None:
            return None
        texts = [_read(each) for each in (line.actor, line.origin, line.address, line.action, line.subject)]
        said = [json.loads(each) if each is not None else None for each in (line.facts, line.before, line.after)]
        moment = at.replace(tzinfo=UTC).isoformat(timespec="microseconds")
        return hash_over(before, [moment, *texts, *said])
    except (ValueError, RecursionError):
        return None


def _read(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None


def _text(value: bytes | None) -> str | None:
    try:
        return _read(value)
    except UnicodeDecodeError:
        return None
