"""Every role at every route: allowed or refused as the table says, and nothing else.

The table is written down here a second time, by hand, so that a change of it is a change of two places on purpose.
What came of each cell is kept as a report (`loa-rights/matrix.md` in pytest's cache).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import select

from server.api.cookies import SESSION_COOKIE
from server.api.forms import CSRF_HEADER
from server.api.routes import RouteNeed, routes_of
from server.app import create_app
from server.db.library import Topic
from server.db.registry import Organisation
from server.routing import routing
from server.services.rights import KEY_RIGHTS, STATION_RIGHTS, TABLE, Right, Role
from server.services.rows import identity
from tests.server.api.conftest import BASE
from tests.server.homes import copy_home
from tests.server.people import Person, add_key, add_person, add_station_token, form_token_of, new_session
from tests.server.worlds import BEFORE, World, open_world

A, M, P, L, S, F, K = "administrator", "monitor", "planner", "lead", "producer", "operator", "auditor"
# Who has which right, in whatever reach.
HOLDERS = {
    "registry.read": {A, M, P, L, S, F, K},
    "months.read": {A, M, P, L, F, K},
    "exports.pull": {A, M, P, F, K},
    "audio.hear": {A, M, P, L, S, F, K},
    "segments.read": {A, M, P, L, S, K},
    "segments.send": {L, S},
    "segments.vet": {L},
    "segments.release": {L},
    "segments.withdraw": {L, S},
    "plans.change": {P},
    "stations.change": {A, P},
    "campaigns.change": {P},
    "accounts.manage": {A},
    "machines.manage": {A},
    "players.pair": {F},
    "aired.say": {M, F},
    "aired.judge": {M},
    "stations.urge": {M},
    "reports.make": {M, L},
    "months.close": {M},
    "audit.read": {A, K},
    "metrics.read": {A},
}
# What is refused to somebody who has the right within a scope, by what the route is about.
BEYOND_A_UNIT = {"everywhere", "another station", "another district"}
REFUSED = {
    *("access.sign_in_needed", "access.metrics_token_needed"),
    *("access.right_missing", "access.out_of_reach"),
}
MONTH = "2026-12"


@dataclass(frozen=True, kw_only=True)
class Asker:
    """`reach` all: nothing narrows the roles; unit: only Krông Pắc; elsewhere: an organisation that has nothing here."""

    name: str
    kind: str
    roles: frozenset[str] = frozenset()
    reach: str = "all"


ASKERS = [
    Asker(name="nobody", kind="nobody"),
    *(Asker(name=role, kind="person", roles=frozenset({role})) for role in Role),
    *(
        Asker(name=f"{role} in a unit", kind="person", roles=frozenset({role}), reach="unit")
        for role in (A, M, P, F, K)
    ),
    *(Asker(name=f"{role} elsewhere", kind="person", roles=frozenset({role}), reach="elsewhere") for role in (L, S)),
    Asker(name="without a role", kind="person"),
    Asker(name="station token", kind="station"),
    Asker(name="key with all rights", kind="key"),
    Asker(name="key that reads the registry", kind="small key"),
]


@pytest.fixture(scope="module")
def place(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Krông Pắc as published, and beside it a district that nobody in Krông Pắc reaches."""
    world = open_world(
        copy_home(sounding_home.context.home, tmp_path_factory.mktemp("rights") / "home"),
        now=BEFORE,
        keys=dict(sounding_home.keys),
    )
    world.add_unit("652", "Huyện M'Đrắk", level="district", kind="Huyện", parent="66")
    world.add_station("h652", unit="652", tier="district", name="Đài Truyền thanh - Truyền hình huyện M'Đrắk")
    with world.change() as session:
        office = session.exec(select(Organisation).where(Organisation.code == "snv")).one()
        session.add(Organisation(code="stttt", name="Sở Thông tin và Truyền thông"))
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = identity(office)
            session.add(topic)
    yield world
    world.context.close()


@pytest.fixture(scope="module")
def app(place: World) -> Litestar:
    return create_app(place.context)


@pytest.fixture(scope="module")
def browser(app: Litestar) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def proofs(place: World) -> "Proofs":
    return Proofs(place)


class Proofs:
    """What each asker shows."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._people: dict[str, Person] = {}
        self._machines = {
            "station": add_station_token(world.context, world.keys["h654"]),
            "key": add_key(world.context),
            "small key": add_key(world.context, Right.REGISTRY_READ),
        }

    def headers(self, asker: Asker) -> dict[str, str]:
        if asker.kind == "nobody":
            return {}
        if asker.kind != "person":
            return {"Authorization": f"Bearer {self._machines[asker.kind]}"}
        person = self._people.get(asker.name) or self._add(asker)
        # A session of its own for each request: some routes end it.
        fresh = new_session(self._world.context, person)
        return {
            "Cookie": f"{SESSION_COOKIE}={fresh.secret}",
            CSRF_HEADER.decode(): form_token_of(self._world.context, fresh),
        }

    def _add(self, asker: Asker) -> Person:
        person = add_person(
            self._world.context,
            re.sub("[^a-z]", "-", asker.name),
            asker.roles,
            organisation="stttt" if asker.reach == "elsewhere" else "snv",
            unit_id=self._world.keys["654"] if asker.reach == "unit" else None,
        )
        self._people[asker.name] = person
        return person


def targets(route: RouteNeed) -> list[str]:
    """What of each kind is asked for: something in Krông Pắc, and something beyond it where the route names a place."""
    return {"station": ["station", "another station"], "district": ["district", "another district"]}.get(
        route.target or "", [route.target or "anything"]
    )


def holding(asker: Asker, right: str) -> tuple[bool, set[str]]:
    """Whether they have the right for anything, and how far it reaches."""
    if asker.kind == "station":
        return right in STATION_RIGHTS, {"the station"}
    if asker.kind != "person":
        held = right in (KEY_RIGHTS if asker.kind == "key" else {Right.REGISTRY_READ})
        return held, {str(KEY_RIGHTS[Right(right)])} if held else set()
    reaches = {str(TABLE[Role(role)][Right(right)]) for role in asker.roles if role in HOLDERS[right]}
    # What reaches everywhere at once is nothing for a role that is narrowed.
    return bool(reaches) and not (asker.reach == "unit" and reaches == {"whole"}), reaches


def expected(asker: Asker, route: RouteNeed, target: str) -> str:  # noqa: PLR0911 (a case a line)
    right = route.right
    if right == Right.PUBLIC:
        return "allowed"
    if asker.kind == "nobody":
        return "access.metrics_token_needed" if route.path == "/metrics" else "access.sign_in_needed"
    if right == Right.KNOWN:
        return "allowed"
    if right == Right.OWN:
        return "allowed" if asker.kind == "person" else "access.right_missing"
    held, reaches = holding(asker, right)
    if not held:
        return "access.right_missing"
    if asker.kind == "station":
        return "access.out_of_reach" if target in {*BEYOND_A_UNIT, "district"} else "allowed"
    if asker.reach == "unit" and reaches == {"units"} and target in BEYOND_A_UNIT:
        return "access.out_of_reach"
    if asker.reach == "elsewhere" and target in {"segment", "audio", "lead"} and reaches <= {"topics", "own"}:
        return "access.out_of_reach"
    if target == "everywhere" and reaches <= {"topics", "own"}:
        return "access.out_of_reach"
    return "allowed"


def address(route: RouteNeed, target: str, sha256: str) -> str:
    station = "h652" if target == "another station" else "h654"
    district = "652" if target == "another district" else "654"
    files = {
        "/audio/": f"{sha256}.mp3",
        "/calendars/stations/": f"{station}.ics",
        "/calendars/districts/": f"{district}.ics",
    }
    file = next((name for part, name in files.items() if part in route.path), "playlist.m3u8")
    places = {
        "code": "b0001" if route.target == "segment" else station,
        "month": MONTH,
        "file": file,
        "day": "2026-12-01",
        "unit_id": "1",
        "entry": "1",
        "grant_id": "1",
        "session_id": "1",
        "number": "999999",
        "kind": "broadcast",
        "upload_id": "0" * 32,
        "recording_id": "1",
        "match_id": "1",
        "lead": "snv",
    }
    return re.sub(r"\{(\w+)\}", lambda found: places.get(found[1], "khong-co"), route.path)


def outcome(answer: httpx.Response) -> str:
    """The code of a refusal because of who asks; else allowed, whatever the handler then said."""
    if answer.status_code == 303 and answer.headers.get("location", "").startswith("/dang-nhap?tiep="):
        return "access.sign_in_needed"
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        code = str(answer.json()["code"])
    else:
        found = re.search(r'class="small faded">\d+ · <a href="[^"]+">([a-z_.]+)</a>', answer.text)
        code = found[1] if found else ""
    return code if code in REFUSED else "allowed"


def test_the_table_is_the_one_that_is_written_down_here() -> None:
    found = {right: {str(role) for role, rights in TABLE.items() if right in rights} for right in HOLDERS}
    assert found == HOLDERS
    assert set(HOLDERS) | {"public", "known", "own"} == set(Right)


def test_no_route_is_without_a_right() -> None:
    assert len(routes_of(routing())) > 90


@pytest.mark.timeout(900)  # some five thousand requests
def test_every_role_at_every_route(
    browser: TestClient[Litestar],
    proofs: Proofs,
    sounding_sha256: str,
    request: pytest.FixtureRequest,
) -> None:
    wrong: list[str] = []
    cells: dict[tuple[str, str, str], dict[str, str]] = {}
    for route in routes_of(routing()):
        for target in targets(route):
            row = cells.setdefault((route.method, route.path, target), {})
            for asker in ASKERS:
                answer = browser.request(
                    route.method,
                    address(route, target, sounding_sha256),
                    headers=proofs.headers(asker),
                    follow_redirects=False,
                )
                row[asker.name] = outcome(answer)
                wanted = expected(asker, route, target)
                if row[asker.name] != wanted:
                    wrong.append(
                        f"{asker.name} {route.method} {route.path} ({target}): {row[asker.name]}, not {wanted}"
                    )
                if answer.status_code >= 500 and answer.status_code not in {503, 507}:
                    wrong.append(f"{asker.name} {route.method} {route.path} ({target}): {answer.status_code}")
    if request.config.cache is not None:
        _report(request.config.cache.mkdir("loa-rights") / "matrix.md", cells)
    assert wrong == []


def _report(path: Path, cells: dict[tuple[str, str, str], dict[str, str]]) -> None:
    signs = {
        "allowed": "✓",
        "access.sign_in_needed": "sign in",
        "access.metrics_token_needed": "token",
        "access.right_missing": "–",
        "access.out_of_reach": "reach",
    }
    lines = [
        "| route | about | " + " | ".join(asker.name for asker in ASKERS) + " |",
        "| --- | --- | " + " | ".join("---" for _ in ASKERS) + " |",
    ]
    for (method, route, target), row in cells.items():
        lines.append(
            f"| {method} {route} | {target} | " + " | ".join(signs[row[asker.name]] for asker in ASKERS) + " |"
        )
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def sounding_sha256(browser: TestClient[Litestar], proofs: Proofs) -> str:
    """Of a sound that is a segment's and on a plan of Krông Pắc."""
    planner = next(asker for asker in ASKERS if asker.name == "planner")
    answer = browser.get(f"/api/v1/plans/{MONTH}/stations/h654", headers=proofs.headers(planner))
    found = {item["segment"]: str(item["sha256"]) for slot in answer.json()["slots"] for item in slot["items"]}
    return next(iter(found.values()))
