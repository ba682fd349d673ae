"""What people are called, where a row keeps the login."""

from sqlmodel import col, select

from server.db.accounts import Account
from server.services.context import Context
from server.services.who import LOCAL
from server.texts import _


def name_of(context: Context, login: str) -> str:
    """The person's name; of whoever is no person here, a key or a station, the name as it is kept."""
    with context.database.read() as session:
        name = session.exec(select(Account.name).where(col(Account.login) == login)).first()
    return name or (_("người dùng lệnh ở máy chủ") if login == LOCAL.name else login)
