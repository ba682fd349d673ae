"""Verdicts on one recording: each check says what was measured, what the limit is, and how bad it is.

"fail" keeps a recording off the air until somebody who may overrules it, "warn" is for the producer to know.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from media.examine import Examination
from media.measure import Silence
from media.profile import Profile

Level = Literal["pass", "warn", "fail"]
Unit = Literal["LUFS", "dBTP", "ms", "Hz", "dB", "dBFS", "/min", "%", ""]
Facts = dict[str, str | int | float | bool | list[int] | None]

CHECKS = (
    "loudness",
    "true_peak",
    "duration",
    "leading_silence",
    "trailing_silence",
    "inner_silence",
    "sample_rate",
    "original_loudness",
    "clipping",
    "dc_offset",
    "hum",
    "dead_channel",
    "inverted_channel",
    "speech",
)  # fmt: skip

_MOST_PLACES = 20


class Levelled(Protocol):
    """The broadcast copy as it was measured after it was made."""

    @property
    def loudness_lufs(self) -> float: ...

    @property
    def true_peak_dbtp(self) -> float: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`name` is one of CHECKS; `measured` and `limit` are in `unit`; `at_ms` is the place in the original.

    `measured` is None where there is nothing to measure. `facts` is what a sentence about it also needs.
    """

    name: str
    level: Level
    measured: float | int | None
    limit: float | int
    unit: Unit
    at_ms: int | None
    facts: Facts


def judge(examination: Examination, broadcast: Levelled, profile: Profile) -> list[Check]:
    """One check for each name that applies, in the order of CHECKS.

    `dead_channel` and `inverted_channel` apply to two channels, `speech` where it could be measured.
    """
    checks = [
        _loudness(broadcast, profile),
        _true_peak(broadcast, profile),
        _duration(examination, profile),
        *_silence(examination, profile),
        _sample_rate(examination, profile),
        _original_loudness(examination, profile),
        _clipping(examination, profile),
        _dc_offset(examination, profile),
        _hum(examination, profile),
        *_channels(examination, profile),
        *_speech(examination, profile),
    ]
    return sorted(checks, key=lambda check: CHECKS.index(check.name))


def worst(checks: list[Check]) -> Level:
    levels = {check.level for check in checks}
    return "fail" if "fail" in levels else "warn" if "warn" in levels else "pass"


def _loudness(broadcast: Levelled, profile: Profile) -> Check:
    off = abs(broadcast.loudness_lufs - profile.target_lufs)
    return Check(
        name="loudness",
        level="pass" if off <= profile.tolerance_lu else "fail",
        measured=broadcast.loudness_lufs,
        limit=profile.target_lufs,
        unit="LUFS",
        at_ms=None,
        facts={"tolerance_lu": profile.tolerance_lu},
    )


def _true_peak(broadcast: Levelled, profile: Profile) -> Check:
    return Check(
        name="true_peak",
        level="pass" if broadcast.true_peak_dbtp <= profile.max_true_peak_dbtp else "fail",
        measured=broadcast.true_peak_dbtp,
        limit=profile.max_true_peak_dbtp,
        unit="dBTP",
        at_ms=None,
        facts={},
    )


def _duration(examination: Examination, profile: Profile) -> Check:
    """Airtime, from cue to cue."""
    airtime_ms = examination.cues.duration_ms
    return Check(
        name="duration",
        level="pass" if profile.shortest_ms <= airtime_ms <= profile.longest_ms else "fail",
        measured=airtime_ms,
        limit=profile.shortest_ms if airtime_ms < profile.shortest_ms else profile.longest_ms,
        unit="ms",
        at_ms=None,
        facts={
            "shortest_ms": profile.shortest_ms,
            "longest_ms": profile.longest_ms,
            "recorded_ms": examination.measurement.duration_ms,
        },
    )


def _silence(examination: Examination, profile: Profile) -> list[Check]:
    """At the ends the original's is told and what is aired of it decides; inside all of it is aired."""
    cues, length_ms = examination.cues, examination.measurement.duration_ms
    quiet = examination.signal.quiet
    leading = next((stretch for stretch in quiet[:1] if stretch.start_ms == 0), None)
    trailing = next((stretch for stretch in quiet[-1:] if stretch.end_ms >= length_ms), None)
    inner = [stretch for stretch in quiet if stretch not in {leading, trailing}]
    longest = max(inner, key=lambda stretch: stretch.end_ms - stretch.start_ms, default=None)
    aired_before = max(0, leading.end_ms - cues.cue_in_ms) if leading else 0
    aired_after = max(0, cues.cue_out_ms - trailing.start_ms) if trailing else 0
    return [
        _edge("leading_silence", leading, aired_before, profile.longest_leading_silence_ms),
        _edge("trailing_silence", trailing, aired_after, profile.longest_trailing_silence_ms),
        _inner(longest, inner, profile),
    ]


def _edge(name: str, stretch: Silence | None, aired_ms: int, limit_ms: int) -> Check:
    """A long one that the cues leave out warns: the file is not as it should be, the air is."""
    length_ms = stretch.end_ms - stretch.start_ms if stretch else 0
    level: Level = "fail" if aired_ms > limit_ms else "warn" if length_ms > limit_ms else "pass"
    return Check(
        name=name,
        level=level,
        measured=length_ms,
        limit=limit_ms,
        unit="ms",
        at_ms=stretch.start_ms if stretch else None,
        facts={"aired_ms": aired_ms},
    )


def _inner(longest: Silence | None, inner: list[Silence], profile: Profile) -> Check:
    length_ms = longest.end_ms - longest.start_ms if longest else 0
    noticed = [s for s in inner if s.end_ms - s.start_ms > profile.noticed_inner_silence_ms]
    level: Level = "fail" if length_ms > profile.longest_inner_silence_ms else "warn" if noticed else "pass"
    return Check(
        name="inner_silence",
        level=level,
        measured=length_ms,
        limit=profile.longest_inner_silence_ms,
        unit="ms",
        at_ms=longest.start_ms if longest else None,
        facts={
            "noticed_ms": profile.noticed_inner_silence_ms,
            "count": len(noticed),
            "starts_ms": [stretch.start_ms for stretch in noticed[:_MOST_PLACES]],
            "lengths_ms": [stretch.end_ms - stretch.start_ms for stretch in noticed[:_MOST_PLACES]],
        },
    )


def _sample_rate(examination: Examination, profile: Profile) -> Check:
    rate = examination.measurement.sample_rate
    return Check(
        name="sample_rate",
        level="pass" if rate >= profile.lowest_sample_rate else "fail",
        measured=rate,
        limit=profile.lowest_sample_rate,
        unit="Hz",
        at_ms=None,
        facts={},
    )


def _original_loudness(examination: Examination, profile: Profile) -> Check:
    """The gain it needs: far up lifts the noise of the room, far down says that the level was never watched."""
    gain_db = _gain_db(examination, profile)
    return Check(
        name="original_loudness",
        level="pass" if abs(gain_db) <= profile.most_gain_db else "warn",
        measured=gain_db,
        limit=profile.most_gain_db,
        unit="dB",
        at_ms=None,
        facts={
            "loudness_lufs": examination.measurement.mono_loudness_lufs,
            "target_lufs": profile.target_lufs,
            "true_peak_dbtp": examination.measurement.true_peak_dbtp,
        },
    )


def _clipping(examination: Examination, profile: Profile) -> Check:
    clipping = examination.signal.clipping
    rate = _rounded(clipping.count * 60_000 / max(1, examination.measurement.duration_ms), 1)
    level: Level = "pass"
    if rate > profile.most_clips_per_minute:
        level = "fail"
    elif rate > profile.noticed_clips_per_minute:
        level = "warn"
    return Check(
        name="clipping",
        level=level,
        measured=rate,
        limit=profile.most_clips_per_minute if level == "fail" else profile.noticed_clips_per_minute,
        unit="/min",
        at_ms=clipping.first_ms,
        facts={"count": clipping.count},
    )


def _dc_offset(examination: Examination, profile: Profile) -> Check:
    share = examination.signal.dc_offset
    return Check(
        name="dc_offset",
        level="pass" if abs(share) <= profile.most_dc_offset_share else "warn",
        measured=_rounded(100 * share, 2),
        limit=_rounded(100 * profile.most_dc_offset_share, 2),
        unit="%",
        at_ms=None,
        facts={},
    )


def _hum(examination: Examination, profile: Profile) -> Check:
    """As loud as it is on air."""
    hum = examination.signal.hum
    aired_dbfs = None if hum is None else _rounded(hum.level_dbfs + _gain_db(examination, profile), 1)
    return Check(
        name="hum",
        level="pass" if aired_dbfs is None or aired_dbfs <= profile.most_hum_dbfs else "warn",
        measured=aired_dbfs,
        limit=profile.most_hum_dbfs,
        unit="dBFS",
        at_ms=None,
        facts={"hz": hum.hz if hum else None, "recorded_dbfs": hum.level_dbfs if hum else None},
    )


def _channels(examination: Examination, profile: Profile) -> list[Check]:
    stereo = examination.signal.stereo
    if stereo is None:
        return []
    levels = {"left": stereo.left_dbfs, "right": stereo.right_dbfs}
    known = [level for level in levels.values() if level is not None]
    apart_db = _rounded(max(known) - min(known), 1) if len(known) == 2 else None
    dead = apart_db is None or apart_db > profile.dead_channel_db
    softer = "right" if stereo.right_dbfs is None else "left"
    if len(known) == 2:
        softer = min("left", "right", key=lambda side: levels[side] or 0.0)
    lost_lu = examination.measurement.loudness_lufs - examination.measurement.mono_loudness_lufs
    return [
        Check(
            name="dead_channel",
            level="warn" if dead else "pass",
            measured=apart_db,
            limit=profile.dead_channel_db,
            unit="dB",
            at_ms=None,
            facts={"side": softer, "left_dbfs": stereo.left_dbfs, "right_dbfs": stereo.right_dbfs},
        ),
        Check(
            name="inverted_channel",
            level="pass" if stereo.correlation >= profile.least_correlation else "warn",
            measured=stereo.correlation,
            limit=profile.least_correlation,
            unit="",
            at_ms=None,
            facts={"lost_in_mono_lu": _rounded(lost_lu, 1)},
        ),
    ]


def _speech(examination: Examination, profile: Profile) -> list[Check]:
    share = examination.signal.speech_share
    if share is None:
        return []
    return [
        Check(
            name="speech",
            level="pass" if share >= profile.least_speech_share else "warn",
            measured=_rounded(100 * share, 1),
            limit=_rounded(100 * profile.least_speech_share, 1),
            unit="%",
            at_ms=None,
            facts={},
        )
    ]


def _gain_db(examination: Examination, profile: Profile) -> float:
    return _rounded(profile.target_lufs - examination.measurement.mono_loudness_lufs, 1)


def _rounded(figure: float, digits: int) -> float:
    # −0.0 would be shown with its sign.
    return round(figure, digits) + 0.0
