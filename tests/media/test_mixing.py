import array
import io
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest

from media.ffmpeg import Ffmpeg
from media.ingest import FRAME_LIMITS, prepare
from media.mixing import FADE_MS, SAMPLE_RATE, compose_frame, join
from media.stores.local import LocalStore
from tests.media.sounds import Sounds


@pytest.mark.parametrize("kind", ["opening", "closing"])
def test_a_frame_is_a_chime_and_the_whole_line(sounds: Sounds, kind: Literal["opening", "closing"]) -> None:
    line = sounds.make("line.wav", seconds=2, rate=22_050)

    with wave.open(io.BytesIO(compose_frame(line, kind=kind))) as frame:
        assert (frame.getnchannels(), frame.getframerate(), frame.getsampwidth()) == (1, 44_100, 2)
        seconds = frame.getnframes() / frame.getframerate()

    assert 3.5 <= seconds <= 5.0


def test_opening_and_closing_sound_different_and_bytes_do_as_well_as_a_path(sounds: Sounds) -> None:
    line = sounds.make("line.wav", seconds=1)

    opening = compose_frame(line, kind="opening")

    assert compose_frame(line.read_bytes(), kind="opening") == opening
    assert compose_frame(line, kind="closing") != opening


def test_a_frame_is_fit_for_air(
    ffmpeg: Ffmpeg, sounds: Sounds, store: LocalStore, scratch: Path, tmp_path: Path
) -> None:
    frame = tmp_path / "opening.wav"
    frame.write_bytes(compose_frame(sounds.make("line.wav", seconds=2), kind="opening"))

    prepared = prepare(frame, ffmpeg=ffmpeg, store=store, scratch=scratch, limits=FRAME_LIMITS)

    assert prepared.broadcast.loudness_lufs == pytest.approx(-23.0, abs=0.5)
    assert prepared.examination.cues.duration_ms > 3_500


def _samples(folder: Path, name: str, values: Sequence[int]) -> Path:
    path = folder / name
    path.write_bytes(array.array("h", values).tobytes())
    return path


def _joined(path: Path) -> list[int]:
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, SAMPLE_RATE)
        return array.array("h", sound.readframes(sound.getnframes())).tolist()


def test_joined_parts_stand_one_after_the_other_untouched_but_for_their_edges(tmp_path: Path) -> None:
    edge = FADE_MS * SAMPLE_RATE // 1000
    lengths = (3 * edge + 1, 1_000_003, 2 * edge)
    parts = [_samples(tmp_path, f"{n}.raw", [1_000 * n] * length) for n, length in enumerate(lengths, start=1)]

    assert join(parts, tmp_path / "whole.wav") == sum(lengths)

    whole = _joined(tmp_path / "whole.wav")
    assert len(whole) == sum(lengths)
    at = 0
    for n, length in enumerate(lengths, start=1):
        part = whole[at : at + length]
        assert part[0] == 0
        assert abs(part[-1]) <= n * 1_000 / edge + 1
        assert part[:edge] == sorted(part[:edge])
        assert part[-edge:] == sorted(part[-edge:], reverse=True)
        assert set(part[edge:-edge]) <= {1_000 * n}
        at += length


def test_a_part_too_short_to_fade_is_kept_whole(tmp_path: Path) -> None:
    parts = [_samples(tmp_path, "a.raw", [500] * 100), _samples(tmp_path, "b.raw", [])]

    assert join(parts, tmp_path / "whole.wav") == 100

    assert _joined(tmp_path / "whole.wav") == [500] * 100
