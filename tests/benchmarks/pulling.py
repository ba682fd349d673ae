"""Stations that pull their playlists as fast as they are answered, for next to nothing: the client of `two_webs`.

A process of its own, `python -m tests.benchmarks.pulling SECONDS CONNECTIONS STATIONS PORT…`. It first asks once for each
station, says so and waits for a line; after that no request is made and no answer taken apart: each is looked at for its
status and its length to the byte, one in a hundred for its whole content.
"""

import json
import select
import socket
import sys
import time
from dataclasses import dataclass
from hashlib import sha256

from tests.benchmarks.aired_month import MONTH
from tests.benchmarks.lines import bearer
from tests.benchmarks.manifest_polling import secret_of

_LOOKED_AT = 100
_LARGEST = 1 << 20
_WELL = b"HTTP/1.1 200"
_BLANK = b"\r\n\r\n"


@dataclass(slots=True, kw_only=True)
class _Asked:
    """One station's playlist: the request, the length of its answer with all headers, the hash of what it says."""

    request: bytes
    length: int = 0
    content: str = ""


class _Connection:
    def __init__(self, port: int, stations: range) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.done = 0
        self._asked = [_Asked(request=_request(port, station)) for station in stations]
        self._buffer = memoryview(bytearray(_LARGEST))
        self._had = 0

    def learn(self, at: int) -> None:
        """What each later answer to that one of its requests has to be like; also has the web keep it."""
        asked = self._asked[at]
        self.socket.sendall(asked.request)
        had = 0
        while not asked.length or had < asked.length:
            had += self.socket.recv_into(self._buffer[had:])
            head, blank, _ = bytes(self._buffer[:had]).partition(_BLANK)
            if blank:
                size = head.lower().index(b"content-length: ") + 16
                asked.length = len(head) + len(blank) + int(head[size:].partition(b"\r")[0])
        self._check(asked, had)
        asked.content = self._content(had)

    def ask(self) -> None:
        self.socket.send(self._asked[self.done % len(self._asked)].request)

    def hear(self) -> None:
        """What came; asks on where it was the last of an answer. Raises ValueError for any but the right one."""
        asked = self._asked[self.done % len(self._asked)]
        more = self.socket.recv_into(self._buffer[self._had :])
        self._had += more
        if more and self._had < asked.length:
            return
        self._check(asked, self._had)
        if not self.done % _LOOKED_AT and self._content(self._had) != asked.content:
            raise ValueError(bytes(self._buffer[: self._had]))
        self._had = 0
        self.done += 1
        self.ask()

    def _check(self, asked: _Asked, had: int) -> None:
        if had != asked.length or self._buffer[: len(_WELL)] != _WELL:
            raise ValueError(had, asked.length, bytes(self._buffer[: min(had, 500)]))

    def _content(self, had: int) -> str:
        return sha256(bytes(self._buffer[:had]).partition(_BLANK)[2]).hexdigest()


def _request(port: int, station: int) -> bytes:
    return (
        f"GET /api/v1/stations/h{station}/months/{MONTH}/playlist.m3u8 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"{bearer(secret_of(station))}\r\n\r\n"
    ).encode()


def _pull(seconds: float, connections: int, stations: int, ports: list[int]) -> dict[str, float]:
    ready, lines = select.epoll(), {}
    for number in range(connections):
        line = _Connection(ports[number % len(ports)], range(number, stations, connections))
        lines[line.socket.fileno()] = line
        ready.register(line.socket, select.EPOLLIN)
    # By turns: a web closes the line of who asks nothing for long.
    for at in range(stations // connections):
        for line in lines.values():
            line.learn(at)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    cpu_s, begun = time.process_time(), time.perf_counter()
    for line in lines.values():
        line.ask()
    while time.perf_counter() - begun < seconds:
        for number, _ in ready.poll():
            lines[number].hear()
    return {
        "done": sum(line.done for line in lines.values()),
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - cpu_s,
    }


if __name__ == "__main__":
    seconds, connections, stations, *ports = sys.argv[1:]
    sys.stdout.write(json.dumps(_pull(float(seconds), int(connections), int(stations), [int(port) for port in ports])))
