"""What tests of several rooms share."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.s3_server import S3Server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="what homes of tests have")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """One server for all test processes, which are told of it by their environment."""
    from tests.server.databases import SERVER

    # Loa is started some hundred times: who forbids Python to keep what it compiled would wait for it each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    if config.getoption("--database") == "postgresql" and SERVER not in os.environ:
        from tests.postgresql import running_postgresql

        stack = ExitStack()
        os.environ[SERVER] = str(stack.enter_context(running_postgresql()).folder)
        config.add_cleanup(lambda: os.environ.pop(SERVER, None))
        config.add_cleanup(stack.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--database") == "postgresql":
        left_out = [item for item in items if item.get_closest_marker("of_sqlite")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[S3Server]":
    """One for each test process, so tests use folders of their own; started when first asked for."""
    from tests.s3_server import running_s3_server

    with running_s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server
