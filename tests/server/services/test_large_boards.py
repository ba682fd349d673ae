"""What is shown of very many stations: by a board that is some minutes old, and by what was said since."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.services.as_run import Said, say
from server.services.boards import month_board
from server.services.check_ins import Said as OfItself
from server.services.check_ins import check_in
from server.services.context import Context
from server.services.doubts import doubts
from server.services.forecasts import forecast_page, province_forecast
from server.services.judging import judge
from server.services.kept_boards import KeptBoards
from server.services.proofs import station_proof
from server.services.refusals import BadField
from server.services.stations_seen import STATES, seen_page, stations_seen
from server.services.stations_there import narrowed
from server.services.who import Who
from tests.server.worlds import MONTH, World, local


@pytest.fixture
def large(published: World) -> Iterator[Context]:
    """In mid-month, where so few stations are many already."""
    published.now = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)
    boards = KeptBoards(large=0)
    yield replace(published.context, boards=boards)
    boards.close()


def as_machine(world: World, context: Context, code: str) -> Context:
    return replace(context, who=Who(kind="station", name="máy", station_id=world.keys[code]))


def contradict(world: World, context: Context, code: str, *slots: int) -> None:
    """The station's device says that nothing was aired of slots that somebody says were aired."""
    proof = station_proof(context, code, MONTH)
    for number in slots:
        slot = proof.slots[number]
        item = slot.items[0].segment
        say(context, [Said(line=1, slot=slot.key, segment=item)], source="page", station=code)
        denied = [Said(line=1, slot=slot.key, segment=item, aired=False, reason="Mất sóng")]
        say(as_machine(world, context, code), denied, source="mpd", station=code)


def waiting(context: Context) -> tuple[int, int, list[str]]:
    found = doubts(context, MONTH)
    assert (found.total, found.stake_ms) == (len(found.doubts), sum(each.stake_ms for each in found.doubts))
    return found.total, found.stake_ms, [each.station for each in found.doubts]


def test_what_was_said_since_a_board_was_made_waits_and_what_was_decided_does_not(
    published: World, large: Context
) -> None:
    contradict(published, large, "h654", 0)
    made = month_board(large, MONTH, aired=True)
    first = waiting(large)
    assert first[::2] == (1, ["h654"])
    assert waiting(large) == first
    contradict(published, large, "x24490", 0)
    assert sorted(waiting(large)[2]) == ["h654", "x24490"]
    [doubt] = [each for each in doubts(large, MONTH).doubts if each.station == "h654"]
    judge(large, "h654", MONTH, doubt.id, "not_aired")
    assert waiting(large)[::2] == (1, ["x24490"])
    assert month_board(large, MONTH, aired=True).rows is made.rows


def test_something_aired_beside_the_plan_waits(published: World, large: Context) -> None:
    start = station_proof(large, "h654", MONTH).slots[0].starts_at + timedelta(hours=9)
    machine = as_machine(published, large, "h654")
    said = Said(line=1, title="Bài lạ", starts_at=start, duration_ms=60_000)
    say(machine, [said], source="mpd", station="h654")
    assert waiting(large) == (1, 60_000, ["h654"])


def test_a_page_of_forecasts_has_those_first_that_will_miss(published: World, large: Context) -> None:
    published.now = local("2026-12-01 00:00")  # nobody gave cause for doubt yet
    published.add_rule("toi-thieu-xa", kind="min", ms=60_000, tier="commune")
    published.add_rule("nhieu-hon", kind="min", ms=10**9, tier="commune")
    whole = province_forecast(large, MONTH).stations
    pages = [forecast_page(large, MONTH, offset=offset, limit=1) for offset in range(len(whole))]
    listed = [each for page in pages for each in page.found.items]
    assert listed == sorted(whole, key=lambda each: not each.misses)
    missing = [each for each in listed if each.misses]
    assert 0 < len(missing) < len(whole)
    assert {(page.all, page.missing, page.found.total) for page in pages} == {(len(whole), len(missing), len(whole))}
    assert all(rule.causes for each in missing for rule in each.rules if rule.misses)
    assert [len(each.rules) for each in missing] == [2] * len(missing)


def test_pages_of_machines_are_those_of_the_whole_list(published: World, large: Context) -> None:
    for code, trouble in (("x24490", ""), ("h654", "Hết đĩa")):
        check_in(as_machine(published, large, code), code, OfItself(program="loa", now=published.now, trouble=trouble))
    whole = stations_seen(large)

    def paged(state: str, q: str) -> Sequence[object]:
        found = seen_page(large, state=state, q=q, limit=1)
        assert found.counts == {name: n for name in STATES if (n := sum(each.state == name for each in whole))}
        more = [seen_page(large, state=state, q=q, offset=at, limit=1).found for at in range(1, found.found.total)]
        return [*found.found.items, *(each for page in more for each in page.items)]

    assert paged("", "") == [each for each in whole if each.state != "none"]
    for state, q in (("well", ""), ("none", ""), ("", "krong pac"), ("trouble", "654"), ("none", "khong co")):
        assert paged(state, q) == narrowed(whole, STATES, state=state, q=q)
    with pytest.raises(BadField):
        seen_page(large, state="khac")
