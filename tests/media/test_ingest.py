import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TypeVar

import pytest

from media.checks import judge
from media.ffmpeg import Ffmpeg
from media.ingest import FRAME_LIMITS, SEGMENT_LIMITS, IngestLimits, PreparedAudio, prepare
from media.profile import Profile
from media.refusals import (
    AudioCancelsInMono,
    AudioChanged,
    AudioDamaged,
    AudioEmpty,
    AudioNotFound,
    AudioSilent,
    AudioTooLong,
    AudioTooShort,
    AudioTruncated,
    MediaRefusal,
    NoAudioStream,
    NotAudio,
    StoreUnwritable,
    TooManyStreams,
    VideoFile,
)
from media.stores.local import LocalStore
from tests.media.sounds import SPEECH, Sounds, files_below, hours_of_silence

Refused = TypeVar("Refused", bound=MediaRefusal)

SILENT_ENDS = f"{SPEECH},adelay=2000:all=1,apad=pad_dur=3"


class Bench:
    """One store and one scratch folder, and what is in them."""

    def __init__(self, ffmpeg: Ffmpeg, folder: Path) -> None:
        self.ffmpeg = ffmpeg
        self.store = LocalStore(folder / "store")
        self.scratch = folder / "scratch"

    def prepare(self, source: Path, limits: IngestLimits = SEGMENT_LIMITS) -> PreparedAudio:
        return prepare(source, ffmpeg=self.ffmpeg, store=self.store, scratch=self.scratch, limits=limits)

    def refusal(self, kind: type[Refused], source: Path, limits: IngestLimits = SEGMENT_LIMITS) -> Refused:
        with pytest.raises(kind) as refusal:
            self.prepare(source, limits)
        assert type(refusal.value) is kind
        assert self.left() == []
        return refusal.value

    def left(self) -> list[Path]:
        return files_below(self.store.root, self.scratch)


@pytest.fixture
def bench(ffmpeg: Ffmpeg, tmp_path: Path) -> Bench:
    return Bench(ffmpeg, tmp_path / "var")


def test_a_recording_comes_out_fit_for_air_with_its_original_untouched(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make("a.m4a", SILENT_ENDS, seconds=9, channels=2)
    before = source.read_bytes()

    prepared = bench.prepare(source)

    assert source.read_bytes() == before
    assert bench.store.place(prepared.original.sha256).read_bytes() == before
    cues = prepared.examination.cues
    assert prepared.examination.measurement.duration_ms == 9_000
    # Two seconds of nothing, less a margin of 200 ms; the sound goes on for as long as the generator is asked.
    assert abs(cues.cue_in_ms - 1_800) <= 60
    broadcast = bench.store.place(prepared.broadcast.sha256)
    assert abs(prepared.broadcast.duration_ms - cues.duration_ms) <= 1
    assert prepared.broadcast.size == broadcast.stat().st_size
    assert prepared.broadcast.loudness_lufs == pytest.approx(sounds.loudness(broadcast), abs=0.1)
    assert prepared.broadcast.loudness_lufs == pytest.approx(-23.0, abs=0.5)
    assert sounds.true_peak(broadcast) <= -1.0
    kept = [prepared.original.sha256, *(made.sha256 for made in prepared.renditions)]
    assert sorted(bench.left()) == sorted(bench.store.place(sha256) for sha256 in kept)


def test_preparing_again_changes_nothing(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make()
    first = bench.prepare(source)
    files = bench.left()

    assert bench.prepare(source) == first
    assert bench.left() == files


def test_progress_goes_from_nothing_to_one(bench: Bench, sounds: Sounds) -> None:
    told: list[float] = []

    prepare(sounds.make(), ffmpeg=bench.ffmpeg, store=bench.store, scratch=bench.scratch, progress=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(set(told)) >= 3


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "quoted".wav',
        "two\nlines.wav",
        "http:x.wav",
        "concat:a|b.wav",
        "-i.wav",
        "%03d.wav",
        "[0:a];anullsink,'.wav",
        "📢 👨‍👩‍👧.wav",
        unicodedata.normalize("NFD", "Tuyên truyền cải cách hành chính ở Krông Pắc.wav"),
        "two\n[info]   Stream #0:7: Video: h264.wav",
        os.fsdecode(b"\xff\xfe.wav"),
        "a" * 240 + ".wav",
        "no ending",
    ],
)
def test_any_file_name_will_do(bench: Bench, sounds: Sounds, name: str) -> None:
    source = sounds.make(seconds=1.5)

    prepared = bench.prepare(source.rename(source.with_name(name)))

    assert prepared.examination.cues.duration_ms == 1_500
    assert all(path.name.isascii() for path in bench.left())


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"), ("a.mp3", "mp3"), ("a.flac", "flac"), ("a.ogg", "vorbis"), ("a.opus", "opus"),
        ("a.m4a", "aac"), ("a.aac", "aac"), ("a.webm", "opus"), ("a.wma", "wmav2"), ("a.aiff", "pcm_s16be"),
    ],
)  # fmt: skip
def test_what_producers_send_is_accepted(bench: Bench, sounds: Sounds, name: str, codec: str) -> None:
    options = ["-c:a", codec] if codec == "vorbis" else []
    source = sounds.make(name, SPEECH, *[o.replace("vorbis", "libvorbis") for o in options], rate=48_000)

    prepared = bench.prepare(source)

    assert prepared.examination.measurement.codec == codec
    assert abs(prepared.examination.cues.duration_ms - 4_000) <= 60


def test_a_cover_picture_does_not_make_a_video(bench: Bench, sounds: Sounds) -> None:
    assert bench.prepare(sounds.with_cover("covered.mp3")).examination.cues.duration_ms == 4_000


def test_junk_after_the_last_frame_of_an_mp3_does_no_harm(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make("a.mp3")
    with source.open("ab") as file:
        file.write(b"APETAGEX" + bytes(range(256)) * 3)

    assert bench.prepare(source).examination.cues.duration_ms == 4_000


def test_an_open_length_in_a_wav_is_no_damage(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make()
    data = bytearray(source.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\xff\xff\xff\xff"
    source.write_bytes(data)

    assert bench.prepare(source).examination.cues.duration_ms == 4_000


# Refusals


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"Xin ch\xc3\xa0o", id="a line of text"),
        pytest.param(b"\n".join(b"%d" % n for n in range(50_000)), id="much text"),
        pytest.param(b"PK\x03\x04" + bytes(5_000), id="an archive"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(5_000), id="a picture"),
        pytest.param(b"#EXTM3U\n#EXTINF:1,\na.wav\n", id="a playlist"),
        pytest.param(b"ffconcat version 1.0\nfile a.wav\n", id="a concat script"),
        pytest.param(b"ID3\x04\x00\x00\x00\x00\x00\x00", id="a tag alone"),
        pytest.param(b"RIFF\x24\x00\x00\x00WAVEfmt ", id="half a header"),
        pytest.param(bytes(10_000), id="zeros"),
    ],
)
def test_what_is_no_sound_is_refused_whatever_its_name(bench: Bench, sounds: Sounds, content: bytes) -> None:
    sounds.make("a.wav", seconds=1)
    source = sounds.folder / "bản tin.mp3"
    source.write_bytes(content)

    assert bench.refusal(NotAudio, source).code == "audio.unreadable"


def test_an_empty_file_is_refused(bench: Bench, tmp_path: Path) -> None:
    source = tmp_path / "empty.mp3"
    source.touch()

    bench.refusal(AudioEmpty, source)


@pytest.mark.parametrize("name", ["nothing.mp3", ".", "null"])
def test_what_is_no_file_is_refused(bench: Bench, tmp_path: Path, name: str) -> None:
    (tmp_path / "null").symlink_to("/dev/null")

    assert bench.refusal(AudioNotFound, tmp_path / name).path == str(tmp_path / name)


def test_a_file_that_is_still_coming_in_is_refused(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make()

    def more_comes_in(_: float) -> None:
        with source.open("ab") as file:
            file.write(bytes(1000))

    with pytest.raises(AudioChanged):
        prepare(source, ffmpeg=bench.ffmpeg, store=bench.store, scratch=bench.scratch, progress=more_comes_in)
    assert bench.left() == []


def test_a_header_with_no_sound_after_it_is_refused(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make()
    data = bytearray(source.read_bytes()[: source.read_bytes().index(b"data") + 8])
    data[-4:] = bytes(4)
    source.write_bytes(data)

    assert bench.refusal(AudioTooShort, source).duration_ms == 0


@pytest.mark.parametrize("name", ["a.mp3", "a.wav", "a.flac", "a.opus", "a.m4a", "a.aac", "a.webm"])
def test_a_recording_whose_end_is_missing_is_refused(bench: Bench, sounds: Sounds, name: str) -> None:
    source = sounds.make(name, seconds=6, rate=48_000)
    data = source.read_bytes()
    source.write_bytes(data[: int(len(data) * 0.6) // 2 * 2 + 1])

    refusal = bench.refusal(AudioTruncated, source)

    assert refusal.decoded_ms < 4_500


def test_a_wav_cut_between_two_samples_is_refused(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make()
    source.write_bytes(source.read_bytes()[: 44 + 4096 * 20])

    bench.refusal(AudioTruncated, source)


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.opus"])
def test_a_recording_with_a_hole_is_refused(bench: Bench, sounds: Sounds, name: str) -> None:
    source = sounds.make(name, seconds=8, rate=48_000)
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 6_000] = b"\x55\xaa" * 3_000
    source.write_bytes(data)

    with pytest.raises((AudioDamaged, AudioTruncated)):
        bench.prepare(source)
    assert bench.left() == []


@pytest.mark.parametrize("source", ["anullsrc", f"{SPEECH},volume=-60dB"], ids=["zeros", "an open line"])
def test_silence_is_refused(bench: Bench, sounds: Sounds, source: str) -> None:
    refusal = bench.refusal(AudioSilent, sounds.make("a.wav", source))

    assert refusal.loudness_lufs < refusal.silent_below_lufs


def test_channels_that_cancel_each_other_are_refused(bench: Bench, sounds: Sounds) -> None:
    source = sounds.make("a.flac", f"{SPEECH},pan=stereo|c0=c0|c1=-1*c0", channels=2)

    refusal = bench.refusal(AudioCancelsInMono, source)

    assert refusal.mono_loudness_lufs < refusal.loudness_lufs - 12


def test_clicks_that_cannot_be_levelled_are_left_to_the_checks(bench: Bench, sounds: Sounds) -> None:
    clicks = "aevalsrc='if(lt(mod(t,1),0.0005),0.9,0)':s=48000"

    prepared = bench.prepare(sounds.make("a.wav", clicks, seconds=8, rate=48_000))

    checks = {check.name: check for check in judge(prepared.examination, prepared.broadcast, Profile())}
    assert "fail" in {checks["loudness"].level, checks["true_peak"].level}


def test_a_video_is_refused(bench: Bench, sounds: Sounds) -> None:
    path = sounds.folder / "phim.mp3"
    picture = ("-f", "lavfi", "-i", "testsrc=s=64x64:d=2")
    sounds.command(*picture, "-i", str(sounds.make(seconds=2)), "-f", "mp4", str(path))

    assert bench.refusal(VideoFile, path).codec == "h264"


def test_a_container_without_sound_is_refused(bench: Bench, sounds: Sounds) -> None:
    path = sounds.folder / "subtitles.mkv"
    text = sounds.folder / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:02,000\nXin chào\n")
    sounds.command("-i", str(text), str(path))

    assert bench.refusal(NoAudioStream, path).streams == ["subtitle"]


@pytest.mark.parametrize("tracks", [2, 100])
def test_several_sound_tracks_are_refused(bench: Bench, sounds: Sounds, tracks: int) -> None:
    path = sounds.folder / "many.mka"
    sound = sounds.make(seconds=1)
    sounds.command("-i", str(sound), *["-map", "0:a"] * tracks, "-c", "copy", str(path))

    assert bench.refusal(TooManyStreams, path).audio_streams == tracks


def test_a_day_of_sound_is_refused_by_its_header(bench: Bench, tmp_path: Path) -> None:
    refusal = bench.refusal(AudioTooLong, hours_of_silence(tmp_path / "a.wav", 24, declared=True))

    assert (refusal.duration_ms, refusal.max_ms, refusal.declared) == (86_400_000, 7_200_000, True)


def test_a_day_of_sound_that_hides_its_length_is_stopped_past_the_limit(bench: Bench, tmp_path: Path) -> None:
    limits = IngestLimits(min_ms=1_000, max_ms=300_000)

    refusal = bench.refusal(AudioTooLong, hours_of_silence(tmp_path / "a.wav", 24, declared=False), limits)

    assert (refusal.duration_ms, refusal.declared) == (301_000, False)


def test_the_limits_hold_for_what_is_heard(bench: Bench, sounds: Sounds) -> None:
    mostly_silent = sounds.make("a.wav", f"{SPEECH},atrim=end=0.5,apad=pad_dur=3")

    refusal = bench.refusal(AudioTooShort, mostly_silent)

    assert refusal.min_ms == 1_000
    assert 600 <= refusal.duration_ms <= 800
    assert bench.prepare(mostly_silent, FRAME_LIMITS).examination.cues.duration_ms == refusal.duration_ms


@pytest.mark.parametrize("seconds", [0.05, 0.9])
def test_a_snippet_is_too_short(bench: Bench, sounds: Sounds, seconds: float) -> None:
    assert bench.refusal(AudioTooShort, sounds.make(seconds=seconds)).duration_ms == seconds * 1000


def test_exactly_the_longest_and_the_shortest_are_accepted(bench: Bench, sounds: Sounds) -> None:
    limits = IngestLimits(min_ms=3_000, max_ms=3_000)

    assert bench.prepare(sounds.make(seconds=3), limits).examination.cues.duration_ms == 3_000
    with pytest.raises(AudioTooLong):
        bench.prepare(sounds.make("b.mp3", seconds=3.1), limits)
    with pytest.raises(AudioTooShort):
        bench.prepare(sounds.make("c.flac", seconds=2.9), limits)


# Disks


def test_a_scratch_that_is_no_folder_is_named(bench: Bench, sounds: Sounds) -> None:
    bench.scratch.parent.mkdir()
    bench.scratch.write_text("in the way")

    with pytest.raises(StoreUnwritable) as refusal:
        bench.prepare(sounds.make())

    assert refusal.value.path == str(bench.scratch)
    assert files_below(bench.store.root) == []


def test_a_store_that_is_no_folder_leaves_nothing_in_scratch(bench: Bench, sounds: Sounds) -> None:
    bench.store.root.parent.mkdir()
    bench.store.root.write_text("in the way")

    with pytest.raises(StoreUnwritable):
        bench.prepare(sounds.make())

    assert files_below(bench.scratch) == []


_PREPARE_WITH_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from media.ffmpeg import Ffmpeg
from media.ingest import prepare
from media.refusals import StoreUnwritable
from media.stores.local import LocalStore

source, var, room = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
ffmpeg = Ffmpeg.find(None)
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    prepare(source, ffmpeg=ffmpeg, store=LocalStore(var / "store"), scratch=var / "scratch")
except StoreUnwritable as refusal:
    print(refusal.path, refusal.reason, sep="|")
"""


@pytest.mark.parametrize(
    ("room", "where"), [(20_000, "scratch"), (200_000, "store")], ids=["for the copy", "for the original"]
)
def test_no_room_leaves_nothing_behind(bench: Bench, sounds: Sounds, room: int, where: str) -> None:
    var = bench.scratch.parent
    command = [sys.executable, "-c", _PREPARE_WITH_LITTLE_ROOM, sounds.make(), var, str(room)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == (f"{var / where}|File too large\n", "")
    assert bench.left() == []
