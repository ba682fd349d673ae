from pathlib import Path

import pytest

from media.ffmpeg import Ffmpeg
from media.stores.local import LocalStore
from tests.media.sounds import Sounds


@pytest.fixture(scope="session")
def ffmpeg() -> Ffmpeg:
    return Ffmpeg.find(None)


@pytest.fixture
def sounds(ffmpeg: Ffmpeg, tmp_path: Path) -> Sounds:
    folder = tmp_path / "sounds"
    folder.mkdir()
    return Sounds(ffmpeg.executable, folder)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"
