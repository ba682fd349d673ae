"""Playlist pulls from one web process, and from two: real `loa serve` processes on one PostgreSQL, which do no work besides.

Client, database and both webs share this machine's processors, which with two of them leaves two webs less than a
processor each: what is judged is how many pulls a second of web processor gives with one and with two, since on
machines of their own each has a whole one. What was really carried is told beside it.
"""

import json
import os
import selectors
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from statistics import median

from tests.benchmarks.aired_month import MONTH
from tests.benchmarks.country import PROVINCE, Place, places
from tests.benchmarks.http import free_port
from tests.benchmarks.lines import Line, bearer, cpu_seconds, with_children
from tests.benchmarks.manifest_polling import secret_of

LEAST = 1.6
CONNECTIONS = 8
ROUND_S = 5.0
ROUNDS = 3
LONGEST_START_S = 60.0


def run() -> list[dict[str, object]]:
    with places(months_before=0, province=PROVINCE) as found, ExitStack() as ends:
        place = found["province"]
        webs = [_Web(place) for _ in range(2)]
        for web in webs:
            ends.callback(web.stop)
        for web in webs:
            web.wait()
        first, both = [webs[0]], webs
        seen: dict[int, list[tuple[float, float, float, float]]] = {1: [], 2: []}
        for web in webs:
            web.warm_up()
        for _ in range(ROUNDS):
            for which in (first, both):
                seen[len(which)].append(_pulled(place, which))
    rate, web_s, database_s, client_s = (
        {many: median(each[at] for each in rounds) for many, rounds in seen.items()} for at in range(4)
    )
    told = (
        f"{rate[2]:.0f} a second against {rate[1]:.0f} on {os.cpu_count()} processors; each pull took"
        f" {web_s[2] * 1e6:.0f} and {web_s[1] * 1e6:.0f} µs of a web's, {database_s[2] * 1e6:.0f} µs of the database's and"
        f" {client_s[2] * 1e6:.0f} µs of the client's"
    )
    return [
        {
            "name": f"pulls for each second that webs have, two against one ({told})",
            "value": round(2 * web_s[1] / web_s[2], 3),
            "unit": "times",
            "limit": LEAST,
            "sense": "at least",
            "ratio_of": "one web process",
            "what": "two webs",
            "carried": rate[2] / rate[1],
            "web_s": web_s[1],
            "database_s": database_s[1],
        }
    ]


class _Web:
    def __init__(self, place: Place) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"],
            env={**kept, **place.settings, "LOA_PORT": str(self.port), "LOA_WORKER": "no"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        end = time.monotonic() + LONGEST_START_S
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return

    def warm_up(self) -> None:
        """Each station's playlist once: what is measured is what is kept."""
        line = Line(self.port)
        for station in range(PROVINCE.stations):
            line.ask(f"/api/v1/stations/h{station}/months/{MONTH}/playlist.m3u8", bearer(secret_of(station)))
        line.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _pulled(place: Place, webs: list[_Web]) -> tuple[float, float, float, float]:
    """Pulls a second; processor seconds of webs, database and client for each."""
    ports = [str(web.port) for web in webs]
    servers, database = [web.process.pid for web in webs], place.server.process_id
    web_s, database_s = cpu_seconds(*servers), cpu_seconds(*with_children(database))
    command = [sys.executable, "-m", "tests.benchmarks.two_webs", *ports]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    done = found["done"]
    return (
        done / found["seconds"],
        (cpu_seconds(*servers) - web_s) / done,
        (cpu_seconds(*with_children(database)) - database_s) / done,
        found["cpu_s"] / done,
    )


class _Pull:
    """One connection that asks for one station's playlist after another's."""

    def __init__(self, port: int, number: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._requests = [
            f"GET /api/v1/stations/h{station}/months/{MONTH}/playlist.m3u8 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"{bearer(secret_of(station))}\r\n\r\n".encode()
            for station in range(number, PROVINCE.stations, CONNECTIONS)
        ]
        self._left = 0
        self.done = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def ask(self) -> None:
        self._socket.sendall(self._requests[self.done % len(self._requests)])

    def hear(self) -> None:
        some = self._socket.recv(262_144)
        if not self._left:
            head, _, body = some.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            at = head.lower().index(b"content-length: ")
            self._left = int(head[at + 16 :].partition(b"\r")[0]) - len(body)
        else:
            self._left -= len(some)
        if not self._left:
            self.done += 1
            self.ask()


def _client(ports: list[int]) -> dict[str, float]:
    pulls = [_Pull(ports[number % len(ports)], number) for number in range(CONNECTIONS)]
    ready = selectors.DefaultSelector()
    for pull in pulls:
        ready.register(pull, selectors.EVENT_READ)
        pull.ask()
    cpu_s, begun = time.process_time(), time.perf_counter()
    while time.perf_counter() - begun < ROUND_S:
        for key, _ in ready.select():
            key.fileobj.hear()  # type: ignore[union-attr]  # one of ours
    seconds = time.perf_counter() - begun
    return {"done": sum(pull.done for pull in pulls), "seconds": seconds, "cpu_s": time.process_time() - cpu_s}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_client([int(port) for port in sys.argv[1:]])))
