"""What is soaked: a small district over the last months, its database and store, two webs and two workers, all on this machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from media.stores.s3 import S3Location, S3Store
from schedules.months import Month
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.plans import make_plan, publish_plan
from tests.ports import own_port
from tests.postgresql import PostgresqlServer, running_postgresql
from tests.s3_faults import TroubledLine, troubled_line
from tests.s3_server import running_s3_server
from tests.server.databases import SERVER, open_context, settings_of
from tests.server.machines import token
from tests.server.people import everybody, headers_of
from tests.server.worlds import build_world

STATIONS = ("h654", "x24490", "x24502")
MONTHS_BACK = 4
LONGEST_START_S = 90
# A server that was told to stop may finish what it is at.
LONGEST_STOP_S = 30


class Served:
    """One process of ours; it dies with whoever started it. `address` of a web, None of a worker."""

    def __init__(self, name: str, words: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self._words, self._environment = name, words, environment
        self.address: str | None = None
        self.said = folder / f"{name}.log"
        if words == ["serve"]:
            port = own_port()
            self.address = f"http://127.0.0.1:{port}"
            self._environment = environment | {"LOA_PORT": str(port)}
        self.process: subprocess.Popen[bytes] | None = None
        self.paused = self.stopping = False

    def start(self) -> None:
        command = ["setpriv", "--pdeathsig=KILL", sys.executable, "-m", "server.cli", *self._words]
        with self.said.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.paused = self.stopping = False

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.paused = number == signal.SIGSTOP
            self.stopping |= number == signal.SIGTERM

    def end(self, number: signal.Signals) -> int:
        """The exit status; it is killed where it does not end in time."""
        if self.process is None:
            return 0
        self.send(signal.SIGCONT)
        self.send(number)
        try:
            return self.process.wait(LONGEST_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return -signal.SIGKILL

    def is_there(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        """One that was told to stop is about to be gone, whatever it still answers."""
        if self.address is None or self.stopping:
            return self.is_there() and not self.stopping
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/health/ready", timeout=5).status_code == 200
        return False


@dataclass(kw_only=True)
class Stage:
    """`closable` are the months that are over, `planned` those that are not; `slots` by station and month over."""

    folder: Path
    home: Path
    location: S3Location | None
    line: TroubledLine | None
    server: PostgresqlServer | None
    environment: dict[str, str]
    webs: list[Served] = field(default_factory=list)
    workers: list[Served] = field(default_factory=list)
    person: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    closable: list[Month] = field(default_factory=list)
    planned: list[Month] = field(default_factory=list)
    slots: dict[str, list[str]] = field(default_factory=dict)

    @property
    def processes(self) -> list[Served]:
        return [*self.webs, *self.workers]

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    def context(self) -> Context:
        return open_context(home=self.home, s3=self.location)

    def wait_until_ready(self, revive: Callable[[Served], None] = lambda _served: None) -> list[str]:
        """The names of those that are not, in the end. `revive` starts what is gone."""
        end = time.monotonic() + LONGEST_START_S
        while time.monotonic() < end:
            if all(each.answers() for each in self.processes):
                return []
            for each in self.processes:
                revive(each)
            time.sleep(0.2)
        return [each.name for each in self.processes if not each.answers()]


@contextmanager
def staged(folder: Path, database: str) -> Iterator[Stage]:
    """PostgreSQL with a store of S3, or SQLite with a folder; nothing is started yet."""
    with ExitStack() as stack:
        server, location, line = None, None, None
        if database == "postgresql":
            server = stack.enter_context(running_postgresql())
            os.environ[SERVER] = str(server.folder)
            stack.callback(os.environ.pop, SERVER, None)
            (folder / "s3").mkdir()
            bucket = stack.enter_context(running_s3_server(folder / "s3"))
            line = stack.enter_context(troubled_line(bucket.location.endpoint or ""))
            location = replace(bucket.location, endpoint=line.endpoint, prefix="soak")
        home = folder / "home"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_") or name == SERVER}
        # What is built is no part of what is tried.
        stage = Stage(folder=folder, home=home, location=location, line=line, server=server, environment=kept)
        _build(stage)
        stage.environment = kept | settings_of(home) | {"LOA_WORKER": "no", "LOA_BACKUP_TO": str(stage.backups)}
        if location is not None:
            stage.environment |= {
                "LOA_STORE_URL": location.url,
                "AWS_ACCESS_KEY_ID": location.access_key_id,
                "AWS_SECRET_ACCESS_KEY": location.secret_access_key,
            }
        stage.webs = [Served(f"web-{number}", ["serve"], stage.environment, folder) for number in (1, 2)]
        stage.workers = [Served(f"worker-{number}", ["worker"], stage.environment, folder) for number in (1, 2)]
        try:
            yield stage
        finally:
            for each in stage.processes:
                each.end(signal.SIGKILL)


def _build(stage: Stage) -> None:
    today = datetime.now(UTC)
    this = Month.of(today.astimezone(ZONE))
    months = [this.next(), this]
    while len(months) < MONTHS_BACK + 2:
        months.append(months[-1].previous())
    first = datetime(months[-1].year, months[-1].number, 1, tzinfo=ZONE).astimezone(UTC)
    world = build_world(stage.home, now=first - timedelta(days=5), tone=True)
    for month in months:
        make_plan(world.context, month)
        publish_plan(world.context, month)
    if stage.location is not None:
        bucket = S3Store(location=stage.location, scratch=world.context.scratch)
        bucket.put_all([path for path in (stage.home / "store").glob("??/??/*") if path.is_file()])
    world.context.close()
    stage.planned, stage.closable = months[:2], months[2:]
    context = stage.context()
    stage.person = headers_of(context, everybody(context))
    stage.tokens = {code: {"Authorization": f"Bearer {token(context, code)}"} for code in STATIONS}
    stage.slots = {code: _slots_over(context, code, stage.closable) for code in STATIONS}
    context.close()


def _slots_over(context: Context, code: str, months: list[Month]) -> list[str]:
    from server.services.proofs import station_proof

    return [slot.key for month in months for slot in station_proof(context, code, month).slots]
