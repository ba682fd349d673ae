"""What codes are called on screen."""

from datetime import date, timedelta

from msgspec import Struct

from server import formats
from server.services.account_views import GrantView
from server.services.naming import language_name, listed, tier_name
from server.services.right_words import role_name
from server.services.term_sentences import term_words
from server.services.views import OutageView, RevisionView, StationRow, VerdictView
from server.texts import _


class Status(Struct, frozen=True, kw_only=True):
    """A state as people see it: `kind` picks the colour, the sign and the word say the same without it."""

    kind: str  # met, soon, below, missed, unknown
    sign: str
    word: str


MET = "met"


def row_status(row: StationRow, revision: RevisionView | None) -> Status:
    if revision is None:
        return Status(kind="unknown", sign="·", word=_("chưa có lịch"))
    if row.status == MET:
        return Status(kind="met", sign="✓", word=_("đạt"))
    if row.status == "not_met":
        return missed(row.kind)
    return Status(kind="unknown", sign="·", word=_("chưa có số liệu"))


def verdict_status(verdict: VerdictView) -> Status:
    return Status(kind="met", sign="✓", word=_("đạt")) if verdict.status == MET else missed(verdict.kind)


def verdict_figures(verdict: VerdictView) -> str:
    """For example «Kế hoạch 16:42 trên 15:00 bắt buộc mỗi tháng»."""
    planned, required = formats.length(verdict.planned_ms), formats.length(verdict.required_ms)
    each = period(verdict.period)
    if verdict.kind == "max":
        return _("Kế hoạch {planned}, nhiều nhất {required} {period}", planned=planned, required=required, period=each)
    if verdict.kind == "target":
        return _(
            "Kế hoạch {planned} trên mục tiêu {required} {period}", planned=planned, required=required, period=each
        )
    return _("Kế hoạch {planned} trên {required} bắt buộc {period}", planned=planned, required=required, period=each)


def row_sentence(row: StationRow) -> str:
    """For example «Kế hoạch 16:42 trên 15:00 bắt buộc mỗi tháng: đạt.»"""
    planned, required = formats.length_in_words(row.planned_ms), formats.length_in_words(row.required_ms)
    if row.kind is None:
        return _("Lịch có {planned}; không có quy định nào cho đài này.", planned=planned)
    facts = {"planned": planned, "required": required, "short": formats.short_length_in_words(row.short_ms)}
    if row.kind == "target":
        if row.status == MET:
            return _("Lịch có {planned}, đạt mục tiêu {required} mỗi tháng.", **facts)
        return _("Lịch có {planned}, thấp hơn mục tiêu {required} mỗi tháng {short}; mục tiêu không bắt buộc.", **facts)
    if row.status == MET:
        return _("Lịch có {planned}, đạt mức bắt buộc {required} mỗi tháng.", **facts)
    return _("Lịch có {planned}, thiếu {short} so với mức bắt buộc {required} mỗi tháng.", **facts)


def missed(kind: str | None) -> Status:
    """A target that is not reached is a wish unmet; a rule that is not met is a duty unmet."""
    if kind == "target":
        return Status(kind="below", sign="△", word=_("dưới mục tiêu"))
    return Status(kind="missed", sign="✕", word=_("chưa đạt"))


tier = tier_name


def technology(code: str) -> str:
    return {
        "wired": _("đài có dây"),
        "fm": _("đài không dây FM"),
        "both": _("đài có dây và không dây FM"),
        "ip": _("đài ứng dụng CNTT-VT (IP)"),
    }.get(code, code)


language = language_name


def priority(code: str) -> str:
    return {"normal": _("thông thường"), "priority": _("ưu tiên"), "urgent": _("khẩn cấp")}.get(code, code)


def station_state(code: str) -> str:
    return {"working": _("đang hoạt động"), "broken": _("đang hỏng"), "closed": _("đã ngừng")}.get(code, code)


def outage_kind(outage: OutageView) -> str:
    return {"broken": _("hỏng"), "closed": _("ngừng hoạt động"), "blackout": _("không phát")}.get(
        outage.kind, outage.kind
    )


def rule_kind(code: str) -> str:
    return {"min": _("ít nhất"), "max": _("nhiều nhất"), "target": _("mục tiêu")}.get(code, code)


def period(code: str) -> str:
    return {"session": _("mỗi buổi phát"), "day": _("mỗi ngày"), "month": _("mỗi tháng")}.get(code, code)


def weekdays(numbers: list[int]) -> str:
    """ISO: 1 is Monday."""
    if len(set(numbers)) == 7:
        return _("hằng ngày")
    # 2024-01-01 was a Monday.
    return ", ".join(formats.weekday(date(2024, 1, number)) for number in sorted(set(numbers)))


term = term_words


def kinds_of_rows() -> list[tuple[str, str]]:
    """The choices of the status filter."""
    return [
        ("met", _("đạt")),
        ("not_met", _("chưa đạt")),
        ("none", _("chưa có số liệu")),
    ]


def role(code: str) -> str:
    return role_name(code)


def scope(grant: GrantView) -> str:
    """What narrows a role, for example «Huyện Krông Pắc (nay: Xã Krông Pắc, Xã Ea Kly)»."""
    told = []
    if grant.unit_name is not None:
        now = listed(grant.unit_now)
        told.append(_("{unit} (nay: {now})", unit=grant.unit_name, now=now) if now else grant.unit_name)
    if grant.topic_name is not None:
        told.append(grant.topic_name)
    return "; ".join(told)


def period_of(grant: GrantView) -> str:
    """For example «từ 01/02/2026 đến hết 30/06/2026»; nothing where there are no ends."""
    told = []
    if grant.valid_from is not None:
        told.append(_("từ {first}", first=formats.day(grant.valid_from)))
    if grant.valid_to is not None:
        told.append(_("đến hết {last}", last=formats.day(grant.valid_to - timedelta(days=1))))
    return " ".join(told)


def account_state(state: str) -> Status:
    if state == "active":
        return Status(kind="met", sign="✓", word=_("đang dùng"))
    return Status(kind="missed", sign="✕", word=_("đã khóa"))


def browser(agent: str) -> str:
    """The browser and system that an agent string names, for people to tell their sessions apart by."""
    browsers = {
        "Edg/": "Edge",
        "OPR/": "Opera",
        "coc_coc": "Cốc Cốc",
        "Firefox/": "Firefox",
        "Chrome/": "Chrome",
        "Safari/": "Safari",
    }
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    found = [next((name for mark, name in known.items() if mark in agent), "") for known in (browsers, systems)]
    return ", ".join(name for name in found if name) or agent[:40] or "–"
