"""Why a segment is aired nowhere, in words."""

from datetime import datetime

from schedules.whereabouts import (
    ColumnNotPlanned,
    LongerThanSessions,
    LongerThanSlots,
    MeantForNone,
    NoExchange,
    NoRoomBesideKept,
    NoSuchLanguage,
    NotBroadcasting,
    NotValidThisMonth,
    NowhereReason,
    OthersBetter,
)
from server.formats import length_in_words, moment, number
from server.services.local_time import ZONE
from server.services.naming import Names, language_name, listed, tier_name
from server.texts import _


def state_sentence(state: str, withdrawn_at: datetime | None, withdrawn_reason: str | None) -> str:
    """Of a segment that is not fit for plans, by the state it is in."""
    if state == "withdrawn":
        if withdrawn_at is None:
            return _("Bài đã rút.")
        return _(
            "Bài đã rút lúc {moment}: {reason}.",
            moment=moment(withdrawn_at, ZONE),
            reason=(withdrawn_reason or _("không ghi lý do")).rstrip("."),
        )
    return {
        "processing": _("Bài đang được đo và kiểm tra, chưa dùng được."),
        "held": _("Bài nghe giống một bài đã có, đang chờ quyết định giữ hay bỏ."),
        "rejected": _("Bản ghi của bài không đạt kiểm tra."),
        "discarded": _("Bài đã bỏ."),
    }.get(state, state)


def nowhere_sentence(reason: NowhereReason, names: Names) -> str:  # noqa: C901, PLR0911 - one for each kind
    match reason:
        case NotValidThisMonth():
            return _("Bài không có hiệu lực vào ngày nào trong tháng.")
        case ColumnNotPlanned(column=column):
            if column is None:
                return _("Tháng này không quy định hay mục tiêu nào cần thời lượng.")
            return _(
                "Không quy định hay mục tiêu nào cần thời lượng cho chuyên mục {column} của bài.",
                column=names.column(column),
            )
        case NoSuchLanguage(language=language):
            return _("Không đài nào phát {language}.", language=language_name(language))
        case MeantForNone(stations=stations, tiers=tiers):
            asked = [names.station(each) for each in stations or ()] + [tier_name(each) for each in tiers or ()]
            if not asked:
                return _("Các đài mà bài dành cho không có trong tháng này.")
            return _("Bài chỉ dành cho {targets}, mà không đài nào trong số đó phát được bài.", targets=listed(asked))
        case NotBroadcasting(stations=stations):
            return _(
                "Trong những ngày bài có hiệu lực và còn xếp được, {stations} đài mà bài dành cho đều không phát.",
                stations=stations,
            )
        case LongerThanSlots(duration_ms=duration, most_ms=most):
            return _(
                "Bài dài {duration}, một khung phát chứa nhiều nhất {most}.",
                duration=length_in_words(duration),
                most=length_in_words(most),
            )
        case LongerThanSessions(longest_ms=longest, needed_ms=needed):
            return _(
                "Khung của bài cần {needed}, dài hơn mọi buổi phát (dài nhất {longest}).",
                needed=length_in_words(needed),
                longest=length_in_words(longest),
            )
        case NoRoomBesideKept(stations=stations):
            return _(
                "Ở {stations} đài phát được bài không còn chỗ nào: vướng giãn cách, mức tối đa, khung phải giữ, "
                "hoặc bài quá ngắn mà không có bài khác để ghép.",
                stations=stations,
            )
        case OthersBetter():
            return _better(reason, names)
        case NoExchange(tried=tried):
            return _(
                "Đã thử đặt bài vào mọi khung của {tried} đài: chỗ nào cũng vi phạm ràng buộc hoặc làm thiếu thêm.",
                tried=tried,
            )


def _better(reason: OthersBetter, names: Names) -> str:
    facts = {
        "tried": reason.tried,
        "station": names.station(reason.station),
        "slot": names.slot(reason.slot),
        "instead": names.segment(reason.instead),
        "cost": number(reason.cost, decimals=2),
    }
    if reason.rise <= 0:
        return _(
            "Bài phát được, nhưng lịch đang dùng bài khác. Đã thử ở {tried} đài: ở {station}, khung {slot}, "
            "bài thay được {instead} mà lịch không kém đi.",
            **{name: value for name, value in facts.items() if name != "cost"},
        )
    return _(
        "Bài phát được, nhưng các bài khác hợp hơn. Đã thử ở {tried} đài: chỗ đỡ thiệt nhất là {station}, "
        "khung {slot}, thay {instead}; tổng lệch của đài tăng thêm {rise} (đang là {cost}).",
        rise=number(reason.rise, decimals=2),
        **facts,
    )
