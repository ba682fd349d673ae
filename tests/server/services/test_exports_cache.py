from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlmodel import select

from server.db.delivering import KeptExport
from server.db.records import Fact
from server.services.exports import CalendarOrder, ExportCache, PlaylistOrder, playlist
from server.services.plans import make_plan, publish_plan
from server.services.refusals import NotPublished
from server.services.segments import withdraw_segment
from server.services.views import Export
from tests.server.worlds import MONTH, World


def order(code: str = "h654") -> PlaylistOrder:
    return PlaylistOrder(code=code, month=MONTH, format="m3u8", audio_url=lambda sha256: f"http://x.vn/{sha256}")


def feed(code: str = "h654") -> CalendarOrder:
    return CalendarOrder(station=code, today=date(2026, 11, 20))


class Watched:
    """A cache that is told each time what the watch of its database tells."""

    def __init__(self, world: World, **given: int) -> None:
        self._cache = ExportCache(world.context, **given)
        self._watch = world.context.database.watch()
        self.make = self._cache.make

    def lookup(self, key: str) -> Export | None:
        version = self._watch.version()
        found = self._cache.lookup(key, version)
        assert self._cache.at_hand(key, version) is found
        return found

    def close(self) -> None:
        self._watch.close()


@pytest.fixture
def cache(published: World) -> Iterator[Watched]:
    cache = Watched(published)
    yield cache
    cache.close()


def commit_something_else(world: World) -> None:
    with world.change() as session:
        session.merge(Fact(name="other", value="1"))


def publish_again(world: World) -> None:
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


def test_what_was_made_is_answered_again_and_what_was_not_is_unknown(cache: Watched) -> None:
    made = cache.make("a", order())

    assert cache.lookup("a") is made
    assert cache.lookup("a") is made
    assert cache.lookup("b") is None


def test_a_commit_that_touches_nothing_of_it_keeps_the_content(published: World, cache: Watched) -> None:
    made, calendar = cache.make("a", order()), cache.make("c", feed())
    commit_something_else(published)
    assert cache.lookup("a") is made
    assert cache.lookup("c") is calendar
    publish_again(published)

    assert cache.lookup("a") is made
    assert cache.lookup("c") is calendar


def test_a_revision_that_changes_the_station_is_seen_at_once(published: World, cache: Watched) -> None:
    made, calendar = cache.make("a", order()), cache.make("c", feed())
    assert cache.lookup("a") is made
    published.withdraw("b0003")
    publish_again(published)

    assert cache.lookup("a") is None
    assert cache.lookup("c") is None
    assert cache.make("a", order()).etag != made.etag
    assert cache.make("c", feed()).etag != calendar.etag
    assert cache.lookup("a") is not None


def test_a_change_between_making_and_the_first_look_is_seen_too(published: World, cache: Watched) -> None:
    cache.make("a", order())
    published.withdraw("b0003")
    publish_again(published)

    assert cache.lookup("a") is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE station SET name = 'Đài đổi tên'",
        "UPDATE organisation SET name = 'Sở Nội vụ mới'",
        "UPDATE programme_column SET name = 'Chuyên mục mới'",
    ],
)
def test_names_that_stand_in_a_playlist_are_watched(published: World, cache: Watched, statement: str) -> None:
    made = cache.make("a", order())
    assert cache.lookup("a") is made
    with published.change() as session:
        session.connection().exec_driver_sql(statement)

    assert cache.lookup("a") is None
    assert cache.make("a", order()).etag != made.etag


def test_what_is_refused_is_not_kept(published: World, cache: Watched) -> None:
    made = cache.make("a", order("x24490"))
    assert cache.lookup("a") is made
    with published.change() as session:
        session.connection().exec_driver_sql("UPDATE station SET valid_to = '2026-12-01' WHERE code = 'x24490'")
    assert cache.lookup("a") is None

    later = PlaylistOrder(code="h654", month=MONTH.next(), format="m3u8", audio_url=lambda sha256: sha256)
    with pytest.raises(NotPublished):
        cache.make("b", later)
    assert cache.lookup("b") is None


def test_memory_is_bounded_and_what_was_asked_for_last_stays(published: World) -> None:
    size = len(playlist(published.context, "h654", MONTH, format="m3u8", audio_url=order().audio_url).content)
    cache = Watched(published, limit_bytes=int(size * 2.5))
    for key in "ab":
        cache.make(key, order())
    assert cache.lookup("a") is not None
    cache.make("c", order())

    assert [key for key in "abc" if cache.lookup(key) is not None] == ["a", "c"]
    small = Watched(published, limit_bytes=size - 1)
    assert small.make("a", order()).content
    assert small.lookup("a") is None
    cache.close()
    small.close()


def test_a_large_calendar_is_found_by_every_process_and_is_never_stale(published: World) -> None:
    one = ExportCache(published.context, shared_from=1)
    other = ExportCache(published.context, shared_from=1)
    made = one.make(("feed", "h654"), feed())
    with published.change() as session:
        # Nobody makes what another has made: what is found is what lies there.
        [kept] = session.exec(select(KeptExport)).all()
        assert kept.content == made.content
        kept.content = b"as it was made"
        session.add(kept)
    assert other.make(("feed", "h654"), feed()).content == b"as it was made"
    assert other.make(("feed", "x24490"), feed("x24490")).content != b"as it was made"
    published.add_segment("b0900", seconds=200)
    withdraw_segment(published.context, "b0001", reason="Số liệu sai")
    publish_again(published)
    anew = other.make(("feed", "h654"), feed())
    assert anew.content not in {b"as it was made", made.content}
    assert one.make(("feed", "h654"), feed()) == anew


def test_of_a_calendar_that_moves_with_the_months_one_is_kept(published: World) -> None:
    for today in (date(2026, 11, 30), date(2026, 12, 1)):
        cache = ExportCache(published.context, shared_from=1)
        cache.make(("calendar", today), CalendarOrder(station="h654", today=today))
    with published.context.database.read() as session:
        assert len(session.exec(select(KeptExport)).all()) == 1
