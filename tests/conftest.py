"""What tests of several rooms share."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.s3_server import S3Server

# How long anything takes is the machine's affair, and what else it does.
settings.register_profile("loa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loa")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="what homes of tests have")
    parser.addoption("--store", choices=("folder", "s3"), default="folder", help="where homes of tests keep audio")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """One server for all test processes, which are told of it by their environment."""
    from tests.server.databases import SERVER
    from tests.server.stores import SERVER as STORE

    # Loa is started some hundred times: who forbids Python to keep what it compiled would wait for it each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    if config.getoption("--database") == "postgresql" and SERVER not in os.environ:
        from tests.postgresql import running_postgresql

        stack = ExitStack()
        os.environ[SERVER] = str(stack.enter_context(running_postgresql()).folder)
        config.add_cleanup(lambda: os.environ.pop(SERVER, None))
        config.add_cleanup(stack.close)
    if config.getoption("--store") == "s3" and STORE not in os.environ:
        from tests.s3_server import running_s3_server

        kept = ExitStack()
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="loa-s3-")))
        os.environ[STORE] = json.dumps(kept.enter_context(running_s3_server(folder)).told())
        config.add_cleanup(lambda: os.environ.pop(STORE, None))
        config.add_cleanup(kept.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    postgresql, s3 = config.getoption("--database") == "postgresql", config.getoption("--store") == "s3"
    marks = {"of_sqlite": postgresql, "of_folder": s3, "beyond_one_machine": not (postgresql and s3)}
    not_now = [mark for mark, is_out in marks.items() if is_out]
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in not_now)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[S3Server]":
    """One for each test process, so tests use folders of their own; started when first asked for."""
    from tests.s3_server import running_s3_server

    with running_s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server
