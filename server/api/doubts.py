"""Airings that are doubtful, what is decided on them, and notes beside a station's verdict."""

from typing import Annotated, Literal

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from schedules.logs.lines import MOST_TEXT
from schedules.months import Month
from server.api.asked import Asked, MonthInPath
from server.api.gate import needs
from server.services import doubts, judging, verdict_notes
from server.services.doubt_views import DoubtsView
from server.services.rights import Right
from server.services.verdict_notes import NoteView

Code = Annotated[str, Meta(min_length=1, max_length=64)]


class JudgementIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`doubt` is its `id`, `entry` the `uid` of the statement that is accepted; without a `reason` one is written.

    `accept`: as that statement says; `not_aired`: none of it was aired; `keep`: what counts now is right.
    """

    doubt: Code
    decision: Literal["accept", "not_aired", "keep"]
    entry: Code | None = None
    reason: Annotated[str, Meta(max_length=MOST_TEXT)] = ""


class JudgedOut(Struct, frozen=True, kw_only=True):
    """The entry of the station's log that the decision is."""

    entry: str


class NoteIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(max_length=verdict_notes.LONGEST)]


@get("/months/{month:str}/doubts", sync_to_thread=True, opt=needs(Right.AIRED_JUDGE))
def list_doubts(context: Asked, month: MonthInPath, station: FromQuery[str | None] = None) -> DoubtsView:
    """What waits to be reviewed, the most airtime at stake first, each with all that was said of it."""
    return doubts.doubts(context, Month.parse(month), station=station)


@post(
    "/stations/{code:str}/months/{month:str}/judgements",
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def judge(context: Asked, code: FromPath[str], month: MonthInPath, data: JSONBody[JudgementIn]) -> JudgedOut:
    """Decides on a doubt, by a new entry of the station's log with its reason."""
    entry = judging.judge(
        context, code, Month.parse(month), data.doubt, data.decision, entry=data.entry, reason=data.reason
    )
    return JudgedOut(entry=entry)


@post(
    "/stations/{code:str}/months/{month:str}/notes",
    sync_to_thread=True,
    opt=needs(Right.AIRED_JUDGE, "station"),
)
def add_note(context: Asked, code: FromPath[str], month: MonthInPath, data: JSONBody[NoteIn]) -> NoteView:
    """A note beside the station's verdicts of the month; it is shown there and can't be changed."""
    return verdict_notes.add_note(context, code, Month.parse(month), data.text)


CLOSED = (JudgementIn, NoteIn)

router = Router("/", route_handlers=[list_doubts, judge, add_note], tags=["airing"])
