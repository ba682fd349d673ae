"""Named ways of looking at the month of the province: each is somebody's own, and is opened in whatever month is looked at."""

from urllib.parse import urlencode

from msgspec import Struct
from sqlmodel import col, select

from server.db.accounts import SavedView
from server.services.access_refusals import SignInNeeded
from server.services.audit import record
from server.services.board_orders import Order, require_known
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.plain_text import one_line
from server.services.rows import identity, is_key
from server.services.view_refusals import TooManyViews, ViewUnknown

LONGEST_NAME = 60
MOST = 30


class NamedView(Struct, frozen=True, kw_only=True):
    """`query`: what the address of the month says after the question mark."""

    number: int
    name: str
    query: str


def own_views(context: Context) -> list[NamedView]:
    """Of the account that asks, as they were saved; none for whoever has no account."""
    with context.database.read() as session:
        rows = session.exec(
            select(SavedView).where(SavedView.account_id == context.who.account_id).order_by(col(SavedView.id))
        )
        return [NamedView(number=identity(row), name=row.name, query=row.query) for row in rows]


def save_view(context: Context, name: str, order: Order, *, view: str = "") -> NamedView:
    """For the account that asks; the view that it had under the name gives way. `view` as the page has it.

    Raises SignInNeeded, BadField, TooManyViews.
    """
    account = _account(context)
    require_known(order)
    called = one_line("name", name, longest=LONGEST_NAME)
    query = urlencode(order.asked | ({"xem": view} if view else {}))
    at = context.clock()
    with disk_refusals(context.home), context.database.write() as session:
        own = session.exec(select(SavedView).where(SavedView.account_id == account)).all()
        row = next((each for each in own if each.name == called), None)
        if row is None and len(own) >= MOST:
            raise TooManyViews(most=MOST)
        before = None if row is None else {"query": row.query}
        row = row or SavedView(account_id=account, name=called, query=query, saved_at=at)
        row.query, row.saved_at = query, at
        session.add(row)
        record(session, context, at=at, action="view.saved", subject=called, before=before, after={"query": query})
        return NamedView(number=identity(row), name=called, query=query)


def remove_view(context: Context, number: int) -> None:
    """One's own. Raises SignInNeeded, ViewUnknown."""
    account = _account(context)
    with disk_refusals(context.home), context.database.write() as session:
        row = session.get(SavedView, number) if is_key(number) else None
        if row is None or row.account_id != account:
            raise ViewUnknown(number=number)
        session.delete(row)
        record(
            session,
            context,
            at=context.clock(),
            action="view.removed",
            subject=row.name,
            before={"query": row.query},
        )


def _account(context: Context) -> int:
    if context.who.account_id is None:
        raise SignInNeeded
    return context.who.account_id
