"""A station whose slots are a minute apart, on a server and in a browser whose clocks run from shortly before them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from playwright.sync_api import Browser, Page
from sqlmodel import col, select

from server.db.airing import AsRunEntry
from server.db.library import ProgrammeColumn
from server.services.plans import make_plan, publish_plan
from tests.server.people import Person
from tests.server.services.editing import add, edited
from tests.server.web.looking import DESK
from tests.server.web.slow_lines import signed_in
from tests.server.worlds import MONTH, World, build_world, local

STATION = "h654"
PAGE = f"/dai/{STATION}/may-phat"
# At these minutes of a day without other slots, each with one segment.
FIRST, SECOND = local("2026-12-20 17:05"), local("2026-12-20 17:06")
SEGMENTS = ("b0001", "b0002")


def build_near_slots(home: Path) -> World:
    """Published; its clock stands in November."""
    world = build_world(home, tone=True)
    world.add_segment("b0900", title="Nước lũ về trong đêm", seconds=4, tone=True)
    with world.change() as session:
        column = session.exec(select(ProgrammeColumn)).one()
        column.separation_days, column.max_slots_per_day, column.max_per_month = 1, 10, 40
        session.add(column)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    for start, segment in zip((FIRST, SECOND), SEGMENTS, strict=True):
        edited(world, add(start, segment))
    publish_plan(world.context, MONTH)
    return world


def run_clock(world: World, at: datetime) -> None:
    """From here on its clock goes, from that moment."""
    began = monotonic()
    world.context = replace(world.context, clock=lambda: at.astimezone(UTC) + timedelta(seconds=monotonic() - began))


def open_player(browser: Browser, site: str, world: World, person: Person, *, scripts: bool = True) -> Page:
    """A new browser of that person's, by the server's clock."""
    context = browser.new_context(base_url=site, viewport=DESK, locale="vi-VN", java_script_enabled=scripts)
    context.clock.install(time=world.context.clock())
    page = context.new_page()
    signed_in(page, site, person)
    return page


def said(world: World) -> list[AsRunEntry]:
    """What the server has been told of the station's air."""
    with world.context.database.read() as session:
        return list(session.exec(select(AsRunEntry).order_by(col(AsRunEntry.id))).all())
