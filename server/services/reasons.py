"""Why a rule is not met, in words: reasons are codes with facts, most of them the planner's."""

from collections.abc import Callable, Mapping

from server.formats import length_in_words
from server.services.views import StationRow, VerdictView
from server.texts import _

Facts = Mapping[str, object]


def reason_sentences(verdict: VerdictView | StationRow) -> list[str]:
    """A sentence for each reason; a code that is not known here is shown as it is, with its facts."""
    return [_sentence(reason) for reason in verdict.reasons]


def _sentence(reason: Facts) -> str:
    code = str(reason.get("code"))
    if code in _SENTENCES:
        return _SENTENCES[code](reason)
    facts = ", ".join(f"{name}={value}" for name, value in reason.items() if name != "code")
    return f"{code} ({facts})" if facts else code


def _listed(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def _length(reason: Facts, fact: str) -> str:
    value = reason.get(fact)
    return length_in_words(value) if isinstance(value, int) else "?"


_SENTENCES: dict[str, Callable[[Facts], str]] = {
    "no_plan": lambda _reason: _("Tháng này chưa có lịch."),
    "no_longer_valid": lambda reason: _(
        "Trong lịch có bài đã rút hoặc hết hạn, không tính: {segments}.", segments=_listed(reason.get("segments"))
    ),
    "no_occurrence": lambda _reason: _("Phần còn lại của tháng đài không có buổi phát nào."),
    "not_enough_segments": lambda reason: _(
        "Chỉ có {segments} bài dùng được; phát hết mức cho phép cũng chỉ được {available}, trong khi cần {needed}.",
        segments=reason.get("segments"),
        available=_length(reason, "available_ms"),
        needed=_length(reason, "needed_ms"),
    ),
    "separation": lambda reason: _(
        "Khoảng cách bắt buộc giữa hai lần phát một bài chỉ cho phép {available}, trong khi cần {needed}.",
        available=_length(reason, "available_ms"),
        needed=_length(reason, "needed_ms"),
    ),
    "no_room": lambda reason: _(
        "Giờ phát còn trống chỉ chứa được {available}, trong khi cần {needed}.",
        available=_length(reason, "available_ms"),
        needed=_length(reason, "needed_ms"),
    ),
    "max_rule": lambda reason: _(
        "Quy định tối đa {rule} chỉ cho phép {available}, trong khi cần {needed}.",
        rule=reason.get("rule"),
        available=_length(reason, "available_ms"),
        needed=_length(reason, "needed_ms"),
    ),
    "does_not_combine": lambda reason: _(
        "Không tìm được cách xếp đủ {needed} mà giữ được mọi ràng buộc cùng lúc.", needed=_length(reason, "needed_ms")
    ),
}
