"""How aired airtime counts in a campaign: from which evidence, how far off the plan, what a recording decides alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.formats import decimal
from server.services import campaigns
from server.services.campaign_counting import ALWAYS_A_PERSON, COUNTING, DEFAULT_TOLERANCES, TOLERANCE_BOUNDS
from server.services.campaigns import CampaignChange, CampaignView
from server.services.context import Context
from server.services.refusals import BadField
from server.services.rights import Right
from server.web.airing_words import TOLERANCE_UNITS, tolerance
from server.web.rendering import page

PATH = "/dot/{campaign:str}/cach-tinh"


@get(PATH, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.CAMPAIGNS_CHANGE))
def counting(
    request: Request[Any, Any, Any], context: Asked, campaign: FromPath[str], xong: FromQuery[str] = ""
) -> Response[str]:
    return _shown(request, context, campaign, done=bool(xong))


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.CAMPAIGNS_CHANGE),
)
def save(
    request: Request[Any, Any, Any], context: Asked, campaign: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    typed = {name: str(value).strip() for name, value in data.items()}
    try:
        change = _change(typed, _in_units(campaigns.get_campaign(context, campaign)))
        campaigns.change_campaign(context, campaign, change)
    except REFUSALS as refusal:
        told = answer(refusal)
        return _shown(request, context, campaign, told=told.sentence, typed=typed, status=told.http)
    return Redirect(f"/dot/{quote(campaign, safe='')}/cach-tinh?xong=1", status_code=303)


def _change(typed: Mapping[str, str], now: Mapping[str, float]) -> CampaignChange:
    """What is shown as it is now stays to the millisecond. Raises BadField, in the units of the form."""
    tolerances = {}
    for name, text in typed.items():
        if name in TOLERANCE_UNITS and text != decimal(now[name]):
            unit = TOLERANCE_UNITS[name]
            least, most = TOLERANCE_BOUNDS[name]
            value = _number(tolerance(name), text, least / unit, most / unit) * unit
            tolerances[name] = value if name == "short_share" else round(value)
    heard = ALWAYS_A_PERSON
    if typed.get("alone"):
        heard = _number("heard_from", typed.get("heard_from", ""), 50, 100) / 100
    return CampaignChange(counts_from=typed.get("counts_from", ""), tolerances=tolerances, heard_from=heard)


def _in_units(campaign: CampaignView) -> dict[str, float]:
    return {name: campaign.tolerances[name] / unit for name, unit in TOLERANCE_UNITS.items()}


def _number(field: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise BadField(field=field, value=text, expected=f"number:{least:g}:{most:g}")
    return value


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    *,
    done: bool = False,
    told: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    campaign = campaigns.get_campaign(context, code)
    return page(
        request,
        "counting.html",
        status=status,
        active="rules",
        sample=campaign.sample,
        campaign=campaign,
        grades=COUNTING,
        now=_in_units(campaign),
        usual={name: DEFAULT_TOLERANCES[name] / unit for name, unit in TOLERANCE_UNITS.items()},
        alone=bool(typed.get("alone")) if typed is not None else campaign.heard_from <= 1,
        typed=typed or {},
        done=done,
        told=told,
    )


HANDLERS = [counting, save]
