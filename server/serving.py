"""Runs the web server in this process, on the address that is set; on the loopback alone unless more is asked for."""

import errno
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from server.logs import log_to_stderr
from server.services import production
from server.services.context import open_context
from server.services.in_use import in_use
from server.services.refusals import PortTaken
from server.services.setting_refusals import CannotListen
from server.settings import Settings

# Seconds that requests have to end once the service stops.
_LONGEST_GOODBYE_S = 10
# Connections at one time; beyond it uvicorn answers 503. Each costs a socket and little else.
MOST_CONNECTIONS = 1000
LONGEST_REST_S = 15


def check_port(address: str, port: int) -> None:
    """Raises PortTaken, CannotListen. Asked before any work is done, so that nobody waits for a plan to learn this."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server will: without it a port lately closed counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(port=port) from error
            reason = error.strerror or str(error)
            raise CannotListen(address=address, port=port, reason=reason) from error


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
    """Raises UnsafeSettings where others are meant to reach the service and something forbids it."""
    from server.api.doorway import Doorway
    from server.api.pace import Pace
    from server.app import create_app

    log_to_stderr()
    context = open_context(
        home=settings.home,
        server=settings.server,
        ffmpeg=settings.ffmpeg,
        uploads=settings.uploads,
        s3=settings.s3,
        profile=settings.profile,
        sessions=settings.sessions,
        mail=settings.mail,
        private_webhooks=settings.private_webhooks,
        planning_threads=settings.planning_threads,
        oidc=settings.oidc,
        origin="api",
    )
    try:
        if settings.exposed:
            production.require(production.examine(settings.footing, context.database))
        doorway = Doorway(public_url=settings.public_url, trusted=settings.trusted_proxies, pace=Pace())
        app = create_app(context, doorway=doorway, durable=True, works=settings.works)
        certificate, key = settings.tls or (None, None)
        config = uvicorn.Config(
            app,
            host=settings.listen,
            port=settings.port,
            http=_protocol(),
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the doorway knows whom to believe
            ssl_certfile=certificate,
            ssl_keyfile=key,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=LONGEST_REST_S,
            timeout_graceful_shutdown=_LONGEST_GOODBYE_S,
        )
        with in_use(context.home, context.database.place):
            _Server(config, started=started, stopping=app.announce_stop).run()
    finally:
        context.close()


def _protocol() -> Any:
    if sys.platform == "win32":
        return "auto"  # httptools, which the patient one builds on, is not there
    from server.patient_http import PatientHttp

    return PatientHttp
