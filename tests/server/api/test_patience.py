"""Requests that wait for work of minutes are in nobody's way."""

import asyncio
import threading

from litestar.concurrency import sync_to_thread

from server.api.patience import patiently
from server.texts import language, use_language


def test_forty_that_wait_leave_the_threads_of_the_others_free() -> None:
    answered = threading.Event()

    async def ask() -> list[bool]:
        waiting = [asyncio.ensure_future(patiently(answered.wait, 60)) for _ in range(40)]
        await asyncio.sleep(0)
        await sync_to_thread(answered.set)
        return await asyncio.gather(*waiting)

    assert asyncio.run(ask()) == [True] * 40


def test_who_waits_is_answered_in_the_language_of_the_request() -> None:
    async def ask() -> str:
        use_language("en")
        return await patiently(language)

    assert asyncio.run(ask()) == "en"
