from pathlib import Path

import pytest

from media.cues import Cues, find_cues
from media.ffmpeg import Ffmpeg
from media.measure import measure, probe
from media.normalise import Normalised, normalise
from media.refusals import LoudnessUnreachable
from tests.media.sounds import PINK, SPEECH, TONE, Sounds

CLICKS = "aevalsrc='if(lt(mod(t,1),0.0005),0.9,0)':s=48000"
# Syllables over a soft voice, with a hard knock every other second.
KNOCKS = f"{SPEECH},volume='if(lt(mod(t,2),0.025),6,0.5)':eval=frame"


def _normalise(ffmpeg: Ffmpeg, source: Path, cues: Cues | None = None) -> Normalised:
    measured = measure(ffmpeg, source)
    cues = cues or find_cues(measured.silences, measured.duration_ms)
    return normalise(ffmpeg, source, source.with_name("out.mp3"), measured=measured, cues=cues)


@pytest.mark.parametrize(
    ("name", "source", "rate", "channels"),
    [
        pytest.param("a.wav", SPEECH, 22_050, 1, id="speech"),
        pytest.param("a.wav", f"{SPEECH},volume=-25dB", 44_100, 1, id="too soft"),
        pytest.param("a.wav", f"{SPEECH},volume=40dB", 44_100, 1, id="clipped"),
        pytest.param("a.wav", KNOCKS, 44_100, 1, id="knocks"),
        pytest.param("a.wav", TONE, 8_000, 1, id="sine, 8 kHz"),
        pytest.param("a.mp3", f"{PINK},pan=stereo|c0=c0|c1=0.3*c0", 48_000, 2, id="unequal channels"),
        pytest.param("a.m4a", PINK, 48_000, 2, id="stereo AAC"),
        pytest.param("a.flac", f"{SPEECH},pan=5.1|c0=c0|c1=c0|c2=c0", 48_000, 6, id="six channels"),
        pytest.param("a.opus", SPEECH, 48_000, 1, id="Opus"),
    ],
)
def test_every_copy_is_at_the_target_and_below_the_ceiling(
    ffmpeg: Ffmpeg, sounds: Sounds, *, name: str, source: str, rate: int, channels: int
) -> None:
    path = sounds.make(name, source, seconds=5, rate=rate, channels=channels)

    made = _normalise(ffmpeg, path)

    copy = path.with_name("out.mp3")
    assert sounds.loudness(copy) == pytest.approx(-23.0, abs=0.5)
    assert sounds.true_peak(copy) <= -1.0
    assert made.measured.loudness_lufs == pytest.approx(sounds.loudness(copy), abs=0.1)
    assert made.measured.duration_ms == 5_000


def test_the_copy_is_a_plain_broadcast_mp3(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("a.wav", SPEECH, "-metadata", "title=Bí mật", "-metadata", "comment=riêng", seconds=10)

    _normalise(ffmpeg, path)

    copy = path.with_name("out.mp3")
    header = probe(ffmpeg, copy)
    data = copy.read_bytes()
    assert (header.container, header.audio[0].codec) == ("mp3", "mp3")
    assert (header.audio[0].sample_rate, header.audio[0].channels) == (44_100, 1)
    # 10 s at a constant 128 kbit/s are 160,000 bytes; the first frame tells players the length and the padding.
    assert len(data) == pytest.approx(160_000, abs=1_500)
    assert b"Info" in data[:64]
    assert b"TAG" not in data[-128:]
    assert "Bí mật".encode() not in data


def test_the_same_sound_makes_the_same_bytes(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make()
    _normalise(ffmpeg, path)
    first = path.with_name("out.mp3").read_bytes()
    _normalise(ffmpeg, path)

    assert path.with_name("out.mp3").read_bytes() == first


def test_the_copy_is_exactly_the_piece_between_the_cues(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make("a.wav", SPEECH, seconds=8, rate=22_050)

    made = _normalise(ffmpeg, path, Cues(cue_in_ms=1_234, cue_out_ms=6_789))

    assert abs(made.measured.duration_ms - 5_555) <= 1
    assert abs(sounds.decoded_samples(path.with_name("out.mp3")) - 5.555 * 44_100) <= 45


def test_a_sound_with_room_for_its_peaks_keeps_its_dynamics(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    made = _normalise(ffmpeg, sounds.make("a.wav", TONE))

    assert made.treatment.ceiling_dbtp is None
    assert made.attempts == 1


def test_peaks_are_limited_and_the_loudness_lost_by_it_is_given_back(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    made = _normalise(ffmpeg, sounds.make("a.wav", KNOCKS, seconds=6))

    assert made.treatment.ceiling_dbtp is not None
    assert made.measured.loudness_lufs == pytest.approx(-23.0, abs=0.5)


def test_clicks_that_no_gain_makes_loud_enough_are_refused(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    with pytest.raises(LoudnessUnreachable) as refusal:
        _normalise(ffmpeg, sounds.make("a.wav", CLICKS, rate=48_000))

    assert refusal.value.target_lufs == -23.0
    assert refusal.value.reached_lufs < -23.5 or refusal.value.reached_true_peak_dbtp > -1.0


def test_progress_only_goes_forward(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    told: list[float] = []
    path = sounds.make("a.wav", KNOCKS, seconds=6)
    measured = measure(ffmpeg, path)
    cues = find_cues(measured.silences, measured.duration_ms)

    normalise(ffmpeg, path, path.with_name("out.mp3"), measured=measured, cues=cues, on_progress=told.append)

    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1
    assert told[-1] > 0.99
