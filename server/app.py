"""The web application, wired: the context that use cases are given, the API, the pages, the door before them."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import cast

from litestar import Litestar
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.enums import HttpMethod, ScopeType
from litestar.types import HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from server.api import tus
from server.api.arriving import Turns
from server.api.compressing import compressed
from server.api.doorway import HEALTH, Doorway, as_get, guarded
from server.api.gate import Gate
from server.api.manners import FILES, Manners
from server.api.metrics import CountedThreads, Metrics
from server.api.news import News
from server.api.readying import Readying
from server.api.request_ids import give_id, request_id
from server.api.sent import SentFiles
from server.api.tries import Tries
from server.api.watched import Watched
from server.db.migrate import HEAD
from server.jobs.durable import DurableJobs
from server.jobs.rounds import rounds
from server.routing import refuse, refuse_outside, routing
from server.services.bundle_rendering import Renderings
from server.services.bundles import Bundles
from server.services.certificates import expires_at
from server.services.context import Context
from server.services.exports import ExportCache
from server.services.login_tries import LoginTries
from server.services.measures import Measured
from server.services.planning_runs import PlanningRuns
from server.services.refusals import ServiceRefusal
from server.services.who import LOA

logger = logging.getLogger("loa.http")
# Each may have a connection to the database, of which there are fifteen.
THREADS = 12
# Each query gives the interpreter away and waits to have it back, as long as another thread may keep it: a page has
# twenty queries.
SWITCH_S = 0.0005
# Seconds; well below the shortest idle time that ends a session.
NOTED_EVERY_S = 60.0


class Loa(Litestar):
    """One service: its context, its doorway, and what lives as long as it does. The routes are those of `routing`."""

    doorway: Doorway
    gate: Gate
    metrics: Metrics
    jobs: DurableJobs | None
    manners: Manners
    runs: PlanningRuns

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        asked = cast(HTTPScope, scope)
        named = request_id(asked, trusted=self.doorway.trusts(asked))
        asked = self.doorway.seen_through(asked)
        asked["state"] = {**asked.get("state", {})}
        give_id(asked, named)
        with Watched(self.metrics, asked, cast(Send, send), named) as watched:
            await self._answer(asked, cast(Receive, receive), watched)

    async def _answer(self, asked: HTTPScope, receive: Receive, watched: Watched) -> None:
        headers_only = asked["method"] == HttpMethod.HEAD
        out = compressed(guarded(watched.send, asked, bodies=not headers_only), asked)
        turned_away = self.doorway.inspect(asked)
        if turned_away is not None:
            await turned_away(asked, receive, out)
            return
        watched.scope = found = cast(HTTPScope, as_get(asked) if headers_only else asked)
        found["app"] = found["litestar_app"] = self
        found["state"].update(who=self.gate.nobody(self.doorway.address_of(asked)), refusal=None)
        await self.manners.keep(found, receive, out, self._routed, refuse_outside)

    async def _routed(self, asked: Scope, receive: Receive, send: Send) -> None:
        if asked["path"] not in HEALTH and not asked["path"].startswith(FILES):
            who, refusal = await self.gate.identify(cast(HTTPScope, asked), self.doorway.address_of(asked))
            asked["state"].update(who=who, refusal=refusal)
        await self.state.routing.asgi_handler(asked, receive, send)

    def announce_leave(self) -> None:
        """The service stops soon, and serves on until then: nobody new is to be sent here."""
        self.state.leaving.set()
        self.manners.closing = True

    def announce_stop(self) -> None:
        """The service is about to end: what waits for background work, or for the rest of a file, stops waiting."""
        self.announce_leave()
        self.state.stopping.set()
        self.state.turns.end_all()
        self.state.news.end()
        self.runs.announce_stop()
        self.state.renderings.announce_stop()
        if self.jobs is not None:
            self.jobs.announce_stop()


def create_app(
    context: Context,
    *,
    doorway: Doorway | None = None,
    manners: Manners | None = None,
    durable: bool = False,
    works: bool = True,
    log_lines_lost: Callable[[], int] = lambda: 0,
    metrics_token: str = "",
    certificate: Path | None = None,
) -> Loa:
    """`doorway` is what all requests pass: by default one for this machine alone. The caller closes `context`.

    `durable`: recordings are worked on in the background and after restarts, as where people are served; else by
    who sends them. `certificate` is the file of the one that is served with.
    """
    jobs = DurableJobs(context, works=works) if durable else None
    asked = replace(context, origin="api", jobs=jobs, who=LOA)
    doors = Gate(asked, metrics_token=metrics_token)
    metrics = Metrics(
        lost=log_lines_lost,
        certificate_ends=partial(expires_at, certificate) if certificate is not None else None,
    )
    measured = Measured(asked)
    cache = ExportCache(asked)
    runs = PlanningRuns(asked)
    news = News(asked)
    sent = SentFiles(asked)
    renderings = Renderings(asked)
    readying = Readying(asked)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        # By default there are as many as cores and four: few for people's pages beside a province that fetches sound.
        metrics.threads = CountedThreads(THREADS, "loa")
        asyncio.get_running_loop().set_default_executor(metrics.threads)
        sys.setswitchinterval(SWITCH_S)
        if jobs is not None:
            jobs.start()
        try:
            yield
        finally:
            await sync_to_thread(runs.stop)
            await sync_to_thread(renderings.stop)
            if jobs is not None:
                await sync_to_thread(jobs.stop)
            try:
                await sync_to_thread(doors.write_what_was_seen)
            except ServiceRefusal:  # the database is away: that is no reason not to stop
                logger.exception("when sessions were last seen could not be written")
            measured.close()
            readying.close()
            context.database.leave_loop()

    app = Loa(
        exception_handlers={Exception: refuse},
        lifespan=[
            lifespan,
            lambda _: news.rounds(),
            lambda _: sent.rounds(),
            lambda _: tus.rounds(asked),
            lambda _: _notes(doors),
            lambda _: metrics.lag.rounds(),
            *([lambda _: rounds(asked)] if works else []),
        ],
        logging_config=None,
        openapi_config=None,
        state=State(
            {
                "routing": routing(),
                "schema": HEAD,
                "exports": cache,
                "context": asked,
                "turns": Turns(),
                "gate": doors,
                "stopping": Event(),
                "leaving": Event(),
                "news": news,
                "readying": readying,
                "sent": sent,
                "making": asyncio.Semaphore(1),
                "looking": asyncio.Lock(),
                "feed_tries": Tries(),
                "runs": runs,
                "bundles": Bundles(asked),
                "renderings": renderings,
                "measured": measured,
                "certificate": certificate,
                "since": datetime.now(UTC),
                "tries": LoginTries(),
            }
        ),
    )
    app.doorway = doorway or Doorway()
    app.gate = doors
    app.manners = manners or Manners()
    app.metrics = metrics
    app.jobs = jobs
    app.runs = runs
    return app


@asynccontextmanager
async def _notes(doors: Gate) -> AsyncIterator[None]:
    """While the service runs: when sessions and tokens were last seen is written down every minute."""

    async def note() -> None:
        while True:
            await asyncio.sleep(NOTED_EVERY_S)
            try:
                await sync_to_thread(doors.write_what_was_seen)
            except Exception:  # whatever it was, it is tried again
                logger.exception("when sessions were last seen could not be written")

    task = asyncio.create_task(note())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
