from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

from media.checks import CHECKS, Check, judge, worst
from media.cues import Cues
from media.examine import Examination, Signal
from media.measure import Measurement, Silence
from media.mono_track import Hum
from media.profile import Profile
from media.samples import Clipping, Stereo


@dataclass(frozen=True, kw_only=True)
class Copy:
    loudness_lufs: float = -23.0
    true_peak_dbtp: float = -2.0


def measurement(**facts: Any) -> Measurement:
    standard = Measurement(
        container="wav", codec="pcm_s16le", channels=2, sample_rate=48_000, has_video=False, declared_ms=60_000,
        duration_ms=60_000, loudness_lufs=-20.0, loudness_range_lu=5.0, true_peak_dbtp=-3.0,
        mono_loudness_lufs=-23.0, silences=(), decode_errors=0, is_cut_short=False, format_changes=0,
    )  # fmt: skip
    return replace(standard, **facts)


def signal(**facts: Any) -> Signal:
    standard = Signal(
        clipping=Clipping(count=0, first_ms=None),
        dc_offset=0.0,
        stereo=Stereo(left_dbfs=-25.0, right_dbfs=-25.0, correlation=0.9),
        hum=None,
        quiet=(),
        speech_share=0.9,
    )
    return replace(standard, **facts)


def examination(
    *, measured: Measurement | None = None, heard: Signal | None = None, cues: tuple[int, int] = (0, 60_000)
) -> Examination:
    return Examination(
        measurement=measured or measurement(),
        cues=Cues(cue_in_ms=cues[0], cue_out_ms=cues[1]),
        signal=heard or signal(),
        peaks=b"",
        fingerprint=b"",
        tags={},
        messages=(),
    )


def judged(
    found: Examination | None = None, copy: Copy | None = None, profile: Profile | None = None
) -> dict[str, Check]:
    checks = judge(found or examination(), copy or Copy(), profile or Profile())
    return {check.name: check for check in checks}


def stretches(*spans: tuple[int, int]) -> Signal:
    return signal(quiet=tuple(Silence(start_ms=start, end_ms=end) for start, end in spans))


def test_a_good_recording_passes_every_check_in_order() -> None:
    checks = judged()

    assert tuple(checks) == CHECKS
    assert {check.level for check in checks.values()} == {"pass"}


def test_checks_go_to_json_and_back() -> None:
    found = examination(heard=stretches((0, 2_000), (10_000, 16_000)), cues=(1_800, 60_000))
    checks = judge(found, Copy(), Profile())

    text = msgspec.json.encode(msgspec.to_builtins(checks))

    assert msgspec.json.decode(text, type=list[Check]) == checks


@pytest.mark.parametrize(
    ("loudness", "level"), [(-24.0, "pass"), (-22.0, "pass"), (-24.1, "fail"), (-21.9, "fail"), (-70.0, "fail")]
)
def test_the_loudness_of_the_copy_is_within_one_unit(loudness: float, level: str) -> None:
    check = judged(copy=Copy(loudness_lufs=loudness))["loudness"]

    assert (check.level, check.measured, check.limit, check.unit) == (level, loudness, -23.0, "LUFS")
    assert check.facts == {"tolerance_lu": 1.0}


@pytest.mark.parametrize(("peak", "level"), [(-1.0, "pass"), (-0.9, "fail")])
def test_the_copy_stays_below_the_ceiling(peak: float, level: str) -> None:
    assert judged(copy=Copy(true_peak_dbtp=peak))["true_peak"].level == level


@pytest.mark.parametrize(
    ("airtime_ms", "level", "limit"),
    [
        (20_000, "pass", 1_800_000), (19_999, "fail", 20_000), (1_800_000, "pass", 1_800_000),
        (1_800_001, "fail", 1_800_000),
    ],
)  # fmt: skip
def test_the_length_that_is_aired_counts(airtime_ms: int, level: str, limit: int) -> None:
    measured = measurement(duration_ms=airtime_ms + 5_000)

    check = judged(examination(measured=measured, cues=(5_000, airtime_ms + 5_000)))["duration"]

    assert (check.level, check.measured, check.limit, check.unit) == (level, airtime_ms, limit, "ms")
    assert check.facts["recorded_ms"] == airtime_ms + 5_000


@pytest.mark.parametrize(
    ("end_ms", "cue_in_ms", "level"),
    [
        pytest.param(1_000, 800, "pass", id="as long as allowed"),
        pytest.param(4_000, 3_800, "warn", id="left out by the cue"),
        pytest.param(4_000, 3_000, "warn", id="a second of it aired"),
        pytest.param(4_000, 2_999, "fail", id="more than a second aired"),
        pytest.param(4_000, 0, "fail", id="a noisy room"),
    ],
)
def test_silence_before_fails_only_where_it_is_aired(end_ms: int, cue_in_ms: int, level: str) -> None:
    check = judged(examination(heard=stretches((0, end_ms)), cues=(cue_in_ms, 60_000)))["leading_silence"]

    assert (check.level, check.measured, check.at_ms) == (level, end_ms, 0)
    assert check.facts == {"aired_ms": end_ms - cue_in_ms}


@pytest.mark.parametrize(("cue_out_ms", "level"), [(50_200, "warn"), (53_000, "warn"), (53_001, "fail")])
def test_silence_behind_fails_only_where_it_is_aired(cue_out_ms: int, level: str) -> None:
    check = judged(examination(heard=stretches((50_000, 60_000)), cues=(0, cue_out_ms)))["trailing_silence"]

    assert (check.level, check.measured, check.at_ms) == (level, 10_000, 50_000)


@pytest.mark.parametrize(("length_ms", "level"), [(3_000, "pass"), (3_020, "warn"), (5_000, "warn"), (5_020, "fail")])
def test_silence_inside_warns_and_then_fails(length_ms: int, level: str) -> None:
    heard = stretches((0, 700), (9_000, 9_500), (20_000, 20_000 + length_ms), (59_000, 60_000))

    check = judged(examination(heard=heard))["inner_silence"]

    assert (check.level, check.measured, check.limit, check.at_ms) == (level, length_ms, 5_000, 20_000)
    assert check.facts["starts_ms"] == ([] if level == "pass" else [20_000])


def test_a_hundred_silences_are_counted_and_twenty_named() -> None:
    heard = stretches(*((start, start + 3_500) for start in range(1_000, 401_000, 4_000)))

    check = judged(examination(measured=measurement(duration_ms=500_000), heard=heard, cues=(0, 500_000)))

    assert check["inner_silence"].facts["count"] == 100
    assert len(msgspec.to_builtins(check["inner_silence"].facts["starts_ms"])) == 20


def test_a_recording_that_is_silent_from_end_to_end_has_it_before_and_behind() -> None:
    checks = judged(examination(heard=stretches((0, 60_000))))

    assert {checks["leading_silence"].level, checks["trailing_silence"].level} == {"fail"}
    assert checks["inner_silence"].level == "pass"


@pytest.mark.parametrize(("rate", "level"), [(22_050, "pass"), (16_000, "fail"), (8_000, "fail")])
def test_a_telephone_is_not_good_enough(rate: int, level: str) -> None:
    assert judged(examination(measured=measurement(sample_rate=rate)))["sample_rate"].level == level


@pytest.mark.parametrize(("loudness", "level"), [(-38.0, "pass"), (-38.1, "warn"), (-8.0, "pass"), (-7.9, "warn")])
def test_a_recording_that_needs_much_gain_is_told(loudness: float, level: str) -> None:
    check = judged(examination(measured=measurement(mono_loudness_lufs=loudness)))["original_loudness"]

    assert (check.level, check.measured) == (level, pytest.approx(-23 - loudness))


@pytest.mark.parametrize(
    ("count", "level", "limit"), [(0, "pass", 2), (4, "pass", 2), (5, "warn", 2), (120, "warn", 2), (121, "fail", 60)]
)
def test_clipping_is_weighed_by_the_minute(count: int, level: str, limit: float) -> None:
    clipping = Clipping(count=count, first_ms=1_234 if count else None)

    check = judged(
        examination(measured=measurement(duration_ms=120_000), heard=signal(clipping=clipping), cues=(0, 120_000))
    )["clipping"]

    assert (check.level, check.measured, check.limit) == (level, count / 2, limit)
    assert check.at_ms == clipping.first_ms


@pytest.mark.parametrize(("share", "level"), [(0.01, "pass"), (-0.01, "pass"), (-0.02, "warn")])
def test_an_offset_is_told_in_per_cent(share: float, level: str) -> None:
    check = judged(examination(heard=signal(dc_offset=share)))["dc_offset"]

    assert (check.level, check.measured, check.limit, check.unit) == (level, pytest.approx(100 * share), 1.0, "%")


@pytest.mark.parametrize(
    ("recorded_dbfs", "loudness", "level"),
    [
        pytest.param(-56.0, -23.0, "pass", id="soft"),
        pytest.param(-50.0, -23.0, "warn", id="loud"),
        pytest.param(-56.0, -33.0, "warn", id="turned up with a soft voice"),
        pytest.param(-50.0, -13.0, "pass", id="turned down with a loud voice"),
    ],
)
def test_hum_counts_as_loud_as_it_is_aired(recorded_dbfs: float, loudness: float, level: str) -> None:
    check = judged(
        examination(
            measured=measurement(mono_loudness_lufs=loudness),
            heard=signal(hum=Hum(hz=100, level_dbfs=recorded_dbfs)),
        )
    )["hum"]

    assert (check.level, check.measured) == (level, pytest.approx(recorded_dbfs - 23.0 - loudness))
    assert check.facts == {"hz": 100, "recorded_dbfs": recorded_dbfs}


@pytest.mark.parametrize(
    ("left", "right", "level", "side"),
    [
        (-25.0, -55.0, "pass", "right"), (-25.0, -55.1, "warn", "right"), (-60.0, -25.0, "warn", "left"),
        (-25.0, None, "warn", "right"), (None, -25.0, "warn", "left"),
    ],
)  # fmt: skip
def test_a_dead_channel_is_named(left: float | None, right: float | None, level: str, side: str) -> None:
    stereo = Stereo(left_dbfs=left, right_dbfs=right, correlation=0.0)

    check = judged(examination(heard=signal(stereo=stereo)))["dead_channel"]

    assert (check.level, check.facts["side"]) == (level, side)
    assert (check.measured is None) == (left is None or right is None)


@pytest.mark.parametrize(("correlation", "level"), [(1.0, "pass"), (0.0, "pass"), (-0.5, "pass"), (-0.51, "warn")])
def test_an_inverted_channel_warns(correlation: float, level: str) -> None:
    stereo = Stereo(left_dbfs=-25.0, right_dbfs=-33.0, correlation=correlation)

    check = judged(examination(heard=signal(stereo=stereo)))["inverted_channel"]

    assert (check.level, check.measured) == (level, correlation)
    assert check.facts == {"lost_in_mono_lu": 3.0}


def test_one_channel_is_not_asked_about_two() -> None:
    checks = judged(examination(measured=measurement(channels=1), heard=signal(stereo=None)))

    assert not {"dead_channel", "inverted_channel"} & set(checks)


@pytest.mark.parametrize(("share", "level"), [(0.1, "pass"), (0.09, "warn"), (0.0, "warn")])
def test_a_recording_in_which_nobody_speaks_warns(share: float, level: str) -> None:
    check = judged(examination(heard=signal(speech_share=share)))["speech"]

    assert (check.level, check.measured, check.unit) == (level, pytest.approx(100 * share), "%")


def test_what_could_not_be_told_is_not_judged() -> None:
    assert "speech" not in judged(examination(heard=signal(speech_share=None)))


def test_the_worst_check_decides() -> None:
    fine = judge(examination(), Copy(), Profile())
    warned = judge(examination(heard=signal(speech_share=0.0)), Copy(), Profile())
    failed = judge(examination(heard=signal(speech_share=0.0)), Copy(true_peak_dbtp=0.0), Profile())

    assert (worst(fine), worst(warned), worst(failed)) == ("pass", "warn", "fail")


def test_a_province_may_have_limits_of_its_own() -> None:
    profile = Profile(
        target_lufs=-16.0, shortest_ms=5_000, longest_inner_silence_ms=2_000, noticed_inner_silence_ms=2_000
    )

    checks = judged(examination(heard=stretches((20_000, 22_500))), Copy(loudness_lufs=-16.5), profile)

    assert (checks["loudness"].level, checks["inner_silence"].level) == ("pass", "fail")
