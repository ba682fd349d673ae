"""Web servers are restarted one after the other, and whoever asks, and once more where nobody answered, sees no error."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from threading import Event, Thread

import httpx
import pytest

from server.services.context import Context
from tests.server.jobs.serving import Served
from tests.server.services.arriving import settle_in

LONGEST_S = 60
ASKED = "/api/v1/segments"


@pytest.fixture
def home(empty: Context) -> Context:
    settle_in(empty)
    return empty


class Clients:
    """Threads that ask one server after the other, and once more at the next where there was no answer or 503."""

    def __init__(self, addresses: list[str], headers: dict[str, str]) -> None:
        self._addresses, self._headers = addresses, headers
        self._ended = Event()
        self.seen: Counter[str] = Counter()
        self.asked_twice = 0
        self._threads = [Thread(target=self._ask, args=(number,)) for number in range(2)]
        for each in self._threads:
            each.start()

    def answered(self) -> int:
        return self.seen["200"]

    def end(self) -> None:
        self._ended.set()
        for each in self._threads:
            each.join()

    def _ask(self, first: int) -> None:
        with httpx.Client(headers=self._headers, timeout=LONGEST_S) as client:
            for number in count(first):
                # As people do, who leave the machine time to start the other.
                if self._ended.wait(0.05):
                    return
                said = self._once(client, number)
                if said != "200":
                    self.asked_twice += 1
                    said = self._once(client, number + 1)
                self.seen[said] += 1

    def _once(self, client: httpx.Client, number: int) -> str:
        try:
            return str(client.get(self._addresses[number % len(self._addresses)] + ASKED).status_code)
        except httpx.TransportError as error:
            return type(error).__name__


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_after_the_other_is_stopped_and_restarted_under_load_without_an_error(home: Context) -> None:
    with ExitStack() as processes:
        hasty = processes.enter_context(Served(home.home, LOA_WORKER="no"))
        polite = processes.enter_context(Served(home.home, LOA_WORKER="no", LOA_STOP_DELAY="600"))
        clients = Clients([hasty.address, polite.address], hasty.key)

        def wait_for_answers() -> None:
            enough = clients.answered() + 20
            wait_for(lambda: clients.answered() >= enough)

        try:
            wait_for_answers()
            hasty.stop()
            wait_for_answers()
            processes.enter_context(Served(home.home, port=hasty.port, LOA_WORKER="no"))
            wait_for_answers()
            stop_politely(polite)
            wait_for_answers()
        finally:
            clients.end()
    assert set(clients.seen) == {"200"}
    assert clients.asked_twice > 0


def stop_politely(web: Served) -> None:
    """It says that it leaves, serves on, asks who is answered to come by a new line, and ends at once when told again."""
    with httpx.Client(base_url=web.address, headers=web.key, timeout=LONGEST_S) as client:
        assert "connection" not in client.get(ASKED).headers
        web.process.send_signal(signal.SIGTERM)
        wait_for(lambda: client.get("/health/ready").status_code == 503)
        answer = client.get(ASKED)
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        web.process.send_signal(signal.SIGINT)
        web.process.wait(LONGEST_S)
        with pytest.raises(httpx.TransportError):
            client.get(ASKED)
