"""Manifests over HTTP: asked for again and again, or waited for, by a station's own machine."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from schedules.manifest import SealedChanges, SealedManifest, digest_of, signed_text, with_changes
from server.app import Loa, create_app
from server.services.plans import make_plan, publish_plan
from tests.server.api.conftest import Client
from tests.server.machines import bearer, code_of, machine_of, token
from tests.server.worlds import MONTH, World

PATH = "/api/v1/stations/h654/manifest"


def again(world: World) -> None:
    world.now += timedelta(hours=1)
    world.add_segment("b0900", seconds=3, tone=True, priority="priority")
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


@asynccontextmanager
async def station_at(app: Loa, secret: str) -> AsyncIterator[httpx.AsyncClient]:
    """The machine of a station, and the service that looks for news meanwhile."""
    transport = httpx.ASGITransport(cast("Any", app))
    async with (
        app.state.news.rounds(),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=bearer(secret)) as client,
    ):
        yield client


def test_a_station_gets_its_manifest_and_can_verify_it_by_the_public_key(world: World) -> None:
    with machine_of(world.context) as machine:
        known = machine.get("/api/v1/manifest-key").json()
        answer = machine.get(PATH, headers=bearer(token(world.context)))
        told = msgspec.json.decode(answer.content, type=SealedManifest)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(known["public_key"]))
        key.verify(base64.b64decode(told.seal.signature), signed_text("h654", told.seal.digest))
        assert told.seal.key == known["key"]
        assert told.seal.digest == digest_of(told.manifest)
        assert answer.headers["content-type"] == "application/json"
        assert "format" in answer.json()["manifest"]


def test_every_file_that_it_names_is_there_for_the_station(world: World) -> None:
    with machine_of(world.context) as machine:
        own = bearer(token(world.context))
        told = msgspec.json.decode(machine.get(PATH, headers=own).content, type=SealedManifest)
        for file in told.manifest.files:
            for copy in file.copies:
                answer = machine.get(copy.path, headers=own)
                assert (answer.status_code, len(answer.content)) == (200, copy.size)


def test_it_is_small_on_the_wire(world: World) -> None:
    with machine_of(world.context) as machine:
        machine.headers["accept-encoding"] = "gzip"
        answer = machine.get(PATH, headers=bearer(token(world.context)))
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(answer.content) / 2


def test_who_has_it_is_told_so_and_gets_only_what_changed_afterwards(world: World) -> None:
    with machine_of(world.context) as machine:
        own = bearer(token(world.context))
        first = machine.get(PATH, headers=own)
        assert machine.get(PATH, headers={**own, "If-None-Match": first.headers["etag"]}).status_code == 304
        before = msgspec.json.decode(first.content, type=SealedManifest)
        again(world)
        answer = machine.get(
            PATH, params={"since": before.manifest.version}, headers={**own, "If-None-Match": first.headers["etag"]}
        )
        told = msgspec.json.decode(answer.content, type=SealedChanges)
        whole = machine.get(PATH, headers=own)
        assert digest_of(with_changes(before.manifest, told.manifest)) == told.seal.digest
        assert answer.headers["etag"] == whole.headers["etag"] != first.headers["etag"]
        assert len(answer.content) < len(whole.content)


def test_what_concerns_nobody_leaves_the_tag_as_it_is(world: World) -> None:
    with machine_of(world.context) as machine:
        own = bearer(token(world.context))
        first = machine.get(PATH, headers=own)
        token(world.context, "x24490", "máy khác")
        assert machine.get(PATH, headers={**own, "If-None-Match": first.headers["etag"]}).status_code == 304


def test_another_station_and_nobody_are_refused(world: World) -> None:
    with machine_of(world.context) as machine:
        other = bearer(token(world.context, "x24490"))
        assert code_of(machine.get(PATH, headers=other)) == (403, "access.out_of_reach")
        assert code_of(machine.get(PATH)) == (401, "access.sign_in_needed")


@pytest.mark.parametrize("query", ["wait=56", "wait=-1", "wait=x", "since=%0A", "since=" + "x" * 121])
def test_a_query_that_makes_no_sense_is_refused(api: Client, query: str) -> None:
    assert api.get(f"{PATH}?{query}").status_code == 400


def test_who_waits_is_answered_when_a_plan_is_published(world: World) -> None:
    secret = token(world.context)

    async def waits() -> tuple[httpx.Response, httpx.Response]:
        async with station_at(create_app(world.context), secret) as station:
            first = await station.get(PATH)
            waiting = asyncio.create_task(
                station.get(PATH, params={"wait": 50}, headers={"If-None-Match": first.headers["etag"]}, timeout=60)
            )
            await asyncio.sleep(0.5)
            assert not waiting.done()
            await asyncio.to_thread(again, world)
            return first, await asyncio.wait_for(waiting, 30)

    first, second = asyncio.run(waits())
    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]


def test_who_waits_is_let_go_when_the_time_is_over_or_the_service_ends(world: World) -> None:
    secret = token(world.context)

    async def waits() -> list[int]:
        app = create_app(world.context)
        async with station_at(app, secret) as station:
            etag = (await station.get(PATH)).headers["etag"]
            over = await station.get(PATH, params={"wait": 1}, headers={"If-None-Match": etag})
            waiting = asyncio.create_task(
                station.get(PATH, params={"wait": 50}, headers={"If-None-Match": etag}, timeout=60)
            )
            await asyncio.sleep(0.3)
            app.announce_stop()
            return [over.status_code, (await asyncio.wait_for(waiting, 10)).status_code]

    assert asyncio.run(waits()) == [304, 304]
