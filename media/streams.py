"""A station's air as its stream on the network brings it, recorded into a file: the one input that is no file."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import ffmpeg as graphs

from media.ffmpeg import INPUT_FORMATS, ChildLimits, Ffmpeg, file_output

# An Icecast server hands its streams out over HTTP; ffmpeg's own icecast protocol only sends.
SCHEMES: Final = {"http": "http", "https": "https", "icecast": "http"}
_PROTOCOLS = "http,https,tcp,tls"
_SILENT_LINE_S = 30
_LIMITS = ChildLimits().output_bytes


def is_stream(url: str) -> bool:
    """Whether it is an address that can be recorded: of one of SCHEMES, with a host, and nothing but printable ASCII."""
    if not (url.isascii() and url.isprintable()) or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname)
    except ValueError:
        return False


def record_stream(
    ffmpeg: Ffmpeg,
    url: str,
    target: Path,
    *,
    length_s: float,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """At most `length_s` of the stream (see `is_stream`) as Ogg Opus of 48 kbit/s, mono; less where it ends before.

    Returns the milliseconds recorded; `on_progress` gets those so far. A line that is silent for half a minute ends it.
    Raises FfmpegFailed.
    """
    scheme = urlsplit(url).scheme
    source = graphs.input(
        SCHEMES[scheme] + url[len(scheme) :],
        protocol_whitelist=_PROTOCOLS,
        format_whitelist=",".join(INPUT_FORMATS),
        rw_timeout=_SILENT_LINE_S * 1_000_000,
        t=f"{length_s:.3f}",
    )
    kept = file_output(source["a:0"], target, f="ogg", acodec="libopus", audio_bitrate="48k", ac=1)
    limits = ChildLimits(wall_s=length_s + 120, cpu_s=int(length_s) + 120, output_bytes=_LIMITS)
    return ffmpeg.run(kept, limits=limits, on_progress=on_progress).out_time_ms
