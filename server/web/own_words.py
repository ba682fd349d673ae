"""Where a segment stands in the words of who sent it: in whose hands it is, since when, what comes next."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from server import formats
from server.services.local_time import ZONE
from server.services.own_segments import OwnSegment, Turn
from server.services.views import OrganisationView, TopicView, VersionView
from server.texts import _
from server.web import recording_words, vetting_words
from server.web.words import Status


class Standing(Struct, frozen=True, kw_only=True):
    """`next` is a sentence; `since` None where no recording tells."""

    status: Status
    holder: str
    since: datetime | None
    next: str


def turns() -> dict[Turn, str]:
    return {
        "theirs": _("đến lượt bạn"),
        "waiting": _("đang chờ"),
        "usable": _("dùng được"),
        "gone": _("đã rút, đã bỏ"),
    }


def empty(turn: Turn | None) -> str:
    return {
        "theirs": _("Không có bài nào đến lượt bạn."),
        "waiting": _("Không có bài nào đang chờ."),
        "usable": _("Chưa có bài nào dùng được."),
        "gone": _("Không có bài nào đã rút hay đã bỏ."),
    }.get(turn or "", _("Chưa có bài nào. Thả tệp âm thanh vào ô trên, chọn nội dung rồi tải lên là xong bước đầu."))


def lead_of(topic: str, topics: Mapping[str, TopicView]) -> OrganisationView | None:
    """Who answers for the topic, or for the nearest topic above it that somebody answers for."""
    at = topics.get(topic)
    while at is not None and at.lead is None and at.parent is not None:
        at = topics.get(at.parent)
    return at.lead if at is not None else None


def standing(item: OwnSegment, topics: Mapping[str, TopicView]) -> Standing:
    return Standing(
        status=recording_words.state(item.state), holder=_holder(item, topics), since=_since(item), next=_next(item)
    )


def _holder(item: OwnSegment, topics: Mapping[str, TopicView]) -> str:
    if item.state == "processing":
        return "Loa"
    if item.state == "submitted":
        lead = lead_of(item.segment.topic, topics)
        return lead.name if lead is not None else _("các cơ quan chủ trì nội dung")
    if item.state == "ready":
        return _("các đài") if any(month.ahead for month in item.airings) else _("người lập lịch")
    if item.state in {"withdrawn", "discarded"}:
        return "–"
    return _("bạn") if item.own or item.version is None else item.version.made_by


def _since(item: OwnSegment) -> datetime | None:
    version = item.version
    if version is None:
        return None
    if item.state == "processing":
        return version.created_at
    if item.state in {"submitted", "returned"} and version.vetting:
        return version.vetting[-1].at
    return version.ended_at


def _next(item: OwnSegment) -> str:
    if item.state == "ready":
        return _aired(item)
    if item.state == "withdrawn":
        return f"«{item.segment.withdrawn_reason}»" if item.segment.withdrawn_reason else ""
    say = _SENTENCES.get(item.state)
    return say(item.version) if say is not None and item.version is not None else ""


def _of_processing(version: VersionView) -> str:
    return _("{step}, {percent} %", step=recording_words.step(version.step), percent=version.progress)


def _of_submitted(version: VersionView) -> str:
    return _("hạn duyệt {moment}", moment=vetting_words.due(version.due_at)) if version.due_at is not None else ""


def _of_returned(version: VersionView) -> str:
    reason = version.vetting[-1].reason if version.vetting else ""
    return _("«{reason}»: sửa rồi gửi bản ghi mới, hoặc gửi lại", reason=reason)


def _of_rejected(version: VersionView) -> str:
    failed = [check.sentence for check in version.checks if check.level == "fail"]
    return version.refusal.sentence if version.refusal is not None else " ".join(failed[:1])


def _of_held(version: VersionView) -> str:
    alike = version.likenesses[0].title if version.likenesses else "–"
    return _("nghe giống «{title}»: mở bài để giữ hay bỏ", title=alike)


def _of_draft(version: VersionView) -> str:  # noqa: ARG001 (as the others)
    return _("mở bài nghe lại rồi gửi duyệt")


_SENTENCES: Mapping[str, Callable[[VersionView], str]] = {
    "processing": _of_processing,
    "submitted": _of_submitted,
    "returned": _of_returned,
    "rejected": _of_rejected,
    "held": _of_held,
    "draft": _of_draft,
}


def _aired(item: OwnSegment) -> str:
    ahead = [month for month in item.airings if month.next_at is not None]
    if not ahead:
        return _("chưa có trong lịch nào sắp phát")
    soonest = ahead[0]
    at = soonest.next_at
    if at is None:
        return ""
    return _(
        "phát lần tới {moment}; {slots} khung ở {stations} đài trong tháng {month}",
        moment=moment_with_weekday(at),
        slots=soonest.ahead,
        stations=soonest.stations,
        month=f"{int(soonest.month[5:])}/{soonest.month[:4]}",
    )


def moment_with_weekday(at: datetime) -> str:
    """For example «17:15 Thứ Ba 08/12»."""
    local = at.astimezone(ZONE)
    return f"{local:%H:%M} {formats.weekday(local.date())} {local:%d/%m}"
