"""What came of the air, in words: outcomes, grades, statuses and the reasons for them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from server import formats
from server.services.local_time import ZONE
from server.texts import _
from server.web.words import Status

SOURCES = ("csv", "xlsx", "liquidsoap", "mpd", "source_system")


# In what a form asks for a tolerance: minutes, seconds, hours, per cent; in milliseconds, a share.
TOLERANCE_UNITS = {
    "late_ms": 60_000,
    "match_ms": 60_000,
    "short_ms": 1_000,
    "short_share": 0.01,
    "report_within_ms": 3_600_000,
    "clock_agree_ms": 1_000,
}


def tolerance(name: str) -> str:
    """What a tolerance of `schedules.as_run.Tolerances` is called, with its unit in `TOLERANCE_UNITS`."""
    return {
        "late_ms": _("Lệch giờ không quá chừng này vẫn là đúng giờ (phút)"),
        "match_ms": _("Lệch quá chừng này thì không thuộc khung nào (phút)"),
        "short_ms": _("Thiếu không quá chừng này vẫn là đủ (giây)"),
        "short_share": _("Thiếu không quá phần này của bài vẫn là đủ (%)"),
        "report_within_ms": _("Sau khi phát, đài được báo trong (giờ)"),
        "clock_agree_ms": _("Các bài cùng lệch trong khoảng này là đồng hồ sai (giây)"),
    }.get(name, name)


def status(proof: str) -> Status:
    """Of a verdict, by `schedules.proof.Status`."""
    return {
        "met": Status(kind="met", sign="✓", word=_("đạt")),
        "on_track": Status(kind="soon", sign="◔", word=_("sắp đạt")),
        "at_risk": Status(kind="below", sign="△", word=_("có nguy cơ")),
        "not_met": Status(kind="missed", sign="✕", word=_("chưa đạt")),
    }.get(proof, Status(kind="unknown", sign="·", word=_("chưa có số liệu")))


def outcome(outcome: str) -> Status:
    """Of a slot or item, by `schedules.airing_results.Outcome`."""
    return {
        "aired": Status(kind="met", sign="✓", word=_("đã phát")),
        "late": Status(kind="met", sign="✓", word=_("đã phát, lệch giờ")),
        "short": Status(kind="below", sign="◔", word=_("phát thiếu")),
        "substituted": Status(kind="below", sign="⇄", word=_("phát bài khác")),
        "extra": Status(kind="unknown", sign="+", word=_("ngoài lịch")),
        "missed": Status(kind="missed", sign="✕", word=_("không phát")),
        "unknown": Status(kind="unknown", sign="?", word=_("chưa báo")),
    }.get(outcome, Status(kind="unknown", sign="·", word=_("chưa đến giờ")))


def grade(grade: str | None) -> str:
    """How well it is known."""
    return {
        "planned": _("kế hoạch"),
        "delivered": _("đã giao tệp"),
        "reported": _("người báo"),
        "logged": _("máy ghi"),
        "heard": _("nghe được trong bản ghi"),
    }.get(grade or "", "–")


def source(source: str) -> str:
    return {
        "page": _("báo trên trang"),
        "paper": _("sổ giấy nhập lại"),
        "csv": _("tệp CSV"),
        "xlsx": _("tệp Excel"),
        "api": "API",
        "source_system": _("hệ thống thông tin nguồn"),
        "liquidsoap": _("nhật ký Liquidsoap"),
        "mpd": _("nhật ký mpd"),
        "recording": _("bản ghi âm"),
        "judgement": _("quyết định khi xem xét"),
    }.get(source, source)


def doubt(kind: str) -> str:
    """What a doubt is about."""
    return {
        "item": _("bài trong lịch"),
        "substitute": _("phát thay trong khung"),
        "extra": _("ngoài lịch"),
    }.get(kind, kind)


def recording(state: str) -> Status:
    """Of a recording of the air."""
    return {
        "waiting": Status(kind="below", sign="◔", word=_("chờ nghe")),
        "hearing": Status(kind="below", sign="◔", word=_("đang nghe")),
        "heard": Status(kind="met", sign="✓", word=_("đã nghe xong")),
        "refused": Status(kind="missed", sign="✕", word=_("không nghe được")),
    }.get(state, Status(kind="unknown", sign="·", word=state))


def match(state: str) -> str:
    """What was decided of something heard, or not heard, in a recording."""
    return {
        "proposed": _("chờ xác nhận"),
        "confirmed": _("đã xác nhận"),
        "dismissed": _("đã bỏ"),
    }.get(state, state)


def placed(how: str | None) -> str:
    """How it is known when a recording begins."""
    return {
        "plan": _("theo những bài nghe được"),
        "claim": _("theo người gửi"),
        "person": _("do người đặt"),
    }.get(how or "", _("chưa rõ"))


def reason(told: Mapping[str, Any]) -> str:
    """One reason of `schedules.airing_reasons`, "" where the outcome says it all."""
    say = _SENTENCES.get(str(told["code"]))
    return say(told) if say else ""


def _moment(ms: int) -> str:
    return formats.moment(datetime.fromtimestamp(ms / 1000, UTC), ZONE)


def _by(ms: int) -> str:
    length = formats.length_in_words(abs(ms))
    return _("muộn {length}", length=length) if ms > 0 else _("sớm {length}", length=length)


def _grade_of(value: Any) -> str:
    return {2: grade("reported"), 3: grade("logged"), 4: grade("heard")}.get(int(value), "")


_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "not_aired": lambda r: _("Được báo là không phát: {said}.", said=r["said"] or _("không ghi lý do")),
    "short": lambda r: _(
        "Chỉ phát {ms} trên {planned}.", ms=formats.length(r["ms"]), planned=formats.length(r["planned_ms"])
    ),
    "late": lambda r: _("Bắt đầu {by} so với lịch; vẫn được tính.", by=_by(r["by_ms"])),
    "matched_by_time": lambda r: _("Nhật ký không ghi khung; khớp với khung gần nhất, {by}.", by=_by(r["by_ms"])),
    "cut_to_planned": lambda r: _(
        "Báo dài {said}, hơn kế hoạch {planned}; chỉ tính bằng kế hoạch.",
        said=formats.length(r["said_ms"]),
        planned=formats.length(r["planned_ms"]),
    ),
    "clock_shifted": lambda r: _(
        "Đồng hồ thiết bị lệch {by} ({items} bài cùng lệch như nhau); giờ đã được chỉnh lại.",
        by=_by(r["by_ms"]),
        items=r["items"],
    ),
    "off_schedule": lambda r: _("Ghi đúng khung nhưng giờ {by}, quá xa lịch.", by=_by(r["by_ms"])),
    "contradicted": lambda r: _(
        "Trái nhau: {weaker} nói {weaker_ms}, {grade} cho thấy {ms}; tính theo {grade}.",
        weaker=_grade_of(r["weaker"]),
        weaker_ms=formats.length(r["weaker_ms"]),
        grade=_grade_of(r["grade"]),
        ms=formats.length(r["ms"]),
    ),
    "disagreeing": lambda r: (
        _(
            "Các dòng cùng mức nói về cả khung khác với dòng nói về bài này: từ {least} đến {most}; tính theo dòng nói về bài.",
            least=formats.length(r["least_ms"]),
            most=formats.length(r["most_ms"]),
        )
        if r["with_slot"]
        else _(
            "Các dòng cùng mức nói khác nhau: từ {least} đến {most}; tính số lớn nhất của một dòng.",
            least=formats.length(r["least_ms"]),
            most=formats.length(r["most_ms"]),
        )
    ),
    "ahead_of_time": lambda _r: _("Báo đã phát khi chưa đến giờ của khung; chưa được tính."),
    "not_covered": lambda _r: _("Bản ghi âm không bao trùm giờ này nên không nói lên điều gì."),
    "judged": lambda r: _("Đã được xem xét: {said}.", said=r["said"]),
    "something_else": lambda r: _(
        "Giờ này phát thứ khác: {title} ({ms}).", title=r["title"] or r["segment"] or "?", ms=formats.length(r["ms"])
    ),
    "no_room": lambda r: _(
        "Bài thay thế {title} báo dài hơn chỗ còn lại trong khung.", title=r["title"] or r["segment"] or "?"
    ),
    "withdrawn": lambda r: _(
        "Bài {segment} hết hiệu lực từ sau ngày {day} mà vẫn phát.", segment=r["segment"], day=r["valid_to"]
    ),
    "unknown_segment": lambda r: _("Không có bài nào mang mã {segment}.", segment=r["segment"]),
    "unknown_slot": lambda r: _("Lịch đang có không còn khung {slot}.", slot=r["slot"]),
    "not_delivered": lambda r: _("Đến giờ phát đài chưa tải bài {segment}.", segment=r["segment"]),
    "nothing_said": lambda r: _("Chưa ai báo gì; chờ đến {moment}.", moment=_moment(r["until_ms"])),
}
