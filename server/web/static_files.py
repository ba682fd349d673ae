"""The files that pages load: read once, addressed with their hash so that browsers may keep them."""

import hashlib
from pathlib import Path

from litestar import get
from litestar.params import FromPath
from litestar.types import ASGIApp, Scope

from server.api.conditional import Ready, has_current, header
from server.api.faults import RequestRefused
from server.api.gate import OPEN

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FILES = {file.name: file.read_bytes() for file in sorted(_FOLDER.rglob("*")) if file.suffix in _TYPES}
_TAGS = {name: f'"{hashlib.sha256(content).hexdigest()[:16]}"' for name, content in _FILES.items()}

# The one file that is not in the sources: `make setup` fetches it.
TUS = "tus.min.js"


def static_address(name: str) -> str | None:
    """Where pages load the file from; None where it is not there."""
    return f"/static/{name}?v={_TAGS[name].strip(chr(34))}" if name in _FILES else None


@get("/static/{name:str}", include_in_schema=False, opt=OPEN)
async def static_file(scope: Scope, name: FromPath[str]) -> ASGIApp:
    content = _FILES.get(name)
    if content is None:
        raise RequestRefused("address.unknown", path=scope["path"])
    lasting = {"ETag": _TAGS[name], "Cache-Control": "public, max-age=31536000"}
    if has_current(header(scope, b"if-none-match"), _TAGS[name]):
        return Ready(status=304, headers=lasting)
    headers = {"Content-Type": _TYPES[Path(name).suffix], "Content-Length": str(len(content)), **lasting}
    return Ready(status=200, headers=headers, body=content)
