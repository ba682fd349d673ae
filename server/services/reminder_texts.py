"""What a station is told when it is urged, made of its own figures. Vietnamese, whoever sends it: it goes to stations."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from schedules.months import Month
from server.formats import day, length, moment, month_name, short_length
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.reminder_views import ShortFigure
from server.texts import _, in_language

_MOST_NAMED = 5
_DAYS_AFTERWARDS = 7


def mend_by(context: Context, month: Month) -> date:
    """Until when a station is asked to mend it: the month's last day, and once that is here, some days from now."""
    today = local_today(context)
    return month.last_date if today < month.last_date else today + timedelta(days=_DAYS_AFTERWARDS)


def reminder_text(
    context: Context,
    *,
    name: str,
    month: Month,
    at: datetime,
    figures: Sequence[ShortFigure],
    missed: Sequence[datetime],
) -> str:
    """`missed` are the starts of slots that were not aired, or not reported in time."""
    with in_language("vi"):
        said = [
            _(
                "Gửi {name}: tính đến {at}, thời lượng tháng {month} như sau.",
                name=name,
                at=moment(at, ZONE),
                month=month_name(month),
            )
        ]
        said += [
            _(
                "{rule}: được tính {counted} trên {required} (phút:giây), còn thiếu {short}; trong lịch còn tới {to_come}.",
                rule=each.rule_name,
                counted=length(each.counted_ms),
                required=length(each.required_ms),
                short=short_length(each.short_ms),
                to_come=length(each.to_come_ms),
            )
            for each in figures
        ]
        if missed:
            named = ", ".join(moment(each, ZONE) for each in missed[:_MOST_NAMED])
            said.append(
                _(
                    "{count} khung không phát hoặc chưa báo: {named}.",
                    count=len(missed),
                    named=f"{named}, …" if len(missed) > _MOST_NAMED else named,
                )
            )
        said.append(
            _(
                "Đề nghị đài phát đủ phần còn thiếu; đã phát mà chưa báo thì gửi nhật ký hoặc bản ghi; không phát được thì trả lời vì sao. Chậm nhất: {day}.",
                day=day(mend_by(context, month)),
            )
        )
        return "\n".join(said)


def mail_of(*, name: str, month: Month, text: str, link: str) -> tuple[str, str]:
    """Subject and body of the e-mail."""
    with in_language("vi"):
        subject = _("Đôn đốc phát thanh tháng {month}: {name}", month=month_name(month), name=name)
        body = _(
            "{text}\n\nXem và trả lời tại:\n{link}\n\nThư này do Loa tự gửi; xin đừng trả lời thư.\n",
            text=text,
            link=link,
        )
    return subject, body
