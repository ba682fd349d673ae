"""Drafts of stations that wait for no other: what the planning costs, and what may be done elsewhere."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from msgspec import Struct

from schedules.planner.own_slots import OwnSlot
from schedules.planner.station_plan import plan_station
from schedules.planner.tables import Tables
from schedules.problem import Slot

AT_ONCE = 4
"""Stations planned at the same time: the search lets other threads run."""


class Order(Struct, frozen=True, kw_only=True):
    """`fixed` are the station's kept and relayed slots, `variant` picks another way of the search."""

    station: str
    fixed: list[Slot]
    tries: int
    variant: int


class Drafted(Struct, frozen=True, kw_only=True):
    own: list[OwnSlot]
    cost: float


class Drafter(Protocol):
    def drafts(self, tables: Tables, orders: Sequence[Order]) -> Generator[Drafted]:
        """Of each order what `draft` makes of it, in their order, as they come; what is not taken need not be made."""
        ...


def draft(tables: Tables, order: Order) -> Drafted:
    """The same from equal instances and orders, wherever it is made."""
    view = tables.index.view(order.station)
    found = plan_station(tables, view, order.fixed, order.tries, order.variant)
    return Drafted(own=list(found.slots), cost=found.cost)


class ThreadDrafter:
    """In threads of this process."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once

    def drafts(self, tables: Tables, orders: Sequence[Order]) -> Generator[Drafted]:
        with ThreadPoolExecutor(self._at_once) as pool:
            try:
                yield from pool.map(lambda order: draft(tables, order), orders)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
