"""Files on their way in: announced, sent over any number of requests and starts of the server, handed to intake whole.

Rows say what was announced and how it ended; how far a file has come is known where its bytes are (`arrivals`). A file
that is whole and not yet a recording is handed over by whoever sees it next: the last request, a question about it, the
start of a server, the hourly round (`upload_rounds`).
"""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from sqlmodel import Session, col, select

from server.db.intake import SegmentVersion, Upload
from server.db.library import Segment
from server.services import intake
from server.services.arrivals import Arrival, Checksum
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.new_segments import NewSegment, check_said, producer_for
from server.services.plain_text import file_name as shown_file_name
from server.services.plain_text import shown
from server.services.rows import identity
from server.services.upload_limits import UNTYPED, UploadLimits
from server.services.upload_refusals import (
    UnknownUpload,
    UploadEmpty,
    UploadGone,
    UploadNoRoom,
    UploadOffset,
    UploadsTooMany,
    UploadTooLarge,
    UploadTypeRefused,
)
from server.services.waiting_files import WaitingFile

# A sender that goes on has its time again, written down not more often than this.
PROLONG_EVERY = timedelta(hours=1)
_ENDED = {"terminated", "expired"}

Made = tuple[int, str]  # the version and its segment's code


class UploadView(Struct, frozen=True, kw_only=True):
    """`offset` of `size` bytes are here. `state`: receiving, then complete, from when on `segment` is the one it became.

    `metadata` is what the sender announced, in the form of its own header; `file_name` is shortened for show.
    """

    id: str
    state: str
    file_name: str
    media_type: str
    size: int
    offset: int
    metadata: str
    expires_at: datetime | None
    version_id: int | None
    segment: str | None


class Said(Struct, frozen=True, kw_only=True):
    """What a row keeps of the announcement, in its column `fields`. `segment` None: a newer recording of one."""

    metadata: str
    segment: NewSegment | None


def check_file(context: Context, *, size: int, media_type: str) -> None:
    """Whether such a file is taken at all. Raises UploadEmpty, UploadTooLarge, UploadTypeRefused, UploadNoRoom."""
    if size == 0:
        raise UploadEmpty
    require_size(context.uploads, size)
    require_type(context.uploads, media_type)
    free = context.arrivals.free()
    if free is not None and size > free:
        raise UploadNoRoom(needed=size, free=max(0, free))


def require_size(limits: UploadLimits, size: int) -> None:
    """Raises UploadTooLarge."""
    if size > limits.max_size:
        raise UploadTooLarge(size=size, limit=limits.max_size)


def require_type(limits: UploadLimits, media_type: str) -> None:
    """Raises UploadTypeRefused."""
    named = _type_of(media_type)
    if not limits.takes(named):
        raise UploadTypeRefused(media_type=named, known=list(limits.types))


def announce(
    context: Context,
    *,
    size: int,
    file_name: str,
    media_type: str,
    new: NewSegment | None,
    replaces: str | None,
    metadata: str,
) -> UploadView:
    """Takes a file in before its first byte, or refuses it; `new` or `replaces` says what it is to be.

    Raises what `check_file` does, UploadsTooMany, BadField, UnknownTopic, UnknownColumn, UnknownOrganisation,
    ForeignProducer, UnknownStation, OutOfReach, UnknownSegment, SegmentAlreadyWithdrawn, SegmentDiscarded, DiskFull, HomeUnwritable.
    """
    check_file(context, size=size, media_type=media_type)
    with context.database.read() as session:
        if new is not None:
            check_said(session, context, new)
            # Whoever hands it over later does not ask again for whom the sender may produce.
            new = msgspec.structs.replace(new, producer=producer_for(session, context, new.producer))
        if replaces is not None:
            intake.open_segment(session, context, replaces)
    upload = Upload(
        id=secrets.token_hex(16),
        file_name=file_name,
        media_type=_type_of(media_type),
        size=size,
        fields=msgspec.to_builtins(Said(metadata=metadata, segment=new)),
        replaces=replaces,
        made_by=context.who.name,
        created_at=context.clock(),
        expires_at=_until(context),
    )
    with disk_refusals(context.home), context.database.write() as session:
        _require_room(session, context, size)
        context.arrivals.create(upload.id)
        session.add(upload)
        record(
            session,
            context,
            at=upload.created_at,
            action="upload.announced",
            subject=upload.id,
            file_name=shown_file_name(file_name),
            size=size,
            replaces=replaces,
        )
    return find(context, upload.id)


def _require_room(session: Session, context: Context, size: int) -> None:
    """Room that others were promised and have not filled yet is theirs. Raises UploadsTooMany, UploadNoRoom."""
    open_ones = session.exec(select(Upload).where(Upload.state == "receiving")).all()
    if len(open_ones) >= context.uploads.most_open:
        raise UploadsTooMany(open=len(open_ones), limit=context.uploads.most_open)
    free = context.arrivals.free()
    if free is None:
        return
    free -= sum(max(0, upload.size - _arrived(context, upload)) for upload in open_ones)
    if size > free:
        raise UploadNoRoom(needed=size, free=max(0, free))


def _arrived(context: Context, upload: Upload) -> int:
    try:
        return context.arrivals.kept(upload)
    except FileNotFoundError:
        return 0  # somebody took it away; its sender will be told


def find(context: Context, upload_id: str) -> UploadView:
    """As it is at this moment, nothing touched. Raises UnknownUpload, UploadGone."""
    upload, made = _read(context, upload_id)
    try:
        return _view(context, upload, made)
    except FileNotFoundError:
        upload, made = _read_again(context, upload)
        return _view(context, upload, made)


@contextmanager
def receiving(
    context: Context, upload: UploadView, *, offset: int, checksum: Checksum | None
) -> Iterator[Arrival | None]:
    """To be written to from `offset` on, however long that takes; None where it is whole.

    Raises UploadGone, UploadBusy, UploadOffset.
    """
    with ExitStack() as stack:
        arrival = stack.enter_context(held(context, upload)) if upload.version_id is None else None
        kept = upload.size if arrival is None else arrival.offset
        if kept != offset:
            raise UploadOffset(offset=kept, given=offset)
        if arrival is None or arrival.whole:
            yield None
        else:
            # Who has begun in time may end after it.
            _prolong(context, upload.id, upload.expires_at)
            arrival.begin(checksum)
            yield arrival


def further(context: Context, upload: UploadView, *, offset: int) -> UploadView | None:
    """The upload as it was found, with what came since; None where stock is to be taken. No question to anybody."""
    if offset == upload.size or upload.expires_at is None or _until(context) - upload.expires_at >= PROLONG_EVERY:
        return None
    return msgspec.structs.replace(upload, offset=offset)


def take_stock(context: Context, upload_id: str) -> UploadView:
    """How far it has come: unverified bytes are cut off, and a file that is whole becomes a recording.

    Raises UnknownUpload, UploadGone, UploadBusy, and what `intake.submit` does where it is not taken.
    """
    upload, made = _read(context, upload_id)
    if made is None:
        with held(context, upload) as arrival:
            if arrival is not None and arrival.whole:
                hand_over(context, upload)
            elif arrival is not None:
                _prolong(context, upload.id, upload.expires_at)
    return find(context, upload_id)


def terminate(context: Context, upload_id: str) -> None:
    """On the sender's wish. What became a recording already stays one. Raises UnknownUpload, UploadGone, UploadBusy."""
    upload, made = _read(context, upload_id)
    with ExitStack() as stack:
        arrival = stack.enter_context(held(context, upload)) if made is None else None
        if arrival is not None:
            context.arrivals.remove(upload_id)
        end(context, upload_id, "terminated")


def hand_over(context: Context, upload: Upload) -> int:
    """Of one that is whole; the version that it becomes. Done again after a crash at any place, it does the rest.

    Raises UploadGone, and what `intake.submit` does.
    """
    with context.database.write() as session:
        made = made_of(session, upload.id)
        if made is not None:
            return made[0]
        row = _living(session, context, upload.id)
        row.state = "complete"
        session.add(row)
    context.arrivals.settle(upload.id)
    said = msgspec.convert(upload.fields, Said)
    return intake.submit(
        context,
        WaitingFile(name=upload.id, size=upload.size),
        file_name=upload.file_name,
        new=said.segment,
        replaces=upload.replaces,
        upload_id=upload.id,
        maker=upload.made_by or None,
    )


def _prolong(context: Context, upload_id: str, expires_at: datetime | None) -> None:
    """Raises UploadGone."""
    until = _until(context)
    if expires_at is None or until - expires_at < PROLONG_EVERY:
        return
    with context.database.write() as session:
        row = _living(session, context, upload_id)
        row.expires_at = until
        session.add(row)


def _until(context: Context) -> datetime:
    return context.clock() + context.uploads.lifetime


def has_expired(session: Session, context: Context, upload_id: str) -> bool:
    """Nobody went on with it, and it is no recording."""
    row = session.get_one(Upload, upload_id)
    return row.state not in _ENDED and row.expires_at <= context.clock() and made_of(session, upload_id) is None


def end(context: Context, upload_id: str, state: Literal["terminated", "expired"]) -> bool:
    """Whether it is ended by this. What became a recording stays one, and then has not expired."""
    with context.database.write() as session:
        row = session.get_one(Upload, upload_id)
        if row.state in _ENDED or (state == "expired" and not has_expired(session, context, upload_id)):
            return False
        is_made = made_of(session, upload_id) is not None
        before, row.state = row.state, state
        session.add(row)
        record(
            session,
            context,
            at=context.clock(),
            action=f"upload.{state}",
            subject=upload_id,
            file_name=shown_file_name(row.file_name),
            before={"state": before},
            after={"state": state},
        )
    if not is_made:
        context.arrivals.ended(upload_id)
    return True


def _living(session: Session, context: Context, upload_id: str) -> Upload:
    upload = session.get(Upload, upload_id)
    if upload is None:
        raise UnknownUpload(upload=shown(upload_id))
    if upload.state in _ENDED:
        raise UploadGone(upload=upload_id, reason=upload.state)
    if upload.expires_at <= context.clock() and (upload.state == "receiving" or made_of(session, upload_id) is None):
        raise UploadGone(upload=upload_id, reason="expired")
    return upload


def made_of(session: Session, upload_id: str) -> Made | None:
    found = session.exec(
        select(SegmentVersion, Segment.code)
        .join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
        .where(SegmentVersion.upload_id == upload_id)
    ).first()
    return (identity(found[0]), found[1]) if found is not None else None


def _read(context: Context, upload_id: str) -> tuple[Upload, Made | None]:
    with context.database.read() as session:
        upload = _living(session, context, upload_id)
        return upload, None if upload.state == "receiving" else made_of(session, upload_id)


def _read_again(context: Context, upload: Upload | UploadView) -> tuple[Upload, Made]:
    """When its file is not there: it has just become a recording, or the file was lost. Raises UploadGone."""
    upload, made = _read(context, upload.id)
    if made is None:
        raise UploadGone(upload=upload.id, reason="lost")
    return upload, made


@contextmanager
def held(context: Context, upload: Upload | UploadView) -> Iterator[Arrival | None]:
    """To be written to; None where it has just become a recording. Raises UploadBusy, UploadGone."""
    with ExitStack() as stack:
        arrival: Arrival | None = None
        try:
            arrival = stack.enter_context(context.arrivals.held(upload.id, upload.size))
        except FileNotFoundError:
            _read_again(context, upload)
        yield arrival


def _type_of(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower() or UNTYPED


def _view(context: Context, upload: Upload, made: Made | None) -> UploadView:
    """Raises FileNotFoundError."""
    whole = made is not None or upload.state == "complete"
    version_id, segment = made or (None, None)
    return UploadView(
        id=upload.id,
        state=upload.state,
        file_name=shown_file_name(upload.file_name),
        media_type=upload.media_type,
        size=upload.size,
        offset=upload.size if whole else context.arrivals.kept(upload),
        metadata=msgspec.convert(upload.fields, Said).metadata,
        expires_at=upload.expires_at if made is None else None,
        version_id=version_id,
        segment=segment,
    )
