import os
from contextlib import suppress
from pathlib import Path

import ffmpeg as graphs
import pytest

from media.ffmpeg import ChildLimits, Ffmpeg, audio_input, file_output, null_output, pipe_output, ran_out_of_room
from media.refusals import FfmpegFailed, FfmpegMissing, FfmpegUnfit
from tests.media.sounds import Sounds


def _endless() -> object:
    return graphs.input("anoisesrc=r=48000", f="lavfi")


def _has_children() -> bool:
    """Whether an ffmpeg of this process is still there, running or not yet waited for; other tests have servers."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            name, _, rest = status.read_text().partition(" (")[2].rpartition(") ")
            if "ffmpeg" in name and int(rest.split()[1]) == os.getpid():
                return True
    return False


def test_the_wheel_brings_an_ffmpeg_that_says_its_version() -> None:
    found = Ffmpeg.find(None)

    assert found.executable.is_absolute()
    assert found.version()[0] in "n0123456789"


def test_an_override_is_taken_as_it_is(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    link = tmp_path / "other ffmpeg"
    link.symlink_to(ffmpeg.executable)

    assert Ffmpeg.find(link).executable == link


@pytest.mark.parametrize("kind", ["nothing", "folder", "not executable", "another program", "fails"])
def test_an_override_that_is_no_ffmpeg_is_named_and_not_replaced(tmp_path: Path, kind: str) -> None:
    override = tmp_path / "ffmpeg"
    if kind == "folder":
        override.mkdir()
    elif kind != "nothing":
        ending = "exit 1" if kind == "fails" else "echo hello"
        override.write_text(f"#!/bin/sh\n{ending}\n")
        override.chmod(0o644 if kind == "not executable" else 0o755)

    with pytest.raises(FfmpegMissing) as refusal:
        Ffmpeg.find(override)

    assert refusal.value.tried == [str(override)]
    assert refusal.value.code == "ffmpeg.missing"


@pytest.mark.parametrize("lacking", ["libmp3lame", "libopus", "chromaprint"])
def test_an_ffmpeg_that_lacks_something_is_told_from_a_missing_one(
    ffmpeg: Ffmpeg, tmp_path: Path, lacking: str
) -> None:
    # A real ffmpeg behind a gate that hides one part of it, as a build without its library would.
    override = tmp_path / "ffmpeg"
    override.write_text(
        f'#!/bin/sh\nfor word; do shift; set -- "$@" "${{word#{lacking}}}"; done\nexec {ffmpeg.executable} "$@"\n'
    )
    override.chmod(0o755)

    with pytest.raises(FfmpegUnfit) as refusal:
        Ffmpeg.find(override)

    assert refusal.value.executable == str(override)
    assert refusal.value.version == ffmpeg.version()
    assert refusal.value.messages


def test_a_run_that_takes_too_long_is_ended(ffmpeg: Ffmpeg) -> None:
    with pytest.raises(FfmpegFailed) as refusal:
        ffmpeg.run(null_output(_endless()), limits=ChildLimits(wall_s=0.3))

    assert refusal.value.timed_out
    assert refusal.value.status < 0
    assert not _has_children()


def test_a_run_that_computes_too_long_is_ended(ffmpeg: Ffmpeg) -> None:
    with pytest.raises(FfmpegFailed) as refusal:
        ffmpeg.run(null_output(_endless()), limits=ChildLimits(cpu_s=1))

    assert not refusal.value.timed_out
    assert refusal.value.status < 0


def test_a_run_gets_no_more_memory_than_allowed(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    sound = audio_input(sounds.make())

    with pytest.raises(FfmpegFailed):
        ffmpeg.run(null_output(sound), limits=ChildLimits(address_space_bytes=50_000_000))


def test_a_run_writes_no_more_than_allowed(ffmpeg: Ffmpeg, tmp_path: Path) -> None:
    target = tmp_path / "endless.wav"

    with pytest.raises(FfmpegFailed) as refusal:
        ffmpeg.run(file_output(_endless(), target), limits=ChildLimits(output_bytes=1_000_000))

    assert target.stat().st_size <= 1_000_000
    assert ran_out_of_room(refusal.value) == "File too large"


def test_a_full_device_is_told_from_other_failures(ffmpeg: Ffmpeg) -> None:
    with pytest.raises(FfmpegFailed) as refusal:
        ffmpeg.run(file_output(_endless(), Path("/dev/full"), f="wav"))

    assert ran_out_of_room(refusal.value) == "No space left on device"


def test_a_listener_that_raises_ends_the_run(ffmpeg: Ffmpeg) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ffmpeg.run(null_output(_endless()), on_progress=stop)

    assert not _has_children()


def test_bytes_of_an_output_come_as_they_are_made(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    pieces: list[bytes] = []
    path = sounds.make(seconds=30)

    run = ffmpeg.run(pipe_output(audio_input(path), f="s16le", acodec="pcm_s16le"), on_data=pieces.append)

    assert b"".join(pieces) == path.read_bytes()[-30 * 44_100 * 2 :]
    assert len(pieces) > 1
    assert run.out_time_ms == 30_000


def test_a_taker_of_bytes_that_raises_ends_the_run(ffmpeg: Ffmpeg) -> None:
    def stop(_: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ffmpeg.run(pipe_output(_endless(), f="s16le"), on_data=stop)

    assert not _has_children()


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.mp3\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsound.wav\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile sound.wav\n",
        "[playlist]\nFile1=sound.wav\nNumberOfEntries=1\n",
    ],
    ids=["HLS over HTTP", "HLS", "concat", "PLS"],
)
def test_lists_of_other_files_never_open(ffmpeg: Ffmpeg, sounds: Sounds, text: str) -> None:
    sounds.make("sound.wav")
    listing = sounds.folder / "list.mp3"
    listing.write_text(text)

    with pytest.raises(FfmpegFailed):
        ffmpeg.run(null_output(audio_input(listing)))


def test_vietnamese_words_in_a_graph_arrive_as_they_are(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    target = sounds.folder / "Đắk Lắk.flac"

    ffmpeg.run(file_output(audio_input(sounds.make()), target, metadata="title=Cải cách hành chính ở Krông Pắc"))

    assert "title=Cải cách hành chính ở Krông Pắc".encode() in target.read_bytes()


def test_messages_that_are_not_utf_8_are_kept(ffmpeg: Ffmpeg, sounds: Sounds) -> None:
    path = sounds.make()
    odd = path.rename(path.with_name(os.fsdecode(b"gi\xe1\xbb\x8dng \xff.wav")))

    run = ffmpeg.run(null_output(audio_input(odd)))

    assert any("giọng \N{REPLACEMENT CHARACTER}.wav" in line for line in run.messages)
    assert run.out_time_ms == 4_000
