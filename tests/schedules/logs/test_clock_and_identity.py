"""Clocks that were never set, and who a line is when the same log comes again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from schedules.logs.clock import with_possible_times
from schedules.logs.identity import uid_of, uid_of_external
from schedules.logs.lines import Fault, LineRefused, LogLine, Reading

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RECEIVED = datetime(2026, 4, 1, 0, 30, tzinfo=ZONE)
LINE = LogLine(line=3, segment="s-1", title="Một cửa", starts_at=RECEIVED - timedelta(hours=1), duration_ms=95_000)


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        (datetime(1970, 1, 1, 0, 5, tzinfo=UTC), Fault.CLOCK_UNSET),
        (datetime(2000, 1, 1, 5, 0, tzinfo=ZONE), Fault.CLOCK_UNSET),
        (datetime(2001, 1, 1, 6, 59, 59, tzinfo=ZONE), Fault.CLOCK_UNSET),
        (datetime(2001, 1, 1, 7, 0, tzinfo=ZONE), None),
        (RECEIVED + timedelta(days=1), None),
        (RECEIVED + timedelta(days=2), None),
        (RECEIVED + timedelta(days=2, seconds=1), Fault.IN_THE_FUTURE),
        (None, None),
    ],
)
def test_only_what_no_clock_can_have_said_is_refused(starts_at: datetime | None, code: Fault | None) -> None:
    line = msgspec.structs.replace(LINE, starts_at=starts_at, slot="k1")
    earlier = LineRefused(line=9, field="date", value="?", code=Fault.NOT_A_DATE)
    found = with_possible_times(Reading(lines=(line,), refused=(earlier,)), RECEIVED)
    assert found.lines == ((line,) if code is None else ())
    assert [(refusal.line, refusal.code) for refusal in found.refused] == [
        *([(3, code)] if code else []),
        (9, Fault.NOT_A_DATE),
    ]


def test_the_same_line_is_the_same_statement_wherever_it_stands_and_in_whichever_zone() -> None:
    again = msgspec.structs.replace(LINE, line=77, starts_at=LINE.starts_at and LINE.starts_at.astimezone(UTC))
    assert uid_of("h654", again, "csv") == uid_of("h654", LINE, "csv")
    retyped = msgspec.structs.replace(LINE, title="MỘT  CỬA", segment=None)
    assert uid_of("h654", retyped, "csv") == uid_of("h654", msgspec.structs.replace(LINE, segment=None), "csv")


def test_whatever_else_it_says_is_another_statement() -> None:
    others = [
        msgspec.structs.replace(LINE, slot="k1"),
        msgspec.structs.replace(LINE, segment="s-2"),
        msgspec.structs.replace(LINE, segment=None),
        msgspec.structs.replace(LINE, segment="mot cua"),
        msgspec.structs.replace(LINE, starts_at=RECEIVED),
        msgspec.structs.replace(LINE, starts_at=None),
        msgspec.structs.replace(LINE, duration_ms=94_000),
        msgspec.structs.replace(LINE, aired=False),
        msgspec.structs.replace(LINE, reason="mất điện"),
        msgspec.structs.replace(LINE, external_id="1"),
    ]
    uids = [uid_of("h654", line, "csv") for line in (LINE, *others)]
    uids += [uid_of("h655", LINE, "csv"), uid_of("h654", LINE, "mpd")]
    assert len(set(uids)) == len(uids)


def test_a_source_with_identifiers_may_say_more_of_the_same_line() -> None:
    first, second = (
        msgspec.structs.replace(LINE, external_id="a-1", duration_ms=length) for length in (95_000, 90_000)
    )
    assert uid_of("h654", first, "api") == uid_of("h654", second, "api") == uid_of_external("h654", "a-1", "api")
