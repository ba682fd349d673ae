"""How long a month's board is kept."""

from datetime import timedelta

from msgspec.structs import replace

from schedules.months import Month
from server.services.boards import month_board
from server.services.kept_boards import LARGE, LARGE_LASTS, KeptBoards
from tests.server.worlds import World


def test_a_board_holds_for_its_minute_while_nobody_commits(published: World) -> None:
    context = published.context
    first = month_board(context, Month(2026, 12))
    assert month_board(context, Month(2026, 12)).rows is first.rows
    published.withdraw("b0001")
    second = month_board(context, Month(2026, 12))
    assert second.rows is not first.rows
    published.now += timedelta(minutes=1)
    assert month_board(context, Month(2026, 12)).rows is not second.rows


def test_a_board_that_takes_long_to_make_holds_for_minutes_whatever_is_committed(published: World) -> None:
    made = month_board(published.context, Month(2026, 12))
    large = replace(made, rows=made.rows * LARGE)
    kept = KeptBoards()
    kept.keep("large", large, version=1)
    kept.keep("small", made, version=1)
    at = made.as_of + LARGE_LASTS - timedelta(seconds=1)
    assert kept.find("large", version=2, at=at) is large
    assert kept.find("large", version=2, at=made.as_of + LARGE_LASTS) is None
    assert kept.find("small", version=2, at=made.as_of) is None
    assert kept.find("small", version=1, at=made.as_of) is made
