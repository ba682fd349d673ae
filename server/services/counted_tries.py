"""How often one thing may be tried or asked for in how long: counted in the database, for all processes together.

A guesser who is sent from one web server to the next has no more tries than with one. Only a hash of what was tried is
kept, and for an hour at most.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import Session, col

from server.db.accounts import CountedTry
from server.services.account_refusals import TooManyTries
from server.services.context import Context

LONGEST = timedelta(hours=1)
# What other hosts' clocks may be ahead; what was counted later than that is of a clock that was put back since.
_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """`within` is at most `LONGEST`."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Tried:
    """`what` tells apart all that is counted apart."""

    what: tuple[str, ...]
    allowance: Allowance

    @property
    def key(self) -> str:
        return hashlib.sha256("\0".join(self.what).encode("utf-8", "surrogatepass")).hexdigest()


def require_room(context: Context, wanted: Sequence[Tried]) -> None:
    """Raises TooManyTries where one of them is used up."""
    with context.database.read() as session:
        _require_room(session, wanted, context.clock())


def count(context: Context, wanted: Sequence[Tried]) -> None:
    """One try of each, or none. Raises TooManyTries. In a transaction of its own: a try counts whatever becomes of it."""
    now = context.clock()
    with context.database.write() as session:
        _require_room(session, wanted, now)
        is_over = (col(CountedTry.at) <= now - LONGEST) | (col(CountedTry.at) > now + _AHEAD)
        session.execute(delete(CountedTry).where(is_over))
        session.add_all(CountedTry(what=each.key, at=now) for each in wanted)


def forgive(context: Context, wanted: Sequence[Tried], *, once: Sequence[Tried] = ()) -> None:
    """All tries of `wanted`, and of `once` the last one: it was right."""
    with context.database.write() as session:
        session.execute(delete(CountedTry).where(col(CountedTry.what).in_([each.key for each in wanted])))
        for each in once:
            last = (
                select(col(CountedTry.id)).where(col(CountedTry.what) == each.key).order_by(col(CountedTry.id).desc())
            )
            session.execute(delete(CountedTry).where(col(CountedTry.id).in_(last.limit(1).scalar_subquery())))


def _require_room(session: Session, wanted: Sequence[Tried], now: datetime) -> None:
    for each in wanted:
        within = each.allowance.within
        tried = session.scalars(
            select(col(CountedTry.at))
            .where(
                col(CountedTry.what) == each.key,
                col(CountedTry.at) > now - within,
                col(CountedTry.at) <= now + _AHEAD,
            )
            .order_by(col(CountedTry.at).desc())
            .limit(each.allowance.most)
        ).all()
        if len(tried) == each.allowance.most:
            raise TooManyTries(seconds=max(1, math.ceil((tried[-1] + within - now).total_seconds())))
