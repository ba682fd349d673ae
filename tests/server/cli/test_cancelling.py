"""Planning at a terminal: the bar tells how far it is, and Ctrl-C leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.server import databases
from tests.server.cli.command import NEXT_MONTH, environment
from tests.server.databases import open_context

FIRST_STATIONS = re.compile(r"[1-9]\d*/199 đài, (chưa thiếu|thiếu \d+ (phút|giây))")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Where tests run in the background their children would not hear of an interrupt."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def dump(home: Path) -> dict[str, list[str]]:
    with closing(open_context(home=home)) as context:
        return databases.dump(context)


def read_until(terminal: int, wanted: re.Pattern[str]) -> str:
    """All that was written to the terminal until it shows what is wanted, or until nobody writes any more."""
    said = b""
    while not wanted.search(said.decode(errors="replace")):
        try:
            some = os.read(terminal, 4096)
        except OSError:  # Linux says so where the other side is closed
            break
        if not some:
            break
        said += some
    return said.decode(errors="replace")


@pytest.mark.usefixtures("interruptible")
def test_the_bar_tells_stations_and_shortfall_and_an_interrupt_stores_nothing(home: Path) -> None:
    before = dump(home)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "server.cli", "plan", "make", str(NEXT_MONTH)]
    settings = environment(home, TERM="xterm", COLUMNS="160")
    with subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=theirs) as planning:
        os.close(theirs)
        said = read_until(ours, FIRST_STATIONS)
        assert FIRST_STATIONS.search(said), said
        assert f"Lập lịch tháng {NEXT_MONTH}" in said
        planning.send_signal(signal.SIGINT)
        said = read_until(ours, re.compile("Đã dừng theo yêu cầu"))
        assert planning.wait(timeout=60) == 130, said
    os.close(ours)
    assert "Đã dừng theo yêu cầu." in said
    assert dump(home) == before
