"""Audio that players can resume: ranges (RFC 9110, 14), validators, nothing read whole.

The name is the hash of the content, so what it names never changes: the entity tag is the hash, and caches may keep
it for ever. Several ranges at once are answered with the whole file, as the standard allows; no player asks for them.
"""

import re
from pathlib import Path
from typing import BinaryIO

from litestar import Router, get
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from media.refusals import MissingAudio
from server.api.asked import Asked
from server.api.conditional import Ready, has_current, header
from server.api.doorway import asked_for_head
from server.api.faults import RequestRefused
from server.services import segments
from server.services.context import Context

PIECE = 256 * 1024
_NAME = re.compile(r"([0-9a-f]{64})\.mp3")
_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE | re.ASCII)


def span_of(asked: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None: the whole file, also where the header makes no sense.

    Raises RequestRefused (416) where the range lies outside the file.
    """
    found = _RANGE.fullmatch(asked.strip()) if asked else None
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start = int(found[1])
        end = min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < start:
            return None
    if start >= size:
        raise RequestRefused(
            "range.unsatisfiable", headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}, size=size
        )
    return start, end


class Piecewise:
    """A part of a file, sent in pieces that are read in a thread."""

    def __init__(self, path: Path, *, status: int, headers: dict[str, str], start: int, end: int) -> None:
        self.path = path
        self.head = Ready(status=status, headers=headers)
        self.start = start
        self.end = end

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        file = await sync_to_thread(_open, self.path, self.start)
        try:
            await send({"type": "http.response.start", "status": self.head.status, "headers": self.head.headers})
            left = self.end - self.start
            while left > 0:
                piece = await sync_to_thread(file.read, min(PIECE, left))
                if not piece:  # the client is to see a broken transfer, not a file that seems whole
                    raise OSError(f"{self.path} became shorter while it was sent")
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await sync_to_thread(file.close)


def _open(path: Path, start: int) -> BinaryIO:
    file = path.open("rb")
    file.seek(start)
    return file


def _find(context: Context, sha256: str) -> tuple[Path, int, str]:
    path, media_type = segments.audio_file(context, sha256)
    try:
        return path, path.stat().st_size, media_type
    except FileNotFoundError as error:
        raise MissingAudio(sha256=sha256) from error


@get(
    "/audio/{file:str}",
    responses={
        200: ResponseSpec(bytes, description="The whole file", media_type="audio/mpeg", generate_examples=False),
        206: ResponseSpec(bytes, description="The range", media_type="audio/mpeg", generate_examples=False),
        304: ResponseSpec(None, description="The client has it"),
    },
)
async def audio(scope: Scope, context: Asked, file: FromPath[str]) -> ASGIApp:
    """A broadcast copy by its SHA-256, as {sha256}.mp3; single ranges, If-Range and If-None-Match are honoured."""
    name = _NAME.fullmatch(file)
    if name is None:
        raise RequestRefused("address.unknown", path=scope["path"])
    sha256 = name[1]
    path, size, media_type = await sync_to_thread(_find, context, sha256)
    etag = f'"{sha256}"'
    lasting = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable"}
    if has_current(header(scope, b"if-none-match"), etag):
        return Ready(status=304, headers=lasting)
    headers = {"Content-Type": media_type, "Accept-Ranges": "bytes", **lasting}
    held = header(scope, b"if-range")
    # Ranges mean something for GET only; If-Range wants the strong comparison, and no date ever equals a tag.
    ranged = not asked_for_head(scope) and (held is None or held.strip() == etag)
    span = span_of(header(scope, b"range"), size) if ranged else None
    start, end = span or (0, size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if asked_for_head(scope):
        return Ready(status=200, headers=headers)
    return Piecewise(path, status=206 if span else 200, headers=headers, start=start, end=end)


router = Router("/", route_handlers=[audio], tags=["audio"])
