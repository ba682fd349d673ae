"""Stations that close, work again, or go dark: what is said of them, and the drafts that come of it."""

from datetime import date, datetime
from typing import Annotated, Literal

from litestar import Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from server.api.asked import Asked
from server.api.gate import needs
from server.services import station_changes
from server.services.refusals import BadField
from server.services.rights import Right
from server.services.station_changes import StationChangeView


class StateIn(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_date": "from", "to_date": "to"},
):
    """`from` and `to` are local dates, both included; `to` null: until it works again.

    `working` ends what closed the station on the day `from`, and takes no `to`.
    """

    state: Literal["closed", "broken", "working"]
    from_date: date
    to_date: date | None = None
    reason: str = ""


class BlackoutIn(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"from_time": "from", "to_time": "to"},
):
    """Half-open; times with an offset."""

    from_time: Annotated[datetime, Meta(tz=True)]
    to_time: Annotated[datetime, Meta(tz=True)]
    reason: str


@post("/stations/{code:str}/states", sync_to_thread=True, opt=needs(Right.STATIONS_CHANGE, "station"))
def set_state(context: Asked, code: FromPath[str], data: JSONBody[StateIn]) -> StationChangeView:
    """A station closes, breaks down or works again; the months that this touches get a draft."""
    if data.state == "working":
        if data.to_date is not None:
            raise BadField(field="to", value=data.to_date.isoformat(), expected="null")
        return station_changes.reopen_station(context, code, first=data.from_date, reason=data.reason)
    return station_changes.close_station(
        context, code, state=data.state, first=data.from_date, last=data.to_date, reason=data.reason
    )


@post("/stations/{code:str}/blackouts", sync_to_thread=True, opt=needs(Right.STATIONS_CHANGE, "station"))
def black_out(context: Asked, code: FromPath[str], data: JSONBody[BlackoutIn]) -> StationChangeView:
    """Nothing is placed between two moments; the months that this touches get a draft."""
    return station_changes.black_out(context, code, starts_at=data.from_time, ends_at=data.to_time, reason=data.reason)


CLOSED = (StateIn, BlackoutIn)

router = Router("/", route_handlers=[set_state, black_out], tags=["registry"])
