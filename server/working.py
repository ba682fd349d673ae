"""Works off jobs in a process of its own, beside any number of others that do, until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import replace

from server.jobs.durable import DurableJobs
from server.jobs.rounds import rounds
from server.logs import Form, log_to_stderr
from server.services.connection_room import with_room
from server.services.context import Context
from server.services.installation_secret import require_same_secret
from server.services.who import LOA
from server.tracing import traces


def work_forever(
    context: Context,
    *,
    started: Callable[[str], None],
    log_format: Form = "text",
    otlp_endpoint: str = "",
    jobs: DurableJobs | None = None,
) -> None:
    """`started` is told the name of this worker. Ends by SIGTERM or SIGINT: what is at hand is left off and handed over.

    Raises SecretOther, DatabaseCrowded.
    """
    log_to_stderr(log_format)
    require_same_secret(context)
    jobs = jobs or DurableJobs(context)
    with with_room(context), traces(otlp_endpoint, "loa-worker"):
        asyncio.run(_work(replace(context, origin="jobs", jobs=jobs, who=LOA), jobs, started))


async def _work(context: Context, jobs: DurableJobs, started: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    jobs.start()
    try:
        async with rounds(context):
            started(jobs.executor)
            await stop.wait()
            jobs.announce_stop()
    finally:
        await asyncio.to_thread(jobs.stop)
