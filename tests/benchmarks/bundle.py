"""A USB bundle over HTTP against `zip -0` of the very same files, and the server's memory for one four times as large.

Both are read to their end by this process: one from a socket on the loopback, one from a pipe, in turns, and the median
of their ratios counts. The sounds are noise in a store as uploads lie there. The first transfer of a server, for which
it also compares every sound with its hash and sets the papers, has a row of its own.
"""

import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import IO

from schedules.months import Month
from tests.benchmarks.http import TOKEN_FILE, free_port, wait_for

MONTH = Month(2026, 12)
PATH = f"/api/v1/stations/h654/months/{MONTH}/bundle.zip?per=item"
SEGMENTS = 12
SMALL, LARGE = 8_000_000, 32_000_000  # bytes of each sound
ROUNDS = 7
_PIECE = 1024 * 1024


def run() -> list[dict[str, object]]:
    small, large = (_measured(each) for each in (SMALL, LARGE))
    rows: list[dict[str, object]] = [
        {
            "name": name,
            "value": round(value, 3),
            "unit": "times the speed",
            "limit": limit,
            "sense": "at least",
            "ratio_of": "zip -0 of the same files",
        }
        for name, value, limit in (
            (f"a bundle of {small['size'] / 1e6:.0f} MB ({small['speed']:.0f} MB/s)", small["ratio"], 0.7),
            (f"a bundle of {large['size'] / 1e6:.0f} MB ({large['speed']:.0f} MB/s)", large["ratio"], 0.7),
            ("the same as a server's first, with all sounds compared with their hashes", large["first"], 0.35),
        )
    ]
    more = (large["size"] - small["size"]) / 1e6
    return [
        *rows,
        {
            "name": f"the server's peak of memory ({large['peak']:.0f} MB) for {more:.0f} MB more of bundle",
            "value": round(large["peak"] - small["peak"], 1),
            "unit": "MB",
            "limit": 8,
            "sense": "at most",
        },
    ]


def _measured(each: int) -> dict[str, float]:
    """Ratios to zip (`first`: of the first transfer), bytes, MB a second, and the server's peak of memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        home, unpacked, port = Path(folder, "home"), Path(folder, "unpacked"), free_port()
        server = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.bundle", str(home), str(port), str(each)])
        try:
            wait_for(port, server)
            token = (home / TOKEN_FILE).read_text()
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # the peak is that of serving, not of setting up
            size, first = _fetched(port, token)
            archive = Path(folder, "bundle.zip")
            with archive.open("wb") as kept:
                _fetched(port, token, keep=kept)
            subprocess.run(["unzip", "-q", str(archive), "-d", str(unpacked)], check=True)
            archive.unlink()
            zipped, ours = [], []
            for _round in range(ROUNDS):
                zipped.append(_zipped(unpacked))
                ours.append(_fetched(port, token)[1])
            peak = _peak(server.pid)
        finally:
            server.terminate()
            server.wait(20)
    return {
        "ratio": median(of / other for of, other in zip(zipped, ours, strict=True)),
        "first": median(zipped) / first,
        "size": size,
        "speed": size / median(ours) / 1e6,
        "peak": peak,
    }


def _fetched(port: int, token: str, keep: IO[bytes] | None = None) -> tuple[int, float]:
    """How many bytes came, and in how many seconds."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", headers={"Authorization": f"Bearer {token}"})
    began, size = perf_counter(), 0
    with urllib.request.urlopen(asked) as answer:  # noqa: S310  # our own address
        wanted = int(answer.headers["Content-Length"])
        while piece := answer.read(_PIECE):
            size += len(piece)
            if keep is not None:
                keep.write(piece)
    assert size == wanted
    return size, perf_counter() - began


def _zipped(folder: Path) -> float:
    began = perf_counter()
    with subprocess.Popen(["zip", "-0", "-q", "-r", "-", "."], cwd=folder, stdout=subprocess.PIPE) as done:
        assert done.stdout is not None
        while done.stdout.read(_PIECE):
            pass
    assert done.returncode == 0
    return perf_counter() - began


def _peak(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000


def _serve(home: Path, port: int, each: int) -> None:
    import uvicorn
    from sqlmodel import select

    from server.app import create_app
    from server.db.library import Rendition
    from server.services.credential_issuing import issue_token
    from server.services.plans import make_plan, publish_plan
    from tests.server.worlds import build_world

    world = build_world(home, segments=SEGMENTS)
    with world.change() as session:
        for row in session.exec(select(Rendition)).all():
            path = world.context.scratch / "noise"
            with path.open("wb") as noise:
                for _piece in range(each // 1_000_000):
                    noise.write(os.urandom(1_000_000))
            stored = world.context.store.take(path)
            row.sha256, row.size = stored.sha256, stored.size
            session.add(row)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    (home / TOKEN_FILE).write_text(issue_token(world.context, "h654", "benchmark").secret)
    uvicorn.run(create_app(world.context), host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
