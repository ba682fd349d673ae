"""Refusals as pages: the same sentence as the problem document, and a way back."""

from typing import Any

from litestar import Request, Response

from server.api.problems import Problem
from server.web.rendering import page


def refusal_page(request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str]) -> Response[str]:
    response = page(request, "refusal.html", status=problem.status, problem=problem, waiting=lambda: 0)
    response.headers.update(headers)
    return response
