"""Playlist pulls from one web process, and from two: real `loa serve` processes on one PostgreSQL, which do no work besides.

Client and database share this machine's processors with the webs. With one web that is the only thing that is short: it
has a processor to itself, and how much of it it uses is told and judged. With two webs on two processors everything is
short, so two can't carry more than the processors hold pulls, a web's share of one with the client's and the database's:
how often one web's rate goes into that is told as the ceiling, beside what was carried.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from tests.benchmarks.country import Place, Size, places
from tests.benchmarks.http import free_port
from tests.benchmarks.lines import cpu_seconds, cpu_seconds_with_children

LEAST = 1.6
# Of a processor: below it the one web would not be what was short, and two might carry more for that reason alone.
LEAST_SHARE = 0.9
# A token may ask 600 times a minute, all rounds together: with 8,000 pulls a second from one web it asks half as often.
# As many for each connection.
SIZE = Size(stations=1_024, entries=1_000, segments=300)
CONNECTIONS = 32
ROUND_S = 3.0
ROUNDS = 5
LONGEST_START_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """`rate`: pulls a second. Processor seconds of the webs, the database and the client for each pull."""

    rate: float
    web_s: float
    database_s: float
    client_s: float

    @property
    def all_s(self) -> float:
        return self.web_s + self.database_s + self.client_s

    @property
    def web_share(self) -> float:
        """Of a processor, all webs together."""
        return self.rate * self.web_s

    def told(self, many: str) -> str:
        each = ", ".join(
            f"{name} {seconds * 1e6:.0f}"
            for name, seconds in (("web", self.web_s), ("database", self.database_s), ("client", self.client_s))
        )
        return f"{many}: {self.rate:.0f}/s by {self.web_share:.2f} processors of webs, µs a pull {each}"


def run() -> list[dict[str, object]]:
    with places(months_before=0, webs=SIZE) as found, ExitStack() as ends:
        place = found["webs"]
        webs = [_Web(place) for _ in range(2)]
        for web in webs:
            ends.callback(web.stop)
        for web in webs:
            web.wait()
        # By turns, so that whatever else this machine does meets both.
        rounds = [(_pulled(place, webs[:1]), _pulled(place, webs)) for _ in range(ROUNDS)]
    one, two = (_middle(each[at] for each in rounds) for at in range(2))
    processors = os.cpu_count() or 1
    ceiling = min(2.0, processors / two.all_s * one.web_s)
    return [
        {
            "name": f"pulls, two against one ({one.told('one')}; {two.told('two')}; {processors} processors for all of this allow {ceiling:.2f})",
            "value": round(two.rate / one.rate, 3),
            "unit": "times",
            "limit": LEAST,
            "sense": "at least",
            "ratio_of": "one web process",
            "what": "two webs",
            "ceiling": ceiling,
            **{
                f"{name}_of_{many}": value
                for many, each in (("one", one), ("two", two))
                for name, value in asdict(each).items()
            },
        },
        {
            "name": "pulls from one web: of a processor it used, so that it was what was short",
            "value": round(one.web_share, 3),
            "unit": "of a core",
            "limit": LEAST_SHARE,
            "sense": "at least",
        },
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

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _middle(rounds: Iterable[_Round]) -> _Round:
    return sorted(rounds, key=lambda each: each.rate)[ROUNDS // 2]


def _pulled(place: Place, webs: list[_Web]) -> _Round:
    """A round, after the client has had each playlist once."""
    servers, database = [web.process.pid for web in webs], place.server.process_id
    asked = [ROUND_S, CONNECTIONS, SIZE.stations, *(web.port for web in webs)]
    command = [sys.executable, "-m", "tests.benchmarks.pulling", *map(str, asked)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "ready\n"
        web_s, database_s = cpu_seconds(*servers), cpu_seconds_with_children(database)
        told, _ = client.communicate("go\n")
        web_s, database_s = cpu_seconds(*servers) - web_s, cpu_seconds_with_children(database) - database_s
    found = json.loads(told)
    done = found["done"]
    return _Round(
        rate=done / found["seconds"], web_s=web_s / done, database_s=database_s / done, client_s=found["cpu_s"] / done
    )
