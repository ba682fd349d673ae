"""The checks of a recording in words: what was measured and allowed, why that matters, what to do about it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from server.formats import number
from server.services.views import CheckView
from server.texts import _

_MOST_PLACES = 5


class _Check(msgspec.Struct, frozen=True, kw_only=True):
    """`media.checks.Check`, as a version's row keeps it."""

    name: str
    level: str
    measured: float | None
    limit: float
    unit: str
    at_ms: int | None
    facts: dict[str, Any]

    @property
    def passes(self) -> bool:
        return self.level == "pass"

    @property
    def place(self) -> str:
        return _place(self.at_ms or 0)


class _Words(msgspec.Struct, frozen=True, kw_only=True):
    """`mend` is left out where the check passes."""

    sentence: str
    why: str
    mend: str


def check_view(check: Mapping[str, Any]) -> CheckView:
    """From a check as a version's row keeps it; the sentences are in the language in use."""
    known = msgspec.convert(check, _Check)
    words = _WORDS[known.name](known)
    return CheckView(
        name=known.name,
        level=known.level,
        measured=known.measured,
        limit=known.limit,
        unit=known.unit,
        at_ms=known.at_ms,
        sentence=words.sentence,
        why=words.why,
        mend=None if known.passes else words.mend,
    )


def _loudness(check: _Check) -> _Words:
    places = {
        "measured": _tenths(check.measured),
        "limit": _tenths(check.limit),
        "tolerance": _plain(check.facts["tolerance_lu"]),
    }
    return _Words(
        sentence=_("Bản phát sóng có độ to {measured} LUFS, trong mức {limit} ± {tolerance} LU.", **places)
        if check.passes
        else _("Bản phát sóng có độ to {measured} LUFS, ngoài mức {limit} ± {tolerance} LU.", **places),
        why=_("Các bài phát nối nhau phải to như nhau, để người nghe không phải chỉnh loa giữa chừng."),
        mend=_("Bản ghi có chỗ quá to xen chỗ quá nhỏ. Hãy cân lại độ to giữa các đoạn rồi gửi lại."),
    )


def _true_peak(check: _Check) -> _Words:
    places = {"measured": _tenths(check.measured), "limit": _tenths(check.limit)}
    return _Words(
        sentence=_("Đỉnh thật của bản phát sóng là {measured} dBTP, không quá mức {limit} dBTP.", **places)
        if check.passes
        else _("Đỉnh thật của bản phát sóng là {measured} dBTP, vượt mức {limit} dBTP.", **places),
        why=_("Đỉnh quá cao thì máy phát và loa làm vỡ tiếng."),
        mend=_("Bản ghi có tiếng nổ hoặc tiếng lách tách rất to. Hãy bỏ các chỗ đó rồi gửi lại."),
    )


def _duration(check: _Check) -> _Words:
    measured, limit = _length(check.measured, beside=check.limit), _length(check.limit)
    too_short = (check.measured or 0) < check.facts["shortest_ms"]
    if check.passes:
        shortest, longest = _length(check.facts["shortest_ms"]), _length(check.facts["longest_ms"])
        sentence = _(
            "Phần được phát dài {measured}, trong mức từ {shortest} đến {longest}.",
            measured=measured,
            shortest=shortest,
            longest=longest,
        )
    elif too_short:
        sentence = _("Phần được phát dài {measured}, ngắn hơn mức {limit}.", measured=measured, limit=limit)
    else:
        sentence = _("Phần được phát dài {measured}, dài hơn mức {limit}.", measured=measured, limit=limit)
    return _Words(
        sentence=sentence,
        why=_("Bài quá ngắn thì người nghe chưa kịp nghe ra, bài quá dài thì không xếp vừa khung phát."),
        mend=_("Hãy xem tệp đã xuất đủ chưa, hoặc ghép thêm nội dung rồi gửi lại.")
        if too_short
        else _("Hãy cắt thành nhiều bài ngắn hơn rồi gửi từng bài."),
    )


def _leading_silence(check: _Check) -> _Words:
    places = _silence_places(check)
    sentences = {
        "pass": _("Khoảng lặng ở đầu dài {measured}, không quá mức {limit}.", **places)
        if check.measured
        else _("Không có khoảng lặng ở đầu."),
        "warn": _(
            "Khoảng lặng ở đầu dài {measured}, dài hơn mức {limit}; bản phát sóng đã bỏ bớt, còn {aired}.", **places
        ),
        "fail": _("Khoảng lặng ở đầu dài {measured}, khi phát vẫn còn {aired}, dài hơn mức {limit}.", **places),
    }
    return _Words(
        sentence=sentences[check.level],
        why=_("Lặng ở đầu bài nghe như đài mất tiếng, và chiếm thời lượng của bài."),
        mend=_("Hãy cắt bớt khoảng lặng ở đầu rồi gửi lại.")
        if check.level == "fail"
        else _("Bài vẫn phát được. Lần sau hãy cắt bớt khoảng lặng ở đầu trước khi gửi."),
    )


def _trailing_silence(check: _Check) -> _Words:
    places = _silence_places(check)
    sentences = {
        "pass": _("Khoảng lặng ở cuối dài {measured}, không quá mức {limit}.", **places)
        if check.measured
        else _("Không có khoảng lặng ở cuối."),
        "warn": _(
            "Khoảng lặng ở cuối dài {measured}, dài hơn mức {limit}; bản phát sóng đã bỏ bớt, còn {aired}.", **places
        ),
        "fail": _("Khoảng lặng ở cuối dài {measured}, khi phát vẫn còn {aired}, dài hơn mức {limit}.", **places),
    }
    return _Words(
        sentence=sentences[check.level],
        why=_("Lặng ở cuối bài làm người nghe tưởng buổi phát đã hết, và chiếm thời lượng của bài."),
        mend=_("Hãy cắt bớt khoảng lặng ở cuối rồi gửi lại.")
        if check.level == "fail"
        else _("Bài vẫn phát được. Lần sau hãy cắt bớt khoảng lặng ở cuối trước khi gửi."),
    )


def _inner_silence(check: _Check) -> _Words:
    measured, limit = _length(check.measured, beside=check.limit), _length(check.limit)
    if check.level == "fail":
        sentence = _(
            "Im lặng {measured} ở {place}, dài hơn mức {limit}.", measured=measured, place=check.place, limit=limit
        )
    elif check.level == "warn":
        sentence = _(
            "Giữa bài có {count} khoảng lặng trên {noticed}; dài nhất {measured} ở {place}, chưa quá mức {limit}.",
            count=check.facts["count"],
            noticed=_length(check.facts["noticed_ms"]),
            measured=measured,
            place=check.place,
            limit=limit,
        )
    elif check.measured:
        sentence = _(
            "Khoảng lặng dài nhất giữa bài là {measured}, không quá mức {limit}.", measured=measured, limit=limit
        )
    else:
        sentence = _("Không có khoảng lặng nào giữa bài.")
    starts = [_place(at_ms) for at_ms in check.facts["starts_ms"]]
    places = ", ".join(starts[:_MOST_PLACES]) + ("…" if len(starts) > _MOST_PLACES else "")
    return _Words(
        sentence=sentence,
        why=_("Loa im lâu thì người nghe tưởng đài hỏng."),
        mend=_("Hãy cắt bớt chỗ lặng ở {places} rồi gửi lại.", places=places)
        if check.level == "fail"
        else _("Hãy nghe lại ở {places}: nếu không phải chỗ nghỉ có ý thì cắt bớt rồi gửi lại.", places=places),
    )


def _sample_rate(check: _Check) -> _Words:
    places = {"measured": number(check.measured or 0), "limit": number(check.limit)}
    return _Words(
        sentence=_("Tần số lấy mẫu {measured} Hz, đạt mức {limit} Hz.", **places)
        if check.passes
        else _("Tần số lấy mẫu {measured} Hz, thấp hơn mức {limit} Hz.", **places),
        why=_("Lấy mẫu thấp thì tiếng nghe như qua điện thoại, khó rõ lời ở loa ngoài trời."),
        mend=_("Hãy ghi hoặc xuất lại từ bản gốc ở 44.100 Hz; tăng tần số của tệp đã có không làm tiếng rõ hơn."),
    )


def _original_loudness(check: _Check) -> _Words:
    gain = check.measured or 0.0
    places = {
        "loudness": _tenths(check.facts["loudness_lufs"]),
        "target": _tenths(check.facts["target_lufs"]),
        "gain": _tenths(abs(gain)),
        "limit": _plain(check.limit),
    }
    if check.passes:
        sentence = (
            _("Bản ghi có độ to {loudness} LUFS; đã tăng {gain} dB để phát ở {target} LUFS.", **places)
            if gain >= 0
            else _("Bản ghi có độ to {loudness} LUFS; đã giảm {gain} dB để phát ở {target} LUFS.", **places)
        )
    elif gain >= 0:
        sentence = _(
            "Bản ghi có độ to {loudness} LUFS, quá nhỏ: phải tăng {gain} dB để phát ở {target} LUFS, quá mức {limit} dB.",
            **places,
        )
    else:
        sentence = _(
            "Bản ghi có độ to {loudness} LUFS, quá to: phải giảm {gain} dB để phát ở {target} LUFS, quá mức {limit} dB.",
            **places,
        )
    return _Words(
        sentence=sentence,
        why=_("Thu quá nhỏ thì khi tăng lên, tiếng ồn cũng to theo; thu quá to thì dễ vỡ tiếng ngay từ lúc ghi."),
        mend=_("Bài vẫn phát được. Lần sau hãy để micro gần người nói hơn và tăng mức thu.")
        if gain >= 0
        else _("Bài vẫn phát được. Lần sau hãy giảm mức thu, để đỉnh vào khoảng −6 dBFS."),
    )


def _clipping(check: _Check) -> _Words:
    count = check.facts["count"]
    places = {
        "count": number(count),
        "measured": _plain(check.measured),
        "limit": _plain(check.limit),
        "place": check.place,
    }
    if not count:
        sentence = _("Không có chỗ nào vỡ tiếng.")
    elif check.passes:
        sentence = _(
            "Sóng chạm đỉnh {count} chỗ, {measured} lần mỗi phút, không quá mức {limit} lần mỗi phút.", **places
        )
    else:
        sentence = _(
            "Vỡ tiếng {count} chỗ, {measured} lần mỗi phút, nhiều hơn mức {limit} lần mỗi phút; chỗ đầu tiên ở {place}.",
            **places,
        )
    return _Words(
        sentence=sentence,
        why=_("Đỉnh sóng bị cắt nghe rè, và không sửa được nữa sau khi đã ghi."),
        mend=_("Hãy thu lại với mức thu nhỏ hơn, để đỉnh vào khoảng −6 dBFS.")
        if check.level == "fail"
        else _("Hãy nghe lại các chỗ đó; nếu nghe rè thì thu lại với mức thu nhỏ hơn."),
    )


def _dc_offset(check: _Check) -> _Words:
    places = {"measured": _hundredths(check.measured), "limit": _plain(check.limit)}
    return _Words(
        sentence=_("Sóng âm lệch khỏi mức không {measured} %, không quá mức {limit} %.", **places)
        if check.passes
        else _("Sóng âm lệch khỏi mức không {measured} %, quá mức {limit} %.", **places),
        why=_("Sóng lệch thì nghe tiếng bụp ở chỗ nối bài, và chóng vỡ tiếng khi tăng độ to."),
        mend=_("Hãy kiểm tra thẻ âm thanh và dây micro; khi xuất, hãy lọc bỏ phần dưới 30 Hz rồi gửi lại."),
    )


def _hum(check: _Check) -> _Words:
    places = {
        "hz": number(check.facts["hz"] or 0),
        "measured": _tenths(check.measured),
        "limit": _plain(check.limit),
    }
    if check.measured is None:
        sentence = _("Không có tiếng ù của điện lưới.")
    elif check.passes:
        sentence = _("Tiếng ù {hz} Hz của điện lưới khi phát ở {measured} dBFS, không quá mức {limit} dBFS.", **places)
    else:
        sentence = _("Tiếng ù {hz} Hz của điện lưới khi phát ở {measured} dBFS, to hơn mức {limit} dBFS.", **places)
    return _Words(
        sentence=sentence,
        why=_("Tiếng ù của điện lưới che lời nói, nhất là ở loa công suất lớn."),
        mend=_(
            "Hãy đổi ổ điện, dây micro hoặc nối đất cho máy ghi rồi thu lại; hoặc lọc bỏ {hz} Hz và các bội.", **places
        ),
    )


def _dead_channel(check: _Check) -> _Words:
    side = {"left": _("trái"), "right": _("phải")}[check.facts["side"]]
    measured, limit = _tenths(check.measured), _plain(check.limit)
    if check.passes:
        sentence = _("Cả hai kênh đều có tiếng, chênh nhau {measured} dB.", measured=measured)
    elif check.measured is None:
        sentence = _("Kênh {side} không có tiếng.", side=side)
    else:
        sentence = _(
            "Kênh {side} nhỏ hơn kênh kia {measured} dB, quá mức {limit} dB.", side=side, measured=measured, limit=limit
        )
    return _Words(
        sentence=sentence,
        why=_("Loa phát thanh chỉ có một kênh: trộn với một kênh câm thì tiếng nhỏ đi một nửa và ồn hơn."),
        mend=_("Bản phát sóng đã được tăng cho đủ to. Lần sau hãy thu hoặc xuất một kênh."),
    )


def _inverted_channel(check: _Check) -> _Words:
    places = {
        "measured": _hundredths(check.measured),
        "limit": _plain(check.limit),
        "lost": _tenths(check.facts["lost_in_mono_lu"]),
    }
    return _Words(
        sentence=_("Hai kênh cùng pha, hệ số tương quan {measured}.", measured=places["measured"])
        if check.passes
        else _(
            "Hai kênh ngược pha: hệ số tương quan {measured}, dưới mức {limit}; ra loa một kênh mất {lost} LU.",
            **places,
        ),
        why=_("Loa phát thanh chỉ có một kênh: hai kênh ngược pha trộn lại thì triệt tiêu nhau."),
        mend=_("Hãy đảo cực một kênh, hoặc chỉ xuất một kênh, rồi gửi lại."),
    )


def _speech(check: _Check) -> _Words:
    places = {"measured": _plain(check.measured), "limit": _plain(check.limit)}
    return _Words(
        sentence=_("Tiếng nói chiếm {measured} % bản ghi, đạt mức {limit} %.", **places)
        if check.passes
        else _("Tiếng nói chiếm {measured} % bản ghi, ít hơn mức {limit} %.", **places),
        why=_("Bài tuyên truyền chủ yếu là lời nói; ít lời thường là gửi nhầm tệp."),
        mend=_("Hãy nghe lại xem có đúng tệp không. Nếu đúng thì không cần làm gì: máy có thể đoán nhầm."),
    )


_WORDS: dict[str, Callable[[_Check], _Words]] = {
    "loudness": _loudness,
    "true_peak": _true_peak,
    "duration": _duration,
    "leading_silence": _leading_silence,
    "trailing_silence": _trailing_silence,
    "inner_silence": _inner_silence,
    "sample_rate": _sample_rate,
    "original_loudness": _original_loudness,
    "clipping": _clipping,
    "dc_offset": _dc_offset,
    "hum": _hum,
    "dead_channel": _dead_channel,
    "inverted_channel": _inverted_channel,
    "speech": _speech,
}


def _silence_places(check: _Check) -> dict[str, str]:
    return {
        "measured": _length(check.measured, beside=check.limit),
        "limit": _length(check.limit),
        "aired": _length(check.facts["aired_ms"], beside=check.limit),
    }


def _length(ms: float | None, *, beside: float | None = None) -> str:
    """«7,2 giây», from a minute on «1 phút 12 giây»; finer where it would look the same as what it differs from."""
    length_ms = round(ms or 0)
    for decimals in (1, 2, 3) if length_ms < 60_000 else (0, 1, 2, 3):
        text = _written(length_ms, decimals)
        if beside is None or length_ms == beside or text != _written(round(beside), decimals):
            break
    return text


def _written(ms: int, decimals: int) -> str:
    minutes, rest_ms = divmod(ms, 60_000)
    seconds = number(rest_ms / 1000, decimals=decimals)
    if decimals:
        seconds = seconds.rstrip("0").rstrip(",")
    if not minutes:
        return _("{seconds} giây", seconds=seconds)
    if seconds == "0":
        return _("{minutes} phút", minutes=minutes)
    return _("{minutes} phút {seconds} giây", minutes=minutes, seconds=seconds)


def _place(at_ms: int) -> str:
    minutes, seconds = divmod(at_ms // 1000, 60)
    return f"{minutes:02d}:{seconds:02d}"


def _plain(value: float | None) -> str:
    """At most one decimal, none where it would be 0."""
    known = value or 0.0
    return _signed(known, 0 if round(known, 1) == round(known) else 1)


def _tenths(value: float | None) -> str:
    return "–" if value is None else _signed(value, 1)


def _hundredths(value: float | None) -> str:
    return "–" if value is None else _signed(value, 2)


def _signed(value: float, decimals: int) -> str:
    return number(value, decimals=decimals).replace("-", "−")
