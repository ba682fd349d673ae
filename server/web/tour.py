"""The first steps through the sample: a few places for each role, ticked as they are seen, kept in the reader's browser."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from litestar import Request, Response, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from schedules.months import Month
from server.api.cookies import cookie
from server.api.gate import needs
from server.services.rights import Right, Role
from server.services.who import Who
from server.texts import _
from server.web.cookies import YEAR_S, set_cookie
from server.web.going_on import place_within

COOKIE = "loa_tour"
_OVER = "xong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`seen_at` is a pattern of the addresses that it leads to; `seen`: the reader was there."""

    name: str
    address: str
    word: str
    seen_at: str
    seen: bool = False


def steps_for(who: Who, today: date) -> list[Step]:
    """Of the first role that the reader holds, in the order of the table of roles; none without one."""
    roles = who.roles(today)
    role = next((each for each in Role if each in roles), None)
    return [] if role is None else _STEPS[role](Month.of(today))


class Tour:
    """How far the reader came, as told by the cookie."""

    def __init__(self, request: Request[Any, Any, Any], who: Who, today: date) -> None:
        kept = cookie(request.scope, COOKIE)
        self._begun, self._over = kept is not None, kept == _OVER
        self._seen = set((kept or "").split("."))
        self._steps = [] if self._over or who.kind != "person" else steps_for(who, today)
        path = request.url.path
        self._new = {each.name for each in self._steps if re.fullmatch(each.seen_at, path)} - self._seen

    def steps(self, *, sample: bool) -> list[Step]:
        """To be shown where the page shows sample data; none when it is over."""
        seen = self._seen | self._new
        return [_with(each, seen=each.name in seen) for each in self._steps] if sample else []

    def keep(self, request: Request[Any, Any, Any], response: Response[Any], *, sample: bool) -> None:
        if self._new and (sample or self._begun):
            seen = ".".join(sorted(name for name in self._seen | self._new if name))
            set_cookie(request, response, COOKIE, seen, max_age_s=YEAR_S)


def _with(step: Step, *, seen: bool) -> Step:
    return Step(name=step.name, address=step.address, word=step.word, seen_at=step.seen_at, seen=seen)


@post("/buoc-dau/xong", include_in_schema=False, sync_to_thread=False, opt=needs(Right.OWN))
def end_tour(request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, str]]) -> Redirect:
    response = Redirect(place_within(str(data.get("tiep", ""))), status_code=303)
    set_cookie(request, response, COOKIE, _OVER, max_age_s=YEAR_S)
    return response


def _month(month: Month) -> Step:
    return Step(
        name="thang",
        address=f"/thang/{month}",
        word=_("Tháng này: đài nào đạt, đài nào chưa"),
        seen_at=r"/thang/[\d-]+",
    )


def _rules() -> Step:
    return Step(name="quy-dinh", address="/quy-dinh", word=_("Quy định và nội dung"), seen_at="/quy-dinh")


def _help(place: str) -> Step:
    return Step(
        name="tro-giup", address=f"/tro-giup#{place}", word=_("Trợ giúp: mười phút đầu tiên"), seen_at="/tro-giup"
    )


def _rights() -> Step:
    return Step(name="quyen", address="/quyen", word=_("Ai được làm gì"), seen_at="/quyen")


def _trail() -> Step:
    return Step(name="nhat-ky", address="/nhat-ky", word=_("Nhật ký: ai đã làm gì"), seen_at="/nhat-ky")


def _library() -> Step:
    return Step(name="bai", address="/bai", word=_("Mở một bài và nghe"), seen_at="/bai/[^/]+")


def _upload() -> Step:
    return Step(name="tai-len", address="/tai-len", word=_("Tải lên một bản ghi âm"), seen_at="/tai-len")


_STEPS: dict[Role, Callable[[Month], list[Step]]] = {
    Role.ADMINISTRATOR: lambda month: [
        Step(
            name="tai-khoan",
            address="/quan-tri/tai-khoan",
            word=_("Tài khoản và vai trò"),
            seen_at="/quan-tri/tai-khoan",
        ),
        _rights(),
        Step(name="ma", address="/ma-truy-cap", word=_("Mã cho máy của đài"), seen_at="/ma-truy-cap"),
        _trail(),
        _month(month),
    ],
    Role.MONITOR: lambda month: [
        _month(month),
        Step(
            name="dai",
            address=f"/thang/{month}",
            word=_("Bấm tên một đài: vì sao đạt hay chưa"),
            seen_at=r"/dai/[^/]+/\d.*",
        ),
        Step(
            name="du-bao",
            address=f"/thang/{month}/du-bao",
            word=_("Dự báo: ai sẽ không đạt"),
            seen_at="/thang/[^/]+/du-bao",
        ),
        Step(
            name="don-doc", address=f"/thang/{month}/don-doc", word=_("Đôn đốc các đài"), seen_at="/thang/[^/]+/don-doc"
        ),
        Step(name="bao-cao", address="/bao-cao", word=_("Báo cáo để ký"), seen_at="/bao-cao.*"),
    ],
    Role.PLANNER: lambda month: [
        _month(month),
        Step(
            name="lap-lich",
            address=f"/thang/{month.next()}",
            word=_("Lịch tháng sau: lập, xem, công bố"),
            seen_at=f"/thang/{month.next()}.*",
        ),
        Step(
            name="vi-sao",
            address=f"/thang/{month}",
            word=_("Bấm tên một đài: lịch và lý do"),
            seen_at=r"/dai/[^/]+/\d.*",
        ),
        _rules(),
        _help("lap-lich"),
    ],
    Role.LEAD: lambda _this: [
        Step(name="cho-duyet", address="/cho-duyet", word=_("Bài đang chờ bạn duyệt"), seen_at="/cho-duyet"),
        _library(),
        _upload(),
        _rules(),
        _help("chu-tri"),
    ],
    Role.PRODUCER: lambda _this: [_upload(), _library(), _rules(), _help("san-xuat")],
    Role.OPERATOR: lambda month: [
        Step(
            name="hom-nay",
            address="/hom-nay",
            word=_("Hôm nay: khung kế tiếp, nghe thử"),
            seen_at="/dai/[^/]+/hom-nay",
        ),
        Step(
            name="lich",
            address="/tai-khoan/lich",
            word=_("Lịch phát vào điện thoại"),
            seen_at="/tai-khoan/lich",
        ),
        _month(month),
        _help("dai"),
    ],
    Role.AUDITOR: lambda month: [
        _trail(),
        Step(
            name="kiem-tra",
            address="/nhat-ky/kiem-tra",
            word=_("Kiểm tra nhật ký có bị sửa không"),
            seen_at="/nhat-ky/kiem-tra",
        ),
        _month(month),
        _rights(),
    ],
}

HANDLERS = [end_tour]
