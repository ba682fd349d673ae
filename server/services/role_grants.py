"""Giving roles to people and ending them. What was ended stays written, for the trail's sake.

An administrator may give roles to themselves too: they could make another account and give them to that; what keeps
it honest is the trail, in which giver and receiver stand side by side.
"""

from datetime import date, timedelta

from msgspec import Struct
from sqlmodel import Session, col, select

from server.db.accounts import Account, RoleGrant
from server.db.library import Topic
from server.db.registry import Organisation, UnitVersion
from server.services import sessions
from server.services.account_refusals import RoleHeld, RoleTakesNoScope, UnknownGrant
from server.services.account_views import AccountView, takes_topic, takes_unit
from server.services.accounts import find_account, organisation_of, require_administrator, view_of
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.listing import one_of
from server.services.local_time import local_today
from server.services.plain_text import shown
from server.services.refusals import EndNotAfterStart, UnknownTopic, UnknownUnit
from server.services.rights import Role
from server.services.rows import identity
from server.services.stations import holds


class NewRole(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`organisation` (null: the account's own), `unit` and `topic` are codes; dates are local and half-open.

    A unit's code is looked for among those of today, then of all times: roles may be over units that are no more.
    """

    role: str
    organisation: str | None = None
    unit: str | None = None
    topic: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def give_role(context: Context, login: str, given: NewRole) -> AccountView:
    """Raises UnknownAccount, BadField, UnknownOrganisation, UnknownUnit, UnknownTopic, RoleTakesNoScope, RoleHeld,
    EndNotAfterStart."""
    one_of("role", given.role, tuple(Role))
    role = Role(given.role)
    if given.unit is not None and not takes_unit(role):
        raise RoleTakesNoScope(role=role, scope="unit")
    if given.topic is not None and not takes_topic(role):
        raise RoleTakesNoScope(role=role, scope="topic")
    if given.valid_from is not None and given.valid_to is not None and given.valid_to <= given.valid_from:
        raise EndNotAfterStart(start=given.valid_from.isoformat(), end=given.valid_to.isoformat())
    with disk_refusals(context.home), context.database.write() as session:
        account = find_account(session, login)
        row = give(context, session, account, role, given)
        record(
            session,
            context,
            at=context.clock(),
            action="role.granted",
            subject=login,
            after=_told(session, row, given.unit, given.topic),
            to_self=account.id == context.who.account_id,
        )
        return view_of(context, session, account)


def give(context: Context, session: Session, account: Account, role: Role, given: NewRole) -> RoleGrant:
    """The row, in the caller's transaction and not in the trail yet; `given` is in order within itself."""
    office = (
        organisation_of(context, session, given.organisation).id
        if given.organisation is not None
        else account.organisation_id
    )
    unit_id = None if given.unit is None else _unit(session, given.unit, local_today(context))
    topic_id = None if given.topic is None else _topic(session, given.topic)
    for other in session.exec(
        select(RoleGrant)
        .where(RoleGrant.account_id == identity(account), RoleGrant.role == role, col(RoleGrant.ended_at).is_(None))
        .where(RoleGrant.organisation_id == office, RoleGrant.unit_id == unit_id, RoleGrant.topic_id == topic_id)
    ):
        begins = max(other.valid_from or date.min, given.valid_from or date.min)
        ends = min(other.valid_to or date.max, given.valid_to or date.max)
        if begins < ends:
            raise RoleHeld(login=account.login, role=role)
    return sessions.grant_role(
        context,
        session,
        account,
        role,
        organisation_id=office,
        unit_id=unit_id,
        topic_id=topic_id,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
    )


def end_role(context: Context, login: str, grant_id: int, *, last_day: date | None = None) -> AccountView:
    """At once, or after `last_day`, today at the earliest; a role that was ended stays so.

    Raises UnknownAccount, UnknownGrant, EndNotAfterStart, LastAdministrator.
    """
    with disk_refusals(context.home), context.database.write() as session:
        account = find_account(session, login)
        row = session.get(RoleGrant, grant_id) if 0 < grant_id < 2**63 else None
        if row is None or row.account_id != account.id:
            raise UnknownGrant(login=login, grant=str(grant_id))
        if row.ended_at is None:
            before = row.valid_to
            if last_day is None:
                row.ended_at, row.ended_by = context.clock(), context.who.name
            else:
                row.valid_to = _day_after(last_day, row, local_today(context))
            session.add(row)
            require_administrator(context, session, login)
            record(
                session,
                context,
                at=context.clock(),
                action="role.ended",
                subject=login,
                before={"valid_to": before.isoformat() if before else None},
                after={"valid_to": row.valid_to.isoformat() if row.valid_to else None, "ended": last_day is None},
                role=row.role,
                grant_id=grant_id,
            )
        return view_of(context, session, account)


def _day_after(last: date, row: RoleGrant, today: date) -> date:
    first = max(row.valid_from or today, today)
    if last < first or last == date.max:
        raise EndNotAfterStart(start=first.isoformat(), end=last.isoformat())
    return last + timedelta(days=1)


def _unit(session: Session, code: str, on: date) -> int:
    found = session.exec(select(UnitVersion).where(UnitVersion.code == code)).all()
    if not found:
        raise UnknownUnit(unit=shown(code))
    today = [row for row in found if holds(row.valid_from, row.valid_to, on)]
    return max(today or found, key=lambda row: row.valid_from or date.min).unit_id


def _topic(session: Session, code: str) -> int:
    row = session.exec(select(Topic).where(Topic.code == code)).first()
    if row is None:
        known = session.exec(select(Topic.code).order_by(col(Topic.position))).all()
        raise UnknownTopic(topic=shown(code), known=list(known))
    return identity(row)


def _told(session: Session, row: RoleGrant, unit: str | None, topic: str | None) -> dict[str, object]:
    return {
        "id": row.id,
        "role": row.role,
        "organisation": session.get_one(Organisation, row.organisation_id).code,
        "unit": unit,
        "topic": topic,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
    }
