"""Refusals as pages: the same sentence as the problem document, what was typed, who could do it, and where to go."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Request, Response

from server.api.forms import typed_in
from server.api.problems import Problem
from server.services.context import Context
from server.services.naming import month_in_words
from server.services.right_holders import Holder, holders_of
from server.services.rights import Right
from server.texts import _
from server.web.going_on import place_within, site_of
from server.web.rendering import page

_HIDDEN = ("password", "csrf", "code", "secret", "pending", "token", "tiep")
_MOST_SHOWN = 5_000
"""Letters of one field."""


def refusal_page(request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str]) -> Response[str]:
    form = _form_page(request)
    response = page(
        request,
        "refusal.html",
        status=problem.status,
        problem=problem,
        waiting=lambda: 0,
        # A form that somebody else's page sent is not shown: its words are not the reader's.
        typed=_written(typed_in(request.scope)) if form else [],
        form=form,
        holders=_holders(request, problem),
        mends=_mends(problem),
        method=request.method,
        again=place_within(request.url.path + (f"?{request.url.query}" if request.url.query else ""), instead=""),
    )
    response.headers.update(headers)
    return response


def _form_page(request: Request[Any, Any, Any]) -> str:
    """The page of ours whose form was sent; "" where it was none."""
    came = urlsplit(request.headers.get("referer", ""))
    if request.method != "POST" or f"{came.scheme}://{came.netloc}" != site_of(request):
        return ""
    return place_within(came.path + (f"?{came.query}" if came.query else ""), instead="")


def _written(typed: dict[str, str]) -> list[str]:
    """What reads like something that a person wrote; never a secret."""
    return [
        value[:_MOST_SHOWN]
        for name, value in typed.items()
        if not any(hidden in name.lower() for hidden in _HIDDEN)
        and (any(letter.isspace() for letter in value.strip()) or not value.isascii())
    ]


def _mends(problem: Problem) -> list[tuple[str, str]]:
    """Where on the pages the mend is, for what is met most; the sentence names the command."""
    month, said = problem.facts.get("month"), problem.code
    if said in {"plan.none", "plan.not_published", "plan.no_draft"} and isinstance(month, str):
        return [(f"/thang/{quote(month)}", _("Mở tháng {month}, nơi lập và công bố lịch", month=month_in_words(month)))]
    return {
        "station.unknown": [("/thang", _("Danh sách đài của tháng này"))],
        "segment.unknown": [("/bai", _("Danh sách bài"))],
        "campaign.unknown": [("/quy-dinh", _("Quy định"))],
    }.get(said, [])


def _holders(request: Request[Any, Any, Any], problem: Problem) -> list[Holder]:
    who = request.scope["state"]["who"]
    right = problem.facts.get("right")
    if problem.status != 403 or who.kind != "person" or right not in set(Right):
        return []
    context: Context = request.app.state.context
    return holders_of(replace(context, who=who), Right(right))
