"""A whole slot in one file, for stations that can only play one: opening, items and closing in a row.

A slot is planned as the sum of its parts, so nothing stands between them: the fades lie inside the parts, and
the programme is as long as they are together, to the sample.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from media.ffmpeg import Ffmpeg, audio_input, file_output
from media.measure import MONO, run_decode
from media.mixing import SAMPLE_RATE, join
from media.normalise import Treatment
from media.profile import Profile
from media.renditions import MadeRendition, Sound, make_copies
from media.scratch import work_folder

_DECODING_SHARE = 0.2
_DEFAULTS = Profile()


def render_programme(
    parts: Sequence[Path],
    target: Path,
    *,
    ffmpeg: Ffmpeg,
    tags: Mapping[str, str],
    profile: Profile = _DEFAULTS,
    on_progress: Callable[[float], None] | None = None,
) -> MadeRendition:
    """Write `target` (44.1 kHz, mono, 128 kbit/s) from broadcast copies in the order in which they are played.

    Its loudness, true peak and length are measured again. The parts have one level already: it is touched only
    where the whole is off. The same parts and tags make the same bytes. Beside `target`, 5.3 MB of room for each
    minute are needed while this runs, and twice that for the longest part. Raises NotAudio for a part that is none,
    FfmpegFailed, StoreUnwritable.
    """
    tell = on_progress or _nobody_listens
    with work_folder(target.parent) as folder:
        whole = folder / "programme.wav"
        samples = join(_decoded(ffmpeg, parts, folder / "part.raw", tell), whole)
        made = make_copies(
            ffmpeg,
            Sound(
                open=lambda: audio_input(whole)["a:0"].filter("aresample", **MONO),
                sample_rate=SAMPLE_RATE,
                length_ms=round(samples * 1000 / SAMPLE_RATE),
            ),
            {"programme": target},
            treatment=Treatment(gain_db=0.0, ceiling_dbtp=None),
            tags=tags,
            profile=profile,
            on_progress=lambda share: tell(_DECODING_SHARE + (1 - _DECODING_SHARE) * share),
        )
    return made["programme"]


def _decoded(ffmpeg: Ffmpeg, parts: Sequence[Path], raw: Path, tell: Callable[[float], None]) -> Iterator[Path]:
    """Each part as bare samples, in the one file `raw`, which the next one writes over."""
    for number, part in enumerate(parts, start=1):
        sound = audio_input(part, vn=None, sn=None, dn=None)["a:0"].filter("aresample", SAMPLE_RATE, **MONO)
        run_decode(ffmpeg, file_output(sound, raw, f="s16le", acodec="pcm_s16le"))
        yield raw
        tell(_DECODING_SHARE * number / len(parts))


def _nobody_listens(_: float) -> None:
    """Progress that was not asked for."""
