"""Made sounds with what is known of them beforehand; `python -m tests.media.sound_table` prints them as measured.

Loudness is compared with a bare `ffmpeg -af ebur128`, the length with the samples that a bare decode puts out, all
else with what went into the sound.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from media.bounds import FRAME_LIMITS
from media.checks import Check, judge
from media.examine import Examination, examine
from media.ffmpeg import Ffmpeg
from media.profile import Profile
from tests.media.sounds import PINK, SPEECH, TONE, Sounds

# A voice has nothing as low as mains hum.
VOICE = f"{SPEECH},highpass=f=150,highpass=f=150"
# Sounds of some seconds are judged like sounds of minutes.
PROFILE = Profile(shortest_ms=2_000)
# Loud speech, soft speech and noise need many or few decibels; that is not what the other rows are about.
_GAIN = "original_loudness"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something of the examination that is known beforehand, and how far off it may be."""

    name: str
    read: Callable[[Examination], float | None]
    expected: float
    within: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """`levels` are the checks that do not pass."""

    name: str
    source: str = VOICE
    file_name: str = "a.wav"
    options: tuple[str, ...] = ()
    seconds: float = 6.165
    rate: int = 44_100
    channels: int = 1
    absolute_lufs: float | None = None
    facts: tuple[Fact, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Aired:
    loudness_lufs: float = -23.0
    true_peak_dbtp: float = -2.0


def _clips(count: float, *, within: float) -> Fact:
    return Fact(name="clips", read=lambda e: e.signal.clipping.count, expected=count, within=within)


def _first_clip(at_ms: float) -> Fact:
    return Fact(name="first clip, ms", read=lambda e: e.signal.clipping.first_ms, expected=at_ms, within=1)


def _offset(share: float) -> Fact:
    return Fact(name="offset", read=lambda e: e.signal.dc_offset, expected=share, within=0.002)


def _hum(hz: int, level_dbfs: float) -> tuple[Fact, Fact]:
    # Six seconds of noise leave few soft places to read the level from.
    return (
        Fact(name="hum, Hz", read=lambda e: e.signal.hum.hz if e.signal.hum else None, expected=hz, within=0),
        Fact(
            name="hum, dBFS",
            read=lambda e: e.signal.hum.level_dbfs if e.signal.hum else None,
            expected=level_dbfs,
            within=3,
        ),
    )


def _correlation(figure: float) -> Fact:
    return Fact(
        name="correlation",
        read=lambda e: e.signal.stereo.correlation if e.signal.stereo else None,
        expected=figure,
        within=0.01,
    )


def _apart(db: float) -> Fact:
    def read(examination: Examination) -> float | None:
        stereo = examination.signal.stereo
        if stereo is None or stereo.left_dbfs is None or stereo.right_dbfs is None:
            return None
        return stereo.left_dbfs - stereo.right_dbfs

    return Fact(name="channels apart, dB", read=read, expected=db, within=0.2)


def _quiet(start_ms: int, end_ms: int) -> tuple[Fact, Fact]:
    # The generator switches between blocks of 1024 samples, and quiet is looked for in steps of 20 ms.
    return (
        Fact(
            name="silence from, ms", read=lambda e: e.signal.quiet[0].start_ms if e.signal.quiet else None,
            expected=start_ms, within=45,
        ),
        Fact(
            name="silence to, ms", read=lambda e: e.signal.quiet[0].end_ms if e.signal.quiet else None,
            expected=end_ms, within=45,
        ),
    )  # fmt: skip


def _true_peak(dbtp: float) -> Fact:
    return Fact(name="true peak, dBTP", read=lambda e: e.measurement.true_peak_dbtp, expected=dbtp, within=0.1)


def _without(condition: str) -> str:
    return f"{VOICE},volume=0:enable='{condition}'"


# A sine at 997 Hz and −20 dBFS (peak) measures −23.0 LUFS on one channel (BS.1770-4, annex 1), −20.0 on two.
ROWS = (
    Row(name="sine, −20 dBFS, one channel", source=TONE, rate=48_000, absolute_lufs=-23.0, facts=(_true_peak(-20.0),)),
    Row(
        name="sine, −20 dBFS, two channels", source=f"{TONE},pan=stereo|c0=c0|c1=c0", rate=48_000, channels=2,
        absolute_lufs=-20.0, facts=(_correlation(1), _apart(0)),
    ),
    Row(name="sine, 24 bits", source=TONE, options=("-c:a", "pcm_s24le"), absolute_lufs=-23.0),
    Row(name="sine as MP3", source=TONE, file_name="a.mp3", options=("-b:a", "128k")),
    Row(name="sine, 8 kHz", source=TONE, rate=8_000, absolute_lufs=-23.0, levels={"sample_rate": "fail"}),
    Row(name="pink noise", source=PINK),
    Row(name="pink noise, 32 kHz stereo MP3", source=PINK, file_name="a.mp3", rate=32_000, channels=2),
    Row(name="speech", facts=(_clips(0, within=0), _offset(0))),
    Row(name="speech as MP3", file_name="a.mp3"),
    Row(name="speech as Opus", file_name="a.opus", rate=48_000),
    Row(name="speech as M4A, two channels", file_name="a.m4a", channels=2),
    Row(name="speech as FLAC", file_name="a.flac", channels=2),
    Row(name="speech as Vorbis", file_name="a.ogg", options=("-c:a", "libvorbis")),
    Row(name="speech too loud", source=f"{VOICE},volume=6dB"),
    Row(name="speech too soft", source=f"{VOICE},volume=-20dB", levels={_GAIN: "warn"}),
    Row(name="speech clipped", source=f"{VOICE},volume=40dB", levels={"clipping": "fail", _GAIN: "warn"}),
    Row(
        name="two clipped places",
        source=(
            "aevalsrc='0.1*sin(2*PI*997*t)+gte(t\\,3)*lt(t\\,3.001)*2-gte(t\\,4)*lt(t\\,4.001)*2':s=48000"
        ),
        rate=48_000, facts=(_clips(2, within=0), _first_clip(3_000)), levels={"clipping": "warn"},
    ),
    Row(
        name="right channel dead", source=f"{VOICE},pan=stereo|c0=c0|c1=0*c0", channels=2,
        levels={"dead_channel": "warn"},
    ),
    Row(
        name="right channel 40 dB down", source=f"{VOICE},pan=stereo|c0=c0|c1=0.01*c0", channels=2,
        facts=(_apart(40), _correlation(1)), levels={"dead_channel": "warn"},
    ),
    Row(
        name="right channel inverted", source=f"{VOICE},pan=stereo|c0=c0|c1=-0.4*c0", channels=2,
        facts=(_apart(8), _correlation(-1)), levels={"inverted_channel": "warn"},
    ),
    Row(
        name="silence of 2 s inside", source=_without("between(t,2,4)"), facts=_quiet(2_000, 4_000),
    ),
    Row(
        name="silence of 4 s inside", source=_without("between(t,2,6)"), seconds=9, facts=_quiet(2_000, 6_000),
        levels={"inner_silence": "warn"},
    ),
    Row(
        name="silence of 6 s inside", source=_without("between(t,2,8)"), seconds=11, facts=_quiet(2_000, 8_000),
        levels={"inner_silence": "fail"},
    ),
    Row(
        name="6 s of a noisy room inside",
        source=f"{_without('between(t,2,8)')}[voice];anoisesrc=c=white:a=0.003:seed=3:r=48000[room];"
        "[voice][room]amix=inputs=2:normalize=0",
        seconds=11, facts=_quiet(2_000, 8_000), levels={"inner_silence": "fail"},
    ),
    Row(
        name="silence of 2 s before", source=_without("lt(t,2)"), facts=_quiet(0, 2_000),
        levels={"leading_silence": "warn"},
    ),
    Row(
        name="2 s of a noisy room before",
        source=f"{_without('lt(t,2)')}[voice];anoisesrc=c=white:a=0.003:seed=3:r=48000[room];"
        "[voice][room]amix=inputs=2:normalize=0",
        facts=_quiet(0, 2_000), levels={"leading_silence": "fail"},
    ),
    Row(
        name="silence of 4 s behind", source=_without("gt(t,5)"), seconds=9, facts=_quiet(5_000, 9_000),
        levels={"trailing_silence": "warn"},
    ),
    Row(
        name="hum of 50 Hz", source=f"{VOICE}[voice];sine=f=50:r=48000,volume=0.0796[hum];"
        "[voice][hum]amix=inputs=2:normalize=0",
        facts=_hum(50, -40.0), levels={"hum": "warn"},
    ),
    Row(
        name="hum of 100 Hz", source=f"{VOICE}[voice];sine=f=100:r=48000,volume=0.0252[hum];"
        "[voice][hum]amix=inputs=2:normalize=0",
        facts=_hum(100, -50.0), levels={"hum": "warn"},
    ),
    Row(name="offset of 5 %", source=f"{VOICE},dcshift=0.05", facts=(_offset(0.05),), levels={"dc_offset": "warn"}),
    Row(name="1.9 s", seconds=1.9, levels={"duration": "fail"}),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Measured:
    examination: Examination
    checks: list[Check]
    loudness_lufs: float
    duration_ms: float

    @property
    def levels(self) -> dict[str, str]:
        """What does not pass; that noise is no speech goes without saying."""
        return {check.name: check.level for check in self.checks if check.level != "pass" and check.name != "speech"}


def measure_row(row: Row, ffmpeg: Ffmpeg, sounds: Sounds, scratch: Path) -> Measured:
    """The row's sound as it is found here, beside what bare commands say of it."""
    path = sounds.make(
        row.file_name, row.source, *row.options, seconds=row.seconds, rate=row.rate, channels=row.channels
    )
    examination = examine(ffmpeg, path, scratch=scratch, limits=FRAME_LIMITS)
    return Measured(
        examination=examination,
        checks=judge(examination, Aired(), PROFILE),
        loudness_lufs=sounds.loudness(path),
        duration_ms=sounds.decoded_samples(path) / row.rate * 1000,
    )


def _shown(figure: float | None) -> str:
    return "nothing" if figure is None else f"{figure:.5g}"


def table() -> Iterator[str]:
    ffmpeg = Ffmpeg.find(None)
    yield "| sound | LUFS by bare ffmpeg | measured | ms decoded | measured | else: expected → measured | checks |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            found = measure_row(row, ffmpeg, Sounds(ffmpeg.executable, Path(folder)), Path(folder) / "scratch")
            measured = found.examination.measurement
            facts = [f"{fact.name}: {fact.expected:g} → {_shown(fact.read(found.examination))}" for fact in row.facts]
            cells = (
                row.name,
                f"{found.loudness_lufs:.1f}",
                f"{measured.loudness_lufs:.1f}",
                f"{found.duration_ms:.1f}",
                str(measured.duration_ms),
                "; ".join(facts),
                ", ".join(f"{name} {level}" for name, level in found.levels.items()),
            )
            yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for line in table():
        print(line)  # noqa: T201 - started by hand
