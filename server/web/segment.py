"""One segment: its recordings, their way and verdicts, what can be decided, where it is aired."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.enums import MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from server.api.asked import Asked
from server.api.faults import RequestRefused
from server.api.gate import needs
from server.api.patience import patiently
from server.errors import REFUSALS, answer
from server.services import intake, plain_text, registry, segments
from server.services.airings_ahead import airings_of
from server.services.context import Context
from server.services.cue_points import move_cues
from server.services.emergency_views import call_ahead, list_emergencies
from server.services.extra_renditions import whole_of
from server.services.local_time import local_today
from server.services.pushing import push_version, pushable
from server.services.reach import Target, may
from server.services.recall_views import list_recalls
from server.services.refusals import BadField, UnknownSegment
from server.services.replanning_segments import with_what_follows
from server.services.rights import Right
from server.services.segment_reach import rights_over
from server.services.views import SegmentView, VersionView
from server.services.waveforms import waveform_of
from server.services.whereabouts import planned_months
from server.texts import _
from server.web import delivering_words, own_words, pictures, vetting
from server.web.own_words import lead_of
from server.web.rendering import fragment, page

UNDECIDED = ("processing", "held", "rejected", "draft", "submitted", "returned")
NOTHING_TYPED = {"action": "", "reason": "", "quick": "", "lead": "", "number": "", "cue_in": "", "cue_out": ""}


@get(
    "/bai/{code:str}",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.SEGMENTS_READ, "segment"),
)
def segment(
    request: Request[Any, Any, Any],
    context: Asked,
    code: FromPath[str],
    pushed: FromQuery[int | None] = None,
    left: FromQuery[int] = 0,
) -> Response[str]:
    told = None if pushed is None else _of_a_push(pushed, left)
    return _shown(request, context, code, pushed=told)


@get(
    "/bai/{code:str}/ket-qua",
    media_type=MediaType.HTML,
    include_in_schema=False,
    sync_to_thread=True,
    opt=needs(Right.SEGMENTS_READ, "segment"),
)
def outcome(context: Asked, code: FromPath[str]) -> Response[str]:
    """What came of the newest recording, in a few lines for the page of uploads."""
    shown = segments.get_segment(context, code)
    if not shown.versions:
        raise UnknownSegment(segment=code)
    return fragment("outcome.html", segment=shown, version=shown.versions[0])


@get("/bai/{code:str}/ban-goc/{number:int}", include_in_schema=False, opt=needs(Right.SEGMENTS_READ, "segment"))
async def whole(context: Asked, code: FromPath[str], number: FromPath[int]) -> Redirect:
    """All of a recording's original as it came, to be heard: the first time takes some seconds."""
    address = await patiently(whole_of, context, code, number)
    return Redirect(address, status_code=307, headers={"Cache-Control": "private, no-cache"})


@get(
    "/bai/{code:str}/{action:str}",
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.SEGMENTS_READ, "segment"),
)
def no_such_page(code: FromPath[str], action: FromPath[str]) -> Redirect:
    raise RequestRefused("address.unknown", path=f"/bai/{code}/{action}")


def _decision(action: str, right: Right, target: Target = "segment") -> HTTPRouteHandler:
    """The route that takes one kind of decision, and shows the page again where it is refused."""

    @post(
        f"/bai/{{code:str}}/{action}",
        media_type=MediaType.HTML,
        include_in_schema=False,
        sync_to_thread=True,
        opt=needs(right, target),
    )
    def decide(
        request: Request[Any, Any, Any], context: Asked, code: FromPath[str], data: URLEncodedBody[dict[str, str]]
    ) -> Response[str] | Redirect:
        typed = NOTHING_TYPED | {"action": action} | {name: str(data[name]) for name in NOTHING_TYPED if name in data}
        try:
            query = ACTIONS[action](context, code, typed)
        except UnknownSegment:
            raise
        except REFUSALS as refusal:
            told = answer(refusal)
            return _shown(request, context, code, asked=typed, refusal=told.sentence, status=told.http)
        return Redirect(f"/bai/{code}{query}", status_code=303)

    return decide


def _overrule(context: Context, code: str, typed: Mapping[str, str]) -> str:
    segment = intake.overrule(context, code, number=_number(typed), reason=typed["reason"], lead=typed["lead"] or None)
    with_what_follows(context, segment)
    return ""


def _keep(context: Context, code: str, typed: Mapping[str, str]) -> str:
    with_what_follows(context, intake.keep(context, code, number=_number(typed), reason=typed["reason"]))
    return ""


def _discard(context: Context, code: str, typed: Mapping[str, str]) -> str:
    intake.discard(context, code, number=_number(typed), reason=typed["reason"])
    return ""


def _push(context: Context, code: str, typed: Mapping[str, str]) -> str:
    done = push_version(context, code, reason=typed["reason"])
    return f"?pushed={done.slots}&left={done.left}"


def _move_cues(context: Context, code: str, typed: Mapping[str, str]) -> str:
    places = {name: _milliseconds(name, typed[name]) for name in ("cue_in", "cue_out")}
    move_cues(context, code, _number(typed) or 0, cue_in_ms=places["cue_in"], cue_out_ms=places["cue_out"])
    return ""


def _milliseconds(field: str, given: str) -> int:
    """Of seconds as people write them, with a comma or a point. Raises BadField."""
    found = re.fullmatch(r"(\d{1,6})(?:[.,](\d{1,3}))?", given.strip(), re.ASCII)
    if found is None:
        raise BadField(field=field, value=plain_text.shown(given), expected="number:0:999999")
    return int(found[1]) * 1000 + int((found[2] or "0").ljust(3, "0"))


ACTIONS: dict[str, Callable[[Context, str, Mapping[str, str]], str]] = {
    **vetting.ACTIONS,
    "cho-phep": _overrule,
    "giu": _keep,
    "bo": _discard,
    "thay": _push,
    "diem-cat": _move_cues,
}


@get(
    [f"/bai/{{code:str}}/{action}" for action in ACTIONS],
    include_in_schema=False,
    sync_to_thread=False,
    opt=needs(Right.SEGMENTS_READ, "segment"),
)
def back_to_segment(code: FromPath[str]) -> Redirect:
    """Where a decision was refused its address shows the page; asked for again, there is only the segment."""
    return Redirect(f"/bai/{quote(code, safe='')}", status_code=302)


DECISIONS = [
    _decision("cho-phep", Right.SEGMENTS_VET),
    _decision("giu", Right.SEGMENTS_SEND),
    _decision("bo", Right.SEGMENTS_SEND),
    _decision("diem-cat", Right.SEGMENTS_SEND),
    _decision("thay", Right.PLANS_CHANGE, "everywhere"),
    *(_decision(action, right) for action, right in vetting.RIGHTS.items()),
]


def _number(typed: Mapping[str, str]) -> int | None:
    """The version that the form was about: a newer one may have come since the page was opened."""
    return int(typed["number"]) if typed["number"].isdecimal() and len(typed["number"]) < 16 else None


def _shown(
    request: Request[Any, Any, Any],
    context: Context,
    code: str,
    *,
    asked: Mapping[str, str] = NOTHING_TYPED,
    refusal: str | None = None,
    pushed: str | None = None,
    status: int = 200,
) -> Response[str]:
    shown, today = segments.get_segment(context, code), local_today(context)
    current = next((version for version in shown.versions if version.in_force), None)
    newest = shown.versions[0] if shown.versions else None
    pending = newest if newest and not newest.in_force and newest.state in UNDECIDED else None
    organisations = registry.list_organisations(context, on=today)
    airings, soonest = airings_of(context, code)
    can_push = current is not None and current.number > 1 and soonest is not None and shown.state == "ready"
    return page(
        request,
        "segment.html",
        status=status,
        active="library",
        sample=shown.sample,
        segment=shown,
        pending=pending,
        current=current,
        pictures_of={each.number: _picture(context, shown, each) for each in (pending, current) if each},
        profile=context.profile,
        lead=lead_of(shown.topic, {topic.code: topic for topic in registry.list_topics(context)}),
        leads=organisations,
        names={each.code: each.name for each in organisations},
        airings=airings,
        soonest=soonest,
        planned_months=[str(month) for month in planned_months(context)],
        pushable=pushable(context, code) if can_push else None,
        may_here=rights_over(context, code),
        reviewed=next((version for version in shown.versions if version.review_open), None),
        own_words=own_words,
        now=context.clock(),
        call_ahead=lambda named: call_ahead(context, named),
        says=delivering_words,
        recalls=list_recalls(context, segment=code).items if may(context.who, Right.MONTHS_READ, today) else [],
        calls=list_emergencies(context, segment=code).items if may(context.who, Right.MONTHS_READ, today) else [],
        asked=asked,
        refusal=refusal,
        pushed=pushed,
    )


def _picture(context: Context, shown: SegmentView, version: VersionView) -> pictures.Waveform | None:
    drawn = waveform_of(context, shown.code, version.number)
    return pictures.waveform(drawn, version.checks) if drawn is not None else None


def _of_a_push(slots: int, left: int) -> str:
    if not slots and not left:
        return _("Không còn khung nào phát bản ghi cũ.")
    told = [_("Đã thay ở {slots} khung phát.", slots=slots)]
    if left:
        told.append(_("Còn {left} khung giữ bản cũ vì quá gần giờ phát hoặc đã khóa.", left=left))
    return " ".join(told)
