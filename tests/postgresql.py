"""A server of PostgreSQL's for the tests: Debian's, started for one test process on a socket of its own, and ended with it.

Its databases are never kept: it promises nothing about power cuts, which is why it is fast. Benchmarks have one that does.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psycopg
from sqlalchemy import URL

from server.db.place import DatabasePlace

_SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "lc_messages": "C",
}
# As a server is that people rely on, with a small machine's memory.
_DURABLE = _SETTINGS | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "autovacuum": "on",
}


class PostgresqlServer:
    """`folder` holds its socket and its data; it runs as `user` where the tests run as root, which it refuses to.

    `durable`: what it committed survives a power cut, at the price that this has everywhere.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._settings = _DURABLE if durable else _SETTINGS
        self._bin = _programs()
        # A test process that is killed takes its server along.
        self._as_user = ["setpriv", "--pdeathsig=INT"]
        if os.geteuid() == 0:
            self._as_user += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb",
            "--pgdata",
            str(self.data),
            "--auth=trust",
            "--username=loa",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def process_id(self) -> int:
        """Of the server while it runs, whose children are its connections."""
        if self._process is None:
            raise RuntimeError(f"not running: {self.folder}")
        return self._process.pid

    def start(self) -> None:
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value.strip(chr(39))}")]
        command = [*self._as_user, str(self._bin / "postgres"), "-D", str(self.data), "-k", str(self.folder), *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)
        end = monotonic() + 60
        while True:
            try:
                psycopg.connect(host=str(self.folder), user="loa", dbname="postgres").close()
            except psycopg.OperationalError:
                if monotonic() > end or self._process.poll() is not None:
                    raise
                sleep(0.05)
            else:
                return

    def stop(self, *, at_once: bool = False) -> None:
        """In order, without waiting for its clients; `at_once`: as a power cut would."""
        if self._process is not None:
            if at_once:
                self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "immediate", "--silent")
            else:
                self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "--silent")
            self._process.wait()
            self._process = None

    def place(self, name: str) -> DatabasePlace:
        return DatabasePlace(URL.create("postgresql+psycopg", username="loa", host=str(self.folder), database=name))

    def url(self, name: str) -> str:
        """As LOA_DATABASE_URL has it."""
        return f"postgresql://loa@/{name}?host={self.folder}"

    def create(self, name: str, *, template: str = "template0") -> None:
        """An empty database, or a copy of one that nobody is connected to."""
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="loa", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]  # names that the tests made themselves

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([*self._as_user, str(self._bin / program), *arguments], capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())


@contextmanager
def running_postgresql(*, durable: bool = False) -> Iterator[PostgresqlServer]:
    # The path of a socket may have a hundred letters: pytest's folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-", dir="/tmp"))
    server = PostgresqlServer(folder, durable=durable)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop(at_once=True)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """Debian keeps them out of PATH, by version. Raises FileNotFoundError."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("postgres")
    if on_path is None:
        raise FileNotFoundError("postgres: see tests/install-debian-packages")
    return Path(on_path).parent
