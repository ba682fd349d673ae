"""schemathesis over the whole OpenAPI description, as each role: what is documented is what comes, and none gets past.

Generated requests, the same in every run. What came of it is kept as `loa-rights/schemathesis.md` in pytest's cache.
"""

import re
import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import hypothesis
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.app import create_app
from server.services.rights import STATION_RIGHTS, TABLE, Right, Role
from tests.server.homes import copy_home
from tests.server.people import add_key, add_person, add_station_token, everybody, headers_of
from tests.server.worlds import BEFORE, World, open_world

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ASKERS = ["nobody", *Role, "every role", "station token", "key"]
EXAMPLES = 4  # of each operation by each asker
# A 503 is how a machine's trouble is told (a store that cannot be asked, too much at once); a fault of ours is 500.
FAULT = 500
BARRED = {"access.sign_in_needed", "access.right_missing"}


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(_context: Any, value: Any) -> bytes:
    content = getattr(value, "data", value)
    return content if isinstance(content, bytes) else str(content).encode()


@pytest.fixture(scope="module")
def place(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(
        copy_home(sounding_home.context.home, tmp_path_factory.mktemp("fuzz") / "home"),
        now=BEFORE,
        keys=dict(sounding_home.keys),
    )
    yield world
    world.context.close()


@pytest.fixture(scope="module")
def served(place: World) -> Iterator[str]:
    """The address of the application, really served."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = create_app(place.context)
        # Its clock stands still, so one minute sees all that a token asks; the limit has tests of its own.
        app.gate.pace.most = 10_000
        config = uvicorn.Config(app, log_level="critical", access_log=False, ws="none")
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def schema(served: str) -> Any:
    return schemathesis.openapi.from_url(
        f"{served}/api/v1/openapi.json",
        # Who asks is said by the test.
        config=SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}}),
    )


def proof(world: World, asker: str) -> tuple[dict[str, str], frozenset[Right]]:
    """What the asker sends with each request, and the rights that the table gives them in any reach."""
    context = world.context
    if asker == "nobody":
        return {}, frozenset()
    if asker == "station token":
        secret = add_station_token(context, world.keys["h654"])
        return {"Authorization": f"Bearer {secret}"}, frozenset({Right.KNOWN, *STATION_RIGHTS})
    if asker == "key":
        return {"Authorization": f"Bearer {add_key(context, Right.MONTHS_READ)}"}, frozenset(
            {Right.KNOWN, Right.MONTHS_READ}
        )
    person = everybody(context) if asker == "every role" else add_person(context, f"vai-{asker}", [asker])
    roles = set(Role) if asker == "every role" else {Role(asker)}
    return headers_of(context, person), frozenset(
        {Right.KNOWN, Right.OWN, *(right for role in roles for right in TABLE[role])}
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("asker", ASKERS)
def test_what_is_documented_is_what_comes(
    schema: Any, place: World, asker: str, request: pytest.FixtureRequest
) -> None:
    headers, rights = proof(place, asker)
    seen: Counter[int] = Counter()
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        _try(operation, headers, rights, seen)
    assert len(operations) > 60
    if request.config.cache is not None:
        line = ", ".join(f"{status}: {count}" for status, count in sorted(seen.items()))
        _note(
            request.config.cache.mkdir("loa-rights"),
            asker,
            f"{len(operations)} operations, {seen.total()} requests: {line}",
        )


def _try(operation: Any, headers: dict[str, str], rights: frozenset[Right], seen: Counter[int]) -> None:
    """Some requests to one operation by one asker."""
    needed = operation.definition.raw.get("x-right", "public")
    barred = needed != "public" and needed not in rights

    @given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        answer = case.call(headers=headers)
        seen[answer.status_code] += 1
        assert answer.status_code != FAULT, answer.text
        case.validate_response(answer, checks=CHECKS[1:] if answer.status_code in {503, 507} else CHECKS)
        assert (_code(answer) in BARRED) == barred, (needed, answer.status_code, answer.text)

    check()


def _code(answer: Any) -> str:
    found = re.search(r'"code":\s*"([a-z_.]+)"', answer.text) if answer.status_code >= 400 else None
    return found[1] if found else ""


def _note(folder: Path, asker: str, line: str) -> None:
    (folder / f"schemathesis {asker}.txt").write_text(f"{asker}: {line}\n")
