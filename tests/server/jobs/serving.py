"""The server as a process of its own, to be sent things and to be killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.ports import own_port
from tests.server.databases import settings_of
from tests.server.people import key_of_home

LONGEST_START_S = 60


class Served:
    """`python -m server.cli serve` on a home, from its first answer on; killed at the end unless it ended before."""

    def __init__(self, home: Path, *, port: int | None = None, log: Path | None = None, **settings: str) -> None:
        """On that port, or on one of its own."""
        self.key = key_of_home(home)
        self.port = port or own_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.said_in = log or home.parent / "said.txt"
        self._said = self.said_in.open("ab")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"],
            env={**kept, **settings_of(home), "LOA_PORT": str(self.port), **settings},
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )

    def __enter__(self) -> Self:
        deadline = time.monotonic() + LONGEST_START_S
        # A context of TLS costs more to make than all of the questions.
        with httpx.Client(base_url=self.address, verify=False) as tries:  # noqa: S501 (it is spoken to without TLS)
            while True:
                try:
                    tries.get("/health").raise_for_status()
                except httpx.TransportError:
                    assert self.process.poll() is None, self.said_in.read_text()
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                else:
                    return self

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> float:
        """As a service manager does; the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return time.monotonic() - begun

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        self._said.close()
