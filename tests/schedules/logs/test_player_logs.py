"""Logs that real players really wrote, and the years that mpd leaves out."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.exports.playlists import FORMATS
from schedules.logs.lines import AiredFile, Fault, LogLine, LogUnreadable
from schedules.logs.liquidsoap_log import read_liquidsoap
from schedules.logs.mpd_log import read_mpd
from tests.players import liquidsoap_logs, mpd_reads
from tests.schedules_exports.builders import bounded, playlist, track

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TITLES = ('Một "cửa", điện tử: ở xã?', "Bài hai \\ #{x}", "Ba: 3/2026")
KNOWN = {
    "001.mp3": AiredFile(segment="s-1", title="Bài một", duration_ms=600),
    "002.mp3": AiredFile(segment="s-2", title="Bài hai", duration_ms=1200),
    "003.mp3": AiredFile(segment=None, title="Nhạc kết", duration_ms=1800),
}


def _exported(sounds: Path, folder: Path, name: str) -> str:
    for sound in sounds.glob("*.mp3"):
        shutil.copy(sound, folder)
    tracks = [
        track(
            title=title,
            location=f"{number:03d}.mp3",
            duration_ms=number * 600,
            segment=f"s-{number}" if number < 3 else None,
            kind="segment" if number < 3 else "closing",
        )
        for number, title in enumerate(TITLES, 1)
    ]
    file_name = f"lich.{FORMATS[name].extension}"
    (folder / file_name).write_bytes(FORMATS[name].render(playlist(*tracks)))
    return file_name


def _is_now(moment: datetime | None) -> bool:
    return moment is not None and abs(datetime.now(UTC) - moment) < timedelta(minutes=5)


def test_a_liquidsoap_that_logs_all_it_knows_tells_segments_and_when_they_began(sounds: Path, tmp_path: Path) -> None:
    log = liquidsoap_logs(tmp_path, _exported(sounds, tmp_path, "annotate"), all_it_knows=True)
    read = read_liquidsoap(log, ZONE)
    assert read.refused == ()
    assert [(line.segment, line.title) for line in read.lines] == [
        ("s-1", TITLES[0]),
        ("s-2", TITLES[1].replace("#{", "# {")),
    ]
    assert all(_is_now(line.starts_at) for line in read.lines)
    assert [line.duration_ms for line in read.lines] == [None, None]


def test_its_seconds_since_1970_hold_whatever_zone_the_device_is_taken_for(sounds: Path, tmp_path: Path) -> None:
    log = liquidsoap_logs(tmp_path, _exported(sounds, tmp_path, "annotate"), all_it_knows=True)
    starts = [
        [line.starts_at for line in read_liquidsoap(log, zone).lines] for zone in (ZONE, ZoneInfo("America/New_York"))
    ]
    assert starts[0] == starts[1]


def test_liquidsoaps_own_lines_tell_segments_by_the_names_of_files(sounds: Path, tmp_path: Path) -> None:
    log = liquidsoap_logs(tmp_path, _exported(sounds, tmp_path, "m3u8"), all_it_knows=False)
    read = read_liquidsoap(log, ZONE, KNOWN)
    assert [(line.segment, line.title) for line in read.lines] == [("s-1", "Bài một"), ("s-2", "Bài hai")]
    assert all(_is_now(line.starts_at) for line in read.lines)
    assert [line.title for line in read_liquidsoap(log, ZONE).lines] == ["001.mp3", "002.mp3", "003.mp3"]


def test_mpds_log_tells_segments_by_the_names_of_files(sounds: Path, tmp_path: Path) -> None:
    mpd_reads(tmp_path, _exported(sounds, tmp_path, "m3u8"), keep_log=tmp_path / "mpd.log")
    log = (tmp_path / "mpd.log").read_bytes()
    today = datetime.now(ZONE).date()
    read = read_mpd(log, ZONE, today, KNOWN)
    assert read.refused == ()
    assert [(line.segment, line.title) for line in read.lines] == [("s-1", "Bài một"), ("s-2", "Bài hai")]
    assert all(_is_now(line.starts_at) for line in read.lines)
    assert [line.title for line in read_mpd(log, ZONE, today).lines] == ["001.mp3", "002.mp3", "003.mp3"]


LIQUIDSOAP = """\
2026/03/31 23:58:00 >>> LOG START
2026/03/31 23:58:00 [radio:3] Prepared "/sd/001.mp3" (RID 1).
2026/03/31 23:59:50 [decoder:2] Decoding "/sd/001.mp3" ended: Ffmpeg_decoder.End_of_file.
2026/04/01 00:00:00 [radio:3] Prepared "/sd/b\\195\\160i \\"hai\\".mp3" (RID 2).
2026/04/01 00:00:30 [radio:4] Finished with "/sd/b\\195\\160i \\"hai\\".mp3".
2026/04/01 00:00:30 [radio:3] Prepared "/sd/002.mp3" (RID 3).
2026/04/01 00:00:50 [main:3] Shutdown started!
"""


def test_a_track_that_was_cut_is_as_long_as_it_sounded() -> None:
    files = {
        "001.mp3": AiredFile(segment="s-1", title="Một", duration_ms=120_000),
        'bài "hai".mp3': AiredFile(segment="s-2", title="Hai", duration_ms=60_000),
        "002.mp3": AiredFile(segment="s-3", title="Ba", duration_ms=60_000),
    }
    read = read_liquidsoap(LIQUIDSOAP.encode(), ZONE, files)
    assert [(line.line, line.segment, line.duration_ms) for line in read.lines] == [
        (2, "s-1", None),
        (4, "s-2", 30_000),
        (6, "s-3", 20_000),
    ]
    assert read.lines[0].starts_at == datetime(2026, 3, 31, 16, 58, tzinfo=UTC)
    assert read.lines[1].starts_at == datetime(2026, 3, 31, 17, 0, tzinfo=UTC)


def test_a_script_that_logs_an_object_is_read_too() -> None:
    facts = {"loa_kind": "segment", "loa_segment": "s-9", "title": "Chín", "on_air_timestamp": "1774976280.00"}
    read = read_liquidsoap(f"2026/03/31 23:58:01 [loa:3] {json.dumps(facts)}\r\n".encode(), ZONE)
    assert read.lines == (
        LogLine(line=1, segment="s-9", title="Chín", starts_at=datetime(2026, 3, 31, 23, 58, tzinfo=ZONE)),
    )


def test_a_line_with_an_impossible_time_is_refused_alone() -> None:
    log = '2026/02/30 05:00:00 [radio:3] Prepared "a.mp3" (RID 1).\n2026/02/28 05:00:00 [radio:3] Prepared "b.mp3" (RID 2).'
    read = read_liquidsoap(log.encode(), ZONE)
    assert [(refusal.line, refusal.value, refusal.code) for refusal in read.refused] == [
        (1, "2026/02/30 05:00:00", Fault.NOT_A_TIME)
    ]
    assert [line.title for line in read.lines] == ["b.mp3"]


@pytest.mark.parametrize(
    ("written", "received_on", "ended"),
    [
        ("Dec 31 23:59 : ", date(2027, 1, 1), datetime(2026, 12, 31, 16, 59, tzinfo=UTC)),
        ("Jan 01 00:00 : ", date(2027, 1, 1), datetime(2026, 12, 31, 17, 0, tzinfo=UTC)),
        ("Jan  1 00:30 : ", date(2026, 12, 31), datetime(2026, 12, 31, 17, 30, tzinfo=UTC)),
        ("Jan 02 00:30 : ", date(2026, 12, 31), datetime(2027, 1, 1, 17, 30, tzinfo=UTC)),
        ("Jan 03 00:30 : ", date(2026, 12, 31), datetime(2026, 1, 2, 17, 30, tzinfo=UTC)),
        ("Feb 29 05:00 : ", date(2027, 3, 1), datetime(2024, 2, 28, 22, 0, tzinfo=UTC)),
        ("Nov 26 05:00:07 dai-h654 mpd[123]: ", date(2026, 11, 27), datetime(2026, 11, 25, 22, 0, 7, tzinfo=UTC)),
        ("2026-11-26T05:00:07 ", date(2026, 11, 27), datetime(2026, 11, 25, 22, 0, 7, tzinfo=UTC)),
        ("2026-11-26T05:00:07.250+07:00 ", date(2026, 11, 27), datetime(2026, 11, 25, 22, 0, 7, 250_000, tzinfo=UTC)),
        ("2026-11-25T22:00:07Z : ", date(2026, 11, 27), datetime(2026, 11, 25, 22, 0, 7, tzinfo=UTC)),
    ],
)
def test_mpds_times_in_every_form(written: str, received_on: date, ended: datetime) -> None:
    read = read_mpd(f'{written}player: played "thang 11/Bài "một".mp3"\n'.encode(), ZONE, received_on)
    assert [(line.title, line.starts_at) for line in read.lines] == [('Bài "một".mp3', ended)]


def test_what_mpd_played_began_its_length_before() -> None:
    files = {"a.mp3": AiredFile(segment="s-1", title="Một", duration_ms=180_000)}
    read = read_mpd(b'Apr 01 00:01 : player: played "a.mp3"', ZONE, date(2026, 4, 1), files)
    assert read.lines[0].starts_at == datetime(2026, 3, 31, 23, 58, tzinfo=ZONE)


def test_a_time_that_mpd_cannot_have_written_is_refused() -> None:
    read = read_mpd(b'Feb 31 05:00 : player: played "a.mp3"\nlast week: player: played "b.mp3"', ZONE, date(2026, 4, 1))
    assert [(refusal.line, refusal.code) for refusal in read.refused] == [(1, Fault.NOT_A_TIME), (2, Fault.NOT_A_TIME)]


_PIECES = st.sampled_from(
    ["2026/03/31 23:58:00 ", "9999/12/31 23:59:59 ", "0001/01/01 00:00:00 ", "[radio:3] ", "[loa:3] ", ">>> LOG START",
     'Prepared "', '" (RID 1).', 'Finished with "', "\\999", "\\195", "[[", '["a","b"]', "{}", "\n", "Jan 01 05:00 : ",
     "Feb 29 99:99 : ", "0001-01-01T00:00:00+23:59 ", "9999-12-31T23:59:59-23:59 ", 'player: played "', '"',
     '[["on_air_timestamp","1e300"],["duration","nan"]]', '[["on_air_timestamp","nan"],["duration","inf"]]']
)  # fmt: skip


@bounded
@given(st.one_of(st.binary(max_size=300), st.lists(_PIECES, max_size=40).map(lambda parts: "".join(parts).encode())))
def test_no_log_of_a_player_fails_to_be_read(log: bytes) -> None:
    read_liquidsoap(log, ZONE, KNOWN)
    read_mpd(log, ZONE, date(2026, 1, 1), KNOWN)


def test_a_log_that_is_too_large_is_refused() -> None:
    for read in (lambda data: read_liquidsoap(data, ZONE), lambda data: read_mpd(data, ZONE, date(2026, 1, 1))):
        with pytest.raises(LogUnreadable) as refused:
            read(b"\n" * 5_000_001)
        assert (refused.value.problem, refused.value.most) == ("too_large", 5_000_000)
