"""The rules in force with their legal ground, the campaign with what it weighs, the tree of topics with leads."""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType

from schedules.months import Month
from server.api.asked import Asked
from server.api.gate import needs
from server.services import campaigns, registry
from server.services.local_time import local_today
from server.services.rights import Right
from server.services.views import TopicView
from server.web.rendering import page


@get(
    "/quy-dinh", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.REGISTRY_READ)
)
def rules(request: Request[Any, Any, Any], context: Asked) -> Response[str]:
    month = Month.of(local_today(context))
    in_force = registry.list_rules(context, month=month)
    campaign = campaigns.campaign_in(context, month)
    topics = registry.list_topics(context)
    below: dict[str | None, list[TopicView]] = {}
    for topic in topics:
        below.setdefault(topic.parent, []).append(topic)
    return page(
        request,
        "rules.html",
        active="rules",
        sample=any(rule.sample for rule in in_force) or (campaign is not None and campaign.sample),
        month=month,
        rules=in_force,
        campaign=campaign,
        weights=campaign.weights if campaign else campaigns.DEFAULT_WEIGHTS,
        usual=campaigns.DEFAULT_WEIGHTS,
        columns={column.code: column for column in registry.list_columns(context)},
        below=below,
    )
