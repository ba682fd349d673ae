"""Named ways of looking at a month: somebody's own, replaced by name, on record."""

import pytest

from server.services.access_refusals import SignInNeeded
from server.services.board_orders import Order
from server.services.refusals import BadField
from server.services.saved_views import MOST, own_views, remove_view, save_view
from server.services.trail_search import TrailFilter, search
from server.services.view_refusals import TooManyViews, ViewUnknown
from tests.server.people import acting, add_person
from tests.server.worlds import World


def test_a_view_is_kept_for_its_owner_until_they_remove_it(published: World) -> None:
    own, other = (
        acting(published.context, add_person(published.context, login, ["monitor"])) for login in ("mot", "hai")
    )
    first = save_view(own, " Krông  Pắc chưa đạt ", Order(district="654", status="not_met", sort="-short"))
    assert (first.name, first.query) == ("Krông Pắc chưa đạt", "district=654&status=not_met&sort=-short")
    assert own_views(other) == []
    again = save_view(own, "Krông Pắc chưa đạt", Order(q="ea yông"), view="phat-song")
    assert own_views(own) == [again]
    assert (again.number, again.query) == (first.number, "q=ea+y%C3%B4ng&xem=phat-song")
    with pytest.raises(ViewUnknown):
        remove_view(other, first.number)
    remove_view(own, first.number)
    assert own_views(own) == []
    with pytest.raises(ViewUnknown):
        remove_view(own, first.number)
    told = [(entry.action, entry.subject) for entry in search(published.context, TrailFilter(action="view.")).items]
    assert told == [("view.removed", again.name), ("view.saved", again.name), ("view.saved", again.name)]


def test_what_no_month_could_show_and_what_nobody_asked_for_is_refused(published: World) -> None:
    own = acting(published.context, add_person(published.context, "mot", ["monitor"]))
    for name, order in (("", Order()), ("x" * 61, Order()), ("a", Order(status="moi")), ("a", Order(sort="-moi"))):
        with pytest.raises(BadField):
            save_view(own, name, order)
    with pytest.raises(SignInNeeded):
        save_view(published.context, "a", Order())
    for number in range(MOST):
        save_view(own, f"Cách {number}", Order())
    with pytest.raises(TooManyViews):
        save_view(own, "Thêm một", Order())
    assert save_view(own, "Cách 3", Order(tier="commune")).query == "tier=commune"
    assert len(own_views(own)) == MOST
