"""The players in browsers that a station's operators paired with it: each holds a token of the station's, and no more.

Whoever operates the station pairs and unpairs; administrators see these tokens among all others.
"""

from sqlmodel import Session, col, select

from schedules.months import Month
from server.db.accounts import Credential
from server.services.context import Context
from server.services.credential_issuing import LONGEST_NAME, revoke_row, store_new
from server.services.credential_refusals import CredentialNotFound, CredentialStationGone
from server.services.credential_views import ALIVE, CredentialView, IssuedCredential, views
from server.services.disk import disk_refusals
from server.services.local_time import local_today
from server.services.plain_text import one_line
from server.services.rows import identity
from server.services.stations import find_station, holds

WHAT = {"player": "browser"}
_MOST_KEYS = 2**63


def pair(context: Context, station: str, name: str) -> IssuedCredential:
    """A token for the browser of whoever asks; it works until it is revoked or the station is gone.

    Raises UnknownStation, CredentialStationGone, BadField, CredentialNameTaken.
    """
    today = local_today(context)
    with disk_refusals(context.home), context.database.write() as session:
        found = find_station(session, station, Month.of(today))
        row = Credential(
            kind="station",
            secret_hash="",
            hint="",
            name=one_line("name", name, longest=LONGEST_NAME),
            station_id=identity(found),
            what=dict(WHAT),
            created_at=context.clock(),
            created_by=context.who.name,
        )
        if not holds(None, found.valid_to, today):
            raise CredentialStationGone(name=row.name, station=found.code)
        return store_new(context, session, row)


def paired(context: Context, station: str) -> list[CredentialView]:
    """Those of the station that work, the newest first. Raises UnknownStation."""
    with context.database.read() as session:
        key = identity(find_station(session, station, Month.of(local_today(context))))
        rows = session.exec(
            select(Credential)
            .where(Credential.kind == "station", Credential.station_id == key)
            .order_by(col(Credential.id).desc())
        ).all()
        return [
            view for view in views(context, session, [row for row in rows if row.what == WHAT]) if view.state in ALIVE
        ]


def unpair(context: Context, station: str, number: int) -> CredentialView:
    """It works no more from here on; once more is the same. Raises UnknownStation, CredentialNotFound."""
    with disk_refusals(context.home), context.database.write() as session:
        row = _find(context, session, station, number)
        revoke_row(context, session, row)
        return views(context, session, [row])[0]


def _find(context: Context, session: Session, station: str, number: int) -> Credential:
    key = identity(find_station(session, station, Month.of(local_today(context))))
    row = session.get(Credential, number) if 0 < number < _MOST_KEYS else None
    if row is None or row.kind != "station" or row.station_id != key or row.what != WHAT:
        raise CredentialNotFound(number=number)
    return row
