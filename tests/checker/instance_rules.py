"""Fine print 1 and 20: what makes an instance be refused, found without the planner's code."""

from collections.abc import Iterator, Mapping

from tests.checker.facts import Json, World, instant, minutes_of


def instance_faults(instance: Json) -> list[str]:
    """Each with the path of the fault; the instance is taken to follow its schema."""
    return [
        *_lists(instance),
        *_references(instance),
        *_stations_named(instance),
        *_circles(instance),
        *_slots(instance),
    ]


def _repeated(path: str, ids: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for n, code in enumerate(ids):
        if code in seen:
            yield f"{path}[{n}]: {code} twice"
        seen.add(code)


def _lists(instance: Json) -> Iterator[str]:
    for name, key in (
        ("topics", "code"),
        ("columns", "code"),
        ("stations", "code"),
        ("segments", "id"),
        ("rules", "id"),
    ):
        yield from _repeated(name, [entry[key] for entry in instance[name]])
    yield from _repeated("published", [s["id"] for s in (instance.get("published") or {"slots": []})["slots"]])
    yield from _repeated("locked", [s["id"] for s in instance.get("locked", [])])
    for n, station in enumerate(instance["stations"]):
        at = f"stations[{n}]"
        yield from _repeated(f"{at}.sessions", [s["id"] for s in station["sessions"]])
        exceptions = station.get("exceptions", [])
        yield from _repeated(f"{at}.exceptions", [f"{e['session']} {e['date']}" for e in exceptions])
        for session in station["sessions"]:
            if minutes_of(session["end"]) <= minutes_of(session["start"]):
                yield f"{at}.sessions: {session['id']} ends before it starts"
        for exception in exceptions:
            if exception["session"] not in {s["id"] for s in station["sessions"]}:
                yield f"{at}.exceptions: no session {exception['session']}"
        shares = station.get("language_shares", {})
        if sum(shares.values()) > 1 + 1e-9 or not shares.keys() <= set(station["languages"]):
            yield f"{at}.language_shares: above 1 in sum, or not of its languages"


def _references(instance: Json) -> Iterator[str]:
    topics = {t["code"] for t in instance["topics"]}
    columns = {c["code"] for c in instance["columns"]}
    for topic in instance["topics"]:
        if topic["parent"] not in {None, *topics}:
            yield f"topics: {topic['code']} under unknown {topic['parent']}"
    for segment in instance["segments"]:
        if segment["topic"] not in topics or segment.get("column") not in {None, *columns}:
            yield f"segments: {segment['id']} of unknown topic or column"
    for rule in instance["rules"]:
        if rule["column"] not in columns:
            yield f"rules: {rule['id']} of unknown column"


def _stations_named(instance: Json) -> Iterator[str]:
    stations = {s["code"] for s in instance["stations"]}
    for entry in [*instance["segments"], *instance["rules"]]:
        if not set(entry.get("stations") or ()) <= stations:
            yield f"{entry['id']}: unknown station"
    for station in instance["stations"]:
        for session in station["sessions"]:
            if session.get("relays") not in {None, *stations}:
                yield f"stations: {station['code']} relays unknown {session['relays']}"
    for airing in instance.get("aired", []):
        if airing["station"] not in stations:
            yield f"aired: unknown station {airing['station']}"


def _circles(instance: Json) -> Iterator[str]:
    topics = {t["code"]: {t["parent"]} - {None} for t in instance["topics"]}
    relays = {s["code"]: {x.get("relays") for x in s["sessions"]} - {None} for s in instance["stations"]}
    for name, graph in (("topics", topics), ("stations", relays)):
        if _has_circle(graph):
            yield f"{name}: a circle"


def _has_circle(graph: Mapping[str, set[str]]) -> bool:
    """Whether taking away, again and again, what points at nothing left leaves something."""
    left = dict(graph)
    while ends := [code for code, onward in left.items() if not onward & left.keys()]:
        for code in ends:
            del left[code]
    return bool(left)


def _slots(instance: Json) -> Iterator[str]:
    world = World(instance)
    for slot in [*(instance.get("published") or {"slots": []})["slots"], *instance.get("locked", [])]:
        if not world.month_start <= instant(slot["start"]) < world.month_end:
            yield f"{slot['id']}: starts outside the month"
        if slot["station"] not in world.stations or slot["column"] not in world.columns:
            yield f"{slot['id']}: unknown station or column"
        if slot.get("relayed_from") not in {None, *world.stations}:
            yield f"{slot['id']}: relayed from an unknown station"
