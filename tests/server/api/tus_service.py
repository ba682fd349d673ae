"""A real service in a process of its own, and lines to it on which requests may be as slow, broken or long as they like."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.ports import own_port
from tests.server.api.test_tus import BYTES, SAID, TUS, UPLOADS, encoded
from tests.server.databases import open_context, settings_of
from tests.server.people import key_of_home
from tests.server.uploaded import kept_bytes

START_S = 60.0
ANSWER_S = 30.0


class Service:
    """`loa serve` over a home that nobody else has open. It keeps its port over kills and starts."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = own_port()
        self._settings = settings
        self.key = key_of_home(home)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        environment = {**os.environ, **settings_of(self.home), "LOA_PORT": str(self.port), **self._settings}
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve"], env=environment, stdout=log, stderr=log
            )
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{self.url}/health", timeout=5)
                return
            time.sleep(0.02)
        raise RuntimeError((self.home / "log").read_text())

    def kill(self) -> None:
        """At once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As Ctrl+C does; the exit status."""
        return self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        status = self._process.wait(60)
        self._process = None
        return status

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def announce(self, size: int, said: Mapping[str, str] | None = None) -> "Upload":
        headers = {**TUS, **self.key, "Upload-Length": str(size), "Upload-Metadata": encoded(dict(said or SAID))}
        answer = httpx.post(f"{self.url}{UPLOADS}", headers=headers, timeout=ANSWER_S)
        assert answer.status_code == 201, answer.text
        return Upload(service=self, path=answer.headers["location"])

    def line(self) -> "Line":
        return Line(socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_S), self.port)

    def segments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(
            f"{self.url}/api/v1/segments", headers=self.key, timeout=ANSWER_S
        ).json()["items"]
        return found

    def settled(self, code: str) -> dict[str, Any]:
        """The segment once its recording has a verdict."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            answer = httpx.get(f"{self.url}/api/v1/segments/{code}", headers=self.key, timeout=ANSWER_S)
            segment: dict[str, Any] = answer.json()
            if segment["state"] != "processing":
                return segment
            time.sleep(0.1)
        raise TimeoutError(f"{code} is still on its way")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    service: Service
    path: str

    @property
    def file(self) -> Path:
        """Where the store is a folder of the home."""
        return self.service.home / "incoming" / self.path.rpartition("/")[2]

    def kept(self) -> bytes:
        """What is there of it, wherever that is."""
        context = open_context(home=self.service.home)
        try:
            return kept_bytes(context, self.path.rpartition("/")[2])
        finally:
            context.close()

    def ask(self) -> httpx.Response:
        return httpx.head(f"{self.service.url}{self.path}", headers={**TUS, **self.service.key}, timeout=ANSWER_S)

    def offset(self) -> int:
        answer = self.ask()
        assert answer.status_code == 200, answer
        return int(answer.headers["upload-offset"])

    def append(self, content: bytes, *, offset: int, **headers: str) -> httpx.Response:
        return httpx.patch(
            f"{self.service.url}{self.path}",
            content=content,
            headers={**BYTES, **self.service.key, "Upload-Offset": str(offset), **headers},
            timeout=ANSWER_S,
        )

    def begin(self, *, offset: int, **headers: str) -> "Line":
        """The head of a PATCH is sent; its body is up to the caller."""
        line = self.service.line()
        line.head("PATCH", self.path, {**BYTES, **self.service.key, "Upload-Offset": str(offset), **headers})
        return line


class Line:
    """A connection, used as bytes."""

    def __init__(self, connection: socket.socket, port: int) -> None:
        self._connection = connection
        self._port = port
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def head(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def send(self, content: bytes) -> None:
        self._connection.sendall(content)

    def chunk(self, content: bytes) -> None:
        """Of a body with Transfer-Encoding: chunked; an empty one ends it."""
        self.send(f"{len(content):x}\r\n".encode() + content + b"\r\n")

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body."""
        status, headers = self.head_of_answer()
        size = int(headers.get("content-length", "0"))
        while len(self._received) < size:
            self._more()
        body, self._received = self._received[:size], self._received[size:]
        return status, headers, body

    def head_of_answer(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._received:
            self._more()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        return int(first.split()[1]), {
            name.lower(): value for name, _, value in (each.partition(": ") for each in lines)
        }

    def unread(self) -> bytes:
        return self._received

    def _more(self) -> None:
        came = self._connection.recv(65536)
        assert came, "the service closed the line"
        self._received += came
