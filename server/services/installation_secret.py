"""One installation, one secret: processes on several machines that have different ones are told before they do harm.

What one sealed the other could not open, and addresses that one signed the other would refuse.
"""

from server.db.records import Fact
from server.services.context import Context
from server.services.footing_refusals import SecretOther
from server.services.hidden import is_signed, signed

_FACT = "secret"
_PURPOSE = "installation"


def require_same_secret(context: Context) -> None:
    """The first that serves or works writes down a mark of its secret, which tells nothing of it. Raises SecretOther.

    A file of SQLite's lies in the home, beside its secret.
    """
    if context.database.kind == "sqlite":
        return
    with context.database.read() as session:
        known = session.get(Fact, _FACT)
    if known is None:
        with context.database.write() as session:
            known = session.get(Fact, _FACT) or Fact(name=_FACT, value=signed(context.secret, _PURPOSE))
            session.add(known)
    if not is_signed(context.secret, known.value, _PURPOSE):
        raise SecretOther(place=str(context.database.place))
