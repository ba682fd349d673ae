"""`loa station init`, `sync` and `status` from a terminal, and what they say when something is wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from server.station.folder import Folder, hash_of
from server.station.server_door import ServerDoor
from tests.server.machines import token
from tests.server.station.bad_line import bad_line
from tests.server.station.command import loa_station, set_up, station_environment
from tests.server.station.sealing import KEY
from tests.server.station.stations import Station
from tests.server.worlds import World


@pytest.fixture
def ready(world: World, loa: str, tmp_path: Path) -> Path:
    """A folder with settings in it."""
    with ServerDoor(loa, "h654", "") as door:
        set_up(tmp_path / "máy", server=loa, token=token(world.context), key=door.public_key())
    return tmp_path / "máy"


def test_a_station_is_set_up_fetches_and_tells_how_it_stands(world: World, loa: str, tmp_path: Path) -> None:
    (tmp_path / "ma").write_text(token(world.context) + "\n")
    begun = loa_station(
        tmp_path, "init", "--server", loa, "--station", "h654", "--token-file", "ma", "--folder", "giữ", typed="y\n"
    )
    with ServerDoor(loa, "h654", "") as door:
        assert door.public_key().fingerprint in begun.stdout
    assert begun.returncode == 0, begun.stderr
    assert "Krông Pắc" in begun.stdout
    assert (tmp_path / "loa-station.toml").stat().st_mode & 0o777 == 0o600
    # The disk of the tests need not have room for others.
    path = tmp_path / "loa-station.toml"
    path.write_text(path.read_text().replace("# reserve_mb = 200", "reserve_mb = 0"))
    before = json.loads(loa_station(tmp_path, "status", "--json").stdout)
    fetched = loa_station(tmp_path, "sync")
    assert (fetched.returncode, fetched.stderr.count("Đang tải")) == (
        0,
        len({each["sha256"] for each in before["lacking"]}),
    )
    assert "Đủ tệp cho mọi khung phát sắp tới." in fetched.stdout
    after = json.loads(loa_station(tmp_path, "status", "--json").stdout)
    assert (before["version"], after["lacking"], after["trouble"]) == (after["version"], [], "")
    assert after["months"] == [{"month": "2026-12", "revision": 1}]
    told = loa_station(tmp_path, "status")
    assert (told.returncode, "Gặp máy chủ lần cuối" in told.stdout) == (0, True)


def test_nothing_is_written_where_the_person_does_not_trust_the_key(world: World, loa: str, tmp_path: Path) -> None:
    (tmp_path / "ma").write_text(token(world.context))
    asked = ("init", "--server", loa, "--station", "h654", "--token-file", "ma")
    assert loa_station(tmp_path, *asked, typed="n\n").returncode == 130
    other = loa_station(tmp_path, *asked, "--key", KEY.text)
    assert (other.returncode, KEY.name in other.stderr) == (2, True)
    assert not (tmp_path / "loa-station.toml").exists()


def test_a_wrong_token_is_told_before_anything_is_written(loa: str, tmp_path: Path) -> None:
    (tmp_path / "ma").write_text("loa_x_sai")
    begun = loa_station(tmp_path, "init", "--server", loa, "--station", "h654", "--token-file", "ma", "--trust")
    assert (begun.returncode, "mã truy cập" in begun.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("loa-station")] == []


def test_settings_that_are_there_are_not_written_over(ready: Path) -> None:
    again = loa_station(ready, "init", "--server", "http://127.0.0.1:9", "--station", "h654")
    assert (again.returncode, "đã có" in again.stderr) == (2, True)


def test_without_settings_it_says_how_to_get_them(tmp_path: Path) -> None:
    told = loa_station(tmp_path, "sync")
    assert (told.returncode, "loa station init" in told.stderr) == (2, True)


def test_without_a_line_it_says_so_and_what_is_kept_stays(ready: Path) -> None:
    assert loa_station(ready, "sync").returncode == 0
    path = ready / "loa-station.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(['server = "http://127.0.0.1:9"', *lines[1:]]))
    told = loa_station(ready, "sync")
    assert (told.returncode, "lịch đã tải vẫn phát được" in told.stderr) == (3, True)
    assert json.loads(loa_station(ready, "status", "--json").stdout)["lacking"] == []


def test_the_clock_is_told_in_words(ready: Path) -> None:
    # The clock of the world is another than that of the process.
    assert "Đồng hồ máy này" in loa_station(ready, "sync").stdout


def test_a_disk_that_is_full_in_the_middle_is_told_and_the_next_run_goes_on(ready: Path) -> None:
    process = subprocess.run(
        [
            *("prlimit", "--fsize=12000"),
            *(sys.executable, "-B", "-m", "server.cli", "station", "sync"),
        ],
        cwd=ready,
        env={**station_environment(ready), "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert process.returncode == 3, (process.stdout, process.stderr)
    assert "Đĩa" in process.stderr
    assert whole(ready / "giữ")
    assert loa_station(ready, "sync").returncode == 0


def test_a_folder_that_cannot_be_written_is_told(ready: Path) -> None:
    (ready / "giữ").write_bytes(b"a file")
    told = loa_station(ready, "sync")
    assert (told.returncode, "Không ghi được vào" in told.stderr) == (3, True)


def whole(folder: Path) -> bool:
    """Whether all files under final names are what their names say."""
    return all(hash_of(path) == path.stem for path in (folder / "files").iterdir())


def test_a_process_killed_at_any_moment_leaves_a_folder_that_the_next_one_goes_on_with(
    ready: Path, station: Station
) -> None:
    chance = Random(11)  # noqa: S311 (the same moments each time, as far as bytes tell them)
    folder = ready / "giữ"
    path = ready / "loa-station.toml"
    direct = path.read_text()
    killed = 0
    with bad_line(station.door.server) as slow:
        slow.piece, slow.delay_s = 2_000, 0.01
        path.write_text(direct.replace(station.door.server, slow.address))
        for _ in range(8):
            process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "station", "sync"],
                cwd=ready,
                env={**station_environment(ready), "PYTHONPATH": str(Path(__file__).parents[3])},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            enough = held_bytes(folder) + chance.randrange(1, 20_000)
            while process.poll() is None and held_bytes(folder) < enough:
                time.sleep(0.002)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
            assert not (folder / "files").exists() or whole(folder)
    assert killed > 3
    path.write_text(direct)
    assert loa_station(ready, "sync").returncode == 0
    kept = Folder(folder, key=station.folder.key, station="h654")
    manifest = kept.manifest()
    assert manifest is not None
    assert all(kept.sound(file.sha256) for file in manifest.files)
    assert not list((folder / "parts").iterdir())


def held_bytes(folder: Path) -> int:
    """Of sounds, whole or on their way."""
    found = 0
    for path in (*folder.glob("files/*"), *folder.glob("parts/*")):
        try:
            found += path.stat().st_size
        except FileNotFoundError:  # renamed meanwhile
            continue
    return found
