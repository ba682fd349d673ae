"""Stations check in; what was recalled and what is urgent, with what the stations answered."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from server.api.asked import Asked
from server.api.gate import needs
from server.services import check_ins
from server.services.check_ins import CheckedIn, EmergencySaid, RecallSaid, Said
from server.services.rights import Right

MOST_ANSWERS = 1000
Number = Annotated[int, Meta(ge=1)]
Time = Annotated[datetime, Meta(tz=True)]


class RecallAnswerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recall with that number: its files were `removed`, or never were there."""

    number: Number
    outcome: Literal["removed", "never_had"]


class EmergencyAnswerIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the call was received, and when its sound began, once it did: both by the station's clock."""

    number: Number
    received_at: Time
    played_at: Time | None = None


class CheckInIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`now` is the station's clock. `version`: of the manifest that it plays by; `lacking`: how many of its files are
    not there yet; `trouble`: what is wrong, in words for people.
    """

    program: Annotated[str, Meta(min_length=1, max_length=100)]
    now: Time
    version: Annotated[str, Meta(max_length=100)] | None = None
    lacking: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    free_bytes: Annotated[int, Meta(ge=0, le=2**60)] | None = None
    trouble: Annotated[str, Meta(max_length=500)] = ""
    recalls: Annotated[list[RecallAnswerIn], Meta(max_length=MOST_ANSWERS)] = []
    emergencies: Annotated[list[EmergencyAnswerIn], Meta(max_length=MOST_ANSWERS)] = []


@post("/stations/{code:str}/check-in", status_code=200, sync_to_thread=True, opt=needs(Right.AIRED_SAY, "station"))
def check_in(context: Asked, code: FromPath[str], data: JSONBody[CheckInIn]) -> CheckedIn:
    """How the station's program is, and its answers to recalls and emergencies; answered twice does no harm.

    A time that can't be is taken by the clock's offset, and else for now. Numbers that are none of the station's are
    told, and all else is kept.
    """
    return check_ins.check_in(
        context,
        code,
        Said(
            program=data.program,
            now=data.now,
            version=data.version,
            lacking=data.lacking,
            free_bytes=data.free_bytes,
            trouble=data.trouble,
            recalls=[RecallSaid(number=each.number, outcome=each.outcome) for each in data.recalls],
            emergencies=[
                EmergencySaid(number=each.number, received_at=each.received_at, played_at=each.played_at)
                for each in data.emergencies
            ],
        ),
    )


CLOSED = (CheckInIn, RecallAnswerIn, EmergencyAnswerIn)

router = Router("/", route_handlers=[check_in], tags=["delivering"])
