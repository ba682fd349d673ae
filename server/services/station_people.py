"""Who works at a station: its operators, those nearest to it first."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import Session, col, select

from server.db.accounts import Account, RoleGrant
from server.db.registry import UnitSuccession, UnitVersion
from server.services.mail_server import is_address
from server.services.rights import Role
from server.services.rows import identity
from server.services.sessions import as_grant


class StationPeople:
    """The operators of that day, read once. Who works for a unit works also for what came of it and lies in it."""

    def __init__(self, session: Session, on: date) -> None:
        self._by_unit: dict[int | None, list[Account]] = {}
        rows = session.exec(
            select(Account, RoleGrant)
            .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
            .where(Account.state == "active", RoleGrant.role == Role.OPERATOR, col(RoleGrant.ended_at).is_(None))
            .order_by(col(Account.login))
        )
        for account, grant in rows:
            if as_grant(grant, "").holds(on):
                self._by_unit.setdefault(grant.unit_id, []).append(account)
        self._above: dict[int, set[int]] = {}
        for unit, parent in session.exec(select(UnitVersion.unit_id, UnitVersion.parent_id)):
            if parent is not None:
                self._above.setdefault(unit, set()).add(parent)
        self._before: dict[int, set[int]] = {}
        for old, new in session.exec(select(UnitSuccession.old_unit_id, UnitSuccession.new_unit_id)):
            self._before.setdefault(new, set()).add(old)

    def keys(self, unit_id: int) -> set[int]:
        """The accounts of all that work for a station of the unit."""
        return {identity(account) for level in self._levels(unit_id) for account in level}

    def addresses(self, unit_id: int) -> list[str]:
        """Of those nearest to the unit's station who have an address that can be written to."""
        for level in self._levels(unit_id):
            found = {account.email for account in level if account.email and is_address(account.email)}
            if found:
                return sorted(found)
        return []

    def _levels(self, unit_id: int) -> Iterator[list[Account]]:
        """Of the unit and what it came of, of the units above, and so on; last those that no unit narrows."""
        seen: set[int] = set()
        level = {unit_id}
        while level:
            ahead = list(level)
            while ahead:
                found = self._before.get(ahead.pop(), set()) - level - seen
                level |= found
                ahead += found
            yield [account for unit in sorted(level) for account in self._by_unit.get(unit, [])]
            seen |= level
            level = set().union(*(self._above.get(unit, set()) for unit in level)) - seen
        yield self._by_unit.get(None, [])
