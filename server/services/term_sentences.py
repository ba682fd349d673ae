"""The wishes of planning in words: with their figures where the slots are at hand, briefly from what is stored else."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from schedules.term_figures import ShareFigure, TermFigures
from server.formats import length_in_words, number
from server.services.naming import Names, language_name
from server.texts import _

_STALE_DAYS = 28  # from this age on an airing is as stale as can be


class Term(Struct, frozen=True, kw_only=True):
    name: str
    meaning: str


def term_words(code: str) -> Term:
    """What a wish is called and what it asks; one that nobody gave words for is called by its code."""
    terms = {
        "topics": (_("Cân đối nội dung"), _("Thời lượng chia theo trọng số của các nhóm nội dung.")),
        "spread": (_("Rải đều các tuần"), _("Mỗi tuần có phần thời lượng tương xứng.")),
        "repetition": (_("Ít lặp lại"), _("Phần bài phát lại trong tháng.")),
        "age": (_("Bài còn mới"), _("Bài càng mới càng tốt.")),
        "target": (_("Sát mục tiêu"), _("Lệch so với thời lượng mục tiêu của tháng.")),
        "languages": (_("Đủ các thứ tiếng"), _("Phần còn thiếu của mỗi thứ tiếng mà đài phục vụ.")),
        "reach": (_("Được tiếp âm"), _("Phần thời lượng mà các đài xã không tiếp âm được.")),
        "change": (_("Ít thay đổi"), _("Phần khung phát đã công bố bị thay đổi.")),
    }
    name, meaning = terms.get(code, (code, ""))
    return Term(name=name, meaning=meaning)


def term_sentence(name: str, value: float, figures: TermFigures, names: Names) -> str:
    """A wish as a sentence with its real figures; `value` is the term."""
    if not figures.airtime_ms and name in {"topics", "spread", "repetition", "age", "languages", "reach"}:
        return _("Chưa có thời lượng nào để tính.")
    sentences: dict[str, Callable[[], str]] = {
        "topics": lambda: _topics(value, figures, names),
        "spread": lambda: _spread(value, figures),
        "repetition": lambda: _repetition(figures),
        "age": lambda: _age(figures),
        "target": lambda: _target(value, figures),
        "languages": lambda: _languages(figures),
        "reach": lambda: _reach(figures),
        "change": lambda: _change(figures),
    }
    return sentences[name]() if name in sentences else number(value, decimals=2)


def terms_in_brief(terms: Mapping[str, float]) -> list[str]:
    """A few words for each stored term; the wishes that few stations have are left out where they are met."""
    briefs: tuple[tuple[str, Callable[[float], str]], ...] = (
        ("topics", lambda value: _("nội dung lệch {percent} % so với trọng số", percent=percent(value))),
        ("spread", lambda value: _("các tuần lệch {percent} %", percent=percent(value))),
        (
            "repetition",
            lambda value: (
                _("{percent} % số lượt là phát lại", percent=percent(value)) if value else _("không phát lại")
            ),
        ),
        ("age", _age_in_brief),
        ("target", lambda value: _("lệch {percent} % so với mục tiêu", percent=percent(value))),
        ("languages", lambda value: _("thiếu {percent} % cho các thứ tiếng", percent=percent(value))),
        ("reach", lambda value: _("{percent} % thời lượng ngoài giờ tiếp âm", percent=percent(value))),
        ("change", lambda value: _("{percent} % khung đã công bố bị đổi", percent=percent(value))),
    )
    rare = {"languages", "reach", "change"}
    return [tell(terms[name]) for name, tell in briefs if name in terms and (terms[name] or name not in rare)]


def percent(share: float) -> str:
    """Whole per cent; what is there but rounds to none is «dưới 1»."""
    if 0 < share < 0.005:
        return _("dưới {percent}", percent=1)
    return number(share * 100)


def _topics(value: float, figures: TermFigures, names: Names) -> str:
    if not value or not figures.topics:
        return _("Thời lượng các nhóm nội dung đúng theo trọng số.")
    furthest = max(figures.topics, key=_distance)
    return _(
        "Lệch {percent} % so với trọng số; lệch nhiều nhất là «{topic}»: {share} % thời lượng, theo trọng số là {wished} %.",
        percent=percent(value),
        topic=names.topic(furthest.code),
        share=percent(furthest.share),
        wished=percent(furthest.wished),
    )


def _distance(figure: ShareFigure) -> float:
    return abs(figure.share - figure.wished)


def _spread(value: float, figures: TermFigures) -> str:
    weeks = _("{aired}/{weeks} tuần có phát", aired=figures.weeks_aired, weeks=figures.weeks)
    if not value:
        return _("{weeks}; chia đều theo số ngày phát.", weeks=weeks)
    return _("{weeks}; lệch {percent} % so với chia đều theo số ngày phát.", weeks=weeks, percent=percent(value))


def _repetition(figures: TermFigures) -> str:
    repeats = figures.items - figures.segments
    if not repeats:
        return _("{items} lượt bài, không lượt nào phát lại.", items=figures.items)
    return _("{repeats} trong {items} lượt bài là phát lại.", repeats=repeats, items=figures.items)


def _age(figures: TermFigures) -> str:
    days = round(figures.mean_age_days or 0)
    return _(
        "Lúc phát, bài có hiệu lực được trung bình {days} ngày; từ {stale} ngày trở lên coi là cũ hẳn.",
        days=number(days),
        stale=_STALE_DAYS,
    )


def _age_in_brief(value: float) -> str:
    days = round(value * _STALE_DAYS)
    if days >= _STALE_DAYS:
        return _("bài đã cũ (từ {days} ngày)", days=days)
    return _("bài khoảng {days} ngày tuổi", days=days)


def _target(value: float, figures: TermFigures) -> str:
    planned, target = length_in_words(figures.airtime_ms), length_in_words(figures.target_ms)
    off = figures.airtime_ms - figures.target_ms
    if abs(off) < 1000:
        return _("Kế hoạch {planned}, đúng mục tiêu.", planned=planned)
    facts = {"planned": planned, "target": target, "off": length_in_words(abs(off)), "percent": percent(value)}
    if off > 0:
        return _("Kế hoạch {planned}, mục tiêu {target}: nhiều hơn {off} ({percent} %).", **facts)
    return _("Kế hoạch {planned}, mục tiêu {target}: ít hơn {off} ({percent} %).", **facts)


def _languages(figures: TermFigures) -> str:
    if not figures.languages:
        return _("Đài không đặt tỷ lệ cho thứ tiếng nào.")
    told = [
        _(
            "{language} {share} % thời lượng, mong muốn {wished} %",
            language=language_name(each.code),
            share=percent(each.share),
            wished=percent(each.wished),
        )
        for each in figures.languages
    ]
    sentence = "; ".join(told)
    return sentence[:1].upper() + sentence[1:] + "."


def _reach(figures: TermFigures) -> str:
    if figures.passed_on_ms is None:
        return _("Không đài nào tiếp âm đài này.")
    return _(
        "{passed} trong {planned} nằm trong giờ các đài khác tiếp âm.",
        passed=length_in_words(figures.passed_on_ms),
        planned=length_in_words(figures.airtime_ms),
    )


def _change(figures: TermFigures) -> str:
    if not figures.published:
        return _("Không có khung nào đã công bố từ trước để so.")
    if not figures.changed:
        return _("Cả {published} khung đã công bố trước đó được giữ nguyên.", published=figures.published)
    return _(
        "{changed} trong {published} khung đã công bố trước đó bị bỏ, dời hoặc thay bài.",
        changed=figures.changed,
        published=figures.published,
    )
