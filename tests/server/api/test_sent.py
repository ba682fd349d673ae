"""Files that went out: written down at once where few go, together where many do, and never lost by a stop."""

import asyncio

from sqlalchemy import event
from sqlmodel import select

from server.api.sent import SentFiles
from server.db.airing import Delivery
from tests.server.worlds import World


def delivered(world: World) -> set[str]:
    with world.context.database.read() as session:
        return set(session.exec(select(Delivery.sha256)))


def test_the_first_is_written_at_once_and_those_soon_after_it_together_at_the_end(world: World) -> None:
    commits: list[object] = []

    async def fetched() -> set[str]:
        sent = SentFiles(world.context)
        async with sent.rounds():
            await sent.note("h654", "a" * 64)
            first = delivered(world)
            for letter in "bcdef":
                await sent.note("h654", letter * 64)
            assert delivered(world) == first
            commits.clear()
        return first

    event.listen(world.context.database.engine, "commit", commits.append)
    assert asyncio.run(fetched()) == {"a" * 64}
    assert delivered(world) == {letter * 64 for letter in "abcdef"}
    assert len(commits) == 1
