"""While the service runs: recordings of the air that wait are listened to, the oldest first, by each process one at a time."""

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from media.refusals import FfmpegFailed
from server.services.context import Context
from server.services.errand_refusals import LeftOff
from server.services.hearing import hear_recording, refuse_recording, waiting_recordings
from server.services.who import LOA
from server.tracing import span

logger = logging.getLogger("loa.recordings")
LOOKED_EVERY_S = 5.0
# A recording on which ffmpeg fails so often is refused; what else fails is tried for ever, ever less often.
MOST_FAILURES = 5
LONGEST_REST_S = 600.0


@asynccontextmanager
async def rounds(context: Context, *, every_s: float = LOOKED_EVERY_S) -> AsyncIterator[None]:
    """Without durable jobs nothing is done: there whoever sends a recording listens to it. At its end work is left off."""
    if context.jobs is None:
        yield
        return
    stopping = asyncio.Event()
    listener = _Listener(context, every_s)

    async def look() -> None:
        while not stopping.is_set():
            try:
                await asyncio.to_thread(listener.listen)
            except Exception:  # whatever it was, it is tried again
                logger.exception("recordings that wait could not be looked for")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), every_s)

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        listener.leave_off.set()
        stopping.set()
        await task


class _Listener:
    def __init__(self, context: Context, every_s: float) -> None:
        self._context, self._every_s = context, every_s
        self.leave_off = threading.Event()
        self._failures: Counter[int] = Counter()
        self._rests_until: dict[int, float] = {}

    def listen(self) -> None:
        """To each that waits and does not rest."""
        for recording_id in waiting_recordings(self._context):
            if time.monotonic() < self._rests_until.get(recording_id, 0.0):
                continue
            try:
                with span("job hear_recording", recording=recording_id):
                    hear_recording(self._context, recording_id, self._progress)
            except LeftOff:
                return
            except Exception as error:  # whatever it was, it is tried again
                logger.exception("recording %d could not be listened to", recording_id)
                self._failed(recording_id, error)

    def _progress(self, _: float) -> None:
        if self.leave_off.is_set():
            raise LeftOff

    def _failed(self, recording_id: int, error: Exception) -> None:
        self._failures[recording_id] += 1
        failures = self._failures[recording_id]
        if isinstance(error, FfmpegFailed) and failures >= MOST_FAILURES:
            refuse_recording(replace(self._context, who=LOA), recording_id, error)
        rest_s = min(LONGEST_REST_S, self._every_s * 2**failures)
        self._rests_until[recording_id] = time.monotonic() + rest_s
