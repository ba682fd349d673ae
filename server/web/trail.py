"""The audit trail for people: looking, one entry with before and after, whether it is whole."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, QueryParameter

from server.answers.shape import field_name
from server.api.asked import Asked, day_of
from server.api.gate import needs
from server.api.paging import Offset
from server.services import trail, trail_search
from server.services.action_words import known_actions, origin_words
from server.services.local_time import ZONE
from server.services.rights import Right
from server.services.trail_search import ORIGINS, EntryView, TrailFilter
from server.texts import _
from server.web.rendering import page

PAGE = 50
MAY = needs(Right.AUDIT_READ, "everywhere")
_PAGES = {
    "segment": "/bai/",
    "rendition": "/bai/",
    "plan": "/thang/",
    "station": "/dai/",
    "programme": "/dai/",
    "reminder": "/dai/",
    "webhook": "/dai/",
}


@get("/nhat-ky", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=MAY)
def entries(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    q: FromQuery[str] = "",
    actor: Annotated[str, QueryParameter(name="ai")] = "",
    action: Annotated[str, QueryParameter(name="viec")] = "",
    subject: Annotated[str, QueryParameter(name="ve")] = "",
    origin: Annotated[str, QueryParameter(name="tu")] = "",
    since: Annotated[str, QueryParameter(name="ngay")] = "",
    until: Annotated[str, QueryParameter(name="den")] = "",
    offset: Offset = 0,
) -> Response[str]:
    wanted = TrailFilter(
        query=q,
        actor=actor.strip() or None,
        action=action or None,
        subject=subject.strip() or None,
        origin=origin or None,
        since=_day(since),
        until=_day(until),
    )
    asked = {"q": q, "ai": actor, "viec": action, "ve": subject, "tu": origin, "ngay": since, "den": until}
    exported = {
        "q": q,
        "actor": wanted.actor,
        "action": wanted.action,
        "subject": wanted.subject,
        "origin": wanted.origin,
        "since": wanted.since,
        "until": wanted.until,
    }
    return page(
        request,
        "trail.html",
        active="trail",
        found=trail_search.search(context, wanted, offset=offset, limit=PAGE),
        asked=asked,
        filtered=any(asked.values()),
        exported={name: value for name, value in exported.items() if value},
        actions=_by_subject(),
        origins=ORIGINS,
        origin_words=origin_words,
        subject_page=subject_page,
    )


@get("/nhat-ky/{entry:int}", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=MAY)
def entry(request: Request[Any, Any, Any], context: Asked, entry: FromPath[int]) -> Response[str]:
    found = trail_search.get_entry(context, entry)
    return page(
        request,
        "trail_entry.html",
        active="trail",
        entry=found,
        changes=changes_of(found),
        facts=[(name, _text(value)) for name, value in found.facts.items()],
        field_name=field_name,
        at=f"{found.at.astimezone(ZONE):%H:%M:%S %d/%m/%Y}" if found.at is not None else "–",
        origin_words=origin_words,
        address=subject_page(found),
    )


@get("/nhat-ky/kiem-tra", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=MAY)
def check(
    request: Request[Any, Any, Any],
    context: Asked,
    noted: Annotated[str, QueryParameter(name="so-ghi")] = "",
) -> Response[str]:
    report = trail.verify(context, noted=trail.parse_head(noted) if noted.strip() else None)
    return page(
        request,
        "trail_check.html",
        active="trail",
        report=report,
        sentences=trail.report_sentences(report),
        noted=noted,
    )


def subject_page(entry: EntryView) -> str | None:
    """Where what the entry is about is shown; None where it has no page of its own."""
    kind = entry.action.partition(".")[0]
    if kind == "campaign":
        return "/quy-dinh"
    return _PAGES[kind] + quote(entry.subject, safe="") if kind in _PAGES and entry.subject else None


def changes_of(entry: EntryView) -> list[tuple[str, str, str, bool]]:
    """Field, before, after, and whether they differ; the fields in the order in which they were recorded."""
    before, after = entry.before or {}, entry.after or {}
    return [
        (name, _text(before.get(name)), _text(after.get(name)), before.get(name) != after.get(name))
        for name in dict.fromkeys([*before, *after])
    ]


def _by_subject() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for action, words in known_actions().items():
        found.setdefault(action.partition(".")[0], {})[action] = words
    return found


def _text(value: object) -> str:
    """As people read it: lists with commas, what is nested as name: value."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_text(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "–"
    return str(value)


def _day(text: str) -> date | None:
    return day_of(text) if text else None
