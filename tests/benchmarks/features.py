"""What makes an instance harder: each function adds one feature to a plain instance, in place."""

import datetime as dt
import random
from typing import Any

from tests.checker.facts import World

Json = dict[str, Any]
MINUTE = 60_000
MOVES: tuple[Json, ...] = ({}, {"start": None, "end": None}, {"start": "20:00", "end": "20:20"})


def _first(instance: Json) -> dt.date:
    return dt.date.fromisoformat(f"{instance['month']}-01")


def _some_date(instance: Json, rng: random.Random, before: int = 0, after: int = 0) -> dt.date:
    return _first(instance) + dt.timedelta(days=rng.randrange(-before, 28 + after))


def few_segments(instance: Json, rng: random.Random) -> None:
    del instance["segments"][rng.randrange(2, 6) :]
    for rule in instance["rules"]:
        if rule["kind"] == "min":
            rule["ms"] = rng.choice([900_000, 1_800_000, 3_600_000])


def narrow_sessions(instance: Json, rng: random.Random) -> None:
    for station in instance["stations"]:
        for session in station["sessions"]:
            minutes = rng.randrange(5, 13)
            hour, minute = (int(part) for part in session["start"].split(":"))
            end = hour * 60 + minute + minutes
            session["end"] = f"{end // 60:02}:{end % 60:02}"
            session["weekdays"] = sorted(rng.sample(range(1, 8), rng.randrange(1, 4)))
    for rule in instance["rules"]:
        if rule["kind"] == "min":
            rule["ms"] = rng.choice([900_000, 2_400_000])


def languages(instance: Json, rng: random.Random) -> None:
    for segment in instance["segments"]:
        segment["language"] = rng.choice(["vi", "vi", "rad", "cmo"])
    for station in instance["stations"]:
        station["languages"] = ["vi", "rad", "cmo"][: rng.randrange(1, 4)]
        if rng.random() < 0.7:
            part = round(1 / len(station["languages"]), 3)
            station["language_shares"] = dict.fromkeys(station["languages"], min(part, 0.5))
    instance["rules"].append(
        {"id": "tieng", "kind": "min", "period": "month", "ms": 400_000, "column": "cchc", "languages": ["rad", "cmo"]}
    )


def tight_separations(instance: Json, rng: random.Random) -> None:
    for column in instance["columns"]:
        column["separation_days"] = rng.randrange(4, 12)
        column["max_per_month"] = rng.randrange(1, 4)
    for segment in instance["segments"]:
        if rng.random() < 0.2:
            segment["separation_days"] = rng.choice([1, 3, 40])
        if rng.random() < 0.2:
            segment["max_per_month"] = rng.randrange(1, 6)


def long_slots(instance: Json, rng: random.Random) -> None:
    """The shortest slot is longer than most segments, so that fillers are needed."""
    for column in instance["columns"]:
        column["slot_min_ms"] = rng.choice([6, 8, 10]) * MINUTE
        column["slot_max_ms"] = column["slot_min_ms"] + rng.choice([0, 1_000, 20_000, 4 * MINUTE])


def must_airs(instance: Json, rng: random.Random) -> None:
    for segment in instance["segments"]:
        draw = rng.random()
        if draw < 0.2:
            since = _some_date(instance, rng, before=10)
            until = since + dt.timedelta(days=rng.randrange(0, 20))
            segment["must_air"] = {
                "times": rng.randrange(1, 4),
                "from": since.isoformat(),
                "to": until.isoformat(),
            }
        draw = rng.random()
        if draw < 0.35:
            segment["priority"] = "urgent" if draw < 0.12 else "priority"
            segment["valid_from"] = _some_date(instance, rng, before=20).isoformat()
            segment["valid_to"] = None
        if rng.random() < 0.3:
            segment["column"] = rng.choice([None, instance["columns"][0]["code"]])


def relay_chain(instance: Json, rng: random.Random) -> None:
    """Communes relay a district in the evening, some relay a commune that does, one relays two parents."""
    stations = instance["stations"]
    tail: list[str] = []
    for n, station in enumerate(stations):
        if n == 0 or station["tier"] == "district":
            tail.append(station["code"])
            continue
        station["sessions"][1]["relays"] = rng.choice(tail)
        station["sessions"][1]["weekdays"] = [1, 2, 3, 4, 5, 6, 7]
        if rng.random() < 0.3:
            station["sessions"].append(
                {
                    "id": "trua",
                    "weekdays": [2, 4, 6],
                    "start": "11:00",
                    "end": "11:30",
                    "relays": rng.choice(tail),
                }
            )
        if rng.random() < 0.4:
            tail.append(station["code"])
    instance["rules"].append(
        {
            "id": "tu-lam",
            "kind": "min",
            "period": "month",
            "ms": 300_000,
            "column": "cchc",
            "tiers": ["commune"],
            "relayed": rng.random() < 0.5,
        }
    )


def maxima(instance: Json, rng: random.Random) -> None:
    columns = [c["code"] for c in instance["columns"]]
    for n in range(rng.randrange(1, 4)):
        period = rng.choice(["session", "day", "month"])
        rule: Json = {
            "id": f"tran-{n}",
            "kind": "max",
            "period": period,
            "ms": rng.randrange(4, 9) * MINUTE if period != "month" else rng.randrange(12, 40) * MINUTE,
            "column": rng.choice(columns),
        }
        if rng.random() < 0.3:
            rule["languages"] = [rng.choice(["vi", "rad"])]
        if rng.random() < 0.3:
            rule["repeats"] = False
        if rng.random() < 0.3:
            rule["relayed"] = False
        if rng.random() < 0.3:
            rule["count_frame"] = True
        if rng.random() < 0.3:
            rule["tiers"] = ["district"]
        instance["rules"].append(rule)


def exceptions(instance: Json, rng: random.Random) -> None:
    for station in instance["stations"]:
        seen = set()
        for _ in range(rng.randrange(0, 6)):
            if not station["sessions"]:
                break
            session = rng.choice(station["sessions"])["id"]
            day = _some_date(instance, rng).isoformat()
            if (session, day) in seen:
                continue
            seen.add((session, day))
            moved: Json = rng.choice(MOVES)
            station.setdefault("exceptions", []).append({"session": session, "date": day, **moved})
        for _ in range(rng.randrange(0, 4)):
            date = _some_date(instance, rng)
            start = dt.datetime.combine(date, dt.time(rng.choice([4, 5, 17]), rng.randrange(60)))
            end = start + dt.timedelta(minutes=rng.choice([1, 20, 90, 3000]))
            station.setdefault("blackouts", []).append(
                {"from": f"{start.isoformat()}+07:00", "to": f"{end.isoformat()}+07:00"}
            )


def no_repeats(instance: Json, rng: random.Random) -> None:
    instance["rules"].append(
        {
            "id": "khac-nhau",
            "kind": "min",
            "period": "month",
            "ms": rng.randrange(10, 30) * MINUTE,
            "column": "cchc",
            "repeats": False,
        }
    )


def count_frame(instance: Json, rng: random.Random) -> None:
    for rule in instance["rules"]:
        if rng.random() < 0.7:
            rule["count_frame"] = True
    instance["columns"][0]["opening_ms"] = rng.choice([0, 30_000, 61_001])


def targeting(instance: Json, rng: random.Random) -> None:
    codes = [s["code"] for s in instance["stations"]]
    for segment in instance["segments"]:
        draw = rng.random()
        if draw < 0.3:
            segment["stations"] = sorted(rng.sample(codes, rng.randrange(1, len(codes) + 1)))
        elif draw < 0.6:
            segment["tiers"] = [rng.choice(["district", "commune"])]
        elif draw < 0.7:
            segment["stations"], segment["tiers"] = [], None


def second_column(instance: Json, rng: random.Random) -> None:
    column = dict(instance["columns"][0], code="phap-luat", opening_ms=5_000, closing_ms=0)
    column.update(slot_min_ms=2 * MINUTE, slot_max_ms=8 * MINUTE, max_slots_per_day=1, separation_days=4)
    column["max_per_month"] = 3
    instance["columns"].append(column)
    for segment in instance["segments"]:
        if rng.random() < 0.4:
            segment["column"] = "phap-luat"
    listed = [s["code"] for s in instance["stations"] if rng.random() < 0.6]
    instance["rules"].append(
        {
            "id": "phap-luat",
            "kind": rng.choice(["min", "target"]),
            "period": "month",
            "ms": 700_000,
            "column": "phap-luat",
            "stations": listed,
        }
    )


def no_column(instance: Json, rng: random.Random) -> None:
    for segment in instance["segments"]:
        if rng.random() < 0.5:
            segment["column"] = None


def aired_around(instance: Json, rng: random.Random) -> None:
    days = (_first(instance) + dt.timedelta(days=32)).replace(day=1) - _first(instance)
    aired = instance.setdefault("aired", [])
    for station in instance["stations"]:
        for segment in rng.sample(instance["segments"], min(6, len(instance["segments"]))):
            away = rng.choice([-4, -2, -1, -1, days.days, days.days, days.days + 1, days.days + 5])
            date = _first(instance) + dt.timedelta(days=away)
            aired.append({"station": station["code"], "segment": segment["id"], "date": date.isoformat()})
    if instance["stations"]:
        gone = {"station": instance["stations"][0]["code"], "segment": "da-xoa", "date": "2020-01-01"}
        aired.append(gone)


def midnight(instance: Json, rng: random.Random) -> None:
    last = (_first(instance) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    for station in instance["stations"]:
        station["sessions"] += [
            {"id": "khuya", "weekdays": [1, 2, 3, 4, 5, 6, 7], "start": "23:45", "end": "24:00"},
            {"id": "nua-dem", "weekdays": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "00:12"},
            {
                "id": "cuoi-thang",
                "weekdays": [last.isoweekday()],
                "start": "23:30",
                "end": "24:00",
                "from": last.isoformat(),
                "to": last.isoformat(),
            },
        ]
        if rng.random() < 0.5:
            station["sessions"] = [s for s in station["sessions"] if s.get("relays") or s["end"] == "24:00"]


def closed_stations(instance: Json, rng: random.Random) -> None:
    for n, station in enumerate(instance["stations"]):
        draw = rng.random()
        if draw < 0.2 and n:
            station["sessions"] = [s for s in station["sessions"] if s.get("relays")]
        elif draw < 0.6:
            for session in station["sessions"]:
                date = _some_date(instance, rng)
                session[rng.choice(["from", "to"])] = date.isoformat()


def half_past(instance: Json, rng: random.Random) -> None:
    """Now lies in the month; a plan was published, some slots of it locked, some set by hand, not all sound."""
    first = dt.datetime.combine(_first(instance), dt.time(0), dt.timezone(dt.timedelta(hours=7)))
    instance["now"] = (first + dt.timedelta(minutes=rng.randrange(0, 22 * 24 * 60))).isoformat()
    instance["freeze_hours"] = rng.choice([0, 24, 24, 36.5, 60])
    world = World(instance)
    slots = [slot for code in world.stations for slot in _rough_slots(world, code, rng)]
    slots += _relayed(world, slots)
    for slot in slots:
        if rng.random() < 0.05:
            slot["locked"] = True
    by_hand = [s for s in slots if s["relayed_from"] is None and rng.random() < 0.04]
    instance["published"] = {
        "revision": rng.randrange(1, 9),
        "slots": [s for s in slots if s not in by_hand or rng.random() < 0.5],
    }
    instance["locked"] = [dict(s, locked=True) for s in by_hand]
    if rng.random() < 0.3:
        instance["replan"] = "free"


def _rough_slots(world: World, station: str, rng: random.Random) -> list[Json]:
    made = []
    last: dict[str, dt.date] = {}
    own = [o for o in world.occurrences[station] if o.relays is None]
    for occurrence in own:
        if rng.random() > 0.25:
            continue
        column = rng.choice(list(world.columns.values()))
        start, end = occurrence.pieces[0]
        start = -(-start // MINUTE) * MINUTE
        at, items = column["opening_ms"], list[Json]()
        fitting = [
            s
            for s in world.segments.values()
            if s.column in {None, column["code"]}
            and world.meant_for(s, station)
            and (s.valid_on(occurrence.date) or rng.random() < 0.1)
            and (s.id not in last or (occurrence.date - last[s.id]).days >= column["separation_days"])
        ]
        rng.shuffle(fitting)
        most = min(column["slot_max_ms"], end - start)
        for segment in fitting[: rng.randrange(1, 5)]:
            if at + segment.duration_ms + column["closing_ms"] > most:
                continue
            items.append({"segment": segment.id, "start_ms": at, "duration_ms": segment.duration_ms})
            at += segment.duration_ms
            last[segment.id] = occurrence.date
        if items and at + column["closing_ms"] >= column["slot_min_ms"]:
            made.append(
                {
                    "id": f"{station}-{occurrence.date}-{occurrence.session}",
                    "station": station,
                    "column": column["code"],
                    "start": clock(world, start),
                    "length_ms": at + column["closing_ms"],
                    "items": items,
                    "relayed_from": None,
                    "locked": False,
                }
            )
    return made


def _relayed(world: World, slots: list[Json]) -> list[Json]:
    """The copies that relaying stations have, parents before those who relay them."""
    made: list[Json] = []
    done: set[str] = set()
    while len(done) < len(world.stations):
        for code, station in world.stations.items():
            parents = {s["relays"] for s in station["sessions"] if s.get("relays")}
            if code in done or not parents <= done:
                continue
            done.add(code)
            for slot in [s for s in [*slots, *made] if s["station"] in parents]:
                start = world.at(dt.date.fromisoformat(slot["start"][:10])) + _minute(slot["start"]) * MINUTE
                theirs = [o for o in world.occurrences[code] if o.relays == slot["station"]]
                if any(a <= start and start + slot["length_ms"] <= b for o in theirs for a, b in o.pieces):
                    copy = dict(slot, id=f"{code}<{slot['id']}"[:64], station=code, relayed_from=slot["station"])
                    made.append(copy)
    return made


def _minute(text: str) -> int:
    return int(text[11:13]) * 60 + int(text[14:16])


def clock(world: World, moment: int) -> str:
    utc = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=moment)
    return utc.astimezone(world.zone).isoformat()
