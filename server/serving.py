"""Runs the web server in this process, on the loopback address only: there are no accounts yet."""

import socket
from collections.abc import Callable

import uvicorn

from server.services.context import open_context
from server.services.refusals import PortTaken
from server.settings import Settings

HOST = "127.0.0.1"


def check_port(port: int) -> None:
    """Raises PortTaken. Asked before any work is done, so that nobody waits for a plan to learn this."""
    with socket.socket() as probe:
        # As the server will: without it a port lately closed counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTaken(port=port) from error


class _Server(uvicorn.Server):
    """Tells when it really answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def serve_forever(settings: Settings, *, started: Callable[[], None]) -> None:
    from server.app import create_app

    context = open_context(
        home=settings.home, ffmpeg=settings.ffmpeg, uploads=settings.uploads, s3=settings.s3, origin="api"
    )
    try:
        app = create_app(context)
        config = uvicorn.Config(
            app, host=HOST, port=settings.port, log_level="warning", access_log=False, server_header=False
        )
        _Server(config, started).run()
    finally:
        context.close()
