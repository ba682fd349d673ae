import io
import wave
from pathlib import Path
from typing import Literal

import pytest

from media.ffmpeg import Ffmpeg
from media.ingest import FRAME_LIMITS, prepare
from media.mixing import compose_frame
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
