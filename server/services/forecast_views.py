"""What is shown of a forecast: where stations will stand, why, and the slots that would mend it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from schedules.forecast import ForecastReason
from server.services.views import Page, StationView


class ForecastView(Struct, frozen=True, kw_only=True):
    """Of one minimum. Figures as in `schedules.forecast.Forecast`, milliseconds of airtime; `causes` only where it
    `misses`, `sentences` tell them."""

    rule: str
    rule_name: str
    legal_ground: str
    counted_ms: int
    open_ms: int
    share_percent: int
    expected_ms: int
    required_ms: int
    short_ms: int
    misses: bool
    causes: list[ForecastReason]
    sentences: list[str]


class StationForecast(Struct, frozen=True, kw_only=True):
    """`rules` are the station's minima; `misses`: one of them at least."""

    station: StationView
    misses: bool
    rules: list[ForecastView]


class ProvinceForecast(Struct, frozen=True, kw_only=True):
    """Stations with a minimum, districts first. `over`: the month is, and nothing waits to be reported."""

    month: str
    as_of: datetime
    revision: int
    over: bool
    stations: list[StationForecast]


class ForecastPage(Struct, frozen=True, kw_only=True):
    """Some of the stations with a minimum, those that miss one first; `all` and `missing` count all that there are."""

    as_of: datetime
    revision: int
    over: bool
    all: int
    missing: int
    found: Page[StationForecast]


class ProposedItemView(Struct, frozen=True, kw_only=True):
    segment: str
    title: str
    duration_ms: int


class ProposedSlotView(Struct, frozen=True, kw_only=True):
    """A slot to add; `airtime_ms` is what its items bring."""

    column: str
    column_name: str
    starts_at: datetime
    length_ms: int
    airtime_ms: int
    items: list[ProposedItemView]


class MendedView(Struct, frozen=True, kw_only=True):
    """What is expected of a rule once the slots are published; `sentences`: why it would still be missed."""

    rule: str
    rule_name: str
    expected_ms: int
    required_ms: int
    misses: bool
    sentences: list[str]


class StationMends(Struct, frozen=True, kw_only=True):
    """The slots that mend what a station will miss, to be added to `version` of the plan.

    `state`: `met`, nothing is missed; `drafted`, the draft has enough and is to be published; `mends`, the slots are
    enough; `partly`, they are not; `none`, there are none. `rules` are those that would be missed.
    """

    station: StationView
    month: str
    as_of: datetime
    over: bool
    version: int
    state: Literal["met", "drafted", "mends", "partly", "none"]
    forecast: StationForecast
    slots: list[ProposedSlotView]
    rules: list[MendedView]
