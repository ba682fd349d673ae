"""Receiving a file: parts of multipart/form-data as they arrive, the file straight to disk, memory flat."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from litestar import Request
from litestar.concurrency import sync_to_thread
from multipart import (  # type: ignore[import-untyped]  # it has no types
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from server.api.faults import RequestRefused
from server.api.manners import lasting
from server.services.disk import disk_refusals
from server.services.unfinished import ARRIVING
from server.services.upload_limits import UploadLimits
from server.services.uploads import require_size, require_type

FIELDS_MAX = 1_000_000  # all text fields together
PARTS_MAX = 64


@dataclass(kw_only=True)
class Received:
    """The text fields by name (the last one wins), and the one file, kept as `path` until the request is over."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None
    path: Path | None = None


@asynccontextmanager
async def receive_form(
    request: Request[Any, Any, Any], *, file_field: str, scratch: Path, limits: UploadLimits
) -> AsyncIterator[Received]:
    """Reads the form; the file is removed at the end, whatever happens. Litestar's own limit is to be off.

    Raises RequestRefused (not a form, texts too large, malformed), UploadTooLarge, UploadTypeRefused, DiskFull,
    HomeUnwritable.
    """
    content_type, options = request.content_type
    if content_type != "multipart/form-data":
        raise RequestRefused("media_type.unsupported", found=content_type, expected="multipart/form-data")
    # What is around the file is not counted; the file itself is, as it comes.
    require_size(limits, max(0, _declared(request) - FIELDS_MAX))
    lasting()
    received = Received()
    try:
        with disk_refusals(scratch):
            await _read(
                request,
                received,
                boundary=options.get("boundary", ""),
                file_field=file_field,
                scratch=scratch,
                limits=limits,
            )
        yield received
    finally:
        if received.path is not None:
            await sync_to_thread(received.path.unlink, missing_ok=True)


@asynccontextmanager
async def receive_body(
    request: Request[Any, Any, Any], *, scratch: Path, limits: UploadLimits
) -> AsyncIterator[Received]:
    """The body itself as a file, as it comes; removed at the end, whatever happens. Litestar's own limit is to be off.

    Raises UploadTooLarge, UploadTypeRefused, DiskFull, HomeUnwritable.
    """
    require_type(limits, request.headers.get("content-type", ""))
    require_size(limits, _declared(request))
    lasting()
    received = Received()
    try:
        with disk_refusals(scratch), await sync_to_thread(_new_file, scratch, received) as target:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                require_size(limits, size)
                await sync_to_thread(target.write, chunk)
        yield received
    finally:
        if received.path is not None:
            await sync_to_thread(received.path.unlink, missing_ok=True)


async def _read(
    request: Request[Any, Any, Any],
    received: Received,
    *,
    boundary: str,
    file_field: str,
    scratch: Path,
    limits: UploadLimits,
) -> None:
    part: MultipartSegment | None = None
    text = bytearray()
    room = FIELDS_MAX
    size = 0
    target: BinaryIO | None = None
    try:
        with PushMultipartParser(boundary, max_segment_count=PARTS_MAX) as parser:
            async for chunk in request.stream():
                for event in parser.parse(chunk) if chunk and not parser.closed else ():
                    if isinstance(event, MultipartSegment):
                        part, text = event, bytearray()
                        if event.name == file_field and event.filename is not None and received.path is None:
                            require_type(limits, event.content_type or "")
                            target = await sync_to_thread(_new_file, scratch, received)
                            received.file_name = event.filename
                    elif event and target is not None:
                        size += len(event)
                        require_size(limits, size)
                        await sync_to_thread(target.write, event)
                    elif event:
                        room -= len(event)
                        if room < 0:
                            raise RequestRefused("body.too_large", limit=FIELDS_MAX)
                        text += event
                    elif target is not None:
                        await sync_to_thread(target.close)
                        target = None
                    elif part is not None:
                        received.fields[part.name] = text.decode()
    except (MultipartError, UnicodeDecodeError) as error:
        raise RequestRefused("request.malformed", reason=str(error)) from error
    finally:
        if target is not None:
            await sync_to_thread(target.close)


def _declared(request: Request[Any, Any, Any]) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _new_file(scratch: Path, received: Received) -> BinaryIO:
    descriptor, path = tempfile.mkstemp(dir=scratch, prefix=ARRIVING)
    received.path = Path(path)
    return os.fdopen(descriptor, "wb")
