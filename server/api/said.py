"""What is said of a recording beside its bytes: the same fields in a form and in an upload's metadata."""

from collections.abc import Mapping
from datetime import date

from litestar.openapi.spec import OpenAPIType, Schema
from litestar.openapi.spec.enums import OpenAPIFormat

from server.api.faults import RequestRefused
from server.services.refusals import BadField
from server.services.segments import NewSegment
from server.texts import _

_TEXT = Schema(type=OpenAPIType.STRING)
_DATE = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.DATE)
_LIST = Schema(type=OpenAPIType.STRING, description="Comma-separated; none: any")
FIELDS: dict[str, Schema] = {
    "title": _TEXT,
    "topic": Schema(type=OpenAPIType.STRING, description="A topic's code"),
    "language": Schema(type=OpenAPIType.STRING, description="vi, rad, cmo or jra"),
    "column": Schema(type=OpenAPIType.STRING, description="A column's code; empty: any column"),
    "producer": Schema(type=OpenAPIType.STRING, description="An organisation's code"),
    "priority": Schema(type=OpenAPIType.STRING, enum=["normal", "priority", "urgent"]),
    "valid_from": _DATE,
    "valid_to": _DATE,
    "stations": _LIST,
    "tiers": _LIST,
    "note": _TEXT,
    "text": _TEXT,
    "submit": Schema(
        type=OpenAPIType.STRING, enum=["yes", "no"], description="yes: handed in for vetting once its checks are passed"
    ),
}
REQUIRED = ("title", "topic", "language")


def field_fault(name: str, reason: str, *, where: str) -> RequestRefused:
    return RequestRefused("request.invalid", fields=[{"field": name, "in": where, "reason": reason}])


def new_segment(said: Mapping[str, str], *, where: str) -> NewSegment:
    """`where` tells the sender in which part of the request a field is wrong. Raises RequestRefused, BadField."""
    unknown = [name for name in said if name not in FIELDS]
    if unknown:
        raise field_fault(unknown[0], "unknown field", where=where)
    given = {name: value.strip() for name, value in said.items()}
    for name in REQUIRED:
        if not given.get(name):
            raise field_fault(name, "missing", where=where)
    return NewSegment(
        title=given["title"],
        topic=given["topic"],
        language=given["language"],
        column=given.get("column", "cchc") or None,
        producer=given.get("producer") or None,
        priority=given.get("priority") or "normal",
        valid_from=_date("valid_from", given.get("valid_from", "")),
        valid_to=_date("valid_to", given.get("valid_to", "")),
        stations=_list(given.get("stations", "")),
        tiers=_list(given.get("tiers", "")),
        note=given.get("note", ""),
        text=given.get("text", ""),
        submit=_yes("submit", given.get("submit") or "yes"),
    )


def _yes(name: str, text: str) -> bool:
    if text not in {"yes", "no"}:
        raise BadField(field=name, value=text, expected="yes, no")
    return text == "yes"


def _date(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadField(field=name, value=text, expected=_("ngày viết YYYY-MM-DD")) from error


def _list(text: str) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] or None
