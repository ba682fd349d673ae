"""What is said of recalls, emergencies and the programs at the stations."""

from datetime import datetime

from server.formats import length_in_words, number, size
from server.services.emergency_views import EmergencyView, StationEmergency
from server.services.recall_views import RecallView
from server.services.stations_seen import StationSeen
from server.texts import _
from server.web.moments import full
from server.web.words import Status


def recall_kind(kind: str) -> str:
    return {"withdrawn": _("bài đã rút"), "replaced": _("bản ghi đã thay")}.get(kind, kind)


def recall_state(state: str) -> Status:
    """Of a station."""
    return {
        "holding": Status(kind="missed", sign="✕", word=_("còn giữ tệp")),
        "planned": Status(kind="below", sign="△", word=_("có trong lịch, chưa báo")),
        "removed": Status(kind="met", sign="✓", word=_("đã xóa")),
        "never_had": Status(kind="met", sign="✓", word=_("báo không có tệp")),
        "apart": Status(kind="unknown", sign="·", word=_("chưa từng có")),
    }.get(state, Status(kind="unknown", sign="·", word=state))


def recall_sentence(recall: RecallView) -> str:
    """What there is to know of it first."""
    if not recall.concerned:
        return _("Không đài nào có bài này.")
    if recall.open:
        said = [
            _(
                "Còn {open} trên {all} đài chưa báo đã xóa; {holding} đài chắc chắn đã tải tệp.",
                open=recall.open,
                all=recall.concerned,
                holding=recall.holding,
            )
        ]
    else:
        said = [_("Cả {all} đài có bài này đã báo xóa hoặc không có tệp.", all=recall.concerned)]
    if recall.aired:
        said.append(_("{count} đài đã phát sau khi thu hồi.", count=recall.aired))
    return " ".join(said)


def emergency_state(state: str) -> Status:
    """Of a station."""
    return {
        "missed": Status(kind="missed", sign="✕", word=_("quá giờ, không báo phát")),
        "silent": Status(kind="unknown", sign="·", word=_("chưa nhận")),
        "received": Status(kind="below", sign="◔", word=_("đã nhận, chưa phát")),
        "played": Status(kind="met", sign="✓", word=_("đã phát")),
    }.get(state, Status(kind="unknown", sign="·", word=state))


def call_state(state: str) -> Status:
    return {
        "calling": Status(kind="missed", sign="●", word=_("đang gọi các đài")),
        "over": Status(kind="unknown", sign="·", word=_("đã hết giờ")),
        "ended": Status(kind="unknown", sign="·", word=_("đã kết thúc")),
    }.get(state, Status(kind="unknown", sign="·", word=state))


def call_sentence(call: EmergencyView) -> str:
    if call.state == "calling":
        return _(
            "Đang gọi {count} đài phát ngay, đến {until}: {received} đài đã nhận mà chưa phát, {silent} đài chưa nhận.",
            count=call.stations,
            until=full(call.until),
            received=call.received,
            silent=call.silent,
        )
    if call.state == "ended":
        said = _("{who} kết thúc lúc {at}; đài chưa phát thì không phát nữa.", who=call.ended_by, at=_at(call.ended_at))
        return f"{said} «{call.ended_reason}»" if call.ended_reason else said
    return _("Đã hết giờ lúc {until}; {missed} đài không báo đã phát.", until=full(call.until), missed=call.missed)


def after(line: StationEmergency) -> str:
    """How long after the approval the first sound came."""
    return _("sau {length}", length=length_in_words(line.played_ms)) if line.played_ms is not None else ""


def seen_state(state: str) -> Status:
    return {
        "trouble": Status(kind="missed", sign="✕", word=_("cần xem")),
        "silent": Status(kind="below", sign="△", word=_("lâu không liên lạc")),
        "well": Status(kind="met", sign="✓", word=_("ổn")),
        "none": Status(kind="unknown", sign="·", word=_("không có máy")),
    }.get(state, Status(kind="unknown", sign="·", word=state))


def seen_faults(line: StationSeen) -> list[str]:
    """Each in some words."""
    off = _span(abs(line.clock_offset_ms or 0))
    words = {
        "trouble": line.trouble,
        "clock": (
            _("đồng hồ nhanh {length}", length=off)
            if (line.clock_offset_ms or 0) > 0
            else _("đồng hồ chậm {length}", length=off)
        ),
        "disk": _("đĩa chỉ còn {size}", size=size(line.free_bytes or 0)),
        "lacking": _("thiếu {count} tệp", count=number(line.lacking or 0)),
        "behind": _("chưa theo lịch công bố mới nhất"),
        "silent": _("liên lạc lần cuối {at}", at=_at(line.at)),
    }
    return [words[fault] for fault in line.faults]


def _span(ms: int) -> str:
    days = ms // 86_400_000
    return _("{days} ngày", days=number(days)) if days else length_in_words(ms)


def _at(moment: datetime | None) -> str:
    return full(moment) if moment is not None else "–"
