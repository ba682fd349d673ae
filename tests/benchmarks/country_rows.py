"""An instance of the real shape as rows, so that it is planned as a province, or a country, is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from schedules.folding import fold
from server.db.library import ProgrammeColumn, Segment, Topic
from server.db.plans import AirtimeRule
from server.db.registry import BroadcastSession, Organisation, Station, Unit, UnitVersion
from server.services.context import Context
from server.services.rows import identity
from server.vietnamese import sort_key
from tests.benchmarks.planning import made_up_audio

_CREATED = datetime(2026, 11, 1, tzinfo=UTC)


def fill_from(context: Context, instance: dict[str, Any]) -> None:
    """Of one `tests.benchmarks.instances.province` made; all stations stand in one unit."""
    with context.database.write() as session:
        producer = Organisation(code="snv", name="Sở Nội vụ")
        unit = Unit()
        session.add_all([producer, unit])
        session.flush()
        session.add(
            UnitVersion(
                unit_id=identity(unit), code="66", level="province", kind="Tỉnh", name="Tỉnh", search="", sort_key=""
            )
        )
        topics = _topics(session, instance["topics"])
        columns = {each["code"]: _column(session, each) for each in instance["columns"]}
        _segments(session, instance["segments"], topics, columns, identity(producer))
        _stations(session, instance["stations"], identity(unit))
        session.add_all(
            AirtimeRule(
                code=each["id"],
                name=each["id"],
                kind=each["kind"],
                period=each["period"],
                ms=each["ms"],
                column_id=columns[each["column"]],
                tier=each["tiers"][0],
                legal_ground="",
            )
            for each in instance["rules"]
        )


def _topics(session: Session, given: list[dict[str, Any]]) -> dict[str, int]:
    keys: dict[str, int] = {}
    for position, each in enumerate(given):
        topic = Topic(
            code=each["code"],
            name=each["code"],
            weight=each["weight"],
            parent_id=keys.get(each["parent"] or ""),
            position=position,
        )
        session.add(topic)
        session.flush()
        keys[each["code"]] = identity(topic)
    return keys


def _column(session: Session, given: dict[str, Any]) -> int:
    column = ProgrammeColumn(
        code=given["code"],
        name=given["code"],
        opening_audio_id=made_up_audio(session, "opening", given["opening_ms"]),
        closing_audio_id=made_up_audio(session, "closing", given["closing_ms"]),
        **{
            name: given[name]
            for name in ("slot_min_ms", "slot_max_ms", "max_slots_per_day", "separation_days", "max_per_month")
        },
    )
    session.add(column)
    session.flush()
    return identity(column)


def _segments(
    session: Session, given: list[dict[str, Any]], topics: dict[str, int], columns: dict[str, int], producer: int
) -> None:
    session.add_all(
        Segment(
            code=each["id"],
            title=f"Bài {each['id']}",
            topic_id=topics[each["topic"]],
            column_id=columns[each["column"]],
            language=each["language"],
            producer_id=producer,
            audio_id=made_up_audio(session, each["id"], each["duration_ms"]),
            priority=each["priority"],
            valid_from=date.fromisoformat(each["valid_from"]),
            valid_to=None if each["valid_to"] is None else date.fromisoformat(each["valid_to"]),
            created_at=_CREATED,
            search="",
            sort_key="",
        )
        for each in given
    )


def _stations(session: Session, given: list[dict[str, Any]], unit: int) -> None:
    stations = [
        Station(
            code=each["code"],
            tier=each["tier"],
            unit_id=unit,
            name=f"Đài {each['code']}",
            languages=each["languages"],
            language_shares=each.get("language_shares", {}),
            technology="fm",
            search=fold(each["code"]),
            sort_key=sort_key(each["code"]),
        )
        for each in given
    ]
    session.add_all(stations)
    session.flush()
    keys = {station.code: identity(station) for station in stations}
    session.add_all(
        BroadcastSession(
            station_id=keys[each["code"]],
            code=held["id"],
            name=held["id"],
            weekdays=held["weekdays"],
            starts=held["start"],
            ends=held["end"],
            relays_station_id=keys.get(held["relays"] or ""),
            valid_to=date.fromisoformat(held["to"]) + timedelta(days=1) if "to" in held else None,
        )
        for each in given
        for held in each["sessions"]
    )
