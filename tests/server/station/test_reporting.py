"""What was played reaches the real service: the oldest first, never twice, and what is refused is kept and told."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlmodel import select

from schedules.air_now import Due, laid_out
from schedules.instants import to_ms
from schedules.manifest import Emergency
from server.db.airing import AsRunEntry
from server.station.clock import StationClock
from server.station.folder import Folder
from server.station.log import Airing, Log
from server.station.playing import standing
from server.station.refusals import AnswerNotUnderstood, ServerUnreachable
from server.station.reporting import report, statement
from server.station.server_door import ServerDoor
from tests.server.station import bad_line as line
from tests.server.station.sealing import KEY, OURS, sealed, sealed_by
from tests.server.station.stations import Station
from tests.server.worlds import World

HOUR = timedelta(hours=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log.sqlite", tell=lambda what, detail: pytest.fail(f"{what} {detail}"))
    yield log
    log.close()


@pytest.fixture
def clock(world: World) -> StationClock:
    """That of the world."""
    return StationClock(wall=lambda: to_ms(world.now), running=lambda: to_ms(world.now), boot="one")


@pytest.fixture
def dues(station: Station, world: World) -> list[Due]:
    """The sounds of the first slot, which is over."""
    station.run()
    slot = station.manifest.slots[0]
    world.now = slot.starts_at + HOUR
    return [due for due in laid_out(station.manifest, relays=False).sounds if due.slot == slot.key]


def played(due: Due, clock: StationClock, *, heard_ms: int | None = None, state: str = "over", why: str = "") -> Airing:
    airing = Airing.of(due, clock.moment())
    airing.begun_ms = airing.raw_ms = to_ms(due.starts_at)
    airing.running_ms = to_ms(due.starts_at)
    airing.heard_ms = due.duration_ms if heard_ms is None else heard_ms
    airing.state, airing.why = state, why
    return airing


def entries(world: World) -> list[AsRunEntry]:
    with world.context.database.read() as session:
        return list(session.exec(select(AsRunEntry).order_by(AsRunEntry.starts_at)).all())


def test_each_segment_is_told_once_however_often_the_log_is_sent(
    station: Station, world: World, log: Log, clock: StationClock, dues: list[Due]
) -> None:
    for due in reversed(dues):
        log.keep(played(due, clock))
    segments = [due for due in dues if due.segment]
    assert report(log, clock, station.door).taken == len(segments) > 0
    assert report(log, clock, station.door).taken == 0
    told = entries(world)
    assert [(each.slot, each.segment, each.starts_at, each.aired) for each in told] == [
        (due.slot, due.segment, due.starts_at, True) for due in segments
    ]


def test_an_answer_that_was_lost_and_a_log_that_was_lost_tell_nothing_twice(
    station: Station, world: World, log: Log, clock: StationClock, dues: list[Due]
) -> None:
    for due in dues:
        log.keep(played(due, clock))
    report(log, clock, station.door)
    for row in log.since(0):
        row.answer = ""
        log.keep(row)
    again = report(log, clock, station.door)
    with contextlib.closing(Log(station.folder.root / "new.sqlite", tell=lambda what, detail: None)) as new:  # noqa: ARG005
        for due in dues:
            new.keep(played(due, clock))
        anew = report(new, clock, station.door)
    assert again.taken == anew.taken == len(entries(world))
    assert again.refused == anew.refused == []


def test_what_was_cut_is_told_with_its_length_and_what_was_missed_with_its_reason(
    station: Station, world: World, log: Log, clock: StationClock, dues: list[Due]
) -> None:
    segment = next(due for due in dues if due.segment)
    other = Due(**{name: getattr(segment, name) for name in Due.__struct_fields__} | {"id": "b" * 32})
    log.keep(played(segment, clock, heard_ms=400, why="emergency"))
    log.keep(played(other, clock, heard_ms=0, state="missed", why="lacking"))
    report(log, clock, station.door)
    cut, missed = sorted(entries(world), key=lambda each: not each.aired)
    assert (cut.aired, cut.duration_ms, cut.reason) == (True, 400, "Nhường cho bài khẩn cấp")
    assert (missed.aired, missed.duration_ms, missed.reason) == (False, None, "Chưa tải được tệp")


def test_what_is_refused_is_kept_with_the_sentence_and_not_sent_again(
    station: Station, world: World, log: Log, clock: StationClock, dues: list[Due]
) -> None:
    good = next(due for due in dues if due.segment)
    log.keep(played(good, clock))
    stranger = played(good, clock)
    stranger.id, stranger.slot = "c" * 32, "h654.20200101T0500"
    log.keep(stranger)
    done = report(log, clock, station.door)
    assert (done.taken, len(done.refused)) == (1, 1)
    assert [row.told for row in log.refused()] == done.refused
    assert report(log, clock, station.door).refused == []
    assert len(entries(world)) == 1


def test_a_row_that_the_service_cannot_even_read_holds_no_other_back(
    station: Station, world: World, log: Log, clock: StationClock, dues: list[Due]
) -> None:
    good = next(due for due in dues if due.segment)
    bad = played(good, clock)
    bad.id, bad.segment = "d" * 32, "b" * 200
    log.keep(bad)
    log.keep(played(good, clock))
    done = report(log, clock, station.door)
    assert (done.taken, len(done.refused)) == (1, 1)
    assert len(entries(world)) == 1


def test_what_was_played_ahead_of_the_service_is_told_when_its_time_has_come(
    station: Station, world: World, log: Log, clock: StationClock, dues: list[Due]
) -> None:
    segment = next(due for due in dues if due.segment)
    log.keep(played(segment, clock))
    world.now = segment.starts_at - 3 * HOUR
    early = report(log, clock, station.door)
    assert (early.taken, early.waiting, early.refused) == (0, 1, [])
    world.now = segment.starts_at + HOUR
    assert report(log, clock, station.door).taken == 1


def test_without_a_line_everything_is_kept(log: Log, clock: StationClock, dues: list[Due]) -> None:
    log.keep(played(dues[1], clock))
    with ServerDoor("http://127.0.0.1:9", "h654", "x") as door, pytest.raises(ServerUnreachable):
        report(log, clock, door)
    assert len(log.to_send(10)) == 1


@pytest.mark.parametrize("lines", [b"[]", b'[{"line": 0, "outcome": "taken"}]', b'[{"line": 9, "outcome": "taken"}]'])
def test_who_answers_without_having_taken_the_log_is_not_believed_nor_asked_without_end(
    loa: str, log: Log, clock: StationClock, dues: list[Due], lines: bytes
) -> None:
    def nodding(exchange: line.Exchange) -> bytes:
        exchange.answer(b"200 OK", b'{"lines": ' + lines + b"}", b"content-type: application/json")
        return line.whole(exchange)

    log.keep(played(dues[1], clock))
    with (
        line.bad_line(loa, lambda: (nodding, 0.5)) as carried,
        ServerDoor(carried.address, "h654", "x") as door,
        pytest.raises(AnswerNotUnderstood),
    ):
        report(log, clock, door)
    assert len(log.to_send(10)) == 1


def test_an_emergency_whose_player_was_only_started_is_not_told_as_played(
    log: Log, clock: StationClock, station: Station, world: World
) -> None:
    call = Emergency(
        number=4,
        segment="khan",
        title="Lũ về",
        approved_at=world.now,
        until=world.now + HOUR,
        duration_ms=5_000,
        sha256="a" * 64,
    )
    manifest = replace(sealed("1").manifest, emergencies=(call,))
    folder = Folder(station.folder.root / "khác", key=KEY, station="h654")
    folder.make()
    folder.keep(sealed_by(OURS, manifest))
    [due] = laid_out(manifest, relays=False).emergencies
    airing = Airing.of(due, clock.moment())
    log.keep(airing)
    [begun] = standing(folder, log, clock, {}).emergencies
    airing.heard_ms = 1_000
    log.keep(airing)
    [heard] = standing(folder, log, clock, {}).emergencies
    assert (begun.played_at, heard.played_at) == (None, world.now)


def test_a_wrong_clock_is_put_right_in_what_is_told(dues: list[Due], world: World) -> None:
    behind = timedelta(days=1)
    clock = StationClock(wall=lambda: to_ms(world.now - behind), running=lambda: to_ms(world.now), boot="one")
    row = Airing.of(dues[1], clock.moment())
    row.state = "over"
    began = world.now
    world.now += HOUR
    clock.learn(world.now, round_trip_ms=0)
    assert statement(row, clock)["starts_at"] == began.astimezone(clock.now().tzinfo).isoformat()
    assert row.raw_ms == to_ms(began - behind)
