"""How the service is, for administrators: each part as well, not set up, to look at, or failed, with its mend."""

import os
import socket
from datetime import datetime
from importlib.metadata import version
from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from server.api.asked import Asked
from server.api.gate import needs
from server.api.metrics import Metrics
from server.services.certificates import expires_at
from server.services.loading import sample_is_loaded
from server.services.open_files import most_open_files
from server.services.rights import Right
from server.services.status import Part, ProcessFacts, certificate_part, parts, process_parts
from server.texts import _
from server.web.rendering import page
from server.web.words import Status

# The worst first.
LEVELS = ("failed", "warning", "unset", "ok")
# Where more of it is seen.
PAGES = {"stations": "/may-o-dai", "queue": "/bai", "unclosed": "/thang", "unjudged": "/thang", "unheard": "/thang"}


@get(
    "/tinh-trang",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.METRICS_READ, "everywhere"),
)
def status(request: Request[Any, Any, Any], context: Asked) -> Response[str]:
    state = request.app.state
    measures = state.measured.now()
    found = [
        *parts(measures, mail=context.mail is not None),
        *([certificate_part(expires_at(state.certificate), measures.at)] if state.certificate is not None else []),
        *process_parts(process_facts(request.app.metrics, state.since)),  # type: ignore[attr-defined]  # see server.app
    ]
    found.sort(key=lambda part: LEVELS.index(part.finding.level))
    return page(
        request,
        "status.html",
        active="status",
        sample=sample_is_loaded(context),
        parts=found,
        lead=lead(found),
        at=measures.at,
        level_words=level_words,
        pages=PAGES,
    )


def lead(found: list[Part]) -> str:
    failed, looks, unset = (sum(1 for part in found if part.finding.level == level) for level in LEVELS[:3])
    if failed:
        return _("{failed} phần hỏng, {looks} phần cần xem.", failed=failed, looks=looks)
    if looks:
        return _("Không phần nào hỏng; {looks} phần cần xem.", looks=looks)
    return _("Các phần đã đặt đều ổn; {unset} phần chưa đặt.", unset=unset) if unset else _("Mọi phần đều ổn.")


def level_words(level: str) -> Status:
    return {
        "ok": Status(kind="met", sign="✓", word=_("ổn")),
        "unset": Status(kind="unknown", sign="·", word=_("chưa đặt")),
        "warning": Status(kind="below", sign="△", word=_("cần xem")),
        "failed": Status(kind="missed", sign="✕", word=_("hỏng")),
    }[level]


def process_facts(metrics: Metrics, since: datetime) -> ProcessFacts:
    threads = metrics.threads
    return ProcessFacts(
        host=socket.gethostname(),
        number=os.getpid(),
        since=since,
        release=version("loa"),
        loop_lag_s=metrics.lag.worst(),
        threads_busy=threads.busy if threads is not None else 0,
        threads=threads.size if threads is not None else 0,
        threads_waiting=threads.waiting if threads is not None else 0,
        most_files=most_open_files(),
    )
