"""`loa station play`, `report`, `unit` and `liquidsoap` as people run them."""

import configparser
import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.station.lock import held
from tests.server.station.command import loa_station, set_up, station_environment
from tests.server.station.sealing import KEY


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Of a station that never had a line."""
    folder = tmp_path / 'đài "một" 100%'
    set_up(folder, server="http://127.0.0.1:9", token="x", key=KEY)  # noqa: S106 (nobody's)
    return folder


def with_play(place: Path, **settings: str) -> None:
    file = place / "loa-station.toml"
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    file.write_text(file.read_text().replace("[play]\n", f"[play]\n{lines}"))


def test_the_service_of_systemd_starts_this_program_with_these_settings_and_starts_it_anew(place: Path) -> None:
    done = loa_station(place, "unit")
    assert done.returncode == 0, done.stderr
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(done.stdout)
    words = shlex.split(unit["Service"]["ExecStart"].replace("%%", "%"))
    assert words[1:] == ["station", "--settings", str(place / "loa-station.toml"), "run"]
    assert unit["Service"]["Restart"] == "always"
    assert shlex.split(unit["Service"]["ReadWritePaths"].replace("%%", "%")) == [str(place / "giữ")]


def test_without_a_player_it_says_what_to_install(place: Path) -> None:
    with_play(place, player="no-such-player {file}")
    done = loa_station(place, "play")
    assert done.returncode == 3
    assert done.stderr == (
        "Lỗi: Máy này không có chương trình phát (no-such-player). Hãy cài mpv, hoặc ghi lệnh phát vào play.player"
        " trong tệp thiết lập.\n"
    )


def test_two_programs_never_play_from_one_folder(place: Path) -> None:
    with_play(place, player="cat {file}")
    (place / "giữ").mkdir()
    with held(place / "giữ" / "play.lock"):
        done = loa_station(place, "play")
    assert done.returncode == 3
    assert "đang phát từ" in done.stderr


def test_a_station_with_nothing_to_play_yet_waits_and_ends_when_it_is_told_to(place: Path) -> None:
    with_play(place, player="cat {file}")
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "station", "play"],
        cwd=place,
        env={**station_environment(place), "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert "Chưa có lịch nào để phát" in said.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_report_without_a_line_says_so_and_keeps_everything(place: Path) -> None:
    done = loa_station(place, "report")
    assert done.returncode == 3
    assert "http://127.0.0.1:9" in done.stderr


def test_a_script_for_liquidsoap_is_one_that_liquidsoap_runs(place: Path) -> None:
    filler = place / "nhạc #{exit(1)}"
    filler.mkdir()
    with_play(place, player="liquidsoap", relay='http://127.0.0.1:9/"air"', filler=str(filler))
    done = loa_station(
        place, "liquidsoap", "--out", 'output.dummy(radio)\nprint("READY")\nthread.run(delay=1., shutdown)'
    )
    assert done.returncode == 0, done.stderr
    script = place / "giữ" / "liquidsoap" / "loa.liq"
    ran = subprocess.run(["liquidsoap", str(script)], capture_output=True, text=True, check=False, timeout=240)
    assert "READY" in ran.stdout.splitlines(), ran.stdout + ran.stderr
    assert ran.returncode == 0


def test_the_password_of_an_icecast_is_in_a_script_that_nobody_else_reads(place: Path) -> None:
    done = loa_station(place, "liquidsoap", "--icecast", "http://source:m%40t@127.0.0.1:8000/h654")
    assert done.returncode == 0, done.stderr
    script = place / "giữ" / "liquidsoap" / "loa.liq"
    assert script.stat().st_mode & 0o077 == 0
    assert 'password="m@t"' in script.read_text()


def test_an_icecast_that_is_no_address_is_refused(place: Path) -> None:
    done = loa_station(place, "liquidsoap", "--icecast", "127.0.0.1:8000")
    assert done.returncode == 2
    assert "--icecast" in done.stderr


def test_the_password_of_an_icecast_is_neither_run_as_a_script_nor_shown_where_it_is_refused(place: Path) -> None:
    done = loa_station(place, "liquidsoap", "--icecast", "http://source:m%23%7Bexit(1)%7D@127.0.0.1:8000/h654")
    assert done.returncode == 0, done.stderr
    assert "#{exit" not in next(place.rglob("loa.liq")).read_text()
    refused = loa_station(place, "liquidsoap", "--icecast", "http://source:bimat@127.0.0.1:80x/h654")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1), refused.stderr
    assert "bimat" not in refused.stderr
