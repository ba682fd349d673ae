"""Campaigns: what the planner weighs in which months, and on which ground."""

from litestar import Router, get, patch, post
from litestar.params import FromPath, JSONBody

from server.api.asked import Asked
from server.api.gate import needs
from server.services import campaigns
from server.services.campaigns import CampaignChange, CampaignView
from server.services.rights import Right


class CampaignIn(CampaignChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name` and `legal_ground` are needed; weights that are not named have their defaults."""

    code: str


@get("/campaigns", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def list_campaigns(context: Asked) -> list[CampaignView]:
    """All campaigns, the earliest first; no two have a day of the same month."""
    return campaigns.list_campaigns(context)


@post("/campaigns", sync_to_thread=True, opt=needs(Right.CAMPAIGNS_CHANGE))
def add_campaign(context: Asked, data: JSONBody[CampaignIn]) -> CampaignView:
    """A new campaign; months that are planned already keep their plans."""
    return campaigns.add_campaign(context, data.code, data)


@get("/campaigns/{campaign:str}", sync_to_thread=True, opt=needs(Right.REGISTRY_READ))
def get_campaign(context: Asked, campaign: FromPath[str]) -> CampaignView:
    """A campaign with all its weights."""
    return campaigns.get_campaign(context, campaign)


@patch("/campaigns/{campaign:str}", sync_to_thread=True, opt=needs(Right.CAMPAIGNS_CHANGE))
def change_campaign(context: Asked, campaign: FromPath[str], data: JSONBody[CampaignChange]) -> CampaignView:
    """Changes what is given; the next planning of a month weighs anew."""
    return campaigns.change_campaign(context, campaign, data)


CLOSED = (CampaignIn, CampaignChange)

router = Router("/", route_handlers=[list_campaigns, add_campaign, get_campaign, change_campaign], tags=["campaigns"])
