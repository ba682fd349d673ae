"""How far a right reaches over the years: a unit that was merged away stands for what came of it."""

from datetime import date

from sqlmodel import Session, col, select

from server.db.registry import Station, UnitVersion
from server.services.context import Context
from server.services.rights import Reach, Right, Role
from server.services.scopes import Hold, has, has_everywhere, holds_of, station_ids
from server.services.who import Grant, Who

TODAY = date(2026, 11, 24)
THEN = date(2024, 5, 1)


def holder(role: Role, **narrowed: object) -> Who:
    grant = Grant(role=role, organisation_id=1, organisation="snv", **narrowed)  # type: ignore[arg-type]  # the test's own
    return Who(kind="person", name="ai", account_id=1, grants=(grant,))


def unit(session: Session, name: str) -> int:
    found = session.exec(select(UnitVersion.unit_id).where(UnitVersion.name == name)).first()
    assert found is not None
    return found


def codes(session: Session, keys: frozenset[int] | None) -> set[str]:
    assert keys is not None
    return set(session.exec(select(Station.code).where(col(Station.id).in_(keys))))


def test_an_operator_of_a_district_reaches_its_communes_and_what_came_of_them(both: Context) -> None:
    with both.database.read() as session:
        who = holder(Role.OPERATOR, unit_id=unit(session, "Huyện Krông Pắc"))
        reached = codes(session, station_ids(session, who, Right.MONTHS_READ, TODAY))
        assert {"h654", "x24490"} <= reached
        after = set(
            session.exec(
                select(Station.name).where(col(Station.code).in_(reached), Station.valid_from == date(2025, 7, 1))
            )
        )
        assert any("Krông Pắc" in name for name in after), after
        assert "h652" not in reached
        everywhere = len(session.exec(select(Station.id)).all())
        assert len(reached) < everywhere / 4


def test_a_commune_that_was_merged_away_reaches_its_successor_and_nothing_beside(both: Context) -> None:
    with both.database.read() as session:
        who = holder(Role.OPERATOR, unit_id=unit(session, "Xã Ea Yông"))
        keys = station_ids(session, who, Right.MONTHS_READ, TODAY)
        assert keys is not None
        rows = session.exec(select(Station).where(col(Station.id).in_(keys))).all()
        assert {row.valid_from is None for row in rows} == {True, False}
        assert len(rows) == 2, [row.name for row in rows]


def test_a_grant_holds_from_its_first_day_to_the_day_before_its_last(both: Context) -> None:
    who = holder(Role.MONITOR, valid_from=date(2026, 1, 1), valid_to=date(2026, 11, 24))
    assert not has(who, Right.MONTHS_READ, date(2025, 12, 31))
    assert has(who, Right.MONTHS_READ, date(2026, 1, 1))
    assert has(who, Right.MONTHS_READ, date(2026, 11, 23))
    assert not has(who, Right.MONTHS_READ, TODAY)
    with both.database.read() as session:
        assert station_ids(session, who, Right.MONTHS_READ, TODAY) == frozenset()


def test_what_reaches_everywhere_at_once_is_nothing_for_a_narrowed_role() -> None:
    narrowed = holder(Role.ADMINISTRATOR, unit_id=1)
    assert not has(narrowed, Right.ACCOUNTS_MANAGE, TODAY)
    assert has(narrowed, Right.MACHINES_MANAGE, TODAY)
    assert not has_everywhere(narrowed, Right.MACHINES_MANAGE, TODAY)
    assert has_everywhere(holder(Role.ADMINISTRATOR), Right.ACCOUNTS_MANAGE, TODAY)


def test_nobody_holds_nothing_and_the_machine_itself_everything() -> None:
    assert holds_of(Who(kind="nobody", name=""), Right.MONTHS_READ, TODAY) == []
    assert holds_of(Who(kind="local", name="local"), Right.ACCOUNTS_MANAGE, THEN) == [Hold(reach=Reach.ALL)]
