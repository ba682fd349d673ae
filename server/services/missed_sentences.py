"""Why an owed airing has no place, in words."""

from schedules.missed_reasons import (
    Crowded,
    MissedReason,
    NoBroadcast,
    NoFreeTime,
    NoPlace,
    NotValid,
    TooLong,
    TooMany,
    WindowPast,
)
from server.formats import day, length_in_words
from server.texts import _


def missed_sentence(reason: MissedReason) -> str:  # noqa: PLR0911 - one for each kind
    match reason:
        case NoBroadcast(first=first, last=last):
            return _("Từ {first} đến {last} đài không có buổi phát nào.", first=day(first), last=day(last))
        case WindowPast(last=last):
            return _("Thời hạn phải phát (đến {last}) đã qua hoặc đã chốt khi lập lịch.", last=day(last))
        case NotValid(first=first, last=last):
            return _(
                "Từ {first} đến {last} bài không có hiệu lực vào ngày nào mà đài phát.",
                first=day(first),
                last=day(last),
            )
        case TooLong(duration_ms=duration, most_ms=most):
            return _(
                "Bài dài {duration}, một khung phát chứa nhiều nhất {most}.",
                duration=length_in_words(duration),
                most=length_in_words(most),
            )
        case NoFreeTime(longest_ms=longest, needed_ms=needed):
            return _(
                "Buổi phát dài nhất trong thời hạn chỉ có {longest}, khung của bài cần {needed}.",
                longest=length_in_words(longest),
                needed=length_in_words(needed),
            )
        case NoPlace(first=first, last=last):
            return _(
                "Từ {first} đến {last} không còn chỗ bên cạnh những khung phải giữ và khung tiếp âm.",
                first=day(first),
                last=day(last),
            )
        case TooMany(times=times, most=most, separation_days=apart, max_per_month=limit):
            return _(
                "Phải phát {times} lượt, nhưng giãn cách {apart} ngày và mức {limit} lượt một tháng chỉ cho phép {most}.",
                times=times,
                apart=apart,
                limit=limit,
                most=most,
            )
        case Crowded(first=first, last=last):
            return _(
                "Từ {first} đến {last} chỗ trống phải dành cho thời lượng bắt buộc và các bài phải phát khác.",
                first=day(first),
                last=day(last),
            )
