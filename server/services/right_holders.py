"""Who could do what somebody may not: the organisations whose people have the right now, to be asked."""

from msgspec import Struct
from sqlmodel import col, or_, select

from server.db.accounts import Account, RoleGrant
from server.db.registry import Organisation
from server.services.context import Context
from server.services.local_time import local_today
from server.services.rights import TABLE, Right, Role


class Holder(Struct, frozen=True, kw_only=True):
    """A role and the names of the organisations that have people in it, in Vietnamese order of the roles' table."""

    role: str
    organisations: list[str]


def holders_of(context: Context, right: Right) -> list[Holder]:
    """By role; roles that nobody holds are left out. No person is named."""
    on = local_today(context)
    roles = [role for role in Role if right in TABLE[role]]
    with context.database.read() as session:
        found = session.exec(
            select(RoleGrant.role, Organisation.name)
            .join(Organisation, col(Organisation.id) == col(RoleGrant.organisation_id))
            .join(Account, col(Account.id) == col(RoleGrant.account_id))
            .where(col(RoleGrant.role).in_(roles), Account.state == "active")
            .where(or_(col(RoleGrant.valid_from).is_(None), col(RoleGrant.valid_from) <= on))
            .where(or_(col(RoleGrant.valid_to).is_(None), col(RoleGrant.valid_to) > on))
            .distinct()
            .order_by(col(Organisation.name))
        ).all()
    held = [(role, [name for each, name in found if each == role]) for role in roles]
    return [Holder(role=role, organisations=names) for role, names in held if names]
