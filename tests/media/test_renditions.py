from collections.abc import Mapping
from pathlib import Path

import pytest

from media.cues import Cues, find_cues
from media.ffmpeg import Ffmpeg
from media.measure import measure, probe
from media.profile import Profile
from media.renditions import MadeRendition, Renditions, make_flac, make_renditions, make_whole
from tests.media.sounds import PINK, SPEECH, TONE, Sounds, files_below
from tests.media.tag_readers import flac_comments, id3_frames, opus_comments
from tests.players import liquidsoap_plays, mpd_reads

CLICKS = "aevalsrc='if(lt(mod(t,1),0.0005),0.9,0)':s=48000"
# Syllables over a soft voice, with a hard knock every other second.
KNOCKS = f"{SPEECH},volume='if(lt(mod(t,2),0.025),6,0.5)':eval=frame"
TAGS = {
    "title": "Hỏi đáp: dịch vụ công ở Đắk Lắk — Êđê «Ƀhiăn dhar kreh»",
    "artist": "Sở Tư pháp",
    "album": "Tuyên truyền CCHC",
    "language": "vi",
    "comment": "Chỉ số = 87%; #1 \\ «thử»",
    "date": "2026-10-01",
}


class Studio:
    def __init__(self, ffmpeg: Ffmpeg, folder: Path) -> None:
        self.ffmpeg = ffmpeg
        self.folder = folder
        self.told: list[float] = []

    def make(
        self,
        source: Path,
        cues: Cues | None = None,
        *,
        tags: Mapping[str, str] | None = None,
        profile: Profile | None = None,
        into: str = "copies",
    ) -> Renditions:
        measured = measure(self.ffmpeg, source)
        folder = self.folder / into
        folder.mkdir(exist_ok=True)
        return make_renditions(
            self.ffmpeg,
            source,
            folder,
            measured=measured,
            cues=cues or find_cues(measured.silences, measured.duration_ms),
            tags=tags or {},
            profile=profile or Profile(),
            on_progress=self.told.append,
        )

    def flac(
        self, source: Path, like: MadeRendition, cues: Cues, *, tags: Mapping[str, str] | None = None
    ) -> MadeRendition:
        return make_flac(
            self.ffmpeg,
            source,
            self.folder / "broadcast.flac",
            cues=cues,
            gain_db=like.gain_db,
            was_limited=like.was_limited,
            tags=tags or {},
            profile=Profile(),
        )


@pytest.fixture
def studio(ffmpeg: Ffmpeg, tmp_path: Path) -> Studio:
    return Studio(ffmpeg, tmp_path)


def all_of(made: Renditions) -> list[MadeRendition]:
    return [made.broadcast, made.light_opus, made.light_mp3]


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
        pytest.param("a.wav", SPEECH, 96_000, 1, id="96 kHz"),
        pytest.param("a.opus", SPEECH, 48_000, 1, id="Opus"),
    ],
)
def test_every_copy_is_at_the_target_below_the_ceiling_and_as_it_says(
    studio: Studio, sounds: Sounds, *, name: str, source: str, rate: int, channels: int
) -> None:
    made = studio.make(sounds.make(name, source, seconds=5, rate=rate, channels=channels))

    for copy, decoded_rate in zip(all_of(made), (44_100, 48_000, 24_000), strict=True):
        assert copy.loudness_lufs == pytest.approx(-23.0, abs=0.5)
        assert copy.true_peak_dbtp <= -1.0
        assert copy.loudness_lufs == pytest.approx(sounds.loudness(copy.path), abs=0.1)
        assert copy.true_peak_dbtp == pytest.approx(sounds.true_peak(copy.path), abs=0.1)
        assert copy.duration_ms == round(sounds.decoded_samples(copy.path) * 1000 / decoded_rate)
        assert copy.duration_ms == pytest.approx(5_000, abs=1)


def test_the_copies_are_of_the_formats_that_are_promised(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make("a.wav", SPEECH, seconds=10))

    facts = []
    for copy in all_of(made):
        stream = probe(studio.ffmpeg, copy.path).audio[0]
        kilobits = copy.path.stat().st_size * 8 / copy.duration_ms
        facts.append((copy.kind, copy.path.name, copy.media_type, stream.codec, stream.sample_rate, stream.channels))
        low, high = {"broadcast": (127, 130), "light_opus": (24, 32), "light_mp3": (31, 33)}[copy.kind]
        assert low <= kilobits <= high
    assert facts == [
        ("broadcast", "broadcast.mp3", "audio/mpeg", "mp3", 44_100, 1),
        ("light_opus", "light.opus", "audio/ogg", "opus", 48_000, 1),
        ("light_mp3", "light.mp3", "audio/mpeg", "mp3", 24_000, 1),
    ]
    assert sorted(path.name for path in files_below(made.broadcast.path.parent)) == [
        "broadcast.mp3",
        "light.mp3",
        "light.opus",
    ]


def test_the_same_sound_and_words_make_the_same_bytes(studio: Studio, sounds: Sounds) -> None:
    path, cues = sounds.make(), Cues(cue_in_ms=100, cue_out_ms=3_900)

    once, again = studio.make(path, tags=TAGS), studio.make(path, tags=TAGS, into="again")
    lossless = [studio.flac(path, once.broadcast, cues, tags=TAGS).path.read_bytes() for _ in range(2)]

    for first, second in zip(all_of(once), all_of(again), strict=True):
        assert first.path.read_bytes() == second.path.read_bytes()
    assert lossless[0] == lossless[1]


def test_the_copies_are_exactly_the_piece_between_the_cues(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make("a.wav", SPEECH, seconds=8, rate=22_050), Cues(cue_in_ms=1_234, cue_out_ms=6_789))

    for copy, rate in zip(all_of(made), (44_100, 48_000, 24_000), strict=True):
        assert abs(copy.duration_ms - 5_555) <= 1
        assert abs(sounds.decoded_samples(copy.path) - 5.555 * rate) <= rate / 1000


def test_a_sound_with_room_for_its_peaks_keeps_its_dynamics(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make("a.wav", TONE))

    assert [copy.was_limited for copy in all_of(made)] == [False, False, False]
    assert len({copy.gain_db for copy in all_of(made)}) == 1


def test_peaks_are_limited_and_the_loudness_lost_by_it_is_given_back(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make("a.wav", KNOCKS, seconds=6))

    assert made.broadcast.was_limited
    assert made.broadcast.loudness_lufs == pytest.approx(-23.0, abs=0.5)


def test_clicks_that_no_gain_makes_loud_enough_come_out_as_near_as_can_be(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make("a.wav", CLICKS, rate=48_000))

    copy = made.broadcast
    assert copy.loudness_lufs < -24.0 or copy.true_peak_dbtp > -1.0
    assert copy.loudness_lufs == pytest.approx(sounds.loudness(copy.path), abs=0.1)
    assert copy.true_peak_dbtp == pytest.approx(sounds.true_peak(copy.path), abs=0.1)
    assert len(files_below(copy.path.parent)) == 3


def test_a_profile_can_ask_for_another_level(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make(), profile=Profile(target_lufs=-18.0, max_true_peak_dbtp=-3.0, tolerance_lu=0.6))

    for copy in all_of(made):
        assert sounds.loudness(copy.path) == pytest.approx(-18.0, abs=0.4)
        assert sounds.true_peak(copy.path) <= -3.0


def test_progress_only_goes_forward(studio: Studio, sounds: Sounds) -> None:
    studio.make(sounds.make("a.wav", KNOCKS, seconds=6))

    assert studio.told == sorted(studio.told)
    assert 0 <= studio.told[0] <= studio.told[-1] <= 1
    assert studio.told[-1] > 0.99


@pytest.mark.parametrize(
    ("rate", "copied"),
    [pytest.param(22_050, 22_050, id="its own rate"), pytest.param(96_000, 48_000, id="no more than players take")],
)
def test_the_lossless_copy_has_the_level_and_the_length_of_the_broadcast_copy(
    studio: Studio, sounds: Sounds, *, rate: int, copied: int
) -> None:
    path = sounds.make("a.wav", f"{SPEECH},volume=-8dB", seconds=8, rate=rate)
    cues = Cues(cue_in_ms=1_234, cue_out_ms=6_789)

    broadcast = studio.make(path, cues).broadcast
    made = studio.flac(path, broadcast, cues)

    stream = probe(studio.ffmpeg, made.path).audio[0]
    assert (made.kind, made.media_type, stream.codec, stream.sample_rate) == ("flac", "audio/flac", "flac", copied)
    assert made.loudness_lufs == pytest.approx(broadcast.loudness_lufs, abs=0.2)
    assert made.loudness_lufs == pytest.approx(sounds.loudness(made.path), abs=0.1)
    assert abs(sounds.decoded_samples(made.path) - 5.555 * copied) <= copied / 1000
    assert abs(made.duration_ms - 5_555) <= 1


def test_the_lossless_copy_is_limited_where_the_broadcast_copy_is(studio: Studio, sounds: Sounds) -> None:
    path, cues = sounds.make("a.wav", KNOCKS, seconds=6), Cues(cue_in_ms=0, cue_out_ms=6_000)

    made = studio.flac(path, studio.make(path, cues).broadcast, cues)

    assert made.was_limited
    assert sounds.loudness(made.path) == pytest.approx(-23.0, abs=0.5)
    assert sounds.true_peak(made.path) <= -1.0


def test_the_whole_copy_is_neither_cut_nor_levelled(studio: Studio, sounds: Sounds) -> None:
    source = sounds.make("late.wav", f"{SPEECH},volume=-9dB,adelay=1500", seconds=8)
    measured = measure(studio.ffmpeg, source)
    made = make_whole(studio.ffmpeg, source, studio.folder / "whole.opus", length_ms=measured.duration_ms)
    assert (made.kind, made.media_type, made.gain_db, made.was_limited) == ("whole", "audio/ogg", 0.0, False)
    assert abs(made.duration_ms - measured.duration_ms) <= 1
    assert made.loudness_lufs == pytest.approx(sounds.loudness(source), abs=0.5)
    assert not list(studio.folder.glob("*.attempt"))


def test_tags_are_written_in_utf_8_where_players_look_for_them(studio: Studio, sounds: Sounds) -> None:
    path, cues = sounds.make(), Cues(cue_in_ms=0, cue_out_ms=4_000)
    made = studio.make(path, tags=TAGS)
    flac = studio.flac(path, made.broadcast, cues, tags=TAGS)

    for copy in (made.broadcast, made.light_mp3):
        assert id3_frames(copy.path) == {
            "TIT2": TAGS["title"],
            "TPE1": TAGS["artist"],
            "TALB": TAGS["album"],
            "TLAN": "vie",
            "COMM": f"vie:{TAGS['comment']}",
            "TDRC": TAGS["date"],
        }
    expected = {name.upper(): value for name, value in TAGS.items() if name != "comment"}
    expected["DESCRIPTION"] = TAGS["comment"]
    for comments in (opus_comments(made.light_opus.path), flac_comments(flac.path)):
        assert {name: value for name, value in comments.items() if name != "ENCODER"} == expected


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("Ông nói: \"được\", bà nói: 'không'", id="quotes"),
        pytest.param("dòng một\ndòng hai\n[STREAM]\n;TAG=1", id="lines"),
        pytest.param("a=b;c#d\\e\\\\f=;#\\", id="signs of ffmpeg's own"),
        pytest.param("-metadata title=x -y /dev/null %s $(id) `id`", id="words of a command"),
        pytest.param("Ê Đê, Ơ, ƀ, M'nông, Jrai č, 喃 👂", id="letters"),
        pytest.param("Lời dài " * 37 + "hết.", id="300 characters"),
        pytest.param(" ", id="a space"),
    ],
)
def test_a_title_stays_as_it_was_written(studio: Studio, sounds: Sounds, title: str) -> None:
    made = studio.make(sounds.make(seconds=1), tags={"title": title})

    assert id3_frames(made.broadcast.path)["TIT2"] == title
    assert id3_frames(made.light_mp3.path)["TIT2"] == title
    assert opus_comments(made.light_opus.path)["TITLE"] == title


def test_what_no_tag_can_hold_does_not_break_it(studio: Studio, sounds: Sounds) -> None:
    made = studio.make(sounds.make(seconds=1), tags={"title": "a\0b\x1bc \udce9 \U0010ffe9 d", "artist": ""})

    assert id3_frames(made.broadcast.path) == {"TIT2": "a b c \ufffd \ufffd d"}
    assert opus_comments(made.light_opus.path)["TITLE"] == "a b c \ufffd \ufffd d"


def test_the_words_of_the_original_are_not_passed_on(studio: Studio, sounds: Sounds) -> None:
    secret = ("-metadata", "title=Bí mật", "-metadata", "comment=riêng")
    for name in ("a.wav", "a.opus"):
        made = studio.make(sounds.make(name, SPEECH, *secret, seconds=2, rate=48_000))

        for copy in all_of(made):
            data = copy.path.read_bytes()
            assert "Bí mật".encode() not in data
            assert "riêng".encode() not in data
            assert b"TAG" not in data[-128:]
            assert not data.startswith(b"ID3")


def test_real_players_show_the_title_and_the_length_of_every_copy(studio: Studio, sounds: Sounds) -> None:
    path, cues = sounds.make(seconds=3), Cues(cue_in_ms=0, cue_out_ms=3_000)
    made = studio.make(path, cues, tags=TAGS, into=".")
    studio.flac(path, made.broadcast, cues, tags=TAGS)
    names = ["broadcast.mp3", "light.opus", "light.mp3", "broadcast.flac"]
    (studio.folder / "all.m3u").write_text("\n".join(names) + "\n")

    shown = mpd_reads(studio.folder, "all.m3u", play=False)
    assert [title for title, _ in shown] == [TAGS["title"]] * 4
    assert [length for _, length in shown] == pytest.approx([3.0] * 4, abs=0.1)
    assert liquidsoap_plays(studio.folder, "all.m3u") == [TAGS["title"]] * 4
