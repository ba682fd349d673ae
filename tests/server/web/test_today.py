"""A station's today as its officer uses it, without script."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from server.db.library import Rendition
from server.services.deliveries import note_verified
from server.services.reminders import remind
from server.services.station_today import StationToday, station_today
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, acting, add_person, everybody
from tests.server.web.reading import words
from tests.server.worlds import World

PAGE = "/dai/h654/hom-nay"


@pytest.fixture
def operator(world: World) -> Person:
    """Of the district's station and its communes'."""
    return add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["654"])


@pytest.fixture
def officer(world: World, operator: Person) -> Client:
    return client_of(world.context, who=operator)


def at_slot(world: World, number: int, *, minutes: int = 0, code: str = "h654") -> StationToday:
    """The world's clock is set so many minutes after the start of that slot of December."""
    world.now = datetime(2026, 12, 1, tzinfo=UTC)
    proof = station_today(world.context, code).proof
    assert proof is not None
    world.now = proof.slots[number].starts_at.astimezone(UTC) + timedelta(minutes=minutes)
    return station_today(world.context, code)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_operator_lands_on_what_the_station_airs_today(world: World, officer: Client) -> None:
    at_slot(world, 1, minutes=-72)
    answer = officer.get("/")
    assert answer.url.path == PAGE
    text = words(answer.text)
    assert "Kế tiếp" in text
    assert "hôm nay còn 1 giờ 12 phút" in text
    assert "• hôm nay" in text
    # Not aired before its time: only that it will not be can be said.
    assert 'name="do" value="aired" hidden' in answer.text
    assert "Không phát được…" in text
    assert 'href="/dai/x24490/hom-nay"' in answer.text
