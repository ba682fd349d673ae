"""A station's log of a month as it is kept, also where no plan was ever published."""

from sqlmodel import col

from schedules.months import Month
from server.db.airing import AsRunEntry
from server.services.context import Context
from server.services.proof_views import EntryView
from server.services.proofs import entry_views
from server.services.rows import identity
from server.services.statements import entries_where
from server.services.stations import find_station


def entries_of(context: Context, code: str, month: Month) -> list[EntryView]:
    """In the order in which they came. Raises UnknownStation."""
    with context.database.read() as session:
        station = find_station(session, code, month)
        rows = entries_where(
            session, col(AsRunEntry.station_id) == identity(station), col(AsRunEntry.month) == str(month)
        )
        return entry_views(session, list(rows))
