import math

import pytest

from media.ffmpeg import Ffmpeg, audio_input, file_output
from media.measure import MONO
from media.normalise import Treatment, corrected, first_treatment, treat
from media.profile import Profile
from tests.media.sounds import TONE, Sounds

PROFILE = Profile()


def test_the_gain_leads_from_the_measured_loudness_to_the_target() -> None:
    treatment = first_treatment(loudness_lufs=-31.4, true_peak_dbtp=-20.0, profile=PROFILE)

    assert treatment.gain_db == pytest.approx(8.4)
    assert treatment.ceiling_dbtp is None


@pytest.mark.parametrize(
    ("peak", "ceiling"),
    [
        pytest.param(-10.0, None, id="far below"),
        pytest.param(-6.5, None, id="with the room that coding needs"),
        pytest.param(-6.4, -2.0, id="nearer than that"),
        pytest.param(0.0, -2.0, id="above"),
    ],
)
def test_a_limiter_is_there_only_where_the_gain_brings_peaks_near_the_ceiling(
    peak: float, ceiling: float | None
) -> None:
    treatment = first_treatment(loudness_lufs=-28.0, true_peak_dbtp=peak, profile=PROFILE)

    assert treatment == Treatment(gain_db=5.0, ceiling_dbtp=ceiling)


def test_a_profile_can_ask_for_another_level() -> None:
    loud = Profile(target_lufs=-16.0, max_true_peak_dbtp=-2.0)

    treatment = first_treatment(loudness_lufs=-20.0, true_peak_dbtp=-6.0, profile=loud)

    assert treatment == Treatment(gain_db=4.0, ceiling_dbtp=-3.0)


def test_loudness_that_a_limiter_took_is_given_back() -> None:
    after = corrected(
        Treatment(gain_db=10.0, ceiling_dbtp=-2.0), loudness_lufs=-24.5, true_peak_dbtp=-1.5, profile=PROFILE
    )

    assert after == Treatment(gain_db=11.5, ceiling_dbtp=-2.0)


def test_peaks_that_coding_added_lower_the_ceiling() -> None:
    after = corrected(
        Treatment(gain_db=10.0, ceiling_dbtp=-2.0), loudness_lufs=-23.0, true_peak_dbtp=0.5, profile=PROFILE
    )

    assert after.gain_db == 10.0
    assert after.ceiling_dbtp == pytest.approx(-3.8)


def test_a_copy_that_peaks_too_high_without_a_limiter_gets_one() -> None:
    after = corrected(
        Treatment(gain_db=3.0, ceiling_dbtp=None), loudness_lufs=-23.1, true_peak_dbtp=-0.8, profile=PROFILE
    )

    assert after.gain_db == pytest.approx(3.1)
    assert after.ceiling_dbtp == -2.0


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 96_000])
def test_the_limiter_holds_peaks_between_samples_at_any_rate(ffmpeg: Ffmpeg, sounds: Sounds, rate: int) -> None:
    # At a quarter of the rate, an eighth of a turn off: every sample misses the top of the wave by 3 dB.
    between = f"aevalsrc='sin(2*PI*{rate // 4}*t+PI/4)*min(1,t)':s={rate}"
    path, out = sounds.make("a.wav", between, rate=rate), sounds.folder / "out.wav"
    assert sounds.true_peak(path) > -1.0

    _treat(ffmpeg, sounds, rate, Treatment(gain_db=0.0, ceiling_dbtp=-6.0))

    assert sounds.true_peak(out) == pytest.approx(-6.0, abs=0.3)


def test_without_a_ceiling_there_is_nothing_but_the_gain(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path, out = sounds.make("a.wav", TONE, rate=48_000), sounds.folder / "out.wav"

    _treat(ffmpeg, sounds, 48_000, Treatment(gain_db=6.0, ceiling_dbtp=None))

    assert sounds.loudness(out) - sounds.loudness(path) == pytest.approx(6.0, abs=0.1)
    assert sounds.true_peak(out) == pytest.approx(20 * math.log10(0.1) + 6.0, abs=0.1)


def _treat(ffmpeg: Ffmpeg, sounds: Sounds, rate: int, treatment: Treatment) -> None:
    sound = audio_input(sounds.folder / "a.wav")["a:0"].filter("aresample", **MONO)
    treated = treat(sound, treatment, sample_rate=rate)
    ffmpeg.run(file_output(treated, sounds.folder / "out.wav", acodec="pcm_f32le", f="wav"))
