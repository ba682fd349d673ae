"""Why a rule is not met, in words: the planner's reasons are codes with facts."""

from collections.abc import Callable, Mapping

from server.services.views import VerdictView
from server.texts import _

Facts = Mapping[str, object]


def reason_sentences(verdict: VerdictView) -> list[str]:
    """A sentence for each reason; a code that is not known here is shown as it is."""
    return [_sentence(reason) for reason in verdict.reasons]


def _sentence(reason: Facts) -> str:
    sentence = _SENTENCES.get(str(reason.get("code")))
    if sentence is None:
        facts = ", ".join(f"{name}={value}" for name, value in reason.items() if name != "code")
        return f"{reason.get('code')} ({facts})" if facts else str(reason.get("code"))
    return sentence(reason)


def _listed(value: object) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


_SENTENCES: dict[str, Callable[[Facts], str]] = {
    "no_plan": lambda reason: _("Tháng này chưa có lịch."),  # noqa: ARG005 (every sentence is given its reason)
    "no_longer_valid": lambda reason: _(
        "Trong lịch có bài đã rút hoặc hết hạn, không tính: {segments}.", segments=_listed(reason["segments"])
    ),
}
