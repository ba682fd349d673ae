"""One slot of a station's month: what it holds and why it is as it is, and forms for all that a planner does to it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec.structs import replace

from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.errors import REFUSALS, answer
from server.services.context import Context
from server.services.editing import EditView
from server.services.light_copies import light_copies
from server.services.local_time import ZONE
from server.services.refusals import NoPlan, UnknownSlot
from server.services.rights import Right
from server.services.slot_candidates import CandidatesView, slot_candidates
from server.services.station_calendars import SessionSpan, StationCalendar, may_change, station_calendar
from server.services.undoing import last_change, slot_history
from server.services.views import SlotView
from server.web import difference_words
from server.web.rendering import page
from server.web.slot_forms import STORE, SlotForm, Told, form_of, outcome

PATH = "/dai/{code:str}/{month:str}/khung/{slot:str}"
_PLACE = "%Y-%m-%d-%H%M"


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def slot_page(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    slot: FromPath[str],
    thay: FromQuery[str] = "",
) -> Response[Any]:
    """`slot` is its start, as 2026-12-08-0510, or its key, which leads there. `thay`: the item to be replaced, from 1
    on, or «cuoi» for one more."""
    wanted = Month.parse(month)
    found, shown = _found(context, code, wanted, slot)
    if slot == shown.key:
        query = f"?{request.url.query}" if request.url.query else ""
        return Redirect(address(code, wanted, shown.starts_at) + query, status_code=302)
    return _shown(request, context, wanted, found, shown, replacing=thay)


@post(
    PATH,
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def change(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    slot: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Stores the change and goes to where the slot then is, or says what it would come to or is refused for."""
    wanted = Month.parse(month)
    form = _arranged(form_of(data), data)
    told = outcome(context, code, wanted, form, store=bool(form.to) or data.get("do") == STORE)
    if told.edit is not None and told.edit.stored:
        after = told.edit.stations[0].slots[0].after
        gone = f"/dai/{quote(code, safe='')}/{wanted}/lich"
        return Redirect(address(code, wanted, after.starts_at) if after is not None else gone, status_code=303)
    found, shown = _found(context, code, wanted, form.slot or slot)
    return _shown(request, context, wanted, found, shown, told=told)


HANDLERS = [slot_page, change]


def address(code: str, month: Month, starts_at: datetime) -> str:
    return f"/dai/{quote(code, safe='')}/{month}/khung/{starts_at.astimezone(ZONE):{_PLACE}}"


def _found(context: Context, code: str, month: Month, slot: str) -> tuple[StationCalendar, SlotView]:
    """Raises UnknownStation, NoPlan, UnknownSlot."""
    found = station_calendar(context, code, month, draft=may_change(context, code, month))
    if found.plan is None:
        raise NoPlan(month=str(month))
    for each in found.plan.slots:
        if slot in {each.key, f"{each.starts_at.astimezone(ZONE):{_PLACE}}"}:
            return found, each
    raise UnknownSlot(slot=slot, station=code)


def _arranged(form: SlotForm, data: Mapping[str, Any]) -> SlotForm:
    """The segments as the pressed button, or the numbers before them, order them."""
    segments = list(form.segments)
    at = _position(data, "len"), _position(data, "xuong"), _position(data, "bo-bai")
    if at[0] is not None and 0 < at[0] < len(segments):
        segments[at[0] - 1 : at[0] + 1] = reversed(segments[at[0] - 1 : at[0] + 1])
    elif at[1] is not None and at[1] + 1 < len(segments):
        segments[at[1] : at[1] + 2] = reversed(segments[at[1] : at[1] + 2])
    elif at[2] is not None and at[2] < len(segments):
        del segments[at[2]]
    else:
        typed = data.get("thu-tu", [])
        numbers = [str(each).strip() for each in (typed if isinstance(typed, list) else [typed])]
        if len(numbers) == len(segments) and all(number.isdecimal() and len(number) < 6 for number in numbers):
            segments = [each for _, each in sorted(zip(map(int, numbers), segments, strict=True), key=lambda e: e[0])]
    return replace(form, segments=tuple(segments))


def _position(data: Mapping[str, Any], name: str) -> int | None:
    """From 0 on; buttons count from 1."""
    text = str(data.get(name, ""))
    return int(text) - 1 if text.isdecimal() and len(text) < 4 and 0 < int(text) <= 100 else None


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    month: Month,
    found: StationCalendar,
    shown: SlotView,
    *,
    replacing: str = "",
    told: Told | None = None,
) -> Response[str]:
    code = found.station.code
    changing = may_change(context, code, month)
    held = _held(shown, told)
    tried = told.edit.stations[0].slots[0].after if told is not None and told.edit is not None else None
    titles = {item.segment: item for each in (shown, tried) if each is not None for item in each.items}
    offered, refusal = _offered(context, month, code, shown, held, replacing=replacing) if changing else (None, "")
    last = last_change(context, code, month) if changing else None
    return page(
        request,
        "slot.html",
        status=told.status if told is not None else 200,
        active="month",
        sample=found.station.sample,
        month=month,
        station=found.station,
        found=found,
        slot=shown,
        here=address(code, month, shown.starts_at),
        may_change=changing and shown.key not in found.stays,
        may_lock=changing and found.stays.get(shown.key) in {None, "locked"},
        typed=told.form if told is not None else SlotForm(),
        told=told,
        held=held,
        titles=titles,
        sounds=light_copies(context, [item.sha256 for item in titles.values()]),
        replacing=replacing,
        offered=offered,
        refusal=refusal,
        without=_without(context, month, code, shown) if changing and shown.key not in found.stays else None,
        session=_session(found, shown),
        history=slot_history(context, code, month, shown.key) if changing else [],
        last=last if last is not None and last.slot == shown.key else None,
        differences=difference_words,
    )


def _held(shown: SlotView, told: Told | None) -> list[str]:
    """The segments as they stand in the form: those that were typed, or were found for a length, else the slot's."""
    if told is not None and told.form.action == "bai":
        return list(told.form.segments)
    return [item.segment for item in shown.items]


def _offered(
    context: Context, month: Month, code: str, shown: SlotView, held: list[str], *, replacing: str
) -> tuple[CandidatesView | None, str]:
    """What could stand in that place, best first; or why that can't be told."""
    if not replacing or shown.relayed_from is not None:
        return None, ""
    position = int(replacing) if replacing.isdecimal() and len(replacing) < 4 else None
    try:
        return slot_candidates(context, code, month, shown.key, position=position, held=tuple(held)), ""
    except REFUSALS as refusal:
        return None, answer(refusal).sentence


def _without(context: Context, month: Month, code: str, shown: SlotView) -> EditView | None:
    """What the month would come to without the slot: why it is there."""
    return outcome(context, code, month, SlotForm(action="bo", slot=shown.key), store=False).edit


def _session(found: StationCalendar, shown: SlotView) -> SessionSpan | None:
    return next((each for each in found.sessions if each.starts_at <= shown.starts_at < each.ends_at), None)
