from pathlib import Path

import pytest

from tests.planning.front_door import FrontDoor


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> FrontDoor:
    return FrontDoor(tmp_path, capsys)
