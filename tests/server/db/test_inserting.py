"""Many rows at once are what one row at a time would be, whichever way the database takes them."""

from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from server.db.inserting import MANY, insert_many
from server.db.plans import PlanRevision
from server.db.records import Fact
from server.services.context import Context

TEXTS = ["", "\\N", "\t \n \r", "\\. \\x41 \\\\", "\"một\", 'hai'", "Đắk Lắk 📻", "NULL"]


def test_any_text_comes_back_as_it_was(empty: Context) -> None:
    rows = [{"name": f"{number}{text}", "value": text} for number, text in zip(range(MANY), cycle(TEXTS), strict=False)]
    with empty.database.write() as session:
        before = {fact.name for fact in session.exec(select(Fact))}
        insert_many(session, Fact, rows)
    with empty.database.read() as session:
        found = [fact for fact in session.exec(select(Fact)) if fact.name not in before]
    assert sorted((fact.name, fact.value) for fact in found) == sorted((row["name"], row["value"]) for row in rows)


def test_instants_numbers_nothing_and_json_are_those_of_a_single_row(empty: Context) -> None:
    at = datetime(2026, 11, 28, 5, 6, 7, 89, tzinfo=UTC)
    facts: dict[str, Any] = {
        "status": "published",
        "as_of": at,
        "made_at": at,
        "published_at": None,
        "version": 1,
        "summary": {"một": [1, 2.5, None, True, "\t\\"]},
    }
    with empty.database.write() as session:
        session.add(PlanRevision(month="2026-10", number=1, **facts))
        many_rows = [{"month": "2026-11", "number": number, **facts} for number in range(MANY)]
        insert_many(session, PlanRevision, many_rows)
    with empty.database.read() as session:
        one, many = session.exec(
            select(PlanRevision).where(PlanRevision.number == 1).order_by(PlanRevision.month)
        ).all()
    left_out = {"id", "month"}
    assert many.model_dump(exclude=left_out) == one.model_dump(exclude=left_out)


def test_what_breaks_a_constraint_is_said_as_for_any_statement_and_nothing_stays(empty: Context) -> None:
    with pytest.raises(IntegrityError), empty.database.write() as session:
        insert_many(session, Fact, [{"name": f"twice {number // 2}", "value": "1"} for number in range(MANY)])
    with empty.database.write() as session:
        assert session.get(Fact, "twice 0") is None
        insert_many(session, Fact, [])
