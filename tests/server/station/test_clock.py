"""The true time at a station whose own clock is wrong, jumps, or was lost."""

from datetime import UTC, datetime, timedelta

from schedules.instants import to_ms
from server.station.clock import Measured, Moment, StationClock

TRUE = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
HOUR_MS = 3_600_000


class Machine:
    """Started an hour ago; its wall clock is `ahead_ms` before the true time."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self.true_ms, self.ahead_ms, self.started_ms = to_ms(TRUE), ahead_ms, to_ms(TRUE) - HOUR_MS

    def clock(self, measured: Measured | None = None, *, boot: str = "one") -> StationClock:
        return StationClock(
            measured,
            wall=lambda: self.true_ms + self.ahead_ms,
            running=lambda: self.true_ms - self.started_ms,
            boot=boot,
        )

    def passes(self, ms: int) -> None:
        self.true_ms += ms


def test_before_the_server_was_heard_the_wall_clock_is_all_there_is() -> None:
    assert Machine(90_000).clock().now() == TRUE + timedelta(seconds=90)


def test_after_the_server_was_heard_the_true_time_goes_on_whatever_is_done_to_the_wall_clock() -> None:
    machine = Machine(-3 * 365 * 24 * HOUR_MS)
    clock = machine.clock()
    clock.learn(TRUE, round_trip_ms=0)
    machine.passes(HOUR_MS)
    assert clock.now() == TRUE + timedelta(hours=1)
    machine.ahead_ms = 7 * HOUR_MS
    assert clock.now() == TRUE + timedelta(hours=1)
    assert clock.ahead_ms == 7 * HOUR_MS


def test_a_wall_clock_that_is_right_within_what_the_line_leaves_unsure_is_believed() -> None:
    clock = Machine(1_500).clock()
    clock.learn(TRUE, round_trip_ms=100)
    assert (clock.now(), clock.ahead_ms) == (TRUE + timedelta(milliseconds=1_500), 0)
    slow = Machine(8_000).clock()
    slow.learn(TRUE - timedelta(seconds=5), round_trip_ms=20_000)
    assert slow.ahead_ms == 0


def test_after_a_new_start_the_wall_clock_is_off_by_what_it_was_off_last() -> None:
    machine = Machine(600_000)
    before = machine.clock()
    before.learn(TRUE, round_trip_ms=0)
    machine.ahead_ms = 900_000  # somebody set it, wrongly, in between
    kept = before.to_keep()
    machine.started_ms = machine.true_ms
    machine.passes(60_000)
    assert machine.clock(kept, boot="two").now() == TRUE + timedelta(minutes=1)


def test_what_began_by_a_wrong_clock_is_put_right_when_the_time_is_known() -> None:
    machine = Machine(-86_400_000)
    clock = machine.clock()
    then = clock.moment()
    assert then.true_ms == to_ms(TRUE) - 86_400_000
    machine.passes(HOUR_MS)
    clock.learn(TRUE + timedelta(hours=1), round_trip_ms=0)
    assert clock.put_right(then) == to_ms(TRUE)


def test_what_began_before_the_machine_was_started_anew_is_put_right_by_how_far_the_clock_is_off() -> None:
    machine = Machine(-86_400_000)
    then = Moment(true_ms=machine.true_ms - 86_400_000, raw_ms=machine.true_ms - 86_400_000, boot="zero", running_ms=5)
    clock = machine.clock()
    clock.learn(TRUE, round_trip_ms=0)
    assert clock.put_right(then) == to_ms(TRUE)


def test_what_began_by_a_right_clock_stays_as_it_is() -> None:
    machine = Machine()
    clock = machine.clock()
    then = clock.moment()
    clock.learn(TRUE + timedelta(seconds=1), round_trip_ms=0)
    assert clock.put_right(then) == then.true_ms
