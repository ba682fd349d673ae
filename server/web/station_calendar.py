"""A station's month as a calendar, in weeks or by the clock, and the changes that a planner makes in it."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from schedules.holidays import holidays
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.errors import REFUSALS
from server.services import registry
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.rights import Right
from server.services.slot_candidates import CandidatesView, new_slot_candidates
from server.services.station_calendars import SessionSpan, StationCalendar, may_change, station_calendar
from server.services.undoing import last_change
from server.services.views import ColumnView, SlotView
from server.web import difference_words
from server.web.months import FIRST, LAST, month_after, month_before
from server.web.rendering import fragment, page
from server.web.slot_forms import STORE, SlotForm, Told, form_of, outcome, start_of, with_filling
from server.web.time_grid import SCALE, bands, sessions_on

PATH = "/dai/{code:str}/{month:str}/lich"
MONTH, WEEK, DAY = "thang", "tuan", "ngay"
USUAL_MINUTES = "5"


class CalendarDay(Struct, frozen=True, kw_only=True):
    """`inside` the month; `dark`: no session, or an outage all through each; `blocked`: an outage in one at least."""

    day: date
    inside: bool
    today: bool
    past: bool
    dark: bool
    blocked: bool
    holiday: str
    slots: list[SlotView]
    removed: list[SlotView]


class Look(Struct, frozen=True, kw_only=True):
    """Which part of the calendar, and the day to which a slot is being added, as the address has them."""

    view: str = MONTH
    day: str = ""
    adding: str = ""

    @property
    def query(self) -> str:
        """With its question mark; nothing for the month as such."""
        named = {"xem": self.view if self.view != MONTH else "", "ngay": self.day, "them": self.adding}
        given = {name: value for name, value in named.items() if value}
        return f"?{urlencode(given)}" if given else ""


@get(
    PATH,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.MONTHS_READ, "station"),
)
def calendar(
    *,
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    month: MonthInPath,
    xem: FromQuery[str] = MONTH,
    ngay: FromQuery[str] = "",
    them: FromQuery[str] = "",
) -> Response[str]:
    """`xem` is the month, or the week or day of `ngay` by the clock; `them` is the day to which a slot is added."""
    return _shown(request, context, code, Month.parse(month), Look(view=xem, day=ngay, adding=them))


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
    data: URLEncodedBody[dict[str, Any]],
    xem: FromQuery[str] = MONTH,
    ngay: FromQuery[str] = "",
) -> Response[Any]:
    """Stores the change and goes back to the calendar, or says what it would come to or is refused for."""
    wanted = Month.parse(month)
    form = with_filling(context, code, wanted, form_of(data))
    told = outcome(context, code, wanted, form, store=bool(form.to) or data.get("do") == STORE)
    if told.edit is not None and told.edit.stored:
        look = Look(view=xem, day=ngay)
        return Redirect(f"/dai/{quote(code, safe='')}/{wanted}/lich{look.query}", status_code=303)
    look = Look(view=xem, day=ngay, adding=form.day if form.action == "them" else "")
    return _shown(request, context, code, wanted, look, told=told)


@post(
    f"{PATH}/thu",
    status_code=200,
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.PLANS_CHANGE, "station"),
)
def attempt(
    context: Asked, code: FromPath[str], month: MonthInPath, data: URLEncodedBody[dict[str, Any]]
) -> Response[str]:
    """The answer alone, for a script that asks while something is dragged. Stores nothing."""
    told = outcome(context, code, Month.parse(month), form_of(data), store=False)
    return fragment("slot_answer.html", told=told, hovering=True)


@get(f"{PATH}/thu", include_in_schema=False, sync_to_thread=False, opt=needs(Right.MONTHS_READ, "station"))
def back_to_calendar(code: FromPath[str], month: MonthInPath) -> Redirect:
    return Redirect(f"/dai/{quote(code, safe='')}/{Month.parse(month)}/lich", status_code=302)


HANDLERS = [calendar, change, attempt, back_to_calendar]


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    month: Month,
    look: Look,
    *,
    told: Told | None = None,
) -> Response[str]:
    changing = may_change(context, code, month)
    found = station_calendar(context, code, month, draft=changing)
    shown = _day_of(look.day, month, local_today(context))
    days = _days(look.view, shown)
    adding = changing and found.plan is not None and bool(look.adding)
    form = told.form if told is not None and told.form.action == "them" else None
    tried = told.edit.stations[0].slots[0].after if told is not None and told.edit is not None else None
    return page(
        request,
        "calendar.html",
        status=told.status if told is not None else 200,
        active="month",
        sample=found.station.sample,
        month=month,
        before=month_before(month),
        after=month_after(month),
        station=found.station,
        found=found,
        here=f"/dai/{quote(code, safe='')}/{month}/lich",
        look=look,
        shown=shown,
        step=timedelta(days=7 if look.view == WEEK else 1),
        may_change=changing,
        weeks=_weeks(found, month, local_today(context)),
        days=days,
        holidays_of={day: name for each in _months_of(days) for day, name in holidays(each).items()},
        bands=bands(days, found.sessions, found.plan.slots if found.plan else []),
        scale=SCALE,
        told=told,
        last=last_change(context, code, month) if changing else None,
        adding=_add_form(look, form, registry.list_columns(context), found.sessions) if adding else None,
        columns=registry.list_columns(context) if adding else [],
        titles={item.segment: item.title for item in tried.items} if tried is not None else {},
        offered=_offered(context, code, month, form) if adding else None,
        differences=difference_words,
    )


def _months_of(days: list[date]) -> set[Month]:
    """A week at either end of time has days of no month."""
    return {Month.of(day) for day in days if FIRST.first_date <= day <= LAST.last_date}


def _weeks(found: StationCalendar, month: Month, today: date) -> list[list[CalendarDay]]:
    first = month.first_date - timedelta(days=month.first_date.weekday())
    last = month.last_date + timedelta(days=6 - month.last_date.weekday())
    feasts = holidays(month)
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        held = sessions_on(found.sessions, day)
        days.append(
            CalendarDay(
                day=day,
                inside=_is_of(month, day),
                today=day == today,
                past=day < today,
                dark=not any(each.pieces for each in held),
                blocked=any(_is_cut(each) for each in held),
                holiday=feasts.get(day, ""),
                slots=[slot for slot in (found.plan.slots if found.plan else []) if _date(slot) == day],
                removed=[slot for slot in found.removed if _date(slot) == day],
            )
        )
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def _is_cut(session: SessionSpan) -> bool:
    return session.pieces != [(session.starts_at, session.ends_at)]


def _date(slot: SlotView) -> date:
    return slot.starts_at.astimezone(ZONE).date()


def _day_of(text: str, month: Month, today: date) -> date:
    """What is no day of the month is today, or where that is not of it the month's first."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    return day if _is_of(month, day) else today if _is_of(month, today) else month.first_date


def _is_of(month: Month, day: date) -> bool:
    """Also of days beyond the months that there are."""
    return month.first_date <= day <= month.last_date


def _days(view: str, shown: date) -> list[date]:
    if view == DAY:
        return [shown]
    monday = shown - timedelta(days=shown.weekday())
    return [monday + timedelta(days=number) for number in range(7)] if view == WEEK else []


def _add_form(look: Look, typed: SlotForm | None, columns: list[ColumnView], sessions: list[SessionSpan]) -> SlotForm:
    """What was typed; at first the usual length at the beginning of the day's first session."""
    if typed is not None:
        return typed
    free = [piece[0] for each in sessions for piece in each.pieces if each.starts_at.date().isoformat() == look.adding]
    return SlotForm(
        action="them",
        column=columns[0].code if columns else "",
        day=look.adding,
        clock=f"{min(free):%H:%M}" if free else "",
        length=USUAL_MINUTES,
    )


def _offered(context: Context, code: str, month: Month, form: SlotForm | None) -> CandidatesView | None:
    """The segments to choose from, once it is known where the slot is to be."""
    if form is None:
        return None
    try:
        return new_slot_candidates(context, code, month, form.column, start_of(form))
    except REFUSALS:
        return None  # told with the change itself
