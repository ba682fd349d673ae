"""The service on a port of the loopback, in a thread of the test's own process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from email.utils import format_datetime
from threading import Thread
from time import sleep
from typing import cast

import uvicorn
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from server.app import Loa, create_app
from server.services.context import Context


class Announcing(uvicorn.Server):
    """Whoever waits for news is told that the service stops, as the real one does, instead of being waited for."""

    def __init__(self, config: uvicorn.Config, app: Loa) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.announce_stop()
        await super().shutdown(sockets)


@contextmanager
def served(context: Context) -> Iterator[str]:
    """Its address; its answers are dated by the context's clock."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(context)
        dated = _dated(cast(ASGIApp, app), context)
        config = uvicorn.Config(dated, log_level="warning", access_log=False, ws="none", date_header=False)
        server = Announcing(config, app)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _dated(app: ASGIApp, context: Context) -> ASGIApp:
    async def dated(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(context.clock().astimezone(UTC), usegmt=True).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        await app(scope, receive, send_dated)

    return dated
