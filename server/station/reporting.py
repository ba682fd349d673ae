"""What was played goes to the server when there is a line: the oldest first, and never twice."""

import sqlite3
from datetime import UTC, datetime
from typing import Any

import httpx
from msgspec import Struct

from schedules.instants import from_ms
from server.station.clock import StationClock
from server.station.log import Airing, Log
from server.station.refusals import AnswerNotUnderstood, ServerFailed
from server.station.server_door import ServerDoor
from server.station.words import reason
from server.texts import _

_BATCH = 200
_MOST_TEXT = 500
# The clock was wrong when it was said, or the server's is: later it can be said again.
_LATER = {"airing.not_yet"}
_UNFIT = {httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE, httpx.codes.UNPROCESSABLE_ENTITY}


class Line(Struct, kw_only=True):
    line: int
    outcome: str
    code: str | None = None
    detail: str | None = None


class Answer(Struct, kw_only=True):
    lines: list[Line]


class Reported(Struct, kw_only=True):
    """`refused` are the server's sentences; `waiting` it will take later; `kept` is false where the answer could not be
    written down: then all is sent once more, which does no harm.
    """

    taken: int = 0
    refused: list[str]
    waiting: int = 0
    kept: bool = True


def report(log: Log, clock: StationClock, door: ServerDoor) -> Reported:
    """All that is closed and not answered. Raises what `ServerDoor.ask` does; what was answered before that is kept."""
    done = Reported(refused=[])
    while True:
        batch = log.to_send(_BATCH + done.waiting)[done.waiting :]
        if not batch:
            return done
        answers = _send(door, batch, clock)
        later = sum(code in _LATER for _outcome, code, _told in answers.values())
        try:
            log.answered({key: (outcome, told) for key, (outcome, code, told) in answers.items() if code not in _LATER})
        except sqlite3.OperationalError:
            done.kept = False
            return done
        done.taken += sum(outcome == "taken" for outcome, _code, _told in answers.values())
        done.refused += [
            told for outcome, code, told in answers.values() if outcome == "refused" and code not in _LATER
        ]
        done.waiting += later


def _send(door: ServerDoor, batch: list[Airing], clock: StationClock) -> dict[str, tuple[str, str, str]]:
    """By id: taken or refused, the code and the sentence. A batch that is refused whole is sent one by one."""
    path = f"/api/v1/stations/{door.station}/as-run"
    try:
        answer = door.ask("POST", path, Answer, said={"statements": [statement(each, clock) for each in batch]})
    except ServerFailed as refusal:
        if refusal.status not in _UNFIT:
            raise
        if len(batch) == 1:
            return {batch[0].id: ("refused", refusal.code, refusal.reason)}
        return {key: said for each in batch for key, said in _send(door, [each], clock).items()}
    said = {
        batch[line.line - 1].id: (
            "refused" if line.outcome == "refused" else "taken",
            line.code or "",
            line.detail or "",
        )
        for line in answer.lines
        if 0 < line.line <= len(batch)
    }
    if len(said) < len(batch):  # whoever answers so did not take the log, and would be asked without end
        raise AnswerNotUnderstood(server=door.server, address=path, reason=_("câu trả lời thiếu dòng"))
    return said


def statement(airing: Airing, clock: StationClock) -> dict[str, Any]:
    """As the server's `StatementIn` has it. `starts_at` is by the true time, as far as it is known now."""
    aired = airing.state == "over"
    said: dict[str, Any] = {
        "id": airing.id,
        "slot": airing.slot,
        "segment": airing.segment,
        "title": airing.title[:_MOST_TEXT],
        "aired": aired,
        "reason": reason(airing)[:_MOST_TEXT],
    }
    if aired:
        said["starts_at"] = _moment(clock.put_right(airing.begun))
        said["duration_ms"] = None if airing.whole and airing.slot is not None else airing.heard_ms
    elif airing.slot is None:
        said["starts_at"] = _moment(airing.due_ms)
    return {name: value for name, value in said.items() if value is not None}


class EmergencyTold(Struct, kw_only=True, omit_defaults=True):
    number: int
    received_at: datetime
    played_at: datetime | None = None


class CheckIn(Struct, kw_only=True, omit_defaults=True):
    """As the server's check-in has it."""

    program: str
    now: datetime
    version: str | None = None
    lacking: int | None = None
    free_bytes: int | None = None
    trouble: str | None = None
    emergencies: list[EmergencyTold] = []


class CheckedIn(Struct, kw_only=True):
    now: datetime


def check_in(door: ServerDoor, clock: StationClock, said: CheckIn) -> None:
    """The server hears of this station, and the clock of the server's time. Raises what `ServerDoor.ask` does."""
    before = clock.moment()
    answer = door.ask("POST", f"/api/v1/stations/{door.station}/check-in", CheckedIn, said=said)
    clock.learn(answer.now, round_trip_ms=clock.moment().running_ms - before.running_ms)


def _moment(ms: int) -> str:
    return from_ms(ms, UTC).isoformat()
