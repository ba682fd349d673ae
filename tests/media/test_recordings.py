from pathlib import Path

import pytest

from media import refusals
from media.ffmpeg import Ffmpeg
from media.recordings import RecordedAir, fingerprint_recording
from tests.media.airs import fingerprint
from tests.media.sounds import SPEECH, Sounds, files_below, hours_of_silence


@pytest.fixture
def record(ffmpeg: Ffmpeg, scratch: Path):  # type: ignore[no-untyped-def]
    def decode(path: Path, **options: object) -> RecordedAir:
        return fingerprint_recording(ffmpeg, path, scratch=scratch, **options)  # type: ignore[arg-type]

    return decode


def test_one_decode_gives_the_items_that_a_segment_has_and_a_picture(record, sounds: Sounds, scratch: Path) -> None:  # type: ignore[no-untyped-def]
    path = sounds.make("air.mp3", f"{SPEECH},volume=0:enable='between(t,10,20)'", seconds=40, channels=2)
    done: list[float] = []
    air = record(path, on_progress=done.append)
    assert abs(air.duration_ms - 40_000) < 100
    assert air.fingerprint == fingerprint(sounds.executable, path)
    assert len(air.peaks) == 40
    assert max(air.peaks[11:19]) < 2 < min(air.peaks[:9])
    assert air.silent_share == pytest.approx(10 / 40, abs=0.05)
    assert air.decode_errors == 0
    assert done[-1] <= 1
    assert files_below(scratch) == []


def test_a_recording_longer_than_a_day_is_refused_before_it_is_decoded(record, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(refusals.RecordingTooLong) as refused:
        record(hours_of_silence(tmp_path / "air.wav", 72, declared=True))
    assert (refused.value.duration_ms, refused.value.declared) == (72 * 3_600_000, True)


def test_one_that_hides_its_length_is_refused_when_it_is_reached(record, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(refusals.RecordingTooLong) as refused:
        record(hours_of_silence(tmp_path / "air.wav", 1, declared=False), longest_ms=60_000)
    assert not refused.value.declared


def test_what_cannot_be_heard_in_is_refused(record, sounds: Sounds, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    text, empty = tmp_path / "air.mp3", tmp_path / "empty.mp3"
    text.write_text("no sound")
    empty.touch()
    wanted = {
        text: refusals.NotAudio,
        empty: refusals.AudioEmpty,
        tmp_path / "nowhere.mp3": refusals.AudioNotFound,
        sounds.make("silent.wav", "anoisesrc=a=0.001", seconds=15): refusals.RecordingSilent,
        sounds.make("short.wav", seconds=8): refusals.AudioTooShort,
    }
    for path, refusal in wanted.items():
        with pytest.raises(refusal):
            record(path)


def test_what_is_left_of_a_recording_that_broke_off_is_taken(record, sounds: Sounds) -> None:  # type: ignore[no-untyped-def]
    path = sounds.make("air.wav", seconds=40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert abs(record(path).duration_ms - 20_000) < 100


def test_whoever_is_told_of_progress_can_end_it(record, sounds: Sounds, scratch: Path) -> None:  # type: ignore[no-untyped-def]
    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(sounds.make("air.wav", seconds=40), on_progress=stop)
    assert files_below(scratch) == []
