from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.cues import find_cues
from media.ffmpeg import Ffmpeg
from media.fingerprints import ITEM_MS, Likeness, search
from media.measure import measure
from media.mixing import compose_frame
from media.profile import Profile
from media.renditions import make_renditions
from server.sample import catalogue
from tests.media.sounds import SPEECH, Sounds

# An edge may lie between two items.
WITHIN_MS = 130


@dataclass(frozen=True, kw_only=True)
class Copy:
    """How a copy is made, and where the original begins in it."""

    name: str
    options: tuple[str, ...]
    begins_ms: int = 0
    least: float = 0.97


COPIES = {
    "MP3 of 64 kbit/s": Copy(name="copy.mp3", options=("-b:a", "64k")),
    "Opus of 24 kbit/s": Copy(name="copy.opus", options=("-b:a", "24k")),
    "WAV of 22.05 kHz": Copy(name="copy.wav", options=("-ar", "22050")),
    "5 s off the beginning": Copy(name="copy.mp3", options=("-af", "atrim=start=5", "-b:a", "64k"), begins_ms=-5_000),
    "5 s and half an item off the beginning": Copy(
        name="copy.opus", options=("-af", "atrim=start=5.062", "-b:a", "24k"), begins_ms=-5_062
    ),
    "12 dB quieter": Copy(name="copy.mp3", options=("-af", "volume=-12dB", "-b:a", "64k")),
    "2 s of silence before it": Copy(
        name="copy.opus", options=("-af", "adelay=2000:all=1", "-b:a", "24k"), begins_ms=2_000
    ),
    "6 s of it silenced": Copy(
        name="copy.opus", options=("-af", "volume=0:enable='between(t,20,26)'", "-b:a", "24k"), least=0.85
    ),
}
STEADY = {
    "silence": "anullsrc=r=44100",
    "a sine": "sine=440",
    "mains hum": "aevalsrc='0.2*sin(2*PI*50*t)+0.1*sin(2*PI*150*t)+0.01*random(0)':s=44100",
    "a beep each second": "aevalsrc='0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.5)':s=44100",
    "a siren": "aevalsrc='0.3*sin(2*PI*440*t+3*sin(2*PI*5*t))':s=44100",
}


class Recordings:
    """Fingerprints of the sample's segments, by their names."""

    def __init__(self, sounds: Sounds) -> None:
        self.sounds = sounds
        self.segments = catalogue.read_segments()
        self.voices = {segment.code: segment.voice for segment in self.segments}
        self.codes = list(self.voices)
        self.paths = {segment.code: catalogue.audio_path(segment.audio) for segment in self.segments}
        self.library = [(key, fingerprint(sounds, self.paths[code])) for key, code in enumerate(self.codes)]

    def key(self, code: str) -> int:
        return self.codes.index(code)

    def print_of(self, code: str) -> bytes:
        return self.library[self.key(code)][1]


@pytest.fixture(scope="module")
def recordings(ffmpeg: Ffmpeg, tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings(Sounds(ffmpeg.executable, tmp_path_factory.mktemp("recordings")))


def fingerprint(sounds: Sounds, path: Path) -> bytes:
    """As the one decode of a recording writes it."""
    target = sounds.folder / "fingerprint.raw"
    sounds.command(
        "-i", f"file:{path}", "-ac", "1", "-ar", "16000", "-f", "chromaprint", "-fp_format", "raw", str(target)
    )
    return target.read_bytes()


def copied(sounds: Sounds, source: Path, name: str = "copy.wav", *options: str) -> Path:
    target = sounds.folder / name
    sounds.command("-i", f"file:{source}", *options, str(target))
    return target


def joined(sounds: Sounds, name: str, *parts: Path) -> Path:
    target = sounds.folder / name
    inputs = [word for part in parts for word in ("-i", f"file:{part}")]
    sounds.command(*inputs, "-filter_complex", f"concat=n={len(parts)}:v=0:a=1", str(target))
    return target


def made(count: int, *, seed: int = 1) -> npt.NDArray[np.uint32]:
    """Items of a sound that never repeats itself, each bit by chance."""
    return np.random.default_rng(seed).integers(0, 1 << 32, count, dtype=np.uint32)


def raw(items: npt.NDArray[np.uint32]) -> bytes:
    return items.astype("<u4").tobytes()


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("code", ["cchc-03", "cchc-19"])
def test_a_copy_is_found_among_all_others_and_how_it_lies(
    recordings: Recordings, sounds: Sounds, code: str, copy: Copy
) -> None:
    query = fingerprint(sounds, copied(sounds, recordings.paths[code], copy.name, *copy.options))

    (found,) = search(query, recordings.library)

    assert found.key == recordings.key(code)
    assert found.similarity >= copy.least
    assert found.offset_ms == pytest.approx(copy.begins_ms, abs=WITHIN_MS)


def test_five_seconds_less_at_the_end_is_the_same_sound_five_seconds_shorter(
    recordings: Recordings, sounds: Sounds
) -> None:
    length_ms = sounds.decoded_samples(recordings.paths["cchc-19"]) / 48
    options = ("-t", f"{length_ms / 1000 - 5:.3f}", "-b:a", "64k")
    copy = fingerprint(sounds, copied(sounds, recordings.paths["cchc-19"], "copy.mp3", *options))

    (found,) = search(copy, recordings.library)

    assert found.similarity == 1
    assert found.offset_ms == 0
    assert found.overlap_ms == pytest.approx(length_ms - 5_000, abs=2 * WITHIN_MS)


def test_the_copies_that_are_made_here_are_found(
    ffmpeg: Ffmpeg, recordings: Recordings, sounds: Sounds, tmp_path: Path
) -> None:
    source = recordings.paths["cchc-28"]
    measured = measure(ffmpeg, source)
    cues = find_cues(measured.silences, measured.duration_ms)
    copies = make_renditions(
        ffmpeg, source, tmp_path, measured=measured, cues=cues, tags={"title": "Một cửa"}, profile=Profile()
    )

    for copy in (copies.broadcast, copies.light_opus, copies.light_mp3):
        (found,) = search(fingerprint(sounds, copy.path), recordings.library)

        assert found.key == recordings.key("cchc-28")
        assert found.similarity >= 0.97
        assert found.offset_ms == pytest.approx(-cues.cue_in_ms, abs=WITHIN_MS)


def test_two_different_recordings_are_never_alike_whoever_speaks(recordings: Recordings) -> None:
    pairs = [
        (recordings.codes[key], recordings.codes[likeness.key], likeness.similarity)
        for key, query in recordings.library
        for likeness in search(query, recordings.library, similar_from=0.0)
    ]

    same = [similarity for one, other, similarity in pairs if one == other]
    different = [similarity for one, other, similarity in pairs if one != other]
    of_one_voice = [
        pair for pair in combinations(recordings.codes, 2) if len({recordings.voices[code] for code in pair}) == 1
    ]
    assert len(of_one_voice) > 50
    assert same == [1.0] * len(recordings.codes)
    assert max(different, default=0.0) < 0.25


def test_likeness_is_the_same_seen_from_the_other_side(recordings: Recordings, sounds: Sounds) -> None:
    whole = recordings.print_of("cchc-19")
    piece = fingerprint(sounds, copied(sounds, recordings.paths["cchc-19"], "copy.mp3", "-af", "atrim=start=5:end=50"))

    (there,), (back,) = search(whole, [(1, piece)]), search(piece, [(1, whole)])

    assert there.offset_ms == pytest.approx(5_000, abs=WITHIN_MS)
    assert back.offset_ms == -there.offset_ms
    assert (back.similarity, back.overlap_ms) == (there.similarity, there.overlap_ms)


def test_a_jingle_that_two_recordings_share_is_a_small_part_of_the_shorter(
    recordings: Recordings, sounds: Sounds
) -> None:
    jingle = catalogue.audio_path("cchc-opening.opus")
    one = joined(sounds, "one.wav", jingle, recordings.paths["cchc-19"])
    other = joined(sounds, "other.mp3", jingle, recordings.paths["cchc-28"])
    query, library = fingerprint(sounds, one), [(1, fingerprint(sounds, other))]

    (found,) = search(query, library, similar_from=0.01)

    assert found.offset_ms == 0
    assert 0.05 < found.similarity < 0.2
    assert search(query, library) == []


def test_a_recording_with_a_jingle_before_it_is_still_itself(recordings: Recordings, sounds: Sounds) -> None:
    jingle = catalogue.audio_path("cchc-opening.opus")
    framed = fingerprint(sounds, joined(sounds, "framed.mp3", jingle, recordings.paths["cchc-19"]))

    (found,) = search(framed, recordings.library)

    assert (found.key, found.similarity) == (recordings.key("cchc-19"), 1.0)
    assert found.offset_ms == pytest.approx(sounds.decoded_samples(jingle) / 48, abs=WITHIN_MS)


@pytest.mark.parametrize("source", STEADY.values(), ids=STEADY)
def test_of_a_steady_sound_nothing_is_said(sounds: Sounds, recordings: Recordings, source: str) -> None:
    short = fingerprint(sounds, sounds.make("short.wav", source, seconds=40))
    long = fingerprint(sounds, sounds.make("long.wav", source, seconds=60))
    assert len(short) > 1_000

    assert search(short, [(1, short), (2, long), *recordings.library[:3]], similar_from=0.01) == []
    assert search(recordings.print_of("cchc-19"), [(1, short), (2, long)], similar_from=0.01) == []


def test_two_recordings_with_one_chime_in_long_hum_are_not_alike(sounds: Sounds) -> None:
    line = sounds.make("line.wav", seconds=2, rate=22_050)
    chime = sounds.folder / "chime.wav"
    chime.write_bytes(compose_frame(line, kind="opening"))
    hum = sounds.make("hum.wav", STEADY["mains hum"], seconds=60)
    one = fingerprint(sounds, joined(sounds, "one.wav", chime, hum))
    other = fingerprint(sounds, joined(sounds, "other.wav", chime, hum, hum))

    assert search(one, [(1, other)]) == []


def test_noise_is_like_itself_and_not_like_other_noise(sounds: Sounds) -> None:
    noise = fingerprint(sounds, sounds.make("noise.wav", SPEECH, seconds=40))
    coded = fingerprint(sounds, sounds.make("coded.mp3", SPEECH, "-b:a", "64k", seconds=40))
    others = [
        fingerprint(sounds, sounds.make("other.wav", SPEECH.replace("seed=7", f"seed={seed}"), seconds=40))
        for seed in (8, 9, 10)
    ]

    found = search(noise, [(1, coded), *enumerate(others, 2)], similar_from=0.25)

    assert [(likeness.key, likeness.similarity) for likeness in found] == [(1, 1.0)]


@settings(deadline=None)
@given(
    begin=st.integers(0, 300),
    length=st.integers(100, 400),
    before=st.integers(0, 200),
    wrong=st.sampled_from([0.0, 0.04, 0.08]),
    seed=st.integers(0, 1_000),
)
def test_a_piece_within_another_recording_is_found_where_it_is(
    begin: int, length: int, before: int, wrong: float, seed: int
) -> None:
    sound = made(700, seed=seed)
    random = np.random.default_rng(seed)
    turned = np.packbits(random.random((length, 32)) < wrong, axis=1).view(np.uint32).ravel()
    piece = np.concatenate([made(before, seed=seed + 5_000), sound[begin : begin + length] ^ turned])

    (found,) = search(raw(sound), [(7, raw(piece))], similar_from=0.2)

    # Where the two part lies within a piece of 4 s.
    assert found.similarity == pytest.approx(length / len(piece), abs=64 / len(piece))
    assert found.offset_ms == round((begin - before) * ITEM_MS)


def test_the_best_comes_first_and_the_limit_is_the_callers() -> None:
    sound = made(600)
    half = np.concatenate([sound[:320], made(280, seed=2)])
    fifth = np.concatenate([sound[:128], made(472, seed=3)])
    library = [(1, raw(fifth)), (2, raw(half)), (3, raw(sound)), (4, raw(made(600, seed=4)))]

    assert [likeness.key for likeness in search(raw(sound), library)] == [3, 2]
    assert [likeness.key for likeness in search(raw(sound), library, similar_from=0.1)] == [3, 2, 1]


def test_a_whole_copy_agrees_over_its_whole_length() -> None:
    sound = raw(made(600))

    assert search(sound, [(5, sound)]) == [
        Likeness(key=5, similarity=1.0, offset_ms=0, overlap_ms=round((600 + 21) * ITEM_MS))
    ]


def test_the_library_may_be_long_and_is_read_once_as_it_comes() -> None:
    sound = made(2_000)
    others = raw(made(15_000, seed=2))
    read: defaultdict[int, int] = defaultdict(int)

    def library() -> Iterator[tuple[int, bytes]]:
        for key in range(200):
            read[key] += 1
            yield key, raw(sound[100:]) if key in {0, 90, 199} else others

    found = search(raw(sound), library())

    assert [likeness.key for likeness in found] == [0, 90, 199]
    assert {likeness.offset_ms for likeness in found} == {round(100 * ITEM_MS)}
    assert set(read.values()) == {1}


def test_what_stands_side_by_side_in_the_library_is_not_taken_together() -> None:
    sound = made(400)
    halves = [(1, raw(sound[:200])), (2, raw(sound[200:]))]

    found = search(raw(sound), halves)

    assert [(likeness.key, likeness.offset_ms) for likeness in found] == [(1, 0), (2, round(200 * ITEM_MS))]
    assert all(likeness.similarity == 1 for likeness in found)


@pytest.mark.parametrize("count", [0, 1, 31])
def test_what_is_too_short_for_a_fingerprint_is_like_nothing(count: int) -> None:
    sound = raw(made(600))

    assert search(sound[: 4 * count], [(1, sound), (2, sound[: 4 * count])]) == []
    assert search(sound, [(2, sound[: 4 * count])]) == []
    assert search(sound, []) == []
