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
    with subprocess.Popen(command, env=kept, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as soak:
        try:
            said = soak.communicate(timeout=550)[0]
        except subprocess.TimeoutExpired:
            # Killed, it would leave its processes behind and not say where it was.
            soak.terminate()
            said = soak.communicate()[0]
        except BaseException:
            soak.terminate()
            raise
    assert soak.returncode == 0, said
