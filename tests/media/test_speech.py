import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from media.mixing import compose_frame
from media.speech import SAMPLE_RATE, SPEECH_FROM, speech_share
from server.sample import catalogue
from tests.media.sounds import PINK, SPEECH, Sounds

# Strings: eight partials with a vibrato, going up a scale.
STRINGS = "+".join(
    f"sin({partial}*(2*PI*196*pow(2,floor(mod(t,7))/12)*t+0.5*sin(2*PI*5.5*t)))/{partial}" for partial in range(1, 9)
)
CHORDS = "(sin(2*PI*220*t)+sin(2*PI*277*t)+sin(2*PI*330*t))*(0.3+0.7*exp(-3*mod(t,0.5)))"
WITHOUT_SPEECH = {
    "pink noise": PINK,
    "white noise": "anoisesrc=c=white:a=0.2:seed=1",
    "noise in syllables": SPEECH,
    "a sine": "sine=440",
    "mains hum": "aevalsrc='0.2*sin(2*PI*50*t)+0.1*sin(2*PI*150*t)+0.01*random(0)'",
    "a rising tone": "aevalsrc='0.3*sin(2*PI*(100*t+20*t*t))'",
    "chords": f"aevalsrc='0.15*{CHORDS}'",
    "strings": f"aevalsrc='0.15*({STRINGS})'",
    "drums": "aevalsrc='0.5*random(0)*exp(-30*mod(t,0.25))+0.6*sin(2*PI*60*t)*exp(-12*mod(t,0.5))'",
}
# Three voices, men and women.
VOICES = ("cchc-01.opus", "cchc-05.opus", "cchc-19.opus", "cchc-24.opus", "cchc-28.opus")

Samples = npt.NDArray[np.int16]


def track(sounds: Sounds, path: Path, *filters: str) -> Samples:
    """As the one decode of a recording writes it, after `filters`."""
    done = subprocess.run(
        [
            *(sounds.executable, "-v", "error", "-nostdin", "-i", f"file:{path}", "-af", ",".join(["anull", *filters])),
            *("-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "-"),
        ],
        check=True,
        capture_output=True,
    )
    return np.frombuffer(done.stdout, "<i2")


def spoken(sounds: Sounds, *filters: str, name: str = "cchc-01.opus") -> Samples:
    return track(sounds, catalogue.audio_path(name), *filters)


def rms(sound: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def mixed(voice: Samples, under: Samples, *, voice_above_db: float) -> Samples:
    """Both at once, the voice's level counted where it speaks."""
    speech = 0.3 * voice.astype(np.float64)
    other = np.resize(under, len(speech)).astype(np.float64)
    gain = rms(speech[np.abs(speech) > 30]) / rms(other) / 10 ** (voice_above_db / 20)
    return np.clip(speech + gain * other, -32_768, 32_767).astype(np.int16)


@pytest.mark.parametrize("name", VOICES)
def test_in_spoken_recordings_a_voice_is_heard_nearly_all_the_time(sounds: Sounds, name: str) -> None:
    share = speech_share(spoken(sounds, name=name))

    assert share is not None
    assert share > 0.95


@pytest.mark.parametrize("source", WITHOUT_SPEECH.values(), ids=WITHOUT_SPEECH)
def test_noise_tones_and_instruments_are_no_speech(sounds: Sounds, source: str) -> None:
    share = speech_share(track(sounds, sounds.make(source=source, seconds=30)))

    assert share is not None
    assert share < SPEECH_FROM / 2


def test_the_chime_of_a_column_is_no_speech_and_its_spoken_line_is(sounds: Sounds) -> None:
    chime = sounds.folder / "chime.wav"
    chime.write_bytes(compose_frame(sounds.make("line.wav", PINK, seconds=0.1), kind="opening"))

    alone = speech_share(track(sounds, chime))
    with_line = speech_share(spoken(sounds, name="cchc-opening.opus"))

    assert alone is not None
    assert with_line is not None
    assert alone < SPEECH_FROM < 0.5 < with_line


@pytest.mark.parametrize(
    "filters",
    [
        ("highpass=f=400", "highpass=f=400", "lowpass=f=3400", "lowpass=f=3400"),
        ("volume=-40dB",),
        ("volume=20dB",),
        ("volume=0.5", "dcshift=0.2"),
    ],
    ids=["telephone", "40 dB down", "clipped", "offset"],
)
def test_a_badly_recorded_voice_is_still_a_voice(sounds: Sounds, filters: tuple[str, ...]) -> None:
    share = speech_share(spoken(sounds, *filters))

    assert share is not None
    assert share > 0.9


@pytest.mark.parametrize(("under", "voice_above_db", "least"), [(PINK, 10, 0.7), (PINK, 0, 0.5), (STRINGS, 0, 0.5)])
def test_a_voice_is_heard_through_noise_and_music(
    sounds: Sounds, under: str, voice_above_db: float, least: float
) -> None:
    source = under if under == PINK else f"aevalsrc='0.15*({under})'"
    background = track(sounds, sounds.make(source=source, seconds=30))

    share = speech_share(mixed(spoken(sounds), background, voice_above_db=voice_above_db))

    assert share is not None
    assert share > least


def test_the_share_follows_how_long_somebody_speaks(sounds: Sounds) -> None:
    music = track(sounds, sounds.make(source=WITHOUT_SPEECH["chords"], seconds=60))
    voice = spoken(sounds)[: 30 * SAMPLE_RATE]

    share = speech_share(np.concatenate([music, voice // 2]))

    assert share is not None
    assert share == pytest.approx(voice.size / (voice.size + music.size), abs=0.12)


def test_silence_around_a_voice_does_not_count(sounds: Sounds) -> None:
    voice = spoken(sounds)[10 * SAMPLE_RATE : 20 * SAMPLE_RATE]
    silence = np.zeros(300 * SAMPLE_RATE, np.int16)

    share = speech_share(np.concatenate([silence, voice, silence]))

    assert share is not None
    assert share > 0.9


@pytest.mark.parametrize(
    "pcm",
    [np.zeros(0), np.zeros(60 * SAMPLE_RATE), np.full(60 * SAMPLE_RATE, 5_000), np.arange(SAMPLE_RATE // 4) % 2_000],
    ids=["nothing", "digital silence", "an offset alone", "a quarter of a second"],
)
def test_of_silence_and_of_moments_nothing_is_said(pcm: npt.NDArray[np.float64]) -> None:
    assert speech_share(pcm.astype(np.int16)) is None


def test_the_same_samples_have_the_same_share(sounds: Sounds) -> None:
    pcm = mixed(spoken(sounds), track(sounds, sounds.make(source=PINK, seconds=30)), voice_above_db=0)

    assert speech_share(pcm) == speech_share(pcm.copy())
