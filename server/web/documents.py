"""The page that describes the API: made from its own OpenAPI document, with nothing loaded from elsewhere."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from server.api.doorway import DOCUMENTS
from server.api.gate import OPEN
from server.api.service import description
from server.web.rendering import page
from server.web.schemas import type_name


@get(DOCUMENTS, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=OPEN)
def api_documents(request: Request[Any, Any, Any]) -> Response[str]:
    document = description(request.app.state.routing)
    operations: dict[str, list[dict[str, Any]]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["service"])[0]
            operations.setdefault(tag, []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "told": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "body": _body(operation),
                    "answers": [(status, _kinds(told)) for status, told in operation["responses"].items()],
                }
            )
    return page(
        request, "documents.html", active="api", document=document, operations=operations, shapes=_shapes(document)
    )


def _body(operation: dict[str, Any]) -> list[tuple[str, str]]:
    content = operation.get("requestBody", {}).get("content", {})
    return [(media_type, type_name(told.get("schema", {}))) for media_type, told in content.items()]


def _kinds(answer: dict[str, Any]) -> list[str]:
    return [
        name if media_type == "application/json" else f"{media_type} {name}"
        for media_type, told in answer.get("content", {}).items()
        for name in [type_name(told.get("schema", {}))]
    ]


def _shapes(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return sorted(document["components"]["schemas"].items())
