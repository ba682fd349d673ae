"""Whatever the line does, a run ends right or says why, and no byte that was not verified is ever there to be played."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from server.station.fetching_command import sentence_of
from server.station.refusals import (
    DownloadBroken,
    NotLoa,
    ProxyWantsSignIn,
    ServerBusy,
    ServerMoved,
    ServerUnreachable,
    StationRefusal,
)
from tests.server.station import bad_line as line
from tests.server.station.stations import Station
from tests.server.worlds import World

RUNS = 200


def quickly(_seconds: float) -> None:
    """Nobody waits in a test."""


@pytest.fixture
def carried(loa: str) -> Iterator[line.Line]:
    with line.bad_line(loa) as found:
        yield found


@pytest.fixture
def station(world: World, carried: line.Line, tmp_path: Path) -> Iterator[Station]:
    """Behind the line."""
    own = Station.of(world, carried.address, tmp_path / "đài")
    own.wait = quickly
    yield own
    own.close()


def run(station: Station) -> StationRefusal | None:
    """What it says is wrong, if it does."""
    try:
        return station.run().trouble
    except StationRefusal as error:
        return error


def test_two_hundred_runs_over_a_line_that_does_everything_end_right_or_say_why(
    station: Station, carried: line.Line
) -> None:
    random = Random(8)  # noqa: S311 (the same each time)
    ended = {"right": 0, "told": 0}

    def fault() -> tuple[line.Fault, float]:
        return (random.choice(line.FAULTS) if random.random() < badness else line.whole, random.random())

    carried.fault = fault
    for _ in range(RUNS):
        station.world.now += timedelta(minutes=1)  # a token has so many requests in each
        badness = random.choice((0.05, 0.2, 0.5, 0.9))
        for path in station.folder.there():
            if random.random() < 0.3:
                path.unlink()
        trouble = run(station)
        assert station.unverified() == []
        if trouble is None:
            assert all(station.folder.sound(file.sha256) for file in station.manifest.files)
            ended["right"] += 1
        else:
            assert len(sentence_of(trouble)) > 40
            ended["told"] += 1
    assert set(carried.faults) == {each.__name__ for each in (*line.FAULTS, line.whole)}
    assert min(ended.values()) > RUNS // 10
    carried.fault = lambda: (line.whole, 0.0)
    outcome = station.run()
    assert (outcome.lacking, outcome.trouble, station.unverified()) == ([], None, [])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (line.refused, ServerUnreachable),
        (line.cut_in_the_head, ServerUnreachable),
        (line.portal, NotLoa),
        (line.portal_as_json, NotLoa),
        (line.portal_as_sound, NotLoa),
        (line.sent_elsewhere, ServerMoved),
        (line.bad_gateway, ServerBusy),
        (line.proxy_wants_sign_in, ProxyWantsSignIn),
    ],
)
def test_who_answers_in_the_servers_place_is_named(
    station: Station, carried: line.Line, fault: line.Fault, told: type[StationRefusal]
) -> None:
    station.run()
    carried.fault = lambda: (fault, 0.5)
    with pytest.raises(told):
        station.run()
    assert station.manifest.station == "h654"


@pytest.mark.parametrize("fault", [line.shortened, line.lengthened, line.portal_as_sound, line.flipped])
def test_a_proxy_that_always_changes_sounds_leaves_them_lacking_and_is_told(
    station: Station, carried: line.Line, fault: line.Fault
) -> None:
    def on_sounds(exchange: line.Exchange) -> bytes:
        return fault(exchange) if b"/api/v1/audio/" in exchange.request else line.whole(exchange)

    carried.fault = lambda: (on_sounds, 0.5)
    outcome = station.run()
    assert isinstance(outcome.trouble, DownloadBroken)
    assert (outcome.fetched, station.names()) == (0, set())
    assert len(outcome.lacking) == len(station.manifest.files)


def test_a_file_that_breaks_each_time_comes_piece_by_piece(station: Station, carried: line.Line) -> None:
    station.run()
    for path in station.folder.there():
        path.unlink()
    before = carried.down
    carried.fault = lambda: (line.cut, 0.5)

    def breaking(exchange: line.Exchange) -> bytes:
        if b"/api/v1/audio/" not in exchange.request or len(exchange.body) < 2_000:
            return line.whole(exchange)
        return line.cut(exchange)

    carried.fault = lambda: (breaking, 0.5)
    assert station.run().lacking == []
    sizes = sum(copy.size for copy in station.copies().values())
    assert carried.down - before < 1.2 * sizes + 40_000


def test_on_a_line_that_breaks_light_copies_come_first_and_better_ones_when_it_is_good_again(
    station: Station, carried: line.Line
) -> None:
    def dead(exchange: line.Exchange) -> bytes:
        return b"" if b"/api/v1/audio/" in exchange.request else line.whole(exchange)

    carried.fault = lambda: (dead, 0.5)
    assert station.run().trouble is not None
    carried.fault = lambda: (line.whole, 0.5)
    outcome = station.run()
    assert outcome.lacking == []
    light = {copy.sha256 for copy in station.copies("light_opus").values()}
    assert light & {path.stem for path in station.folder.there()}
    station.run()
    assert {copy.sha256 for copy in station.copies().values()} <= {path.stem for path in station.folder.there()}
