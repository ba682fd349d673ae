"""What somebody sent: whose turn it is, what their organisation sent besides, where it is aired next."""

from datetime import timedelta

from server.services import vetting
from server.services.airings_ahead import airings_of
from server.services.context import Context
from server.services.own_segments import own_segments
from server.services.rights import Role
from tests.server.people import acting, add_person
from tests.server.vetted import add_draft, add_newer, approve, lead_topics
from tests.server.worlds import World


def person(world: World, login: str, role: Role, organisation: str = "snv") -> Context:
    return acting(world.context, add_person(world.context, login, [role], organisation=organisation))


def states(context: Context, **asked: str) -> dict[str, str]:
    found = own_segments(context, **asked).found  # type: ignore[arg-type]  # words of the test
    return {item.segment.code: item.state for item in found.items}


def test_each_stands_where_somebody_has_to_do_something_about_it(published: World) -> None:
    lead_topics(published)
    maker, lead = person(published, "nguoi-gui", Role.PRODUCER), person(published, "chu-tri", Role.LEAD)
    for code in ("b0100", "b0101", "b0102"):
        add_draft(published, code)
    assert states(maker) == {"b0100": "draft", "b0101": "draft", "b0102": "draft"}
    published.now += timedelta(hours=1)
    vetting.submit(maker, "b0101")
    vetting.submit(maker, "b0102")
    published.now += timedelta(hours=1)
    vetting.return_(lead, "b0102", 1, "Sai tên xã")
    assert list(states(maker)) == ["b0102", "b0101", "b0100"]
    assert states(maker, turn="theirs") == {"b0102": "returned", "b0100": "draft"}
    assert states(maker, turn="waiting") == {"b0101": "submitted"}
    approve(published.context, "b0101")
    add_newer(published, "b0101")
    assert states(maker)["b0101"] == "draft"
    assert own_segments(maker).counts == {"theirs": 3, "waiting": 0, "usable": 0, "gone": 0}
    published.withdraw("b0101")
    assert states(maker, turn="gone") == {"b0101": "withdrawn"}
    page = own_segments(maker, offset=1, limit=1).found
    assert (len(page.items), page.total) == (1, 2)


def test_the_organisations_are_another_list_and_strangers_have_none(published: World) -> None:
    lead_topics(published)
    add_draft(published, "b0100")
    colleague = person(published, "dong-nghiep", Role.PRODUCER)
    stranger = person(published, "nguoi-la", Role.PRODUCER, organisation="stp")
    assert states(colleague) == {}
    theirs = states(colleague, whose="organisation")
    assert theirs["b0100"] == "draft"
    assert theirs["b0001"] == "ready"
    assert states(stranger, whose="organisation") == {}


def test_what_is_aired_is_counted_by_month_and_the_next_airing_is_named(published: World) -> None:
    maker = person(published, "san-xuat", Role.PRODUCER)
    [month], soonest = airings_of(maker, "b0003")
    assert soonest is not None
    assert (month.month, month.ahead, month.next_at) == ("2026-12", month.slots, soonest.at)
    assert soonest.station_name == "Đài Truyền thanh - Truyền hình huyện Krông Pắc"
    assert 1 <= soonest.stations <= month.stations
    item = next(each for each in own_segments(maker, whose="organisation").found.items if each.segment.code == "b0003")
    assert item.airings == [month]
    published.now = soonest.at
    [later], _ = airings_of(maker, "b0003")
    assert (later.slots, later.ahead) == (month.slots, month.slots - soonest.stations)
