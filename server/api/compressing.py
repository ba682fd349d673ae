"""Text goes compressed to whoever takes that: pages, styles, scripts, lists, calendars.

Sound, pictures and archives are small already; parts of files and streams of events go as they are. What guards forms is
written differently on each page (`form_token`), so that the length of a compressed page tells nothing of it.
"""

import asyncio
import gzip
import re

from litestar.types import HTTPResponseStartEvent, Message, Scope, Send

from server.api.conditional import header

# Below this a packet holds it anyway.
_LEAST = 1_000
# What takes longer than a few milliseconds does not hold up the others.
_LARGE = 100_000
_LEVEL = 6
_TEXT = re.compile(rb"(?!text/event-stream)(?:text/|image/svg\+xml|application/(?:[\w.-]+\+)?(?:json|xml)\b)")
_ENCODING = re.compile(r"(?:^|,)(gzip|\*)(?:;q=([\d.]+))?(?=,|$)")


def compressed(send: Send, scope: Scope) -> Send:
    """The same door out, through which text goes compressed (gzip) where `scope` says that it may."""
    if not _takes_gzip(header(scope, b"accept-encoding") or ""):
        return send
    known = header(scope, b"if-none-match") or ""
    held: HTTPResponseStartEvent | None = None

    async def send_compressed(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.start":
            if _is_text(message):
                held = message
                return
            if message["status"] == 304:
                message["headers"] = [_as_known(each, known) for each in message["headers"]]
        if message["type"] == "http.response.body" and held is not None:
            start, held = held, None
            body = message["body"]
            if not message.get("more_body") and len(body) >= _LEAST:
                small = await asyncio.to_thread(_small, body) if len(body) >= _LARGE else _small(body)
                start["headers"] = [*_headers(start), (b"content-length", str(len(small)).encode())]
                message["body"] = small
            await send(start)
        await send(message)

    return send_compressed


def _as_known(told: tuple[bytes, bytes], known: str) -> tuple[bytes, bytes]:
    """A tag as the client has it, who may have got the compressed body."""
    name, value = told
    weak = b"W/" + value
    return (name, weak) if name.lower() == b"etag" and weak.decode("latin-1") in known else told


def _takes_gzip(accepted: str) -> bool:
    """RFC 9110, 12.5.3: what is named outweighs `*`, and a weight of 0 refuses."""
    weights = dict(_ENCODING.findall(accepted.lower().replace(" ", "")))
    weight = weights.get("gzip", weights.get("*"))
    return weight is not None and (weight == "" or weight.strip("0.") != "")


def _is_text(start: HTTPResponseStartEvent) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    parts = start["status"] == 206 or b"content-encoding" in headers
    return not parts and bool(_TEXT.match(headers.get(b"content-type", b"")))


def _small(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def _headers(start: HTTPResponseStartEvent) -> list[tuple[bytes, bytes]]:
    """Those of the answer for its compressed body: a tag names the same content, no more the same bytes."""
    kept: list[tuple[bytes, bytes]] = []
    vary = [b"Accept-Encoding"]
    for name, value in start["headers"]:
        match name.lower():
            case b"content-length":
                pass
            case b"vary":
                vary.insert(0, value)
            case b"etag" if not value.startswith(b"W/"):
                kept.append((name, b"W/" + value))
            case _:
                kept.append((name, value))
    return [*kept, (b"vary", b", ".join(vary)), (b"content-encoding", b"gzip")]
