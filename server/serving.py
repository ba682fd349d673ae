"""Runs the web server in this process, on the address that is set; on the loopback alone unless more is asked for."""

import asyncio
import errno
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import uvicorn

from server.logs import log_to_stderr
from server.services import production
from server.services.connection_room import with_room
from server.services.context import open_context
from server.services.installation_secret import require_same_secret
from server.services.refusals import PortTaken
from server.services.setting_refusals import CannotListen
from server.settings import Settings
from server.tracing import traces

# Seconds that requests have to end once the service stops.
_LONGEST_GOODBYE_S = 10
# Connections at one time, most of them at rest; beyond it uvicorn answers 503. Each costs a socket and little else.
MOST_CONNECTIONS = 4000
# Descriptors that are for other things than connections.
_OTHER_FILES = 500
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
    """Tells when it really answers, when it is to stop, and when it is about to.

    Between the two it serves on for `delay_s`, or until it is told so by Ctrl+C once more: by then who sends requests
    here has seen that it is not ready any more.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        started: Callable[[], None],
        leaving: Callable[[], None],
        stopping: Callable[[], None],
        delay_s: float,
    ) -> None:
        super().__init__(config)
        self._tell, self._tell_leave, self._tell_end = started, leaving, stopping
        self._delay_s = delay_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()

    async def main_loop(self) -> None:
        await super().main_loop()
        self._tell_leave()
        end = time.monotonic() + self._delay_s
        while time.monotonic() < end and not self.force_exit:
            await self.on_tick(0)
            await asyncio.sleep(0.1)
        self.force_exit = False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before the requests that are being answered are waited for: some of them wait for a recording.
        self._tell_end()
        await super().shutdown(sockets)


def serve_forever(settings: Settings, *, started: Callable[[], None]) -> None:
    """Raises SecretOther, and UnsafeSettings where others are meant to reach the service and something forbids it."""
    from server.api.doorway import Doorway
    from server.api.pace import Pace
    from server.app import create_app

    log = log_to_stderr(settings.log_format)
    context = open_context(
        home=settings.home,
        server=settings.server,
        ffmpeg=settings.ffmpeg,
        uploads=settings.uploads,
        s3=settings.s3,
        secret=settings.secret,
        profile=settings.profile,
        sessions=settings.sessions,
        mail=settings.mail,
        private_webhooks=settings.private_webhooks,
        planning_threads=settings.planning_threads,
        oidc=settings.oidc,
        origin="api",
    )
    try:
        require_same_secret(context)
        if settings.exposed:
            production.require(production.examine(settings.footing, context.database))
        doorway = Doorway(public_url=settings.public_url, trusted=settings.trusted_proxies, pace=Pace())
        app = create_app(
            context,
            doorway=doorway,
            durable=True,
            works=settings.works,
            log_lines_lost=lambda: log.lost,
            metrics_token=settings.metrics_token,
            certificate=settings.tls[0] if settings.tls is not None else None,
        )
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
            limit_concurrency=_most_connections(),
            timeout_keep_alive=LONGEST_REST_S,
            timeout_graceful_shutdown=_LONGEST_GOODBYE_S,
        )
        with with_room(context), traces(settings.otlp_endpoint, "loa-web"):
            _Server(
                config,
                started=started,
                leaving=app.announce_leave,
                stopping=app.announce_stop,
                delay_s=settings.stop_delay.total_seconds(),
            ).run()
    finally:
        context.close()


def _most_connections() -> int:
    """As many as there are descriptors for; what the system lets this process have of those is asked for first."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OTHER_FILES
    if now != resource.RLIM_INFINITY and now < wanted:
        now = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (now, most))
    return MOST_CONNECTIONS if now == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, max(now - _OTHER_FILES, 100))


def _protocol() -> Any:
    if sys.platform == "win32":
        return "auto"  # httptools, which the patient one builds on, is not there
    from server.patient_http import PatientHttp

    return PatientHttp
