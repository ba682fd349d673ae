"""Every part that pages are made of, in each of its states: what is tried when a style changes."""

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from server.api.gate import needs
from server.services.rights import Right
from server.texts import _
from server.web.matrix_words import legend
from server.web.rendering import page
from server.web.words import Status

TOKENS = ("paper", "raised", "line", "edge", "ink", "faded", "accent", "met", "soon", "below", "missed", "unknown")
# Planned of required airtime, in milliseconds.
_BARS = {"met": 1_002_000, "soon": 840_000, "below": 610_000, "missed": 240_000, "unknown": 0}


def states() -> list[tuple[Status, int]]:
    signs = {
        "met": ("✓", _("đạt")),
        "soon": ("◔", _("sắp đạt")),
        "below": ("△", _("có nguy cơ")),
        "missed": ("✕", _("chưa đạt")),
        "unknown": ("·", _("chưa có số liệu")),
    }
    return [(Status(kind=kind, sign=sign, word=word), _BARS[kind]) for kind, (sign, word) in signs.items()]


@get(
    "/thiet-ke", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.REGISTRY_READ)
)
def components(request: Request[Any, Any, Any]) -> Response[str]:
    return page(
        request,
        "design.html",
        tokens=TOKENS,
        states=states(),
        required_ms=900_000,
        old=datetime(2026, 1, 5, 10, 15, tzinfo=UTC),
        legend=legend(),
    )
