"""The soak, shortened: under load and kills for a while nothing that was acknowledged is lost."""

import os
import subprocess
import sys

import pytest


@pytest.mark.timeout(600)
def test_half_a_minute_of_kills_under_load_loses_nothing() -> None:
    """On PostgreSQL and a store of S3, which have more to go wrong. Its seed is in what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOA_")}
    command = ["setpriv", "--pdeathsig=TERM", sys.executable, "-m", "tests.soak", "--minutes", "0.5"]
    done = subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=550)
    assert done.returncode == 0, done.stdout + done.stderr
