"""The slots of a bundle as one file each, made in the background while who asked waits, leaves, or looks how far it is.

Every slot that is done is kept for good (`server.services.programmes`), so nothing is lost with the process: who asks
again goes on where it ended. One slot is coded at a time. Where durable jobs run, it is an errand: workers make the slots,
and any web process tells how far they are.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlmodel import Session

from media.refusals import MissingAudio
from server.db.errands import Errand
from server.errors import REFUSALS, as_refusal
from server.services import errands
from server.services.bundle_plans import BundlePlan, BundleSlot, Days, days_named, read_plan
from server.services.bundle_refusals import BundleSoundLost
from server.services.context import Context
from server.services.errand_refusals import ErrandUnderWay, LeftOff
from server.services.programmes import kept, rendered

_LOG = logging.getLogger("loa.bundles")
_UNTIL_STOPPED_S = 20.0
# How long a request waits; proxies in between give up after a minute at the earliest.
PATIENCE_S = 20.0
# Between two looks at what others make.
_LOOK_S = 0.25
KIND = "bundle"

Order = tuple[str, str]


def about(code: str, span: str) -> str:
    """What an errand of them is about."""
    return f"{code} {span}"


def render_slots(context: Context, plan: BundlePlan, *, progress: Callable[[int, int], None] | None = None) -> None:
    """`progress` gets how many slots are done, of how many. Raises BundleSoundLost, StoreUnreachable, DiskFull,
    MediaRefusal.
    """
    for number, slot in enumerate(plan.slots):
        if progress is not None:
            progress(number, len(plan.slots))
        render_slot(context, slot)
    if progress is not None:
        progress(len(plan.slots), len(plan.slots))


def render_slot(context: Context, slot: BundleSlot) -> None:
    """Raises as above."""
    try:
        rendered(context, slot.programme)
    except MissingAudio as error:
        titles = {sound.sha256: sound.title for sound in slot.programme.sounds}
        raise BundleSoundLost(title=titles[error.sha256], sha256=error.sha256, damaged=False) from error


class BundleErrand:
    """Each slot is a part; what is made is kept at once, and only ever found again by what it is made of."""

    def look(self, context: Context, errand: Errand) -> int:
        """How many slots there are."""
        return len(_plan_of(context, errand).slots)

    def parts(self, session: Session, context: Context, errand: Errand, seen: int) -> list[list[int]]:  # noqa: ARG002 (of every kind)
        return [[number] for number in range(seen)]

    def part(self, context: Context, errand: Errand, asked: list[int]) -> None:
        slots = _plan_of(context, errand).slots
        # Published anew meanwhile, it may have fewer: who asks for the bundle begins with the new ones.
        for number in asked:
            if number < len(slots):
                render_slot(context, slots[number])

    def keep(self, session: Session, errand: Errand, made: None) -> None:
        """It is already."""

    def ready(self, context: Context, errand: Errand) -> None:
        """As above."""

    def finish(self, session: Session, context: Context, errand: Errand, ready: None) -> dict[str, object]:  # noqa: ARG002 (of every kind)
        return {}


def _plan_of(context: Context, errand: Errand) -> BundlePlan:
    code, span = errand.about.rsplit(" ", 1)
    return read_plan(context, code, days_named(span))


@dataclass(kw_only=True)
class _Waiting:
    days: Days
    context: Context


class Renderings:
    """What one process is making, in the order in which it was asked for. Safe from any thread."""

    def __init__(self, context: Context) -> None:
        self.patience_s = PATIENCE_S
        self._context = context
        self._changed = threading.Condition()
        self._orders: dict[Order, _Waiting] = {}
        self._failed: dict[Order, BaseException] = {}
        self._thread: threading.Thread | None = None
        self._stopping = False

    def ask(self, context: Context, code: str, days: Days) -> None:
        """Begins, in the name of who asks, unless it is under way or nothing is left to be made.

        Raises UnknownStation, NotPublished, BundleEmpty, StoreUnreachable.
        """
        plan = read_plan(context, code, days)
        if all(kept(context, slot.programme) is not None for slot in plan.slots):
            return
        if self._context.jobs is not None:
            with suppress(ErrandUnderWay), context.database.write() as session:
                errands.order(session, context, KIND, about(code, days.name), {})
            return
        with self._changed:
            order = (code, days.name)
            self._failed.pop(order, None)
            if self._stopping or order in self._orders:
                return
            self._orders[order] = _Waiting(days=days, context=replace(self._context, who=context.who))
            if self._thread is None:
                # A daemon: what is done is kept, and the rest is asked for again.
                self._thread = threading.Thread(target=self._live, name="loa-bundles", daemon=True)
                self._thread.start()

    def under_way(self, code: str, days: Days) -> bool:
        if self._context.jobs is not None:
            run = errands.latest(self._context, KIND, about(code, days.name))
            return run is not None and run.under_way
        with self._changed:
            return (code, days.name) in self._orders

    def why_not(self, code: str, days: Days) -> BaseException | None:
        """Why it ended without all slots, the last time."""
        if self._context.jobs is not None:
            return errands.why_not(self._context, KIND, about(code, days.name))
        with self._changed:
            return self._failed.get((code, days.name))

    def wait(self, code: str, days: Days) -> None:
        """Until it has ended, `patience_s` at most. Raises what it failed with."""
        order = (code, days.name)
        if self._context.jobs is not None:
            self._follow(code, days)
            return
        with self._changed:
            self._changed.wait_for(lambda: order not in self._orders or self._stopping, timeout=self.patience_s)
            refusal = self._failed.pop(order, None)
        if refusal is not None:
            raise refusal

    def _follow(self, code: str, days: Days) -> None:
        end = time.monotonic() + self.patience_s
        while self.under_way(code, days):
            if self._stopping or time.monotonic() >= end:
                return
            time.sleep(_LOOK_S)
        refusal = self.why_not(code, days)
        if refusal is not None:
            raise refusal

    def announce_stop(self) -> None:
        """Whoever waits stops waiting; the slot in hand is the last."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def stop(self) -> None:
        self.announce_stop()
        with self._changed:
            thread = self._thread
        if thread is not None:
            thread.join(_UNTIL_STOPPED_S)

    def _live(self) -> None:
        while True:
            with self._changed:
                if self._stopping or not self._orders:
                    self._thread = None
                    return
                order, waiting = next(iter(self._orders.items()))
            refusal = self._work(order, waiting)
            with self._changed:
                del self._orders[order]
                if refusal is not None:
                    self._failed[order] = refusal
                self._changed.notify_all()

    def _work(self, order: Order, waiting: _Waiting) -> BaseException | None:
        try:
            plan = read_plan(waiting.context, order[0], waiting.days)
            render_slots(waiting.context, plan, progress=self._told)
        except LeftOff:
            return None
        except Exception as error:  # noqa: BLE001  # whatever it is, who asked is told
            refusal = as_refusal(error)
            if not isinstance(refusal, REFUSALS):
                _LOG.exception("slots of %s", order)
            return refusal
        return None

    def _told(self, _done: int, _all: int) -> None:
        if self._stopping:
            raise LeftOff
