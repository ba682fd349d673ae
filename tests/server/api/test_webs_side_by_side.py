"""Webs on one database: what anybody did through one of them holds at once at the other, which had answered before."""

from collections.abc import Iterator

import pytest

from server.services import credential_issuing as issuing
from server.services.plans import make_plan, publish_plan
from tests.server.api.conftest import Client
from tests.server.databases import open_context
from tests.server.machines import bearer, code_of, machine_of
from tests.server.worlds import MONTH, World

OWN = "/api/v1/stations/h654/months/2026-12/playlist.json"
SEGMENT = "b0001"


@pytest.fixture
def webs(world: World) -> Iterator[list[Client]]:
    """Each with connections and a memory of its own."""
    other = open_context(home=world.context.home, clock=world.context.clock)
    with machine_of(world.context) as here, machine_of(other) as there:
        yield [here, there]
    other.close()


def test_a_token_revoked_beside_them_is_refused_by_both_at_once(world: World, webs: list[Client]) -> None:
    issued = issuing.issue_token(world.context, "h654", "máy phát")
    shown = bearer(issued.secret)
    assert [web.get(OWN, headers=shown).status_code for web in webs * 2] == [200] * 4
    issuing.revoke(world.context, "station", issued.credential.id)
    assert [code_of(web.get(OWN, headers=shown)) for web in webs] == [(401, "credential.revoked")] * 2


def test_what_was_published_is_answered_by_both_at_once(world: World, webs: list[Client]) -> None:
    shown = bearer(issuing.issue_token(world.context, "h654", "máy phát").secret)
    before = [web.get(OWN, headers=shown).text for web in webs * 2]
    world.withdraw(SEGMENT)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    after = [web.get(OWN, headers=shown).text for web in webs]
    assert all(SEGMENT in each for each in before)
    assert not any(SEGMENT in each for each in after)
    assert after[0] == after[1]
