"""Slots that are not one file yet: joined in the background, never in the middle of an archive."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import event

from server.services.bundle_plans import days_named
from server.services.bundle_rendering import Renderings
from server.services.turns import alone
from tests.server.api.conftest import Client, client_of
from tests.server.errands import Waiting
from tests.server.machines import code_of
from tests.server.web.reading import words
from tests.server.worlds import World

STATION = "/api/v1/stations/h654"
BUNDLE = f"{STATION}/months/2026-12/bundle.zip"
PAGE = "/dai/h654/goi-usb"


@pytest.fixture
def renderings(api: Client) -> Renderings:
    """Which lets nobody wait for long."""
    found: Renderings = api.app.state.renderings
    found.patience_s = 0.05
    return found


def until_made(renderings: Renderings, client: Client) -> bytes:
    """As a program asks that does what it is told: again, after a while."""
    renderings.patience_s = 1.0
    for _ in range(60):
        answer = client.get(BUNDLE)
        if answer.status_code == 200:
            return answer.content
        assert code_of(answer) == (503, "bundle.being_made")
    raise AssertionError(answer.text)


@pytest.mark.usefixtures("renderings")
def test_who_comes_first_is_told_how_far_it_is_and_when_to_ask_again(
    world: World, api: Client, renderings: Renderings
) -> None:
    slots = len(api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"])
    with alone(world.context, "programmes"):  # somebody else is at it
        for ask in (api.get, api.head):
            told = ask(BUNDLE)
            assert told.status_code == 503
            assert told.headers["retry-after"] == "10"
        told = api.get(BUNDLE, headers={"Range": "bytes=1000-"})
        assert code_of(told) == (503, "bundle.being_made")
        facts = told.json()["facts"]
        assert (facts["done"], facts["all"], facts["span"]) == (0, slots, "2026-12")
        # What needs no joining is there at once.
        assert api.get(f"{BUNDLE}?per=item").status_code == 200
    assert len(until_made(renderings, api)) == int(api.head(BUNDLE).headers["content-length"])


def test_the_page_begins_it_follows_it_and_gives_the_link_when_it_is_done(
    world: World, api: Client, renderings: Renderings
) -> None:
    world.now = world.now.replace(month=12, day=1)
    first = api.get(PAGE).text
    assert "Nối 6 khung còn lại thành tệp" in first
    assert f"{BUNDLE}?per=item" in first
    assert f"{BUNDLE}?per=slot" not in first
    assert 'http-equiv="refresh"' not in first
    with alone(world.context, "programmes"):
        shown = api.post(PAGE, data={"days": "2026-12"})
        assert shown.status_code == 200
        assert 'http-equiv="refresh"' in shown.text
        assert "0 trên 6 khung" in shown.text
        # A second tap changes nothing.
        assert api.post(PAGE, data={"days": "2026-12"}).status_code == 200
    until_made(renderings, api)
    done = api.get(PAGE).text
    assert f"{BUNDLE}?per=slot" in done
    assert 'http-equiv="refresh"' not in done


def test_the_page_says_why_it_could_not_be_done(world: World, api: Client, renderings: Renderings) -> None:
    world.now = world.now.replace(month=12, day=1)
    item = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]["items"][0]
    assert world.context.store.delete(item["sha256"])
    api.post(PAGE, data={"days": "2026-12"})
    renderings.stop()
    shown = api.get(PAGE).text
    assert f"Kho không còn tệp âm thanh của «{item['title']}»" in shown
    assert "loa media verify" in shown


@pytest.mark.parametrize("days", ["", "2026-13", "2026-W60", "x"])
def test_the_page_takes_months_and_weeks_only(api: Client, days: str) -> None:
    assert api.post(PAGE, data={"days": days}).status_code == 400


def test_a_service_that_stops_lets_go_of_who_waits_and_begins_nothing_new(world: World, api: Client) -> None:
    renderings: Renderings = api.app.state.renderings
    renderings.announce_stop()
    assert code_of(api.get(BUNDLE)) == (503, "bundle.being_made")
    assert api.get(f"{BUNDLE}?per=item").status_code == 200
    assert world.context.clock() == world.now


def test_workers_make_the_slots_and_any_web_process_tells_how_far_they_are(world: World) -> None:
    world.now = world.now.replace(month=12, day=1)
    waiting = Waiting()
    one, other = client_of(world.context), client_of(world.context)
    for web in (one, other):
        web.app.state.context.jobs = waiting
        web.app.state.renderings.patience_s = 0.05
    assert code_of(one.get(BUNDLE)) == (503, "bundle.being_made")
    worker = one.app.state.context
    assert [waiting.next(worker) for _ in range(3)] == ["done"] * 3
    shown = other.get(PAGE).text
    # Slots that sound the same are one file.
    done = re.search(r"([1-5]) trên 6 khung", words(shown))
    assert done is not None
    assert 'http-equiv="refresh"' in shown
    assert set(waiting.all(worker)) == {"done"}
    assert f"{BUNDLE}?per=slot" in other.get(PAGE).text
    assert other.get(BUNDLE).content == one.get(BUNDLE).content


def test_why_slots_could_not_be_joined_is_told_by_any_web_process(world: World) -> None:
    world.now = world.now.replace(month=12, day=1)
    waiting = Waiting()
    one, other = client_of(world.context), client_of(world.context)
    for web in (one, other):
        web.app.state.context.jobs = waiting
    item = one.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]["items"][0]
    assert world.context.store.delete(item["sha256"])
    one.post(PAGE, data={"days": "2026-12"})
    assert "failed" in waiting.all(one.app.state.context)
    shown = other.get(PAGE).text
    assert item["title"] in shown[shown.index('role="alert"') :]
    assert "Nối" in shown


def test_a_worker_that_begins_with_the_slots_needs_one_connection_at_a_time(world: World) -> None:
    world.now = world.now.replace(month=12, day=1)
    waiting = Waiting()
    context = replace(world.context, jobs=waiting)
    Renderings(context).ask(context, "h654", days_named("2026-12"))
    out: list[object] = []
    most: list[int] = []

    def taken(connection: object, *_: object) -> None:
        out.append(connection)
        most.append(len(out))

    event.listen(world.context.database.engine, "checkout", taken)
    event.listen(world.context.database.engine, "checkin", lambda connection, _: out.remove(connection))
    assert waiting.next(context) == "done"
    assert len(waiting.steps) > 1
    assert (max(most), out) == (1, [])
