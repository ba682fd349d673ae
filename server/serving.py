"""Runs the web server in this process, on the loopback address only: there are no accounts yet."""

import socket
from collections.abc import Callable

import uvicorn

from server.services.context import open_context
from server.services.refusals import PortTaken
from server.settings import Settings

HOST = "127.0.0.1"
# Seconds that requests have to end once the service stops.
_LONGEST_GOODBYE_S = 10


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
    """Tells when it really answers, and when it is about to stop."""

    def __init__(self, config: uvicorn.Config, *, started: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started
        self._tell_end = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before the requests that are being answered are waited for: some of them wait for a recording.
        self._tell_end()
        await super().shutdown(sockets)


def serve_forever(settings: Settings, *, started: Callable[[], None]) -> None:
    from server.app import create_app

    context = open_context(
        home=settings.home,
        ffmpeg=settings.ffmpeg,
        uploads=settings.uploads,
        s3=settings.s3,
        profile=settings.profile,
        sessions=settings.sessions,
        mail=settings.mail,
        oidc=settings.oidc,
        origin="api",
    )
    try:
        app = create_app(context, durable=True)
        config = uvicorn.Config(
            app,
            host=HOST,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_LONGEST_GOODBYE_S,
        )
        _Server(config, started=started, stopping=app.announce_stop).run()
    finally:
        context.close()
