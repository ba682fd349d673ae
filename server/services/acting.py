"""Whoever is at the machine acts for an account, so that maker and approver are two people there too."""

from dataclasses import replace

from sqlmodel import select

from server.db.accounts import Account
from server.services.context import Context
from server.services.local_time import local_today
from server.services.reach import require
from server.services.rights import Right
from server.services.sessions import person
from server.services.vetting_refusals import UnknownAccount


def acting_for(context: Context, login: str, *, right: Right | None = None, segment: str | None = None) -> Context:
    """The same home, used by that person, who needs the right (for the segment, if one is named).

    Raises UnknownAccount, RightMissing, OutOfReach.
    """
    with context.database.read() as session:
        account = session.exec(select(Account).where(Account.login == login)).first()
        if account is None or account.state != "active":
            raise UnknownAccount(login=login)
        who = person(session, account)
    if right is not None:
        require(context, who, right, None if segment is None else "segment", segment or "", on=local_today(context))
    return replace(context, who=who)
