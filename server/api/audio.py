"""Audio that players can resume: ranges (RFC 9110, 14), validators, nothing read whole.

The name is the hash of the content, so what it names never changes: the entity tag is the hash, and who got it may
keep it for ever; caches that others share may not, for not everybody may hear it. Several ranges at once are answered with the whole file, as the standard allows; no player asks for them.
"""

import asyncio
import re
from typing import Annotated

from litestar import Router, get
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from server.api.asked import Asked
from server.api.attachments import inline
from server.api.conditional import Ready, has_current, header
from server.api.doorway import asked_for_head
from server.api.faults import RequestRefused
from server.api.gate import needs
from server.api.sent import SentFiles
from server.services.audio_files import AudioFile, find_audio, read_audio
from server.services.context import Context
from server.services.recalled import require_not_recalled
from server.services.rights import Right

_NAME = re.compile(r"([0-9a-f]{64})\.([0-9a-z]+)")
# Who hears with his own ears may also hear what was withdrawn, for example to judge what was aired.
_LISTENERS = {"person", "local"}
_ENDINGS = {"audio/mpeg": "mp3", "audio/ogg": "opus", "audio/flac": "flac"}
_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE | re.ASCII)

SavedAs = Annotated[
    str | None,
    QueryParameter(description="What a browser saves it as", pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,120}$(?!\n)"),
]


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
    """A part of a stored file, sent in pieces that are read in a thread."""

    def __init__(
        self,
        context: Context,
        found: AudioFile,
        head: Ready,
        *,
        start: int,
        end: int,
        sent: SentFiles,
        whose: int | str | None = None,
    ) -> None:
        """`sent` hears that `whose` station has it whole when this was sent to its last byte; None: nobody's, or there is more to come."""
        self.found, self.sent, self.whose = found, sent, whose
        self.head = head
        self.left = end - start
        self.pieces = read_audio(context, found, start=start, end=end)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        # Read before anything is said: a store that can't be asked is a problem, not a broken transfer.
        piece = await sync_to_thread(next, self.pieces, b"")
        await send({"type": "http.response.start", "status": self.head.status, "headers": self.head.headers})
        gone = asyncio.create_task(hung_up(receive))
        try:
            whole = await self._send(piece, send, gone)
        finally:
            gone.cancel()
            await asyncio.wait({gone})
        if whole and self.whose is not None:
            await self.sent.note(self.whose, self.found.sha256)

    async def _send(self, piece: bytes, send: Send, gone: "asyncio.Task[None]") -> bool:
        """Whether all of it went out. The server takes pieces for who hung up without a word: they would be read for
        nothing, and count as sent.
        """
        while piece:
            self.left -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if gone.done():
                return False
            piece = await sync_to_thread(next, self.pieces, b"")
        if self.left:  # the client is to see a broken transfer, not a file that seems whole
            raise OSError(f"a stored file is {self.left} bytes shorter than it was")
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return True


async def hung_up(receive: Receive) -> None:
    """Returns when nobody is there any more whom anything could be sent to."""
    while (await receive())["type"] != "http.disconnect":
        pass


@get(
    "/audio/{file:str}",
    responses={
        200: ResponseSpec(bytes, description="The whole file", media_type="audio/mpeg", generate_examples=False),
        206: ResponseSpec(bytes, description="The range", media_type="audio/mpeg", generate_examples=False),
        304: ResponseSpec(None, description="The client has it"),
    },
    opt=needs(Right.AUDIO_HEAR, "audio", parameter="file", signed=True),
)
async def audio(scope: Scope, context: Asked, file: FromPath[str], name: SavedAs = None) -> ASGIApp:
    """A copy by its SHA-256, as {sha256}.mp3, .opus or .flac; single ranges, If-Range, If-None-Match are honoured.

    Addresses in playlists carry `until` and `sig`: whoever has one needs neither session nor token until that day.
    """
    known = _NAME.fullmatch(file)
    if known is None:
        raise RequestRefused("address.unknown", path=scope["path"])
    if context.who.kind not in _LISTENERS:
        # Playlists of before a recall have its address still.
        await sync_to_thread(require_not_recalled, context, known[1])
    found = await sync_to_thread(find_audio, context, known[1])
    if _ENDINGS.get(found.media_type) != known[2]:
        raise RequestRefused("address.unknown", path=scope["path"])
    etag = f'"{found.sha256}"'
    lasting = {"ETag": etag, "Cache-Control": "private, max-age=31536000, immutable"}
    if has_current(header(scope, b"if-none-match"), etag):
        return Ready(status=304, headers=lasting)
    headers = {"Content-Type": found.media_type, "Accept-Ranges": "bytes", **lasting}
    if name is not None:
        headers["Content-Disposition"] = inline(name)
    held = header(scope, b"if-range")
    # Ranges mean something for GET only; If-Range wants the strong comparison, and no date ever equals a tag.
    ranged = not asked_for_head(scope) and (held is None or held.strip() == etag)
    span = span_of(header(scope, b"range"), found.size) if ranged else None
    start, end = span or (0, found.size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    if asked_for_head(scope):
        return Ready(status=200, headers=headers)
    whose = scope["state"].get("pulling_station") or (context.who.station_id)
    return Piecewise(
        context,
        found,
        Ready(status=206 if span else 200, headers=headers),
        start=start,
        end=end,
        sent=scope["litestar_app"].state.sent,
        whose=whose if end == found.size else None,
    )


router = Router("/", route_handlers=[audio], tags=["audio"])
