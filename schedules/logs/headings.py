"""The headings of a log as a table: those written into templates, and all that are known when one is read."""

import re
from collections.abc import Sequence

from schedules.folding import fold
from schedules.logs.lines import LogUnreadable
from schedules.logs.written import Cell

# What a field is called in a template.
HEADINGS = {
    "station": "Đài",
    "date": "Ngày",
    "planned_at": "Giờ theo lịch",
    "slot": "Khung phát",
    "segment": "Mã bài",
    "title": "Tên bài",
    "planned_duration": "Thời lượng theo lịch",
    "aired": "Đã phát",
    "starts_at": "Giờ thật",
    "duration": "Thời lượng thật",
    "reason": "Lý do",
    "external_id": "Mã dòng",
    "corrects": "Đính chính dòng",
}

_OTHERS = {
    "station": ("mã đài", "tên đài", "station", "station code"),
    "date": ("ngày phát", "ngày phát sóng", "ngày tháng", "date", "day", "air date"),
    "planned_at": ("giờ phát theo lịch", "giờ bắt đầu theo lịch", "planned start", "planned time", "scheduled start"),
    "slot": ("mã khung", "mã khung phát", "slot", "slot key"),
    "segment": ("mã bài phát thanh", "mã tin bài", "segment", "segment code"),
    "title": ("tên bài phát thanh", "tên tin bài", "tiêu đề", "tên chương trình", "title", "segment title"),
    "planned_duration": ("planned duration", "planned length", "scheduled duration"),
    "aired": ("đã phát sóng", "có phát", "aired", "played", "broadcast"),
    "starts_at": (
        "giờ bắt đầu", "giờ phát", "giờ phát sóng", "giờ phát thật", "giờ thực tế", "giờ phát thực tế", "giờ",
        "bắt đầu", "thời điểm", "thời điểm phát", "thời điểm bắt đầu", "thời gian bắt đầu", "ngày giờ", "ngày giờ phát",
        "start", "starts at", "start time", "time", "aired at", "actual start", "actual time",
    ),
    "duration": ("thời lượng", "thời lượng thực tế", "thời lượng phát", "duration", "length", "actual duration"),
    "reason": ("lý do không phát", "lí do", "lí do không phát", "nguyên nhân", "reason"),
    "external_id": ("mã nhật ký", "mã bản ghi", "external id", "id", "entry id"),
    "corrects": ("đính chính", "đính chính cho", "sửa dòng", "corrects"),
}  # fmt: skip

_NAMES = {fold(written): field for field, heading in HEADINGS.items() for written in (heading, *_OTHERS.get(field, ()))}
_ASIDE = re.compile(r"\(.*?\)|\[.*?\]|[*:_.]")


def known_field(heading: Cell) -> str | None:
    """The field that a heading is of, however it is typed: "THỜI LƯỢNG (phút:giây)*" is "duration"."""
    if not isinstance(heading, str) or len(heading) > 200:
        return None
    return _NAMES.get(fold(_ASIDE.sub(" ", heading)))


def known_fields(row: Sequence[Cell]) -> dict[str, int] | None:
    """Field to position where the row is one of headings: two at least, and one of them names what was aired.

    Raises LogUnreadable when one field has two headings.
    """
    places: dict[str, int] = {}
    twice: Cell = None
    for place, heading in enumerate(row):
        field = known_field(heading)
        if field is None:
            continue
        if field in places:
            twice = heading
        else:
            places[field] = place
    if len(places) < 2 or not places.keys() & {"slot", "segment", "title"}:
        return None
    if twice is not None:
        raise LogUnreadable(problem="heading_twice", value=str(twice).strip())
    return places
