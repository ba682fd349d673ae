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

from server.app import create_app
from server.services.context import Context


@contextmanager
def served(context: Context) -> Iterator[str]:
    """Its address; its answers are dated by the context's clock."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = _dated(cast(ASGIApp, create_app(context)), context)
        config = uvicorn.Config(app, log_level="warning", access_log=False, ws="none", date_header=False)
        server = uvicorn.Server(config)
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
