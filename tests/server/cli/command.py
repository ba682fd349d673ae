"""The command `loa` as people run it: a process with its own environment."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from schedules.months import Month
from tests.server.databases import settings_of

NEXT_MONTH = Month.of(datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()).next()


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    return {**kept, **settings_of(home), **settings}


def loa(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *arguments],
        env=environment(home, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def started(home: Path, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """On its way, with that folder of backups: to be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "server.cli", *arguments, "--to", str(folder)],
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def did(home: Path, *arguments: str, **settings: str) -> str:
    """What it printed; that it failed is an assertion with all it said."""
    done = loa(home, *arguments, **settings)
    assert done.returncode == 0, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout
