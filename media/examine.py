"""From a file nobody vouches for to all that is known of it: its header, what is refused at once, and one decode.

The single decode feeds the meters, the raw samples (clipping, offset, stereo), a track of one channel at 16 kHz
(wave, quiet stretches, hum, speech) and the fingerprint.

What one decode cannot tell: whether the end is missing from formats that say nowhere how long they are (AAC in ADTS,
AMR, MP3 without a Xing header, Ogg and FLAC streams cut exactly between two pages or frames); whether a recording was
clipped before it was turned down or coded; how loud the whole is where the format changes in the middle (refused).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from media.bounds import SEGMENT_LIMITS, SILENT_BELOW_LUFS, IngestLimits, judge_header, judge_measurement, require_file
from media.cues import Cues
from media.ffmpeg import Ffmpeg, file_output, pipe_output
from media.measure import (
    NOT_LOUD_LUFS,
    Measurement,
    Silence,
    file_meter,
    mono_meter,
    mono_mix,
    open_file,
    probe,
    read_measurement,
    run_decode,
    sound_of,
)
from media.mono_track import SAMPLE_RATE, Hum, quiet_stretches, read_track
from media.refusals import AudioSilent
from media.samples import Clipping, SampleTally, Stereo
from media.scratch import work_folder
from media.speech import speech_share
from media.tags import read_tags

# Hours of silence take kilobytes in a file and minutes to decode.
_LONGEST_UNHEARD_MS = 10 * 60_000
_KEPT_MESSAGES = 20
_LONGEST_MESSAGE = 300
_COMPLAINT = re.compile(r"(?:\[(?!out#)([^\]@]+)[^\]]*\] )?(\[(?:warning|error|fatal|panic)\] .*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What stands beside the loudness: `dc_offset` as a share of full scale, `quiet` as a listener hears it.

    `stereo` is None for one channel and for more than two, `hum` where no line stands out, `speech_share` (0 to 1)
    where too little sounds to tell.
    """

    clipping: Clipping
    dc_offset: float
    stereo: Stereo | None
    hum: Hum | None
    quiet: tuple[Silence, ...]
    speech_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All that one decode of the original gave; it goes to JSON and back unchanged.

    `peaks`: the largest absolute sample (0 to 255) of each of up to 1000 equal pieces of the whole recording.
    `fingerprint`: Chromaprint's raw items (unsigned 32 bits, little-endian) of the whole recording.
    `tags` are the file's own words, `messages` the warnings and errors of ffmpeg; both bounded.
    """

    measurement: Measurement
    cues: Cues
    signal: Signal
    peaks: bytes
    fingerprint: bytes
    tags: dict[str, str]
    messages: tuple[str, ...]


def examine(
    ffmpeg: Ffmpeg,
    path: Path,
    *,
    scratch: Path,
    limits: IngestLimits = SEGMENT_LIMITS,
    on_progress: Callable[[float], None] | None = None,
) -> Examination:
    """Raises a MediaRefusal for what can never be aired; `on_progress` gets shares from 0 to 1.

    `scratch` holds 32 kB for each second of the recording until this returns.
    """
    require_file(path)
    header = probe(ffmpeg, path)
    judge_header(header, limits, path)
    stream = header.audio[0]
    length_ms = max(1, min(header.declared_ms or limits.max_ms, limits.max_ms))
    tally = SampleTally(channels=stream.channels, sample_rate=stream.sample_rate)

    def listen(data: bytes) -> None:
        tally.take(data)
        if tally.unheard_ms > _LONGEST_UNHEARD_MS:
            raise AudioSilent(loudness_lufs=NOT_LOUD_LUFS, silent_below_lufs=SILENT_BELOW_LUFS)

    with work_folder(scratch) as folder:
        track, prints, words = folder / "mono.raw", folder / "fingerprint.raw", folder / "tags.txt"
        # The meters let the sound through: one chain, and nothing is converted for an output that keeps nothing.
        file = open_file(path, limits.max_ms)
        raw, sound = _split(sound_of(file))
        metered = file_meter(sound)
        mono = mono_meter(mono_mix(metered)) if stream.channels > 1 else metered
        kept, printed = _split(mono.filter("aresample", SAMPLE_RATE, osf="s16"))
        run = run_decode(
            ffmpeg,
            pipe_output(raw, f="s16le", acodec="pcm_s16le", ac=stream.channels, ar=stream.sample_rate),
            file_output(kept, track, f="s16le", acodec="pcm_s16le"),
            file_output(printed, prints, f="chromaprint", fp_format="raw"),
            # Ogg files have their tags in the stream.
            file_output(file, words, f="ffmetadata", map_metadata=0, **{"map_metadata:g": "0:s:a:0"}),
            on_data=listen,
            on_progress=None if on_progress is None else lambda done_ms: on_progress(min(1.0, done_ms / length_ms)),
        )
        facts = tally.facts()
        measured = read_measurement(run, header, path, duration_ms=facts.duration_ms)
        cues = judge_measurement(measured, limits)
        heard = read_track(track)
        return Examination(
            measurement=measured,
            cues=cues,
            signal=Signal(
                clipping=facts.clipping,
                dc_offset=facts.dc_offset,
                stereo=facts.stereo,
                hum=heard.hum,
                quiet=quiet_stretches(heard, measured.mono_loudness_lufs),
                speech_share=speech_share(heard.excerpt),
            ),
            peaks=heard.peaks,
            fingerprint=prints.read_bytes(),
            tags=read_tags(words, path),
            messages=_shown(run.messages, path),
        )


def _split(node: Any) -> tuple[Any, Any]:
    split = node.filter_multi_output("asplit", 2)
    return split[0], split[1]


def _shown(messages: Iterable[str], path: Path) -> tuple[str, ...]:
    """Warnings and errors about the file: no addresses in memory, its name without its place, none about outputs."""
    place = str(path.absolute())
    found = (_COMPLAINT.match(line) for line in messages)
    said = [f"{(sign[1] or '').strip()} {sign[2]}".strip() for sign in found if sign]
    return tuple(line.replace(place, path.name)[:_LONGEST_MESSAGE] for line in said[:_KEPT_MESSAGES])
