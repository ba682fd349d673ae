"""Looking after the store: reads what rows refer to, and removes what nothing refers to. Rows are never changed.

A file that is missing stays known: it can come back from a copy, and what was published goes on saying what it was.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct
from sqlmodel import Session, col, or_, select

from media.refusals import CorruptAudio, MissingAudio
from media.stores import StoredEntry, is_sha256
from server.db.airing import Recording
from server.db.intake import RenderedProgramme, SegmentVersion
from server.db.library import Audio, ProgrammeColumn, Rendition, Segment
from server.db.plans import Slot, SlotItem
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.footing_refusals import DatabaseDamaged
from server.services.refusals import BadField, StoreMostlyUnknown

Progress = Callable[[int, int], None]

USUAL_GRACE = timedelta(days=7)
# Between a file's arrival in the store and the row that names it lie minutes; nobody's night is longer than this.
_LEAST_GRACE = timedelta(days=1)
# Writers wait for ten seconds at most, and each file in a bucket is a question and a command across the network.
_LONGEST_HOLD_S = 1.0


class StoredProblem(Struct, frozen=True, kw_only=True):
    """`state` is missing or corrupt; `kinds` say what the file is (original, broadcast, …, programme, slot).

    `segments` and `columns` are the codes of those that sound with it; neither where it only stands in a plan.
    """

    sha256: str
    state: str
    kinds: list[str]
    segments: list[str]
    columns: list[str]


class StoreVerified(Struct, frozen=True, kw_only=True):
    """`size` in bytes, of all that was read and right."""

    files: int
    ok: int
    size: int
    missing: int
    corrupt: int
    problems: list[StoredProblem]


class StoreCollected(Struct, frozen=True, kw_only=True):
    """Counts and bytes. `unused` is what went or, in a dry run, would go; `young` is unused too and was put lately.

    `mostly_unknown`: more than half of the store would go, which is refused unless it was said to be meant.
    """

    dry_run: bool
    stored: int
    stored_size: int
    unused: int
    unused_size: int
    young: int
    young_size: int
    mostly_unknown: bool


def verify_store(context: Context, *, progress: Progress | None = None) -> StoreVerified:
    """Reads every file that a row refers to and compares its hash. Changes nothing.

    `progress` hears of files done and all. Raises StoreUnreachable: what can't be asked is not judged.
    """
    tell = progress or _nobody_listens
    with context.database.read() as session:
        uses = _uses(session)
    ok = size = 0
    problems = []
    for done, (sha256, use) in enumerate(sorted(uses.items())):
        tell(done, len(uses))
        try:
            size += context.store.verify(sha256).size
            ok += 1
        except (MissingAudio, CorruptAudio) as refusal:
            state = "missing" if isinstance(refusal, MissingAudio) else "corrupt"
            problems.append(
                StoredProblem(
                    sha256=sha256,
                    state=state,
                    kinds=sorted(use.kinds),
                    segments=sorted(use.segments),
                    columns=sorted(use.columns),
                )
            )
    tell(len(uses), len(uses))
    missing = sum(problem.state == "missing" for problem in problems)
    return StoreVerified(
        files=len(uses), ok=ok, size=size, missing=missing, corrupt=len(problems) - missing, problems=problems
    )


def collect_garbage(
    context: Context,
    *,
    grace: timedelta = USUAL_GRACE,
    dry_run: bool = False,
    even_most: bool = False,
    progress: Progress | None = None,
) -> StoreCollected:
    """Removes what no row refers to and nobody has put for as long as `grace`; in a dry run only says what that is.

    Whether a file is used is asked again in the transaction in which it goes: nobody can begin to refer to it
    meanwhile. Raises BadField (a grace under a day), StoreMostlyUnknown, DatabaseDamaged, StoreUnreachable,
    StoreUnwritable; what went before is on the trail.
    """
    if grace < _LEAST_GRACE:
        raise BadField(field="grace_days", value=str(grace / timedelta(days=1)), expected="≥ 1")
    limit = context.clock() - grace
    with context.database.read() as session:
        _require_sound(session, context)
        used = used_files(session, limit)
    stored = list(context.store.entries())
    unused = [entry for entry in stored if entry.sha256 not in used]
    old = [entry for entry in unused if entry.modified_at < limit]
    mostly_unknown = 2 * len(old) > len(stored)
    if mostly_unknown and not even_most and not dry_run:
        raise StoreMostlyUnknown(stored=len(stored), unused=len(old))
    gone = old if dry_run else list(_remove(context, old, limit, progress or _nobody_listens))
    return StoreCollected(
        dry_run=dry_run,
        stored=len(stored),
        stored_size=_size(stored),
        unused=len(gone),
        unused_size=_size(gone),
        young=len(unused) - len(old),
        young_size=_size(unused) - _size(old),
        mostly_unknown=mostly_unknown,
    )


def _remove(context: Context, old: list[StoredEntry], limit: datetime, tell: Progress) -> list[StoredEntry]:
    gone: list[StoredEntry] = []
    waiting = list(reversed(old))
    try:
        while waiting:
            tell(len(old) - len(waiting), len(old))
            with context.database.write() as session:
                used = used_files(session, limit)
                until = time.monotonic() + _LONGEST_HOLD_S
                while waiting and time.monotonic() < until:
                    entry = waiting.pop()
                    if entry.sha256 not in used and context.store.delete(entry.sha256, put_before=limit):
                        gone.append(entry)
        tell(len(old), len(old))
    finally:
        if gone:
            with disk_refusals(context.home), context.database.write() as session:
                at = context.clock()
                record(
                    session,
                    context,
                    at=at,
                    action="store.collected",
                    subject="store",
                    files=len(gone),
                    size=_size(gone),
                )
    return gone


def _require_sound(session: Session, context: Context) -> None:
    """What a damaged file hides would look unused. Raises DatabaseDamaged. A server looks after its pages itself."""
    if context.database.kind != "sqlite":
        return
    [found] = session.connection().exec_driver_sql("PRAGMA integrity_check(1)").one()
    if found != "ok":
        raise DatabaseDamaged(path=str(context.database.path), reason=found)


class _Use:
    def __init__(self) -> None:
        self.kinds: set[str] = set()
        self.segments: set[str] = set()
        self.columns: set[str] = set()

    def add(self, kind: str, *, segments: Iterable[str] = (), columns: Iterable[str] = ()) -> None:
        self.kinds.add(kind)
        self.segments.update(segments)
        self.columns.update(columns)


def _uses(session: Session) -> dict[str, _Use]:
    """By hash, all that must be in the store."""
    uses: dict[str, _Use] = defaultdict(_Use)
    segments, columns = _owners(session)
    for audio_id, sha256 in session.exec(select(Audio.id, Audio.sha256)):
        uses[sha256].add("original", segments=segments[audio_id], columns=columns[audio_id])
    for owner, kind, sha256 in session.exec(select(Rendition.audio_id, Rendition.kind, Rendition.sha256)):
        uses[sha256].add(kind, segments=segments[owner], columns=columns[owner])
    versions = select(SegmentVersion, Segment.code).join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
    for version, code in session.exec(versions.where(SegmentVersion.state != "discarded")):
        if version.original_sha256 is not None and _was_stored(version):
            uses[version.original_sha256].add("original", segments=[code])
        for rendition in version.renditions or ():
            uses[str(rendition["sha256"])].add(str(rendition["kind"]), segments=[code])
    for sha256 in session.exec(select(RenderedProgramme.sha256)):
        uses[sha256].add("programme")
    for sha256, code in session.exec(
        select(SlotItem.rendition_sha256, Segment.code)
        .join(Segment, col(Segment.id) == col(SlotItem.segment_id))
        .distinct()
    ):
        uses[sha256].add("slot", segments=[code])
    for frame in (col(Slot.opening_sha256), col(Slot.closing_sha256)):
        for framing, code in session.exec(
            select(frame, ProgrammeColumn.code)
            .join(ProgrammeColumn, col(ProgrammeColumn.id) == col(Slot.column_id))
            .where(frame.is_not(None))
            .distinct()
        ):
            uses[str(framing)].add("slot", columns=[code])
    return uses


def _owners(session: Session) -> tuple[dict[int | None, set[str]], dict[int | None, set[str]]]:
    """Codes of segments and of columns by the recording that they have, now or in some version."""
    segments: dict[int | None, set[str]] = defaultdict(set)
    columns: dict[int | None, set[str]] = defaultdict(set)
    for audio_id, code in session.exec(select(Segment.audio_id, Segment.code)):
        segments[audio_id].add(code)
    for audio_id, code in session.exec(
        select(SegmentVersion.audio_id, Segment.code).join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
    ):
        segments[audio_id].add(code)
    for column in session.exec(select(ProgrammeColumn)):
        for frame in (column.opening_audio_id, column.closing_audio_id):
            columns[frame].add(column.code)
    return segments, columns


def _was_stored(version: SegmentVersion) -> bool:
    """Not while the file waits among the incoming ones, nor where it was refused before the store had it."""
    if version.state == "rejected" and version.timeline:
        return version.timeline[-1]["step"] != "identify"
    return version.source is None


def used_files(session: Session, limit: datetime) -> set[str]:
    """All that may not go: what a version had that was discarded after `limit` is still among it."""
    return set(_referred_to(session, limit))


def _referred_to(session: Session, limit: datetime) -> Iterator[str]:
    yield from session.exec(select(Audio.sha256))
    yield from session.exec(select(Rendition.sha256))
    yield from session.exec(select(RenderedProgramme.sha256))
    yield from session.exec(select(Recording.sha256))
    yield from session.exec(select(SlotItem.rendition_sha256).distinct())
    for frame in (Slot.opening_sha256, Slot.closing_sha256):
        yield from (sha256 for sha256 in session.exec(select(frame).distinct()) if sha256 is not None)
    for original, waiting, renditions in session.exec(
        select(SegmentVersion.original_sha256, SegmentVersion.source, SegmentVersion.renditions).where(
            or_(col(SegmentVersion.state) != "discarded", col(SegmentVersion.updated_at) >= limit)
        )
    ):
        yield from (sha256 for sha256 in (original, waiting) if sha256 is not None and is_sha256(sha256))
        yield from (str(rendition["sha256"]) for rendition in renditions or ())


def _size(entries: Iterable[StoredEntry]) -> int:
    return sum(entry.size for entry in entries)


def _nobody_listens(_done: int, _total: int) -> None:
    """Progress that was not asked for."""
