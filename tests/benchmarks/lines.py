"""What benchmarks ask servers with, and how much of a processor that takes: plain sockets, and what the kernel counts."""

import json
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    etag: str
    size: int


class Line:
    """A kept-alive connection to the loopback, asked one thing after the other: next to nothing beside any server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, path: str, *headers: str, said: object = None) -> Answer:
        """`said` is posted as JSON. Raises ValueError for any answer but 200 and 304."""
        body = b"" if said is None else json.dumps(said).encode()
        lines = [f"{'GET' if said is None else 'POST'} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", *headers]
        if said is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        head, _, had = self._until_blank().partition(b"\r\n\r\n")
        named = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n")[1:])
        }
        size, status = int(named.get("content-length", "0")), int(head[9:12])
        content = bytearray(had)
        while status != 304 and len(content) < size:
            content += self._socket.recv(65_536)
        if status not in {200, 304}:
            raise ValueError(path, status, bytes(content[:500]))
        return Answer(status=status, etag=named.get("etag", ""), size=len(content))

    def close(self) -> None:
        self._socket.close()

    def _until_blank(self) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            some = self._socket.recv(65_536)
            if not some:
                raise ConnectionError(self._port)
            head += some
        return head


def bearer(secret: str) -> str:
    return f"Authorization: Bearer {secret}"


def cpu_seconds(*processes: int) -> float:
    """Of the processes together, until now; of one that is gone nothing."""
    spent = 0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
        except FileNotFoundError:
            continue
        spent += int(fields[11]) + int(fields[12])
    return spent / _TICKS


def with_children(process: int) -> list[int]:
    """The process and those that it started: PostgreSQL has one for each connection."""
    found = [process]
    for task in Path(f"/proc/{process}/task").iterdir():
        found += map(int, (task / "children").read_text().split())
    return found


def cpu_seconds_with_children(process: int) -> float:
    """Also of those that have ended since: connections come and go."""
    ended = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[13:15]
    return cpu_seconds(*with_children(process)) + sum(map(int, ended)) / _TICKS


def told(seconds: Iterable[float]) -> str:
    """Median and 95th percentile of what answers took, in milliseconds."""
    taken = sorted(seconds)
    slow = quantiles(taken, n=20)[18] if len(taken) > 1 else taken[0]
    return f"{median(taken) * 1000:.3g}/{slow * 1000:.3g} ms"
