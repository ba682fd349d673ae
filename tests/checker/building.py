"""A small instance with defaults, and plans whose statements are the recount of their slots."""

import copy
from typing import Any

from tests.checker import check

Json = dict[str, Any]
WEEK = [1, 2, 3, 4, 5, 6, 7]


def segment(code: str, **changes: Any) -> Json:
    """Three minutes in Vietnamese, valid since 3 November."""
    return {
        "id": code,
        "column": "cchc",
        "duration_ms": 180_000,
        "topic": "a",
        "language": "vi",
        "valid_from": "2026-11-03",
        "priority": "normal",
    } | changes


def rule(code: str, **changes: Any) -> Json:
    """At least 15 minutes a month for districts."""
    plain = {"id": code, "kind": "min", "period": "month", "ms": 900_000, "column": "cchc"}
    return plain | ({} if "stations" in changes else {"tiers": ["district"]}) | changes


def instance(**changes: Any) -> Json:
    """December 2026, seen from 29 November: a district and a commune that relays its evening."""
    plain = {
        "format": "loa-instance/1",
        "month": "2026-12",
        "timezone": "Asia/Ho_Chi_Minh",
        "now": "2026-11-29T00:00:00+07:00",
        "topics": [
            {"code": "a", "parent": None, "weight": 3},
            {"code": "b", "parent": None, "weight": 1},
            {"code": "a1", "parent": "a", "weight": 0},
        ],
        "columns": [column("cchc")],
        "segments": [segment(f"s{n}", topic="a1" if n % 2 else "b") for n in range(1, 7)],
        "stations": [
            {
                "code": "h1",
                "tier": "district",
                "languages": ["vi"],
                "sessions": [
                    {"id": "sang", "weekdays": WEEK, "start": "05:00", "end": "07:00"},
                    {"id": "chieu", "weekdays": WEEK, "start": "17:00", "end": "18:30"},
                ],
            },
            {
                "code": "x1",
                "tier": "commune",
                "languages": ["vi"],
                "sessions": [
                    {"id": "sang", "weekdays": WEEK, "start": "05:00", "end": "06:30"},
                    {"id": "chieu", "weekdays": WEEK, "start": "16:30", "end": "18:00", "relays": "h1"},
                ],
            },
        ],
        "rules": [rule("III.4"), rule("them", kind="target", ms=600_000, tiers=["commune"])],
    }
    return copy.deepcopy(plain | changes)


def column(code: str, **changes: Any) -> Json:
    """5 s opening, 5 s closing, slots of 3 to 15 minutes, two a day, two days apart, six a month."""
    return {
        "code": code,
        "opening_ms": 5_000,
        "closing_ms": 5_000,
        "slot_min_ms": 180_000,
        "slot_max_ms": 900_000,
        "max_slots_per_day": 2,
        "separation_days": 2,
        "max_per_month": 6,
    } | changes


def slot(station: str, start: str, *segments: str, **changes: Any) -> Json:
    """`start` as "07 05:00" in December 2026, UTC+7; each segment lasts three minutes."""
    items = [
        {"segment": code, "start_ms": 5_000 + 180_000 * n, "duration_ms": 180_000} for n, code in enumerate(segments)
    ]
    return {
        "id": f"{station} {start}",
        "station": station,
        "column": "cchc",
        "start": f"2026-12-{start.replace(' ', 'T')}:00+07:00",
        "length_ms": 10_000 + 180_000 * len(segments),
        "items": items,
        "relayed_from": None,
        "locked": False,
    } | changes


def relayed(parent: Json, station: str, **changes: Any) -> Json:
    return parent | {"id": f"{station}<{parent['id']}", "station": station, "relayed_from": parent["station"]} | changes


def right_slots() -> list[Json]:
    """Nine minutes in the morning of the 7th, nine in the evening of the 9th, which the commune relays."""
    evening = slot("h1", "09 17:00", "s4", "s5", "s6")
    return [slot("h1", "07 05:00", "s1", "s2", "s3"), evening, relayed(evening, "x1"), slot("x1", "14 05:00", "s1")]


def plan(about: Json, slots: list[Json]) -> Json:
    """States of its slots what the checker counts, so that only a broken rule is left to find."""
    bare: Json = {
        "format": "loa-plan/1",
        "month": about["month"],
        "slots": copy.deepcopy(slots),
        "verdicts": [],
        "terms": [],
        "must_air_missed": [],
        "conflicts": [],
        "uncovered": 0.0,
    }
    report = check(about, bare)
    stations = {s["id"]: s["station"] for s in slots}
    return bare | {
        "verdicts": [
            {
                "rule": v.rule,
                "station": v.station,
                "required_ms": v.required_ms,
                "planned_ms": v.planned_ms,
                "short_ms": v.short_ms,
            }
            for v in report.verdicts.values()
        ],
        "terms": [
            {"station": s, "column": c, "terms": dict(values), "cost": report.costs[s, c]}
            for (s, c), values in report.terms.items()
        ],
        "must_air_missed": [{"segment": s, "station": t, "missed": n} for (s, t), n in report.missed.items()],
        "conflicts": [
            {"slot": s, "station": stations[s], "code": code, "what": code} for s, code in sorted(report.conflicts)
        ],
        "uncovered": report.uncovered,
    }
