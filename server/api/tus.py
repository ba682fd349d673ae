"""Resumable uploads by tus 1.0.0 (https://tus.io/protocols/resumable-upload): the protocol's headers and statuses.

Extensions: creation, creation-with-upload, checksum, expiration, termination. What it says of a file is in
`server.services.uploads`, how its bytes come in `server.api.arriving`.
"""

import asyncio
import binascii
import logging
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from email.utils import format_datetime
from hashlib import new as new_hash
from typing import Any

from litestar import MediaType, Request, Response, Router, delete, get, patch, post, route
from litestar.enums import HttpMethod
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import Scope

from server.api import problems
from server.api.arriving import Turns, in_thread, keep_blocks, take_in
from server.api.asked import Asked
from server.api.conditional import header
from server.api.doorway import asked_for_head
from server.api.faults import RequestRefused
from server.api.gate import OPEN, needs
from server.api.said import field_fault, new_segment
from server.api.tus_description import BYTES, AnnounceOperation, AppendOperation, OverriddenOperation, TusOperation
from server.services import intake, upload_rounds, uploads
from server.services.arrivals import Checksum
from server.services.context import Context
from server.services.plain_text import title_of
from server.services.rights import Right
from server.services.upload_refusals import UploadOverrun
from server.services.uploads import UploadView

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
ALGORITHMS = ("sha1", "sha256")
METADATA = "Upload-Metadata"
_COMMON = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
# What a proxy says that it took from the front of the path.
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")

logger = logging.getLogger("loa.uploads")


@route(
    ["/uploads", "/uploads/{upload_id:str}"],
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    sync_to_thread=False,
    opt=OPEN,
)
def offer(context: Asked) -> Response[None]:
    """What of tus is offered, and how large a file may be."""
    return _empty(
        204,
        {
            **_COMMON,
            "Tus-Version": VERSION,
            "Tus-Extension": EXTENSIONS,
            "Tus-Max-Size": str(context.uploads.max_size),
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        },
    )


@post("/uploads", request_max_body_size=None, operation_class=AnnounceOperation, opt=needs(Right.SEGMENTS_SEND))
async def announce(request: Request[Any, Any, Any], context: Asked) -> Response[None]:
    """Announces a file: Upload-Length, and in Upload-Metadata `filename`, `filetype` and the fields of a segment, or
    `segment` with the code of the one of which this is a newer recording. The body may hold the first bytes.
    """
    scope = request.scope
    _speaks_tus(scope)
    if header(scope, b"upload-defer-length") is not None:
        raise RequestRefused("upload.length_deferred")
    size = _number(scope, "Upload-Length")
    carries = _carries_bytes(scope)
    checksum = _checksum(scope) if carries else None
    sent = _content_length(scope)
    if carries and sent is not None and sent > size:
        raise UploadOverrun(size=size, sent=sent)
    metadata = header(scope, METADATA.lower().encode()) or ""
    said = _decoded(metadata)
    file_name, file_type = said.pop("filename", ""), said.pop("filetype", "")
    await in_thread(uploads.check_file, context, size=size, media_type=file_type)
    replaces = said.pop("segment", "").strip() or None
    if replaces is not None and said:
        raise field_fault(next(iter(said)), "not with segment", where=METADATA)
    if replaces is None and not said.get("title", "").strip():
        said["title"] = title_of(file_name)
    view = await in_thread(
        uploads.announce,
        context,
        size=size,
        file_name=file_name,
        media_type=file_type,
        new=None if replaces is not None else new_segment(said, where=METADATA),
        replaces=replaces,
        metadata=metadata,
    )
    location = f"{_prefix(scope)}/api/v1/uploads/{view.id}"
    if carries:
        view = await _receive(request, context, view, offset=0, checksum=checksum)
    return _empty(201, {"Location": location, **_headers(view)})


@get(
    "/uploads/{upload_id:str}",
    responses={200: ResponseSpec(UploadView, description="How far it is", generate_examples=False)},
    opt=needs(Right.SEGMENTS_SEND, "upload", parameter="upload_id"),
)
async def show(
    request: Request[Any, Any, Any], context: Asked, upload_id: FromPath[str]
) -> Response[UploadView] | Response[None]:
    """How far an upload is. HEAD is what tus asks with: it ends the request that is still sending, if there is one."""
    if asked_for_head(request.scope):
        return await _ask(request, context, upload_id)
    view = await in_thread(uploads.find, context, upload_id)
    return Response(view, headers=_headers(view))


@patch(
    "/uploads/{upload_id:str}",
    request_max_body_size=None,
    status_code=204,
    operation_class=AppendOperation,
    opt=needs(Right.SEGMENTS_SEND, "upload", parameter="upload_id"),
)
async def append(request: Request[Any, Any, Any], context: Asked, upload_id: FromPath[str]) -> Response[None]:
    """The next bytes, from Upload-Offset on, as application/offset+octet-stream. With the last ones the file becomes a
    recording of the segment named in Loa-Segment.
    """
    return await _append(request, context, upload_id)


@delete(
    "/uploads/{upload_id:str}",
    operation_class=TusOperation,
    opt=needs(Right.SEGMENTS_SEND, "upload", parameter="upload_id"),
)
async def terminate(request: Request[Any, Any, Any], context: Asked, upload_id: FromPath[str]) -> Response[None]:
    """Ends an upload and removes what came of it; a segment that it became stays."""
    return await _terminate(request, context, upload_id)


@post(
    "/uploads/{upload_id:str}",
    request_max_body_size=None,
    status_code=204,
    operation_class=OverriddenOperation,
    opt=needs(Right.SEGMENTS_SEND, "upload", parameter="upload_id"),
)
async def overridden(request: Request[Any, Any, Any], context: Asked, upload_id: FromPath[str]) -> Response[None]:
    """PATCH, DELETE or HEAD for clients that can't: the method that is meant is in X-HTTP-Method-Override."""
    meant = (header(request.scope, b"x-http-method-override") or "").strip().upper()
    match meant:
        case "PATCH":
            return await _append(request, context, upload_id)
        case "DELETE":
            return await _terminate(request, context, upload_id)
        case "HEAD":
            return await _ask(request, context, upload_id)
    allowed = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH"]
    raise RequestRefused(
        "method.not_allowed", headers={"Allow": ", ".join(allowed)}, method=meant or "POST", allowed=allowed
    )


async def _append(request: Request[Any, Any, Any], context: Context, upload_id: str) -> Response[None]:
    scope = request.scope
    _speaks_tus(scope)
    found = _media_type(scope)
    if found != BYTES:
        raise RequestRefused("media_type.unsupported", found=found, expected=BYTES)
    offset = _number(scope, "Upload-Offset")
    checksum = _checksum(scope)
    view = await in_thread(uploads.find, context, upload_id)
    sent = _content_length(scope)
    if sent is not None and offset + sent > view.size:
        raise UploadOverrun(size=view.size, sent=offset + sent)
    view = await _receive(request, context, view, offset=offset, checksum=checksum)
    return _empty(204, _headers(view))


async def _receive(
    request: Request[Any, Any, Any], context: Context, view: UploadView, *, offset: int, checksum: Checksum | None
) -> UploadView:
    async with _turns(request).take(view.id) as turn:
        with ExitStack() as hold:
            receiving = uploads.receiving(context, view, offset=offset, checksum=checksum)
            arrival = await in_thread(hold.enter_context, receiving)
            if arrival is not None:
                await take_in(request.receive, turn, arrival)
        now_at = offset if arrival is None else arrival.offset
        after = uploads.further(context, view, offset=now_at)
        if after is None:
            after = await in_thread(uploads.take_stock, context, view.id)
    if after.version_id is not None and view.version_id is None and context.jobs is None:
        # Nobody else works here; the verdict is with the segment, whatever it is.
        await in_thread(intake.settle, context, after.version_id)
    return after


async def _ask(request: Request[Any, Any, Any], context: Context, upload_id: str) -> Response[None]:
    _speaks_tus(request.scope)
    async with _turns(request).take(upload_id):
        view = await in_thread(uploads.take_stock, context, upload_id)
    headers = {**_headers(view), "Upload-Length": str(view.size)}
    if view.metadata:
        headers[METADATA] = view.metadata
    return _empty(200, headers)


async def _terminate(request: Request[Any, Any, Any], context: Context, upload_id: str) -> Response[None]:
    _speaks_tus(request.scope)
    async with _turns(request).take(upload_id):
        await in_thread(uploads.terminate, context, upload_id)
    return _empty(204, _COMMON)


def _headers(view: UploadView) -> dict[str, str]:
    headers = {**_COMMON, "Upload-Offset": str(view.offset)}
    if view.expires_at is not None:
        headers["Upload-Expires"] = format_datetime(view.expires_at, usegmt=True)
    if view.segment is not None:
        headers["Loa-Segment"] = view.segment
    return headers


def _empty(status: int, headers: Mapping[str, str]) -> Response[None]:
    return Response(None, status_code=status, media_type=MediaType.TEXT, headers=headers)


def _turns(request: Request[Any, Any, Any]) -> Turns:
    found: Turns = request.app.state.turns
    return found


def _speaks_tus(scope: Scope) -> None:
    found = header(scope, b"tus-resumable")
    if found != VERSION:
        raise RequestRefused("upload.version", headers={"Tus-Version": VERSION}, found=found or "", expected=VERSION)


def _number(scope: Scope, name: str) -> int:
    found = header(scope, name.lower().encode())
    if found is None or not _NUMBER.fullmatch(found.strip()):
        raise RequestRefused("upload.header", header=name, found=found or "", expected="0–999999999999999999")
    return int(found)


def _content_length(scope: Scope) -> int | None:
    """None where the sender does not say, as with Transfer-Encoding."""
    found = header(scope, b"content-length")
    return int(found) if found is not None and _NUMBER.fullmatch(found) else None


def _media_type(scope: Scope) -> str:
    return (header(scope, b"content-type") or "").partition(";")[0].strip().lower()


def _carries_bytes(scope: Scope) -> bool:
    if _media_type(scope) == BYTES:
        return True
    if _content_length(scope) or header(scope, b"transfer-encoding") is not None:
        raise RequestRefused("media_type.unsupported", found=_media_type(scope), expected=BYTES)
    return False


def _checksum(scope: Scope) -> Checksum | None:
    found = header(scope, b"upload-checksum")
    if found is None:
        return None
    algorithm, _, encoded = found.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise RequestRefused("upload.checksum_unknown", algorithm=algorithm, known=list(ALGORITHMS))
    try:
        digest = b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != new_hash(algorithm, usedforsecurity=False).digest_size:
        raise RequestRefused("upload.header", header="Upload-Checksum", found=found, expected=f"{algorithm} ‹base64›")
    return Checksum(algorithm=algorithm, digest=digest)


def _decoded(metadata: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for pair in metadata.split(",") if metadata.strip() else ():
        name, _, encoded = pair.strip().partition(" ")
        if not name or name in said:
            raise field_fault(name, "twice" if name else "unnamed", where=METADATA)
        try:
            said[name] = b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise field_fault(name, "not UTF-8 in base64", where=METADATA) from error
    return said


def _prefix(scope: Scope) -> str:
    """What stands before our own addresses, where the service lives behind a path of another."""
    told = (header(scope, b"x-forwarded-prefix") or "").rstrip("/")
    return scope.get("root_path") or (told if _PREFIX.fullmatch(told) else "")


def _refuse(request: Request[Any, Any, Any], error: Exception) -> Response[problems.Problem]:
    problem, headers = problems.problem_of(error, request.scope)
    return Response(problem, status_code=problem.status, media_type=problems.MEDIA_TYPE, headers={**_COMMON, **headers})


@asynccontextmanager
async def rounds(context: Context) -> AsyncIterator[None]:
    """While the service runs: at its start and every hour, what is whole is handed over and what expired is removed."""

    async def go_round() -> None:
        while True:
            for work in (upload_rounds.finish_uploads, upload_rounds.remove_expired):
                try:
                    await in_thread(work, context)
                except Exception:  # whatever it was, the rounds go on: without them nothing expires any more
                    logger.exception("the hourly round of uploads failed; the next one tries again")
            await asyncio.sleep(upload_rounds.ROUND_EVERY_S)

    keep_blocks()
    task = asyncio.create_task(go_round())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


router = Router(
    "/",
    route_handlers=[offer, announce, show, append, terminate, overridden],
    tags=["uploads"],
    exception_handlers={Exception: _refuse},
)
