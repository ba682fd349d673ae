"""Seeded instances from easy to hard, all valid, with every feature of the planning problem.

`generate` makes small ones of a kind, `province` one of the real shape, `perturb` a re-planning case out of
an instance and its plan. The same arguments give the same instance.
"""

import copy
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

from tests.benchmarks import features

Json = dict[str, Any]
ZONE = "Asia/Ho_Chi_Minh"
OFFSET = dt.timezone(dt.timedelta(hours=7))
MONTHS = ("2026-12", "2026-02", "2024-02", "2026-11", "2027-01", "2026-05")
MINUTE = 60_000

KINDS: dict[str, tuple[Callable[[Json, random.Random], None], ...]] = {
    "easy": (),
    "few_segments": (features.few_segments,),
    "narrow": (features.narrow_sessions,),
    "languages": (features.languages,),
    "separations": (features.tight_separations,),
    "must_airs": (features.must_airs,),
    "half_past": (features.half_past,),
    "relays": (features.relay_chain,),
    "maxima": (features.maxima,),
    "exceptions": (features.exceptions,),
    "no_repeats": (features.no_repeats,),
    "count_frame": (features.count_frame,),
    "targeting": (features.targeting,),
    "no_column": (features.second_column, features.no_column),
    "two_columns": (features.second_column,),
    "aired": (features.aired_around,),
    "midnight": (features.midnight,),
    "closed": (features.closed_stations,),
    "fillers": (features.long_slots, features.must_airs),
    "urgent_now": (features.must_airs, features.half_past),
    "relayed_past": (features.relay_chain, features.must_airs, features.half_past),
    "tight": (
        features.few_segments,
        features.narrow_sessions,
        features.tight_separations,
        features.exceptions,
    ),
    "capped": (features.relay_chain, features.maxima, features.count_frame, features.exceptions),
}
FEATURES: tuple[Callable[[Json, random.Random], None], ...] = (
    features.relay_chain,
    features.few_segments,
    features.narrow_sessions,
    features.second_column,
    features.no_column,
    features.languages,
    features.tight_separations,
    features.long_slots,
    features.must_airs,
    features.maxima,
    features.no_repeats,
    features.count_frame,
    features.targeting,
    features.midnight,
    features.closed_stations,
    features.exceptions,
    features.aired_around,
    features.half_past,
)


def generate(seed: int, *, stations: int, segments: int, kind: str) -> Json:
    """An instance of a kind in `KINDS`, or "mixed": any of the features, each as likely as not."""
    rng = random.Random(f"{kind}-{seed}")  # noqa: S311 - a generator of test data, no secret
    instance = _plain(rng, stations, segments)
    chosen = [f for f in FEATURES if rng.random() < 0.4] if kind == "mixed" else KINDS[kind]
    for feature in chosen:
        feature(instance, rng)
    return instance


def _topics() -> list[Json]:
    weights = {"the-che": 20, "thu-tuc": 30, "bo-may": 10, "can-bo": 15, "tai-chinh": 5, "dien-tu": 20}
    topics: list[Json] = []
    for code, weight in weights.items():
        topics.append({"code": code, "parent": None, "weight": weight})
        topics.append({"code": f"{code}-1", "parent": code, "weight": 0})
        topics.append({"code": f"{code}-1-a", "parent": f"{code}-1", "weight": 1})
    return topics


def _segments(rng: random.Random, count: int, month: str) -> list[Json]:
    first = dt.date.fromisoformat(f"{month}-01")
    codes = [t["code"] for t in _topics()]
    segments = []
    for n in range(count):
        since = first + dt.timedelta(days=rng.randrange(-60, 10 if rng.random() < 0.2 else 1))
        until = since + dt.timedelta(days=rng.randrange(10, 120)) if rng.random() < 0.3 else None
        segments.append(
            {
                "id": f"s{n:03}",
                "column": "cchc",
                "duration_ms": rng.randrange(60_000, 360_001),
                "topic": rng.choice(codes),
                "language": "vi",
                "valid_from": since.isoformat(),
                "valid_to": None if until is None else until.isoformat(),
                "priority": "normal",
            }
        )
    return segments


def _plain(rng: random.Random, stations: int, segments: int) -> Json:
    month = rng.choice(MONTHS)
    first = dt.datetime.fromisoformat(f"{month}-01T00:00:00+07:00")
    made = []
    for n in range(stations):
        district = n % 5 == 0
        morning, evening = (("05:00", "07:00"), ("17:00", "18:30"))
        if not district:
            morning, evening = (("05:00", "06:30"), ("16:30", "18:00"))
        made.append(
            {
                "code": f"{'h' if district else 'x'}{n:03}",
                "tier": "district" if district else "commune",
                "languages": ["vi"],
                "sessions": [
                    {"id": "sang", "weekdays": [1, 2, 3, 4, 5, 6, 7], "start": morning[0], "end": morning[1]},
                    {"id": "chieu", "weekdays": [1, 3, 5], "start": evening[0], "end": evening[1]},
                ],
            }
        )
    return {
        "format": "loa-instance/1",
        "month": month,
        "timezone": ZONE,
        "now": (first - dt.timedelta(hours=rng.randrange(30, 200))).isoformat(),
        "seed": rng.randrange(1000),
        "topics": _topics(),
        "columns": [
            {
                "code": "cchc",
                "opening_ms": 12_345,
                "closing_ms": 7_890,
                "slot_min_ms": 3 * MINUTE,
                "slot_max_ms": 15 * MINUTE,
                "max_slots_per_day": 2,
                "separation_days": 2,
                "max_per_month": 6,
            }
        ],
        "segments": _segments(rng, segments, month),
        "stations": made,
        "rules": [
            {"id": "III.4", "kind": "min", "period": "month", "ms": 900_000, "column": "cchc", "tiers": ["district"]},
            {"id": "them", "kind": "target", "period": "month", "ms": 600_000, "column": "cchc", "tiers": ["commune"]},
        ],
    }


def province(seed: int, stations: int = 199, segments: int = 300) -> Json:
    """The real shape: 15 districts in 199, communes that relay their district's evening column."""
    rng = random.Random(f"province-{seed}")  # noqa: S311 - a generator of test data, no secret
    instance = _plain(rng, 0, segments)
    instance["month"] = month = "2026-12"
    instance["now"] = f"{month}-01T00:00:00+07:00"
    instance["segments"] = _segments(rng, segments, month)
    for segment in instance["segments"]:
        segment["language"] = rng.choices(["vi", "rad", "cmo"], [8, 1, 1])[0]
    for n, segment in enumerate(rng.sample(instance["segments"], min(3, segments))):
        # news of the month: a priority that is older owes its airing anew in each month
        segment |= {"priority": "priority", "valid_from": f"{month}-{3 + 8 * n:02}", "valid_to": None}
    districts = max(1, round(stations * 15 / 199))
    every_day = [1, 2, 3, 4, 5, 6, 7]
    for n in range(stations):
        if n < districts:
            code, tier, parent = f"h{640 + n}", "district", None
            clocks = [("sang", "05:00", "07:00"), ("chieu", "17:00", "18:30")]
        else:
            code, tier, parent = f"x{24000 + 3 * n}", "commune", f"h{640 + n % districts}"
            clocks = [("sang", "05:00", "06:30"), ("chieu", "16:30", "18:00")]
        languages = ["vi", *rng.sample(["rad", "cmo"], rng.choice([0, 0, 1]))]
        sessions: list[Json] = [
            {
                "id": name,
                "weekdays": every_day,
                "start": start,
                "end": end,
                "relays": parent if name == "chieu" else None,
            }
            for name, start, end in clocks
        ]
        if rng.random() < 0.05:
            broken_from = rng.randrange(5, 20)
            for session in sessions:
                session["to"] = f"{month}-{broken_from:02}"
        station: Json = {"code": code, "tier": tier, "languages": languages, "sessions": sessions}
        if len(languages) > 1:
            station["language_shares"] = {languages[1]: 0.2}
        instance["stations"].append(station)
    return instance


CHANGES = ("withdraw", "blackout", "close", "urgent", "none")


def perturb(instance: Json, plan: Json, seed: int, change: str | None = None) -> Json:
    """The instance some days later, its plan published and one thing changed (one of `CHANGES`)."""
    rng = random.Random(f"perturb-{seed}")  # noqa: S311 - a generator of test data, no secret
    after = copy.deepcopy(instance)
    change = change or rng.choice(CHANGES[:4])
    year, month = (int(part) for part in after["month"].split("-"))
    begin = dt.datetime(year, month, 1, tzinfo=OFFSET)
    now = begin + dt.timedelta(minutes=rng.randrange(0, 20 * 24 * 60))
    after["now"] = now.isoformat()
    after["published"] = {"revision": 1, "slots": copy.deepcopy(plan["slots"])}
    today = now.date()
    future = [
        s
        for s in after["published"]["slots"]
        if dt.datetime.fromisoformat(s["start"]) > now + dt.timedelta(hours=30) and not s.get("relayed_from")
    ]
    if change == "withdraw":
        held = sorted({i["segment"] for s in future for i in s["items"]})
        gone = rng.choice(held) if held else after["segments"][0]["id"]
        for segment in after["segments"]:
            if segment["id"] == gone:
                segment["valid_to"] = (today - dt.timedelta(days=1)).isoformat()
    elif change == "blackout" and future:
        slot = rng.choice(future)
        start = dt.datetime.fromisoformat(slot["start"]) - dt.timedelta(minutes=10)
        end = start + dt.timedelta(hours=rng.choice([1, 3, 48]))
        station = next(s for s in after["stations"] if s["code"] == slot["station"])
        station.setdefault("blackouts", []).append({"from": start.isoformat(), "to": end.isoformat()})
    elif change == "close":
        station = rng.choice(after["stations"])
        if station["sessions"]:
            session = rng.choice(station["sessions"])
            session["to"] = (today + dt.timedelta(days=rng.randrange(0, 6))).isoformat()
    elif change == "urgent":
        station = rng.choice(after["stations"])
        after["segments"].append(
            {
                "id": "khan-cap",
                "column": after["columns"][0]["code"],
                "duration_ms": rng.randrange(60_000, 240_000),
                "topic": after["topics"][0]["code"],
                "language": station["languages"][0],
                "valid_from": today.isoformat(),
                "priority": "urgent",
                "stations": rng.choice([None, [station["code"]]]),
            }
        )
    return after
