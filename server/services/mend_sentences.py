"""What would mend a shortfall, in words."""

from datetime import date
from typing import TYPE_CHECKING

from server.formats import day, length_in_words, weekday
from server.services.naming import Names, language_name, listed
from server.texts import _

if TYPE_CHECKING:
    from schedules.mends import Mend, Step


def mend_sentence(mend: "Mend", names: Names) -> str:
    """For example «Duyệt thêm 2 bài dài 3 phút (…), mở thêm buổi phát 17:00–18:00 Thứ Năm.»"""
    if not mend.steps:
        return _("Lập lại lịch của đài là đủ: dữ liệu hoặc lịch đã được sửa từ khi lập lịch này.")
    told = _(", đồng thời ").join(_step(step, names) for step in mend.steps)
    return told[:1].upper() + told[1:] + "."


def no_mend_sentence(over: str | None, tried: int) -> str:
    """`over`: the reason why no time is left, if none is; `tried`: plannings made in vain."""
    if over == "month_over":
        return _("Tháng đã qua, không thêm được thời lượng nữa.")
    if over == "frozen":
        return _("Phần còn lại của tháng đã chốt, không thêm được thời lượng nữa.")
    if not tried:
        return _("Không thấy cách khắc phục nào trong các cách có thể thử: mọi cách đều vẫn thiếu chỗ hoặc thiếu bài.")
    return _("Đã lập thử {tried} lịch với các thay đổi khác nhau mà chưa thấy cách nào đủ.", tried=tried)


def _step(step: "Step", names: Names) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of change
    from schedules.mends import steps as kinds

    match step:
        case kinds.ApproveSegments():
            return _(
                "duyệt thêm {segments} bài dài {length} ({language}, nội dung {topic}), dùng được từ {first}",
                segments=step.segments,
                length=length_in_words(step.duration_ms),
                language=language_name(step.language),
                topic=names.topic(step.topic),
                first=day(step.valid_from),
            )
        case kinds.ExtendValidity():
            return _(
                "gia hạn {segments} đến hết {last}",
                segments=listed([names.segment(each) for each in step.segments]),
                last=day(step.to_date),
            )
        case kinds.OpenSession():
            if step.from_date == step.to_date:
                return _(
                    "mở thêm một buổi phát {start}–{end} {weekday} {day}",
                    start=step.start,
                    end=step.end,
                    weekday=weekday(step.from_date),
                    day=day(step.from_date),
                )
            return _(
                "mở thêm buổi phát {start}–{end} vào {weekdays} từ {first}",
                start=step.start,
                end=step.end,
                weekdays=_weekdays(step.weekdays),
                first=day(step.from_date),
            )
        case kinds.LengthenSessions():
            sessions = [_("{session} đến {end}", session=names.session(code), end=end) for code, end in step.ends]
            return _("kéo dài buổi phát {sessions}", sessions=listed(sessions))
        case kinds.BroadcastOn():
            return _("phát trở lại vào {days}", days=listed([day(each) for each in step.dates]))
        case kinds.RaiseSlotsPerDay():
            return _(
                "cho chuyên mục {column} tới {most} khung một ngày", column=names.column(step.column), most=step.most
            )
        case kinds.RaiseMonthlyLimit():
            return _(
                "cho mỗi bài của chuyên mục {column} phát tới {times} lượt một tháng",
                column=names.column(step.column),
                times=step.times,
            )
        case kinds.LowerSeparation():
            return _(
                "giảm giãn cách giữa hai lượt của một bài trong chuyên mục {column} còn {days} ngày",
                column=names.column(step.column),
                days=step.days,
            )
        case kinds.LowerSlotMinimum():
            return _(
                "cho khung của chuyên mục {column} ngắn tới {length}",
                column=names.column(step.column),
                length=length_in_words(step.ms),
            )
        case kinds.RaiseSlotMaximum():
            return _(
                "cho khung của chuyên mục {column} dài tới {length}",
                column=names.column(step.column),
                length=length_in_words(step.ms),
            )
        case kinds.RaiseMaximum():
            return _(
                "nâng mức của quy định {rule} lên {length}", rule=names.rule(step.rule), length=length_in_words(step.ms)
            )
        case kinds.LowerMinimum():
            return _(
                "hạ mức của quy định {rule} xuống {length}",
                rule=names.rule(step.rule),
                length=length_in_words(step.ms),
            )


def _weekdays(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 7:
        return _("mọi ngày")
    # 2024-01-01 was a Monday.
    return ", ".join(weekday(date(2024, 1, number)) for number in numbers)
