"""The arithmetic of proof: verdicts of a country's month from a million statements, and one station explained."""

from datetime import date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from schedules.as_run import AsRun, Grade, Tolerances
from schedules.instants import to_ms
from schedules.months import Month
from schedules.problem import Column, Item, Rule, Segment, Slot
from schedules.proof import prove
from schedules.quick_claims import Row
from schedules.quick_proof import quick_proof
from schedules.reconciling import reconcile
from schedules.station_plans import PlannedSlot, StationPlan, make_ready

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONTH = Month(2026, 11)
NOW_MS = to_ms(datetime(2026, 11, 25, tzinfo=ZONE))
STATIONS, STATEMENTS = 11_303, 1_000_000
SLOTS, ITEMS = 15, 4
RULE = Rule(id="R", kind="min", period="month", ms=900_000, column="c")
SEGMENTS = {
    f"b{number}": Segment(
        id=f"b{number}",
        duration_ms=120_000,
        topic="t",
        language="vi",
        valid_from=date(2026, 1, 1),
        priority="normal",
    )
    for number in range(40)
}
COLUMNS = {
    "c": Column(
        code="c",
        opening_ms=15_000,
        closing_ms=10_000,
        slot_min_ms=60_000,
        slot_max_ms=900_000,
        max_slots_per_day=2,
        separation_days=2,
        max_per_month=4,
    )
}


def run() -> list[dict[str, object]]:
    every = STATEMENTS // STATIONS
    ready_s, proof_s, spent = 0.0, 0.0, 0
    for number in range(STATIONS):
        slots = _slots(number)
        said = _said(slots, every)
        rows: list[Row] = [
            (number, each.slot, each.segment, int(each.grade), each.aired, None, None, each.source, None)
            for each in said
        ]
        planned = list(map(PlannedSlot.of, slots))
        begun = perf_counter()
        ready = make_ready(
            "D", planned, rules=[RULE], month=MONTH, zone=ZONE, segments=SEGMENTS, columns=COLUMNS, meant=SEGMENTS
        )
        ready_s += perf_counter() - begun
        proof_s += _proof_s(ready, rows, [each.start_ms for each in said])
        spent += len(rows)
    slots = _slots(0)
    statements = _said(slots, every)
    explained_s = min(_explained_s(slots, statements) for _ in range(5))
    return [
        _row(f"country, {STATIONS} stations' plans made ready", ready_s, 5),
        _row(f"country, verdicts from {spent} statements", proof_s, 5),
        _row(f"one station explained ({every} statements)", explained_s, 0.2),
    ]


def _row(name: str, seconds: float, limit: float) -> dict[str, object]:
    return {"name": name, "value": seconds, "unit": "s", "sense": "at most", "limit": limit, "ratio_of": None}


def _proof_s(ready: StationPlan, rows: list[Row], starts: list[int | None]) -> float:
    begun = perf_counter()
    found = quick_proof(
        ready,
        rows,
        starts,
        delivered=_DELIVERED,
        policy=Grade.REPORTED,
        now_ms=NOW_MS,
        tolerances=Tolerances(),
    )
    spent = perf_counter() - begun
    assert found is not None
    return spent


def _explained_s(slots: list[Slot], statements: list[AsRun]) -> float:
    begun = perf_counter()
    result = reconcile(
        slots,
        statements,
        segments=SEGMENTS,
        meant=SEGMENTS,
        delivered=_DELIVERED,
        now_ms=NOW_MS,
        zone=ZONE,
        tolerances=Tolerances(),
    )
    prove(
        RULE,
        result,
        station="D",
        month=MONTH,
        zone=ZONE,
        segments=SEGMENTS,
        columns=COLUMNS,
        meant=SEGMENTS,
        policy=Grade.REPORTED,
        now_ms=NOW_MS,
    )
    return perf_counter() - begun


_DELIVERED = dict.fromkeys(SEGMENTS, 0)


def _slots(number: int) -> list[Slot]:
    first = datetime(2026, 11, 1, 5, tzinfo=ZONE)
    return [
        Slot(
            id=f"{number}-{day}",
            station="D",
            column="c",
            start=first + timedelta(days=2 * day),
            length_ms=25_000 + ITEMS * 120_000,
            items=tuple(
                Item(segment=f"b{(day * ITEMS + place) % 40}", start_ms=15_000 + place * 120_000, duration_ms=120_000)
                for place in range(ITEMS)
            ),
        )
        for day in range(SLOTS)
    ]


def _said(slots: list[Slot], many: int) -> list[AsRun]:
    """A device's log of all items, then people's reports of the first."""
    items = [(slot, item) for slot in slots for item in slot.items]
    return [
        AsRun(
            uid=f"{slot.id}-{item.segment}-{turn}",
            station="D",
            grade=Grade.LOGGED if turn < len(items) else Grade.REPORTED,
            made_at_ms=NOW_MS,
            slot=slot.id,
            segment=item.segment,
            start_ms=to_ms(slot.start) + item.start_ms,
            source="box",
        )
        for turn, (slot, item) in enumerate((items * 3)[:many])
    ]
