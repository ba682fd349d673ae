"""From `loa run` to the first page: the first start on an empty folder, and the second."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

TIMEOUT_S = 300


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as home:
        first = _seconds_to_first_page(Path(home))
        second = min(_seconds_to_first_page(Path(home)) for _ in range(3))
        loading = _seconds_to_load_sample()
    return [
        {
            "name": "first start on an empty folder to the first page",
            "value": first,
            "unit": "s",
            "limit": 120,
            "sense": "at most",
        },
        {"name": "second start to the first page", "value": second, "unit": "s", "limit": 3, "sense": "at most"},
        {"name": "loading the sample", "value": loading, "unit": "s", "limit": 60, "sense": "at most"},
    ]


def _seconds_to_first_page(home: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LOA_HOME": str(home), "LOA_PORT": str(port)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "run"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < TIMEOUT_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
                    page.read()
                return time.perf_counter() - began
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    message = f"loa run ended with status {process.returncode}"
                    raise RuntimeError(message) from None
                time.sleep(0.02)
        message = "loa run served no page in time"
        raise TimeoutError(message)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _seconds_to_load_sample() -> float:
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "server.cli", "sample", "load", "dak-lak"],
            env={**os.environ, "LOA_HOME": home},
            check=True,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - began
