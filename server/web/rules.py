"""The rules in force with their legal ground, and the tree of topics with leads and weights."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from schedules.months import Month
from server.api.asked import Asked
from server.services import registry
from server.services.local_time import local_today
from server.services.views import TopicView
from server.web.rendering import page


@get("/quy-dinh", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True)
def rules(request: Request[Any, Any, Any], context: Asked) -> Response[str]:
    in_force = registry.list_rules(context, month=Month.of(local_today(context)))
    topics = registry.list_topics(context)
    below: dict[str | None, list[TopicView]] = {}
    for topic in topics:
        below.setdefault(topic.parent, []).append(topic)
    return page(
        request,
        "rules.html",
        active="rules",
        sample=any(rule.sample for rule in in_force),
        month=Month.of(local_today(context)),
        rules=in_force,
        columns={column.code: column for column in registry.list_columns(context)},
        below=below,
    )
