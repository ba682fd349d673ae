"""Why a rule is not met, in words: reasons are codes with facts, most of them the planner's."""

from collections.abc import Callable, Mapping
from typing import Any

from schedules import shortfall_reasons as why
from server.formats import day, length_in_words
from server.services.naming import Names, language_name, listed
from server.services.views import StationRow, VerdictView
from server.texts import _

_NO_NAMES = Names()


def reason_sentences(verdict: VerdictView | StationRow, names: Names = _NO_NAMES) -> list[str]:
    """A sentence for each reason; a code that is not known here is shown as it is, with its facts."""
    return [reason_sentence(reason, names) for reason in verdict.reasons]


def reason_sentence(facts: Mapping[str, object], names: Names) -> str:
    reason = why.read_reason(dict(facts))
    if reason is not None:
        return _SENTENCES[type(reason)](reason, names)
    code = str(facts.get("code"))
    if code == "no_plan":
        return _("Tháng này chưa có lịch.")
    if code == "by_hand":
        return _("Lịch của đài đã được sửa tay sau khi lập.")
    if code == "no_longer_valid":
        return _(
            "Trong lịch có bài đã rút hoặc hết hạn, không tính: {segments}.", segments=_codes(facts.get("segments"))
        )
    told = ", ".join(f"{name}={value}" for name, value in facts.items() if name != "code")
    return f"{code} ({told})" if told else code


def _codes(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def _amounts(reason: Any) -> dict[str, str]:
    return {"available": length_in_words(reason.available_ms), "needed": length_in_words(reason.needed_ms)}


def _no_segments(reason: why.NoSegments, names: Names) -> str:
    kept_out = (
        (reason.other_column, _("{count} bài thuộc chuyên mục khác", count=reason.other_column)),
        (reason.other_language, _("{count} bài bằng thứ tiếng khác", count=reason.other_language)),
        (reason.not_meant, _("{count} bài không dành cho đài này", count=reason.not_meant)),
        (reason.not_valid, _("{count} bài không còn hoặc chưa có hiệu lực", count=reason.not_valid)),
    )
    told = "; ".join(words for count, words in kept_out if count)
    facts = {
        "column": names.column(reason.column),
        "languages": listed(language_name(each) for each in reason.languages),
    }
    if reason.languages:
        start = _("Không có bài nào bằng {languages} của chuyên mục {column} mà đài dùng được", **facts)
    else:
        start = _("Không có bài nào của chuyên mục {column} mà đài dùng được", column=facts["column"])
    return f"{start} ({told})." if told else f"{start}."


def _not_enough(reason: why.NotEnoughSegments, _names: Names) -> str:
    if reason.once:
        return _(
            "Chỉ có {segments} bài dùng được và mỗi bài chỉ tính một lần trong tháng: nhiều nhất {available}, trong khi cần {needed}.",
            segments=reason.segments,
            **_amounts(reason),
        )
    told = _(
        "Chỉ có {segments} bài dùng được; phát hết mức cho phép cũng chỉ được {available}, trong khi cần {needed}.",
        segments=reason.segments,
        **_amounts(reason),
    )
    if reason.after is None:
        return told
    if not reason.left:
        return told + " " + _("Sau ngày {day} không còn bài nào có hiệu lực.", day=day(reason.after))
    return told + " " + _("Sau ngày {day} chỉ còn {left} bài có hiệu lực.", day=day(reason.after), left=reason.left)


def _separation(reason: why.Separation, _names: Names) -> str:
    if reason.days is not None:
        return _("Nếu không giãn cách {days} ngày giữa hai lượt của một bài thì đủ bài.", days=reason.days)
    return _(
        "Khoảng cách bắt buộc giữa hai lần phát một bài chỉ cho phép {available}, trong khi cần {needed}.",
        **_amounts(reason),
    )


_SENTENCES: dict[type, Callable[[Any, Names], str]] = {
    why.NoSessions: lambda _reason, _names: _("Đài không có buổi phát nào trong tháng."),
    why.Dark: lambda reason, _names: _("Đài ngừng phát hết phần còn lại của tháng ({days} ngày).", days=reason.days),
    why.MonthOver: lambda _reason, _names: _("Tháng đã qua khi lập lịch này."),
    why.Frozen: lambda _reason, _names: _("Phần còn lại của tháng đã chốt khi lập lịch này."),
    why.NoOccurrence: lambda _reason, _names: _("Phần còn lại của tháng đài không có buổi phát nào."),
    why.NoSegments: _no_segments,
    why.SegmentsTooLong: lambda reason, _names: _(
        "Bài ngắn nhất dài {shortest}, một khung phát chứa nhiều nhất {most}.",
        shortest=length_in_words(reason.shortest_ms),
        most=length_in_words(reason.most_ms),
    ),
    why.SegmentsTooShort: lambda reason, _names: _(
        "Các bài dùng được trong một ngày cộng lại chỉ dài {total}, chưa đủ {least} của khung ngắn nhất.",
        total=length_in_words(reason.total_ms),
        least=length_in_words(reason.least_ms),
    ),
    why.SessionsTooShort: lambda reason, _names: _(
        "Khoảng trống dài nhất trong các buổi phát là {longest}, khung ngắn nhất cần {least}.",
        longest=length_in_words(reason.longest_ms),
        least=length_in_words(reason.least_ms),
    ),
    why.NotEnoughSegments: _not_enough,
    why.Separation: _separation,
    why.MonthlyLimit: lambda reason, _names: _(
        "Nếu không giới hạn {times} lượt một tháng cho mỗi bài thì đủ bài.", times=reason.times
    ),
    why.NoRoom: lambda reason, _names: _(
        "Giờ phát còn trống chỉ chứa được {available}, trong khi cần {needed}.", **_amounts(reason)
    ),
    why.SlotsPerDay: lambda reason, _names: _(
        "Chuyên mục chỉ được {most} khung một ngày, dù có ngày còn giờ trống.", most=reason.most
    ),
    why.DarkDays: lambda reason, _names: _("Vì ngừng phát hoặc hủy buổi, đài mất {days} ngày phát.", days=reason.days),
    why.DaysPast: lambda reason, _names: _(
        "{days} ngày phát đã qua hoặc đã chốt; chỉ thêm được từ ngày {first}.",
        days=reason.days,
        first=day(reason.first),
    ),
    why.MaxRule: lambda reason, names: _(
        "Quy định tối đa {rule} chỉ cho phép {available}, trong khi cần {needed}.",
        rule=names.rule(reason.rule),
        **_amounts(reason),
    ),
    why.RulesContradict: lambda reason, names: _(
        "Hai quy định trái nhau: {rule} chỉ cho phép nhiều nhất {most} một tháng, mà mức ít nhất là {least}.",
        rule=names.rule(reason.rule),
        most=length_in_words(reason.most_ms),
        least=length_in_words(reason.least_ms),
    ),
    why.DoesNotCombine: lambda reason, _names: _(
        "Không tìm được cách xếp đủ {needed} mà giữ được mọi ràng buộc cùng lúc.",
        needed=length_in_words(reason.needed_ms),
    ),
}
