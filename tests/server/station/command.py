"""`loa station` as people run it: a process with its own environment, away from the server's."""

import subprocess
import sys
from pathlib import Path

from server.station.seals import PinnedKey
from server.station.settings import settings_text
from tests.server.cli.command import environment


def station_environment(folder: Path, **settings: str) -> dict[str, str]:
    """The person's own settings are nobody's business here."""
    return {**environment(folder), "HOME": str(folder), **settings}


def loa_station(folder: Path, *arguments: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """In that folder, where its file of settings is."""
    return subprocess.run(
        [sys.executable, "-m", "server.cli", "station", *arguments],
        cwd=folder,
        env={**station_environment(folder, **settings), "PYTHONPATH": str(Path(__file__).parents[3])},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def set_up(folder: Path, *, server: str, token: str, key: PinnedKey, more: str = "", station: str = "h654") -> Path:
    """Writes the file of settings; the path of the folder that the program keeps."""
    folder.mkdir(parents=True, exist_ok=True)
    text = settings_text(server=server, station=station, token=token, token_file=None, key=key, folder=Path("giữ"))
    (folder / "loa-station.toml").write_text(text.replace("[sync]\n", f"[sync]\nreserve_mb = 0\n{more}\n"))
    return folder / "giữ"
