"""While the service runs, messages to webhooks leave by themselves."""

import asyncio
from pathlib import Path

from server.jobs.urging import rounds
from server.services import reminders, webhooks
from server.services.context import Context
from server.services.plans import make_plan, publish_plan
from tests.server.hooks import open_receiver
from tests.server.worlds import MONTH, build_world, local


async def until_sent(context: Context) -> None:
    async with rounds(context, every_s=0.05):
        while reminders.list_reminders(context, MONTH)[0].state != "sent":  # noqa: ASYNC110 (the rows are all that tells)
            await asyncio.sleep(0.05)


def test_messages_to_webhooks_leave_in_the_background(tmp_path: Path) -> None:
    world = build_world(tmp_path / "home")
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    world.now = local("2026-12-28 09:00")
    world.context.private_webhooks = True
    with open_receiver() as receiver:
        webhooks.add_webhook(world.context, "h654", receiver.url)
        reminders.urge(world.context, MONTH, site="https://loa.example", channels=["webhook"])
        asyncio.run(until_sent(world.context))
        assert len(receiver.got) == 1
    world.context.close()
