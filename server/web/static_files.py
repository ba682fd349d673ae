"""The files that pages load: read once, addressed with their hash so that browsers may keep them."""

import hashlib
import re
from pathlib import Path

from litestar import get
from litestar.params import FromPath
from litestar.types import ASGIApp, Scope

from server.api.conditional import Ready, has_current, header
from server.api.faults import RequestRefused
from server.api.gate import OPEN

_FOLDER = Path(__file__).parent / "static"
_STYLES = Path(__file__).parent / "styles"
# One file for browsers, in this order: what is on paper has the last word.
STYLES = (
    "tokens",
    "letters",
    "text",
    "frame",
    "forms",
    "figures",
    "sound",
    "board",
    "matrix",
    "today",
    "player",
    "everywhere",
    "calendar",
    "producing",
    "design",
    "print",
)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
# A worker serves what lies below its own address, unless this lets it serve other pages: those of stations.
_WORKER = "player-worker.js"
_FILES = {file.name: file.read_bytes() for file in sorted(_FOLDER.rglob("*")) if file.suffix in _TYPES}


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


_TAGS = {name: _tag(content) for name, content in _FILES.items()}


# Scripts, and the letters that letters.css names, are not in the sources as browsers get them: `make setup` puts them there.
def static_address(name: str) -> str | None:
    """Where pages load the file from; None where it is not there."""
    return f"/static/{name}?v={_TAGS[name].strip(chr(34))}" if name in _FILES else None


def _styles() -> bytes:
    """Letters that were not fetched are left out: pages are then set in what the reader's system has."""
    lines = "".join((_STYLES / f"{name}.css").read_text("utf-8") for name in STYLES).splitlines()
    named = [(line, re.search(r'url\("([^"]+)"\)', line)) for line in lines]
    kept = [
        line.replace(letters[1], static_address(letters[1]) or "") if letters else line
        for line, letters in named
        if letters is None or letters[1] in _FILES
    ]
    return "\n".join([*kept, ""]).encode()


_FILES["loa.css"] = _styles()
_TAGS["loa.css"] = _tag(_FILES["loa.css"])


@get("/static/{name:str}", include_in_schema=False, opt=OPEN)
async def static_file(scope: Scope, name: FromPath[str]) -> ASGIApp:
    content = _FILES.get(name)
    if content is None:
        raise RequestRefused("address.unknown", path=scope["path"])
    lasting = {"ETag": _TAGS[name], "Cache-Control": "public, max-age=31536000"}
    if name == _WORKER:
        lasting["Service-Worker-Allowed"] = "/dai/"
    if has_current(header(scope, b"if-none-match"), _TAGS[name]):
        return Ready(status=304, headers=lasting)
    headers = {"Content-Type": _TYPES[Path(name).suffix], "Content-Length": str(len(content)), **lasting}
    return Ready(status=200, headers=headers, body=content)
