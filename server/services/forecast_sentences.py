"""Forecasts in words: where a station will stand, and what keeps it from its minimum."""

from collections.abc import Mapping

from schedules.forecast import Cause, Forecast, ForecastReason
from server.formats import length_in_words, short_length_in_words
from server.services.forecast_views import ForecastView
from server.texts import _


def forecast_view(told: Forecast, texts: Mapping[str, tuple[str, str]], *, over: bool) -> ForecastView:
    """`texts`: name and legal ground of rules by their codes."""
    name, ground = texts.get(told.rule, (told.rule, ""))
    return ForecastView(
        rule=told.rule,
        rule_name=name,
        legal_ground=ground,
        counted_ms=told.counted_ms,
        open_ms=told.open_ms,
        share_percent=told.share_percent,
        expected_ms=told.expected_ms,
        required_ms=told.required_ms,
        short_ms=told.short_ms,
        misses=told.misses,
        causes=list(told.reasons),
        sentences=[forecast_sentence(told, over=over), *(cause_sentence(each) for each in told.reasons)],
    )


def forecast_sentence(forecast: Forecast, *, over: bool) -> str:
    """`over`: the month is; what was aired in its last days may still be reported."""
    facts = {"counted": length_in_words(forecast.counted_ms), "required": length_in_words(forecast.required_ms)}
    facts["expected"] = length_in_words(forecast.expected_ms)
    if not forecast.open_ms and over:
        return _("Tháng đã hết, được tính {counted} trên {required}.", **facts)
    if not forecast.open_ms:
        return _("Đã được tính {counted}; không còn khung nào chờ phát hay chờ báo, cần {required}.", **facts)
    return _(
        "Đã được tính {counted}, còn {open} chờ phát hoặc chờ báo, dự kiến {share}% trong đó được tính; hết tháng được {expected} trên {required}.",
        open=length_in_words(forecast.open_ms),
        share=forecast.share_percent,
        **facts,
    )


def cause_sentence(cause: ForecastReason) -> str:
    facts = {"length": length_in_words(cause.ms), "items": cause.items, "days": cause.days}
    match cause.code:
        case Cause.TOO_LITTLE_PLANNED:
            return _(
                "Lịch đã công bố còn thiếu {length}, dù phát đủ mọi khung.", length=short_length_in_words(cause.ms)
            )
        case Cause.NOT_DELIVERED:
            return _("{items} bài ({length}) sắp phát hoặc đang chờ báo mà đài chưa tải tệp.", **facts)
        case Cause.NOTHING_REPORTED:
            return _("Đã {days} ngày đài không báo gì; {items} bài đã đến giờ chưa rõ có phát hay không.", **facts)
        case Cause.SLOTS_MISSED:
            return _("{items} khung không phát, phát thiếu hoặc phát bài khác, mất {length}.", **facts)
        case Cause.WEAKLY_PROVED:
            return _("{length} được báo đã phát nhưng bằng chứng chưa đủ mức để tính.", **facts)
