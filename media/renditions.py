"""The copies of a recording: the piece between its cues, mono, at one loudness, each measured before it is believed.

`broadcast` is for stations, the two light ones for bad networks (Opus, which every browser plays, and MP3 for
what plays nothing else), `flac` for who asks for it, `programme` for a whole slot in one file. `whole` alone is neither
cut nor levelled: it is for who compares, or moves the cues.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfileobj
from typing import Any

from media.cues import Cues
from media.ffmpeg import Ffmpeg, FfmpegRun, audio_input, file_output, null_output
from media.formats import FORMATS, Format, Kind
from media.id3 import id3_tag
from media.measure import MONO, SAMPLE_CLOCK, Measurement, figures_of, probe
from media.normalise import Treatment, corrected, first_treatment, treat
from media.profile import Profile

TAGS = ("title", "artist", "album", "language", "comment", "date")

# The share of the profile's tolerance that a copy may use up before it is made again.
_AIM = 0.5
_ATTEMPTS = 5
_MOST_IN_VAIN = 2
_ENCODING_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRendition:
    """A copy as it measures: `duration_ms` is counted in the samples that it decodes to.

    Digital silence has a loudness of −70 LUFS and a true peak of −150 dBTP.
    """

    kind: Kind
    path: Path
    media_type: str
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    was_limited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Renditions:
    broadcast: MadeRendition
    light_opus: MadeRendition
    light_mp3: MadeRendition


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is copied: `open` gives a node of a graph, mono in float samples, `length_ms` long."""

    open: Callable[[], Any]
    sample_rate: int
    length_ms: int


def make_renditions(
    ffmpeg: Ffmpeg,
    source: Path,
    folder: Path,
    *,
    measured: Measurement,
    cues: Cues,
    tags: Mapping[str, str],
    profile: Profile,
    on_progress: Callable[[float], None] | None = None,
) -> Renditions:
    """Write the three copies that every recording has into `folder`; raises FfmpegFailed.

    `tags` names some of TAGS. A copy that is off the target or above the ceiling is made again with what was
    learned; where that does not help (clicks, a few loud bangs) the best one is returned, and its figures say so.
    """
    treatment = first_treatment(
        loudness_lufs=measured.mono_loudness_lufs,
        # Mixing two channels at one half each can only lower the peak, so the file's own is the bound.
        true_peak_dbtp=measured.true_peak_dbtp,
        profile=profile,
    )
    targets: dict[Kind, Path] = {
        kind: folder / FORMATS[kind].file_name for kind in ("broadcast", "light_opus", "light_mp3")
    }
    made = make_copies(
        ffmpeg,
        _between_cues(source, cues, measured.sample_rate),
        targets,
        treatment=treatment,
        tags=tags,
        profile=profile,
        on_progress=on_progress,
    )
    return Renditions(broadcast=made["broadcast"], light_opus=made["light_opus"], light_mp3=made["light_mp3"])


def make_flac(
    ffmpeg: Ffmpeg,
    source: Path,
    target: Path,
    *,
    cues: Cues,
    gain_db: float,
    was_limited: bool,
    tags: Mapping[str, str],
    profile: Profile,
    on_progress: Callable[[float], None] | None = None,
) -> MadeRendition:
    """The same piece as the broadcast copy without loss, at the rate of the recording, 16 bits.

    `gain_db` and `was_limited` are those of the broadcast copy. Raises FfmpegFailed, NotAudio.
    """
    sample_rate = probe(ffmpeg, source).audio[0].sample_rate
    ceiling = profile.max_true_peak_dbtp - 0.2 if was_limited else None
    made = make_copies(
        ffmpeg,
        _between_cues(source, cues, sample_rate),
        {"flac": target},
        treatment=Treatment(gain_db=gain_db, ceiling_dbtp=ceiling),
        tags=tags,
        profile=profile,
        on_progress=on_progress,
    )
    return made["flac"]


def make_whole(ffmpeg: Ffmpeg, source: Path, target: Path, *, length_ms: int) -> MadeRendition:
    """All of the recording in mono, as loud as it came. Raises FfmpegFailed, NotAudio."""
    sound = _between_cues(source, Cues(cue_in_ms=0, cue_out_ms=length_ms), probe(ffmpeg, source).audio[0].sample_rate)
    copy = _Copy(kind="whole", target=target, treatment=Treatment(gain_db=0.0, ceiling_dbtp=None))
    progress = _Progress(None, length_ms)
    _encode(ffmpeg, sound, [copy], {}, progress.encoded)
    [made] = _measure(ffmpeg, sound, [copy], progress.measured)
    copy.attempt.replace(copy.target)
    return made


def make_copies(
    ffmpeg: Ffmpeg,
    sound: Sound,
    targets: Mapping[Kind, Path],
    *,
    treatment: Treatment,
    tags: Mapping[str, str],
    profile: Profile,
    on_progress: Callable[[float], None] | None = None,
) -> dict[Kind, MadeRendition]:
    """All `targets` from one decode and one treatment, measured in one run; only what is off is made again.

    What is left beside the targets when this raises is for the caller's work folder to clear.
    """
    progress = _Progress(on_progress, sound.length_ms)
    best: dict[Kind, MadeRendition] = {}
    pending = [_Copy(kind=kind, target=target, treatment=treatment) for kind, target in targets.items()]
    for _ in range(_ATTEMPTS):
        _encode(ffmpeg, sound, pending, tags, progress.encoded)
        again = []
        for copy, made in zip(pending, _measure(ffmpeg, sound, pending, progress.measured), strict=True):
            miss = _miss_db(made, profile)
            better = copy.kind not in best or miss < _miss_db(best[copy.kind], profile)
            if better:
                copy.attempt.replace(copy.target)
                best[copy.kind] = made
            else:
                copy.attempt.unlink()
            in_vain = 0 if better else copy.in_vain + 1
            if miss and in_vain < _MOST_IN_VAIN:
                again.append(copy.after(made, in_vain, profile))
        pending = again
        if not pending:
            break
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """One copy to be made: an attempt lies beside its target, which holds the best so far."""

    kind: Kind
    target: Path
    treatment: Treatment
    # How many attempts in a row were no better.
    in_vain: int = 0

    @property
    def format(self) -> Format:
        return FORMATS[self.kind]

    @property
    def attempt(self) -> Path:
        return self.target.with_name(f"{self.target.name}.attempt")

    def after(self, made: MadeRendition, in_vain: int, profile: Profile) -> "_Copy":
        treatment = corrected(
            self.treatment, loudness_lufs=made.loudness_lufs, true_peak_dbtp=made.true_peak_dbtp, profile=profile
        )
        return replace(self, treatment=treatment, in_vain=in_vain)


def _miss_db(made: MadeRendition, profile: Profile) -> float:
    """How far a copy lies outside of what is aimed at, by loudness and true peak together."""
    off_lu = abs(made.loudness_lufs - profile.target_lufs) - _AIM * profile.tolerance_lu
    over_db = made.true_peak_dbtp - profile.max_true_peak_dbtp
    return max(0.0, round(off_lu, 1)) + max(0.0, round(over_db, 1))


def _between_cues(source: Path, cues: Cues, sample_rate: int) -> Sound:
    def sound() -> Any:
        return (
            audio_input(source, vn=None, sn=None, dn=None)["a:0"]
            .filter("asetpts", SAMPLE_CLOCK)
            .filter("atrim", start=cues.cue_in_ms / 1000, end=cues.cue_out_ms / 1000)
            .filter("asetpts", "PTS-STARTPTS")
            .filter("aresample", **MONO)
        )

    return Sound(open=sound, sample_rate=sample_rate, length_ms=cues.duration_ms)


def _encode(
    ffmpeg: Ffmpeg,
    sound: Sound,
    copies: Sequence[_Copy],
    tags: Mapping[str, str],
    on_progress: Callable[[int], None],
) -> None:
    clean = {name: _clean(tags[name]) for name in TAGS if tags.get(name)}
    groups: dict[Treatment, list[_Copy]] = {}
    for copy in copies:
        groups.setdefault(copy.treatment, []).append(copy)
    outputs = []
    for treatment, group, heard in zip(groups, groups.values(), _split(sound.open(), len(groups)), strict=True):
        treated = treat(heard, treatment, sample_rate=sound.sample_rate)
        for copy, part in zip(group, _split(treated, len(group)), strict=True):
            outputs.append(_coded(copy, part, sound, clean))
    ffmpeg.run(*outputs, on_progress=on_progress)
    for copy in copies:
        if copy.format.has_id3:
            _put_in_front(id3_tag(clean), copy.attempt, copy.target.with_name(f"{copy.target.name}.tagged"))


def _coded(copy: _Copy, sound: Any, source: Sound, tags: Mapping[str, str]) -> Any:
    form = copy.format
    if form.coder_loss_db:
        sound = sound.filter("volume", f"{form.coder_loss_db}dB", precision="float")
    metadata = {} if form.has_id3 else {f"metadata:g:{name}": f"{name}={value}" for name, value in tags.items()}
    return file_output(
        sound.filter("aresample", _rate(form.sample_rate, source)),
        copy.attempt,
        **form.options,
        **metadata,
        map_metadata=-1,
        map_chapters=-1,
        fflags="+bitexact",
        **{"flags:a": "+bitexact"},
    )


def _measure(
    ffmpeg: Ffmpeg, sound: Sound, copies: Sequence[_Copy], on_progress: Callable[[int], None]
) -> list[MadeRendition]:
    """One run for all; the samples are counted by `volumedetect`."""
    outputs = [
        null_output(
            audio_input(copy.attempt, vn=None)["a:0"]
            .filter(f"ebur128@{copy.kind}", peak="true", framelog="verbose")
            .filter("aresample", _rate(copy.format.decoded_rate, sound), osf="s16")
            .filter(f"volumedetect@{copy.kind}")
            # The fewer frames go from thread to thread, the better: a quarter of this run's time.
            .filter("asetnsamples", n=65_536, p=0)
        )
        for copy in copies
    ]
    run = ffmpeg.run(*outputs, on_progress=on_progress)
    return [_made(copy, run, _rate(copy.format.decoded_rate, sound)) for copy in copies]


def _made(copy: _Copy, run: FfmpegRun, rate: int) -> MadeRendition:
    figures = figures_of(run.messages, copy.kind)
    return MadeRendition(
        kind=copy.kind,
        path=copy.target,
        media_type=copy.format.media_type,
        duration_ms=round(_samples(run, copy.kind) * 1000 / rate),
        loudness_lufs=figures["I"],
        true_peak_dbtp=figures["Peak"],
        gain_db=round(copy.treatment.gain_db, 2),
        was_limited=copy.treatment.ceiling_dbtp is not None,
    )


def _samples(run: FfmpegRun, kind: Kind) -> int:
    # A filter says it twice: once when it is first set up, once at its end.
    said = [line for line in run.messages if line.startswith(f"[volumedetect@{kind} @") and "n_samples: " in line]
    return max(int(line.rpartition(" ")[2]) for line in said)


def _rate(rate: int | None, sound: Sound) -> int:
    return rate or min(sound.sample_rate, 48_000)


def _split(node: Any, parts: int) -> list[Any]:
    if parts == 1:
        return [node]
    split = node.filter_multi_output("asplit", parts)
    return [split[number] for number in range(parts)]


def _put_in_front(head: bytes, path: Path, aside: Path) -> None:
    if not head:
        return
    with path.open("rb") as body, aside.open("wb") as whole:
        whole.write(head)
        copyfileobj(body, whole, 1 << 20)
    aside.replace(path)


def _clean(value: str) -> str:
    """Valid in every kind of tag: no zero byte, no half of a character; line breaks stay."""
    return "".join(_CLEANED.get(unicodedata.category(sign), sign) if sign != "\n" else sign for sign in value)


_CLEANED = {"Cc": " ", "Cs": "\ufffd", "Co": "\ufffd", "Cn": "\ufffd"}


class _Progress:
    """Two runs over the same length as one share from 0 to 1, which a repetition does not turn back."""

    def __init__(self, tell: Callable[[float], None] | None, length_ms: int) -> None:
        self._tell = tell
        self._length_ms = max(1, length_ms)
        self._told = 0.0

    def encoded(self, done_ms: int) -> None:
        self._say(0.0, _ENCODING_SHARE, done_ms)

    def measured(self, done_ms: int) -> None:
        self._say(_ENCODING_SHARE, 1 - _ENCODING_SHARE, done_ms)

    def _say(self, before: float, share: float, done_ms: int) -> None:
        self._told = max(self._told, before + share * min(1.0, done_ms / self._length_ms))
        if self._tell is not None:
            self._tell(self._told)
