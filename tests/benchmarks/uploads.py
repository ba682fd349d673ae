"""A file of 500 MB through tus against the same bytes from a bare socket to a file; and what the service needs for it.

Both ends of a transfer share this machine. The bare receiver writes as it reads and brings the file to disk at its
end; Loa does so all the while. Rounds take turns, and the median of their ratios counts.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from urllib.request import urlopen

from media.ffmpeg import Ffmpeg
from tests.benchmarks.http import free_port, wait_for
from tests.server.worlds import build_world

ROUNDS = 7
CHUNK = 8 * 1024 * 1024
GROWTH_MB = 80
# 96 kHz, stereo, 24 bit: 500 MB are a little less than a quarter of an hour, as long as a segment may be.
SECONDS = 868
_PIECE_S = 62
_SPEECH = "tremolo=f=4.3:d=0.9,tremolo=f=0.31:d=0.6,highpass=f=120,lowpass=f=4000,volume=-6dB"
_SETTLED_S = 600

_BARE = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
buffer = memoryview(bytearray(1024 * 1024))
while True:
    connection, _ = listening.accept()
    with connection, open(sys.argv[1], "wb", buffering=0) as file:
        while count := connection.recv_into(buffer):
            file.write(buffer[:count])
        os.fsync(file.fileno())
        connection.sendall(b"kept")
    os.unlink(sys.argv[1])
"""


def run() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = _recording(folder)
        home = folder / "home"
        build_world(home).context.close()
        port = free_port()
        environment = {**os.environ, "LOA_HOME": str(home), "LOA_PORT": str(port)}
        with (folder / "log").open("wb") as log:
            service = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "serve"], env=environment, stdout=log, stderr=log
            )
        bare = subprocess.Popen([sys.executable, "-c", _BARE, str(folder / "bare")], stdout=subprocess.PIPE, text=True)
        try:
            wait_for(port, service)
            # First, while the service has done nothing else.
            growth = _growth(service.pid, port, source)
            assert bare.stdout is not None
            rows = _throughput(port, int(bare.stdout.readline()), source)
        finally:
            for process in (bare, service):
                process.terminate()
                process.wait(30)
            if bare.stdout is not None:
                bare.stdout.close()
        return [*rows, growth]


def _throughput(port: int, bare_port: int, source: Path) -> list[dict[str, object]]:
    size = source.stat().st_size
    seconds: dict[str, list[float]] = {"bare": [], "whole": [], "chunks": []}
    for round_ in range(ROUNDS + 1):
        taken = {
            "bare": _send_bare(bare_port, source),
            "whole": _send(port, source, size),
            "chunks": _send(port, source, CHUNK),
        }
        if round_:  # the first warms up
            for name, spent in taken.items():
                seconds[name].append(spent)
    speeds = {name: f"{size / 1_000_000 / median(spent):.0f} MB/s" for name, spent in seconds.items()}
    return [
        {
            "name": f"500 MB through tus, {words} ({speeds[name]})",
            "value": round(median(bare / tus for bare, tus in zip(seconds["bare"], seconds[name], strict=True)), 3),
            "unit": "times the speed",
            "limit": 0.5,
            "sense": "at least",
            "ratio_of": f"a bare socket to disk ({speeds['bare']})",
        }
        for name, words in (("whole", "one PATCH"), ("chunks", "chunks of 8 MiB"))
    ]


def _growth(pid: int, port: int, source: Path) -> dict[str, object]:
    """From the service at rest to its peak, from the first byte to the verdict."""
    at_rest = _at_rest(pid)
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # the peak is counted from here
    began = perf_counter()
    with closing(_Line(port)) as line:
        size = source.stat().st_size
        code = line.append(line.announce(size), source, size)["loa-segment"]
    while (state := _state_of(port, code)) == "processing":
        if perf_counter() - began > _SETTLED_S:
            raise TimeoutError(f"{code} is still on its way")
        sleep(0.5)
    if state != "ready":
        raise RuntimeError(f"the recording came out as {state}")
    peak = _memory(pid, "VmHWM")
    return {
        "name": f"memory of the service during upload and processing of 500 MB ({at_rest:.0f} MB at rest)",
        "value": round(peak - at_rest, 1),
        "unit": "MB more",
        "limit": GROWTH_MB,
        "sense": "at most",
    }


def _at_rest(pid: int) -> float:
    """MB, once two seconds change nothing: libraries come in after the first page."""
    before = 0.0
    while (now := _memory(pid, "VmRSS")) != before:
        before = now
        sleep(2)
    return now


def _memory(pid: int, name: str) -> float:
    """MB. `name` as in proc(5)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1_000_000 for line in lines if line.startswith(name))


class _Line:
    """One connection to the service, kept open. The file's bytes go from the disk to the socket without passing here."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = socket.create_connection(("127.0.0.1", port))

    def close(self) -> None:
        self._connection.close()

    def announce(self, size: int) -> str:
        said = {"filename": "dai.wav", "filetype": "audio/wav", "topic": "mot-cua", "language": "vi"}
        metadata = ",".join(f"{name} {b64encode(text.encode()).decode()}" for name, text in said.items())
        return self.ask("POST", "/api/v1/uploads", f"Upload-Length: {size}\r\nUpload-Metadata: {metadata}\r\n")[
            "location"
        ]

    def append(self, path: str, source: Path, step: int) -> dict[str, str]:
        size, offset = source.stat().st_size, 0
        headers: dict[str, str] = {}
        with source.open("rb") as file:
            while offset < size:
                count = min(step, size - offset)
                self._begin(
                    "PATCH",
                    path,
                    f"Upload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n"
                    f"Content-Length: {count}\r\n",
                )
                self._connection.sendfile(file, offset, count)
                headers = self._answer()
                offset += count
        return headers

    def ask(self, method: str, path: str, headers: str = "Content-Length: 0\r\n") -> dict[str, str]:
        self._begin(method, path, headers)
        return self._answer()

    def _begin(self, method: str, path: str, headers: str) -> None:
        first = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nTus-Resumable: 1.0.0\r\n"
        self._connection.sendall(f"{first}{headers}\r\n".encode())

    def _answer(self) -> dict[str, str]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, self._body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(self._body) < int(headers.get("content-length", "0")):
            self._body += self._more()
        if not first.split()[1].startswith("2"):
            raise RuntimeError(f"{first} {self._body.decode()}")
        return headers

    def _more(self) -> bytes:
        came = self._connection.recv(65536)
        if not came:
            raise ConnectionError("the service closed the line")
        return came


def _state_of(port: int, code: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/segments/{code}", timeout=60) as answer:
        return str(json.load(answer)["state"])


def _send(port: int, source: Path, step: int) -> float:
    """Seconds for all of it, announced with one byte more, so that it is not processed; then it is ended."""
    with closing(_Line(port)) as line:
        path = line.announce(source.stat().st_size + 1)
        began = perf_counter()
        line.append(path, source, step)
        spent = perf_counter() - began
        line.ask("DELETE", path)
        return spent


def _send_bare(port: int, source: Path) -> float:
    with socket.create_connection(("127.0.0.1", port)) as connection, source.open("rb") as file:
        began = perf_counter()
        connection.sendfile(file)
        connection.shutdown(socket.SHUT_WR)
        if connection.recv(4) != b"kept":
            raise ConnectionError("the bare receiver failed")
        return perf_counter() - began


def _recording(folder: Path) -> Path:
    piece, whole = folder / "piece.wav", folder / "dai.wav"
    ffmpeg = Ffmpeg.find(None).executable
    form = ("-ac", "2", "-ar", "96000", "-c:a", "pcm_s24le")
    noise = f"anoisesrc=c=pink:r=96000:d={_PIECE_S}:a=0.8:seed=7"
    for arguments in (
        ("-f", "lavfi", "-i", noise, "-af", _SPEECH, *form, str(piece)),
        ("-stream_loop", "-1", "-i", str(piece), "-t", str(SECONDS), "-c", "copy", str(whole)),
    ):
        subprocess.run([ffmpeg, "-hide_banner", "-nostdin", "-y", *arguments], check=True, capture_output=True)
    piece.unlink()
    return whole


if __name__ == "__main__":
    for row in run():
        print(row)  # noqa: T201 - started by hand
