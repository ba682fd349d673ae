"""What waits to be decided on, as a list that is worked through; and the decisions, here and on a segment's own page."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.gate import needs
from server.api.paging import Offset
from server.errors import REFUSALS, answer
from server.services import vetting
from server.services.context import Context
from server.services.emergency_views import EmergencyView, call_ahead, list_emergencies
from server.services.local_time import local_today
from server.services.reach import may
from server.services.replanning_segments import after_withdrawal, with_what_follows
from server.services.rights import Right
from server.services.vetting_queue import QueueItem, queue
from server.services.waveforms import waveform_of
from server.texts import _
from server.web import pictures
from server.web.rendering import page

NOTHING_TYPED = {"code": "", "action": "", "reason": "", "quick": "", "number": ""}
SHOWN = 20


def _submit(context: Context, code: str, typed: Mapping[str, str]) -> str:
    vetting.submit(context, code, _number(typed) or None)
    return ""


def _approve(context: Context, code: str, typed: Mapping[str, str]) -> str:
    with_what_follows(context, vetting.approve(context, code, _number(typed), typed["reason"]))
    return ""


def _return(context: Context, code: str, typed: Mapping[str, str]) -> str:
    why = ": ".join(said for said in (typed["quick"], typed["reason"].strip()) if said)
    vetting.return_(context, code, _number(typed), why)
    return ""


def _release(context: Context, code: str, typed: Mapping[str, str]) -> str:
    with_what_follows(context, vetting.release(context, code, _number(typed), typed["reason"]))
    return ""


def _confirm(context: Context, code: str, typed: Mapping[str, str]) -> str:
    vetting.confirm(context, code, _number(typed), typed["reason"])
    return ""


def _dispute(context: Context, code: str, typed: Mapping[str, str]) -> str:
    after_withdrawal(context, vetting.dispute(context, code, _number(typed), typed["reason"]))
    return ""


def _restore(context: Context, code: str, typed: Mapping[str, str]) -> str:
    vetting.restore(context, code, typed["reason"])
    return ""


ACTIONS: dict[str, Callable[[Context, str, Mapping[str, str]], str]] = {
    "gui-duyet": _submit,
    "duyet": _approve,
    "tra-lai": _return,
    "phat-ngay": _release,
    "xac-nhan": _confirm,
    "phan-doi": _dispute,
    "khoi-phuc": _restore,
}
RIGHTS: dict[str, Right] = {
    "gui-duyet": Right.SEGMENTS_SEND,
    "duyet": Right.SEGMENTS_VET,
    "tra-lai": Right.SEGMENTS_VET,
    "phat-ngay": Right.SEGMENTS_RELEASE,
    "xac-nhan": Right.SEGMENTS_VET,
    "phan-doi": Right.SEGMENTS_VET,
    "khoi-phuc": Right.SEGMENTS_VET,
}
_IN_QUEUE = ("duyet", "tra-lai", "phat-ngay", "xac-nhan", "phan-doi")


@get(
    "/cho-duyet", media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=True, opt=needs(Right.SEGMENTS_VET)
)
def waiting(
    request: Request[Any, Any, Any], context: Asked, xong: FromQuery[str] = "", offset: Offset = 0
) -> Response[str]:
    return _shown(request, context, done=_done(xong), offset=offset)


@get(
    [f"/cho-duyet/{{code:str}}/{action}" for action in _IN_QUEUE],
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.SEGMENTS_VET),
)
def back_to_queue(code: FromPath[str]) -> Redirect:  # noqa: ARG001 (the address has it)
    """Where a decision was refused its address shows the queue; asked for again, there is only the queue."""
    return Redirect("/cho-duyet", status_code=302)


def _decision(action: str) -> HTTPRouteHandler:
    @post(
        f"/cho-duyet/{{code:str}}/{action}",
        media_type=MediaType.HTML,
        include_in_schema=False,
        sync_to_thread=True,
        opt=needs(RIGHTS[action], "segment"),
    )
    def decide(
        request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: URLEncodedBody[dict[str, str]]
    ) -> Response[str] | Redirect:
        given = {name: str(data[name]) for name in ("reason", "quick", "number") if name in data}
        typed = NOTHING_TYPED | given | {"action": action, "code": code}
        try:
            ACTIONS[action](context, code, typed)
        except REFUSALS as refusal:
            told = answer(refusal)
            return _shown(request, context, asked=typed, refusal=told.sentence, status=told.http)
        return Redirect(f"/cho-duyet?xong={action}", status_code=303)

    return decide


DECISIONS = [_decision(action) for action in _IN_QUEUE]


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    *,
    asked: Mapping[str, str] = NOTHING_TYPED,
    refusal: str | None = None,
    done: str | None = None,
    status: int = 200,
    offset: int = 0,
) -> Response[str]:
    found = queue(context, offset=offset, limit=SHOWN)
    return page(
        request,
        "vetting.html",
        status=status,
        active="vetting",
        sample=any(item.segment.sample for item in found.items),
        found=found,
        pictures_of={item.segment.code: _picture(context, item) for item in found.items},
        now=context.clock(),
        calls=_calls(context) if done else [],
        call_ahead=lambda code: call_ahead(context, code),
        asked=asked,
        refusal=refusal,
        done=done,
        listed=asked["code"] in {item.segment.code for item in found.items},
    )


def _picture(context: Context, item: QueueItem) -> pictures.Waveform | None:
    drawn = waveform_of(context, item.segment.code, item.version.number)
    return pictures.waveform(drawn, item.version.checks) if drawn is not None else None


def _calls(context: Context) -> list[EmergencyView]:
    """What stations are called to play at this moment: whoever has just approved it may want to follow."""
    if not may(context.who, Right.MONTHS_READ, local_today(context)):
        return []
    return [each for each in list_emergencies(context, limit=3).items if each.state == "calling"]


def _number(typed: Mapping[str, str]) -> int:
    """The version that the form was about; 0, which no version has, where it says nothing."""
    number = typed["number"]
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def _done(action: str) -> str | None:
    return {
        "duyet": _("Đã duyệt."),
        "tra-lai": _("Đã trả lại cho người gửi."),
        "phat-ngay": _("Đã cho phát ngay; trong 24 giờ phải có người khác xem lại."),
        "xac-nhan": _("Đã xác nhận."),
        "phan-doi": _("Đã phản đối; bài bị rút ở mọi đài."),
    }.get(action)
