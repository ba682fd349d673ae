"""Tracks, calendars and texts with sensible defaults, and titles that have stopped playout elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from schedules.exports.calendars import CalendarEvent, render_calendar
from schedules.exports.playlists import Playlist, Track

HO_CHI_MINH = ZoneInfo("Asia/Ho_Chi_Minh")
PUBLISHED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)

bounded = settings(derandomize=True, max_examples=80, deadline=None, database=None)

NASTY_TITLES = (
    'Một cửa "điện tử"',
    "Hai dòng\nfile9=evil.mp3\nb.mp3",
    "Hai dòng\r\n#EXTINF:1,thêm\r\nb.mp3",
    "Dấu #{1+1} của Liquidsoap",
    "gạch chéo \\ và cuối \\",
    "hai chấm: phẩy, chấm phẩy; bằng = hết",
    "Bài #1",
    "Đie\u0302\u0323n tư\u0309",
    "]]> & <b>đậm</b>",
    "=1+1",
    "@SUM(A1)",
    "'=1+1",
    "\x07chuông\x00\x1b[31m",
    "ngược \u202egpm.exe\u202c xuôi",
    "🎉 lễ hội 👩‍👩‍👧",
    '",evil="1":b.mp3',
    "\\u{41} \\n \\x41 \\101",
    "%20 %(title1)s",
    "file2=b.mp3",
    "File3 = b.mp3",
    "[playlist]",
    "#EXTM3U",
    "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:thêm",
    "a\u2028b\u2029c\u0085d",
    "https://example.org/b.mp3",
    "",
)

_PIECES = st.sampled_from(
    [
        *"\"':,;=\\#}<&%@+-\n\r\t\x00\x1b\u202e\u200f\u2028\ufeff\ufffe🎉",
        *("\r\n", "\\n", "#{", "file1=", "]]>", "=1+1", " - ", " ", "  ", "BEGIN:VEVENT", "END:VCALENDAR"),
        *("annotate:", "[playlist]", "Một cửa", "Đắk Lắk", "e\u0302\u0323"),
    ]
)
nasty_texts = st.lists(_PIECES | st.text(max_size=6), max_size=12).map("".join)


def track(**given: object) -> Track:
    facts: dict[str, object] = {
        "location": "001-mot-cua.mp3",
        "title": "Một cửa điện tử",
        "creator": "Sở Nội vụ",
        "album": "Tuyên truyền CCHC",
        "duration_ms": 192_360,
        "starts_at": datetime(2026, 12, 1, 5, 10, tzinfo=HO_CHI_MINH),
        "language": "vi",
        "segment": "seg-1",
        "sha256": "ab" * 32,
        "size": 3_080_000,
    }
    return Track(**(facts | given))  # type: ignore[arg-type]  # a builder hands on what a test gives


def playlist(*tracks: Track, title: str = "Đài huyện Krông Pắc, tháng 12 năm 2026") -> Playlist:
    return Playlist(title=title, tracks=tracks, creator="Đài huyện Krông Pắc", station="h654", revision=1)


def titled(*titles: str) -> Playlist:
    return playlist(*(track(title=title) for title in titles))


def event(**given: object) -> CalendarEvent:
    facts: dict[str, object] = {
        "uid": "7d4b0b1e-0000-5000-8000-000000000001",
        "sequence": 0,
        "last_modified": PUBLISHED,
        "created": PUBLISHED,
        "starts_at": datetime(2026, 12, 1, 5, 10, tzinfo=HO_CHI_MINH),
        "length_ms": 900_000,
        "summary": "Tuyên truyền CCHC",
    }
    return CalendarEvent(**(facts | given))  # type: ignore[arg-type]  # a builder hands on what a test gives


def calendar(events: Sequence[CalendarEvent], **given: object) -> bytes:
    facts: dict[str, object] = {
        "name": "Đài huyện Krông Pắc",
        "description": "Lịch phát\ncủa đài",
        "refresh": timedelta(hours=1),
        "zone": HO_CHI_MINH,
        "product": "-//Loa//Loa//VI",
    }
    return render_calendar(events, **(facts | given))  # type: ignore[arg-type]  # a builder hands on what a test gives
