"""What publishing a month would mean, in sentences."""

from server import formats
from server.errors import Refusal, answer
from server.services.action_words import action_words
from server.services.local_time import ZONE
from server.services.publishing import PublicationPreview, StationNews
from server.services.refusals import DraftChanged, NoDraft
from server.services.revision_history import DoneView, RevisionEntry
from server.services.undoing import HandChange
from server.texts import _
from server.web import difference_words
from server.web.words import Status


def summary(found: PublicationPreview) -> str:
    """For example «Công bố bản số 2: 4 khung đổi ở 2 đài.»"""
    if found.published is None:
        return _(
            "Công bố bản số {number}, bản đầu tiên của tháng: {slots} khung phát ở {stations} đài.",
            number=found.number,
            slots=formats.number(found.draft.slots),
            stations=formats.number(found.draft.stations),
        )
    if not found.stations:
        return _("Bản nháp giống hệt lịch đang công bố: công bố thì không đài nào phải đổi gì.")
    return _(
        "Công bố bản số {number}: {slots} khung đổi ở {stations} đài.",
        number=found.number,
        slots=formats.number(sum(len(each.changes) for each in found.stations)),
        stations=formats.number(len(found.stations)),
    )


def refused(refusal: Refusal) -> str:
    """Of two at one draft the later one is told what to do on the page, not by which command."""
    if isinstance(refusal, DraftChanged):
        return _(
            "Có người vừa sửa hoặc lập lại lịch tháng này. Điều bạn vừa làm chưa được thực hiện, và không ghi đè gì của người kia; trang này nay là bản mới nhất, hãy xem rồi làm lại."
        )
    if isinstance(refusal, NoDraft):
        return _("Bản nháp bạn đang xem không còn nữa: có người vừa công bố hoặc bỏ nó. Bạn chưa đổi gì.")
    return answer(refusal).sentence


def calendars(found: PublicationPreview) -> str:
    """What calendars of stations will say."""
    return _(
        "Lịch trên máy của các đài: {new} khung mới, {changed} khung sửa, {cancelled} khung hủy; mỗi khung giữ mã của nó và lên bản kế tiếp.",
        new=formats.number(found.calendar.new),
        changed=formats.number(found.calendar.changed),
        cancelled=formats.number(found.calendar.cancelled),
    )


def kinds(news: StationNews) -> list[tuple[Status, int]]:
    order = ("added", "removed", "moved", "refilled", "resized", "relay")
    return [(difference_words.kind(code), news.kinds[code]) for code in order if code in news.kinds]


def pulling(news: StationNews) -> str:
    if not news.files:
        return _("đã đủ tệp")
    if news.pulled:
        return _("đã tải rồi, phải tải thêm {count} tệp", count=news.files)
    return _("chưa tải, cần {count} tệp", count=news.files)


def done(step: DoneView) -> str:
    if step.action == "plan.restored":
        return _("trở lại theo bản số {number}", number=step.facts.get("number", ""))
    return action_words(step.action)


def changed(entry: RevisionEntry) -> str:
    """What its publication told stations."""
    if entry.changed is None:
        return "–"
    return _(
        "{new} khung mới, {changed} khung sửa, {cancelled} khung hủy ở {stations} đài",
        new=formats.number(entry.changed["slots_new"]),
        changed=formats.number(entry.changed["slots_changed"]),
        cancelled=formats.number(entry.changed["slots_cancelled"]),
        stations=formats.number(entry.changed["stations_changed"]),
    )


def last_change(last: HandChange | None) -> str:
    """Nothing where there is none; for example «dời khung 17:15 08/12/2026 của h654, lan, 10:02 20/11/2026»."""
    if last is None:
        return ""
    what = {
        "add": _("thêm khung"),
        "remove": _("bỏ khung"),
        "lock": _("khóa khung"),
        "unlock": _("mở khóa khung"),
    }.get(last.change, _("sửa khung"))
    return _(
        "{what} {starts_at} của đài {station} ({actor}, {at})",
        what=what,
        starts_at=formats.moment(last.starts_at, ZONE),
        station=last.station,
        actor=last.actor,
        at=formats.moment(last.at, ZONE),
    )
