"""What lists have in common: words to look for, one page of what was found, dates that touch."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped
from sqlmodel import Session, and_, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from schedules.folding import fold
from server.services.plain_text import shown
from server.services.refusals import BadField

TIERS = ("district", "commune")
MOST_WORDS = 20  # of one search; each is a condition of the query

T = TypeVar("T")


def touches(
    valid_from: Mapped[date | None] | Mapped[date], valid_to: Mapped[date | None], first: date, last: date
) -> ColumnElement[bool]:
    """Whether the half-open dates of a row share a day with `first` to `last`, both included."""
    return and_(
        or_(valid_from.is_(None), valid_from <= last),
        or_(valid_to.is_(None), valid_to > first),
    )


def matching(statement: SelectOfScalar[T], search: Mapped[str], query: str) -> SelectOfScalar[T]:
    """Each word of the query occurs in the folded text, in any order. Raises BadField."""
    words = words_of(query)
    for word in sorted(words):
        statement = statement.where(search.contains(word, autoescape=True))
    return statement


def words_of(query: str) -> set[str]:
    """What to look for in folded text. Raises BadField."""
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in query):
        raise BadField(field="q", value=shown(query), expected="printable")
    words = set(fold(query).split())
    if len(words) > MOST_WORDS:
        raise BadField(field="q", value=f"{query[:60]}…", expected=f"≤ {MOST_WORDS}")
    return words


def one_of(field: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise BadField(field=field, value=value, expected=", ".join(known))


def cut(session: Session, statement: SelectOfScalar[T], offset: int, limit: int) -> tuple[Sequence[T], int]:
    """`limit` rows from `offset` on, and how many there are in all."""
    if offset < 0:
        raise BadField(field="offset", value=str(offset), expected="≥ 0")
    if limit < 1:
        raise BadField(field="limit", value=str(limit), expected="≥ 1")
    total = session.exec(select(func.count()).select_from(statement.order_by(None).subquery())).one()
    return session.exec(statement.offset(offset).limit(limit)).all(), total
