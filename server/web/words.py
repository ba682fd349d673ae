"""What codes are called on screen."""

from datetime import date

from msgspec import Struct

from server import formats
from server.services.views import OutageView, RevisionView, StationRow, VerdictView
from server.texts import _


class Status(Struct, frozen=True, kw_only=True):
    """A state as people see it: `kind` picks the colour, the sign and the word say the same without it."""

    kind: str  # met, below, missed, unknown
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


def missed(kind: str | None) -> Status:
    """A target that is not reached is a wish unmet; a rule that is not met is a duty unmet."""
    if kind == "target":
        return Status(kind="below", sign="△", word=_("dưới mục tiêu"))
    return Status(kind="missed", sign="✕", word=_("chưa đạt"))


def tier(code: str) -> str:
    return {"district": _("đài cấp huyện"), "commune": _("đài cấp xã")}.get(code, code)


def technology(code: str) -> str:
    return {
        "wired": _("đài có dây"),
        "fm": _("đài không dây FM"),
        "both": _("đài có dây và không dây FM"),
        "ip": _("đài ứng dụng CNTT-VT (IP)"),
    }.get(code, code)


def language(code: str) -> str:
    return {
        "vi": _("tiếng Việt"),
        "rad": _("tiếng Ê Đê"),
        "cmo": _("tiếng M'Nông"),
        "jra": _("tiếng Gia Rai"),
    }.get(code, code)


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


class Term(Struct, frozen=True, kw_only=True):
    name: str
    meaning: str


def term(code: str) -> Term:
    """A wish of planning: 0 is perfect, 1 as far from it as can be (only the target can be further)."""
    terms = {
        "topics": (_("Cân đối nội dung"), _("Thời lượng chia theo trọng số của các nhóm nội dung.")),
        "spread": (_("Rải đều các tuần"), _("Mỗi tuần có phần thời lượng tương xứng.")),
        "repetition": (_("Ít lặp lại"), _("Phần bài phát lại trong tháng.")),
        "age": (_("Bài còn mới"), _("Bài càng lâu ngày thì càng cao.")),
        "target": (_("Sát mục tiêu"), _("Lệch so với thời lượng mục tiêu của tháng.")),
        "languages": (_("Đủ các thứ tiếng"), _("Phần còn thiếu của mỗi thứ tiếng mà đài phục vụ.")),
        "reach": (_("Được tiếp âm"), _("Phần thời lượng mà các đài xã không tiếp âm được.")),
        "change": (_("Ít thay đổi"), _("Phần khung phát đã công bố bị thay đổi.")),
    }
    name, meaning = terms.get(code, (code, ""))
    return Term(name=name, meaning=meaning)


def kinds_of_rows() -> list[tuple[str, str]]:
    """The choices of the status filter."""
    return [
        ("met", _("đạt")),
        ("not_met", _("chưa đạt")),
        ("none", _("chưa có số liệu")),
    ]
