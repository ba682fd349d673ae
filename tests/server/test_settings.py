"""What the environment says, read once."""

from pathlib import Path

import pytest

from server.services.refusals import BadSetting
from server.settings import Settings


def test_nothing_set_means_var_and_port_8000() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings(home=Path("var").absolute(), port=8000, ffmpeg=None, language="vi")
    assert settings.database == Path("var").absolute() / "loa.sqlite"
    assert settings.store == Path("var").absolute() / "store"
    assert settings.scratch == Path("var").absolute() / "scratch"


def test_everything_can_be_set() -> None:
    environment = {"LOA_HOME": "/srv/loa", "LOA_PORT": "9000", "LOA_FFMPEG": "/opt/ffmpeg", "LOA_LANG": "en"}
    assert Settings.from_environment(environment) == Settings(
        home=Path("/srv/loa"), port=9000, ffmpeg=Path("/opt/ffmpeg"), language="en"
    )


def test_what_is_set_to_nothing_is_not_set() -> None:
    names = ("LOA_HOME", "LOA_PORT", "LOA_FFMPEG", "LOA_LANG")
    assert Settings.from_environment(dict.fromkeys(names, "")) == Settings.from_environment({})


def test_a_home_is_fixed_before_anybody_changes_folders() -> None:
    assert Settings.from_environment({"LOA_HOME": "đâu đó"}).home.is_absolute()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000x", "８０００", " 8000", "1e3", "99999999999999999999"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_PORT": port})
    assert refused.value.facts == {"name": "LOA_PORT", "value": port, "expected": "1–65535"}


@pytest.mark.parametrize("language", ["fr", "VI", "vi_VN.UTF-8"])
def test_a_language_without_texts_is_refused(language: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment({"LOA_LANG": language})
    assert refused.value.expected == "vi, en"
