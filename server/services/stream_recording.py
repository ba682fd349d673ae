"""A station's stream is listened to for some minutes, and what came of it is a recording of its air."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from media.ffmpeg import ran_out_of_room
from media.refusals import FfmpegFailed
from media.streams import is_stream, record_stream
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.hearing import send_recording
from server.services.recording_refusals import StreamUnreadable
from server.services.recordings import RecordingView
from server.services.refusals import BadField
from server.services.unfinished import ARRIVING

LONGEST = timedelta(hours=24)
_MOST_NAME = 100


def listen(
    context: Context, code: str, url: str, length: timedelta, *, progress: Callable[[float], None]
) -> RecordingView:
    """The recording with what was heard in it; it begins when this is called. `progress` gets shares of both in turn.

    Raises BadField, StreamUnreadable, and what `hearing.send_recording` does.
    """
    if not is_stream(url):
        raise BadField(field="url", value=url, expected="http://…, https://…, icecast://…")
    if not timedelta(0) < length <= LONGEST:
        raise BadField(field="minutes", value=str(length), expected="1–1440")
    length_s = length.total_seconds()
    begins_at = context.clock()
    with disk_refusals(context.home):
        descriptor, name = tempfile.mkstemp(dir=context.incoming, prefix=ARRIVING)
        os.close(descriptor)
    target = Path(name)
    try:
        record_stream(
            context.ffmpeg, url, target, length_s=length_s, on_progress=lambda ms: progress(ms / 1000 / length_s)
        )
        named = f"{urlsplit(url).hostname} {urlsplit(url).path}"[:_MOST_NAME]
        return send_recording(context, code, target, file_name=f"{named}.opus", claimed_at=begins_at, progress=progress)
    except FfmpegFailed as failure:
        if ran_out_of_room(failure):
            raise
        raise StreamUnreadable(
            url=_without_secrets(url), reason=failure.messages[-1] if failure.messages else ""
        ) from failure
    finally:
        with suppress(FileNotFoundError):
            target.unlink()


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
