"""Private addresses of calendars: whoever knows one reads the calendar, as long as its owner may."""

from datetime import date

from msgspec import Struct
from sqlmodel import Session, col, or_, select

from schedules.months import Month
from server.db.accounts import Account, Credential
from server.db.registry import UnitVersion
from server.services import scopes, sessions
from server.services.access_refusals import SignInNeeded
from server.services.context import Context
from server.services.credential_issuing import LONGEST_NAME, revoke_row, store_new
from server.services.credential_refusals import CredentialNotFound, UnknownFeed
from server.services.credential_views import CredentialView, IssuedCredential, views
from server.services.credentials import require_living
from server.services.disk import disk_refusals
from server.services.listing import touches
from server.services.local_time import local_today
from server.services.plain_text import one_line, shown
from server.services.reach import Target, require
from server.services.refusals import BadField, ServiceRefusal, UnknownUnit
from server.services.registry import list_stations, list_units
from server.services.rights import Right
from server.services.rows import identity
from server.services.stations import find_station
from server.services.views import StationView, UnitView

_ALL = 1_000_000
_MOST_KEYS = 2**63


class FeedPulled(Struct, frozen=True, kw_only=True):
    """What an address gives: the calendar of a station, a district, or with neither of the province."""

    credential_id: int
    station: str | None
    district: str | None


class FeedChoices(Struct, frozen=True, kw_only=True):
    """What somebody can have a calendar of."""

    province: bool
    districts: list[UnitView]
    stations: list[StationView]


def make_feed(context: Context, name: str, *, kind: str, code: str = "") -> IssuedCredential:
    """For the account that asks. kind: station or district, with its code; province.

    Raises SignInNeeded, RightMissing, OutOfReach, UnknownStation, UnknownUnit, BadField, CredentialNameTaken.
    """
    if kind not in {"station", "district", "province"}:
        raise BadField(field="what", value=shown(kind), expected="station, district, province")
    if context.who.account_id is None:
        raise SignInNeeded
    today = local_today(context)
    what = {kind: code if kind != "province" else "yes"}
    require(context, context.who, Right.EXPORTS_PULL, *_target(what), on=today)
    with disk_refusals(context.home), context.database.write() as session:
        if kind == "station":
            find_station(session, code, Month.of(today))
        elif kind == "district":
            _require_district(session, code, today)
        row = Credential(
            kind="feed",
            secret_hash="",
            hint="",
            name=one_line("name", name, longest=LONGEST_NAME),
            account_id=context.who.account_id,
            what=what,
            created_at=context.clock(),
            created_by=context.who.name,
        )
        return store_new(context, session, row)


def own_feeds(context: Context) -> list[CredentialView]:
    """Of the account that asks, the newest first; those that were revoked are left out."""
    with context.database.read() as session:
        rows = session.exec(
            select(Credential)
            .where(Credential.kind == "feed", Credential.account_id == context.who.account_id)
            .where(col(Credential.account_id).is_not(None), col(Credential.revoked_at).is_(None))
            .order_by(col(Credential.id).desc())
        ).all()
        return views(context, session, rows)


def revoke_feed(context: Context, number: int) -> None:
    """One's own. Raises CredentialNotFound."""
    with disk_refusals(context.home), context.database.write() as session:
        row = session.get(Credential, number) if 0 < number < _MOST_KEYS else None
        if row is None or row.kind != "feed" or row.account_id is None or row.account_id != context.who.account_id:
            raise CredentialNotFound(number=number)
        revoke_row(context, session, row)


def feed_choices(context: Context) -> FeedChoices:
    """Of today's stations and districts."""
    today = local_today(context)
    reached = scopes.reached_stations(context, Right.EXPORTS_PULL)
    stations = list_stations(context, month=Month.of(today), limit=_ALL).items
    districts = list_units(context, on=today, level="district", limit=_ALL).items
    if reached is not None:
        beyond = {each.district_code for each in stations if each.id not in reached}
        stations = [each for each in stations if each.id in reached]
        within = {each.district_code for each in stations} - beyond
        districts = [each for each in districts if each.code in within]
    return FeedChoices(province=reached is None, districts=districts, stations=stations)


def pulled(context: Context, secret_hash: str) -> FeedPulled:
    """What the address with this secret gives now. Raises UnknownFeed, whatever is wrong."""
    at, today = context.clock(), local_today(context)
    with context.database.read() as session:
        # One query finds a living one or nothing: what was never made takes as long as what was revoked.
        row = session.exec(
            select(Credential)
            .where(Credential.secret_hash == secret_hash, Credential.kind == "feed")
            .where(col(Credential.revoked_at).is_(None))
            .where(or_(col(Credential.expires_at).is_(None), col(Credential.expires_at) > at))
        ).first()
        if row is None or not row.what:
            raise UnknownFeed
        try:
            require_living(context, session, row)
            if row.account_id is not None:
                _require_owner(context, session, row, today)
            elif find_station(session, row.what["station"], Month.of(today)).id != row.station_id:
                raise UnknownFeed
        except ServiceRefusal as refusal:
            raise UnknownFeed from refusal
        return FeedPulled(
            credential_id=identity(row), station=row.what.get("station"), district=row.what.get("district")
        )


def _require_owner(context: Context, session: Session, row: Credential, today: date) -> None:
    """Raises UnknownFeed, RightMissing, OutOfReach."""
    account = session.get_one(Account, row.account_id)
    if account.state != "active":
        raise UnknownFeed
    owner = sessions.person(session, account)
    require(context, owner, Right.EXPORTS_PULL, *_target(row.what or {}), on=today)


def _require_district(session: Session, code: str, today: date) -> None:
    found = session.exec(
        select(UnitVersion.id)
        .where(UnitVersion.code == code, UnitVersion.level == "district")
        .where(touches(col(UnitVersion.valid_from), col(UnitVersion.valid_to), today, today))
    ).first()
    if found is None:
        raise UnknownUnit(unit=shown(code))


def _target(what: dict[str, str]) -> tuple[Target, str]:
    if "station" in what:
        return "station", what["station"]
    if "district" in what:
        return "district", what["district"]
    return "everywhere", ""
