"""Webs and workers on hosts of their own: what begins on one goes on at another and is finished by a third, to the byte."""

import hashlib
import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from server.db.intake import Upload
from server.services.context import Context
from server.services.stored_arrivals import PIECE
from tests.server.databases import open_context
from tests.server.homes import copy_home
from tests.server.jobs.serving import Served
from tests.server.jobs.test_many_workers import WorkerProcess
from tests.server.sounds import wav
from tests.server.worlds import World, build_world

pytestmark = pytest.mark.beyond_one_machine
LONGEST_S = 120
TUS = {"Tus-Resumable": "1.0.0"}
SAID = {"filename": "bài.wav", "filetype": "audio/wav", "topic": "mot-cua", "language": "vi"}


@pytest.fixture(scope="session")
def some_home(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = build_world(tmp_path_factory.mktemp("homes") / "shared")
    world.context.close()
    return world


class Hosts:
    """Over the database and the bucket of one home, which none of them has for its own."""

    def __init__(self, home: Path, folder: Path, stack: ExitStack) -> None:
        self._home, self._folder, self._stack = home, folder, stack
        self.context: Context = stack.enter_context(_opened(home))
        self._secret = self.context.secret.hex()

    def webs(self, *names: str) -> list[Served]:
        """They start side by side."""
        settings = {"LOA_SECRET": self._secret, "LOA_WORKER": "no"}
        starting = [Served(self._home, LOA_HOME=str(self._host(name)), **settings) for name in names]
        return [self._stack.enter_context(each) for each in starting]

    def worker(self, name: str) -> WorkerProcess:
        host = self._host(name)
        return self._stack.enter_context(WorkerProcess(self._home, LOA_HOME=str(host), LOA_SECRET=self._secret))

    def left(self) -> list[Path]:
        """What hosts that are gone, or were killed, have still."""
        return [path for path in self._folder.rglob("*") if path.is_file() and path.name != "in-use.lock"]

    def _host(self, name: str) -> Path:
        host = self._folder / name
        host.mkdir(parents=True)
        return host


class _opened:  # noqa: N801 (reads as a function)
    def __init__(self, home: Path) -> None:
        self._context = open_context(home=home)

    def __enter__(self) -> Context:
        return self._context

    def __exit__(self, *_: object) -> None:
        self._context.close()


@pytest.fixture
def hosts(some_home: World, tmp_path: Path) -> Iterator[Hosts]:
    with ExitStack() as stack:
        yield Hosts(copy_home(some_home.context.home, tmp_path / "home"), tmp_path / "hosts", stack)


def wait_for(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + LONGEST_S
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def announce(web: Served, size: int, **said: str) -> str:
    metadata = ",".join(f"{name} {b64encode(text.encode()).decode()}" for name, text in {**SAID, **said}.items())
    answer = httpx.post(
        f"{web.address}/api/v1/uploads",
        headers={**TUS, **web.key, "Upload-Length": str(size), "Upload-Metadata": metadata},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def append(web: Served, path: str, content: bytes | Iterator[bytes], *, offset: int) -> httpx.Response:
    headers = {**TUS, **web.key, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    return httpx.patch(f"{web.address}{path}", content=content, headers=headers, timeout=60)


def offset_at(web: Served, path: str) -> int:
    return int(httpx.head(f"{web.address}{path}", headers={**TUS, **web.key}, timeout=60).headers["upload-offset"])


def settled(web: Served, code: str) -> dict[str, Any]:
    def verdict() -> dict[str, Any] | None:
        found: dict[str, Any] = httpx.get(f"{web.address}/api/v1/segments/{code}", headers=web.key, timeout=60).json()
        return found if found["state"] != "processing" else None

    found: dict[str, Any] = wait_for(verdict)
    return found


def test_an_upload_goes_on_at_any_web_also_of_one_that_was_killed_and_any_worker_finishes_it(
    hosts: Hosts, tmp_path: Path
) -> None:
    content = wav(tmp_path / "a.wav", seconds=300).read_bytes()
    begins, dies, ends = hosts.webs("begins", "dies", "ends")
    path = announce(begins, len(content))
    first = 300_001
    assert append(begins, path, content[:first], offset=0).status_code == 204

    def stored() -> int:
        with hosts.context.database.read() as session:
            return session.exec(select(Upload.stored)).one()

    def endless() -> Iterator[bytes]:
        """All but the end, which the killed web never hears of."""
        for start in range(first, len(content) - 1_000_000, 65_536):
            yield content[start : min(start + 65_536, len(content) - 1_000_000)]
        wait_for(lambda: stored() > first)
        dies.kill()
        yield b""

    with pytest.raises(httpx.TransportError):
        append(dies, path, endless(), offset=first)
    offset = offset_at(ends, path)
    assert offset >= first + PIECE
    hosts.worker("works")
    done = append(ends, path, content[offset:], offset=offset)
    assert done.status_code == 204, done.text
    segment = settled(begins, done.headers["loa-segment"])
    assert segment["state"] == "submitted"
    sha256 = segment["versions"][0]["audio"]["original_sha256"]
    assert b"".join(hosts.context.store.read(sha256)) == content
    assert hosts.left() == []


def test_what_comes_in_one_request_is_finished_by_a_worker_elsewhere(hosts: Hosts, tmp_path: Path) -> None:
    [web] = hosts.webs("takes")
    hosts.worker("works")
    sound = wav(tmp_path / "a.wav", seconds=25, seed=3).read_bytes()
    sent = httpx.post(
        f"{web.address}/api/v1/segments",
        data={"title": "Một cửa", "topic": "mot-cua", "language": "vi"},
        files={"file": ("bài.wav", sound, "audio/wav")},
        headers=web.key,
        timeout=LONGEST_S,
    )
    assert sent.status_code == 201, sent.text
    assert sent.json()["versions"][0]["audio"]["original_sha256"] == hashlib.sha256(sound).hexdigest()
    air = wav(tmp_path / "b.wav", seconds=40, seed=4).read_bytes()
    taken = httpx.post(
        f"{web.address}/api/v1/stations/h654/recordings",
        params={"name": "đài.wav"},
        content=air,
        headers={**web.key, "Content-Type": "audio/wav"},
        timeout=60,
    )
    assert taken.status_code == 202, taken.text
    there = f"{web.address}/api/v1/stations/h654/recordings/{taken.json()['id']}"
    heard = wait_for(
        lambda: (
            found
            if (found := httpx.get(there, headers=web.key, timeout=60).json())["state"] in {"heard", "refused"}
            else None
        )
    )
    assert heard["state"] == "heard"
    assert b"".join(hosts.context.store.read(heard["sha256"])) == air
    assert hosts.left() == []


def test_two_webs_that_take_one_upload_by_turns_lose_and_mix_nothing(hosts: Hosts, tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav", seconds=30, seed=5).read_bytes()
    webs = hosts.webs("one", "other")
    path = announce(webs[0], len(content))
    chance = random.Random(5)  # noqa: S311 (sizes, not secrets)
    offset = 0
    while offset < len(content):
        web = webs[offset % 2]
        assert offset_at(webs[0], path) == offset
        size = min(chance.randrange(1, 400_000), len(content) - offset)
        assert append(web, path, content[offset : offset + size], offset=offset).status_code == 204
        # The same again at the other one, as by a client that never heard of it.
        again = append(webs[1 - webs.index(web)], path, content[offset : offset + size], offset=offset)
        assert again.status_code in ({409} if offset + size < len(content) else {409, 413})
        offset += size
    hosts.worker("works")
    [segment] = [
        each
        for each in httpx.get(f"{webs[0].address}/api/v1/segments", headers=webs[0].key, timeout=60).json()["items"]
        if each["title"] == "bài"
    ]
    done = settled(webs[1], segment["code"])
    assert done["versions"][0]["audio"]["original_sha256"] == hashlib.sha256(content).hexdigest()
