"""`pip install loa[station]` on a machine that has nothing, and what works there."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from server.station.server_door import ServerDoor
from tests.server.machines import token
from tests.server.station.command import set_up
from tests.server.worlds import World

CHECKOUT = Path(__file__).parents[3]
# Of the server: web, database, planning, sound, documents.
HEAVY = (
    "litestar",
    "uvicorn",
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "numba",
    "numpy",
    "ortools",
    "jinja2",
    "dbos",
    "obstore",
    "pydub",
    "imageio-ffmpeg",
    "typst",
    "rich",
)


def run(*command: str | Path, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOA_", "PYTHON"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.fixture(scope="module")
def station_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment into which only the station's part was installed."""
    place = tmp_path_factory.mktemp("installed")
    made = run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", place, CHECKOUT),
        cwd=place,
    )
    assert made.returncode == 0, made.stderr
    wheel = next(place.glob("loa-*.whl"))
    venv.create(place / "venv", with_pip=True)
    programs = place / "venv" / "bin"
    done = run(programs / "python", "-m", "pip", "install", "--quiet", f"{wheel}[station]", cwd=place)
    assert done.returncode == 0, done.stderr
    return programs


def test_no_library_of_the_web_the_database_or_planning_comes_along(station_only: Path, tmp_path: Path) -> None:
    listed = run(station_only / "python", "-m", "pip", "list", "--format", "json", cwd=tmp_path)
    names = {each["name"].lower().replace("_", "-") for each in json.loads(listed.stdout)}
    assert {"loa", "httpx", "cryptography", "msgspec", "click"} <= names
    assert names & set(HEAVY) == set()
    assert len(names) < 25


def test_it_fetches_from_a_served_loa_and_tells_how_it_stands(
    station_only: Path, world: World, loa: str, tmp_path: Path
) -> None:
    with ServerDoor(loa, "h654", "") as door:
        folder = set_up(tmp_path / "máy", server=loa, token=token(world.context), key=door.public_key())
    fetched = run(station_only / "loa", "station", "sync", cwd=folder.parent, LOA_LANG="en")
    assert fetched.returncode == 0, fetched.stderr
    assert "coming slot" in fetched.stdout
    told = run(station_only / "loa", "station", "status", "--json", cwd=folder.parent)
    assert json.loads(told.stdout)["lacking"] == []


def test_help_shows_what_is_there_and_other_commands_say_what_is_missing(station_only: Path, tmp_path: Path) -> None:
    shown = run(station_only / "loa", "--help", cwd=tmp_path)
    assert (shown.returncode, "station" in shown.stdout, "doctor" in shown.stdout) == (0, True, False)
    for command in (("run",), ("plan", "--help"), ("months", "close", "2026-12")):
        told = run(station_only / "loa", *command, cwd=tmp_path)
        assert (told.returncode, "pip install 'loa[server]'" in told.stderr) == (3, True)
        assert len(told.stderr.splitlines()) == 1
    unknown = run(station_only / "loa", "khong-co", cwd=tmp_path)
    assert unknown.returncode == 2
