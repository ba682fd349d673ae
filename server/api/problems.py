"""Problem documents (RFC 9457): one shape for every refusal, whatever refused."""

import logging
from dataclasses import fields
from typing import Any, get_type_hints
from urllib.parse import quote

from litestar import get
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.status_codes import HTTP_503_SERVICE_UNAVAILABLE
from litestar.types import Scope
from msgspec import Struct

from server.api.faults import FAULTS, RequestRefused, title
from server.api.gate import OPEN
from server.api.request_ids import id_of
from server.errors import ANSWERS, REFUSALS, Refusal, answer
from server.services.disk import refusal_of

MEDIA_TYPE = "application/problem+json"
AGAIN_S = 5
TYPES = "/api/v1/problems/"
HIDDEN = "/api/v1/feeds/"  # what stands behind it is a secret

logger = logging.getLogger("loa.http")


class Problem(Struct, frozen=True, kw_only=True):
    """`type` opens a page that tells what `code` means; `detail` is a sentence for people; `facts` are for programs.

    `request` names this request, as its X-Request-Id does: by it an administrator finds it in the log.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    facts: dict[str, Any]
    request: str


class ProblemType(Struct, frozen=True, kw_only=True):
    """What a `code` means, which facts come with it, and the form of its sentence with ‹places› for the facts."""

    code: str
    title: str
    status: int
    meaning: str
    facts: list[str]
    detail: str


class Recorded(Exception):
    """A refusal that left a record, with the record's address."""

    def __init__(self, refusal: Refusal, *, location: str) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.location = location


def problem_of(error: Exception, scope: Scope) -> tuple[Problem, dict[str, str]]:
    """The problem that tells of the error, and the headers that go with it. What nobody foresaw is logged."""
    if isinstance(error, Recorded):
        problem, headers = problem_of(error.refusal, scope)
        return problem, {**headers, "Location": error.location}
    query = scope["query_string"].decode("latin-1")
    path = told_path(scope)
    instance = quote(path) + (f"?{query}" if query and path == scope["path"] else "")
    if not isinstance(error, REFUSALS):
        error = _of_the_disk(error, scope) or error
    if isinstance(error, REFUSALS):
        told = answer(error)
        return (
            Problem(
                type=TYPES + error.code,
                title=title(told.http),
                status=told.http,
                detail=told.sentence,
                instance=instance,
                code=error.code,
                facts=error.facts,
                request=id_of(scope),
            ),
            _when_to_retry(error, told.http),
        )
    refused = error if isinstance(error, RequestRefused) else _refused(error, scope)
    fault = FAULTS[refused.code]
    status = fault.status
    if refused.code == "request.refused" and isinstance(error, HTTPException):
        status = error.status_code
    return (
        Problem(
            type=TYPES + refused.code,
            title=title(status),
            status=status,
            detail=fault.sentence(**refused.facts),
            instance=instance,
            code=refused.code,
            facts=refused.facts,
            request=id_of(scope),
        ),
        refused.headers,
    )


def _when_to_retry(refusal: Refusal, status: int) -> dict[str, str]:
    """The machine's own troubles pass, or are mended by somebody, without the asker's doing."""
    seconds = refusal.facts.get("seconds", AGAIN_S if status == HTTP_503_SERVICE_UNAVAILABLE else None)
    return {"Retry-After": str(seconds)} if status in {429, 503} and isinstance(seconds, int) else {}


def told_path(scope: Scope) -> str:
    """The address as answers may tell it: without the secret where it is one."""
    path: str = scope["path"]
    return HIDDEN + "-" if path.startswith(HIDDEN) else path


def _of_the_disk(error: Exception, scope: Scope) -> Exception | None:
    """What a full or unreadable disk made fail, wherever it did."""
    app = scope.get("litestar_app")
    return refusal_of(error, str(app.state.context.database.place)) if app is not None else None


def _refused(error: Exception, scope: Scope) -> RequestRefused:
    if isinstance(error, HTTPException | SerializationException) and getattr(error, "status_code", 400) < 500:
        return _turned_away(error, scope)
    if isinstance(error, RecursionError):
        return RequestRefused("request.malformed", reason="JSON")  # nested deeper than anybody means it
    # The route's template: what stands in its places may be a secret, such as a one-time link.
    logger.error("%s %s failed", scope.get("method", ""), scope.get("path_template", ""), exc_info=error)
    return RequestRefused("server.fault")


def _turned_away(error: HTTPException | SerializationException, scope: Scope) -> RequestRefused:
    if isinstance(error, ValidationException):
        return RequestRefused("request.invalid", fields=_faulty_fields(error))
    if isinstance(error, NotFoundException):
        return RequestRefused("address.unknown", path=told_path(scope))
    if isinstance(error, MethodNotAllowedException):
        allowed = sorted((error.headers or {}).get("allow", "").split(", "))
        return RequestRefused(
            "method.not_allowed",
            headers={"Allow": ", ".join(allowed)},
            method=str(scope.get("method", "")),
            allowed=allowed,
        )
    if isinstance(error, RequestEntityTooLarge):
        return RequestRefused("body.too_large", limit=_body_limit(scope))
    if isinstance(error, SerializationException | ClientException) and getattr(error, "status_code", 400) == 400:
        return RequestRefused("request.malformed", reason=error.detail)
    return RequestRefused("request.refused", reason=error.detail)


def _body_limit(scope: Scope) -> int:
    handler = scope.get("route_handler")
    limit = handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else None
    return limit or 0


def _faulty_fields(error: ValidationException) -> list[dict[str, str]]:
    """Where Litestar lists no fields it found one missing, and its detail says which, in quotes."""
    found: list[dict[str, str]] = []
    for entry in error.extra if isinstance(error.extra, list) else []:
        source = entry.get("source", "")
        found.append(
            {
                "field": str(entry.get("key", "body")),
                "in": str(getattr(source, "value", source)),
                "reason": str(entry.get("message", "")),
            }
        )
    if found:
        return found
    quoted = error.detail.split("'")
    return [
        {"field": quoted[1] if len(quoted) > 2 else "body", "in": "", "reason": error.detail.partition(" for path")[0]}
    ]


@get(TYPES + "{code:str}", tags=["service"], sync_to_thread=False, opt=OPEN)
def problem_type(code: FromPath[str]) -> ProblemType:
    """What a problem's code means, which facts come with it, and the form of its sentence."""
    if code in FAULTS:
        fault = FAULTS[code]
        names = list(fault.sentence.__code__.co_varnames[: fault.sentence.__code__.co_argcount])
        # The sentences of this small table take lists and numbers under these names alone.
        examples: dict[str, object] = {name: f"‹{name}›" for name in names}
        examples |= {name: ["‹…›"] for name in names if name in {"known", "allowed"}}
        examples |= {name: 0 for name in names if name in {"limit", "size", "seconds"}}
        examples |= {name: [{"field": "‹…›"}] for name in names if name == "fields"}
        return ProblemType(
            code=code,
            title=title(fault.status),
            status=fault.status,
            meaning=fault.meaning,
            facts=names,
            detail=fault.sentence(**examples),
        )
    for kind in ANSWERS:
        if kind.code == code:
            told = answer(_example(kind))
            return ProblemType(
                code=code,
                title=title(told.http),
                status=told.http,
                meaning=(kind.__doc__ or "").strip()
                if not (kind.__doc__ or "").startswith(kind.__name__ + "(")
                else "",
                facts=[field.name for field in fields(kind)],
                detail=told.sentence,
            )
    raise RequestRefused("address.unknown", path=TYPES + code)


def _example(kind: type[Refusal]) -> Refusal:
    """A refusal whose facts are ‹their names›, or 0 where numbers are wanted."""
    hints = get_type_hints(kind)
    facts: dict[str, Any] = {}
    for field in fields(kind):
        wanted = str(hints[field.name])
        if "list" in wanted or "tuple" in wanted:
            facts[field.name] = [f"‹{field.name}›"]
        elif "str" in wanted:
            facts[field.name] = f"‹{field.name}›"
        else:
            facts[field.name] = 0
    return kind(**facts)
