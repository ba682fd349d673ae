from pathlib import Path

import pytest

from tests.server.cli.command import NEXT_MONTH, did
from tests.server.homes import copy_home


@pytest.fixture
def home(province_home: Path, tmp_path: Path) -> Path:
    """The sample province, not planned yet."""
    return copy_home(province_home, tmp_path / "home")


@pytest.fixture(scope="session")
def published_home(province_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample province with next month published: to be copied or only read."""
    home = copy_home(province_home, tmp_path_factory.mktemp("homes") / "published")
    did(home, "plan", "make", str(NEXT_MONTH))
    did(home, "plan", "publish", str(NEXT_MONTH))
    return home
