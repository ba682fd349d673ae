"""A month on the air in rows: stations with a published plan, the files they have, and what was said of their air.

Also the plans of the months before it, where those are wanted.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sqlmodel import Session

from schedules.folding import fold
from schedules.months import Month
from server.db.dump import set_counters
from server.db.library import Segment
from server.db.plans import PlanRevision
from server.db.registry import BroadcastSession, Station, Unit, UnitVersion
from server.sample import catalogue
from server.services import sample_rows
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.rows import identity
from server.vietnamese import sort_key
from tests.benchmarks.bulk_rows import put_rows
from tests.benchmarks.planning import made_up_audio

MONTH = Month(2026, 12)
SEGMENTS, SLOTS, ITEMS = 40, 15, 4
ITEM_MS, OPENING_MS, CLOSING_MS = 120_000, 8_000, 8_000
SLOT_MS = OPENING_MS + ITEMS * ITEM_MS + CLOSING_MS
COMMUNES_OF_A_DISTRICT = 12
FIRST = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)  # 05:00 on the first
SAID_AT = "2026-12-30 12:00:00.000000"
_ENTRY = (
    *("uid", "station_id", "month", "batch_id", "grade", "aired", "slot", "segment", "title", "starts_at"),
    *("duration_ms", "reason", "corrects", "made_at", "received_at", "said_by", "amends", "judged"),
)


def fill(
    context: Context,
    *,
    stations: int,
    entries: int,
    unusual: int,
    segments: int = SEGMENTS,
    months_before: int = 0,
) -> None:
    """Every station's box logs each item of its 15 slots with its start, some seconds off; people report the slots too,
    as many as are needed. One station in `unusual` has corrected a line and aired something that was not planned.
    """
    with context.database.write() as session:
        keys = _stations(session, stations)
        library, columns = _segments(session, segments)
        month, first_slot = MONTH, 0
        for _ in range(months_before + 1):
            _plan(session, month, keys, library, columns, first_slot=first_slot)
            month, first_slot = month.previous(), first_slot + stations * SLOTS
        _deliveries(session, keys, segments)
        _entries(session, keys, entries, unusual, segments)
        set_counters(session.connection())
    with context.database.write() as session:
        session.connection().exec_driver_sql("ANALYZE")


def say_one_more(context: Context, number: int) -> str:
    """The station with that number says of its first slot that it was aired; its code."""
    key = number + 1
    with context.database.write() as session:
        put_rows(
            session,
            "as_run_entry",
            _ENTRY,
            [
                (
                    f"more-{number}",
                    *(key, str(MONTH), key, 2, 1, _slot_key(key, 0), None, "", None, None, "", None),
                    *("2027-01-02 01:00:00.000000", "2027-01-02 01:00:00.000000", "box", 0, 0),
                )
            ],
        )
    return f"h{number}"


def _stations(session: Session, many: int) -> list[int]:
    units = [Unit() for _ in range(many + 1)]
    session.add_all(units)
    session.flush()
    province, *places = [identity(unit) for unit in units]
    session.add(_unit(province, "p", "Tỉnh", level="province", parent=None))
    stations = []
    district = province
    for number, place in enumerate(places):
        is_district = number % (COMMUNES_OF_A_DISTRICT + 1) == 0
        level = "district" if is_district else "commune"
        name = f"{'Huyện' if is_district else 'Xã'} số {number}"
        session.add(_unit(place, f"u{number}", name, level=level, parent=province if is_district else district))
        district = place if is_district else district
        stations.append(
            Station(
                code=f"h{number}",
                tier=level,
                unit_id=place,
                name=f"Đài {name}",
                languages=["vi"],
                language_shares={},
                technology="fm",
                search=fold(name),
                sort_key=sort_key(name),
            )
        )
    session.add_all(stations)
    session.flush()
    keys = [identity(station) for station in stations]
    session.add_all(
        BroadcastSession(station_id=key, code=code, name=code, weekdays=[1, 2, 3, 4, 5, 6, 7], starts=starts, ends=ends)
        for key in keys
        for code, starts, ends in (("s1", "05:00", "06:30"), ("s2", "17:00", "18:30"))
    )
    return keys


def _unit(unit: int, code: str, name: str, *, level: str, parent: int | None) -> UnitVersion:
    return UnitVersion(
        unit_id=unit,
        code=code,
        level=level,
        kind=name.split(maxsplit=1)[0],
        name=name,
        parent_id=parent,
        search=fold(name),
        sort_key=sort_key(name),
    )


def _segments(session: Session, many: int) -> tuple[list[int], dict[str, int]]:
    organisations = sample_rows.add_organisations(session)
    topics = sample_rows.add_topics(session, organisations)
    frames = {frame.audio: made_up_audio(session, frame.audio, 8_000) for frame in catalogue.read_frames()}
    columns = sample_rows.add_columns(session, frames)
    sample_rows.add_rules(session, columns)
    sample_rows.add_campaigns(session)
    rows = [
        Segment(
            code=f"b{number:04d}",
            title=f"Hỏi đáp về cải cách hành chính, bài {number}",
            topic_id=list(topics.values())[number % len(topics)],
            column_id=columns["cchc"],
            language="vi",
            producer_id=next(iter(organisations.values())),
            audio_id=made_up_audio(session, f"b{number:04d}", ITEM_MS),
            valid_from=date(2026, 11, 1),
            created_at=FIRST,
            search="",
            sort_key="",
        )
        for number in range(many)
    ]
    session.add_all(rows)
    session.flush()
    return [identity(row) for row in rows], columns


def _plan(
    session: Session,
    month: Month,
    stations: list[int],
    segments: list[int],
    columns: dict[str, int],
    *,
    first_slot: int,
) -> None:
    summary = {
        "stations": len(stations),
        "slots": SLOTS * len(stations),
        "airtime_ms": SLOTS * SLOT_MS * len(stations),
        **dict.fromkeys(("short_ms", "must_air_missed", "conflicts", "uncovered", "mean_cost"), 0),
    }
    begins = month.bounds(ZONE)[0]
    revision = PlanRevision(month=str(month), status="draft", as_of=begins, made_at=begins, summary=summary)
    session.add(revision)
    session.flush()
    # By station: month plans and slots are numbered through, one month's after the other's.
    plans = {key: first_slot // SLOTS + place for place, key in enumerate(stations, start=1)}
    put_rows(
        session,
        "month_plan",
        ("id", "station_id", "month", "digest"),
        ((plan, key, str(month), "") for key, plan in plans.items()),
    )
    put_rows(
        session,
        "plan_entry",
        ("revision_id", "station_id", "month_plan_id", "verdicts", "terms"),
        ((identity(revision), key, plan, "[]", "[]") for key, plan in plans.items()),
    )
    starts = [_text(_starts(slot, month)) for slot in range(SLOTS)]
    put_rows(
        session,
        "slot",
        ("id", "month_plan_id", "key", "column_id", "starts_at", "length_ms", "locked"),
        (
            (plan * SLOTS + slot, plan, _slot_key(key, slot), columns["cchc"], starts[slot], SLOT_MS, 0)
            for key, plan in plans.items()
            for slot in range(SLOTS)
        ),
    )
    files = [_file(number) for number in range(len(segments))]
    put_rows(
        session,
        "slot_item",
        ("slot_id", "position", "segment_id", "title", "start_ms", "duration_ms", "rendition_sha256"),
        (
            (plan * SLOTS + slot, place, segments[number], "Bài", OPENING_MS + place * ITEM_MS, ITEM_MS, files[number])
            for key, plan in plans.items()
            for slot in range(SLOTS)
            for place, number in enumerate(_numbers(key, slot, len(segments)))
        ),
    )
    revision.status, revision.number, revision.published_at = "published", 1, begins
    session.add(revision)


def _deliveries(session: Session, stations: list[int], segments: int) -> None:
    planned = range(min(segments, SLOTS * ITEMS))
    put_rows(
        session,
        "delivery",
        ("station_id", "sha256", "at", "how"),
        (
            (key, _file((key + number) % segments), "2026-11-29 03:00:00.000000", "verified")
            for key in stations
            for number in planned
        ),
    )


def _entries(session: Session, stations: list[int], entries: int, unusual: int, segments: int) -> None:
    put_rows(
        session,
        "as_run_batch",
        ("id", "source", "sha256", "name", "said_by", "received_at", "lines", "new"),
        ((key, "api", "", "", "box", SAID_AT, 60, 60) for key in stations),
    )
    shares = [entries // len(stations) + (number < entries % len(stations)) for number in range(len(stations))]
    rows = (
        row
        for number, (key, many) in enumerate(zip(stations, shares, strict=True))
        for row in _said(key, many, segments, odd=number % unusual == 0)
    )
    put_rows(session, "as_run_entry", _ENTRY, rows)


def _said(station: int, many: int, segments: int, *, odd: bool) -> Iterator[tuple[object, ...]]:
    places = [
        (slot, place, number) for slot in range(SLOTS) for place, number in enumerate(_numbers(station, slot, segments))
    ]
    for turn, (slot, place, number) in enumerate((places * 3)[:many]):
        log = turn < len(places)
        starts_at = _starts(slot) + timedelta(milliseconds=OPENING_MS + place * ITEM_MS + turn * 37 % 9_000)
        corrects = f"{station:06d}-0000" if odd and turn == 1 else None
        extra = odd and turn == 2
        yield (
            f"{station:06d}-{turn:04d}",
            station,
            str(MONTH),
            station,
            3 if log else 2,
            1,
            None if extra else _slot_key(station, 0 if corrects else slot),
            "b9999" if extra else f"b{places[0][2] if corrects else number:04d}",
            "Hỏi đáp về cải cách hành chính",
            _text(starts_at + timedelta(hours=9)) if extra else _text(starts_at) if log and not corrects else None,
            ITEM_MS if log else None,
            "Gõ nhầm" if corrects else "",
            corrects,
            SAID_AT,
            SAID_AT,
            "box",
            0,
            0,
        )


def _numbers(station: int, slot: int, segments: int) -> list[int]:
    return [(station + slot * ITEMS + place) % segments for place in range(ITEMS)]


def _slot_key(station: int, slot: int) -> str:
    return f"{station:06d}-{slot:02d}-sang"


def _starts(slot: int, month: Month = MONTH) -> datetime:
    """At 05:00 of every other day, from the first on; in February the last ones lie in March, which nobody looks at."""
    return month.bounds(ZONE)[0].astimezone(UTC) + timedelta(days=2 * slot, hours=5)


def _file(number: int) -> str:
    return f"{f'b{number:04d}':1>64}"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"
