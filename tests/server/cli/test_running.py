"""`loa run`: all of it in one command, and nothing twice."""

import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from server.cli.main import build
from server.cli.speaking import LoaCommand
from server.services.sample_accounts import add_sample_accounts
from tests.ports import own_port
from tests.server.cli.command import NEXT_MONTH, did, environment
from tests.server.databases import dump, open_context
from tests.server.people import key_of_home, signed_in_at_home


@contextmanager
def running(home: Path) -> Iterator[str]:
    """Its address, once it answers; it is ended as Ctrl+C does and must end well."""
    port = own_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "run"],
        env=environment(home, LOA_PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(2400):
            try:
                read(address + "/health")
                break
            except (urllib.error.URLError, ConnectionError):
                assert process.poll() is None, process.communicate()[0].decode()
                time.sleep(0.05)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0].decode()
    assert process.returncode in {0, 130}, said
    assert f"{address}/bat-dau/" in said or "loa accounts link" in said  # how to get in
    assert address in said


def read(address: str, headers: dict[str, str] | None = None) -> str:
    request = urllib.request.Request(address, headers=headers or {})  # noqa: S310 (a loopback address made here)
    with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310
        return str(reply.read().decode())


def content_of(home: Path) -> dict[str, list[str]]:
    """All rows; durable jobs, which come some seconds after the first page, keep tables of their own beside these."""
    with closing(open_context(home=home)) as context:
        rows = dump(context)
    del rows["login_session"]  # when a session was last heard of is written down
    return rows


def test_it_plans_two_months_serves_them_and_changes_nothing_when_started_again(home: Path) -> None:
    context = open_context(home=home)
    add_sample_accounts(context)  # somebody can administer, so no start makes a way in
    context.close()
    browser = {"Cookie": signed_in_at_home(home).cookie}
    with running(home) as address:
        # The month that runs is told as aired, the next one as planned.
        assert "trên 15 đài huyện" in read(address + "/", browser)
        page = read(f"{address}/thang/{NEXT_MONTH}", browser)
        assert "15 trên 15 đài huyện" in page
        assert "Krông Pắc" in page
    first = content_of(home)
    stored = sorted(path.name for path in (home / "store").rglob("*"))
    with running(home) as address:
        assert "15 trên 15 đài huyện" in read(f"{address}/thang/{NEXT_MONTH}", browser)
    assert content_of(home) == first
    assert sorted(path.name for path in (home / "store").rglob("*")) == stored


def test_the_doctor_finds_a_planned_home_well(published_home: Path) -> None:
    said = did(published_home, "doctor", LOA_PORT=str(own_port()))
    assert "199 đài" in said
    assert "✕" not in said


def test_help_names_every_command(tmp_path: Path) -> None:
    said = did(tmp_path, "--help")
    for command in ("run", "serve", "doctor", "sample", "plan", "check", "export", "segments", "stations"):
        assert f"  {command} " in said
    assert "Cách dùng" in said
    assert list(tmp_path.iterdir()) == []


def test_every_commands_help_is_in_the_language_of_its_reader() -> None:
    loa = build()
    for path, command, ctx in _commands(loa, click.Context(loa, info_name="loa")):
        assert isinstance(command, LoaCommand), path
        said = command.get_help(ctx)
        assert not re.search(r"\b(TEXT|INTEGER|FLOAT|RANGE|PATH|DIRECTORY|FILE|Options|required|default)\b|%Y", said), (
            path,
            said,
        )


def _commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield ctx.command_path, command, ctx
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None
            yield from _commands(below, click.Context(below, parent=ctx, info_name=name))


def test_a_month_that_only_has_a_draft_is_published(home: Path) -> None:
    this_month = str(NEXT_MONTH.previous())
    did(home, "plan", "make", this_month)
    key = key_of_home(home)
    with running(home) as address:
        assert "#EXTM3U" in read(f"{address}/api/v1/stations/h654/months/{this_month}/playlist.m3u8", key)
