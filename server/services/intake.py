"""A recording on its way in: taken with all that is said of it, brought to its verdict step by step, decided on."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlmodel import Session, func, select

from server.db.intake import SegmentVersion, Upload
from server.db.library import Segment
from server.services.audio_checks import check_view
from server.services.audit import record
from server.services.claims import claimed
from server.services.context import Context
from server.services.decisions import discard, keep, overrule
from server.services.disk import disk_refusals
from server.services.intake_steps import BY_NAME, compare, conclude, encode, examine, identify
from server.services.new_segments import NewSegment, new_segment
from server.services.plain_text import file_name as shown_file_name
from server.services.recorded_refusals import from_record
from server.services.refusals import (
    RecordingUnfit,
    SegmentAlreadyWithdrawn,
    SegmentDiscarded,
    SegmentExists,
    ServiceStopping,
)
from server.services.rights import Right
from server.services.rows import identity
from server.services.same_bytes import refuse_known, version_under_way
from server.services.segment_reach import reached
from server.services.segment_views import segment_views
from server.services.upload_refusals import UploadGone
from server.services.version_steps import STEPS, Tell, nobody_listens
from server.services.views import SegmentView
from server.services.waiting_files import WaitingFile, keep_waiting, let_go

__all__ = [
    "STEPS",
    "compare",
    "conclude",
    "discard",
    "encode",
    "examine",
    "identify",
    "keep",
    "open_segment",
    "overrule",
    "process",
    "settle",
    "submit",
    "submit_and_settle",
]

# Seconds between two looks at a row that another thread or process is working on.
_LOOK_S = 0.25


def submit(
    context: Context,
    source: Path | WaitingFile,
    *,
    file_name: str,
    new: NewSegment | None,
    replaces: str | None,
    upload_id: str | None,
    maker: str | None = None,
) -> int:
    """Takes the recording: the key of its version, whose way to the verdict is assured from here on.

    `source` is a file below `context.incoming` that nobody writes any more, and no longer the caller's, or one that is
    kept waiting already. It is a `new` segment, or a newer recording of the one that it `replaces`. The same `upload_id`
    gives the same version. `maker` sent it, None: who asks. Raises BadField, UnknownTopic, UnknownColumn,
    UnknownOrganisation, ForeignProducer, UnknownStation, OutOfReach, UnknownSegment, SegmentAlreadyWithdrawn,
    SegmentDiscarded, UploadGone, DiskFull, DatabaseBusy.
    """
    return _store(
        context,
        source,
        file_name=file_name,
        new=new,
        replaces=replaces,
        upload_id=upload_id,
        sha256=None,
        maker=maker,
        before_commit=_nothing_more,
    )


def submit_and_settle(
    context: Context,
    source: Path,
    *,
    file_name: str,
    new: NewSegment | None,
    replaces: str | None,
    sha256: str,
    progress: Tell | None = None,
) -> SegmentView:
    """Both in one, for a caller that waits; `source` is gone where the recording was not taken.

    `sha256` is that of the source. The same bytes whose processing somebody gave up go on where they were. Raises
    what `submit` and `settle` do, and SegmentExists, AudioIsFrame.
    """
    with ExitStack() as claims:
        try:
            with context.database.read() as session:
                under_way = version_under_way(session, sha256)
                if under_way is None:
                    refuse_known(session, sha256)
            if under_way is not None:
                view = _go_on(context, under_way, progress)
                source.unlink()
                return view

            def claim(version_id: int) -> None:
                # Whoever sees the row sees that it is being worked on.
                if context.jobs is None:
                    claims.enter_context(claimed(context, version_id))

            version_id = _store(
                context,
                source,
                file_name=file_name,
                new=new,
                replaces=replaces,
                upload_id=None,
                sha256=sha256,
                maker=None,
                before_commit=claim,
            )
        except BaseException:
            source.unlink(missing_ok=True)
            raise
        if context.jobs is None:
            process(context, version_id, progress or nobody_listens)
        return settle(context, version_id, progress)


def settle(context: Context, version_id: int, progress: Tell | None = None) -> SegmentView:
    """The segment once the version has its verdict, passed or held; where no durable jobs run the work is done here.

    `progress` gets shares of the whole way, 0 to 1. Raises why it was rejected (a MediaRefusal, SegmentExists,
    AudioIsFrame, RecordingUnfit), what keeps this machine from going on (DiskFull, StoreUnreachable, FfmpegFailed …;
    it is tried again later), or ServiceStopping.
    """
    tell = progress or nobody_listens
    while True:
        with context.database.read() as session:
            version = session.get_one(SegmentVersion, version_id)
            if version.state != "processing":
                tell(1.0)
                return _outcome(session, version)
            tell(version.progress / 100)
            code = session.get_one(Segment, version.segment_id).code
        if context.jobs is None:
            with claimed(context, version_id) as mine:
                if mine:
                    process(context, version_id, tell)
                    continue
        elif context.jobs.stopping:
            raise ServiceStopping(segment=code)
        elif version.refusal is not None and version.refusal.get("parked"):
            raise from_record(version.refusal)
        time.sleep(_LOOK_S)


def process(context: Context, version_id: int, tell: Tell) -> None:
    """All steps that are still to do, in this thread; to be called by who has claimed the version."""
    for step in STEPS:
        BY_NAME[step](context, version_id, tell)


def _go_on(context: Context, version: SegmentVersion, progress: Tell | None) -> SegmentView:
    with claimed(context, identity(version)) as abandoned, context.database.read() as session:
        segment = session.get_one(Segment, version.segment_id)
    if not abandoned or context.jobs is not None:
        raise SegmentExists(segment=segment.code, title=segment.title, state=segment.state)
    return settle(context, identity(version), progress)


def _store(
    context: Context,
    source: Path | WaitingFile,
    *,
    file_name: str,
    new: NewSegment | None,
    replaces: str | None,
    upload_id: str | None,
    sha256: str | None,
    maker: str | None,
    before_commit: Callable[[int], None],
) -> int:
    with disk_refusals(context.home):
        with context.database.read() as session:
            known = _version_of_upload(session, upload_id)
        if known is not None:
            return known
        waiting = keep_waiting(context, source) if isinstance(source, Path) else source
        with context.database.write() as session:
            known = _version_of_upload(session, upload_id)
            if known is not None:
                return known
            upload = None if upload_id is None else session.get(Upload, upload_id)
            if upload is not None and upload.state in {"terminated", "expired"}:
                # Its bytes go: another process has just told so.
                raise UploadGone(upload=upload.id, reason=upload.state)
            at = context.clock()
            if sha256 is not None:
                refuse_known(session, sha256)
            if replaces is not None:
                segment = open_segment(session, context, replaces)
            elif new is not None:
                segment = new_segment(session, context, new, at=at)
            else:
                raise TypeError("neither a new segment nor one to replace the recording of")
            last = session.exec(
                select(func.max(SegmentVersion.number)).where(SegmentVersion.segment_id == identity(segment))
            ).one()
            version = SegmentVersion(
                segment_id=identity(segment),
                number=(last or 0) + 1,
                upload_id=upload_id,
                file_name=shown_file_name(file_name),
                size=waiting.size,
                source=waiting.name,
                original_sha256=sha256,
                made_by=maker or context.who.name,
                wants_vetting=new is None or new.submit,
                created_at=at,
                updated_at=at,
            )
            session.add(version)
            session.flush()
            if segment.audio_id is None:
                segment.state = "processing"
                session.add(segment)
            record(
                session,
                context,
                at=at,
                action="segment.added" if replaces is None else "segment.version_added",
                subject=segment.code,
                title=segment.title,
                number=version.number,
                sha256=sha256,
            )
            version_id = identity(version)
            if context.jobs is not None:
                context.jobs.enqueue(session, version_id)
            before_commit(version_id)
        if isinstance(source, Path):
            let_go(context, source)
        return version_id


def open_segment(session: Session, context: Context, code: str) -> Segment:
    """One that takes a newer recording from who asks.

    Raises OutOfReach, UnknownSegment, SegmentAlreadyWithdrawn, SegmentDiscarded.
    """
    segment = reached(session, context, code, Right.SEGMENTS_SEND)
    if segment.state == "withdrawn":
        raise SegmentAlreadyWithdrawn(segment=code)
    if segment.state == "discarded":
        raise SegmentDiscarded(segment=code)
    return segment


def _version_of_upload(session: Session, upload_id: str | None) -> int | None:
    if upload_id is None:
        return None
    return session.exec(select(SegmentVersion.id).where(SegmentVersion.upload_id == upload_id)).first()


def _outcome(session: Session, version: SegmentVersion) -> SegmentView:
    segment = session.get_one(Segment, version.segment_id)
    if version.state == "rejected":
        if version.refusal is not None:
            raise from_record(version.refusal)
        failed = [check_view(check).sentence for check in version.checks if check["level"] == "fail"]
        raise RecordingUnfit(segment=segment.code, failed=failed)
    [view] = segment_views(session, [segment])
    return view


def _nothing_more(_: int) -> None:
    """Nobody waits for this version here."""
