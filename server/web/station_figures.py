"""A station's month beside the table of the province: why it stands where it does, what is behind each figure, what to do.

A page of its own; with script the table opens it in its drawer.
"""

from typing import Any

from litestar import Request, Response, get
from litestar.enums import MediaType
from litestar.params import FromPath

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import plans, proofs, registry, reminder_answers
from server.services.context import Context
from server.services.local_time import local_today
from server.services.proof_views import AiredSlotView, EntryView, StationProof
from server.services.refusals import NoPlan
from server.services.reminders import is_short
from server.services.rights import Right
from server.services.stations_seen import station_seen
from server.services.views import StationMonth
from server.web import delivering_words
from server.web.rendering import page

NEXT = 5


@get(
    "/thang/{month:str}/dai/{code:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def station(request: Request[Any, Any, Any], context: Asked, month: MonthInPath, code: FromPath[str]) -> Response[str]:
    wanted = Month.parse(month)
    details = registry.get_station(context, code, wanted)
    planned, proof = _planned(context, code, wanted), _proved(context, code, wanted)
    slots = proof.slots if proof else []
    return page(
        request,
        "station_figures.html",
        active="month",
        sample=details.station.sample,
        month=wanted,
        station=details.station,
        outages=details.outages,
        machine=station_seen(context, details.station),
        says=delivering_words,
        planned=planned,
        missing=[each for each in planned.verdicts if each.status == "not_met" and each.kind == "min"]
        if planned
        else [],
        proof=proof,
        over=local_today(context) > wanted.last_date,
        to_urge=any(is_short(each) for each in proof.verdicts) if proof else False,
        misses=any(each.misses for each in proof.forecasts) if proof else False,
        past=[(slot, _entries(slot, proof)) for slot in slots if proof and slot.starts_at <= proof.as_of][::-1],
        to_come=[slot for slot in slots if proof and slot.starts_at > proof.as_of],
        shown=NEXT,
        sent=reminder_answers.station_reminders(context, code, wanted),
    )


def _planned(context: Context, code: str, month: Month) -> StationMonth | None:
    try:
        return plans.station_month(context, code, month)
    except NoPlan:
        return None


def _proved(context: Context, code: str, month: Month) -> StationProof | None:
    try:
        return proofs.station_proof(context, code, month)
    except NoPlan:
        return None


def _entries(slot: AiredSlotView, proof: StationProof) -> list[EntryView]:
    """What was said of the slot and holds, in the order in which it came."""
    named = {uid for item in slot.items for uid in item.entries}
    return [
        entry for entry in proof.entries if (entry.uid in named or entry.slot == slot.key) and not entry.corrected_by
    ]


HANDLERS = [station]
